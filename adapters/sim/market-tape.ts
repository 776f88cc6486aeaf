/** What a market remembers of its trades: recent prints, candles of every interval, the last day's totals. Bounded. */
import { type Candle, candleCloseMs, candleOpenMs, KLINE_INTERVALS, TAPE_CANDLES_MAX } from './candles.ts';
import type { Instrument } from './instruments.ts';
import { priceText, qtyText } from './instruments.ts';
import type { AggTrade, Trade } from './market.ts';
import type { MarketHistory } from './market-history.ts';

/** Prints and aggregates kept per market. */
export const TAPE_TRADES_MAX = 1000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** One interval's candles: closed ones and the forming one, oldest first. */
class CandleSeries {
  readonly interval: string;
  /** Those of the market's own trades; the first one has what the past left unfinished. */
  readonly candles: Candle[] = [];
  readonly #past: MarketHistory | null;

  constructor(interval: string, past: MarketHistory | null) {
    this.interval = interval;
    this.#past = past;
  }

  /** Adds a print and tells of each candle that it closed: intervals in which nobody traded have flat ones. */
  add(trade: Trade, onClosed: (interval: string, candle: Candle) => void): void {
    let forming = this.candles.at(-1) ?? this.#unfinished(trade.epochMs);
    while (forming !== undefined && trade.epochMs > forming.closeMs) {
      onClosed(this.interval, forming);
      const nextMs = candleOpenMs(this.interval, forming.closeMs + 1);
      const closeMs = candleCloseMs(this.interval, nextMs);
      // A silence longer than what is kept leaves a hole.
      const missed = (trade.epochMs - closeMs) / (closeMs - nextMs + 1);
      forming =
        closeMs < trade.epochMs && missed < TAPE_CANDLES_MAX
          ? this.#push(flatCandle(nextMs, closeMs, forming))
          : undefined;
    }
    if (forming !== undefined) {
      extend(forming, trade);
      return;
    }
    const openMs = candleOpenMs(this.interval, trade.epochMs);
    this.#push(openCandle(openMs, candleCloseMs(this.interval, openMs), trade));
  }

  /** With those of the past, as many as are kept. */
  all(): readonly Candle[] {
    const past = this.candles.length < TAPE_CANDLES_MAX ? this.#past?.candles(this.interval) : undefined;
    if (past === undefined) return this.candles;
    const firstMs = this.candles[0]?.openMs ?? Infinity;
    return [...past.filter(({ openMs }) => openMs < firstMs), ...this.candles].slice(-TAPE_CANDLES_MAX);
  }

  #unfinished(epochMs: number): Candle | undefined {
    const last = this.#past?.candles(this.interval).at(-1);
    return last === undefined || epochMs > last.closeMs ? undefined : this.#push(last);
  }

  #push(candle: Candle): Candle {
    this.candles.push(candle);
    if (this.candles.length > TAPE_CANDLES_MAX) this.candles.shift();
    return candle;
  }
}

function flatCandle(openMs: number, closeMs: number, { closeTicks, lastTradeId }: Candle): Candle {
  return {
    openMs,
    closeMs,
    openTicks: closeTicks,
    highTicks: closeTicks,
    lowTicks: closeTicks,
    closeTicks,
    volumeLots: 0,
    quoteVolume: 0,
    takerBuyLots: 0,
    takerBuyQuote: 0,
    tradeCount: 0,
    firstTradeId: lastTradeId + 1,
    lastTradeId,
  };
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
  if (candle.tradeCount === 0) {
    candle.openTicks = trade.priceTicks;
    candle.highTicks = trade.priceTicks;
    candle.lowTicks = trade.priceTicks;
  }
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

  /**
   * @param onClosed told of each candle when the print after it arrives
   * @param past candles from before the market's first trade; null = there are none
   */
  constructor(onClosed: (interval: string, candle: Candle) => void, past: MarketHistory | null = null) {
    this.#series = Object.keys(KLINE_INTERVALS).map((interval) => new CandleSeries(interval, past));
    this.#onClosed = onClosed;
  }

  /** Records a print. */
  addTrade(trade: Trade): void {
    this.trades.push(trade);
    if (this.trades.length > TAPE_TRADES_MAX * 2) this.trades.splice(0, TAPE_TRADES_MAX);
    for (const series of this.#series) series.add(trade, this.#onClosed);
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

  /** The same with the candles from before the market's first trade. */
  allCandles(interval: string): readonly Candle[] | undefined {
    return this.#series.find((series) => series.interval === interval)?.all();
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
    for (const candle of this.allCandles('1m')!) {
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
