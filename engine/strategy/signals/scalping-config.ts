import { ALIGNMENT_MULTIPLIERS } from './alignment.ts';
import type { AlignmentMultipliers } from './alignment.ts';
import { SQUEEZE_PCT } from './squeeze.ts';
import { VIEW_THRESHOLDS } from './view-class.ts';
import type { ViewThresholds } from './view-class.ts';

/** Constants of the scalping signal (signals.md section 4). */
export interface ScalpingConfig {
  readonly emaFast: number;
  readonly emaSlow: number;
  readonly rsiPeriod: number;
  /** A long wants an RSI from `rsiLow` to `rsiHigh`; a short one from 100 - rsiHigh to 100 - rsiLow. */
  readonly rsiLow: number;
  readonly rsiHigh: number;
  /** Standard deviations from VWAP that call for a return to it. */
  readonly vwapDeviations: number;
  /** 0 = VWAP of the UTC day; else of this many last bars. */
  readonly vwapBars: number;
  readonly bandPeriod: number;
  readonly bandWidth: number;
  /** Bandwidths among which one is ranked, and the share of them that is a squeeze, percent. */
  readonly bandwidthBars: number;
  readonly squeezePct: number;
  readonly atrPeriod: number;
  /** Order-flow score a long needs; a short one the opposite. */
  readonly scoreFrom: number;
  /** Stop distance in ATR, and at least so many ticks and spreads. */
  readonly stopAtr: number;
  readonly stopTicksMin: number;
  readonly stopSpreadsMin: number;
  /** Target distance in stop distances. */
  readonly reward: number;
  /** Spread up to which a strong score enters at the other side's price. */
  readonly takeSpreadTicks: number;
  readonly expiresMs: number;
  /** Hybrid: while there is a bias, only trades in its direction and on the right side of its key level. */
  readonly isHybrid: boolean;
  /** |score| from which a breakout against it is false. */
  readonly falseBreakoutScore: number;
  readonly thresholds: ViewThresholds;
  readonly multipliers: AlignmentMultipliers;
  readonly confidence: ConfidenceWeights;
}

/** What makes up the confidence of a scalping signal. */
export interface ConfidenceWeights {
  readonly base: number;
  readonly perScore: number;
  readonly trendWithBias: number;
  readonly release: number;
  readonly moderateConflict: number;
  readonly strongConflict: number;
}

export const SCALPING_DEFAULTS: ScalpingConfig = {
  emaFast: 9,
  emaSlow: 21,
  rsiPeriod: 14,
  rsiLow: 45,
  rsiHigh: 70,
  vwapDeviations: 1.5,
  vwapBars: 0,
  bandPeriod: 20,
  bandWidth: 2,
  bandwidthBars: 120,
  squeezePct: SQUEEZE_PCT,
  atrPeriod: 14,
  scoreFrom: 20,
  stopAtr: 1,
  stopTicksMin: 3,
  stopSpreadsMin: 2,
  reward: 2,
  takeSpreadTicks: 1,
  expiresMs: 30_000,
  isHybrid: true,
  falseBreakoutScore: 60,
  thresholds: VIEW_THRESHOLDS,
  multipliers: ALIGNMENT_MULTIPLIERS,
  confidence: {
    base: 50,
    perScore: 0.3,
    trendWithBias: 10,
    release: 10,
    moderateConflict: -20,
    strongConflict: -40,
  },
};
