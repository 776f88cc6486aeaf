import { RUN_NUMBERS } from './block-sums.ts';

/** What is kept of one parameter set. Plain data: a line of the results file. */
export interface SetResult {
  /** Its place in the order of the sets. */
  readonly set: number;
  /** Why the strategy does not take these values together; null = it ran. */
  readonly refused: string | null;
  readonly trades: number;
  /** Of the whole run, in the quote asset. */
  readonly net: number;
  readonly maxDrawdown: number;
  /** RUN_NUMBERS sums of its blocks; empty where it was refused. */
  readonly sums: readonly number[];
}

/** Whether something read from a file is one. */
export function isSetResult(value: unknown): value is SetResult {
  if (typeof value !== 'object' || value === null) return false;
  const { set, refused, trades, net, maxDrawdown, sums } = value as Record<string, unknown>;
  const isRun = refused === null;
  return (
    Number.isSafeInteger(set) &&
    (isRun || typeof refused === 'string') &&
    [trades, net, maxDrawdown].every((number) => Number.isFinite(number)) &&
    Array.isArray(sums) &&
    sums.length === (isRun ? RUN_NUMBERS : 0) &&
    sums.every((number) => Number.isFinite(number))
  );
}
