import { STRATEGIES_MAX } from '../core/limits.ts';
import { STRATEGY_RECORD_BYTES, StrategyRecord } from '../messages/codecs.ts';
import { crc32c } from './crc32c.ts';
import { logBuffer } from './record-format.ts';

/** A strategy as a run names it in the journal: the index is that of the run, the name lasts. */
export interface RunStrategy {
  readonly index: number;
  /** Cut to the width of the record's field. */
  readonly name: string;
  /** Checksum of the parameters: tells strategies of one name apart. */
  readonly paramsCrc: number;
}

/** An index that no strategy of any run has: orders that bear it are cancelled by a strategy actor. */
export const GONE_STRATEGY: number = STRATEGIES_MAX;

/** The strategy of an index that its run did not name: it is nobody's namesake. */
export const UNNAMED_STRATEGY: RunStrategy = { index: -1, name: '', paramsCrc: 0 };

/** What the journal says of a strategy. Parameters are compared as JSON, whatever the order of their keys. */
export function runStrategy(index: number, name: string, params: unknown): RunStrategy {
  const bytes = Buffer.from(JSON.stringify(params, sortedKeys) ?? '');
  const record = new StrategyRecord().wrap(scratch(), 0);
  record.name = name;
  return { index, name: record.name, paramsCrc: crc32c(bytes, 0, bytes.length, 0) >>> 0 };
}

/**
 * The index that a strategy of an earlier run has in this one: that of the same name and parameters, else of the only one
 * of its name (its parameters were changed), else GONE_STRATEGY. Pure.
 */
export function strategyIndexNow(then: RunStrategy, now: readonly RunStrategy[]): number {
  const namesakes = now.filter(({ name }) => name === then.name);
  const same = namesakes.find(({ paramsCrc }) => paramsCrc === then.paramsCrc);
  if (same !== undefined) return same.index;
  return namesakes.length === 1 ? namesakes[0].index : GONE_STRATEGY;
}

/** Says in a record what a strategy index means. */
export function writeStrategy(record: StrategyRecord, { index, name, paramsCrc }: RunStrategy): void {
  record.strategyIndex = index;
  record.paramsCrc = paramsCrc;
  record.name = name;
}

function scratch(): ReturnType<typeof logBuffer> {
  return logBuffer(new ArrayBuffer(STRATEGY_RECORD_BYTES), 0, STRATEGY_RECORD_BYTES);
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
