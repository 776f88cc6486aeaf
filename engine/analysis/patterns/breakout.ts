import type { ChartDetector, ChartFinding, ChartReadings, LevelView } from './chart-readings.ts';

const STRENGTH_MIN = 50;
const BEYOND_ATR = 0.25;
const Z_VOLUME_MIN = 0.5;

/** The breakout of the bar before, as long as it is neither confirmed nor false. */
class Breakouts {
  direction: -1 | 0 | 1;
  price: number;
  private lastClose: number;

  constructor() {
    this.direction = 0;
    this.price = NaN;
    this.lastClose = NaN;
  }

  /** A close beyond the nearest strong level of the bar before, with volume. */
  update(bar: ChartReadings, levels: readonly LevelView[] | null): void {
    const before = this.lastClose;
    this.lastClose = bar.close;
    this.direction = 0;
    if (levels === null || Number.isNaN(before) || !(bar.zVolume > Z_VOLUME_MIN) || !(bar.atr > 0)) return;
    const isUp = bar.close > before;
    const level = nearestStrong(levels, before, isUp);
    if (level === null) return;
    const beyond = isUp ? bar.close - level.price : level.price - bar.close;
    if (!(beyond > BEYOND_ATR * bar.atr)) return;
    this.direction = isUp ? 1 : -1;
    this.price = level.price;
  }

  reset(): void {
    this.direction = 0;
    this.lastClose = NaN;
  }
}

/** Breakout: a close more than 0.25 ATR beyond the nearest level of strength 50 or more, with volume. */
export class Breakout implements ChartDetector {
  readonly name = 'breakout';
  private readonly breakouts: Breakouts;

  constructor() {
    this.breakouts = new Breakouts();
  }

  update(bar: ChartReadings, levels: readonly LevelView[] | null, found: ChartFinding): void {
    this.breakouts.update(bar, levels);
    found.direction = this.breakouts.direction;
    found.price = this.breakouts.price;
  }

  reset(): void {
    this.breakouts.reset();
  }
}

/**
 * What the close after a breakout says of it: still beyond the level, it confirms it (`isConfirming`); back at the level
 * or behind it, the breakout was false, which speaks for the other direction.
 */
export class BreakoutVerdict implements ChartDetector {
  readonly name: string;
  private readonly isConfirming: boolean;
  private readonly breakouts: Breakouts;

  constructor(isConfirming: boolean) {
    this.name = isConfirming ? 'confirmed breakout' : 'false breakout';
    this.isConfirming = isConfirming;
    this.breakouts = new Breakouts();
  }

  update(bar: ChartReadings, levels: readonly LevelView[] | null, found: ChartFinding): void {
    const { direction, price } = this.breakouts;
    if (direction !== 0) {
      const holds = direction * (bar.close - price) > 0;
      if (holds === this.isConfirming) {
        found.direction = this.isConfirming ? direction : direction > 0 ? -1 : 1;
        found.price = price;
      }
    }
    this.breakouts.update(bar, levels);
  }

  reset(): void {
    this.breakouts.reset();
  }
}

/** The nearest level of enough strength above (or at or below) the close of the bar before. */
function nearestStrong(levels: readonly LevelView[], close: number, isAbove: boolean): LevelView | null {
  let nearest: LevelView | null = null;
  for (const level of levels) {
    if (level.strength < STRENGTH_MIN) continue;
    if (isAbove ? level.price < close : level.price > close) continue;
    const isNearer =
      nearest === null || (isAbove ? level.price < nearest.price : level.price > nearest.price);
    if (isNearer) nearest = level;
  }
  return nearest;
}
