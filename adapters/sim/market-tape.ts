/** What a market remembers of its trades: recent prints, candles of every interval, the last day's totals. Bounded. */
import type { Instrument } from './instruments.ts';
import { priceText, qtyText } from './instruments.ts';
import type { AggTrade, Trade } from './market.ts';

/** Prints and aggregates kept per market. */
export const TAPE_TRADES_MAX = 1000;
/** Candles kept per interval. */
export const TAPE_CANDLES_MAX = 1500;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Monday 1970-01-05, where Binance weeks begin. */
const WEEK_OFFSET_MS = 4 * DAY_MS;

/** Interval names with their length; `1M` is a calendar month and has no fixed length. */
export const KLINE_INTERVALS: Readonly<Record<string, number>> = {
  '1s': 1000,
  '1m': MINUTE_MS,
  '3m': 3 * MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '30m': 30 * MINUTE_MS,
  '1h': 60 * MINUTE_MS,
  '2h': 120 * MINUTE_MS,
  '4h': 240 * MINUTE_MS,
  '6h': 360 * MINUTE_MS,
  '8h': 480 * MINUTE_MS,
  '12h': 720 * MINUTE_MS,
  '1d': DAY_MS,
  '3d': 3 * DAY_MS,
  '1w': 7 * DAY_MS,
  '1M': 0,
};

/** One candle. Quote sums are in ticks x lots and may exceed exact integers: they are totals for display. */
export interface Candle {
  readonly openMs: number;
  readonly closeMs: number;
  openTicks: number;
  highTicks: number;
  lowTicks: number;
  closeTicks: number;
  volumeLots: number;
  quoteVolume: number;
  takerBuyLots: number;
  takerBuyQuote: number;
  tradeCount: number;
  firstTradeId: number;
  lastTradeId: number;
}

/** Open time of the candle that contains `epochMs`, UTC. */
export function candleOpenMs(interval: string, epochMs: number): number {
  if (interval === '1M') {
    const date = new Date(epochMs);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  }
  const length = KLINE_INTERVALS[interval];
  const offset = interval === '1w' ? WEEK_OFFSET_MS : 0;
  return Math.floor((epochMs - offset) / length) * length + offset;
}

function candleCloseMs(interval: string, openMs: number): number {
  if (interval !== '1M') return openMs + KLINE_INTERVALS[interval] - 1;
  const date = new Date(openMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) - 1;
}

/** One interval's candles: closed ones and the forming one, oldest first. */
class CandleSeries {
  readonly interval: string;
  readonly candles: Candle[] = [];

  constructor(interval: string) {
    this.interval = interval;
  }

  /** Adds a print; returns the candle it closed, if it opened a new one. */
  add(trade: Trade): Candle | undefined {
    const forming = this.candles[this.candles.length - 1];
    if (forming !== undefined && trade.epochMs <= forming.closeMs) {
      extend(forming, trade);
      return undefined;
    }
    const openMs = candleOpenMs(this.interval, trade.epochMs);
    this.candles.push(openCandle(openMs, candleCloseMs(this.interval, openMs), trade));
    if (this.candles.length > TAPE_CANDLES_MAX) this.candles.shift();
    return forming;
  }
}

function openCandle(openMs: number, closeMs: number, trade: Trade): Candle {
  const quote = trade.priceTicks * trade.qtyLots;
  return {
    openMs,
    closeMs,
    openTicks: trade.priceTicks,
    highTicks: trade.priceTicks,
    lowTicks: trade.priceTicks,
    closeTicks: trade.priceTicks,
    volumeLots: trade.qtyLots,
    quoteVolume: quote,
    takerBuyLots: trade.isBuyerMaker ? 0 : trade.qtyLots,
    takerBuyQuote: trade.isBuyerMaker ? 0 : quote,
    tradeCount: 1,
    firstTradeId: trade.tradeId,
    lastTradeId: trade.tradeId,
  };
}

function extend(candle: Candle, trade: Trade): void {
  const quote = trade.priceTicks * trade.qtyLots;
  if (trade.priceTicks > candle.highTicks) candle.highTicks = trade.priceTicks;
  if (trade.priceTicks < candle.lowTicks) candle.lowTicks = trade.priceTicks;
  candle.closeTicks = trade.priceTicks;
  candle.volumeLots += trade.qtyLots;
  candle.quoteVolume += quote;
  if (!trade.isBuyerMaker) {
    candle.takerBuyLots += trade.qtyLots;
    candle.takerBuyQuote += quote;
  }
  candle.tradeCount++;
  candle.lastTradeId = trade.tradeId;
}

/** Recent history of one market. */
export class MarketTape {
  readonly trades: Trade[] = [];
  readonly aggTrades: AggTrade[] = [];
  readonly #series: CandleSeries[];
  readonly #onClosed: (interval: string, candle: Candle) => void;

  /** @param onClosed told of each candle when the print after it arrives */
  constructor(onClosed: (interval: string, candle: Candle) => void) {
    this.#series = Object.keys(KLINE_INTERVALS).map((interval) => new CandleSeries(interval));
    this.#onClosed = onClosed;
  }

  /** Records a print. */
  addTrade(trade: Trade): void {
    this.trades.push(trade);
    if (this.trades.length > TAPE_TRADES_MAX * 2) this.trades.splice(0, TAPE_TRADES_MAX);
    for (const series of this.#series) {
      const closed = series.add(trade);
      if (closed !== undefined) this.#onClosed(series.interval, closed);
    }
  }

  /** Records an aggregate. */
  addAggTrade(trade: AggTrade): void {
    this.aggTrades.push(trade);
    if (this.aggTrades.length > TAPE_TRADES_MAX * 2) this.aggTrades.splice(0, TAPE_TRADES_MAX);
  }

  /** Candles of an interval, oldest first, the forming one last; undefined for an unknown interval. */
  candles(interval: string): readonly Candle[] | undefined {
    return this.#series.find((series) => series.interval === interval)?.candles;
  }

  /** Volume-weighted price of the last `minutes`, in ticks; the last price when nothing traded or minutes is 0. */
  averageTicks(nowMs: number, minutes: number, lastTicks: number): number {
    const since = nowMs - minutes * MINUTE_MS;
    let quote = 0;
    let lots = 0;
    for (const candle of this.candles('1m')!.toReversed()) {
      if (candle.closeMs < since) break;
      quote += candle.quoteVolume;
      lots += candle.volumeLots;
    }
    return lots === 0 || minutes === 0 ? lastTicks : quote / lots;
  }

  /** The last 24 hours as one candle, or undefined when nothing traded. */
  day(nowMs: number): Candle | undefined {
    let total: Candle | undefined;
    for (const candle of this.candles('1m')!) {
      if (candle.closeMs < nowMs - DAY_MS) continue;
      if (total === undefined) total = { ...candle };
      else merge(total, candle);
    }
    return total;
  }
}

function merge(total: Candle, later: Candle): void {
  total.highTicks = Math.max(total.highTicks, later.highTicks);
  total.lowTicks = Math.min(total.lowTicks, later.lowTicks);
  total.closeTicks = later.closeTicks;
  total.volumeLots += later.volumeLots;
  total.quoteVolume += later.quoteVolume;
  total.takerBuyLots += later.takerBuyLots;
  total.takerBuyQuote += later.takerBuyQuote;
  total.tradeCount += later.tradeCount;
  total.lastTradeId = later.lastTradeId;
}

/** A quote total as text; totals may leave the exact integer range, so this one goes through a double. */
export function quoteTotalText(instrument: Instrument, ticksTimesLots: number): string {
  return ((ticksTimesLots * instrument.notionalUnits) / 1e8).toFixed(8);
}

/** The array form of a candle in `GET /api/v3/klines`. */
export function klineRow(instrument: Instrument, candle: Candle): readonly (number | string)[] {
  return [
    candle.openMs,
    priceText(instrument, candle.openTicks),
    priceText(instrument, candle.highTicks),
    priceText(instrument, candle.lowTicks),
    priceText(instrument, candle.closeTicks),
    qtyText(instrument, candle.volumeLots),
    candle.closeMs,
    quoteTotalText(instrument, candle.quoteVolume),
    candle.tradeCount,
    qtyText(instrument, candle.takerBuyLots),
    quoteTotalText(instrument, candle.takerBuyQuote),
    '0',
  ];
}
