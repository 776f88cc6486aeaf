/** A probability that was forecast, and what came: 1 = the target was reached before the stop, 0 = it was not. */
export interface JudgedForecast {
  /** 0..1. */
  readonly probability: number;
  readonly hit: 0 | 1;
}

const BUCKETS = 10;

/** Mean squared difference between forecast and outcome (Brier 1950), 0..1; NaN without any. Pure. */
export function brierOf(forecasts: readonly JudgedForecast[]): number {
  const sum = forecasts.reduce((total, { probability, hit }) => total + (probability - hit) ** 2, 0);
  return sum / forecasts.length;
}

/**
 * How much better than always forecasting the base rate of the same outcomes: 1 - Brier / Brier of the base rate. 1 =
 * perfect, 0 = no better; 0 when all outcomes were the same, or there are none. Pure.
 */
export function skillOf(forecasts: readonly JudgedForecast[]): number {
  const rate = forecasts.reduce((total, { hit }) => total + hit, 0) / forecasts.length;
  const base = rate * (1 - rate);
  return base > 0 ? 1 - brierOf(forecasts) / base : 0;
}

/**
 * Expected calibration error over ten buckets of equally many forecasts: mean distance between what was forecast and how
 * often it came, 0..1; NaN without any. Equal probabilities keep their order. Pure.
 */
export function calibrationErrorOf(forecasts: readonly JudgedForecast[]): number {
  const sorted = forecasts.toSorted((a, b) => a.probability - b.probability);
  const { length } = sorted;
  let away = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const from = Math.floor((bucket * length) / BUCKETS);
    const to = Math.floor(((bucket + 1) * length) / BUCKETS);
    let difference = 0;
    for (const { probability, hit } of sorted.slice(from, to)) difference += probability - hit;
    away += Math.abs(difference);
  }
  return away / length;
}
