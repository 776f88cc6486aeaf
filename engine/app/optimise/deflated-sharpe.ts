import type { SliceFigures } from './block-sums.ts';
import { normalCdf, normalQuantile } from './normal-distribution.ts';

const EULER_MASCHERONI = 0.577_215_664_901_532_9;

/** How much of the best ratio is luck of having tried much. */
export interface DeflatedSharpe {
  /** Best ratio that so many tries without any skill are expected to have, per period. */
  readonly expectedBest: number;
  /** Probability that the true ratio is above nothing but that, 0..1. */
  readonly probability: number;
}

/**
 * The deflated Sharpe ratio (D. H. Bailey and M. Lopez de Prado, The Deflated Sharpe Ratio, Journal of Portfolio Management
 * 40(5), 2014), all ratios per period:
 *   SR0 = sqrt(V) x ((1 - g) Z(1 - 1/N) + g Z(1 - 1/(N e)))     g = 0.5772..., Z the normal quantile
 *   DSR = F((SR - SR0) sqrt(T - 1) / sqrt(1 - skewness SR + (kurtosis - 1)/4 SR^2))     F the normal distribution
 * V is the variance of the ratios of the N tries. They count as independent, which is the cautious way. Null below two tries
 * or three periods. Pure.
 */
export function deflatedSharpe(best: SliceFigures, ratios: ArrayLike<number>): DeflatedSharpe | null {
  const tries = ratios.length;
  if (tries < 2 || best.periods < 3) return null;
  const { ratio, skewness, kurtosis, periods } = best;
  const first = normalQuantile(1 - 1 / tries);
  const second = normalQuantile(1 - 1 / (tries * Math.E));
  const luck = (1 - EULER_MASCHERONI) * first + EULER_MASCHERONI * second;
  const expectedBest = Math.sqrt(variance(ratios)) * luck;
  const spread = 1 - skewness * ratio + ((kurtosis - 1) / 4) * ratio ** 2;
  if (!(spread > 0)) return null;
  const probability = normalCdf(((ratio - expectedBest) * Math.sqrt(periods - 1)) / Math.sqrt(spread));
  return { expectedBest, probability };
}

/** Sample variance. */
function variance(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index];
  const mean = sum / values.length;
  let squares = 0;
  for (let index = 0; index < values.length; index++) squares += (values[index] - mean) ** 2;
  return squares / (values.length - 1);
}
