import { nearestWord } from '../core/nearest-word.ts';

/** What a parameter of a strategy takes. Plain data: checks, help and schemas follow from it. */
export type ParameterDecl =
  | NumberParameter
  | {
      readonly is: 'flag';
      readonly default: boolean;
      /** What it means, in a sentence. */
      readonly text: string;
    }
  | {
      readonly is: 'choice';
      readonly of: readonly string[];
      readonly default: string;
      readonly text: string;
    };

/** A number or whole number from `min` to `max`. */
export interface NumberParameter {
  readonly is: 'number' | 'integer';
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** What it counts: `ticks`, `ms`, `bps`, `quote`; absent = a plain number. */
  readonly unit?: string;
  readonly text: string;
}

/** The parameters of a strategy by name. */
export type ParameterDecls = Readonly<Record<string, ParameterDecl>>;

/** The values that go with declarations. */
export type ParameterValues<Decls> = {
  readonly [Name in keyof Decls]: Decls[Name] extends { is: 'number' | 'integer' }
    ? number
    : Decls[Name] extends { is: 'flag' }
      ? boolean
      : Decls[Name] extends { is: 'choice'; of: readonly (infer Word)[] }
        ? Word
        : string | number | boolean;
};

/** Parameters as they are configured. */
export type GivenParameters = Readonly<Record<string, string | number | boolean>>;

/** What is wrong with given parameters, a sentence each, with name, value, range and unit; empty = nothing. Pure. */
export function parameterProblems(decls: ParameterDecls, given: GivenParameters): string[] {
  const problems: string[] = [];
  for (const [name, decl] of Object.entries(decls)) {
    const value = Object.hasOwn(given, name) ? given[name] : decl.default;
    if (!isTaken(decl, value)) problems.push(`${name} must be ${rangeText(decl)}, not ${shown(value)}`);
  }
  const names = Object.keys(decls);
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(decls, name)) continue;
    const near = nearestWord(name, names);
    const hint = near === null ? '' : `; did you mean ${near}?`;
    const known = names.length === 0 ? 'there are none' : `there are: ${names.join(', ')}`;
    problems.push(`${name} is not a parameter${hint} (${known})`);
  }
  return problems;
}

/**
 * The values of all parameters: those given, and the defaults of the others.
 * @throws Error that lists everything wrong with them
 */
export function readParameters<Decls extends ParameterDecls>(
  strategyName: string,
  decls: Decls,
  given: GivenParameters,
): ParameterValues<Decls> {
  const problems = parameterProblems(decls, given);
  if (problems.length > 0) throw new Error(`bad parameters of ${strategyName}: ${problems.join('; ')}`);
  const values = Object.entries(decls).map(([name, decl]) => [
    name,
    Object.hasOwn(given, name) ? given[name] : decl.default,
  ]);
  return Object.freeze(Object.fromEntries(values)) as ParameterValues<Decls>;
}

/** What a parameter takes, in words: `a whole number of 1 to 20 ticks`. */
export function rangeText(decl: ParameterDecl): string {
  switch (decl.is) {
    case 'flag':
      return 'true or false';
    case 'choice':
      return `one of ${decl.of.join(', ')}`;
    default: {
      const unit = decl.unit === undefined ? '' : ` ${decl.unit}`;
      return `a ${decl.is === 'integer' ? 'whole ' : ''}number of ${decl.min} to ${decl.max}${unit}`;
    }
  }
}

/** What is wrong with declarations themselves, a sentence each: a default out of its own range, an unknown kind. */
export function declarationProblems(decls: ParameterDecls): string[] {
  const problems: string[] = [];
  for (const [name, decl] of Object.entries(decls)) {
    const text = problemOf(decl);
    if (text !== null) problems.push(`parameter ${name}: ${text}`);
  }
  return problems;
}

function problemOf(decl: ParameterDecl | null | undefined): string | null {
  if (typeof decl !== 'object' || decl === null)
    return 'it is declared by an object with "is", "default" and "text"';
  if (!['number', 'integer', 'flag', 'choice'].includes(decl.is)) {
    return `"is" must be number, integer, flag or choice, not ${shown(decl.is)}`;
  }
  if (typeof decl.text !== 'string' || decl.text === '') return 'it has no "text" that says what it means';
  if (decl.is === 'choice' && !isWordList(decl.of)) return '"of" must be a list of words';
  if ((decl.is === 'number' || decl.is === 'integer') && !(decl.min <= decl.max)) {
    return `"min" and "max" must be numbers, min not above max`;
  }
  return isTaken(decl, decl.default) ? null : `its default ${shown(decl.default)} is not ${rangeText(decl)}`;
}

function isTaken(decl: ParameterDecl, value: unknown): boolean {
  switch (decl.is) {
    case 'flag':
      return typeof value === 'boolean';
    case 'choice':
      return typeof value === 'string' && decl.of.includes(value);
    default:
      return (
        typeof value === 'number' &&
        value >= decl.min &&
        value <= decl.max &&
        (decl.is === 'number' || Number.isInteger(value))
      );
  }
}

function isWordList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string');
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : String(value);
}
