import type { Outcome } from './signal-outcome.ts';

/** Fewer outcomes than this say little, and are shown as such. */
export const OUTCOMES_MIN = 20;
/** 95 % of a normal distribution lie within so many deviations. */
const Z95 = 1.959_963_984_540_054;
const BUCKETS = 10;

/** What outcomes are grouped by. */
export type OutcomeGroup = 'pattern' | 'timeframe' | 'symbol' | 'confidence';

/** Counts and sums of the outcomes of one group. */
export interface OutcomeSums {
  readonly targetCount: number;
  readonly stopCount: number;
  readonly expiredCount: number;
  readonly sumR: number;
  readonly sumFavourableAtr: number;
  readonly sumAdverseAtr: number;
}

/** The outcomes of one group. */
export interface OutcomeStatistics {
  readonly group: OutcomeGroup;
  /** Name of the pattern, timeframe or symbol; "0.6-0.7" for a confidence. */
  readonly key: string;
  readonly count: number;
  readonly targetCount: number;
  readonly stopCount: number;
  readonly expiredCount: number;
  /** Share of targets, with its 95 % interval (Wilson 1927), 0..1. */
  readonly winRate: number;
  readonly winRateLow: number;
  readonly winRateHigh: number;
  readonly meanR: number;
  readonly meanFavourableAtr: number;
  readonly meanAdverseAtr: number;
  /** Too few to say much. */
  readonly isFew: boolean;
}

/** The interval in which a share lies with 95 % when `wins` of `count` were seen; 0..1 without any. */
export function wilsonInterval(wins: number, count: number): readonly [low: number, high: number] {
  if (count === 0) return [0, 1];
  const share = wins / count;
  const squared = (Z95 * Z95) / count;
  const middle = (share + squared / 2) / (1 + squared);
  const half = (Z95 * Math.sqrt((share * (1 - share)) / count + squared / (4 * count))) / (1 + squared);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** Statistics of outcomes by each group, largest groups first. Pure. */
export function outcomeStatistics(outcomes: readonly Outcome[]): OutcomeStatistics[] {
  const keys: Readonly<Record<OutcomeGroup, (outcome: Outcome) => string>> = {
    pattern: ({ signal }) => signal.pattern,
    timeframe: ({ signal }) => signal.timeframe.name,
    symbol: ({ signal }) => signal.symbol,
    confidence: ({ signal }) => bucketName(bucketOf(signal.confidence.final)),
  };
  return (Object.keys(keys) as OutcomeGroup[]).flatMap((group) => {
    const byKey = Map.groupBy(outcomes, keys[group]);
    return [...byKey].map(([key, members]) => statisticsOf(group, key, sumsOf(members))).sort(largestFirst);
  });
}

/** The statistics that sums stand for. @param sums of one outcome at least */
export function statisticsOf(group: OutcomeGroup, key: string, sums: OutcomeSums): OutcomeStatistics {
  const { targetCount, stopCount, expiredCount } = sums;
  const count = targetCount + stopCount + expiredCount;
  const [winRateLow, winRateHigh] = wilsonInterval(targetCount, count);
  return {
    group,
    key,
    count,
    targetCount,
    stopCount,
    expiredCount,
    winRate: targetCount / count,
    winRateLow,
    winRateHigh,
    meanR: sums.sumR / count,
    meanFavourableAtr: sums.sumFavourableAtr / count,
    meanAdverseAtr: sums.sumAdverseAtr / count,
    isFew: count < OUTCOMES_MIN,
  };
}

/** The order in which the groups of a kind are shown. */
export function largestFirst(a: OutcomeStatistics, b: OutcomeStatistics): number {
  return b.count - a.count || (a.key < b.key ? -1 : 1);
}

/** Buckets of confidence, 0.1 wide. */
export const CONFIDENCE_BUCKETS: number = BUCKETS;

/** The bucket of a confidence, 0..1. */
export function bucketOf(final: number): number {
  return Math.min(BUCKETS - 1, Math.floor(final * BUCKETS));
}

/** A bucket as it is shown, such as "0.6-0.7". */
export function bucketName(bucket: number): string {
  return `${bucket / BUCKETS}-${(bucket + 1) / BUCKETS}`;
}

function sumsOf(members: readonly Outcome[]): OutcomeSums {
  const countOf = (kind: Outcome['kind']): number => members.filter((one) => one.kind === kind).length;
  const sumOf = (value: (outcome: Outcome) => number): number =>
    members.reduce((sum, one) => sum + value(one), 0);
  return {
    targetCount: countOf('target'),
    stopCount: countOf('stop'),
    expiredCount: countOf('expired'),
    sumR: sumOf((one) => one.rMultiple),
    sumFavourableAtr: sumOf((one) => one.favourableAtr),
    sumAdverseAtr: sumOf((one) => one.adverseAtr),
  };
}
