/** The candles of a market: their intervals, and when they open and close. */

/** Candles kept per interval. */
export const TAPE_CANDLES_MAX = 1500;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Monday 1970-01-05, where Binance weeks begin. */
const WEEK_OFFSET_MS = 4 * DAY_MS;

/** Interval names with their length; `1M` is a calendar month and has no fixed length. */
export const KLINE_INTERVALS: Readonly<Record<string, number>> = {
  '1s': 1000,
  '1m': MINUTE_MS,
  '3m': 3 * MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '30m': 30 * MINUTE_MS,
  '1h': 60 * MINUTE_MS,
  '2h': 120 * MINUTE_MS,
  '4h': 240 * MINUTE_MS,
  '6h': 360 * MINUTE_MS,
  '8h': 480 * MINUTE_MS,
  '12h': 720 * MINUTE_MS,
  '1d': DAY_MS,
  '3d': 3 * DAY_MS,
  '1w': 7 * DAY_MS,
  '1M': 0,
};

/** One candle. Quote sums are in ticks x lots and may exceed exact integers: they are totals for display. */
export interface Candle {
  readonly openMs: number;
  readonly closeMs: number;
  openTicks: number;
  highTicks: number;
  lowTicks: number;
  closeTicks: number;
  volumeLots: number;
  quoteVolume: number;
  takerBuyLots: number;
  takerBuyQuote: number;
  tradeCount: number;
  firstTradeId: number;
  lastTradeId: number;
}

/** Open time of the candle that contains `epochMs`, UTC. */
export function candleOpenMs(interval: string, epochMs: number): number {
  if (interval === '1M') {
    const date = new Date(epochMs);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  }
  const length = KLINE_INTERVALS[interval];
  const offset = interval === '1w' ? WEEK_OFFSET_MS : 0;
  return Math.floor((epochMs - offset) / length) * length + offset;
}

/** Last millisecond of the candle that opens at `openMs`. */
export function candleCloseMs(interval: string, openMs: number): number {
  if (interval !== '1M') return openMs + KLINE_INTERVALS[interval] - 1;
  const date = new Date(openMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) - 1;
}
