import { profileScoreOf } from '../profile/profile-score.ts';
import type { BarWindow } from '../metrics/bar-window.ts';
import { binSizeOf, type VolumeProfile, volumeProfileOf } from '../profile/volume-profile.ts';
import type { TimeframeAnalysis } from './timeframe-analysis.ts';

const DAY_MS = 86_400_000;
/** Longer bars say too little of where their volume was traded. */
const BAR_LENGTH_MAX_MS = 3_600_000;
/** Bars of the anchor timeframe in the long profile. */
export const LONG_PROFILE_BARS = 120;

/** Volume by price over several spans; null = nothing traded in it, or it is not known in whole. */
export interface ProfileSet {
  /** Since the beginning of the UTC day. */
  readonly session: VolumeProfile | null;
  /** Of the 24 hours to the last close. */
  readonly day: VolumeProfile | null;
  /** Of the last 120 hours. */
  readonly long: VolumeProfile | null;
  /** Point of control of the UTC day before. */
  readonly previousPoc: number | null;
  /** What the last 24 hours say of the price, 0..100; see profileScoreOf. */
  readonly score: number | null;
}

/** What profiles are made of: the timeframes of a symbol. */
interface ProfileSource {
  readonly tick: number;
  readonly timeframes: readonly TimeframeAnalysis[];
}

/**
 * The volume profiles of a symbol, made when they are asked for. Volumes come from the shortest bars that reach back to
 * the beginning of a span and end with it (an hour long at most), bins from the ATR of the anchor timeframe. Spans that are
 * over are kept until they, or the bins, change.
 */
export class SymbolProfiles {
  private readonly source: ProfileSource;
  private previousKey: string;
  private previousPoc: number | null;
  private longCloseMs: number;
  private long: VolumeProfile | null;

  constructor(source: ProfileSource) {
    this.source = source;
    this.previousKey = '';
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
    const day = profileOf(
      this.barsOf(closeTimeMs - DAY_MS, closeTimeMs),
      closeTimeMs - DAY_MS,
      closeTimeMs,
      binSize,
    );
    const previousPoc = this.previous(sessionMs, binSize);
    return {
      session: profileOf(this.barsOf(sessionMs, closeTimeMs), sessionMs, closeTimeMs, binSize),
      day,
      long: this.longOf(anchor, binSize),
      previousPoc,
      score: day === null ? null : profileScoreOf(day, previousPoc, close, atr),
    };
  }

  /** The shortest bars that reach back to `fromMs` and have closed at `toMs`; without any the shortest there are. */
  private barsOf(fromMs: number, toMs: number): BarWindow {
    const { timeframes } = this.source;
    for (let place = timeframes.length - 1; place >= 0; place--) {
      const { bars, metrics, timeframe } = timeframes[place];
      if (timeframe.lengthMs > BAR_LENGTH_MAX_MS) break;
      if (metrics.closeTimeMs >= toMs && startsBy(bars, fromMs)) return bars;
    }
    return timeframes[timeframes.length - 1].bars;
  }

  private previous(sessionMs: number, binSize: number): number | null {
    const fromMs = sessionMs - DAY_MS;
    const bars = this.barsOf(fromMs, sessionMs);
    const key = `${fromMs} ${binSize} ${startsBy(bars, fromMs)}`;
    if (this.previousKey !== key) {
      this.previousKey = key;
      this.previousPoc = profileOf(bars, fromMs, sessionMs, binSize)?.poc ?? null;
    }
    return this.previousPoc;
  }

  private longOf({ bars, metrics, timeframe }: TimeframeAnalysis, binSize: number): VolumeProfile | null {
    if (this.longCloseMs !== metrics.closeTimeMs) {
      this.longCloseMs = metrics.closeTimeMs;
      const fromMs = metrics.closeTimeMs - LONG_PROFILE_BARS * timeframe.lengthMs;
      this.long = profileOf(bars, fromMs, metrics.closeTimeMs, binSize);
    }
    return this.long;
  }
}

/** Whether the bars reach back to that time. */
function startsBy(bars: BarWindow, fromMs: number): boolean {
  return bars.openTimesMs.back(bars.count - 1) <= fromMs;
}

/** Profile of the bars that open in [fromMs, toMs), as seen from its last close; null when they do not reach back so far. */
function profileOf(bars: BarWindow, fromMs: number, toMs: number, binSize: number): VolumeProfile | null {
  if (!startsBy(bars, fromMs)) return null;
  const { values: times, start, end } = bars.openTimesMs;
  let from = end + 1;
  while (from > start && times[from - 1] >= fromMs) from--;
  let to = from;
  while (to <= end && times[to] < toMs) to++;
  const ranges = { highs: bars.highs.values, lows: bars.lows.values, volumes: bars.volumes.values, from, to };
  return volumeProfileOf(ranges, binSize, bars.closes.values[to - 1]);
}
