import { CONSECUTIVE_IDS } from '../venue-kit/book/continuity.ts';
import { FIELD, FRAME } from '../venue-kit/feed/frame-fields.ts';
import { MessageLayout } from '../venue-kit/feed/frame-grammar.ts';
import type { FrameGrammar } from '../venue-kit/feed/frame-grammar.ts';
import type { FeedOptions, FeedProtocol } from '../venue-kit/feed/market-feed.ts';

/** Best bid and ask (`bookTicker`); the venue sends it without an event name. */
const QUOTE: MessageLayout = new MessageLayout({
  frame: FRAME.quote,
  name: 'bookTicker',
  symbol: 's',
  integers: { u: FIELD.lastId, E: FIELD.eventMs },
  prices: { b: FIELD.bidTicks, a: FIELD.askTicks },
  sizes: { B: FIELD.bidLots, A: FIELD.askLots },
  optional: ['E'],
});

/** Market-data messages of Binance Spot (web-socket-streams.md). */
export const BINANCE_SPOT_GRAMMAR: FrameGrammar = {
  eventKey: 'e',
  events: [
    new MessageLayout({
      frame: FRAME.depth,
      name: 'depthUpdate',
      symbol: 's',
      integers: { E: FIELD.eventMs, U: FIELD.firstId, u: FIELD.lastId },
      levels: ['b', 'a'],
    }),
    new MessageLayout({
      frame: FRAME.trade,
      name: 'trade',
      symbol: 's',
      integers: { E: FIELD.eventMs, t: FIELD.tradeId, T: FIELD.tradeMs },
      prices: { p: FIELD.priceTicks },
      sizes: { q: FIELD.qtyLots },
      buyerMaker: 'm',
      optional: ['E'],
    }),
    QUOTE,
    new MessageLayout({
      frame: FRAME.prices,
      name: 'avgPrice',
      symbol: 's',
      integers: { E: FIELD.eventMs },
      exactPrices: { w: FIELD.averageUnits },
    }),
    new MessageLayout({
      frame: FRAME.prices,
      name: 'referencePrice',
      symbol: 's',
      integers: { t: FIELD.eventMs },
      exactPrices: { r: FIELD.referenceUnits },
      optional: ['t'],
    }),
    new MessageLayout({ frame: FRAME.aggTrade, name: 'aggTrade' }),
    new MessageLayout({ frame: FRAME.shutdown, name: 'serverShutdown' }),
  ],
  bare: { prefix: '{"u":', layout: QUOTE },
  levels: ['b', 'a'],
  snapshot: { id: 'lastUpdateId', levels: ['bids', 'asks'] },
  control: ['{"result":', '{"id":', '{"code":', '{"error":', '{"msg":'],
};

/** Request weight of one snapshot (rest-api.md, "Order book"). */
function snapshotWeight(limit: number): number {
  if (limit <= 100) return 5;
  if (limit <= 500) return 25;
  return limit <= 1_000 ? 50 : 250;
}

function streamUrl(options: FeedOptions, symbols: readonly string[]): string {
  const period = options.depthIntervalMs === 1_000 ? '' : `@${options.depthIntervalMs}ms`;
  const streams = symbols.flatMap((symbol) => {
    const name = encodeURIComponent(symbol.toLowerCase());
    const beside = [`${name}@avgPrice`, `${name}@referencePrice`];
    return [`${name}@depth${period}`, `${name}@bookTicker`, `${name}@trade`, ...beside];
  });
  return `${options.endpoints.stream.replace(/\/+$/, '')}/stream?streams=${streams.join('/')}`;
}

/** Market data of Binance Spot; the continuity rule is that of "How to manage a local order book correctly" (2025-11-12). */
export const BINANCE_SPOT_FEED: FeedProtocol = {
  grammar: BINANCE_SPOT_GRAMMAR,
  continuity: CONSECUTIVE_IDS,
  streamUrl,
  snapshotPath: (symbol, limit) => `/api/v3/depth?symbol=${encodeURIComponent(symbol)}&limit=${limit}`,
  snapshotWeight,
  /* Half of the venue's 6000 per minute and IP: queries for orders come out of the same budget. */
  snapshotWeightPerMinute: 3_000,
};
