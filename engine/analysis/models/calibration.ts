import { clamp } from '../../core/clamp.ts';
import type { JudgedForecast } from './forecast-quality.ts';

/** Fewer outcomes calibrate nothing. */
export const CALIBRATION_MIN = 200;
const PROBABILITY_MIN = 1e-6;
const NEWTON_STEPS_MAX = 100;
const HALVINGS_MAX = 40;
/** Keeps the second derivatives invertible. */
const RIDGE = 1e-12;
const GRADIENT_MIN = 1e-9;
/** Near the end a better line may look as good as the last one. */
const LOSS_ROUNDING = 1e-13;

/** Makes of what a model says how often it comes. Pure. */
export type Calibration = (probability: number) => number;

/** Logarithm of the odds; probabilities are kept 1e-6 away from 0 and 1. */
export function logitOf(probability: number): number {
  const kept = clamp(probability, PROBABILITY_MIN, 1 - PROBABILITY_MIN);
  return Math.log(kept / (1 - kept));
}

/** The probability of such odds. */
export function logisticOf(logit: number): number {
  return logit >= 0 ? 1 / (1 + Math.exp(-logit)) : Math.exp(logit) / (1 + Math.exp(logit));
}

/** A line through the logits. */
export interface PlattLine {
  readonly slope: number;
  readonly intercept: number;
}

/**
 * Platt's scaling: logistic regression on the logit with the targets (n+ + 1) / (n+ + 2) and 1 / (n- + 2), by Newton's
 * method with halved steps (Lin, Lin, Weng 2007). null = fewer than 200 outcomes: uncalibrated. Pure.
 */
export function plattLine(forecasts: readonly JudgedForecast[]): PlattLine | null {
  if (forecasts.length < CALIBRATION_MIN) return null;
  const hits = forecasts.reduce((sum, { hit }) => sum + hit, 0);
  const hitTarget = (hits + 1) / (hits + 2);
  const missTarget = 1 / (forecasts.length - hits + 2);
  const points = forecasts.map(({ probability, hit }) => ({
    x: logitOf(probability),
    target: hit === 1 ? hitTarget : missTarget,
  }));
  let line: PlattLine = { slope: 0, intercept: Math.log((hits + 1) / (forecasts.length - hits + 1)) };
  let loss = lossOf(line, points);
  for (let step = 0; step < NEWTON_STEPS_MAX; step++) {
    const next = newtonStep(line, points, loss);
    if (next === null) break;
    ({ line, loss } = next);
  }
  return line;
}

/** The calibration a line stands for. */
export function plattCalibration({ slope, intercept }: PlattLine): Calibration {
  return (probability) => logisticOf(slope * logitOf(probability) + intercept);
}

interface Point {
  readonly x: number;
  readonly target: number;
}

/** Cross entropy, in a form that does not overflow. */
function lossOf({ slope, intercept }: PlattLine, points: readonly Point[]): number {
  let sum = 0;
  for (const { x, target } of points) {
    const z = slope * x + intercept;
    sum += Math.max(z, 0) - z * target + Math.log1p(Math.exp(-Math.abs(z)));
  }
  return sum;
}

/** null = nothing is to be gained any more. */
function newtonStep(
  line: PlattLine,
  points: readonly Point[],
  loss: number,
): { line: PlattLine; loss: number } | null {
  let [gradientSlope, gradientIntercept, curveSlope, curveBoth, curveIntercept] = [0, 0, RIDGE, 0, RIDGE];
  for (const { x, target } of points) {
    const p = logisticOf(line.slope * x + line.intercept);
    const weight = p * (1 - p);
    gradientSlope += (p - target) * x;
    gradientIntercept += p - target;
    curveSlope += weight * x * x;
    curveBoth += weight * x;
    curveIntercept += weight;
  }
  if (Math.abs(gradientSlope) < GRADIENT_MIN && Math.abs(gradientIntercept) < GRADIENT_MIN) return null;
  const determinant = curveSlope * curveIntercept - curveBoth * curveBoth;
  const slopeBy = (curveIntercept * gradientSlope - curveBoth * gradientIntercept) / determinant;
  const interceptBy = (curveSlope * gradientIntercept - curveBoth * gradientSlope) / determinant;
  if (!Number.isFinite(slopeBy) || !Number.isFinite(interceptBy)) return null;
  for (let halving = 0, share = 1; halving < HALVINGS_MAX; halving++, share /= 2) {
    const tried = { slope: line.slope - share * slopeBy, intercept: line.intercept - share * interceptBy };
    const triedLoss = lossOf(tried, points);
    if (triedLoss <= loss + LOSS_ROUNDING * loss) return { line: tried, loss: triedLoss };
  }
  return null;
}

/** A block of pooled forecasts: what they said on average, and how often it came. */
export interface IsotonicBlock {
  readonly probability: number;
  readonly rate: number;
  readonly count: number;
}

/**
 * Isotonic regression by pooling adjacent violators; equal probabilities are one block from the start. Rates rise from block
 * to block. null = fewer than 200 outcomes. Pure.
 */
export function isotonicBlocks(forecasts: readonly JudgedForecast[]): IsotonicBlock[] | null {
  if (forecasts.length < CALIBRATION_MIN) return null;
  const blocks: { sum: number; hits: number; count: number }[] = [];
  const sorted = forecasts.toSorted((a, b) => a.probability - b.probability);
  let before = NaN;
  for (const { probability, hit } of sorted) {
    const last = blocks.at(-1);
    if (last !== undefined && probability === before) {
      last.sum += probability;
      last.hits += hit;
      last.count++;
    } else {
      // A block may only be added to while its probabilities are equal; what came before is settled now.
      pool(blocks);
      blocks.push({ sum: probability, hits: hit, count: 1 });
    }
    before = probability;
  }
  pool(blocks);
  return blocks.map(({ sum, hits, count }) => ({ probability: sum / count, rate: hits / count, count }));
}

/** Joins the last blocks while they do not rise. */
function pool(blocks: { sum: number; hits: number; count: number }[]): void {
  for (;;) {
    const last = blocks.at(-1);
    const previous = blocks.at(-2);
    if (last === undefined || previous === undefined) return;
    if (previous.hits * last.count < last.hits * previous.count) return;
    blocks.pop();
    previous.sum += last.sum;
    previous.hits += last.hits;
    previous.count += last.count;
  }
}

/** The calibration blocks stand for: straight lines between their middles, level beyond the ends. @param blocks one at least */
export function isotonicCalibration(blocks: readonly IsotonicBlock[]): Calibration {
  return (probability) => {
    const above = blocks.findIndex((block) => block.probability >= probability);
    if (above === 0) return blocks[0].rate;
    if (above < 0) return blocks[blocks.length - 1].rate;
    const low = blocks[above - 1];
    const high = blocks[above];
    const share = (probability - low.probability) / (high.probability - low.probability);
    return low.rate + share * (high.rate - low.rate);
  };
}
