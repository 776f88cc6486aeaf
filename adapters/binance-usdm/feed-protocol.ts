import { PREVIOUS_ID } from '../venue-kit/book/continuity.ts';
import { FIELD, FRAME } from '../venue-kit/feed/frame-fields.ts';
import { MessageLayout } from '../venue-kit/feed/frame-grammar.ts';
import type { MarketProtocol } from '../venue-kit/feed/market-decoder.ts';

/**
 * Market data of Binance USD-M futures (websocket-market-streams: "Diff. Book Depth Streams", "Individual Symbol Book
 * Ticker Streams", "Mark Price Stream"; `trade` is not in the venue's documents but on its wire). Ids of depth updates
 * jump: only `pu`, the last id of the update before, proves that nothing is missing.
 */
export const BINANCE_USDM_MARKET: MarketProtocol = {
  continuity: PREVIOUS_ID,
  grammar: {
    eventKey: 'e',
    events: [
      new MessageLayout({
        frame: FRAME.quote,
        name: 'bookTicker',
        symbol: 's',
        integers: { u: FIELD.lastId, E: FIELD.eventMs },
        prices: { b: FIELD.bidTicks, a: FIELD.askTicks },
        sizes: { B: FIELD.bidLots, A: FIELD.askLots },
      }),
      new MessageLayout({
        frame: FRAME.trade,
        name: 'trade',
        symbol: 's',
        integers: { E: FIELD.eventMs, t: FIELD.tradeId, T: FIELD.tradeMs },
        prices: { p: FIELD.priceTicks },
        sizes: { q: FIELD.qtyLots },
        buyerMaker: 'm',
      }),
      new MessageLayout({
        frame: FRAME.depth,
        name: 'depthUpdate',
        symbol: 's',
        integers: { E: FIELD.eventMs, U: FIELD.firstId, u: FIELD.lastId, pu: FIELD.previousId },
        levels: ['b', 'a'],
      }),
      new MessageLayout({
        frame: FRAME.prices,
        name: 'markPriceUpdate',
        symbol: 's',
        integers: { E: FIELD.eventMs, T: FIELD.nextFundingMs },
        exactPrices: { p: FIELD.markUnits, i: FIELD.indexUnits },
        rates: { r: FIELD.fundingRateE8 },
      }),
      new MessageLayout({ frame: FRAME.aggTrade, name: 'aggTrade' }),
    ],
    bare: null,
    levels: ['b', 'a'],
    snapshot: { id: 'lastUpdateId', levels: ['bids', 'asks'] },
    control: ['{"result":', '{"id":', '{"code":', '{"error":', '{"msg":'],
  },
};
