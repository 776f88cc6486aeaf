import type { Level, LevelSides } from './level.ts';
import type { TimeframeLevels } from './timeframe-levels.ts';

/** Distance, in ATR of the lower timeframe, within which its level is the higher timeframe's. */
const SAME_ATR = 0.5;

/** One level of one timeframe. */
interface Part {
  readonly of: TimeframeLevels;
  readonly place: number;
}

/** A level of the highest timeframe that has it, and those of lower ones that belong to it. */
interface Joined {
  readonly price: number;
  /** Place of its timeframe, the highest first. */
  readonly rank: number;
  readonly parts: readonly Part[];
}

/** The levels down to one timeframe. */
interface Stage {
  readonly of: TimeframeLevels;
  readonly version: number;
  /** By rising price. */
  readonly joined: readonly Joined[];
}

/** A timeframe's levels with its ATR. */
export interface RankedLevels {
  readonly of: TimeframeLevels;
  readonly atr: number;
}

/**
 * The levels of all timeframes of a symbol as one list, cheapest first: beginning with the highest timeframe, a level of a
 * lower one within half its ATR of a level already there adds its weight and touches to that one, whose price and name
 * stay. Of timeframes whose bars have not changed nothing is done again, and what a level weighs is found when it is asked
 * for. One thread.
 */
export class SymbolLevels {
  private stages: Stage[];
  private joined: readonly Joined[];

  constructor() {
    this.stages = [];
    this.joined = [];
  }

  /** @param timeframes the highest first, as they were last updated */
  update(timeframes: readonly RankedLevels[]): void {
    const kept = this.stages;
    const stages: Stage[] = [];
    let joined: readonly Joined[] = [];
    let isSame = true;
    for (const [rank, { of, atr }] of timeframes.entries()) {
      const before = kept.at(rank);
      isSame = isSame && before?.of === of && before.version === of.version;
      const stage = isSame
        ? before!
        : { of, version: of.version, joined: withLower(joined, of, rank, SAME_ATR * atr) };
      stages.push(stage);
      joined = stage.joined;
    }
    this.stages = stages;
    this.joined = joined;
  }

  /** All levels, cheapest first. */
  all(): Level[] {
    return this.joined.map(levelOf);
  }

  /** The nearest levels below and above a price, at most so many of each; one exactly at it is on neither side. */
  near(price: number, count: number): LevelSides {
    const { joined } = this;
    const above = firstAtOrAbove(joined, price);
    const support: Level[] = [];
    const resistance: Level[] = [];
    for (let at = above - 1; at >= 0 && support.length < count; at--) support.push(levelOf(joined[at]));
    for (let at = above; at < joined.length && resistance.length < count; at++)
      if (joined[at].price > price) resistance.push(levelOf(joined[at]));
    return { support, resistance };
  }

  /**
   * The level nearest above (1) or below (-1) a price that is strong enough, and all before it, nearest first; at most so
   * many.
   */
  until(price: number, direction: 1 | -1, count: number, isStrong: (level: Level) => boolean): Level[] {
    const { joined } = this;
    const found: Level[] = [];
    const above = firstAtOrAbove(joined, price);
    for (let at = direction > 0 ? above : above - 1; at >= 0 && at < joined.length; at += direction) {
      if (joined[at].price === price) continue;
      const level = levelOf(joined[at]);
      found.push(level);
      if (found.length === count || isStrong(level)) break;
    }
    return found;
  }

  /** Whether a level lies in [low, high]. */
  hasWithin(low: number, high: number): boolean {
    const at = firstAtOrAbove(this.joined, low);
    return at < this.joined.length && this.joined[at].price <= high;
  }
}

/** The list with the levels of the next lower timeframe. */
function withLower(higher: readonly Joined[], of: TimeframeLevels, rank: number, reach: number): Joined[] {
  const list: Joined[] = [...higher];
  const own: Joined[] = [];
  for (let place = 0; place < of.count; place++) {
    const price = of.prices[place];
    const part = { of, place };
    // Levels of the same timeframe are apart already.
    const at = nearestTo(higher, price);
    if (at < 0 || Math.abs(higher[at].price - price) > reach) own.push({ price, rank, parts: [part] });
    else list[at] = { ...list[at], parts: [...list[at].parts, part] };
  }
  return merged(list, own);
}

/** Two lists by rising price as one; of equal prices the first list's stand first. */
function merged(one: readonly Joined[], other: readonly Joined[]): Joined[] {
  const all: Joined[] = [];
  let next = 0;
  for (const joined of one) {
    while (next < other.length && other[next].price < joined.price) all.push(other[next++]);
    all.push(joined);
  }
  while (next < other.length) all.push(other[next++]);
  return all;
}

/** Place of the level nearest to a price; of equally near ones the highest timeframe's, then the cheapest; -1 = none. */
function nearestTo(list: readonly Joined[], price: number): number {
  const above = firstAtOrAbove(list, price);
  let nearest = -1;
  // Equal prices stand together, the highest timeframe first.
  for (let at = above - 1; at >= 0 && (nearest < 0 || list[at].price === list[nearest].price); at--)
    nearest = at;
  if (above === list.length) return nearest;
  if (nearest < 0) return above;
  const below = price - list[nearest].price;
  const over = list[above].price - price;
  if (below !== over) return below < over ? nearest : above;
  return list[above].rank < list[nearest].rank ? above : nearest;
}

function firstAtOrAbove(list: readonly Joined[], price: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle].price < price) low = middle + 1;
    else high = middle;
  }
  return low;
}

function levelOf({ parts }: Joined): Level {
  let level = parts[0].of.level(parts[0].place);
  for (let index = 1; index < parts.length; index++) {
    const lower = parts[index].of.level(parts[index].place);
    level = {
      price: level.price,
      timeframe: level.timeframe,
      weight: level.weight + lower.weight,
      touchCount: level.touchCount + lower.touchCount,
      newestMs: Math.max(level.newestMs, lower.newestMs),
    };
  }
  return level;
}
