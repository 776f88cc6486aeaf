/** What the market streams of the perpetuals say (Binance USD-M, "Websocket Market Streams"). */
import { priceText, qtyText } from '../instruments.ts';
import { depthSnapshotText } from '../stream-text.ts';
import type { StreamWords, TimedStream } from '../streams.ts';
import type { PerpDetail, PerpMark } from './perp-account.ts';
import { fineText } from './perp-listing.ts';

/** The market streams of these contracts; single-threaded. */
export function perpStreamWords(marks: ReadonlyMap<string, PerpMark>): StreamWords<PerpDetail> {
  return {
    trade: ({ instrument }, trade) =>
      `{"e":"trade","E":${trade.epochMs},"T":${trade.epochMs},"s":"${instrument.symbol}","t":${trade.tradeId}` +
      `,"p":"${priceText(instrument, trade.priceTicks)}","q":"${qtyText(instrument, trade.qtyLots)}"` +
      `,"X":"MARKET","m":${trade.isBuyerMaker}}`,
    aggTrade: ({ instrument }, trade) =>
      `{"e":"aggTrade","E":${trade.epochMs},"s":"${instrument.symbol}","a":${trade.aggId}` +
      `,"p":"${priceText(instrument, trade.priceTicks)}","q":"${qtyText(instrument, trade.qtyLots)}"` +
      `,"nq":"${qtyText(instrument, trade.qtyLots)}","f":${trade.firstTradeId},"l":${trade.lastTradeId}` +
      `,"T":${trade.epochMs},"m":${trade.isBuyerMaker},"st":1}`,
    bookTicker: ({ instrument, updateId, nowMs, bidTicks, bidLots, askTicks, askLots }) =>
      `{"e":"bookTicker","u":${updateId},"s":"${instrument.symbol}","ps":"${instrument.symbol}"` +
      `,"b":"${priceText(instrument, bidTicks)}","B":"${qtyText(instrument, bidLots)}"` +
      `,"a":"${priceText(instrument, askTicks)}","A":"${qtyText(instrument, askLots)}"` +
      `,"T":${nowMs},"E":${nowMs},"st":1}`,
    depth: ({ instrument, updateId, nowMs }, epochMs, firstId, previousId, bids, asks) =>
      `{"e":"depthUpdate","E":${epochMs},"T":${nowMs},"s":"${instrument.symbol}","U":${firstId},"u":${updateId}` +
      `,"pu":${previousId},"b":${bids},"a":${asks},"ps":"${instrument.symbol}","st":1}`,
    partialDepth: (market, levels, nowMs) => {
      const { symbol } = market.instrument;
      const { bids, asks } = JSON.parse(depthSnapshotText(market, levels)) as Record<string, unknown>;
      const id = market.updateId;
      const times = { E: nowMs, T: market.nowMs, s: symbol, U: id, u: id, pu: id - 1 };
      return JSON.stringify({ e: 'depthUpdate', ...times, b: bids, a: asks, ps: symbol, st: 1 });
    },
    depthMs: 250,
    timed: ({ instrument }, kind) => {
      const mark = marks.get(instrument.symbol)!;
      if (kind === 'markPrice') return markPrice(mark, 3000);
      return kind === 'markPrice@1s' ? markPrice(mark, 1000) : null;
    },
    timedForAll: (name) => {
      if (!name.startsWith('!markPrice@arr')) return null;
      const texts = [...marks.values()].map((mark) => markPrice(mark, 1000));
      const build = (nowMs: number): string => `[${texts.map((each) => each.build(nowMs)).join(',')}]`;
      return { intervalMs: name.endsWith('@1s') ? 1000 : 3000, build };
    },
  };
}

function markPrice(mark: PerpMark, intervalMs: number): TimedStream {
  const { symbol } = mark.market.instrument;
  const build = (nowMs: number): string =>
    `{"e":"markPriceUpdate","E":${nowMs},"s":"${symbol}","p":"${fineText(mark, mark.markTicks)}"` +
    `,"i":"${fineText(mark, mark.indexTicks)}","P":"${fineText(mark, mark.indexTicks)}"` +
    `,"r":"${mark.fundingRate.toFixed(8)}","ap":"${fineText(mark, mark.markTicks)}","T":${mark.nextFundingMs},"st":1}`;
  return { intervalMs, build };
}
