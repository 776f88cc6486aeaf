import { describe, expect, it } from 'vitest';
import { RATE_COST, RateBudget } from '../../../adapters/venue-kit/limits/rate-budget.ts';
import { VenueClock } from '../../../adapters/venue-kit/limits/venue-clock.ts';
import type { QueryTransport } from '../../../adapters/venue-kit/query/query-channel.ts';
import { QueryDesk } from '../../../adapters/venue-kit/query/query-desk.ts';
import type { QueryProtocol, VenueQuery } from '../../../adapters/venue-kit/query/query-protocol.ts';
import type { ApiAnswer } from '../../../adapters/venue-kit/request/api-answer.ts';
import { ClientIdReader, orderClientId } from '../../../adapters/venue-kit/request/client-id.ts';
import { fieldsOf, numberOf } from '../../../adapters/venue-kit/scan/json-fields.ts';
import type { Instrument } from '../../../engine/core/instrument.ts';
import type { VenueIds } from '../../../engine/execution/venue-ids.ts';
import { SEND } from '../../../engine/execution/venue-port.ts';
import { ORDER_STATE, SIDE } from '../../../engine/messages/enums.ts';
import { LIMIT_BUY } from '../../fixtures/venue-session.ts';
import { until, VenueRig } from '../../fixtures/venue-rig.ts';

const WEIGHT = 5;

/** A venue that is not like Binance: ids are UUIDs, lists lie in an envelope, pages are named by a cursor and a time. */
class CursorVenue implements QueryProtocol {
  readonly usedWeightWindowMs = 60_000;
  private readonly ids: VenueIds;

  constructor(ids: VenueIds) {
    this.ids = ids;
  }

  readRest = (): ApiAnswer => ({ status: 200, result: { list: [] }, code: 0, message: '' });
  isNotFound = ({ code }: ApiAnswer): boolean => code === 110001;
  clientIdOf = (value: unknown): unknown => fieldsOf(value)['link'];

  listOf({ result }: ApiAnswer): readonly unknown[] | null {
    const { list } = fieldsOf(result);
    return Array.isArray(list) ? list : null;
  }

  readOrder(_instrument: Instrument, value: unknown): ReturnType<QueryProtocol['readOrder']> {
    const order = fieldsOf(value);
    const venueOrderId = this.ids.keyOfValue(order['id']);
    const cumQtyLots = numberOf(order['done']);
    if (venueOrderId === 0 || !(cumQtyLots >= 0)) return null;
    const state = cumQtyLots > 0 ? ORDER_STATE.partiallyFilled : ORDER_STATE.accepted;
    return { state, venueOrderId, side: SIDE.buy, priceTicks: 7, qtyLots: 100, cumQtyLots, timeMs: 5 };
  }

  readTrade(_instrument: Instrument, value: unknown): ReturnType<QueryProtocol['readTrade']> {
    const trade = fieldsOf(value);
    const venueTradeId = this.ids.keyOfValue(trade['exec']);
    if (venueTradeId === 0) return null;
    const venueOrderId = this.ids.keyOfValue(trade['id']);
    const facts = { side: SIDE.buy, priceTicks: 7, qtyLots: 3, feeCash: 1, isMaker: false, timeMs: 9 };
    return { venueTradeId, venueOrderId, ...facts };
  }

  order(_instrument: Instrument, venueOrderId: number, intentSeq: number): readonly VenueQuery[] {
    if (venueOrderId !== 0) return [this.orderByVenueId(_instrument, venueOrderId)];
    return [query('order', { link: orderClientId('test', intentSeq) })];
  }

  orderByVenueId(_instrument: Instrument, venueOrderId: number): VenueQuery {
    return query('order', { id: this.ids.textOf(venueOrderId) });
  }

  openOrders = (): VenueQuery => query('open', {});

  tradesOfOrder(_instrument: Instrument, venueOrderId: number): VenueQuery {
    return query('trades', { id: this.ids.textOf(venueOrderId) });
  }

  trades = (_instrument: Instrument, _after: number, sinceMs: number): VenueQuery =>
    query('trades', { sinceMs, page: 1 });

  nextTrades(_instrument: Instrument, page: VenueQuery, entries: readonly unknown[]): VenueQuery | null {
    return entries.length < 2
      ? null
      : query('trades', { ...page.params, page: Number(page.params['page']) + 1 });
  }
}

function query(method: string, params: VenueQuery['params']): VenueQuery {
  return { method, path: `/${method}`, params, weight: WEIGHT };
}

/** A desk whose venue answers from `script`, in order. */
async function deskOf(script: (VenueQuery['params'] | null)[], limit = 1_000) {
  const rig = new VenueRig();
  const asked: string[] = [];
  const clock = new VenueClock(rig.clock);
  await clock.measure(() => Promise.resolve(Math.floor(rig.clock.epochUs() / 1_000)));
  const transport: QueryTransport = {
    isSocketUp: () => true,
    askSocket: (method, params) => {
      asked.push(`${method} ${JSON.stringify(params)}`);
      const result = script.shift();
      return Promise.resolve(result === null ? null : { status: 200, result, code: 0, message: '' });
    },
    askRest: () => Promise.reject(new Error('no network')),
  };
  const window = { cost: RATE_COST.weight, windowMs: 1e15, limit, reserve: 0 };
  const protocol = new CursorVenue(rig.context.venueIds);
  const desk = new QueryDesk(
    rig.context,
    protocol,
    transport,
    new RateBudget([window]),
    clock,
    new ClientIdReader('test'),
  );
  const done = (): Promise<void> => until('the end of a query', () => rig.kicks > 0);
  return { rig, desk, asked, done, now: () => rig.clock.nowNs() };
}

const TRADE = (exec: string, id: string): object => ({ exec, id });
const UUID = '20f43950-d8dd-5b31-9112-a178eb6023af';

describe('a query desk of a venue with ids of text', () => {
  it('follows pages of fills, asks whose an unknown order is once, and tells its fills by the keys of their ids', async () => {
    const { rig, desk, asked, done, now } = await deskOf([
      { list: [TRADE('e-1', UUID), TRADE('e-2', UUID)] } as never,
      { id: UUID, link: 'stest-' + (8.7e14 + 1).toString(36), done: 6 },
      { list: [TRADE('e-3', 'somebody-else')] } as never,
      { id: 'somebody-else', link: 'theirs', done: 3 },
    ]);
    const slot = rig.addOrder(LIMIT_BUY);
    expect(desk.queryFills(0, 0, now(), 77)).toBe(SEND.sent);
    await done();
    expect(asked).toEqual([
      'trades {"sinceMs":77,"page":1}',
      `order {"id":"${UUID}"}`,
      'trades {"sinceMs":77,"page":2}',
      'order {"id":"somebody-else"}',
    ]);
    const fills = rig.of('onFill').map(({ values }) => [values[0], rig.context.venueIds.textOf(values[4])]);
    expect(fills).toEqual([
      [slot, 'e-1'],
      [slot, 'e-2'],
      [-1, 'e-3'],
    ]);
    expect(rig.of('onFillsEnd')).toHaveLength(1);
  });

  it('tells the fills of an order before its state, and counts an entry that it cannot read', async () => {
    const { rig, desk, asked, done, now } = await deskOf([
      { id: UUID, done: 3 },
      { list: [TRADE('e-1', UUID), {}] } as never,
    ]);
    const slot = rig.addOrder(LIMIT_BUY);
    desk.queryOrder(slot, now());
    await done();
    expect(asked[1]).toBe(`trades {"id":"${UUID}"}`);
    expect(rig.seen.map(({ name }) => name)).toEqual(['onFill', 'onStatus']);
    expect(rig.counter('venueMalformedFrames')).toBe(1);
  });

  it('says not found only when the venue does, and tells nobody when neither way answers', async () => {
    const { rig, desk, done, now } = await deskOf([null]);
    desk.queryOrder(rig.addOrder(LIMIT_BUY), now());
    await done();
    expect(rig.seen).toEqual([]);
    expect(rig.counter('venueQueriesFailed')).toBe(1);
    expect(rig.counter('venueRestQueries')).toBe(1);
  });

  it('starts nothing that the rate budget has no room for, and ends a query whose next page would wait too long', async () => {
    const { rig, desk, done, now } = await deskOf(
      [{ list: [TRADE('e-1', ''), TRADE('e-2', '')] } as never],
      7,
    );
    expect(desk.queryFills(0, 0, now(), 0)).toBe(SEND.sent);
    expect(desk.queryOpenOrders(0, now())).toBe(SEND.rateLimited);
    await done();
    expect(rig.of('onFillsEnd')).toEqual([]);
    expect(rig.counter('venueQueriesFailed')).toBe(1);
  });
});
