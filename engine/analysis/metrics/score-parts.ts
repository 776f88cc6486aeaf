import { clamp } from '../../core/clamp.ts';

/**
 * The parts of a timeframe's score, each -100..100, and the score itself. NaN in or out is "absent". All are pure.
 */

/** Below this share of the price an ATR is rounding noise: the market stands still. */
const STILL_ATR_SHARE = 1e-9;

/** 100 tanh(value / (scale ATR)); 0 in a market that stands still. */
function tanhOfAtr(value: number, scale: number, atr: number, close: number): number {
  if (atr <= STILL_ATR_SHARE * close) return Number.isNaN(value) ? NaN : 0;
  return 100 * Math.tanh(value / (scale * atr));
}

/** Trend: 100 tanh((EMA21 - EMA50) / (1.5 ATR)). */
export function trendOf(ema21: number, ema50: number, atr: number, close: number): number {
  return tanhOfAtr(ema21 - ema50, 1.5, atr, close);
}

/** Momentum: half from the RSI's distance from 50, half from the MACD histogram measured in half ATRs. */
export function momentumOf(rsi: number, macdHistogram: number, atr: number, close: number): number {
  return 0.5 * clamp(4 * (rsi - 50), -100, 100) + 0.5 * tanhOfAtr(macdHistogram, 0.5, atr, close);
}

/** Position in the Bollinger band: clamp(200 (%b - 0.5), -100, 100). */
export function positionOf(percentB: number): number {
  return clamp(200 * (percentB - 0.5), -100, 100);
}

/** Flow: 2.5 times the mean of the last three bars' (buy - sell) / (buy + sell) in percent. */
export function flowOf(meanDeltaPct: number): number {
  return clamp(2.5 * meanDeltaPct, -100, 100);
}

/** The parts of a score; NaN = absent. */
export interface ScoreParts {
  readonly trend: number;
  readonly structure: number;
  readonly momentum: number;
  readonly position: number;
  readonly flow: number;
}

/** Share of each part in the score of a timeframe. */
export const SCORE_WEIGHTS: ScoreParts = {
  trend: 0.4,
  structure: 0.25,
  momentum: 0.15,
  position: 0.1,
  flow: 0.1,
};

/** Score of a timeframe, -100..100: the weighted mean of the parts that are there; absent without a trend. */
export function scoreOf(parts: ScoreParts): number {
  if (Number.isNaN(parts.trend)) return NaN;
  let sum = SCORE_WEIGHTS.trend * parts.trend;
  let weight = SCORE_WEIGHTS.trend;
  if (!Number.isNaN(parts.structure)) {
    sum += SCORE_WEIGHTS.structure * parts.structure;
    weight += SCORE_WEIGHTS.structure;
  }
  if (!Number.isNaN(parts.momentum)) {
    sum += SCORE_WEIGHTS.momentum * parts.momentum;
    weight += SCORE_WEIGHTS.momentum;
  }
  if (!Number.isNaN(parts.position)) {
    sum += SCORE_WEIGHTS.position * parts.position;
    weight += SCORE_WEIGHTS.position;
  }
  if (!Number.isNaN(parts.flow)) {
    sum += SCORE_WEIGHTS.flow * parts.flow;
    weight += SCORE_WEIGHTS.flow;
  }
  return clamp(sum / weight, -100, 100);
}
