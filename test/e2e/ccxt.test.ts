/** An unmodified ccxt client against the embedded exchange: the independent judge of its protocol. */
import ccxt from 'ccxt';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RequestSigner } from '../../adapters/binance-kit/request-signer.ts';
import { BINANCE_USDM_ORDERS } from '../../adapters/binance-usdm/order-words.ts';
import { startExchange } from '../../adapters/sim/exchange.ts';
import type { RunningExchange } from '../../adapters/sim/exchange.ts';
import type { ExchangeHandle } from '../../adapters/sim/exchange-host.ts';
import { startExchangeThread } from '../../adapters/sim/exchange-host.ts';
import { orderClientId } from '../../adapters/venue-kit/request/client-id.ts';
import { OrderEncoder } from '../../adapters/venue-kit/request/order-encoder.ts';
import { FIELD } from '../../adapters/venue-kit/request/request-template.ts';
import { lotsToQty, ticksToPrice } from '../../engine/core/instrument.ts';
import { ORDER_FLAG, ORDER_TYPE, SIDE, TIME_IN_FORCE } from '../../engine/messages/enums.ts';
import { BTC_PERPETUAL } from '../adapters/contract/scripted-usdm.ts';

type Client = InstanceType<typeof ccxt.pro.binance>;
type UsdmClient = InstanceType<typeof ccxt.pro.binanceusdm>;

const SYMBOL = 'BTC/USDT';

function clientFor(exchange: ExchangeHandle, keys: 'hmac' | 'ed25519'): Client {
  const { credentials, urls } = exchange;
  const client = new ccxt.pro.binance({
    apiKey: keys === 'hmac' ? credentials.apiKey : credentials.ed25519ApiKey,
    secret: keys === 'hmac' ? credentials.hmacSecret : credentials.ed25519PrivateKeyPem,
    enableRateLimit: false,
    options: {
      defaultType: 'spot',
      fetchMarkets: { types: ['spot'] },
      fetchCurrencies: false,
      fetchMargins: false,
    },
  });
  const api = client.urls['api'] as Record<string, unknown> & { ws: Record<string, unknown> };
  api['public'] = `${urls.rest}/api/v3`;
  api['private'] = `${urls.rest}/api/v3`;
  api.ws['spot'] = `${urls.stream}/ws`;
  api.ws['ws-api'] = { spot: urls.wsApi };
  return client;
}

/** Calls `next` until it gives something that `accept` accepts, or the deadline passes. */
async function until<Value>(next: () => Promise<Value>, accept: (value: Value) => boolean): Promise<Value> {
  const deadlineMs = Date.now() + 10_000;
  for (;;) {
    const value = await next();
    if (accept(value)) return value;
    if (Date.now() > deadlineMs) throw new Error('deadline passed');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe.each(['hmac', 'ed25519'] as const)('a ccxt client with %s keys', (keys) => {
  let exchange: ExchangeHandle;
  let client: Client;

  beforeAll(async () => {
    exchange = await startExchangeThread({
      seed: 11,
      symbols: ['BTCUSDT', 'ETHUSDT'],
      eventsPerSecond: 400,
      restPort: 0,
      streamPort: 0,
      wsApiPort: 0,
    });
    client = clientFor(exchange, keys);
    // ccxt needs this once before it opens unencrypted ws:// URLs.
    await client.loadHttpProxyAgent();
  });

  afterAll(async () => {
    await client.close();
    await exchange.close();
  });

  it('loads the markets with their tick and lot sizes', async () => {
    const markets = await client.loadMarkets();
    expect(Object.keys(markets).toSorted()).toEqual([SYMBOL, 'ETH/USDT']);
    expect(markets[SYMBOL]!.precision).toMatchObject({ price: 0.01, amount: 0.00001 });
    expect(markets[SYMBOL]!.limits.cost?.min).toBe(5);
    expect(markets[SYMBOL]!.spot).toBe(true);
  });

  it('fetches an uncrossed order book', async () => {
    const book = await client.fetchOrderBook(SYMBOL, 20);
    expect(book.bids).toHaveLength(20);
    expect(book.asks).toHaveLength(20);
    expect(book.bids[0][0]).toBeLessThan(book.asks[0][0]!);
  });

  it('keeps a watched order book equal to a later snapshot of the exchange', async () => {
    await client.watchOrderBook(SYMBOL);
    await exchange.drill({ kind: 'pause' });
    const snapshot = await client.fetchOrderBook(SYMBOL, 1000);
    const watched = await until(
      async () => client.orderbooks[SYMBOL] as { nonce: number; bids: number[][]; asks: number[][] },
      (book) => book.nonce >= snapshot.nonce!,
    );
    const top = (levels: readonly (readonly number[])[]): unknown =>
      levels.slice(0, 50).map((level) => level.slice(0, 2));
    expect(watched.nonce).toBe(snapshot.nonce);
    expect(top(watched.bids)).toEqual(top(snapshot.bids as number[][]));
    expect(top(watched.asks)).toEqual(top(snapshot.asks as number[][]));
    await exchange.drill({ kind: 'resume' });
  });

  it('sees every trade of a watched market once and in order', async () => {
    const trades = await until(
      async () => client.watchTrades(SYMBOL),
      (all) => all.length > 0,
    );
    const more = await client.watchTrades(SYMBOL);
    const ids = [...trades, ...more].map((trade) => Number(trade.id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(ids.toSorted((left, right) => left - right));
  });

  it('places, lists, watches and cancels a limit order', async () => {
    const book = await client.fetchOrderBook(SYMBOL, 5);
    const price = Number(client.priceToPrecision(SYMBOL, book.bids[0][0]! * 0.9));
    // The subscription must stand before the order for its NEW report to be seen.
    const seen = client.watchOrders(SYMBOL);
    await until(
      async () => exchange.stats(),
      (stats) => stats.userSubscriptions > 0,
    );
    const order = await client.createOrder(SYMBOL, 'limit', 'buy', 0.01, price);
    expect(order.status).toBe('open');
    expect((await seen).some((report) => report.id === order.id)).toBe(true);
    const open = await client.fetchOpenOrders(SYMBOL);
    expect(open.map((each) => each.id)).toEqual([order.id]);
    const balance = await client.fetchBalance();
    expect(balance['USDT'].used).toBeCloseTo(price * 0.01, 8);
    // watchOrders answers with the next report, so it has to be asked before the cancel.
    const seenCanceled = client.watchOrders(SYMBOL);
    const canceled = await client.cancelOrder(order.id!, SYMBOL);
    expect(canceled.status).toBe('canceled');
    expect(await client.fetchOpenOrders(SYMBOL)).toEqual([]);
    const report = (await seenCanceled).find((each) => each.id === order.id);
    expect(report).toMatchObject({ status: 'canceled', clientOrderId: order.clientOrderId });
    expect((await client.fetchBalance())['USDT'].used).toBe(0);
  });

  it('trades at market and finds the fills, the fee and the balance', async () => {
    const before = await client.fetchBalance();
    const order = await client.createOrder(SYMBOL, 'market', 'buy', 0.01);
    expect(order.status).toBe('closed');
    expect(order.filled).toBeCloseTo(0.01, 8);
    const trades = (await client.fetchMyTrades(SYMBOL)).filter((trade) => trade.order === order.id);
    const amount = trades.reduce((sum, trade) => sum + trade.amount!, 0);
    const cost = trades.reduce((sum, trade) => sum + trade.cost!, 0);
    const fee = trades.reduce((sum, trade) => sum + trade.fee!.cost!, 0);
    expect(amount).toBeCloseTo(0.01, 8);
    expect(fee).toBeCloseTo(0.01 * 0.001, 8);
    const after = await client.fetchBalance();
    expect(after['BTC'].total! - before['BTC'].total!).toBeCloseTo(amount - fee, 8);
    expect(before['USDT'].total! - after['USDT'].total!).toBeCloseTo(cost, 6);
  });

  it('places and cancels through the WebSocket API', async () => {
    const book = await client.fetchOrderBook(SYMBOL, 5);
    const price = Number(client.priceToPrecision(SYMBOL, book.asks[0][0]! * 1.1));
    const order = await client.createOrderWs(SYMBOL, 'limit', 'sell', 0.02, price);
    expect(order.status).toBe('open');
    const canceled = await client.cancelOrderWs(order.id!, SYMBOL);
    expect(canceled['status']).toBe('canceled');
    const listed = await client.fetchOrder(order.id!, SYMBOL);
    expect(listed.status).toBe('canceled');
  });

  it('maps refusals to its own error classes', async () => {
    await expect(client.createOrder(SYMBOL, 'limit', 'buy', 20, 60_000)).rejects.toThrow(
      ccxt.InsufficientFunds,
    );
    await expect(client.cancelOrder('1', SYMBOL)).rejects.toThrow(ccxt.OrderNotFound);
    await expect(client.createOrder(SYMBOL, 'limit', 'buy', 0.00001, 60_000)).rejects.toThrow(
      'Filter failure: NOTIONAL',
    );
    await expect(client.createOrder(SYMBOL, 'limit', 'buy', 10_000, 1)).rejects.toThrow(ccxt.InvalidOrder);
  });
});

describe('a ccxt client of USD-M futures', () => {
  const PERPETUAL = 'BTC/USDT:USDT';
  let exchange: RunningExchange;
  let client: UsdmClient;

  const usdmClient = (): UsdmClient => {
    const { credentials, urls } = exchange;
    const made = new ccxt.pro.binanceusdm({
      apiKey: credentials.apiKey,
      secret: credentials.hmacSecret,
      enableRateLimit: false,
      options: { fetchMarkets: { types: ['linear'] }, fetchCurrencies: false, fetchMargins: false },
    });
    const api = made.urls['api'] as Record<string, unknown> & { ws: Record<string, unknown> };
    for (const version of ['', 'V2', 'V3']) {
      for (const side of ['Public', 'Private'])
        api[`fapi${side}${version}`] = `${urls.rest}/fapi/v${version === '' ? 1 : version[1]}`;
    }
    api.ws['future'] = `${urls.stream}/ws`;
    api.ws['ws-api'] = { future: urls.wsApi.replace('/ws-api/v3', '/ws-fapi/v1') };
    return made;
  };

  beforeAll(async () => {
    exchange = await startExchange({
      seed: 11,
      symbols: ['BTCUSDT', 'ETHUSDT'],
      perpetuals: ['BTCUSDT', 'ETHUSDT'],
      eventsPerSecond: 400,
      restPort: 0,
      streamPort: 0,
      wsApiPort: 0,
    });
    client = usdmClient();
    await client.loadHttpProxyAgent();
    await client.loadMarkets();
  });

  afterAll(async () => {
    await client.close();
    await exchange.close();
  });

  it('loads linear perpetuals with their grid', () => {
    const market = client.market(PERPETUAL);
    expect(Object.keys(client.markets ?? {})).toEqual([PERPETUAL, 'ETH/USDT:USDT']);
    expect(market).toMatchObject({ swap: true, linear: true, settle: 'USDT', contractSize: 1, active: true });
    expect(market.precision).toMatchObject({ price: 0.01, amount: 0.00001 });
    expect(market.limits.cost?.min).toBe(5);
  });

  it('keeps a watched order book equal to a later snapshot of the exchange', async () => {
    await client.watchOrderBook(PERPETUAL);
    exchange.drill({ kind: 'pause' });
    const snapshot = await client.fetchOrderBook(PERPETUAL, 1000);
    const watched = await until(
      async () => client.orderbooks[PERPETUAL] as { nonce: number; bids: number[][]; asks: number[][] },
      (book) => book.nonce >= snapshot.nonce!,
    );
    const top = (levels: readonly (readonly number[])[]): unknown =>
      levels.slice(0, 50).map((level) => level.slice(0, 2));
    expect(top(watched.bids)).toEqual(top(snapshot.bids as number[][]));
    expect(top(watched.asks)).toEqual(top(snapshot.asks as number[][]));
    exchange.drill({ kind: 'resume' });
    expect((await client.watchTrades(PERPETUAL)).length).toBeGreaterThan(0);
  });

  it('says mark price, index and funding', async () => {
    const rate = await client.fetchFundingRate(PERPETUAL);
    expect(Math.abs(rate.markPrice! / rate.indexPrice! - 1)).toBeLessThan(0.01);
    expect(Math.abs(rate.fundingRate!)).toBeLessThanOrEqual(0.02);
    expect(rate.fundingTimestamp! % (8 * 3_600_000)).toBe(0);
  });

  it('sets margin mode and leverage, then places, watches and cancels a limit order', async () => {
    await client.setMarginMode('isolated', PERPETUAL);
    await client.setLeverage(10, PERPETUAL);
    const { bids } = await client.fetchOrderBook(PERPETUAL, 5);
    const price = Number(client.priceToPrecision(PERPETUAL, bids[0][0]! * 0.97));
    const seen = client.watchOrders(PERPETUAL);
    await until(
      async () => exchange.stats(),
      (stats) => stats.userSubscriptions > 0,
    );
    const order = await client.createOrder(PERPETUAL, 'limit', 'buy', 0.01, price, { postOnly: true });
    expect(order).toMatchObject({ status: 'open', price, amount: 0.01 });
    expect((await seen).some((report) => report.id === order.id)).toBe(true);
    expect((await client.fetchOpenOrders(PERPETUAL)).map(({ id }) => id)).toEqual([order.id]);
    expect((await client.cancelOrder(order.id!, PERPETUAL)).status).toBe('canceled');
    expect((await client.fetchOrder(order.id!, PERPETUAL)).status).toBe('canceled');
  });

  it('opens an isolated position, sees it, pays funding for it and closes it', async () => {
    await client.createOrder(PERPETUAL, 'market', 'sell', 0.05);
    const [position] = await client.fetchPositions([PERPETUAL]);
    expect(position).toMatchObject({ side: 'short', contracts: 0.05, marginMode: 'isolated', leverage: 10 });
    expect(position.liquidationPrice!).toBeGreaterThan(position.entryPrice! * 1.05);
    expect(position.initialMargin!).toBeCloseTo((position.entryPrice! * 0.05) / 10, 0);
    exchange.drill({ kind: 'fund', symbol: 'BTCUSDT' });
    const funding = await until(
      async () => client.fetchFundingHistory(PERPETUAL),
      (all) => all.length > 0,
    );
    expect(funding).toHaveLength(1);
    await client.createOrder(PERPETUAL, 'market', 'buy', 0.05, undefined, { reduceOnly: true });
    expect(exchange.perpSnapshot()!.positions['BTCUSDT'].lots).toBe(0);
    const trades = await client.fetchMyTrades(PERPETUAL);
    const sum = (side: string): number =>
      trades.filter((trade) => trade.side === side).reduce((total, trade) => total + trade.amount!, 0);
    expect([sum('buy'), sum('sell')].map((each) => each.toFixed(5))).toEqual(['0.05000', '0.05000']);
    const balance = await client.fetchBalance();
    expect(balance['USDT'].total).toBeCloseTo(exchange.perpSnapshot()!.walletUnits / 1e8, 8);
  });

  it('gets codes that ccxt takes for what they mean', async () => {
    const { exact } = client.exceptions['linear'] as { exact: Record<string, unknown> };
    const order = (amount: number, params = {}): Promise<unknown> =>
      client.createOrder(PERPETUAL, 'market', 'buy', amount, undefined, params);
    await expect(order(100)).rejects.toThrow('"code":-2019');
    expect(exact['-2019']).toBe(ccxt.InsufficientFunds);
    await expect(order(0.01, { reduceOnly: true })).rejects.toThrow('"code":-2022');
    expect(exact['-2022']).toBe(ccxt.InvalidOrder);
  });
});

/** A listing of the venue's, as ccxt reads it. */
const LISTED = {
  symbol: 'BTCUSDT',
  pair: 'BTCUSDT',
  contractType: 'PERPETUAL',
  deliveryDate: 4_133_404_800_000,
  onboardDate: 1_569_398_400_000,
  status: 'TRADING',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  marginAsset: 'USDT',
  pricePrecision: 2,
  quantityPrecision: 5,
  orderTypes: ['LIMIT', 'MARKET'],
  timeInForce: ['GTC', 'IOC', 'FOK', 'GTX'],
  filters: [
    { filterType: 'PRICE_FILTER', minPrice: '0.01', maxPrice: '4529764', tickSize: '0.01' },
    { filterType: 'LOT_SIZE', minQty: '0.00001', maxQty: '1000', stepSize: '0.00001' },
    { filterType: 'MIN_NOTIONAL', notional: '5' },
  ],
};

describe('ccxt’s own builders of USD-M requests', () => {
  const TIME_MS = 1_764_000_000_000;
  const credentials = { kind: 'hmac', apiKey: 'k'.repeat(64), apiSecret: 's'.repeat(64) } as const;
  // oxlint-disable-next-line typescript/no-explicit-any -- builders that ccxt does not declare
  const client: any = new ccxt.pro.binanceusdm({ apiKey: credentials.apiKey, secret: credentials.apiSecret });
  client.nonce = () => TIME_MS;
  client.setMarkets([client.parseMarket(LISTED)]);
  const WINDOW_MS = client.options.recvWindow as number;

  type Request = { readonly method: string; readonly params: Record<string, string | number> };

  it('say and sign of every order what ours says and signs', () => {
    const encoder = new OrderEncoder(BINANCE_USDM_ORDERS, [BTC_PERPETUAL], {
      credentials,
      namespace: 'shrike',
      recvWindowMs: WINDOW_MS,
    });
    const { values } = encoder;
    const kinds = [
      ['limit', ORDER_TYPE.limit, TIME_IN_FORCE.gtc, { timeInForce: 'GTC' }],
      ['limit', ORDER_TYPE.limit, TIME_IN_FORCE.ioc, { timeInForce: 'IOC' }],
      ['limit', ORDER_TYPE.limit, TIME_IN_FORCE.fok, { timeInForce: 'FOK' }],
      ['limit', ORDER_TYPE.limitMaker, TIME_IN_FORCE.gtc, { postOnly: true }],
      ['market', ORDER_TYPE.market, TIME_IN_FORCE.gtc, {}],
    ] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 1, max: 400_000_000 }),
        fc.integer({ min: 1, max: 90_000_000 }),
        fc.integer({ min: 1, max: 2 ** 52 }),
        ([type, orderType, timeInForce, extra], isBuy, isReducing, priceTicks, qtyLots, intentSeq) => {
          values[FIELD.requestId] = 1;
          values[FIELD.timestamp] = TIME_MS;
          values[FIELD.clientId] = intentSeq;
          values[FIELD.price] = priceTicks;
          values[FIELD.qty] = qtyLots;
          const flags = isReducing ? ORDER_FLAG.reduceOnly : 0;
          const bytes = encoder.place(0, isBuy ? SIDE.buy : SIDE.sell, orderType, timeInForce, flags)!;
          const { method, params } = JSON.parse(bytes.toString('utf8')) as Request;
          const newClientOrderId = orderClientId('shrike', intentSeq);
          const { newOrderRespType: _form, ...wanted } = client.createOrderRequest(
            'BTC/USDT:USDT',
            type,
            isBuy ? 'buy' : 'sell',
            Number(lotsToQty(BTC_PERPETUAL, qtyLots)),
            type === 'limit' ? Number(ticksToPrice(BTC_PERPETUAL, priceTicks)) : undefined,
            { ...extra, newClientOrderId, ...(isReducing ? { reduceOnly: 'true' } : {}) },
          ) as Record<string, string>;
          const { signature, apiKey: _key, timestamp: _time, recvWindow: _window, ...said } = params;
          expect(method).toBe('order.place');
          expect({ ...said, price: Number(said['price']), quantity: Number(said['quantity']) }).toEqual({
            ...wanted,
            price: Number(wanted['price']),
            quantity: Number(wanted['quantity']),
          });
          expect(signature).toBe(client.signParams({ ...said }).signature);
        },
      ),
      { seed: 5, numRuns: 60 },
    );
  });

  it('sign a query over REST as ours does', () => {
    const signer = new RequestSigner(credentials);
    const params = { symbol: 'BTCUSDT', origClientOrderId: 'sshrike-1' };
    const theirs = new URL(client.sign('order', 'fapiPrivate', 'GET', params).url as string);
    const sent = [...theirs.searchParams].filter(([name]) => name !== 'signature');
    expect(`?${signer.signRest(Object.fromEntries(sent))}`).toBe(theirs.search);
  });
});
