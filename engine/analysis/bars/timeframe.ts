import { BAR_INTERVAL_MS, barOpenTimeMs } from '../bars.ts';

/**
 * The timeframes of the slow path. All are aligned to UTC; weeks open on Monday 00:00. A bar covers
 * [open time, open time + length).
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export type TimeframeName = keyof typeof BAR_INTERVAL_MS;

export interface Timeframe {
  readonly name: TimeframeName;
  /** Place in TIMEFRAMES, shortest first. */
  readonly slot: number;
  readonly lengthMs: number;
  /** Share of the confluence; 0 = takes no part in it. */
  readonly weight: number;
  /** Closed bars kept per symbol. */
  readonly barsKept: number;
  /** How long a bias made at the close of a bar holds, ms after that close; 0 = none is made. */
  readonly biasValidMs: number;
}

/** Every timeframe, shortest first. */
export const TIMEFRAMES: readonly Timeframe[] = (
  [
    ['1m', 0, 1500, 0],
    ['5m', 0.1, 1500, 10 * MINUTE_MS],
    ['15m', 0.15, 1500, 30 * MINUTE_MS],
    ['1h', 0.2, 1500, 2 * HOUR_MS],
    ['4h', 0.25, 1000, 8 * HOUR_MS],
    ['1d', 0.2, 750, 36 * HOUR_MS],
    ['1w', 0.1, 300, 9 * 24 * HOUR_MS],
  ] as const
).map(([name, weight, barsKept, biasValidMs], slot) => ({
  name,
  slot,
  lengthMs: BAR_INTERVAL_MS[name],
  weight,
  barsKept,
  biasValidMs,
}));

const BY_NAME: ReadonlyMap<string, Timeframe> = new Map(TIMEFRAMES.map((frame) => [frame.name, frame]));

/** The names for messages: "1m, 5m, …". */
export const TIMEFRAME_NAMES: string = TIMEFRAMES.map((frame) => frame.name).join(', ');

/** The timeframe of that name, or null when there is none. */
export function timeframeNamed(name: string): Timeframe | null {
  return BY_NAME.get(name) ?? null;
}

/** The timeframe of that name. @throws RangeError that lists the names there are */
export function requireTimeframe(name: string): Timeframe {
  const frame = BY_NAME.get(name);
  if (frame === undefined) throw new RangeError(`no timeframe "${name}"; there are ${TIMEFRAME_NAMES}`);
  return frame;
}

/** Opening time of the bar that contains `timeMs` (ms since the epoch, UTC). */
export function openTimeOf(timeframe: Timeframe, timeMs: number): number {
  return barOpenTimeMs(timeMs, timeframe.lengthMs);
}

/** Whether a bar of this timeframe can open at `timeMs`. */
export function isAligned(timeframe: Timeframe, timeMs: number): boolean {
  return barOpenTimeMs(timeMs, timeframe.lengthMs) === timeMs;
}
