/** What the streams of the spot markets say. */
import type { ExchangeMarket, OrderDetail } from './accounts.ts';
import { KLINE_INTERVALS } from './candles.ts';
import { AVERAGE_PRICE_MINUTES } from './filters.ts';
import type { MarketTape } from './market-tape.ts';
import type { StreamWords, TimedStream } from './streams.ts';
import {
  aggTradeText,
  averagePriceText,
  bookTickerText,
  dayTicker,
  depthSnapshotText,
  depthUpdateText,
  klineText,
  tickerText,
  tradeText,
} from './stream-text.ts';

/** The streams of these markets; single-threaded. */
export function spotStreamWords(
  markets: ReadonlyMap<string, ExchangeMarket>,
  tapes: ReadonlyMap<string, MarketTape>,
): StreamWords<OrderDetail> {
  const tapeOf = (market: ExchangeMarket): MarketTape => tapes.get(market.instrument.symbol)!;
  const ticker = (market: ExchangeMarket, nowMs: number, isMini: boolean): string =>
    tickerText(dayTicker(market, tapeOf(market), nowMs), nowMs, isMini);
  const averagePrice = (market: ExchangeMarket, nowMs: number): string => {
    const averageTicks = tapeOf(market).averageTicks(nowMs, AVERAGE_PRICE_MINUTES, market.lastTradeTicks);
    return averagePriceText(market, averageTicks, nowMs);
  };
  const kline = (market: ExchangeMarket, interval: string): TimedStream | null => {
    if (KLINE_INTERVALS[interval] === undefined) return null;
    const candles = tapeOf(market).candles(interval)!;
    const build = (nowMs: number): string | undefined => {
      const forming = candles[candles.length - 1];
      return forming === undefined
        ? undefined
        : klineText(market.instrument, interval, forming, false, nowMs);
    };
    return { intervalMs: interval === '1s' ? 1000 : 2000, build };
  };
  return {
    trade: (market, trade) => tradeText(market.instrument, trade),
    aggTrade: (market, trade) => aggTradeText(market.instrument, trade),
    bookTicker: bookTickerText,
    depth: depthUpdateText,
    partialDepth: (market, levels) => depthSnapshotText(market, levels),
    depthMs: 1000,
    timed: (market, kind) => {
      if (kind === 'ticker' || kind === 'miniTicker')
        return { intervalMs: 1000, build: (nowMs) => ticker(market, nowMs, kind === 'miniTicker') };
      if (kind === 'avgPrice') return { intervalMs: 1000, build: (nowMs) => averagePrice(market, nowMs) };
      return kind.startsWith('kline_') ? kline(market, kind.slice('kline_'.length)) : null;
    },
    timedForAll: (name) =>
      name === '!miniTicker@arr'
        ? {
            intervalMs: 1000,
            build: (nowMs) =>
              `[${[...markets.values()].map((market) => ticker(market, nowMs, true)).join(',')}]`,
          }
        : null,
  };
}
