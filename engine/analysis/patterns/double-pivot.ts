import type { ChartDetector, ChartFinding, ChartReadings, LevelView } from './chart-readings.ts';

/** The two pivots are so near each other, in ATR. */
const SAME_ATR = 0.35;
const BARS_MIN = 5;
const BARS_MAX = 60;
/** The pivot between lies at least so far from both, in ATR. */
const DEPTH_ATR = 1.5;
/** Pivots of the other kind looked through for the one between. */
const BETWEEN_MAX = 20;

/**
 * Double top (`isTop`) and double bottom: the two newest pivots of a kind at the same height, the farthest pivot of the
 * other kind between them far enough away, and the first close through that one, the neckline. Both pivots are known 3
 * bars after they stood, so the pattern comes then at the earliest. A close beyond the pivots ends it.
 */
export class DoublePivot implements ChartDetector {
  readonly name: string;
  /** 1: pivots are highs. */
  private readonly sign: 1 | -1;
  /** Bar of the newest pivot when the pattern was found or ended. */
  private doneBar: number;

  constructor(isTop: boolean) {
    this.name = isTop ? 'double top' : 'double bottom';
    this.sign = isTop ? 1 : -1;
    this.doneBar = NaN;
  }

  update(bar: ChartReadings, _levels: readonly LevelView[] | null, found: ChartFinding): void {
    const { sign } = this;
    const pivots = sign > 0 ? bar.highs : bar.lows;
    const newest = pivots.bar(0);
    const apart = newest - pivots.bar(1);
    if (!(apart >= BARS_MIN && apart <= BARS_MAX) || newest === this.doneBar) return;
    const outer = sign > 0 ? Math.max : Math.min;
    const inner = sign > 0 ? Math.min : Math.max;
    if (sign * (bar.close - outer(pivots.price(0), pivots.price(1))) > 0) {
      this.doneBar = newest;
      return;
    }
    if (!(Math.abs(pivots.price(0) - pivots.price(1)) <= SAME_ATR * bar.atr)) return;
    const neckline = this.neckline(bar, pivots.bar(1), newest);
    if (!(sign * (inner(pivots.price(0), pivots.price(1)) - neckline) >= DEPTH_ATR * bar.atr)) return;
    if (!(sign * (neckline - bar.close) > 0)) return;
    this.doneBar = newest;
    found.direction = sign > 0 ? -1 : 1;
    found.price = neckline;
  }

  reset(): void {
    this.doneBar = NaN;
  }

  /** The farthest pivot of the other kind between two bars; NaN = none. */
  private neckline({ highs, lows }: ChartReadings, from: number, to: number): number {
    const { sign } = this;
    const others = sign > 0 ? lows : highs;
    let farthest = NaN;
    for (let age = 0; age < BETWEEN_MAX; age++) {
      const at = others.bar(age);
      if (!(at > from)) break;
      if (at < to && !(sign * (others.price(age) - farthest) >= 0)) farthest = others.price(age);
    }
    return farthest;
  }
}
