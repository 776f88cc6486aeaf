/** What is looked at before a signal may be traded (analysis.md 11). */
export interface GateReadings {
  /** NaN = there is no book. */
  readonly spreadBps: number;
  /** Quote units within 10 bps of mid, on the side that would be taken. */
  readonly depth: number;
  /** Quote units that would be traded. */
  readonly notional: number;
  /** How much worse than mid the whole size would be filled, quote units of the price; Infinity = the book is too small. */
  readonly slippage: number;
  /** Of the one-minute bars; NaN = not known. */
  readonly atr: number;
  readonly dataAgeMs: number;
  /** The feed is whole and its book is shown. */
  readonly isTrusted: boolean;
}

const SPREAD_BPS_MAX = 3;
const DEPTH_TIMES_MIN = 5;
const SLIPPAGE_ATR_MAX = 0.1;
const DATA_AGE_MS_MAX = 1_000;

/** Why a signal may not be traded; the place of a word is its bit. */
export const TRADE_REFUSALS = ['trust', 'dataAge', 'spread', 'depth', 'slippage'] as const;
export type TradeRefusal = (typeof TRADE_REFUSALS)[number];

/** Bits of everything that speaks against trading; 0 = nothing does. What is not known speaks against it. Pure. */
export function tradeRefusals(readings: GateReadings): number {
  const { spreadBps, depth, notional, slippage, atr, dataAgeMs, isTrusted } = readings;
  const passes: Readonly<Record<TradeRefusal, boolean>> = {
    trust: isTrusted,
    dataAge: dataAgeMs <= DATA_AGE_MS_MAX,
    spread: spreadBps <= SPREAD_BPS_MAX,
    depth: depth >= DEPTH_TIMES_MIN * notional,
    slippage: slippage <= SLIPPAGE_ATR_MAX * atr,
  };
  return TRADE_REFUSALS.reduce((bits, reason, bit) => (passes[reason] ? bits : bits | (1 << bit)), 0);
}

/** The words of such bits. */
export function refusalsIn(bits: number): TradeRefusal[] {
  return TRADE_REFUSALS.filter((_, bit) => (bits & (1 << bit)) !== 0);
}

/**
 * How far the average price of a size taken from the levels of one side is from mid, in units of the price; Infinity when
 * they hold less. Pure.
 * @param sizes base units at each price, best first
 * @param notional quote units that are taken
 */
export function bookWalkSlippage(
  prices: ArrayLike<number>,
  sizes: ArrayLike<number>,
  mid: number,
  notional: number,
): number {
  let left = notional;
  let taken = 0;
  for (let level = 0; level < prices.length; level++) {
    const worth = Math.min(left, prices[level] * sizes[level]);
    taken += worth / prices[level];
    left -= worth;
    if (left <= 0) return Math.abs(notional / taken - mid);
  }
  return Infinity;
}
