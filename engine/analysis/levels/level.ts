import type { Timeframe } from '../bars/timeframe.ts';

/** A price the market turned at. */
export interface Level {
  readonly price: number;
  /** Of the highest timeframe that has it. */
  readonly timeframe: Timeframe;
  /** Sum of the decayed weights of its pivots and touches; halved when it was closed through. */
  readonly weight: number;
  /** Pivots and touches. */
  readonly touchCount: number;
  /** Close of the bar of its newest pivot or touch, ms since the epoch. */
  readonly newestMs: number;
}

/** Levels on both sides of a price, nearest first. */
export interface LevelSides {
  /** Below the price. */
  readonly support: readonly Level[];
  /** Above it. */
  readonly resistance: readonly Level[];
}

const STRENGTH_SCALE = 1.5;

/** Strength of a level, 0..100: 100 (1 - exp(-weight / 1.5)). */
export function strengthOf(weight: number): number {
  return 100 * (1 - Math.exp(-weight / STRENGTH_SCALE));
}
