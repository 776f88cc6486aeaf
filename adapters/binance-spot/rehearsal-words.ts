import type { Instrument } from '../../engine/core/instrument.ts';
import { REHEARSAL_ID } from '../venue-kit/rehearsal/rehearsal-words.ts';
import type { LevelText, RehearsalWords } from '../venue-kit/rehearsal/rehearsal-words.ts';

/** Any time will do; it has as many digits as today's. */
const TIME_MS = 1_723_161_255_208;
const ZERO = '0.00000000';

/** Generous limits: how fast is practised is the engine's business. */
const RATE_LIMITS =
  '"rateLimits":[' +
  '{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":100000000,"count":1},' +
  '{"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":100000000,"count":1},' +
  '{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":100000000,"count":1},' +
  '{"rateLimitType":"RAW_REQUESTS","interval":"MINUTE","intervalNum":5,"limit":100000000,"count":1}]';

/** What a rehearsal says and hears in the words of Binance Spot. */
export const BINANCE_SPOT_REHEARSAL: RehearsalWords = {
  decimals: 8,
  depth: ({ symbol }, bids, asks) =>
    `{"stream":"${symbol.toLowerCase()}@depth@100ms","data":{"e":"depthUpdate","E":${TIME_MS},` +
    `"s":"${symbol}","U":${REHEARSAL_ID.first},"u":${REHEARSAL_ID.last},"b":${levels(bids)},"a":${levels(asks)}}}`,
  quote: ({ symbol }, [bid, bidQty], [ask, askQty]) =>
    `{"stream":"${symbol.toLowerCase()}@bookTicker","data":{"u":${REHEARSAL_ID.last},"s":"${symbol}",` +
    `"b":"${bid}","B":"${bidQty}","a":"${ask}","A":"${askQty}"}}`,
  trade: ({ symbol }, [price, qty]) =>
    `{"stream":"${symbol.toLowerCase()}@trade","data":{"e":"trade","E":${TIME_MS},"s":"${symbol}",` +
    `"t":${REHEARSAL_ID.last},"p":"${price}","q":"${qty}","T":${TIME_MS},"m":true,"M":true}}`,
  snapshot: (lastId, bids, asks) =>
    `{"lastUpdateId":${lastId},"bids":${levels(bids)},"asks":${levels(asks)}}`,
  isMarketData: (url) => url.includes('/stream?'),
  answer(request) {
    const { id, method } = JSON.parse(request) as { readonly id: number; readonly method: string };
    const isList = method === 'openOrders.status' || method === 'myTrades';
    const result = isList ? '[]' : '{"subscriptionId":0}';
    return `{"id":${id},"status":200,"result":${result},${RATE_LIMITS}}`;
  },
  placement: '"method":"order.place"',
  echoes: {
    id: '"id":',
    client: '"newClientOrderId":',
    side: '"side":',
    price: '"price":',
    qty: '"quantity":',
  },
  placed: (instrument) => [
    `{"id":<id>,"status":200,"result":{"symbol":"${instrument.symbol}","orderId":<order>,"orderListId":-1,` +
      `"clientOrderId":"<client>","transactTime":${TIME_MS}},${RATE_LIMITS}}`,
    report(instrument, false),
    report(instrument, true),
  ],
  emptyRest: { status: 200, body: [], usedWeight: -1, retryAfterMs: 0 },
};

function levels(side: readonly LevelText[]): string {
  return `[${side.map(([price, qty]) => `["${price}","${qty}"]`).join(',')}]`;
}

/** The execution report of an acceptance, or of the fill that ends the order. */
function report({ symbol, quoteAsset }: Instrument, isTrade: boolean): string {
  const [lastQty, lastPrice] = isTrade ? ['<qty>', '<price>'] : [ZERO, ZERO];
  const [type, status] = isTrade ? ['TRADE', 'FILLED'] : ['NEW', 'NEW'];
  const fee = isTrade ? `"n":"${ZERO}","N":"${quoteAsset}"` : '"n":"0","N":null';
  return (
    `{"subscriptionId":0,"event":{"e":"executionReport","E":${TIME_MS},"s":"${symbol}","c":"<client>","S":"<side>",` +
    `"o":"LIMIT","f":"IOC","q":"<qty>","p":"<price>","P":"${ZERO}","F":"${ZERO}","g":-1,"C":"",` +
    `"x":"${type}","X":"${status}","r":"NONE","i":<order>,"l":"${lastQty}","z":"${lastQty}","L":"${lastPrice}",` +
    `${fee},"T":${TIME_MS},"t":${isTrade ? '<order>' : '-1'},"I":8641984,"w":false,"m":false,"M":${isTrade},` +
    `"O":${TIME_MS},"Z":"${ZERO}","Y":"${ZERO}","Q":"${ZERO}","W":${TIME_MS},"V":"NONE"}}`
  );
}
