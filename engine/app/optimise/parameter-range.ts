import { nearestWord } from '../../core/nearest-word.ts';
import { parameterProblems } from '../../strategy/parameters.ts';
import type { NumberParameter, ParameterDecl, ParameterDecls } from '../../strategy/parameters.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';

/** A value that a parameter can have. */
export type ParameterValue = string | number | boolean;

/** One parameter that is varied: the values it takes, or, for a random search, any number between two. */
export interface ParameterRange {
  readonly name: string;
  readonly unit: string;
  /** Empty where `span` says it. */
  readonly values: readonly ParameterValue[];
  /** Any number from the first to the second; null where the values are named. */
  readonly span: readonly [from: number, to: number] | null;
}

/** Most values one range may have: a step that is much too small is a mistake. */
const VALUES_MAX = 100_000;
/** Digits of a value made by adding steps: 0.1 + 0.2 is 0.3. */
const VALUE_DIGITS = 12;

/**
 * Reads `name=from:to:step`, `name=from:to` or `name=a,b,c`. Throws CliError naming parameter, value, what it takes and its
 * unit.
 * @param isRandom whether a range of numbers may be without a step
 */
export function readRanges(
  texts: readonly string[],
  decls: ParameterDecls,
  isRandom: boolean,
): ParameterRange[] {
  const ranges: ParameterRange[] = [];
  for (const text of texts) {
    const range = readRange(text, decls, isRandom);
    if (ranges.some(({ name }) => name === range.name))
      throw refused(`${range.name} is varied twice: name all its values in one --vary`);
    ranges.push(range);
  }
  return ranges;
}

function readRange(text: string, decls: ParameterDecls, isRandom: boolean): ParameterRange {
  const at = text.indexOf('=');
  const name = at < 0 ? text : text.slice(0, at);
  const spec = at < 0 ? '' : text.slice(at + 1).trim();
  if (!Object.hasOwn(decls, name)) {
    const near = nearestWord(name, Object.keys(decls));
    const hint = near === null ? '' : `; did you mean ${near}?`;
    throw refused(`${name} is not a parameter${hint} (there are: ${Object.keys(decls).join(', ')})`);
  }
  const decl = decls[name];
  if (spec === '') throw refused(`${text} says no values: write ${name}=from:to:step or ${name}=a,b,c`);
  const isNumber = decl.is === 'number' || decl.is === 'integer';
  const range =
    isNumber && spec.includes(':')
      ? numberRange(name, spec, decl, isRandom)
      : { name, unit: unitOf(decl), values: listed(name, spec, decl), span: null };
  for (const value of range.span ?? ends(range.values)) {
    const [problem] = parameterProblems({ [name]: decl }, { [name]: value });
    if (problem !== undefined) throw refused(`${text}: ${problem}`);
  }
  return range;
}

function numberRange(name: string, spec: string, decl: NumberParameter, isRandom: boolean): ParameterRange {
  const parts = spec.split(':').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (parts.length > 3 || parts.some((part) => !Number.isFinite(part)))
    throw refused(`${name}=${spec}: a range is from:to:step, three numbers`);
  const [from, to] = parts;
  if (from > to) throw refused(`${name}=${spec}: ${from} is above ${to}; the smaller number comes first`);
  const unit = unitOf(decl);
  if (parts.length === 2 && decl.is === 'number') {
    if (!isRandom) throw refused(`${name}=${spec}: a grid needs a step: ${name}=${from}:${to}:step`);
    return { name, unit, values: [], span: [from, to] };
  }
  const step = parts.length === 3 ? parts[2] : 1;
  if (step <= 0) throw refused(`${name}=${spec}: the step must be above 0, not ${step}`);
  // A value is in when it is above the end by nothing but the error of adding.
  const count = Math.floor((to - from) / step + 1e-9) + 1;
  if (count > VALUES_MAX) throw refused(`${name}=${spec}: that is ${count} values; at most ${VALUES_MAX}`);
  const values = Array.from({ length: count }, (_, index) =>
    Number((from + index * step).toPrecision(VALUE_DIGITS)),
  );
  const odd = decl.is === 'integer' ? values.find((value) => !Number.isInteger(value)) : undefined;
  if (odd !== undefined)
    throw refused(`${name}=${spec}: ${odd} is no whole number${unit === '' ? '' : ` of ${unit}`}`);
  return { name, unit, values, span: null };
}

function listed(name: string, spec: string, decl: ParameterDecl): ParameterValue[] {
  const words = spec.split(',').map((word) => word.trim());
  const values = words.map((word) => {
    if (decl.is === 'flag') return word === 'true' ? true : word === 'false' ? false : word;
    return decl.is === 'choice' || word === '' || Number.isNaN(Number(word)) ? word : Number(word);
  });
  for (const value of values) {
    const [problem] = parameterProblems({ [name]: decl }, { [name]: value });
    if (problem !== undefined) throw refused(`${name}=${spec}: ${problem}`);
  }
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw refused(`${name}=${spec}: ${twice} is named twice`);
  return values;
}

function ends(values: readonly ParameterValue[]): ParameterValue[] {
  return [values[0], values.at(-1)!];
}

function unitOf(decl: ParameterDecl): string {
  return decl.is === 'number' || decl.is === 'integer' ? (decl.unit ?? '') : '';
}

function refused(message: string): CliError {
  return new CliError('OPTIMISE_RANGE', `--vary: ${message}`, EXIT.usage);
}
