import type { ClosedCandle } from '../bars/candle.ts';
import { strengthOf } from '../levels/level.ts';
import type { TimeframeLevels } from '../levels/timeframe-levels.ts';
import type { CandlePatterns } from '../patterns/candle-patterns.ts';
import { ChartPatterns } from '../patterns/chart-patterns.ts';
import type { ChartReadings, LevelView } from '../patterns/chart-readings.ts';
import type { PatternKind } from '../patterns/pattern-confidence.ts';
import type { TimeframeAnalysis } from '../symbol/timeframe-analysis.ts';
import type { PatternFamily } from './signal.ts';

/** A higher timeframe's pattern counts for so many of its bars. */
const RECENT_BARS = 3;
/** Closes that move less, in ATR, pass no level far enough to matter; a quarter less what the ATR can shrink in a bar. */
const MOVE_ATR_MIN = 0.23;

/** A pattern with a direction, found at the newest bar. */
export interface FoundPattern {
  readonly name: string;
  readonly family: PatternFamily;
  readonly kind: PatternKind;
  readonly candleCount: number;
  readonly direction: 1 | -1;
}

const CHART_FAMILIES: Readonly<Record<string, PatternFamily>> = {
  'squeeze release': 'squeeze',
  breakout: 'breakout',
  'confirmed breakout': 'breakout',
  'false breakout': 'breakout',
  retest: 'breakout',
  'double top': 'double',
  'double bottom': 'double',
  'RSI divergence': 'divergence',
  'hidden RSI divergence': 'divergence',
};

/** Candlestick and chart patterns of one timeframe of a symbol. One thread. */
export class SeriesPatterns {
  readonly analysis: TimeframeAnalysis;
  /** The analysis' own: it has seen the bar. */
  private readonly candles: CandlePatterns;
  private readonly charts: ChartPatterns;
  /** Number of the bar that last showed a pattern up and down; NaN = none since the last gap. */
  private lastUpBar: number;
  private lastDownBar: number;
  /** Levels that the next bar may pass, as they are before it. */
  private levelsBefore: readonly LevelView[] | null;

  constructor(analysis: TimeframeAnalysis) {
    this.analysis = analysis;
    this.candles = analysis.patterns.finder;
    this.charts = new ChartPatterns();
    this.lastUpBar = NaN;
    this.lastDownBar = NaN;
    this.levelsBefore = null;
  }

  /** Looks at the levels as they are before the next bar, if it moves far enough to pass one; then `analysis` takes it. */
  prepare({ close }: ClosedCandle): void {
    const { metrics } = this.analysis;
    const before = metrics.close;
    const isFar = Math.abs(close - before) > MOVE_ATR_MIN * metrics.atr.value;
    const levels = isFar ? this.analysis.levels() : null;
    this.levelsBefore = levels === null ? null : passedLevels(levels, before, close);
  }

  /** The patterns with a direction at the bar that was prepared and that `analysis` has just taken. */
  update(bar: ClosedCandle): FoundPattern[] {
    const { metrics } = this.analysis;
    if (metrics.barCount === 1) this.reset();
    const found: FoundPattern[] = [];
    for (let at = 0; at < this.candles.foundCount; at++) {
      const { name, candleCount, isNeutral } = this.candles.rules[this.candles.found[at]];
      if (isNeutral === true) continue;
      const direction = this.candles.values[at] > 0 ? 1 : -1;
      found.push({ name, family: 'candlestick', kind: 'candle', candleCount, direction });
    }
    this.charts.update(this.readings(bar), this.levelsBefore);
    for (const [place, { direction }] of this.charts.found.entries()) {
      if (direction === 0) continue;
      const { name } = this.charts.detectors[place];
      const family = CHART_FAMILIES[name];
      const kind = family === 'divergence' ? 'divergence' : 'chart';
      found.push({ name, family, kind, candleCount: 0, direction });
    }
    for (const { direction } of found) {
      if (direction > 0) this.lastUpBar = metrics.barCount;
      else this.lastDownBar = metrics.barCount;
    }
    return found;
  }

  /** Whether one of the last 3 bars showed a pattern of this direction. */
  hasRecent(direction: 1 | -1): boolean {
    const lastBar = direction > 0 ? this.lastUpBar : this.lastDownBar;
    return this.analysis.metrics.barCount - lastBar < RECENT_BARS;
  }

  private readings({ high, low, close }: ClosedCandle): ChartReadings {
    const { metrics } = this.analysis;
    const { upper, lower } = metrics.bands;
    return {
      high,
      low,
      close,
      atr: metrics.atr.value,
      rsi: metrics.rsi.value,
      zVolume: metrics.zVolume,
      upperBand: upper,
      lowerBand: lower,
      bandwidthPct: metrics.bandwidthPct,
      barCount: metrics.barCount,
      highs: metrics.pivots.highs,
      lows: metrics.pivots.lows,
    };
  }

  private reset(): void {
    this.charts.reset();
    this.levelsBefore = null;
    this.lastUpBar = NaN;
    this.lastDownBar = NaN;
  }
}

/** The levels between two closes: no chart pattern asks for others. */
function passedLevels(levels: TimeframeLevels, before: number, close: number): LevelView[] {
  const low = Math.min(before, close);
  const high = Math.max(before, close);
  const passed: LevelView[] = [];
  for (let place = 0; place < levels.count; place++) {
    const price = levels.prices[place];
    if (price < low || price > high) continue;
    passed.push({ price, strength: strengthOf(levels.level(place).weight) });
  }
  return passed;
}
