import { afterEach, describe, expect, it } from 'vitest';
import { fetchBinanceSpotAccount } from '../../../adapters/binance-spot/account.ts';
import { fetchBinanceSpotInstruments } from '../../../adapters/binance-spot/instruments.ts';
import type { ApiKey } from '../../../adapters/venue-kit/signing/api-key.ts';
import { createBinanceSpotVenue } from '../../../adapters/binance-spot/venue.ts';
import type { RunningExchange } from '../../../adapters/sim/exchange.ts';
import { startExchange } from '../../../adapters/sim/exchange.ts';
import type { Instrument } from '../../../engine/core/instrument.ts';
import { priceToTicks } from '../../../engine/core/instrument.ts';
import type { VenueGateway } from '../../../engine/execution/venue-port.ts';
import { SEND } from '../../../engine/execution/venue-port.ts';
import { ORDER_STATE, ORDER_TYPE, REASON, SIDE, TIME_IN_FORCE } from '../../../engine/messages/enums.ts';
import type { OrderTerms } from '../../fixtures/venue-rig.ts';
import { until, VenueRig } from '../../fixtures/venue-rig.ts';

const KINDS = ['ed25519', 'hmac'] as const;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

function credentialsOf({ credentials }: RunningExchange, kind: 'ed25519' | 'hmac'): ApiKey {
  return kind === 'hmac'
    ? { kind, apiKey: credentials.apiKey, apiSecret: credentials.hmacSecret }
    : { kind, apiKey: credentials.ed25519ApiKey, privateKeyPem: credentials.ed25519PrivateKeyPem };
}

interface Market {
  readonly exchange: RunningExchange;
  readonly rig: VenueRig;
  readonly venue: VenueGateway;
  /** Far below the market, so that it rests. */
  readonly resting: OrderTerms;
  readonly market: OrderTerms;
  readonly now: () => number;
  readonly wait: (what: string, holds: () => boolean) => Promise<void>;
}

async function bestBidTicks(exchange: RunningExchange, instrument: Instrument): Promise<number> {
  const answer = await fetch(`${exchange.urls.rest}/api/v3/depth?symbol=${instrument.symbol}&limit=5`);
  const { bids } = (await answer.json()) as { bids: [string, string][] };
  return priceToTicks(instrument, bids[0][0]);
}

async function openMarket(kind: 'ed25519' | 'hmac', requestTimeoutMs: number = 5_000): Promise<Market> {
  const exchange = await startExchange({
    seed: 3,
    symbols: ['BTCUSDT', 'ETHUSDT'],
    eventsPerSecond: 200,
    restPort: 0,
    streamPort: 0,
    wsApiPort: 0,
  });
  closers.push(() => exchange.close());
  const instruments = await fetchBinanceSpotInstruments(exchange.urls.rest, ['BTCUSDT', 'ETHUSDT'], 5_000);
  const rig = new VenueRig(instruments);
  const venue = createBinanceSpotVenue({
    endpoints: exchange.urls,
    credentials: credentialsOf(exchange, kind),
    namespace: 'shrike',
    recvWindowMs: 5_000,
    requestTimeoutMs,
    reconnectMinMs: 10,
    reconnectMaxMs: 100,
    rotateAfterMs: 0,
  })(rig.context);
  closers.push(() => venue.close());
  const now = (): number => rig.clock.nowNs();
  const wait = (what: string, holds: () => boolean): Promise<void> =>
    until(what, holds, () => venue.doWork(Float64Array.of(now())));
  venue.start(now());
  await wait('ready', () => venue.isReady());
  const bidTicks = await bestBidTicks(exchange, instruments[0]);
  const resting = {
    side: SIDE.buy,
    orderType: ORDER_TYPE.limit,
    timeInForce: TIME_IN_FORCE.gtc,
    priceTicks: Math.round(bidTicks * 0.95),
    qtyLots: 100,
  };
  const market = { ...resting, orderType: ORDER_TYPE.market, priceTicks: 0 };
  return { exchange, rig, venue, resting, market, now, wait };
}

describe.each(KINDS)('Binance Spot venue on the embedded exchange, %s key', (kind) => {
  it('places, cancels and replaces orders and hears of each by answer and by stream', async () => {
    const { exchange, rig, venue, resting, now, wait } = await openMarket(kind);
    const first = rig.addOrder(resting);
    expect(venue.place(first, now())).toBe(SEND.sent);
    await wait('acceptance', () => rig.of('onAccepted', first).length === 2);
    const second = rig.addOrder({ ...resting, priceTicks: resting.priceTicks - 10, qtyLots: 120 });
    expect(venue.replace(second, first, now())).toBe(SEND.sent);
    await wait(
      'replacement',
      () => rig.of('onAccepted', second).length === 2 && rig.of('onEnded', first).length === 2,
    );
    expect(rig.of('onEnded', first)[0].values.slice(1, 4)).toEqual([ORDER_STATE.canceled, REASON.none, 0]);
    const open = exchange.accountSnapshot().openOrders;
    expect(open.map((order) => order.orderId)).toEqual([rig.orders.venueOrderId[second]]);
    expect(open[0].clientOrderId).toBe(`sshrike-${rig.orders.intentSeq[second].toString(36)}`);
    expect(venue.cancel(second, now())).toBe(SEND.sent);
    await wait('cancellation', () => rig.of('onEnded', second).length === 2);
    expect(exchange.accountSnapshot().openOrders).toEqual([]);
    venue.cancel(second, now());
    await wait('refusal', () => rig.of('onCancelRejected', second).length === 1);
    expect(rig.of('onCancelRejected', second)[0].values[1]).toBe(REASON.unknownOrder);
    expect(rig.counter('venueMalformedFrames') + rig.counter('venueUnknownFrames')).toBe(0);
  });

  it('reports fills as the exchange booked them, and the same again when asked', async () => {
    const { exchange, rig, venue, market, now, wait } = await openMarket(kind);
    const instruments = rig.context.instruments;
    const bought = rig.addOrder({ ...market, qtyLots: 5_000 });
    venue.place(bought, now());
    const filledLots = (slot: number): number =>
      rig.of('onFill', slot).reduce((sum, event) => sum + event.values[6], 0);
    await wait('fill', () => filledLots(bought) === 5_000);
    const sold = rig.addOrder({ ...market, instrumentIndex: 1, side: SIDE.sell, qtyLots: 300 });
    venue.place(sold, now());
    await wait('fill', () => filledLots(sold) === 300);

    const booked = exchange.accountSnapshot().fills;
    const told = rig.of('onFill').map((event) => event.values);
    expect(told).toHaveLength(booked.length);
    for (const fill of booked) {
      const index = instruments.findIndex((instrument) => instrument.symbol === fill.symbol);
      const match = told.find((values) => values[1] === index && values[4] === fill.tradeId);
      const instrument = instruments[index];
      const cashValue =
        (instrument.tickUnits * instrument.lotUnits) /
        10 ** (instrument.priceDecimals + instrument.qtyDecimals);
      const feeInQuote =
        fill.commissionAsset === instrument.quoteAsset
          ? Number(fill.commission)
          : (Number(fill.commission) * fill.priceTicks * instrument.tickUnits) /
            10 ** instrument.priceDecimals;
      expect(match?.slice(2, 7)).toEqual([
        fill.side === 'BUY' ? SIDE.buy : SIDE.sell,
        fill.orderId,
        fill.tradeId,
        fill.priceTicks,
        fill.qtyLots,
      ]);
      expect(match![7] * cashValue).toBeGreaterThanOrEqual(feeInQuote - 1e-9);
      expect(match![7] * cashValue).toBeLessThan(feeInQuote + cashValue + 1e-9);
    }

    const before = told.length;
    venue.queryOrder(bought, now());
    await wait('state', () => rig.of('onStatus', bought).length === 1);
    expect(rig.of('onStatus', bought)[0].values.slice(1, 4)).toEqual([
      ORDER_STATE.filled,
      rig.orders.venueOrderId[bought],
      5_000,
    ]);
    const again = rig
      .of('onFill')
      .slice(before)
      .map((event) => [event.values[0], event.values[4], event.values[7]]);
    const ofBought = told
      .filter((values) => values[0] === bought)
      .map((values) => [values[0], values[4], values[7]]);
    expect(again).toEqual(ofBought);
    venue.queryFills(1, 0, now(), 0);
    await wait('end of fills', () => rig.of('onFillsEnd').length === 1);
    expect(rig.of('onFill', sold).length).toBe(2 * booked.filter((fill) => fill.symbol === 'ETHUSDT').length);
  });

  it('tells why the exchange refused an order', async () => {
    const { rig, venue, resting, now, wait } = await openMarket(kind);
    const cases: [OrderTerms, number][] = [
      [{ ...resting, qtyLots: 5_000_000 }, REASON.insufficientBalance],
      [
        { ...resting, orderType: ORDER_TYPE.limitMaker, priceTicks: Math.round(resting.priceTicks * 1.1) },
        REASON.wouldTake,
      ],
      [{ ...resting, qtyLots: 1 }, REASON.filterFailure],
    ];
    for (const [terms, reason] of cases) {
      const slot = rig.addOrder(terms);
      venue.place(slot, now());
      await wait('refusal', () => rig.of('onRejected', slot).length === 1);
      expect(rig.of('onRejected', slot)[0].values[1]).toBe(reason);
    }
    const ioc = rig.addOrder({ ...resting, timeInForce: TIME_IN_FORCE.ioc });
    venue.place(ioc, now());
    await wait('expiry', () => rig.of('onEnded', ioc).length === 1);
    expect(rig.of('onEnded', ioc)[0].values.slice(1, 3)).toEqual([
      ORDER_STATE.expired,
      REASON.expiredUnfilled,
    ]);
    expect(rig.of('onAmbiguous')).toEqual([]);
  });

  it('after lost answers and a lost connection, finds out by queries what became of each order', async () => {
    const { exchange, rig, venue, resting, now, wait } = await openMarket(kind, 300);
    exchange.drill({ kind: 'lose-replies', count: 1 });
    const executed = rig.addOrder(resting);
    venue.place(executed, now());
    await wait('ambiguity', () => rig.of('onAmbiguous', executed).length === 1);
    exchange.drill({ kind: 'lose-requests', count: 1 });
    const lost = rig.addOrder(resting);
    venue.place(lost, now());
    await wait('ambiguity', () => rig.of('onAmbiguous', lost).length === 1);
    exchange.drill({ kind: 'answer-unknown', count: 1 });
    const unknown = rig.addOrder(resting);
    venue.place(unknown, now());
    await wait('ambiguity', () => rig.of('onAmbiguous', unknown).length === 1);
    expect(rig.of('onAmbiguous', unknown)[0].values[2]).toBe(-1007);

    exchange.drill({ kind: 'drop-ws-api' });
    await wait('loss', () => !venue.isReady());
    for (const slot of [executed, lost, unknown]) expect(venue.queryOrder(slot, now())).toBe(SEND.sent);
    await wait('answers', () => rig.of('onStatus').length === 2 && rig.of('onNotFound').length === 1);
    expect(rig.of('onNotFound')[0].values[0]).toBe(lost);
    await wait('ready again', () => venue.isReady());
    venue.queryOpenOrders(0, now());
    await wait('end of open orders', () => rig.of('onOpenOrdersEnd').length === 1);
    for (const slot of [executed, unknown]) {
      const before = rig.of('onEnded', slot).length;
      venue.cancel(slot, now());
      await wait('cancellation', () => rig.of('onEnded', slot).length > before);
    }
    expect(exchange.accountSnapshot().openOrders).toEqual([]);
    expect(exchange.accountSnapshot().orderCount).toBe(2);
  });

  it('finds a cancelled order again by its intent alone', async () => {
    const { rig, venue, resting, now, wait } = await openMarket(kind);
    const slot = rig.addOrder(resting);
    venue.place(slot, now());
    await wait('acceptance', () => rig.of('onAccepted', slot).length === 2);
    venue.cancel(slot, now());
    await wait('cancellation', () => rig.of('onEnded', slot).length === 2);
    rig.orders.venueOrderId[slot] = 0;
    venue.queryOrder(slot, now());
    await wait('state', () => rig.of('onStatus', slot).length === 1);
    expect(rig.of('onStatus', slot)[0].values[1]).toBe(ORDER_STATE.canceled);
  });

  it('comes through the shutdown of a server and trades on', async () => {
    const { exchange, rig, venue, resting, now, wait } = await openMarket(kind);
    exchange.drill({ kind: 'shutdown-notice' });
    await wait('rotation', () => rig.counter('venueRotations') === 1);
    const slot = rig.addOrder(resting);
    /* The old connection may be closing: nothing leaves then, and nothing is doubtful. */
    await wait('order taken', () => venue.place(slot, now()) === SEND.sent);
    await wait('acceptance', () => rig.of('onAccepted', slot).length === 2);
  });

  it('reads whose account it is', async () => {
    const { exchange } = await openMarket(kind);
    const account = await fetchBinanceSpotAccount({
      rest: exchange.urls.rest,
      credentials: credentialsOf(exchange, kind),
      recvWindowMs: 5_000,
      timeoutMs: 5_000,
    });
    expect(account).toMatchObject({
      accountId: exchange.credentials.accountId,
      canTrade: true,
      accountType: 'SPOT',
      permissions: ['SPOT'],
      makerFeeRate: '0.00100000',
    });
    expect(account.balances.map((balance) => balance.asset)).toContain('USDT');
  });
});

describe('account of a key', () => {
  it('says whether the key or the venue is the problem', async () => {
    const exchange = await startExchange({
      seed: 3,
      symbols: ['BTCUSDT'],
      eventsPerSecond: 0,
      restPort: 0,
      streamPort: 0,
      wsApiPort: 0,
    });
    closers.push(() => exchange.close());
    const ask = (apiKey: string, apiSecret: string, rest: string): Promise<unknown> =>
      fetchBinanceSpotAccount({
        rest,
        credentials: { kind: 'hmac', apiKey, apiSecret },
        recvWindowMs: 5_000,
        timeoutMs: 2_000,
      });
    const { apiKey, hmacSecret } = exchange.credentials;
    const { rest } = exchange.urls;
    await expect(ask(apiKey, 'wrong', rest)).rejects.toMatchObject({ code: 'CREDENTIALS_REFUSED' });
    await expect(ask('x'.repeat(64), hmacSecret, rest)).rejects.toMatchObject({
      code: 'CREDENTIALS_REFUSED',
    });
    await exchange.close();
    await expect(ask(apiKey, hmacSecret, rest)).rejects.toMatchObject({ code: 'VENUE_UNAVAILABLE' });
  });
});
