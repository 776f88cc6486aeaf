import { afterEach, describe, expect, it } from 'vitest';
import { prepareUsdmAccount } from '../../../adapters/binance-usdm/account-side.ts';
import { BINANCE_USDM_ERRORS, ERROR_RULES } from '../../../adapters/binance-usdm/error-codes.ts';
import type { GatewayOptions } from '../../../adapters/venue-kit/venue-descriptor.ts';
import type { AccountAsker } from '../../../adapters/venue-kit/gateway/account-desk.ts';
import { ERROR_KIND } from '../../../adapters/venue-kit/gateway/error-table.ts';
import { SEND } from '../../../engine/execution/venue-port.ts';
import type { VenueGateway } from '../../../engine/execution/venue-port.ts';
import { ORDER_FLAG, ORDER_STATE, REASON, SIDE } from '../../../engine/messages/enums.ts';
import { until, VenueRig } from '../../fixtures/venue-rig.ts';
import { restingBuy } from '../contract/contract-world.ts';
import { BTC_PERPETUAL, openScriptedUsdm } from '../contract/scripted-usdm.ts';
import type { ScriptedWorld } from '../contract/scripted-world.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).toReversed()) close();
});

interface Session {
  readonly world: ScriptedWorld;
  readonly rig: VenueRig;
  readonly venue: VenueGateway;
  readonly now: () => number;
  readonly wait: (what: string, holds: () => boolean) => Promise<void>;
}

async function start(options: Partial<GatewayOptions> = {}): Promise<Session> {
  const world = await openScriptedUsdm();
  const rig = new VenueRig(world.instruments);
  const venue = world.makeGateway(options)(rig.context);
  closers.push(() => world.close());
  closers.push(() => venue.close());
  const now = (): number => rig.clock.nowNs();
  const wait = (what: string, holds: () => boolean): Promise<void> =>
    until(what, holds, () => venue.doWork(Float64Array.of(now())));
  venue.start(now());
  return { world, rig, venue, now, wait };
}

async function startReady(options: Partial<GatewayOptions> = {}): Promise<Session> {
  const session = await start(options);
  await session.wait('ready', () => session.venue.isReady());
  return session;
}

const ORDER = {
  s: 'BTCUSDT',
  c: 'autoclose-1596107620040000020',
  S: 'SELL',
  o: 'LIMIT',
  f: 'IOC',
  x: 'TRADE',
  X: 'FILLED',
  i: 8_886_774,
  l: '0.00100',
  z: '0.00100',
  L: '60000.00',
  N: 'USDT',
  n: '0.03000000',
  T: 1_764_000_000_000,
  t: 12_345_678,
  m: false,
};

const update = (over: object): Record<string, unknown> => ({
  e: 'ORDER_TRADE_UPDATE',
  T: 1,
  E: 1,
  o: { ...ORDER, ...over },
});

describe('Binance USD-M gateway', () => {
  it('asks for position mode, sets what is configured and the dead-man switch, and only then is ready', async () => {
    const { world, venue, rig, now } = await startReady({ leverage: 5, marginMode: 'isolated' });
    const { asked } = world.venue;
    for (const name of [
      'v2/account.balance',
      'POST /fapi/v1/listenKey',
      'GET /fapi/v1/positionSide/dual',
      'POST /fapi/v1/marginType',
      'POST /fapi/v1/leverage',
      'POST /fapi/v1/countdownCancelAll',
    ])
      expect(asked.filter((each) => each === name)).toHaveLength(1);
    expect(asked.some((each) => /^OPEN \/private\/ws\/\w+$/.test(each))).toBe(true);
    expect(venue.place(rig.addOrder(restingBuy(world)), now())).toBe(SEND.sent);
  });

  it('changes nothing at the venue in shadow mode', async () => {
    const { world, venue } = await startReady({ leverage: 5, isReadOnly: true });
    expect(venue.isReady()).toBe(true);
    expect(world.venue.asked.filter((each) => /POST.*(?:countdown|leverage|marginType)/.test(each))).toEqual(
      [],
    );
  });

  it('sends nothing while an actor is not healthy from the start', async () => {
    const { world, rig, venue, now, wait } = await start({ isHealthy: () => false });
    await wait('withheld', () => rig.counter('venueGuardsWithheld') > 0);
    await wait('reports', () => world.venue.asked.some((each) => each.startsWith('OPEN')));
    expect(venue.place(rig.addOrder(restingBuy(world)), now())).toBe(SEND.notConnected);
  });

  it('loses its reports, is not ready meanwhile, asks for a key again and comes back', async () => {
    const { world, rig, venue, now, wait } = await startReady();
    world.venue.dropReports();
    await wait('loss', () => !venue.isReady());
    expect(rig.of('onAmbiguous')).toEqual([]);
    expect(venue.cancel(rig.addOrder(restingBuy(world)), now())).toBe(SEND.sent);
    await wait('ready again', () => venue.isReady());
    expect(world.venue.asked.filter((each) => each === 'POST /fapi/v1/listenKey')).toHaveLength(2);
  });

  it('takes a key that has expired for a lost stream', async () => {
    const { world, venue, wait } = await startReady();
    world.venue.sendEvent({ e: 'listenKeyExpired', E: 1, listenKey: 'x' });
    await wait('loss', () => !venue.isReady());
    await wait('ready again', () => venue.isReady());
    expect(world.venue.asked.filter((each) => each.startsWith('OPEN'))).toHaveLength(2);
  });

  it('says of an order that may only reduce that it may', async () => {
    const { world, rig, venue, now, wait } = await startReady();
    const slot = rig.addOrder(restingBuy(world, { side: SIDE.sell }));
    rig.orders.flags[slot] = ORDER_FLAG.reduceOnly;
    venue.place(slot, now());
    await wait('refusal', () => rig.of('onRejected', slot).length === 1);
    expect(rig.of('onRejected', slot)[0].values[2]).toBe(-2022);
  });

  it('books a liquidation as a trade that was not ours, and counts it, and a margin call', async () => {
    const { world, rig, wait } = await startReady();
    world.venue.sendEvent({ e: 'MARGIN_CALL', E: 1, p: [{ s: 'BTCUSDT', ps: 'BOTH', pa: '1.3' }] });
    world.venue.sendEvent({
      e: 'TRADE_LITE',
      E: 1,
      s: 'BTCUSDT',
      c: 'x',
      S: 'SELL',
      L: '60000.00',
      l: '0.001',
    });
    world.venue.sendEvent(update({}));
    await wait('fill', () => rig.of('onFill').length === 1);
    expect(rig.of('onFill')[0].values.slice(0, 10)).toEqual([
      -1,
      0,
      SIDE.sell,
      8_886_774,
      12_345_678,
      6_000_000,
      100,
      300_000,
      100,
      0,
    ]);
    expect(rig.counter('venueForcedTrades')).toBe(1);
    expect(rig.counter('venueMarginCalls')).toBe(1);
    expect(rig.counter('venueUnknownFrames')).toBe(0);
    expect(rig.errors.readAll().some(({ text }) => text.startsWith('MARGIN_CALL'))).toBe(true);
  });

  it.each([
    { what: 'an IOC rest', over: { f: 'IOC', er: '2' }, reason: REASON.expiredUnfilled },
    { what: 'a self trade', over: { f: 'GTC', er: '1' }, reason: REASON.selfTrade },
    { what: 'a match with itself', over: { X: 'EXPIRED_IN_MATCH' }, reason: REASON.selfTrade },
    { what: 'a post-only order that would take', over: { f: 'GTX', er: '0' }, reason: REASON.wouldTake },
    { what: 'a delisting', over: { f: 'GTC', er: '7' }, reason: REASON.canceledByVenue },
  ])('says why an order expired: $what', async ({ over, reason }) => {
    const { world, rig, wait } = await startReady();
    const slot = rig.addOrder(restingBuy(world));
    const c = `sshrike-${rig.orders.intentSeq[slot].toString(36)}`;
    world.venue.sendEvent(update({ c, x: 'EXPIRED', X: 'EXPIRED', z: '0.00000', ...over }));
    await wait('end', () => rig.of('onEnded', slot).length === 1);
    expect(rig.of('onEnded', slot)[0].values.slice(1, 4)).toEqual([ORDER_STATE.expired, reason, 0]);
  });

  it('asks about an order that somebody else changed, and about one whose report cannot be read', async () => {
    const { world, rig, wait } = await startReady();
    for (const over of [{ x: 'AMENDMENT', X: 'NEW' }, { x: 'TRADE', L: 'x' }, { x: 'WHATEVER' }]) {
      const slot = rig.addOrder(restingBuy(world));
      const c = `sshrike-${rig.orders.intentSeq[slot].toString(36)}`;
      world.venue.sendEvent(update({ c, ...over }));
      await wait('doubt', () => rig.of('onAmbiguous', slot).length === 1);
    }
    expect(rig.of('onFill')).toEqual([]);
  });
});

describe('the account of Binance USD-M', () => {
  const asker = (answers: Readonly<Record<string, [number, unknown]>>): AccountAsker => ({
    signed: (_verb, path) => {
      const [status, body] = answers[path] ?? [404, {}];
      return Promise.resolve({ status, body, usedWeight: -1, retryAfterMs: 0 });
    },
    keyed: () => Promise.resolve(null),
  });
  const options = { leverage: 3, marginMode: 'cross' } as GatewayOptions;
  const prepare = (answers: Readonly<Record<string, [number, unknown]>>): Promise<string | null> =>
    prepareUsdmAccount(options)(asker(answers), [BTC_PERPETUAL]);
  const ONE_WAY: [number, unknown] = [200, { dualSidePosition: false }];

  it('is refused in a sentence when it keeps positions of both sides', async () => {
    const problem = await prepare({ '/fapi/v1/positionSide/dual': [200, { dualSidePosition: true }] });
    expect(problem).toMatch(/hedge mode.*one-way/);
  });

  it('is fit when margin mode and leverage were set or were so before', async () => {
    const problem = await prepare({
      '/fapi/v1/positionSide/dual': ONE_WAY,
      '/fapi/v1/marginType': [400, { code: -4046, msg: 'No need to change margin type.' }],
      '/fapi/v1/leverage': [200, {}],
    });
    expect(problem).toBeNull();
  });

  it('says what the venue did not want to change, and nothing when it did not answer', async () => {
    const answers = {
      '/fapi/v1/positionSide/dual': ONE_WAY,
      '/fapi/v1/marginType': [200, {}],
      '/fapi/v1/leverage': [400, { code: -4028, msg: 'Leverage 3 is not valid' }],
    } as const;
    expect(await prepare(answers as never)).toBe(
      '/fapi/v1/leverage of BTCUSDT: 400 -4028 Leverage 3 is not valid',
    );
    expect(await prepare({ '/fapi/v1/positionSide/dual': [503, {}] })).toBe('');
  });
});

describe('error codes of Binance USD-M', () => {
  const kindOf = (status: number, code: number): number =>
    BINANCE_USDM_ERRORS.classify(status, code, Buffer.alloc(0), 0, 0).kind;

  it('has every code of the protocol page, doubtful exactly where the venue does not know', () => {
    const codes = [
      -2019, -2018, -5022, -5021, -2022, -4118, -2011, -2013, -4116, -4015, -4014, -4023, -1111, -4003, -4004,
      -4005, -4164, -4131, -4016, -4024, -4183, -4184, -2027, -2025, -2021, -1021, -5028, -1022, -2014, -2015,
      -1003, -1015, -1008, -4061, -4062, -4531, -1006, -1007, -5024,
    ];
    for (const code of codes)
      expect([code, ERROR_RULES.some((rule) => rule.code === code)]).toEqual([code, true]);
    const doubtful = ERROR_RULES.filter(({ kind }) => kind === ERROR_KIND.ambiguous).map(({ code }) => code);
    expect(doubtful).toEqual([-1000, -1001, -1006, -1007, -4116]);
  });

  it('believes no code beside a 5xx status but the throttle, which refused for certain', () => {
    expect(kindOf(503, -2019)).toBe(ERROR_KIND.ambiguous);
    expect(kindOf(503, -1008)).toBe(ERROR_KIND.retryable);
    expect(kindOf(418, -9999)).toBe(ERROR_KIND.rate);
    expect(kindOf(400, -9999)).toBe(ERROR_KIND.rejected);
    expect(kindOf(401, -2015)).toBe(ERROR_KIND.fatal);
  });
});
