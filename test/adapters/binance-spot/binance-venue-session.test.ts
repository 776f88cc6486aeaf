import { afterEach, describe, expect, it } from 'vitest';
import {
  IN_FLIGHT_MAX,
  InFlightTable,
  REQUEST_KIND,
} from '../../../adapters/venue-kit/request/in-flight-table.ts';
import { ENCODE_KIND, SEND } from '../../../engine/execution/venue-port.ts';
import { CONNECTION_KIND, CONNECTION_STATE, REASON } from '../../../engine/messages/enums.ts';
import {
  ackOf,
  closeSessions,
  ED25519,
  errorOf,
  HMAC,
  LIMIT_BUY,
  startReady,
  startSession,
} from '../../fixtures/venue-session.ts';

afterEach(closeSessions);

describe('order session', () => {
  it('logs on, subscribes to user data and only then is ready; orders of a logged-on session carry no signature', async () => {
    const { fake, rig, venue, now, wait } = await startReady();
    expect(fake.requests.map((request) => request.method)).toEqual([
      'session.logon',
      'userDataStream.subscribe',
    ]);
    const live = rig.of('onConnection').filter((event) => event.values[1] === CONNECTION_STATE.live);
    expect(live.map((event) => event.values[0])).toEqual([
      CONNECTION_KIND.userData,
      CONNECTION_KIND.orderEntry,
    ]);
    fake.script.set('order.place', ackOf);
    const slot = rig.addOrder(LIMIT_BUY);
    expect(venue.place(slot, now())).toBe(SEND.sent);
    await wait('acknowledgement', () => rig.of('onAccepted', slot).length === 1);
    expect(Object.keys(fake.of('order.place')[0].params)).not.toContain('signature');
    expect(rig.kicks).toBeGreaterThan(0);
  });

  it('signs each request with an HMAC key and subscribes by signature', async () => {
    const { fake, rig, venue, now, wait } = await startReady({ credentials: HMAC });
    expect(fake.requests.map((request) => request.method)).toEqual(['userDataStream.subscribe.signature']);
    venue.place(rig.addOrder(LIMIT_BUY), now());
    await wait('request', () => fake.of('order.place').length === 1);
    expect(fake.of('order.place')[0].params['signature']).toMatch(/^[0-9a-f]{64}$/);
  });

  it('stamps requests with the clock of the venue', async () => {
    const { fake, rig, venue, now, wait } = await startSession({}, (fake) => {
      fake.clockOffsetMs = 3_600_000;
    });
    await wait('ready', () => venue.isReady());
    venue.place(rig.addOrder(LIMIT_BUY), now());
    await wait('request', () => fake.of('order.place').length === 1);
    const ahead = Number(fake.of('order.place')[0].params['timestamp']) - Date.now();
    expect(Math.abs(ahead - 3_600_000)).toBeLessThan(60_000);
    expect(rig.counter('venueClockOffsetMs')).toBeGreaterThan(3_000_000);
  });

  it('is not ready, and sends nothing, while the clock of the venue is not known', async () => {
    const { fake, rig, venue, now, wait } = await startSession({}, (fake) => {
      fake.clockOffsetMs = NaN;
    });
    await wait('connection', () => fake.sockets.size === 1);
    await wait('failed measurement', () => rig.counter('venueClockFailures') > 0);
    const slot = rig.addOrder(LIMIT_BUY);
    expect(venue.isReady()).toBe(false);
    expect(venue.place(slot, now())).toBe(SEND.notConnected);
    expect(venue.cancel(slot, now())).toBe(SEND.notConnected);
    expect(venue.queryOrder(slot, now())).toBe(SEND.notConnected);
    expect(fake.requests).toEqual([]);
    fake.clockOffsetMs = 0;
    await wait('ready', () => venue.isReady());
  });

  it('drops a connection whose logon is refused, says why, and tries again', async () => {
    let refusals = 2;
    const { rig, venue, wait } = await startSession({}, (fake) => {
      fake.script.set('session.logon', () =>
        refusals-- > 0
          ? errorOf(401, -2015, 'Invalid API-key, IP, or permissions for action.')
          : { status: 200, result: {} },
      );
    });
    await wait('ready', () => venue.isReady());
    expect(rig.counter('venueLogonFailures')).toBe(2);
    const texts = rig.errors.readAll().map((entry) => entry.text);
    expect(texts.some((text) => text.includes('-2015'))).toBe(true);
    expect(texts.join()).not.toContain(ED25519.apiKey);
  });

  it('gives up on a logon that is not answered and on a session whose key was revoked', async () => {
    let unanswered = 1;
    const { fake, rig, venue, wait } = await startSession({ requestTimeoutMs: 100 }, (fake) => {
      fake.script.set('session.logon', () => (unanswered-- > 0 ? undefined : { status: 200, result: {} }));
    });
    await wait('ready', () => venue.isReady());
    expect(fake.of('session.logon')).toHaveLength(2);
    expect(rig.counter('venueLogonFailures')).toBe(1);
    fake.broadcast({ id: null, ...errorOf(401, -2015, 'Invalid API-key, IP, or permissions for action.') });
    await wait('loss', () => rig.counter('venueReconnects') === 1);
    await wait('ready again', () => venue.isReady());
    expect(fake.of('session.logon')).toHaveLength(3);
  });

  it('makes every request in flight ambiguous when the connection is lost, and comes back by itself', async () => {
    const { fake, rig, venue, now, wait } = await startReady();
    const placed = rig.addOrder(LIMIT_BUY);
    const cancelled = rig.addOrder(LIMIT_BUY);
    const replaced = rig.addOrder(LIMIT_BUY);
    const replacing = rig.addOrder(LIMIT_BUY);
    venue.place(placed, now());
    venue.cancel(cancelled, now());
    venue.replace(replacing, replaced, now());
    await wait('requests', () => fake.of('order.cancelReplace').length === 1);
    for (const socket of fake.sockets) socket.terminate();
    await wait('loss', () => !venue.isReady());
    const slots = rig.of('onAmbiguous').map((event) => event.values[0]);
    expect(slots.toSorted((a, b) => a - b)).toEqual(
      [placed, cancelled, replaced, replacing].toSorted((a, b) => a - b),
    );
    expect(rig.of('onAmbiguous').every((event) => event.values[1] === REASON.disconnected)).toBe(true);
    await wait('ready again', () => venue.isReady());
    expect(fake.of('session.logon')).toHaveLength(2);
    expect(rig.counter('venueReconnects')).toBe(1);
  });

  it('calls a request without an answer ambiguous after its time, and a late answer changes nothing', async () => {
    const { fake, rig, venue, now, wait } = await startReady({ requestTimeoutMs: 100 });
    const slot = rig.addOrder(LIMIT_BUY);
    venue.place(slot, now());
    await wait('ambiguity', () => rig.of('onAmbiguous', slot).length === 1);
    expect(rig.of('onAmbiguous', slot)[0].values[1]).toBe(REASON.ackTimeout);
    await wait('request', () => fake.of('order.place').length === 1);
    const [request] = fake.of('order.place');
    fake.broadcast({ id: request.id, ...ackOf(request) });
    await wait('late answer', () => rig.counter('venueLateAnswers') === 1);
    expect(rig.of('onAccepted')).toEqual([]);
    expect(rig.counter('venueTimeouts')).toBe(1);
  });

  it('passes no answer on to an order that took the slot of the one asked about', async () => {
    const { fake, rig, venue, now, wait } = await startReady();
    const slot = rig.addOrder(LIMIT_BUY);
    venue.place(slot, now());
    await wait('request', () => fake.of('order.place').length === 1);
    rig.orders.intentSeq[slot] += 1;
    const [request] = fake.of('order.place');
    fake.broadcast({ id: request.id, ...ackOf(request) });
    await wait('answer', () => rig.counter('venueAcks') === 1);
    expect(rig.of('onAccepted')).toEqual([]);
  });

  it('survives garbage and counts it', async () => {
    const { fake, rig, venue, now, wait } = await startReady();
    for (const frame of ['', '{', 'null', '[]', '{"id":', '{"event":{"e":"executionReport"', '\u0000'])
      fake.broadcast(frame);
    fake.broadcast({ something: 'else' });
    fake.broadcast({ subscriptionId: 0, event: { e: 'somethingNew', E: 1 } });
    fake.broadcast({ subscriptionId: 0, event: { e: 'balanceUpdate', E: 1, a: 'BTC', d: '1', T: 1 } });
    await wait('frames', () => rig.counter('venueAccountEvents') === 1);
    expect(rig.counter('venueMalformedFrames')).toBe(7);
    expect(rig.counter('venueUnknownFrames')).toBe(2);
    fake.script.set('order.place', ackOf);
    const slot = rig.addOrder(LIMIT_BUY);
    venue.place(slot, now());
    await wait('acknowledgement', () => rig.of('onAccepted', slot).length === 1);
  });

  it('changes to a fresh connection on a notice of shutdown, hears the old one meanwhile, and loses no order', async () => {
    const { fake, rig, venue, now, wait } = await startReady();
    const slot = rig.addOrder(LIMIT_BUY);
    venue.place(slot, now());
    await wait('request', () => fake.of('order.place').length === 1);
    const [request] = fake.of('order.place');
    fake.broadcast({ event: { e: 'serverShutdown', E: 1 } });
    await wait('second logon', () => fake.of('session.logon').length === 2 && venue.isReady());
    expect(fake.sockets.size).toBe(2);
    expect(rig.of('onAmbiguous')).toEqual([]);
    request.socket.send(JSON.stringify({ id: request.id, ...ackOf(request) }));
    await wait('answer on the old connection', () => rig.of('onAccepted', slot).length === 1);
    const second = rig.addOrder(LIMIT_BUY);
    fake.script.set('order.place', ackOf);
    expect(venue.place(second, now())).toBe(SEND.sent);
    await wait('answer on the new connection', () => rig.of('onAccepted', second).length === 1);
    expect(fake.of('order.place')[1].socket).not.toBe(request.socket);
    const states = rig.of('onConnection').map((event) => event.values[1]);
    expect(states).not.toContain(CONNECTION_STATE.down);
  });

  it('subscribes again when the venue ends the user data stream, and is not ready meanwhile', async () => {
    const { fake, rig, venue, wait } = await startReady();
    fake.script.set('userDataStream.subscribe', () => undefined);
    fake.broadcast({ subscriptionId: 0, event: { e: 'eventStreamTerminated', E: 1 } });
    await wait('new subscription asked for', () => fake.of('userDataStream.subscribe').length === 2);
    expect(venue.isReady()).toBe(false);
    const [, again] = fake.of('userDataStream.subscribe');
    again.socket.send(JSON.stringify({ id: again.id, status: 200, result: { subscriptionId: 1 } }));
    await wait('ready', () => venue.isReady());
    expect(rig.counter('venueReconnects')).toBe(0);
  });

  it('stops all requests until the moment a 429 names, and learns limits from answers', async () => {
    const { fake, rig, venue, now, wait } = await startReady();
    fake.script.set('order.place', () => ({
      ...errorOf(429, -1003, 'Too much request weight used.', { retryAfter: Date.now() + 3_600_000 }),
    }));
    const slot = rig.addOrder(LIMIT_BUY);
    venue.place(slot, now());
    await wait('refusal', () => rig.of('onRejected', slot).length === 1);
    expect(rig.of('onRejected', slot)[0].values[1]).toBe(REASON.rateLimited);
    expect(rig.counter('venueRateWarnings')).toBe(1);
    expect(venue.place(rig.addOrder(LIMIT_BUY), now())).toBe(SEND.rateLimited);
    expect(venue.cancel(slot, now())).toBe(SEND.rateLimited);
  });

  it('refuses orders, but not cancels, when the answers say that the order limit is used up', async () => {
    const { fake, rig, venue, now, wait } = await startReady();
    const limit = { rateLimitType: 'ORDERS', interval: 'DAY', intervalNum: 1, limit: 10, count: 10 };
    fake.script.set('order.place', (request) => ({ ...ackOf(request), rateLimits: [limit] }));
    const slot = rig.addOrder(LIMIT_BUY);
    venue.place(slot, now());
    await wait('acknowledgement', () => rig.of('onAccepted', slot).length === 1);
    expect(venue.place(rig.addOrder(LIMIT_BUY), now())).toBe(SEND.rateLimited);
    expect(rig.counter('venueRateLimited')).toBe(1);
    expect(venue.cancel(slot, now())).toBe(SEND.sent);
  });

  it('takes no more requests than it can remember', async () => {
    const limits = {
      rateLimitType: 'REQUEST_WEIGHT',
      interval: 'MINUTE',
      intervalNum: 1,
      limit: 900_000,
      count: 1,
    };
    const { fake, rig, venue, now, wait } = await startReady();
    fake.broadcast({ id: null, status: 200, result: {}, rateLimits: [limits] });
    await wait('limits', () => rig.counter('venueLateAnswers') === 1);
    const slot = rig.addOrder(LIMIT_BUY);
    for (let count = 0; count < IN_FLIGHT_MAX; count++) expect(venue.cancel(slot, now())).toBe(SEND.sent);
    expect(venue.cancel(slot, now())).toBe(SEND.rateLimited);
    expect(rig.counter('venueInFlightFull')).toBe(1);
  });

  it('builds an order for shadow mode without sending it', async () => {
    const { fake, rig, venue, now } = await startReady();
    const slot = rig.addOrder(LIMIT_BUY);
    const odd = rig.addOrder({ ...LIMIT_BUY, timeInForce: 9 });
    expect(venue.encodeOnly!(ENCODE_KIND.place, slot, -1, now())).toBeGreaterThan(150);
    expect(venue.encodeOnly!(ENCODE_KIND.cancel, slot, -1, now())).toBeGreaterThan(100);
    expect(venue.encodeOnly!(ENCODE_KIND.replace, slot, odd, now())).toBeGreaterThan(200);
    expect(venue.encodeOnly!(ENCODE_KIND.place, odd, -1, now())).toBe(SEND.unsupported);
    expect(venue.place(odd, now())).toBe(SEND.unsupported);
    expect(fake.requests.filter((request) => request.method.startsWith('order.'))).toEqual([]);
  });
});

describe('in-flight table', () => {
  it('finds each request by its id and gives up the oldest first', () => {
    const table = new InFlightTable(5);
    const first = table.add(REQUEST_KIND.place, 3, -1);
    table.deadlineNs[first] = 100;
    table.skipId();
    const third = table.add(REQUEST_KIND.cancel, 4, -1);
    table.deadlineNs[third] = 200;
    expect([table.find(5), table.find(6), table.find(7), table.find(8), table.find(NaN)]).toEqual([
      first,
      -1,
      third,
      -1,
      -1,
    ]);
    expect([table.count, table.placementCount]).toEqual([2, 1]);
    expect(table.oldestDue(99)).toBe(-1);
    expect(table.oldestDue(100)).toBe(first);
    expect(table.remove(first)).toBe(REQUEST_KIND.place);
    expect(table.oldestDue(199)).toBe(-1);
    expect(table.oldestDue(Infinity)).toBe(third);
    table.remove(third);
    expect(table.oldestDue(Infinity)).toBe(-1);
    expect([table.count, table.placementCount]).toEqual([0, 0]);
  });

  it('is full when the place of the next id is taken, however many others are free', () => {
    const table = new InFlightTable(1);
    table.deadlineNs[table.add(REQUEST_KIND.place, 0, -1)] = 1;
    for (let count = 1; count < IN_FLIGHT_MAX; count++) table.skipId();
    expect(table.isFull()).toBe(true);
    table.remove(table.find(1));
    expect(table.isFull()).toBe(false);
  });
});
