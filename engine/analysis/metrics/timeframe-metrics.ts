import type { ClosedCandle } from '../bars/candle.ts';
import type { Timeframe } from '../bars/timeframe.ts';
import { Atr } from '../indicators/atr.ts';
import { Bollinger } from '../indicators/bollinger.ts';
import { Ema } from '../indicators/ema.ts';
import { Macd } from '../indicators/macd.ts';
import { PercentileRank } from '../indicators/percentile-rank.ts';
import { RollingZScore } from '../indicators/rolling-z-score.ts';
import { Rsi } from '../indicators/rsi.ts';
import { PivotFinder } from './pivots.ts';
import { flowOf, momentumOf, positionOf, scoreOf, trendOf } from './score-parts.ts';
import { structureOf } from './structure.ts';
import { TradeFlow } from './trade-flow.ts';
import { BARS_NEEDED } from './warm-up.ts';

/** Bars pivots and levels are looked for in. */
export const PIVOT_SPAN_BARS = 200;

/**
 * The metrics of a symbol in one timeframe, moved on by every closed bar in O(window). Absent values are NaN. A missing
 * bar begins everything anew: nothing spans a gap. The readings follow from the bars since the last gap alone.
 */
export class TimeframeMetrics {
  readonly timeframe: Timeframe;
  /** Bars since the last gap. */
  barCount: number;
  gapCount: number;
  /** Bars refused because a newer one, or the same, had been taken. */
  lateCount: number;
  /** Bars taken that are known, or feared, to lack trades. */
  incompleteCount: number;
  closeTimeMs: number;
  close: number;
  zPrice: number;
  zVolume: number;
  bandwidthPct: number;
  macdHistogram: number;
  trend: number;
  momentum: number;
  position: number;
  structure: number;
  flow: number;
  /** Score of the timeframe, -100..100. */
  score: number;
  readonly ema9: Ema;
  readonly ema21: Ema;
  readonly ema50: Ema;
  readonly ema200: Ema;
  readonly atr: Atr;
  readonly rsi: Rsi;
  readonly bands: Bollinger;
  readonly pivots: PivotFinder;
  readonly trades: TradeFlow;
  private readonly macd: Macd;
  private readonly priceScore: RollingZScore;
  private readonly volumeScore: RollingZScore;
  private readonly bandwidthRank: PercentileRank;

  constructor(timeframe: Timeframe) {
    this.timeframe = timeframe;
    this.barCount = 0;
    this.gapCount = 0;
    this.lateCount = 0;
    this.incompleteCount = 0;
    this.closeTimeMs = NaN;
    this.close = NaN;
    this.zPrice = NaN;
    this.zVolume = NaN;
    this.bandwidthPct = NaN;
    this.macdHistogram = NaN;
    this.trend = NaN;
    this.momentum = NaN;
    this.position = NaN;
    this.structure = NaN;
    this.flow = NaN;
    this.score = NaN;
    this.ema9 = new Ema(9);
    this.ema21 = new Ema(21);
    this.ema50 = new Ema(50);
    this.ema200 = new Ema(200);
    this.atr = new Atr(14);
    this.rsi = new Rsi(14);
    this.bands = new Bollinger(20, 2);
    this.pivots = new PivotFinder(PIVOT_SPAN_BARS);
    this.trades = new TradeFlow();
    this.macd = new Macd(12, 26, 9);
    this.priceScore = new RollingZScore(100);
    this.volumeScore = new RollingZScore(100);
    this.bandwidthRank = new PercentileRank(120);
  }

  get percentB(): number {
    return this.bands.percentB;
  }

  /** ATR in percent of the close. */
  get atrPct(): number {
    return (100 * this.atr.value) / this.close;
  }

  /** Whether there is a score. */
  get isWarm(): boolean {
    return !Number.isNaN(this.score);
  }

  /**
   * Takes the next closed bar; false when it is not newer than the last, which is counted and changes nothing.
   * @param buyVolume base units bought by takers in it, NaN = not known
   */
  update(bar: ClosedCandle, buyVolume: number = NaN, sellVolume: number = NaN): boolean {
    if (bar.openTimeMs < this.closeTimeMs) {
      this.lateCount++;
      return false;
    }
    if (bar.openTimeMs > this.closeTimeMs) {
      this.gapCount++;
      this.reset();
    }
    this.barCount++;
    if (!bar.isComplete) this.incompleteCount++;
    this.closeTimeMs = bar.openTimeMs + this.timeframe.lengthMs;
    this.close = bar.close;
    this.feed(bar, buyVolume, sellVolume);
    this.read();
    return true;
  }

  private feed(bar: ClosedCandle, buyVolume: number, sellVolume: number): void {
    const { high, low, close } = bar;
    this.ema9.update(close);
    this.ema21.update(close);
    this.ema50.update(close);
    this.ema200.update(close);
    this.atr.update(high, low, close);
    this.rsi.update(close);
    this.macd.update(close);
    this.bands.update(close);
    if (this.bands.isReady) this.bandwidthRank.update(this.bands.bandwidth);
    this.priceScore.update(close);
    this.volumeScore.update(Math.log1p(bar.volume));
    this.pivots.update(high, low);
    this.trades.update(bar.openTimeMs, buyVolume, sellVolume);
  }

  private read(): void {
    const { barCount, close } = this;
    const atr = this.atr.value;
    const { highs, lows } = this.pivots;
    this.zPrice = this.priceScore.value;
    this.zVolume = this.volumeScore.value;
    this.bandwidthPct = barCount < BARS_NEEDED.bandwidthPct ? NaN : this.bandwidthRank.value;
    this.macdHistogram = barCount < BARS_NEEDED.macd ? NaN : this.macd.histogram;
    this.trend = trendOf(this.ema21.value, this.ema50.value, atr, close);
    this.momentum = momentumOf(this.rsi.value, this.macdHistogram, atr, close);
    this.position = positionOf(this.bands.percentB);
    this.structure =
      barCount < BARS_NEEDED.structure
        ? NaN
        : structureOf(highs.price(1), highs.price(0), lows.price(1), lows.price(0), close, atr);
    this.flow = flowOf(this.trades.meanDeltaPct);
    this.score = scoreOf(this);
  }

  private reset(): void {
    this.barCount = 0;
    this.ema9.reset();
    this.ema21.reset();
    this.ema50.reset();
    this.ema200.reset();
    this.atr.reset();
    this.rsi.reset();
    this.macd.reset();
    this.bands.reset();
    this.bandwidthRank.reset();
    this.priceScore.reset();
    this.volumeScore.reset();
    this.pivots.reset();
    this.trades.reset();
  }
}
