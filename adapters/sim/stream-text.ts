/** Market-stream payloads as text, in Binance's field order and number format. */
import type { Instrument } from './instruments.ts';
import { AVERAGE_PRICE_MINUTES } from './filters.ts';
import { priceText, qtyText, unitsText } from './instruments.ts';
import type { AggTrade, Market, Trade } from './market.ts';
import type { Candle } from './candles.ts';
import type { MarketTape } from './market-tape.ts';
import { quoteTotalText } from './market-tape.ts';
import type { PriceLevel } from './matching-engine.ts';
import { BUY, SELL } from './matching-engine.ts';

/** `<symbol>@trade`. */
export function tradeText(instrument: Instrument, trade: Trade): string {
  return (
    `{"e":"trade","E":${trade.epochMs},"s":"${instrument.symbol}","t":${trade.tradeId}` +
    `,"p":"${priceText(instrument, trade.priceTicks)}","q":"${qtyText(instrument, trade.qtyLots)}"` +
    `,"T":${trade.epochMs},"m":${trade.isBuyerMaker},"M":true}`
  );
}

/** `<symbol>@aggTrade`. */
export function aggTradeText(instrument: Instrument, trade: AggTrade): string {
  return (
    `{"e":"aggTrade","E":${trade.epochMs},"s":"${instrument.symbol}","a":${trade.aggId}` +
    `,"p":"${priceText(instrument, trade.priceTicks)}","q":"${qtyText(instrument, trade.qtyLots)}"` +
    `,"f":${trade.firstTradeId},"l":${trade.lastTradeId},"T":${trade.epochMs},"m":${trade.isBuyerMaker},"M":true}`
  );
}

/** `<symbol>@avgPrice`; the average is written to eight digits, finer than the tick. */
export function averagePriceText<Detail>(
  market: Market<Detail>,
  averageTicks: number,
  nowMs: number,
): string {
  const { instrument } = market;
  const price = unitsText(Math.round(averageTicks * instrument.tickUnits));
  return (
    `{"e":"avgPrice","E":${nowMs},"s":"${instrument.symbol}","i":"${AVERAGE_PRICE_MINUTES}m"` +
    `,"w":"${price}","T":${market.nowMs}}`
  );
}

/** `<symbol>@bookTicker`. */
export function bookTickerText<Detail>(market: Market<Detail>): string {
  const { instrument } = market;
  return (
    `{"u":${market.updateId},"s":"${instrument.symbol}"` +
    `,"b":"${priceText(instrument, market.bidTicks)}","B":"${qtyText(instrument, market.bidLots)}"` +
    `,"a":"${priceText(instrument, market.askTicks)}","A":"${qtyText(instrument, market.askLots)}"}`
  );
}

/** Changed levels of one side as `[["price","qty"],...]`, best first as Binance sends them. */
export function changedLevelsText(
  instrument: Instrument,
  changes: ReadonlyMap<number, number>,
  isBid: boolean,
): string {
  const prices = [...changes.keys()].toSorted((left, right) => (isBid ? right - left : left - right));
  let text = '[';
  for (const price of prices) {
    if (text.length > 1) text += ',';
    text += `["${priceText(instrument, price)}","${qtyText(instrument, changes.get(price)!)}"]`;
  }
  return `${text}]`;
}

/** `<symbol>@depth`. */
export function depthUpdateText<Detail>(
  { instrument, updateId }: Market<Detail>,
  epochMs: number,
  firstId: number,
  _previousId: number,
  bidsText: string,
  asksText: string,
): string {
  return (
    `{"e":"depthUpdate","E":${epochMs},"s":"${instrument.symbol}","U":${firstId},"u":${updateId}` +
    `,"b":${bidsText},"a":${asksText}}`
  );
}

/** The top of both sides, for `GET /api/v3/depth` and the partial-depth streams. */
export function depthSnapshotText<Detail>(market: Market<Detail>, limit: number): string {
  const { instrument, engine } = market;
  const bids = topText(instrument, engine.levels(BUY), limit);
  const asks = topText(instrument, engine.levels(SELL), limit);
  return `{"lastUpdateId":${market.updateId},"bids":${bids},"asks":${asks}}`;
}

function topText(instrument: Instrument, levels: readonly PriceLevel[], limit: number): string {
  let text = '[';
  const last = Math.max(0, levels.length - limit);
  for (let index = levels.length - 1; index >= last; index--) {
    const level = levels[index];
    if (text.length > 1) text += ',';
    text += `["${priceText(instrument, level.priceTicks)}","${qtyText(instrument, level.totalLots)}"]`;
  }
  return `${text}]`;
}

/** `<symbol>@kline_<interval>`. */
export function klineText(
  instrument: Instrument,
  interval: string,
  candle: Candle,
  isClosed: boolean,
  epochMs: number,
): string {
  return (
    `{"e":"kline","E":${epochMs},"s":"${instrument.symbol}","k":{"t":${candle.openMs},"T":${candle.closeMs}` +
    `,"s":"${instrument.symbol}","i":"${interval}","f":${candle.firstTradeId},"L":${candle.lastTradeId}` +
    `,"o":"${priceText(instrument, candle.openTicks)}","c":"${priceText(instrument, candle.closeTicks)}"` +
    `,"h":"${priceText(instrument, candle.highTicks)}","l":"${priceText(instrument, candle.lowTicks)}"` +
    `,"v":"${qtyText(instrument, candle.volumeLots)}","n":${candle.tradeCount},"x":${isClosed}` +
    `,"q":"${quoteTotalText(instrument, candle.quoteVolume)}"` +
    `,"V":"${qtyText(instrument, candle.takerBuyLots)}"` +
    `,"Q":"${quoteTotalText(instrument, candle.takerBuyQuote)}","B":"0"}}`
  );
}

/** The 24-hour statistics, in the field names of `GET /api/v3/ticker/24hr`. */
export function dayTicker<Detail>(
  market: Market<Detail>,
  tape: MarketTape,
  nowMs: number,
): Record<string, unknown> {
  const { instrument } = market;
  const day = tape.day(nowMs);
  const open = day === undefined ? instrument.openingPriceTicks : day.openTicks;
  const last = market.lastTradeTicks;
  const lastTrade = tape.trades[tape.trades.length - 1];
  const average = day === undefined ? last : Math.round(day.quoteVolume / day.volumeLots);
  const change = last - open;
  return {
    symbol: instrument.symbol,
    priceChange: priceText(instrument, change),
    priceChangePercent: ((change / open) * 100).toFixed(3),
    weightedAvgPrice: priceText(instrument, average),
    prevClosePrice: priceText(instrument, open),
    lastPrice: priceText(instrument, last),
    lastQty: qtyText(instrument, lastTrade === undefined ? 0 : lastTrade.qtyLots),
    bidPrice: priceText(instrument, market.bidTicks),
    bidQty: qtyText(instrument, market.bidLots),
    askPrice: priceText(instrument, market.askTicks),
    askQty: qtyText(instrument, market.askLots),
    openPrice: priceText(instrument, open),
    highPrice: priceText(instrument, day === undefined ? last : day.highTicks),
    lowPrice: priceText(instrument, day === undefined ? last : day.lowTicks),
    volume: qtyText(instrument, day === undefined ? 0 : day.volumeLots),
    quoteVolume: quoteTotalText(instrument, day === undefined ? 0 : day.quoteVolume),
    openTime: nowMs - 86_400_000,
    closeTime: nowMs,
    firstId: day === undefined ? -1 : day.firstTradeId,
    lastId: day === undefined ? -1 : day.lastTradeId,
    count: day === undefined ? 0 : day.tradeCount,
  };
}

/** `<symbol>@ticker` and `<symbol>@miniTicker` from the 24-hour statistics. */
export function tickerText(
  ticker: Readonly<Record<string, unknown>>,
  nowMs: number,
  isMini: boolean,
): string {
  const t = ticker;
  if (isMini) {
    return JSON.stringify({
      e: '24hrMiniTicker',
      E: nowMs,
      s: t['symbol'],
      c: t['lastPrice'],
      o: t['openPrice'],
      h: t['highPrice'],
      l: t['lowPrice'],
      v: t['volume'],
      q: t['quoteVolume'],
    });
  }
  return JSON.stringify({
    e: '24hrTicker',
    E: nowMs,
    s: t['symbol'],
    p: t['priceChange'],
    P: t['priceChangePercent'],
    w: t['weightedAvgPrice'],
    x: t['prevClosePrice'],
    c: t['lastPrice'],
    Q: t['lastQty'],
    b: t['bidPrice'],
    B: t['bidQty'],
    a: t['askPrice'],
    A: t['askQty'],
    o: t['openPrice'],
    h: t['highPrice'],
    l: t['lowPrice'],
    v: t['volume'],
    q: t['quoteVolume'],
    O: t['openTime'],
    C: t['closeTime'],
    F: t['firstId'],
    L: t['lastId'],
    n: t['count'],
  });
}
