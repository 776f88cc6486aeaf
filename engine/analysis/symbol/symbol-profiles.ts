import type { BarWindow } from '../metrics/bar-window.ts';
import { profileScoreOf } from '../profile/profile-score.ts';
import { RollingProfile } from '../profile/rolling-profile.ts';
import { binSizeOf, type ValueArea, type VolumeProfile, volumeProfileOf } from '../profile/volume-profile.ts';
import type { TimeframeAnalysis } from './timeframe-analysis.ts';

const DAY_MS = 86_400_000;
/** Longer bars say too little of where their volume was traded. */
const BAR_LENGTH_MAX_MS = 3_600_000;
/** Bars of the anchor timeframe in the long profile. */
export const LONG_PROFILE_BARS = 120;

/** Volume by price over several spans; null = nothing traded in it, or it is not known in whole. To be read before the next bar. */
export interface ProfileSet {
  /** Where most was traded in the last 24 hours. */
  readonly area: ValueArea | null;
  /** Point of control of the UTC day before. */
  readonly previousPoc: number | null;
  /** What the last 24 hours say of the price, 0..100; see profileScoreOf. */
  readonly score: number | null;
  /** Since the beginning of the UTC day; made when it is asked for. */
  session(): VolumeProfile | null;
  /** Of the 24 hours to the last close; made when it is asked for. */
  day(): VolumeProfile | null;
  /** Of the last 120 hours. */
  long(): VolumeProfile | null;
}

/** What profiles are made of: the timeframes of a symbol. */
interface ProfileSource {
  readonly tick: number;
  readonly timeframes: readonly TimeframeAnalysis[];
}

/**
 * The volume profiles of a symbol. Volumes come from the shortest bars that reach back to the beginning of a span (an hour
 * long at most), bins from the ATR of the anchor timeframe. The last 24 hours move along with the bars; spans that are over
 * are kept until they, or the bins, change.
 */
export class SymbolProfiles {
  private readonly source: ProfileSource;
  private readonly rolling: RollingProfile;
  /** What the previous day's was made of. */
  private previousFromMs: number;
  private previousBinSize: number;
  private previousBars: BarWindow | null;
  private previousPoc: number | null;
  private longCloseMs: number;
  private long: VolumeProfile | null;

  constructor(source: ProfileSource) {
    this.source = source;
    this.rolling = new RollingProfile();
    this.previousFromMs = NaN;
    this.previousBinSize = NaN;
    this.previousBars = null;
    this.previousPoc = null;
    this.longCloseMs = NaN;
    this.long = null;
  }

  /** The profiles at the newest close; null without an anchor timeframe that is warm, or without short enough bars. */
  read(anchor: TimeframeAnalysis | null): ProfileSet | null {
    const { timeframes, tick } = this.source;
    const finest = timeframes[timeframes.length - 1];
    if (anchor === null || finest.timeframe.lengthMs > anchor.timeframe.lengthMs) return null;
    const atr = anchor.metrics.atr.value;
    if (Number.isNaN(atr)) return null;
    const binSize = binSizeOf(tick, atr);
    const { close, closeTimeMs } = finest.metrics;
    // At midnight the day that has just ended is the session.
    const sessionMs = Math.floor((closeTimeMs - 1) / DAY_MS) * DAY_MS;
    const area = this.dayArea(binSize, close);
    const previousPoc = this.previous(sessionMs, binSize);
    return {
      area,
      previousPoc,
      score: area === null ? null : profileScoreOf(area, previousPoc, close, atr),
      session: () => {
        const one = this.barsBackTo(() => sessionMs);
        return one === null ? null : profileOf(one.bars, sessionMs, Infinity, binSize);
      },
      day: () => {
        const one = this.barsBackTo(dayBefore);
        return one === null ? null : profileOf(one.bars, dayBefore(one), Infinity, binSize);
      },
      long: () => this.longOf(anchor, binSize),
    };
  }

  private dayArea(binSize: number, close: number): ValueArea | null {
    const one = this.barsBackTo(dayBefore);
    return one === null ? null : this.rolling.read(one.bars, dayBefore(one), binSize, close);
  }

  /** The timeframe with the shortest bars that reach back so far, and of which the newest is there. */
  private barsBackTo(fromMsOf: (one: TimeframeAnalysis) => number): TimeframeAnalysis | null {
    const { timeframes } = this.source;
    const newestMs = timeframes[timeframes.length - 1].metrics.closeTimeMs;
    for (let place = timeframes.length - 1; place >= 0; place--) {
      const one = timeframes[place];
      const { lengthMs } = one.timeframe;
      if (lengthMs > BAR_LENGTH_MAX_MS) break;
      if (one.metrics.closeTimeMs > newestMs - lengthMs && startsBy(one.bars, fromMsOf(one))) return one;
    }
    return null;
  }

  private previous(sessionMs: number, binSize: number): number | null {
    const fromMs = sessionMs - DAY_MS;
    const one = this.barsBackTo(() => fromMs);
    if (one === null) return null;
    const { bars } = one;
    const isKnown =
      this.previousFromMs === fromMs && this.previousBinSize === binSize && this.previousBars === bars;
    if (!isKnown) {
      this.previousFromMs = fromMs;
      this.previousBinSize = binSize;
      this.previousBars = bars;
      this.previousPoc = profileOf(bars, fromMs, sessionMs, binSize)?.poc ?? null;
    }
    return this.previousPoc;
  }

  private longOf({ bars, metrics, timeframe }: TimeframeAnalysis, binSize: number): VolumeProfile | null {
    if (this.longCloseMs !== metrics.closeTimeMs) {
      this.longCloseMs = metrics.closeTimeMs;
      const fromMs = metrics.closeTimeMs - LONG_PROFILE_BARS * timeframe.lengthMs;
      this.long = startsBy(bars, fromMs) ? profileOf(bars, fromMs, Infinity, binSize) : null;
    }
    return this.long;
  }
}

function dayBefore({ metrics }: TimeframeAnalysis): number {
  return metrics.closeTimeMs - DAY_MS;
}

/** Whether the bars reach back to that time. */
function startsBy(bars: BarWindow, fromMs: number): boolean {
  return bars.openTimesMs.back(bars.count - 1) <= fromMs;
}

/** Profile of the bars that open in [fromMs, toMs), as seen from its last close. */
function profileOf(bars: BarWindow, fromMs: number, toMs: number, binSize: number): VolumeProfile | null {
  const { values: times, start, end } = bars.openTimesMs;
  let from = end + 1;
  while (from > start && times[from - 1] >= fromMs) from--;
  let to = from;
  while (to <= end && times[to] < toMs) to++;
  const ranges = { highs: bars.highs.values, lows: bars.lows.values, volumes: bars.volumes.values, from, to };
  return volumeProfileOf(ranges, binSize, bars.closes.values[to - 1]);
}
