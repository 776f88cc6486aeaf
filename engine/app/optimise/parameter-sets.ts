import { Prng } from '../../core/prng.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import type { ParameterRange, ParameterValue } from './parameter-range.ts';

/** Most sets one optimisation tries; the results of each are kept in memory, about a kilobyte. */
export const SETS_MAX = 100_000;
/** Digits of a value that is drawn. */
const DRAWN_DIGITS = 6;

/** The values of the varied parameters, in the order of their ranges. */
export type ParameterSet = readonly ParameterValue[];

/** Sets in a fixed order: the same ranges and seed give the same sets. */
export interface ParameterSets {
  readonly count: number;
  at(index: number): ParameterSet;
}

/** Every combination, the last range turning fastest. Made when asked for. Throws CliError for too many. */
export function gridSets(ranges: readonly ParameterRange[]): ParameterSets {
  const count = combinations(ranges);
  if (count > SETS_MAX) {
    const parts = ranges.map(({ name, values }) => `${name} ${values.length}`).join(' x ');
    const message = `the grid has ${count} parameter sets (${parts}); at most ${SETS_MAX}: larger steps, or --method random`;
    throw new CliError('OPTIMISE_SETS', message, EXIT.usage);
  }
  return { count, at: (index) => combination(ranges, index) };
}

/** So many different sets drawn evenly; all there are, in the order of the grid, where there are no more. */
export function randomSets(ranges: readonly ParameterRange[], wanted: number, seed: number): ParameterSets {
  const isFinite = ranges.every(({ span }) => span === null);
  if (isFinite && combinations(ranges) <= wanted) return gridSets(ranges);
  const random = new Prng(seed);
  const sets: ParameterSet[] = [];
  const known = new Set<string>();
  // Spans that are nearly a point have few values to draw: then there are fewer sets.
  for (let tries = 0; sets.length < wanted && tries < wanted * 100; tries++) {
    const set = ranges.map((range) => drawn(range, random));
    const key = JSON.stringify(set);
    if (known.has(key)) continue;
    known.add(key);
    sets.push(set);
  }
  return { count: sets.length, at: (index) => sets[index] };
}

function drawn({ values, span }: ParameterRange, random: Prng): ParameterValue {
  if (span === null) return values[random.nextInt(values.length)];
  const [from, to] = span;
  const value = Number((from + random.nextFloat() * (to - from)).toPrecision(DRAWN_DIGITS));
  return Math.min(to, Math.max(from, value));
}

function combinations(ranges: readonly ParameterRange[]): number {
  return ranges.reduce((product, { values }) => product * values.length, 1);
}

function combination(ranges: readonly ParameterRange[], index: number): ParameterSet {
  let rest = index;
  const set: ParameterValue[] = [];
  for (const { values } of ranges.toReversed()) {
    set.push(values[rest % values.length]);
    rest = Math.floor(rest / values.length);
  }
  return set.toReversed();
}
