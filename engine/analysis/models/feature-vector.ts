import { TIMEFRAMES, type Timeframe } from '../bars/timeframe.ts';
import type { ValueArea } from '../profile/volume-profile.ts';
import type { Liquidity } from '../metrics/liquidity.ts';
import type { TimeframeMetrics } from '../metrics/timeframe-metrics.ts';

/** Name and version of the vector: a model belongs to one of it. */
export const FEATURES_SCHEMA = 'shrike.features/1';

/** 5m to 1d. */
export const FEATURE_TIMEFRAMES: readonly Timeframe[] = TIMEFRAMES.slice(1, 6);

/*
 * The metrics of a timeframe in the order of analysis.md section 2. What is a price there (averages, MACD) is a distance in
 * ATR here, so that a vector does not change when all prices are scaled.
 */
const METRICS: readonly (readonly [name: string, read: (metrics: TimeframeMetrics) => number])[] = [
  ['zPrice', ({ zPrice }) => zPrice],
  ['zVolume', ({ zVolume }) => zVolume],
  ['percentB', ({ percentB }) => percentB],
  ['bandwidth', ({ bands }) => bands.bandwidth],
  ['bandwidthPct', ({ bandwidthPct }) => bandwidthPct],
  ['atrPct', ({ atrPct }) => atrPct],
  ['rsi', ({ rsi }) => rsi.value],
  ['ema9', (metrics) => inAtr(metrics, metrics.close - metrics.ema9.value)],
  ['ema21', (metrics) => inAtr(metrics, metrics.close - metrics.ema21.value)],
  ['ema50', (metrics) => inAtr(metrics, metrics.close - metrics.ema50.value)],
  ['ema200', (metrics) => inAtr(metrics, metrics.close - metrics.ema200.value)],
  ['macdHistogram', (metrics) => inAtr(metrics, metrics.macdHistogram)],
  ['trend', ({ trend }) => trend],
  ['mom', ({ momentum }) => momentum],
  ['position', ({ position }) => position],
  ['structure', ({ structure }) => structure],
  ['flow', ({ flow }) => flow],
];
const LIQUIDITY: readonly (readonly [name: string, read: (liquidity: Liquidity) => number])[] = [
  ['spreadBps', ({ spreadBps }) => spreadBps],
  ['bid10', ({ within10Bps }) => within10Bps.bid],
  ['ask10', ({ within10Bps }) => within10Bps.ask],
  ['bid25', ({ within25Bps }) => within25Bps.bid],
  ['ask25', ({ within25Bps }) => within25Bps.ask],
  ['bid50', ({ within50Bps }) => within50Bps.bid],
  ['ask50', ({ within50Bps }) => within50Bps.ask],
  ['imbalance25', ({ imbalance25 }) => imbalance25],
  ['ageMs', ({ ageMs }) => ageMs],
];

/** The names of the features, in their order. */
export const FEATURE_NAMES: readonly string[] = [
  ...FEATURE_TIMEFRAMES.flatMap((timeframe) => METRICS.map(([name]) => `${timeframe.name}.${name}`)),
  ...LIQUIDITY.map(([name]) => `liquidity.${name}`),
  'confluence',
  'agreement',
  'orderFlow',
  'profile.poc',
  'profile.vah',
  'profile.val',
  'hourSin',
  'hourCos',
];

/** What the vector is made of; null = absent. */
export interface FeatureInputs {
  /** The metrics of a timeframe. */
  readonly metricsOf: (timeframe: Timeframe) => TimeframeMetrics | null;
  readonly liquidity: Liquidity | null;
  readonly confluence: number | null;
  readonly agreement: number | null;
  readonly orderFlow: number | null;
  readonly area: ValueArea | null;
  /** Price and ATR that distances from the profile are measured with. */
  readonly price: number | null;
  readonly atr: number;
  /** ms since the epoch, UTC. */
  readonly timeMs: number;
}

/** A vector: NaN where a feature is absent, and 1 in `mask` where it is there. */
export interface FeatureVector {
  readonly values: Float64Array;
  readonly mask: Uint8Array;
}

/** The vector of a moment. Pure. */
export function featureVectorOf(inputs: FeatureInputs): FeatureVector {
  const { metricsOf, liquidity, area, price, atr, timeMs } = inputs;
  const fromProfile = (level: number | undefined): number =>
    level === undefined || price === null ? NaN : (price - level) / atr;
  const angle = (2 * Math.PI * (timeMs % DAY_MS)) / DAY_MS;
  const read = [
    ...FEATURE_TIMEFRAMES.flatMap((timeframe) => {
      const metrics = metricsOf(timeframe);
      return METRICS.map(([, of]) => (metrics === null ? NaN : of(metrics)));
    }),
    ...LIQUIDITY.map(([, of]) => (liquidity === null ? NaN : of(liquidity))),
    inputs.confluence ?? NaN,
    inputs.agreement ?? NaN,
    inputs.orderFlow ?? NaN,
    fromProfile(area?.poc),
    fromProfile(area?.vah),
    fromProfile(area?.val),
    Math.sin(angle),
    Math.cos(angle),
  ];
  const values = Float64Array.from(read, (value) => (Number.isFinite(value) ? value : NaN));
  return { values, mask: Uint8Array.from(values, (value) => (Number.isNaN(value) ? 0 : 1)) };
}

const DAY_MS = 86_400_000;

function inAtr({ atr }: TimeframeMetrics, distance: number): number {
  return atr.value > 0 ? distance / atr.value : NaN;
}
