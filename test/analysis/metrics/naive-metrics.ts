import type { ClosedCandle } from '../../../engine/analysis/bars/candle.ts';

/** Every metric of a timeframe by its definition, from all bars at once; NaN = absent. */
export interface NaiveMetrics {
  readonly zPrice: number;
  readonly zVolume: number;
  readonly percentB: number;
  readonly bandwidthPct: number;
  readonly atr: number;
  readonly rsi: number;
  readonly macdHistogram: number;
  readonly trend: number;
  readonly momentum: number;
  readonly position: number;
  readonly structure: number;
  readonly score: number;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const clamp = (value: number): number => Math.min(100, Math.max(-100, value));

function deviationOf(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

function zScoreOf(values: readonly number[]): number {
  if (values.length < 100) return NaN;
  const window = values.slice(-100);
  const deviation = deviationOf(window);
  return deviation < 1e-12 ? 0 : (window[99] - mean(window)) / deviation;
}

/** Exponential smoothing seeded with the mean of the first n: every value from the n-th on. */
function smoothed(values: readonly number[], n: number, alpha: number): number[] {
  if (values.length < n) return [];
  const series = [mean(values.slice(0, n))];
  for (const value of values.slice(n)) series.push(alpha * value + (1 - alpha) * series[series.length - 1]);
  return series;
}

const ema = (values: readonly number[], n: number): number[] => smoothed(values, n, 2 / (n + 1));
const last = (values: readonly number[]): number => values.at(-1) ?? NaN;

/** Prices of the pivots in order of time; `sign` 1 for highs, -1 for lows. */
function pivotsOf(values: readonly number[], sign: 1 | -1): number[] {
  return values.filter(
    (value, index) =>
      index >= 3 &&
      index + 3 < values.length &&
      values.slice(index - 3, index).every((before) => sign * before < sign * value) &&
      values.slice(index + 1, index + 4).every((after) => sign * after <= sign * value),
  );
}

export function naiveMetrics(bars: readonly ClosedCandle[]): NaiveMetrics {
  const closes = bars.map(({ close }) => close);
  const close = last(closes);
  const ranges = bars
    .slice(1)
    .map(({ high, low }, index) => Math.max(high, closes[index]) - Math.min(low, closes[index]));
  const atr = last(smoothed(ranges, 14, 1 / 14));
  const changes = closes.slice(1).map((value, index) => value - closes[index]);
  const gain = last(
    smoothed(
      changes.map((change) => Math.max(0, change)),
      14,
      1 / 14,
    ),
  );
  const loss = last(
    smoothed(
      changes.map((change) => Math.max(0, -change)),
      14,
      1 / 14,
    ),
  );
  const rsi = (100 * gain) / (gain + loss);
  const lines = ema(closes, 26).map((slow, index) => ema(closes, 12)[index + 14] - slow);
  const macdHistogram = bars.length < 35 ? NaN : last(lines) - last(ema(lines, 9));
  const trend = 100 * Math.tanh((last(ema(closes, 21)) - last(ema(closes, 50))) / (1.5 * atr));
  const momentum = 0.5 * clamp(4 * (rsi - 50)) + 50 * Math.tanh(macdHistogram / (0.5 * atr));
  const bands = closes
    .map((_, index) => closes.slice(index - 19, index + 1))
    .filter(({ length }) => length === 20);
  const widths = bands.map((window) => (4 * deviationOf(window)) / mean(window)).slice(-120);
  const band = bands.at(-1);
  const lower = band === undefined ? NaN : mean(band) - 2 * deviationOf(band);
  const percentB = band === undefined ? NaN : (close - lower) / (4 * deviationOf(band));
  const position = clamp(200 * (percentB - 0.5));
  const structure = naiveStructure(bars, close, 0.1 * atr);
  const parts = [
    [0.4, trend],
    [0.25, structure],
    [0.15, momentum],
    [0.1, position],
  ].filter(([, part]) => !Number.isNaN(part));
  const weight = parts.reduce((sum, [share]) => sum + share, 0);
  return {
    zPrice: zScoreOf(closes),
    zVolume: zScoreOf(bars.map(({ volume }) => Math.log(1 + volume))),
    percentB,
    bandwidthPct:
      bars.length < 140 ? NaN : (100 * widths.filter((width) => width < last(widths)).length) / widths.length,
    atr,
    rsi,
    macdHistogram,
    trend,
    momentum,
    position,
    structure,
    score: Number.isNaN(trend) ? NaN : parts.reduce((sum, [share, part]) => sum + share * part, 0) / weight,
  };
}

function naiveStructure(bars: readonly ClosedCandle[], close: number, margin: number): number {
  const highs = pivotsOf(
    bars.map(({ high }) => high),
    1,
  );
  const lows = pivotsOf(
    bars.map(({ low }) => low),
    -1,
  );
  if (bars.length < 40 || highs.length < 2 || lows.length < 2) return NaN;
  const [high1, high2] = highs.slice(-2);
  const [low1, low2] = lows.slice(-2);
  let structure = 0;
  if (high2 > high1 + margin) structure += 30;
  if (high2 < high1 - margin) structure -= 30;
  if (low2 > low1 + margin) structure += 30;
  if (low2 < low1 - margin) structure -= 30;
  if (close > high2 + margin) structure += 40;
  if (close < low2 - margin) structure -= 40;
  return structure;
}
