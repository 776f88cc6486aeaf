import type { ClosedCandle } from '../bars/candle.ts';
import type { Timeframe } from '../bars/timeframe.ts';
import { LEVEL_BARS, TimeframeLevels } from '../levels/timeframe-levels.ts';
import { BarWindow } from '../metrics/bar-window.ts';
import { TimeframeMetrics } from '../metrics/timeframe-metrics.ts';
import { BARS_NEEDED } from '../metrics/warm-up.ts';
import { AlivePatterns } from './alive-patterns.ts';

const TWO_DAYS_MS = 2 * 86_400_000;
/** Longest bar whose volume is worth spreading over prices within a day. */
const PROFILE_LENGTH_MAX_MS = 3_600_000;

/** One timeframe of a symbol: its metrics and patterns, the bars that levels and profiles are made of, its levels on demand. */
export class TimeframeAnalysis {
  readonly metrics: TimeframeMetrics;
  readonly bars: BarWindow;
  readonly patterns: AlivePatterns;
  private readonly known: TimeframeLevels;
  private knownCloseMs: number;

  constructor(timeframe: Timeframe) {
    this.metrics = new TimeframeMetrics(timeframe);
    // Profiles look at today, the last 24 hours and the day before; no farther back than an analysis that is made anew can.
    const profileBars = timeframe.lengthMs <= PROFILE_LENGTH_MAX_MS ? TWO_DAYS_MS / timeframe.lengthMs : 0;
    this.bars = new BarWindow(Math.max(LEVEL_BARS, Math.min(profileBars, timeframe.barsKept)));
    this.patterns = new AlivePatterns();
    this.known = new TimeframeLevels(timeframe);
    this.knownCloseMs = NaN;
  }

  get timeframe(): Timeframe {
    return this.metrics.timeframe;
  }

  /** Takes the next closed bar; false when it was refused because it is not newer. See TimeframeMetrics. */
  update(bar: ClosedCandle, buyVolume?: number, sellVolume?: number): boolean {
    if (!this.metrics.update(bar, buyVolume, sellVolume)) return false;
    if (this.metrics.barCount === 1) {
      this.bars.reset();
      this.patterns.reset();
    }
    this.bars.push(bar);
    this.patterns.push(bar);
    return true;
  }

  /** The levels as of the newest bar; null while there are too few bars. */
  levels(): TimeframeLevels | null {
    const { metrics, known } = this;
    if (metrics.barCount < BARS_NEEDED.levels) return null;
    if (this.knownCloseMs !== metrics.closeTimeMs) {
      known.update(this.bars, metrics.pivots, metrics.atr.value);
      this.knownCloseMs = metrics.closeTimeMs;
    }
    return known;
  }
}
