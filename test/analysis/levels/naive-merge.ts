import type { Level, LevelSides } from '../../../engine/analysis/levels/level.ts';

/** Distance, in ATR of the lower timeframe, within which its level is the higher timeframe's. */
const SAME_ATR = 0.5;

/** The levels of one timeframe with its ATR. */
interface TimeframeLevels {
  readonly atr: number;
  readonly levels: readonly Level[];
}

/**
 * Levels of several timeframes as one list, cheapest first. `timeframes` begins with the highest: a level of a lower one
 * within half its ATR of a level already there adds its weight and touches to that one, whose price and name stay.
 */
export function mergeLevels(timeframes: readonly TimeframeLevels[]): Level[] {
  const merged: Level[] = [];
  for (const { atr, levels } of timeframes) {
    // Levels of the same timeframe are apart already.
    const higher = merged.length;
    for (const level of levels) {
      const at = nearestIndex(merged, higher, level.price);
      if (at < 0 || Math.abs(merged[at].price - level.price) > SAME_ATR * atr) merged.push(level);
      else merged[at] = joined(merged[at], level);
    }
  }
  return merged.sort((a, b) => a.price - b.price);
}

/** Levels below and above `close`, nearest first; one exactly at it is on neither side. */
export function sidesOf(levels: readonly Level[], close: number): LevelSides {
  const support = levels.filter(({ price }) => price < close).sort((a, b) => b.price - a.price);
  const resistance = levels.filter(({ price }) => price > close).sort((a, b) => a.price - b.price);
  return { support, resistance };
}

function nearestIndex(levels: readonly Level[], count: number, price: number): number {
  let nearest = -1;
  for (let index = 0; index < count; index++) {
    if (nearest < 0 || Math.abs(levels[index].price - price) < Math.abs(levels[nearest].price - price))
      nearest = index;
  }
  return nearest;
}

function joined(higher: Level, lower: Level): Level {
  return {
    price: higher.price,
    timeframe: higher.timeframe,
    weight: higher.weight + lower.weight,
    touchCount: higher.touchCount + lower.touchCount,
    newestMs: Math.max(higher.newestMs, lower.newestMs),
  };
}
