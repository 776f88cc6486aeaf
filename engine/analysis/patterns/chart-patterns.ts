import { Breakout, BreakoutVerdict } from './breakout.ts';
import type { ChartDetector, ChartFinding, ChartReadings, LevelView } from './chart-readings.ts';
import { DoublePivot } from './double-pivot.ts';
import { Retest } from './retest.ts';
import { RsiDivergence } from './rsi-divergence.ts';
import { SqueezeRelease } from './squeeze-release.ts';

/** The chart patterns of one series, one closed bar after another, each judged with the levels known before it. One thread. */
export class ChartPatterns {
  readonly detectors: readonly ChartDetector[];
  /** What each detector found at the newest bar, at its place. */
  readonly found: readonly ChartFinding[];

  constructor() {
    this.detectors = [
      new SqueezeRelease(),
      new Breakout(),
      new BreakoutVerdict(true),
      new BreakoutVerdict(false),
      new DoublePivot(true),
      new DoublePivot(false),
      new Retest(),
      new RsiDivergence(false),
      new RsiDivergence(true),
    ];
    this.found = this.detectors.map(() => ({ direction: 0, price: NaN }));
  }

  /** Looks at the next bar; `levels` are those known before it; null = none, or it reaches none. */
  update(bar: ChartReadings, levels: readonly LevelView[] | null): void {
    for (const [place, detector] of this.detectors.entries()) {
      const found = this.found[place];
      found.direction = 0;
      found.price = NaN;
      detector.update(bar, levels, found);
    }
  }

  /** A gap: nothing reaches across it. */
  reset(): void {
    for (const detector of this.detectors) detector.reset();
  }
}
