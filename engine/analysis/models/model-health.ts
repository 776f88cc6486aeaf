import { clamp } from '../../core/clamp.ts';

const DECILES = 10;
/** A share of no value at all would be infinitely far. */
const SHARE_MIN = 1e-4;
const PSI_MAX = 0.25;
/** Calibration error that costs nothing, and what more of it costs all. */
const ERROR_FREE = 0.05;
const ERROR_SPAN = 0.15;
const BENCHED_BELOW = 40;
const BACK_ABOVE = 60;
/** Outcomes in a row with good health after which a benched model is back. */
const BACK_OUTCOMES = 100;

/** Deciles of a feature in the sample a model was trained on. */
export interface FeatureDeciles {
  /** Nine values, rising; those equal to one belong to the bucket below it. */
  readonly edges: readonly number[];
  /** Share of the sample in each of the ten buckets. */
  readonly shares: readonly number[];
}

/** The deciles of a sample; NaN values are left out. null = there are none. Pure. */
export function decilesOf(sample: readonly number[]): FeatureDeciles | null {
  const sorted = sample.filter((value) => !Number.isNaN(value)).toSorted((a, b) => a - b);
  if (sorted.length === 0) return null;
  const edges = Array.from(
    { length: DECILES - 1 },
    (_, decile) => sorted[Math.ceil(((decile + 1) * sorted.length) / DECILES) - 1],
  );
  return { edges, shares: sharesOf(edges, sorted) };
}

/**
 * Population stability index: sum of (now - then) ln(now / then) over the deciles of the training sample; 0 = the same.
 * Empty buckets count as a share of 0.0001. 0 without any value. Pure.
 */
export function stabilityIndexOf({ edges, shares }: FeatureDeciles, recent: readonly number[]): number {
  const known = recent.filter((value) => !Number.isNaN(value));
  if (known.length === 0) return 0;
  const now = sharesOf(edges, known);
  return shares.reduce((sum, then, bucket) => {
    const a = Math.max(now[bucket], SHARE_MIN);
    const e = Math.max(then, SHARE_MIN);
    return sum + (a - e) * Math.log(a / e);
  }, 0);
}

function sharesOf(edges: readonly number[], values: readonly number[]): number[] {
  const counts = Array.from({ length: DECILES }, () => 0);
  for (const value of values) {
    const bucket = edges.findIndex((edge) => value <= edge);
    counts[bucket < 0 ? DECILES - 1 : bucket]++;
  }
  return counts.map((count) => count / values.length);
}

/**
 * How well a model is, 0..100: 100 less 40 when one of its ten heaviest features has moved (index above 0.25), less up to 40
 * for a calibration error of 0.05 to 0.20, less 20 when it is worse than the base rate. Pure.
 * @param indexes stability index of each of its heaviest features
 */
export function healthOf(indexes: readonly number[], calibrationError: number, skill: number): number {
  const drift = indexes.some((index) => index > PSI_MAX) ? 40 : 0;
  const error = 40 * clamp((calibrationError - ERROR_FREE) / ERROR_SPAN, 0, 1);
  return 100 - drift - error - (skill < 0 ? 20 : 0);
}

/** Whether a model is benched: below 40, until its health was above 60 for 100 outcomes in a row. One thread. */
export class Bench {
  isBenched: boolean;
  private goodCount: number;

  constructor() {
    this.isBenched = false;
    this.goodCount = 0;
  }

  /** Takes the health after an outcome. */
  update(health: number): void {
    this.goodCount = health > BACK_ABOVE ? this.goodCount + 1 : 0;
    if (health < BENCHED_BELOW) this.isBenched = true;
    else if (this.isBenched && this.goodCount >= BACK_OUTCOMES) this.isBenched = false;
  }
}
