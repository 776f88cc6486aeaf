import { profileScoreOf } from '../profile/profile-score.ts';
import type { BarWindow } from '../metrics/bar-window.ts';
import {
  binSizeOf,
  type TradedRange,
  type VolumeProfile,
  volumeProfileOf,
} from '../profile/volume-profile.ts';
import type { TimeframeAnalysis } from './timeframe-analysis.ts';

const DAY_MS = 86_400_000;
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
 * The volume profiles of a symbol, made when they are asked for. Volumes come from the shortest bars there are (an hour at
 * most), bins from the ATR of the anchor timeframe.
 */
export class SymbolProfiles {
  private readonly source: ProfileSource;

  constructor(source: ProfileSource) {
    this.source = source;
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
    const profile = (fromMs: number, toMs: number): VolumeProfile | null => {
      const ranges = rangesOf(finest.bars, fromMs, toMs);
      return ranges === null ? null : volumeProfileOf(ranges, binSize, close);
    };
    const day = profile(closeTimeMs - DAY_MS, closeTimeMs);
    const previousPoc = profile(sessionMs - DAY_MS, sessionMs)?.poc ?? null;
    return {
      session: profile(sessionMs, closeTimeMs),
      day,
      long: longProfile(anchor, binSize, close),
      previousPoc,
      score: day === null ? null : profileScoreOf(day, previousPoc, close, atr),
    };
  }
}

function longProfile(anchor: TimeframeAnalysis, binSize: number, close: number): VolumeProfile | null {
  const { bars, metrics } = anchor;
  const fromMs = metrics.closeTimeMs - LONG_PROFILE_BARS * anchor.timeframe.lengthMs;
  const ranges = rangesOf(bars, fromMs, metrics.closeTimeMs);
  return ranges === null ? null : volumeProfileOf(ranges, binSize, close);
}

/** The bars that open in [fromMs, toMs), newest first; null when the window does not reach back to `fromMs`. */
function rangesOf(bars: BarWindow, fromMs: number, toMs: number): TradedRange[] | null {
  if (!(bars.openTimeMs(bars.count - 1) <= fromMs)) return null;
  const ranges: TradedRange[] = [];
  for (let ago = 0; ago < bars.count; ago++) {
    const openTimeMs = bars.openTimeMs(ago);
    if (openTimeMs < fromMs) break;
    if (openTimeMs < toMs)
      ranges.push({ high: bars.high(ago), low: bars.low(ago), volume: bars.volume(ago) });
  }
  return ranges;
}
