import { candleAt, type CandleColumns } from '../../analysis/bars/candle-columns.ts';
import { type FoundPattern, SeriesPatterns } from '../../analysis/signals/series-patterns.ts';
import { TimeframeAnalysis } from '../../analysis/symbol/timeframe-analysis.ts';

/** The chart patterns of a column set of candles, one candle after another. One thread. */
export class ChartsOfCandles {
  private readonly candles: CandleColumns;
  private readonly analysis: TimeframeAnalysis;
  private readonly patterns: SeriesPatterns;

  constructor(candles: CandleColumns) {
    this.candles = candles;
    this.analysis = new TimeframeAnalysis(candles.timeframe);
    this.patterns = new SeriesPatterns(this.analysis);
  }

  /** What is found at the candle of that place; each place once, in their order. */
  at(place: number): FoundPattern[] {
    const candle = candleAt(this.candles, place);
    this.patterns.prepare(candle);
    if (!this.analysis.update(candle)) return [];
    return this.patterns.update(candle).filter(({ kind }) => kind !== 'candle');
  }
}
