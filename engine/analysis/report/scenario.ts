import { clamp } from '../../core/clamp.ts';

/** Distances in ATR of the timeframe the plan is made in. */
const ZONE_ATR = 0.25;
const STOP_ATR = 0.75;
const INVALID_ATR = 0.5;
/** Targets in multiples of the risk, where no level is in reach. */
const FIRST_REWARD = 2;
const SECOND_REWARD = 3;
const HORIZON_BARS_MAX = 30;

/** A plan for one side; prices are exact, the caller puts them on a grid. */
export interface Scenario {
  readonly side: -1 | 1;
  /** Where to enter: a quarter ATR around the nearest level behind the price, or around the price. */
  readonly zone: { readonly low: number; readonly high: number };
  /** Level the zone lies around; null = there is none. */
  readonly level: number | null;
  readonly stop: number;
  readonly targets: readonly [number, number];
  /** A close beyond it ends the plan: the level would be closed through. */
  readonly invalidation: number;
  /** Distance to the first target over the distance to the stop, from the middle of the zone. */
  readonly rewardRisk: number;
  /** Bars a random walk needs for the way to the first target: its square in ATR, 1..30. */
  readonly horizonBars: number;
}

/** Prices of levels on both sides of the price, nearest first. */
export interface ScenarioLevels {
  readonly support: readonly number[];
  readonly resistance: readonly number[];
}

/** The plan for a side of the market. Pure; mirrored prices give the mirrored plan. */
export function scenarioOf(side: -1 | 1, price: number, atr: number, levels: ScenarioLevels): Scenario {
  const [behind, ahead] =
    side > 0 ? [levels.support, levels.resistance] : [levels.resistance, levels.support];
  const level = behind.length > 0 ? behind[0] : null;
  const middle = level ?? price;
  const risk = STOP_ATR * atr;
  const rewardOf = (target: number): number => side * (target - middle);
  const first = ahead.find((target) => rewardOf(target) >= risk) ?? middle + side * FIRST_REWARD * risk;
  const second =
    ahead.find((target) => rewardOf(target) >= rewardOf(first) + 0.5 * risk) ??
    middle + side * Math.max(rewardOf(first) + risk, SECOND_REWARD * risk);
  const edges = [middle - ZONE_ATR * atr, middle + ZONE_ATR * atr];
  return {
    side,
    zone: { low: edges[0], high: edges[1] },
    level,
    stop: middle - side * risk,
    targets: [first, second],
    invalidation: middle - side * INVALID_ATR * atr,
    rewardRisk: rewardOf(first) / risk,
    horizonBars: clamp(Math.ceil(((first - price) / atr) ** 2), 1, HORIZON_BARS_MAX),
  };
}
