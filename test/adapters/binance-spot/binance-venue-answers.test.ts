import { afterEach, describe, expect, it } from 'vitest';
import { BINANCE_SPOT_ERRORS, ERROR_RULES } from '../../../adapters/binance-spot/error-codes.ts';
import { ERROR_KIND } from '../../../adapters/venue-kit/gateway/error-table.ts';
import { SEND } from '../../../engine/execution/venue-port.ts';
import { ORDER_STATE, REASON, SIDE } from '../../../engine/messages/enums.ts';
import { closeSessions, errorOf, LIMIT_BUY, startReady } from '../../fixtures/venue-session.ts';
import type { VenueRig } from '../../fixtures/venue-rig.ts';

afterEach(closeSessions);

describe('answers to order requests', () => {
  const CASES: readonly {
    readonly name: string;
    readonly answer: Record<string, unknown>;
    readonly event: string;
    readonly reason: number;
  }[] = [
    {
      name: 'balance',
      answer: errorOf(400, -2010, 'Account has insufficient balance for requested action.'),
      event: 'onRejected',
      reason: REASON.insufficientBalance,
    },
    {
      name: 'post-only',
      answer: errorOf(400, -2010, 'Order would immediately match and take.'),
      event: 'onRejected',
      reason: REASON.wouldTake,
    },
    {
      name: 'filter',
      answer: errorOf(400, -1013, 'Filter failure: NOTIONAL'),
      event: 'onRejected',
      reason: REASON.filterFailure,
    },
    {
      name: 'unlisted code',
      answer: errorOf(400, -1199, 'Whatever'),
      event: 'onRejected',
      reason: REASON.venueRejected,
    },
    {
      name: 'clock',
      answer: errorOf(400, -1021, 'Timestamp for this request is outside of the recvWindow.'),
      event: 'onRejected',
      reason: REASON.timestampOutsideWindow,
    },
    {
      name: 'same id twice',
      answer: errorOf(400, -2010, 'Duplicate order sent.'),
      event: 'onAmbiguous',
      reason: REASON.duplicateClientId,
    },
    {
      name: 'status unknown',
      answer: errorOf(504, -1007, 'Timeout waiting for response from backend server.'),
      event: 'onAmbiguous',
      reason: REASON.ackTimeout,
    },
    {
      name: 'server error',
      answer: errorOf(500, -2010, 'Account has insufficient balance for requested action.'),
      event: 'onAmbiguous',
      reason: REASON.ackTimeout,
    },
    {
      name: 'bus error',
      answer: errorOf(400, -1006, 'An unexpected response was received.'),
      event: 'onAmbiguous',
      reason: REASON.ackTimeout,
    },
    {
      name: 'success that cannot be read',
      answer: { status: 200, result: { orderId: 'x' } },
      event: 'onAmbiguous',
      reason: REASON.ackTimeout,
    },
  ];

  it.each(CASES)('a placement answered with $name is told as $event', async ({ answer, event, reason }) => {
    const { fake, rig, venue, now, wait } = await startReady();
    fake.script.set('order.place', () => answer);
    const slot = rig.addOrder(LIMIT_BUY);
    venue.place(slot, now());
    await wait('answer', () => rig.seen.some((seen) => seen.name === event));
    const told = rig.seen.filter((seen) => seen.name !== 'onConnection');
    expect(told).toHaveLength(1);
    expect(told[0].values.slice(0, 2)).toEqual([slot, reason]);
  });

  it('a cancel of an unknown order is refused, not an end; a doubtful one is ambiguous', async () => {
    const { fake, rig, venue, now, wait } = await startReady();
    const slot = rig.addOrder(LIMIT_BUY);
    fake.script.set('order.cancel', () => errorOf(400, -2011, 'Unknown order sent.'));
    venue.cancel(slot, now());
    await wait('refusal', () => rig.of('onCancelRejected', slot).length === 1);
    expect(rig.of('onCancelRejected', slot)[0].values.slice(1, 3)).toEqual([REASON.unknownOrder, -2011]);
    fake.script.set('order.cancel', () => errorOf(503, -1000, 'Service unavailable'));
    venue.cancel(slot, now());
    await wait('doubt', () => rig.of('onAmbiguous', slot).length === 1);
    expect(rig.of('onEnded')).toEqual([]);
  });

  it('cancels by client id until the venue has named its own, and always says what the id becomes', async () => {
    const { fake, rig, venue, now, wait } = await startReady();
    const slot = rig.addOrder(LIMIT_BUY);
    venue.cancel(slot, now());
    rig.orders.setVenueOrderId(slot, 77);
    venue.cancel(slot, now());
    await wait('requests', () => fake.of('order.cancel').length === 2);
    const [byClientId, byOrderId] = fake.of('order.cancel').map((request) => request.params);
    const id = rig.orders.intentSeq[slot].toString(36);
    expect(byClientId).toMatchObject({
      origClientOrderId: `sshrike-${id}`,
      newClientOrderId: `cshrike-${id}`,
    });
    expect(byOrderId).toMatchObject({ orderId: 77, newClientOrderId: `cshrike-${id}` });
  });

  const order = (orderId: number): Record<string, unknown> => ({
    symbol: 'BTCUSDT',
    orderId,
    transactTime: 1.7e12,
    executedQty: '0.00020000',
    status: 'CANCELED',
  });
  const failure = { code: -2011, msg: 'Unknown order sent.' };
  const noBalance = { code: -2010, msg: 'Account has insufficient balance for requested action.' };
  const details = (
    cancelResult: string,
    newOrderResult: string,
    cancelResponse: unknown,
    newOrderResponse: unknown,
  ) => ({
    cancelResult,
    newOrderResult,
    cancelResponse,
    newOrderResponse,
  });

  it.each([
    {
      name: 'both done',
      answer: {
        status: 200,
        result: details('SUCCESS', 'SUCCESS', order(1), { ...order(2), status: undefined }),
      },
      old: ['onEnded', ORDER_STATE.canceled],
      fresh: ['onAccepted', 2],
    },
    {
      name: 'cancelled, new one refused',
      answer: errorOf(
        409,
        -2021,
        'Order cancel-replace partially failed.',
        details('SUCCESS', 'FAILURE', order(1), noBalance),
      ),
      old: ['onEnded', ORDER_STATE.canceled],
      fresh: ['onRejected', REASON.insufficientBalance],
    },
    {
      name: 'not cancelled, new one not tried',
      answer: errorOf(
        400,
        -2022,
        'Order cancel-replace failed.',
        details('FAILURE', 'NOT_ATTEMPTED', failure, null),
      ),
      old: ['onCancelRejected', REASON.unknownOrder],
      fresh: ['onRejected', REASON.tooLateToCancel],
    },
    {
      name: 'both failed',
      answer: errorOf(
        400,
        -2022,
        'Order cancel-replace failed.',
        details('FAILURE', 'FAILURE', failure, noBalance),
      ),
      old: ['onCancelRejected', REASON.unknownOrder],
      fresh: ['onRejected', REASON.insufficientBalance],
    },
    {
      name: 'refused as a whole',
      answer: errorOf(400, -1013, 'Filter failure: PRICE_FILTER'),
      old: ['onCancelRejected', REASON.filterFailure],
      fresh: ['onRejected', REASON.filterFailure],
    },
    {
      name: 'outcome unknown',
      answer: errorOf(504, -1007, 'Timeout waiting for response from backend server.'),
      old: ['onAmbiguous', REASON.ackTimeout],
      fresh: ['onAmbiguous', REASON.ackTimeout],
    },
    {
      name: 'details missing',
      answer: errorOf(409, -2021, 'Order cancel-replace partially failed.'),
      old: ['onAmbiguous', REASON.ackTimeout],
      fresh: ['onAmbiguous', REASON.ackTimeout],
    },
  ])('a replace answered with "$name" is told for both orders', async ({ answer, old, fresh }) => {
    const { fake, rig, venue, now, wait } = await startReady();
    fake.script.set('order.cancelReplace', () => answer);
    const replaced = rig.addOrder(LIMIT_BUY);
    const slot = rig.addOrder(LIMIT_BUY);
    venue.replace(slot, replaced, now());
    const told = (): unknown[] => rig.seen.filter((seen) => seen.name !== 'onConnection');
    await wait('answer', () => told().length === 2);
    const [first, second] = rig.seen.slice(-2);
    expect([first.name, ...first.values.slice(0, 2)]).toEqual([old[0], replaced, old[1]]);
    expect([second.name, ...second.values.slice(0, 2)]).toEqual([fresh[0], slot, fresh[1]]);
  });
});

describe('queries', () => {
  const status = (slot: number, rig: VenueRig, over: object): Record<string, unknown> => ({
    symbol: 'BTCUSDT',
    orderId: 500,
    clientOrderId: `sshrike-${rig.orders.intentSeq[slot].toString(36)}`,
    price: '60000.00000000',
    origQty: '0.00100000',
    executedQty: '0.00000000',
    status: 'NEW',
    side: 'BUY',
    updateTime: 1.7e12,
    ...over,
  });
  const trade = (id: number, orderId: number, over: object = {}): Record<string, unknown> => ({
    symbol: 'BTCUSDT',
    id,
    orderId,
    price: '60000.00000000',
    qty: '0.00040000',
    commission: '0.02400000',
    commissionAsset: 'USDT',
    time: 1.7e12,
    isBuyer: true,
    isMaker: true,
    ...over,
  });

  it('tells the fills of an order before its state', async () => {
    const { fake, rig, venue, now, wait } = await startReady();
    const slot = rig.addOrder(LIMIT_BUY);
    fake.script.set('order.status', () => ({
      status: 200,
      result: status(slot, rig, { status: 'PARTIALLY_FILLED', executedQty: '0.00040000' }),
    }));
    fake.script.set('myTrades', () => ({ status: 200, result: [trade(9, 500)] }));
    expect(venue.queryOrder(slot, now())).toBe(SEND.sent);
    await wait('state', () => rig.of('onStatus', slot).length === 1);
    const told = rig.seen.filter((seen) => seen.name === 'onFill' || seen.name === 'onStatus');
    expect(told.map((seen) => seen.name)).toEqual(['onFill', 'onStatus']);
    expect(told[0].values.slice(0, 10)).toEqual([slot, 0, SIDE.buy, 500, 9, 6_000_000, 40, 240_000, 0, 1]);
    expect(told[1].values.slice(0, 4)).toEqual([slot, ORDER_STATE.partiallyFilled, 500, 40]);
    expect(fake.of('myTrades')[0].params).toMatchObject({ orderId: 500 });
  });

  it('looks for a cancelled order under its cancel id before it says "not found"', async () => {
    const { fake, rig, venue, now, wait } = await startReady();
    const slot = rig.addOrder(LIMIT_BUY);
    fake.script.set('order.status', ({ params }) =>
      String(params['origClientOrderId']).startsWith('c')
        ? { status: 200, result: status(slot, rig, { status: 'CANCELED' }) }
        : errorOf(400, -2013, 'Order does not exist.'),
    );
    venue.queryOrder(slot, now());
    await wait('state', () => rig.of('onStatus', slot).length === 1);
    expect(rig.of('onStatus', slot)[0].values[1]).toBe(ORDER_STATE.canceled);
    const unknown = rig.addOrder(LIMIT_BUY);
    fake.script.set('order.status', () => errorOf(400, -2013, 'Order does not exist.'));
    venue.queryOrder(unknown, now());
    await wait('not found', () => rig.of('onNotFound', unknown).length === 1);
    expect(fake.of('order.status')).toHaveLength(4);
  });

  it('tells open orders of ours as states, others as outside orders, then the end', async () => {
    const { fake, rig, venue, now, wait } = await startReady();
    const slot = rig.addOrder(LIMIT_BUY);
    fake.script.set('openOrders.status', () => ({
      status: 200,
      result: [
        status(slot, rig, {}),
        status(slot, rig, { orderId: 501, clientOrderId: 'web_1', side: 'SELL' }),
      ],
    }));
    venue.queryOpenOrders(0, now());
    await wait('end', () => rig.of('onOpenOrdersEnd').length === 1);
    const told = rig.seen.filter((seen) => seen.name !== 'onConnection');
    expect(told.map((seen) => seen.name)).toEqual(['onStatus', 'onOutsideOrder', 'onOpenOrdersEnd']);
    expect(told[1].values).toEqual([0, SIDE.sell, 501, 6_000_000, 100]);
  });

  it('pages through fills and finds the owner of an order whose acknowledgement was lost', async () => {
    const { fake, rig, venue, now, wait } = await startReady();
    const slot = rig.addOrder(LIMIT_BUY);
    const page = Array.from({ length: 1_000 }, (_, index) => trade(11 + index, 600));
    fake.script.set('myTrades', ({ params }) => ({
      status: 200,
      result:
        params['fromId'] === 11 ? page : [trade(1_011, 500), trade(1_012, 700, { commissionAsset: 'BNB' })],
    }));
    fake.script.set('order.status', ({ params }) => ({
      status: 200,
      result: status(slot, rig, params['orderId'] === 500 ? {} : { clientOrderId: 'web_1' }),
    }));
    venue.queryFills(0, 10, now(), 0);
    await wait('end', () => rig.of('onFillsEnd').length === 1);
    expect(fake.of('myTrades').map((request) => request.params['fromId'])).toEqual([11, 1_011]);
    expect(rig.of('onFill')).toHaveLength(1_002);
    expect(rig.of('onFill', slot).map((event) => event.values[4])).toEqual([1_011]);
    expect(rig.of('onFill', -1)).toHaveLength(1_001);
    expect(fake.of('order.status')).toHaveLength(3);
    expect(rig.counter('venueFeesUnconverted')).toBe(1);
  });

  it('asks for the owner of new trades only, and calls none an outside one for want of questions', async () => {
    const { fake, rig, venue, now, wait } = await startReady();
    const slot = rig.addOrder(LIMIT_BUY);
    // 40 old trades of 40 orders long gone, 40 new ones, the last of them of an order without an acknowledgement.
    const page = Array.from({ length: 80 }, (_, index) => trade(1 + index, 600 + index));
    for (let id = 1; id <= 40; id++) rig.knownTrades.add(id);
    fake.script.set('myTrades', () => ({ status: 200, result: page }));
    fake.script.set('order.status', ({ params }) => ({
      status: 200,
      result: status(slot, rig, params['orderId'] === 679 ? {} : { clientOrderId: 'web_1' }),
    }));
    venue.queryFills(0, 0, now(), 0);
    await wait('first part', () => rig.counter('venueQueriesFailed') === 1);
    expect(fake.of('order.status')).toHaveLength(32);
    expect(rig.of('onFillsEnd')).toEqual([]);
    for (const event of rig.of('onFill')) rig.knownTrades.add(event.values[4]);
    venue.queryFills(0, 0, now(), 0);
    await wait('end', () => rig.of('onFillsEnd').length === 1);
    expect(fake.of('order.status')).toHaveLength(40);
    expect(rig.of('onFill', slot).map((event) => event.values[4])).toEqual([80]);
  });

  it('asks over REST while the order connection is down', async () => {
    const { fake, rig, venue, now, wait } = await startReady({
      reconnectMinMs: 60_000,
      reconnectMaxMs: 60_000,
    });
    const slot = rig.addOrder(LIMIT_BUY);
    venue.dropConnections();
    await wait('loss', () => !venue.isReady());
    fake.rest.set('/api/v3/order', status(slot, rig, { status: 'FILLED', executedQty: '0.00100000' }));
    fake.rest.set('/api/v3/myTrades', [trade(9, 500, { qty: '0.00100000' })]);
    expect(venue.queryOrder(slot, now())).toBe(SEND.sent);
    await wait('state', () => rig.of('onStatus', slot).length === 1);
    expect(rig.of('onFill', slot)).toHaveLength(1);
    expect(rig.counter('venueRestQueries')).toBe(2);
    expect(fake.restQueries[0]).toMatch(
      /^\/api\/v3\/order\?symbol=BTCUSDT&origClientOrderId=sshrike-\w+&recvWindow=5000&timestamp=\d{13}&signature=/,
    );
    fake.rest.set('/api/v3/order', [400, { code: -2013, msg: 'Order does not exist.' }]);
    const other = rig.addOrder(LIMIT_BUY);
    venue.queryOrder(other, now());
    await wait('not found', () => rig.of('onNotFound', other).length === 1);
  });

  it('counts a query that nobody answers and tells nothing', async () => {
    const { fake, rig, venue, now, wait } = await startReady({ requestTimeoutMs: 50 });
    fake.rest.set('/api/v3/openOrders', [500, { code: -1000, msg: 'broken' }]);
    venue.queryOpenOrders(0, now());
    await wait('failure', () => rig.counter('venueQueriesFailed') === 1);
    expect(rig.of('onOpenOrdersEnd')).toEqual([]);
  });
});

describe('error code table', () => {
  const noText = Buffer.alloc(0);

  it('holds every code of the protocol page, ambiguous exactly where the venue does not know', () => {
    const codes = [
      -1000, -1001, -1002, -1003, -1006, -1007, -1008, -1013, -1015, -1016, -1021, -1022, -1111, -2010, -2011,
      -2013, -2014, -2015, -2021, -2022, -2026, -2035, -2036, -2038,
    ];
    for (const code of codes) expect(ERROR_RULES.some((rule) => rule.code === code)).toBe(true);
    const doubtful = ERROR_RULES.filter((rule) => rule.kind === ERROR_KIND.ambiguous);
    expect(doubtful.map((rule) => [rule.code, rule.text])).toEqual([
      [-1000, null],
      [-1001, null],
      [-1006, null],
      [-1007, null],
      [-2010, 'Duplicate order sent'],
    ]);
  });

  it('gives each rule a known reason, and ends each family with a rule for any text', () => {
    const reasons: ReadonlySet<number> = new Set(Object.values(REASON));
    for (const [index, rule] of ERROR_RULES.entries()) {
      expect(reasons.has(rule.reason)).toBe(true);
      const text = rule.text === null ? noText : Buffer.from(`${rule.text} and more`);
      expect(BINANCE_SPOT_ERRORS.classify(400, rule.code, text, 0, text.length)).toBe(rule);
      const last = ERROR_RULES.findLastIndex((other) => other.code === rule.code);
      expect(ERROR_RULES[last].text).toBeNull();
      if (rule.text === null) expect(index).toBe(last);
    }
  });

  it('trusts no code beside a 5xx status', () => {
    for (const { code } of ERROR_RULES) {
      expect(BINANCE_SPOT_ERRORS.classify(503, code, noText, 0, 0).kind).toBe(ERROR_KIND.ambiguous);
    }
    expect(BINANCE_SPOT_ERRORS.classify(418, -9999, noText, 0, 0).reason).toBe(REASON.rateLimited);
  });
});
