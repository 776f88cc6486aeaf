import { PREVIOUS_ID } from '../venue-kit/book/continuity.ts';
import { FIELD, FRAME } from '../venue-kit/feed/frame-fields.ts';
import { MessageLayout } from '../venue-kit/feed/frame-grammar.ts';
import type { MarketProtocol } from '../venue-kit/feed/market-decoder.ts';
import type { FeedOptions, FeedProtocol } from '../venue-kit/feed/market-feed.ts';

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

/** What a snapshot may ask for, and what that costs ("Order Book"). */
const SNAPSHOT_SIZES: readonly (readonly [number, number])[] = [
  [50, 2],
  [100, 5],
  [500, 10],
  [1_000, 20],
];

function snapshotSize(limit: number): readonly [number, number] {
  return SNAPSHOT_SIZES.find(([levels]) => levels >= limit) ?? SNAPSHOT_SIZES.at(-1)!;
}

function route({ endpoints }: FeedOptions, name: string, streams: readonly string[]): string {
  return `${endpoints.stream.replace(/\/+$/, '')}/${name}/stream?streams=${streams.join('/')}`;
}

const streamName = (symbol: string): string => encodeURIComponent(symbol.toLowerCase());

/**
 * Live market data of Binance USD-M futures. One address must not mix routes: books and trades are `/public`, marks and
 * funding `/market`; a stream asked for on the wrong route opens and stays silent ("Important WebSocket Change Notice").
 */
export const BINANCE_USDM_FEED: FeedProtocol = {
  ...BINANCE_USDM_MARKET,
  streamUrl: (options, symbols) => {
    /* 250 ms is what `@depth` means. */
    const period = options.depthIntervalMs === 250 ? '' : `@${options.depthIntervalMs}ms`;
    const names = symbols.map(streamName);
    const streams = names.flatMap((name) => [
      `${name}@depth${period}`,
      `${name}@bookTicker`,
      `${name}@trade`,
    ]);
    return route(options, 'public', streams);
  },
  besideUrl: (options, symbols) =>
    route(
      options,
      'market',
      symbols.map((symbol) => `${streamName(symbol)}@markPrice@1s`),
    ),
  snapshotPath: (symbol, limit) =>
    `/fapi/v1/depth?symbol=${encodeURIComponent(symbol)}&limit=${snapshotSize(limit)[0]}`,
  snapshotWeight: (limit) => snapshotSize(limit)[1],
  /* Under half of the venue's 2400 per minute and IP: orders and queries come out of the same budget. */
  snapshotWeightPerMinute: 1_000,
};
