import type { CandleColumns } from '../bars/candle-columns.ts';

const HOUR_MS = 3_600_000;

/** Logarithmic returns of hours of one symbol, by the close of the hour, ms since the epoch. */
export interface HourlyReturns {
  readonly symbol: string;
  /** The newest close; its time. */
  readonly price: number;
  readonly closeMs: number;
  readonly byClose: ReadonlyMap<number, number>;
}

/** The returns of hourly candles; there is none over a hole. @throws RangeError for other candles, or none */
export function hourlyReturnsOf(symbol: string, candles: CandleColumns): HourlyReturns {
  const { timeframe, openTimesMs, closes } = candles;
  const last = openTimesMs.length - 1;
  if (timeframe.lengthMs !== HOUR_MS || last < 0)
    throw new RangeError(`${symbol}: hourly candles are needed, not ${timeframe.name}`);
  const byClose = new Map<number, number>();
  for (let at = 1; at <= last; at++) {
    if (openTimesMs[at] - openTimesMs[at - 1] !== HOUR_MS) continue;
    byClose.set(openTimesMs[at] + HOUR_MS, Math.log(closes[at] / closes[at - 1]));
  }
  return { symbol, price: closes[last], closeMs: openTimesMs[last] + HOUR_MS, byClose };
}

/** The returns of the `hours` hours that end at `endMs`, for the closes all symbols have, oldest first, a list each. */
export function commonReturns(
  symbols: readonly HourlyReturns[],
  endMs: number,
  hours: number,
): readonly (readonly number[])[] {
  const common: number[][] = symbols.map(() => []);
  for (let closeMs = endMs - (hours - 1) * HOUR_MS; closeMs <= endMs; closeMs += HOUR_MS) {
    const all = symbols.map(({ byClose }) => byClose.get(closeMs));
    if (!all.every((one) => one !== undefined)) continue;
    for (const [place, one] of all.entries()) common[place].push(one);
  }
  return common;
}
