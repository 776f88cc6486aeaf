import { type Instrument, lotsToQty, ticksToPrice } from '../../core/instrument.ts';
import { SIDE } from '../../messages/enums.ts';
import { BarBuilder, type ClosedBar } from '../bars.ts';
import { CandleAggregator } from '../bars/aggregate.ts';
import { openTimeOf, type Timeframe, TIMEFRAMES } from '../bars/timeframe.ts';
import { BarSeries, type SeriesListener } from './bar-series.ts';
import { type SeriesColumns, SeriesHistory } from './series-history.ts';
import { isSameCandle, type TakenCandle } from './taken-candle.ts';

/** A bar without trades closes so long after its end. */
export const QUIET_CLOSE_MS = 2_000;
const [BASE] = TIMEFRAMES;

/** What the bars of a symbol tell. */
export interface SymbolBarsListener extends SeriesListener {
  /** The first whole minute made of trades, once the beginning is known: is it the same elsewhere? `checkSeam` answers. */
  onSeam(openTimeMs: number): void;
  /** What was known from before the start is of another market: it is dropped, and the bars begin anew. */
  onSeamBroken(): void;
}

/** A longer timeframe made of the one before it. */
interface Longer {
  readonly series: BarSeries;
  aggregator: CandleAggregator;
  openMs: number;
  buyVolume: number;
}

/**
 * The bars of one symbol in every timeframe, from its trades: minutes of trades, and each longer timeframe of the one
 * before it. Keeps what the analysis may be made anew from. One thread.
 */
export class SymbolBars {
  readonly instrument: Instrument;
  /** By slot, shortest first. */
  readonly series: readonly BarSeries[];
  readonly histories: readonly SeriesHistory[];
  /** Venue time of the newest trade, ms; 0 = none yet. */
  lastTradeMs: number;
  lastPriceTicks: number;
  private readonly listener: SymbolBarsListener;
  private readonly builder: BarBuilder;
  private readonly longer: readonly Longer[];
  private buyLots: number;
  /** Opening time of the minute that was asked about; NaN = none was. */
  private seamMs: number;
  private isSeamOpen: boolean;

  constructor(instrument: Instrument, listener: SymbolBarsListener) {
    this.instrument = instrument;
    this.listener = listener;
    this.lastTradeMs = 0;
    this.lastPriceTicks = NaN;
    this.buyLots = 0;
    this.seamMs = NaN;
    this.isSeamOpen = false;
    const toSeries: SeriesListener = {
      onBar: (timeframe, bar) => this.deliver(timeframe, bar),
      onHole: (timeframe, fromMs, toMs) => listener.onHole(timeframe, fromMs, toMs),
    };
    this.series = TIMEFRAMES.map((timeframe) => new BarSeries(timeframe, toSeries));
    this.histories = TIMEFRAMES.map((timeframe) => new SeriesHistory(timeframe));
    this.builder = new BarBuilder(instrument.index, BASE.lengthMs, (bar) => this.takeMinute(bar));
    this.longer = TIMEFRAMES.slice(1).map((timeframe, place) => ({
      series: this.series[timeframe.slot],
      aggregator: new CandleAggregator(TIMEFRAMES[place], timeframe),
      openMs: NaN,
      buyVolume: NaN,
    }));
  }

  /** Trades that came after their minute had closed. */
  get lateCount(): number {
    return this.builder.lateCount;
  }

  addTrade(timeMs: number, priceTicks: number, qtyLots: number, side: number): void {
    const { builder } = this;
    const lateBefore = builder.lateCount;
    builder.addTrade(timeMs, priceTicks, qtyLots);
    if (builder.lateCount > lateBefore) return;
    if (side === SIDE.buy) this.buyLots += qtyLots;
    if (timeMs > this.lastTradeMs) this.lastTradeMs = timeMs;
    this.lastPriceTicks = priceTicks;
  }

  /** Closes minutes that are over, though nobody has traded since. @param venueMs the venue's time now */
  advanceTo(venueMs: number): void {
    this.builder.advanceTo(venueMs - QUIET_CLOSE_MS);
  }

  /** Trades are, or may be, missing from here on until the next one comes. */
  noteGap(): void {
    this.builder.noteGap();
  }

  /** Begins with bars from before the start, by slot and in order; an empty list = none are known. */
  begin(bars: readonly (readonly TakenCandle[])[]): void {
    for (const [slot, history] of this.histories.entries()) {
      history.clear();
      for (const bar of bars[slot] ?? []) history.append(bar);
    }
    for (const [place, longer] of this.longer.entries()) this.prime(longer, this.histories[place]);
    this.isSeamOpen = this.histories.some(({ count }) => count > 0);
    this.seamMs = NaN;
    for (const series of this.series.toReversed()) {
      const { lastOpenMs } = this.histories[series.timeframe.slot];
      series.begin(lastOpenMs + series.timeframe.lengthMs);
    }
  }

  /** The candle of the minute that was asked about; null = nobody has it. */
  checkSeam(candle: TakenCandle | null): void {
    const own = this.histories[BASE.slot].since(this.seamMs).at(0);
    if (candle === null || own === undefined || own.openTimeMs !== candle.openTimeMs) {
      // Asked again about the next minute.
      this.isSeamOpen = true;
      return;
    }
    if (isSameCandle(own, candle)) return;
    this.listener.onSeamBroken();
    this.begin([this.histories[BASE.slot].since(this.seamMs)]);
    this.isSeamOpen = false;
  }

  /** Everything kept, for an analysis that is made anew. */
  copy(slots: readonly number[]): SeriesColumns[] {
    return slots.map((slot) => this.histories[slot].copy());
  }

  private takeMinute(bar: ClosedBar): void {
    const { instrument } = this;
    const price = (ticks: number): number => Number(ticksToPrice(instrument, ticks));
    const size = (lots: number): number => Number(lotsToQty(instrument, lots));
    const buyVolume = size(this.buyLots);
    this.buyLots = 0;
    if (bar.tradeCount === 0 && !bar.isComplete) {
      // Nobody knows whether nobody traded: that is no bar.
      this.series[BASE.slot].expect(bar.openTimeMs + BASE.lengthMs);
      return;
    }
    this.series[BASE.slot].offer({
      kind: 'closed',
      openTimeMs: bar.openTimeMs,
      open: price(bar.openTicks),
      high: price(bar.highTicks),
      low: price(bar.lowTicks),
      close: price(bar.closeTicks),
      volume: size(bar.volumeLots),
      buyVolume,
      isComplete: bar.isComplete,
    });
    if (!this.isSeamOpen || !bar.isComplete || bar.tradeCount === 0) return;
    this.isSeamOpen = false;
    this.seamMs = bar.openTimeMs;
    this.listener.onSeam(bar.openTimeMs);
  }

  /** Of bars that close together the longest is told first. */
  private deliver(timeframe: Timeframe, bar: TakenCandle): void {
    this.histories[timeframe.slot].append(bar);
    if (timeframe.slot < this.longer.length) this.makeLonger(this.longer[timeframe.slot], bar);
    this.listener.onBar(timeframe, bar);
  }

  private makeLonger(longer: Longer, part: TakenCandle): void {
    const { series, aggregator } = longer;
    const made = addPart(longer, part);
    if (made !== null) series.offer({ ...made, buyVolume: longer.buyVolume });
    // Candles that could not be made are asked for.
    series.expect(openTimeOf(series.timeframe, part.openTimeMs + aggregator.from.lengthMs));
  }

  /** The parts of the candle that is being made, from what is known. */
  private prime(longer: Longer, parts: SeriesHistory): void {
    const { from, to } = longer.aggregator;
    longer.aggregator = new CandleAggregator(from, to);
    longer.openMs = NaN;
    if (parts.count === 0) return;
    const nextMs = parts.lastOpenMs + from.lengthMs;
    for (const part of parts.since(openTimeOf(to, nextMs))) addPart(longer, part);
  }
}

function addPart(longer: Longer, part: TakenCandle): ReturnType<CandleAggregator['push']> {
  const { aggregator } = longer;
  const openMs = openTimeOf(aggregator.to, part.openTimeMs);
  longer.buyVolume = openMs === longer.openMs ? longer.buyVolume + part.buyVolume : part.buyVolume;
  longer.openMs = openMs;
  return aggregator.push(part);
}
