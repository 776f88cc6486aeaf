import { clamp } from '../../core/clamp.ts';

/** Strength from which a level stands in the way of a target. */
export const STRONG_LEVEL = 60;
/** Distance kept from a level, in ATR. */
const LEVEL_MARGIN_ATR = 0.1;
const STOP_ATR_MIN = 0.5;
const REWARD = 2;

/** A level as far as plans are concerned; strength 0..100. */
interface PlanLevel {
  readonly price: number;
  readonly strength: number;
}

/** Levels on both sides of the price, nearest first. */
export interface PlanLevels {
  readonly support: readonly PlanLevel[];
  readonly resistance: readonly PlanLevel[];
}

/** Stop and target as distances from the entry, in ATR of the anchor timeframe. */
export interface TradePlan {
  readonly sl: number;
  readonly tp: number;
}

/**
 * The stop is 1 ATR, half an ATR more without agreement; a level on its side between half an ATR and half an ATR beyond
 * the stop takes it behind itself. The target is twice the stop, cut to just before the nearest strong level in its way.
 * Pure.
 */
export function tradePlanOf(
  side: 1 | -1,
  agreement: number,
  levels: PlanLevels,
  close: number,
  atr: number,
): TradePlan {
  const [behind, ahead] =
    side > 0 ? [levels.support, levels.resistance] : [levels.resistance, levels.support];
  const distance = (level: PlanLevel): number => Math.abs(level.price - close) / atr;
  let sl = 1 + 0.5 * (1 - agreement);
  if (behind.length > 0) {
    const away = distance(behind[0]);
    if (away >= STOP_ATR_MIN && away <= sl + 0.5) sl = Math.max(STOP_ATR_MIN, away + LEVEL_MARGIN_ATR);
  }
  let tp = REWARD * sl;
  const strong = ahead.find((level) => level.strength >= STRONG_LEVEL);
  if (strong !== undefined) tp = clamp(distance(strong) - LEVEL_MARGIN_ATR, 0, tp);
  return { sl, tp };
}

/** Prices of a plan, on the tick grid, each rounded to the side that earns less. */
export interface PlanPrices {
  readonly entry: number;
  readonly stop: number;
  readonly target: number;
}

/** @param price the last price; the entry */
export function planPricesOf(
  side: 1 | -1,
  plan: TradePlan,
  price: number,
  atr: number,
  tick: number,
): PlanPrices {
  return {
    entry: onGrid(price, tick, side),
    stop: onGrid(price - side * plan.sl * atr, tick, -side),
    target: onGrid(price + side * plan.tp * atr, tick, -side),
  };
}

/** The next price of the grid upwards (1) or downwards (-1); a price within a billionth of one is on it. */
export function onGrid(price: number, tick: number, direction: number): number {
  const ticks = price / tick;
  const nearest = Math.round(ticks);
  const isOn = Math.abs(ticks - nearest) <= 1e-9 * Math.max(1, Math.abs(ticks));
  const whole = isOn ? nearest : direction > 0 ? Math.ceil(ticks) : Math.floor(ticks);
  // A tick of 0.01 is no exact double: the digits of the tick say what was meant.
  const digits = Math.max(0, Math.min(15, -Math.floor(Math.log10(tick)) + 2));
  return Number((whole * tick).toFixed(digits));
}
