/** Order entry of the embedded exchange over both APIs: rules, error codes, balances, private events. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningExchange } from '../../../adapters/sim/exchange.ts';
import { startExchange } from '../../../adapters/sim/exchange.ts';
import { eventually, RecordingSocket, rest, withEd25519, withHmac } from '../../fixtures/exchange-client.ts';

const LIMIT_BUY = {
  symbol: 'BTCUSDT',
  side: 'BUY',
  type: 'LIMIT',
  timeInForce: 'GTC',
  quantity: '0.01000',
  price: '60000.00',
};

let exchange: RunningExchange;

async function open(openingBook: boolean): Promise<void> {
  exchange = await startExchange({
    seed: 1,
    symbols: ['BTCUSDT', 'ETHUSDT'],
    eventsPerSecond: 0,
    restPort: 0,
    streamPort: 0,
    wsApiPort: 0,
    accountCount: 2,
    openingBook,
  });
}

/** Starts over with empty books: the test's accounts are alone. */
async function reopenEmpty(): Promise<void> {
  await exchange.close();
  await open(false);
}

beforeEach(async () => open(true));

afterEach(async () => {
  await exchange.close();
});

async function place(params: Record<string, string>, accountIndex = 0) {
  return rest(exchange.urls, 'POST', '/api/v3/order', params, exchange.allCredentials[accountIndex]);
}

async function logon(accountIndex = 0): Promise<RecordingSocket> {
  const credentials = exchange.allCredentials[accountIndex];
  const socket = await new RecordingSocket(exchange.urls.wsApi).opened();
  expect((await socket.call('session.logon', withEd25519({}, credentials))).status).toBe(200);
  expect((await socket.call('userDataStream.subscribe')).result).toEqual({ subscriptionId: 0 });
  return socket;
}

async function bestAsk(): Promise<{ price: string; size: string; below: string }> {
  const { body } = await rest(exchange.urls, 'GET', '/api/v3/depth', { symbol: 'BTCUSDT', limit: 5 });
  const [price, size] = body.asks[0] as [string, string];
  return { price, size, below: (Number(price) - 0.5).toFixed(2) };
}

describe('a refused order', () => {
  it.each<[string, Record<string, string | undefined>, number, string]>([
    [
      'no symbol',
      { symbol: undefined },
      -1102,
      "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.",
    ],
    ['an unlisted symbol', { symbol: 'FOOBAR' }, -1121, 'Invalid symbol.'],
    ['a wrong side', { side: 'HOLD' }, -1117, 'Invalid side.'],
    ['a wrong type', { type: 'STOP' }, -1116, 'Invalid orderType.'],
    ['a wrong time in force', { timeInForce: 'GTX' }, -1115, 'Invalid timeInForce.'],
    [
      'no time in force',
      { timeInForce: undefined },
      -1102,
      "Mandatory parameter 'timeInForce' was not sent, was empty/null, or malformed.",
    ],
    [
      'letters for a price',
      { price: '6e4' },
      -1100,
      "Illegal characters found in parameter 'price'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.",
    ],
    ['nine decimals', { quantity: '0.010000001' }, -1111, "Parameter 'quantity' has too much precision."],
    ['a price between ticks', { price: '60000.001' }, -1013, 'Filter failure: PRICE_FILTER'],
    ['a quantity between lots', { quantity: '0.0100001' }, -1013, 'Filter failure: LOT_SIZE'],
    ['a quantity above the largest', { quantity: '9001' }, -1013, 'Filter failure: LOT_SIZE'],
    ['too little value', { quantity: '0.00001' }, -1013, 'Filter failure: NOTIONAL'],
    ['too much value', { quantity: '200' }, -1013, 'Filter failure: NOTIONAL'],
    ['a price far off', { price: '10000.00' }, -1013, 'Filter failure: PERCENT_PRICE_BY_SIDE'],
    [
      'more than the account has',
      { quantity: '20' },
      -2010,
      'Account has insufficient balance for requested action.',
    ],
    [
      'a bad client id',
      { newClientOrderId: 'a b' },
      -1100,
      "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
    ],
    [
      'a post-only order that would take',
      { type: 'LIMIT_MAKER', timeInForce: undefined, price: '70000.00', quantity: '0.001' },
      -2010,
      'Order would immediately match and take.',
    ],
    [
      'a market order with a price',
      { type: 'MARKET', timeInForce: undefined },
      -1106,
      "Parameter 'price' sent when not required.",
    ],
    [
      'a market order without an amount',
      { type: 'MARKET', timeInForce: undefined, price: undefined, quantity: undefined },
      -1102,
      "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!",
    ],
    [
      'a market order above its own limit',
      { type: 'MARKET', timeInForce: undefined, price: undefined, quantity: '121' },
      -1013,
      'Filter failure: MARKET_LOT_SIZE',
    ],
  ])('for %s names the code and the text, and changes nothing', async (_what, change, code, message) => {
    const before = exchange.accountSnapshot();
    const params = Object.fromEntries(
      Object.entries({ ...LIMIT_BUY, ...change }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    );
    const answer = await place(params);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ code, msg: message });
    expect(exchange.accountSnapshot()).toEqual(before);
  });

  it('for a client id that is open already, which is free again once it is closed', async () => {
    expect((await place({ ...LIMIT_BUY, newClientOrderId: 'twin' })).status).toBe(200);
    expect((await place({ ...LIMIT_BUY, newClientOrderId: 'twin' })).body).toEqual({
      code: -2010,
      msg: 'Duplicate order sent.',
    });
    const ids = { symbol: 'BTCUSDT', origClientOrderId: 'twin' };
    await rest(exchange.urls, 'DELETE', '/api/v3/order', ids, exchange.credentials);
    expect((await place({ ...LIMIT_BUY, newClientOrderId: 'twin' })).status).toBe(200);
  });

  it('for the 201st open order of a symbol', async () => {
    const socket = await logon();
    const replies: number[] = [];
    for (let count = 0; count < 201; count++) {
      const reply = await socket.call('order.place', {
        ...LIMIT_BUY,
        quantity: '0.00010',
        timestamp: Date.now(),
      });
      replies.push(reply.status === 200 ? 0 : reply.error.code);
      if (reply.error?.code === -1015) break;
    }
    // The order rate limit (100 per 10 s) may come first: both are right answers of the venue.
    expect([-1013, -1015]).toContain(replies.at(-1));
    expect(replies.slice(0, -1).every((code) => code === 0)).toBe(true);
  });
});

describe('an accepted order', () => {
  it('locks its value, shows in the book, and gives everything back when cancelled', async () => {
    const order = { ...LIMIT_BUY, price: (await bestAsk()).below, quantity: '0.5', newClientOrderId: 'mine' };
    const { body } = await place(order);
    expect(body).toMatchObject({
      status: 'NEW',
      clientOrderId: 'mine',
      executedQty: '0.00000000',
      fills: [],
    });
    const cost = (Number(order.price) * 0.5).toFixed(8);
    expect(exchange.accountSnapshot().balances['USDT'].locked).toBe(cost);
    const depth = await rest(exchange.urls, 'GET', '/api/v3/depth', { symbol: 'BTCUSDT', limit: 1000 });
    expect(depth.body.bids.map((level: string[]) => level[0])).toContain(`${order.price}000000`);
    const query = { symbol: 'BTCUSDT', origClientOrderId: 'mine' };
    const canceled = await rest(exchange.urls, 'DELETE', '/api/v3/order', query, exchange.credentials);
    expect(canceled.body).toMatchObject({
      status: 'CANCELED',
      origClientOrderId: 'mine',
      orderId: body.orderId,
    });
    expect(canceled.body.clientOrderId).not.toBe('mine');
    expect(exchange.accountSnapshot().balances['USDT']).toEqual({
      free: '1000000.00000000',
      locked: '0.00000000',
    });
    const again = await rest(exchange.urls, 'DELETE', '/api/v3/order', query, exchange.credentials);
    expect(again.body).toEqual({ code: -2011, msg: 'Unknown order sent.' });
    const found = await rest(
      exchange.urls,
      'GET',
      '/api/v3/order',
      { symbol: 'BTCUSDT', orderId: body.orderId },
      exchange.credentials,
    );
    expect(found.body.status).toBe('CANCELED');
  });

  it('that nobody placed is not found', async () => {
    const answer = await rest(
      exchange.urls,
      'GET',
      '/api/v3/order',
      { symbol: 'BTCUSDT', orderId: 7 },
      exchange.credentials,
    );
    expect([answer.status, answer.body]).toEqual([400, { code: -2013, msg: 'Order does not exist.' }]);
  });

  it('trades against another account with fees in the asset each receives, to the last unit', async () => {
    await reopenEmpty();
    const below = '61000.01';
    const maker = await logon(0);
    const taker = await logon(1);
    const base = { symbol: 'BTCUSDT', type: 'LIMIT', timeInForce: 'GTC', price: below, quantity: '0.12345' };
    await maker.call('order.place', { ...base, side: 'SELL', timestamp: Date.now() });
    const reply = await taker.call('order.place', { ...base, side: 'BUY', timestamp: Date.now() });
    expect(reply.result).toMatchObject({ status: 'FILLED', executedQty: '0.12345000' });
    const quoteUnits = Math.round(Number(below) * 100) * 12_345 * 10;
    const sold = exchange.accountSnapshot(0);
    const bought = exchange.accountSnapshot(1);
    const units = (text: string): number => Math.round(Number(text) * 1e8);
    const quoteFee = Math.floor(quoteUnits / 1000);
    expect(units(sold.balances['USDT'].free)).toBe(1e14 + quoteUnits - quoteFee);
    expect(units(sold.balances['BTC'].free)).toBe(100e8 - 12_345_000);
    expect(units(bought.balances['USDT'].free)).toBe(1e14 - quoteUnits);
    expect(units(bought.balances['BTC'].free)).toBe(100e8 + 12_345_000 - 12_345);
    expect([sold.fills[0].commissionAsset, bought.fills[0].commissionAsset]).toEqual(['USDT', 'BTC']);
    expect(sold.fills[0].tradeId).toBe(bought.fills[0].tradeId);
    const events = await eventually(() => (maker.events.length >= 4 ? maker.events : undefined), 'events');
    expect(events.map((event) => event.x ?? event.e)).toEqual([
      'NEW',
      'outboundAccountPosition',
      'TRADE',
      'outboundAccountPosition',
    ]);
    expect(events[2]).toMatchObject({ X: 'FILLED', m: true, l: '0.12345000', z: '0.12345000', N: 'USDT' });
    const takerTrade = taker.events.find((event) => event.x === 'TRADE');
    expect(takerTrade).toMatchObject({ X: 'FILLED', m: false, t: events[2].t, N: 'BTC', n: '0.00012345' });
  });

  it('spends a quote amount at market and never more', async () => {
    const answer = await place({ symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quoteOrderQty: '100000' });
    expect(answer.body.status).toBe('FILLED');
    expect(Number(answer.body.cummulativeQuoteQty)).toBeLessThanOrEqual(100_000);
    expect(Number(answer.body.cummulativeQuoteQty)).toBeGreaterThan(99_999);
    const spent = 1_000_000 - Number(exchange.accountSnapshot().balances['USDT'].free);
    expect(spent).toBeCloseTo(Number(answer.body.cummulativeQuoteQty), 6);
    const total = answer.body.fills.reduce((sum: number, fill: { qty: string }) => sum + Number(fill.qty), 0);
    expect(total).toBeCloseTo(Number(answer.body.executedQty), 8);
  });

  it('expires what immediate-or-cancel leaves, and all of an unfillable fill-or-kill', async () => {
    const { price, size } = await bestAsk();
    const more = (Number(size) + 1).toFixed(5);
    const socket = await logon();
    const terms = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', price, quantity: more };
    const killed = await socket.call('order.place', { ...terms, timeInForce: 'FOK', timestamp: Date.now() });
    expect(killed.result).toMatchObject({ status: 'EXPIRED', executedQty: '0.00000000' });
    const immediate = await socket.call('order.place', {
      ...terms,
      timeInForce: 'IOC',
      timestamp: Date.now(),
    });
    expect(immediate.result).toMatchObject({ status: 'EXPIRED', executedQty: size });
    const expired = socket.events.filter((event) => event.x === 'EXPIRED').map((event) => event.eR);
    expect(expired).toEqual(['UNFILLED_FOK_ORDER_EXPIRED', 'UNFILLED_IOC_QUANTITY_EXPIRED']);
    expect(exchange.accountSnapshot().balances['USDT'].locked).toBe('0.00000000');
  });

  it('does not trade with its own account when told not to', async () => {
    await reopenEmpty();
    const below = '61000.01';
    const resting = { ...LIMIT_BUY, price: below };
    await place(resting);
    const taker = {
      ...resting,
      side: 'SELL',
      selfTradePreventionMode: 'EXPIRE_TAKER',
      newOrderRespType: 'RESULT',
    };
    expect((await place(taker)).body.status).toBe('EXPIRED_IN_MATCH');
    expect(exchange.accountSnapshot().openOrders).toHaveLength(1);
    await place({ ...taker, selfTradePreventionMode: 'EXPIRE_MAKER' });
    const { openOrders, fills, balances } = exchange.accountSnapshot();
    expect(openOrders).toHaveLength(1);
    expect(fills).toEqual([]);
    expect(balances['USDT'].locked).toBe('0.00000000');
    expect(balances['BTC'].locked).toBe('0.01000000');
  });

  it('replies in the form asked for', async () => {
    const ack = await place({ ...LIMIT_BUY, newOrderRespType: 'ACK' });
    expect(Object.keys(ack.body)).toEqual([
      'symbol',
      'orderId',
      'orderListId',
      'clientOrderId',
      'transactTime',
    ]);
    const result = await place({ ...LIMIT_BUY, newOrderRespType: 'RESULT' });
    expect(result.body.fills).toBeUndefined();
    expect(result.body.status).toBe('NEW');
    expect((await place(LIMIT_BUY)).body.fills).toEqual([]);
  });

  it('is only checked by order.test', async () => {
    const answer = await rest(exchange.urls, 'POST', '/api/v3/order/test', LIMIT_BUY, exchange.credentials);
    expect([answer.status, answer.body]).toEqual([200, {}]);
    expect(exchange.accountSnapshot().orderCount).toBe(0);
  });

  it('loses quantity but not its place by an amend', async () => {
    const { body } = await place({ ...LIMIT_BUY, newClientOrderId: 'shrinks' });
    const params = { symbol: 'BTCUSDT', orderId: body.orderId, newQty: '0.004', newClientOrderId: 'shrunk' };
    const answer = await rest(
      exchange.urls,
      'PUT',
      '/api/v3/order/amend/keepPriority',
      params,
      exchange.credentials,
    );
    expect(answer.body.amendedOrder).toMatchObject({ origQty: '0.00400000', clientOrderId: 'shrunk' });
    expect(exchange.accountSnapshot().balances['USDT'].locked).toBe('240.00000000');
  });
});

describe('cancel-replace', () => {
  it('does both, or stops at the cancel, or goes on as told', async () => {
    const socket = await logon();
    const call = async (params: Record<string, string | number>) =>
      socket.call('order.cancelReplace', { ...LIMIT_BUY, timestamp: Date.now(), ...params });
    const first = await socket.call('order.place', { ...LIMIT_BUY, timestamp: Date.now() });
    const both = await call({ cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrderId: first.result.orderId });
    expect(both.result).toMatchObject({ cancelResult: 'SUCCESS', newOrderResult: 'SUCCESS' });
    const stopped = await call({ cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrderId: 1 });
    expect([stopped.status, stopped.error.code]).toEqual([400, -2022]);
    expect(stopped.error.data).toMatchObject({ cancelResult: 'FAILURE', newOrderResult: 'NOT_ATTEMPTED' });
    const partly = await call({ cancelReplaceMode: 'ALLOW_FAILURE', cancelOrderId: 1 });
    expect([partly.status, partly.error.code]).toEqual([409, -2021]);
    expect(partly.error.data).toMatchObject({ cancelResult: 'FAILURE', newOrderResult: 'SUCCESS' });
    expect(exchange.accountSnapshot().openOrders).toHaveLength(2);
    const all = await socket.call('openOrders.cancelAll', { symbol: 'BTCUSDT', timestamp: Date.now() });
    expect(all.result).toHaveLength(2);
    expect(exchange.accountSnapshot().openOrders).toEqual([]);
  });
});

describe('the WebSocket API session', () => {
  it('takes Ed25519 logons, HMAC signatures per request, and refuses the rest', async () => {
    const socket = await new RecordingSocket(exchange.urls.wsApi).opened();
    const { credentials } = exchange;
    const unsigned = await socket.call('order.place', { ...LIMIT_BUY, timestamp: Date.now() });
    expect([unsigned.status, unsigned.error.code]).toEqual([401, -2015]);
    const hmacLogon = await socket.call('session.logon', withHmac({}, credentials));
    expect(hmacLogon.status).toBe(400);
    const signed = await socket.call('order.place', withHmac(LIMIT_BUY, credentials));
    expect(signed.status).toBe(200);
    const forged = await socket.call('order.place', { ...withHmac(LIMIT_BUY, credentials), quantity: '1' });
    expect(forged.error).toEqual({ code: -1022, msg: 'Signature for this request is not valid.' });
    const late = await socket.call(
      'order.place',
      withHmac({ ...LIMIT_BUY, timestamp: Date.now() - 6000 }, credentials),
    );
    expect(late.error.code).toBe(-1021);
    const status = await socket.call('session.status');
    expect(status.result.apiKey).toBeNull();
    const stream = await socket.call('userDataStream.subscribe.signature', withHmac({}, credentials));
    expect(stream.result).toEqual({ subscriptionId: 0 });
    const twice = await socket.call('userDataStream.subscribe.signature', withHmac({}, credentials));
    expect(twice.error.code).toBe(-2035);
    expect((await socket.call('userDataStream.unsubscribe', { subscriptionId: 0 })).status).toBe(200);
    expect((await socket.call('v3/time')).result.serverTime).toBeGreaterThan(0);
    expect((await socket.call('no.such.method')).status).toBe(400);
    socket.socket.send('{not json');
    await eventually(
      () => socket.messages.some((message) => message.id === null && message.status === 400),
      'refusal',
    );
  });

  it('gives each start its own account id', async () => {
    const other = await startExchange({
      seed: 1,
      symbols: ['BTCUSDT'],
      eventsPerSecond: 0,
      restPort: 0,
      streamPort: 0,
      wsApiPort: 0,
    });
    const uid = (await rest(other.urls, 'GET', '/api/v3/account', {}, other.credentials)).body.uid;
    expect(String(uid)).toBe(other.credentials.accountId);
    expect(other.credentials.accountId).not.toBe(exchange.credentials.accountId);
    await other.close();
  });
});

describe('the request budgets', () => {
  it('are counted in headers and replies, free for successful orders', async () => {
    const socket = await logon();
    const before = (await socket.call('ping')).rateLimits.at(-1).count;
    const placed = await socket.call('order.place', { ...LIMIT_BUY, timestamp: Date.now() });
    expect(
      placed.rateLimits.map((limit: { rateLimitType: string; count: number }) => [
        limit.rateLimitType,
        limit.count,
      ]),
    ).toEqual([
      ['ORDERS', 1],
      ['ORDERS', 1],
      ['REQUEST_WEIGHT', before],
    ]);
    const answer = await place(LIMIT_BUY);
    expect(answer.headers.get('x-mbx-order-count-10s')).toBe('2');
    expect(Number(answer.headers.get('x-mbx-used-weight-1m'))).toBe(before);
  });

  it('answer 429 with a time to come back when used up', async () => {
    exchange.drill({ kind: 'rate-limit', ms: 60_000 });
    const answer = await rest(exchange.urls, 'GET', '/api/v3/time');
    expect([answer.status, answer.body.code]).toEqual([429, -1003]);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('a drill', () => {
  it('executes an order whose reply is lost, and loses an order that was never executed', async () => {
    const socket = await logon();
    exchange.drill({ kind: 'lose-replies', count: 1 });
    socket.post('order.place', { ...LIMIT_BUY, newClientOrderId: 'silent', timestamp: Date.now() });
    await eventually(() => socket.events.some((event) => event.c === 'silent'), 'the NEW report');
    exchange.drill({ kind: 'lose-requests', count: 1 });
    const lost = socket.post('order.place', {
      ...LIMIT_BUY,
      newClientOrderId: 'gone',
      timestamp: Date.now(),
    });
    const query = await socket.call('order.status', {
      symbol: 'BTCUSDT',
      origClientOrderId: 'gone',
      timestamp: Date.now(),
    });
    expect(query.error.code).toBe(-2013);
    expect(socket.messages.some((message) => message.id === lost)).toBe(false);
    exchange.drill({ kind: 'answer-unknown', count: 1 });
    const unknown = await socket.call('order.place', {
      ...LIMIT_BUY,
      newClientOrderId: 'maybe',
      timestamp: Date.now(),
    });
    expect([unknown.status, unknown.error.code]).toEqual([504, -1007]);
    expect(exchange.accountSnapshot().openOrders.map((order) => order.clientOrderId)).toEqual([
      'silent',
      'maybe',
    ]);
  });
});

describe('a drill on private events', () => {
  it('loses, repeats and delays them, while the account stays right', async () => {
    const socket = await logon();
    const buy = async (name: string) =>
      socket.call('order.place', { ...LIMIT_BUY, newClientOrderId: name, timestamp: Date.now() });
    exchange.drill({ kind: 'lose-events', count: 1 });
    await buy('unseen');
    exchange.drill({ kind: 'repeat-events', count: 1 });
    await buy('twice');
    exchange.drill({ kind: 'delay-events', ms: 20 });
    const reply = await buy('late');
    await eventually(() => socket.events.some((event) => event.c === 'late'), 'the delayed report');
    const order = socket.messages.map((message) => message.id ?? message.event.c);
    expect(order.indexOf(reply.id)).toBeLessThan(order.indexOf('late'));
    const names = socket.events.filter((event) => event.e === 'executionReport').map((event) => event.c);
    expect(names).toEqual(['twice', 'twice', 'late']);
    expect(exchange.accountSnapshot().openOrders).toHaveLength(3);
  });
});
