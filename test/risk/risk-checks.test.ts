import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COMMAND, ORDER_FLAG, ORDER_TYPE, SIDE, TIME_IN_FORCE } from '../../engine/messages/enums.ts';
import type { VenueStatus } from '../../engine/core/instrument.ts';
import { regionOf } from '../../engine/ipc/memory-map.ts';
import { riskLimitsFrom } from '../../engine/risk/risk-limits.ts';
import type { RiskConfig } from '../../engine/risk/risk-limits.ts';
import { SupervisorTradingState } from '../../engine/risk/trading-state.ts';
import { LIMITS, decision, rigWith, settle } from '../fixtures/risk-rig.ts';
import { INSTRUMENTS, MS } from '../fixtures/trading-rig.ts';
import { venuePrices } from '../fixtures/venue-prices.ts';
import type { OrderTermsInput, TradingRig } from '../fixtures/trading-rig.ts';

const MALFORMED: readonly (readonly [why: string, terms: Partial<OrderTermsInput>, reason: string])[] = [
  ['an instrument nobody trades', { instrumentIndex: 2 }, 'unknownInstrument'],
  ['a negative instrument', { instrumentIndex: -1 }, 'unknownInstrument'],
  ['numbers made with old metadata', { instrumentEpoch: 0 }, 'staleInstrument'],
  ['a limit order without a price', { priceTicks: 0 }, 'badPrice'],
  ['a negative price', { priceTicks: -5 }, 'badPrice'],
  ['a fractional price', { priceTicks: 10_000.5 }, 'badPrice'],
  ['a price that is no number', { priceTicks: Number.NaN }, 'badPrice'],
  ['a market order with a price', { orderType: ORDER_TYPE.market }, 'badPrice'],
  ['an unknown order type', { orderType: 9 }, 'badPrice'],
  ['an unknown time in force', { timeInForce: 0 }, 'badPrice'],
  ['no side', { side: 0 }, 'badQuantity'],
  ['no size', { qtyLots: 0 }, 'badQuantity'],
  ['a negative size', { qtyLots: -1 }, 'badQuantity'],
  ['a fractional size', { qtyLots: 1.5 }, 'badQuantity'],
  ['an infinite size', { qtyLots: Infinity }, 'badQuantity'],
  ['more than the venue takes', { qtyLots: 1_000_001 }, 'badQuantity'],
  ['more than one order may be', { qtyLots: 41 }, 'maxOrderQty'],
  ['more value than one order may have', { qtyLots: 36 }, 'maxOrderNotional'],
  ['a buy far above the middle', { priceTicks: 10_051 }, 'priceBand'],
  ['a sell far below the middle', { priceTicks: 9_949, side: SIDE.sell }, 'priceBand'],
];

test.each(MALFORMED)('denied: %s', (_why, terms, reason) => {
  const { rig } = rigWith();
  expect(decision(rig, 1, terms)).toBe(reason);
  expect(rig.read('risk-to-journal').map((record) => record.fields['state'])).toEqual(['denied']);
  expect(rig.reservations.openCount(0)).toBe(0);
  expect(rig.riskCount('denied')).toBe(1);
});

test('just inside every limit is approved', () => {
  for (const terms of [
    { qtyLots: 35 },
    { priceTicks: 10_050, qtyLots: 1 },
    { priceTicks: 9_950, side: SIDE.sell, qtyLots: 1 },
  ]) {
    expect(decision(rigWith().rig, 1, terms)).toBe('approved');
  }
});

test('denied while the engine is halted, each state by its own name', () => {
  for (const [command, reason] of [
    [COMMAND.kill, 'killSwitch'],
    [COMMAND.cancelOnly, 'cancelOnly'],
    [COMMAND.pause, 'paused'],
  ] as const) {
    const { rig } = rigWith();
    rig.command(command);
    expect(decision(rig, 1)).toBe(reason);
    rig.command(COMMAND.resume);
    rig.turn();
    expect(decision(rig, 2)).toBe('approved');
  }
  const { rig, venue } = rigWith();
  venue.disconnect(0);
  rig.turn();
  expect(decision(rig, 1)).toBe('notReconciled');
});

test('denied while the book is hidden or one-sided', () => {
  const { rig } = rigWith();
  rig.books.hide(0, 1);
  expect(decision(rig, 1)).toBe('bookInvalid');
  rig.setBook(0, [[9_990, 5]], []);
  expect(decision(rig, 2)).toBe('bookInvalid');
});

test('a market order is valued at the worst displayed price it would reach', () => {
  const { rig } = rigWith({
    limits: { instruments: [{ ...LIMITS, maxOrderNotionalCash: 200_500 }, LIMITS] },
  });
  rig.setBook(
    0,
    [[9_999, 50]],
    [
      [10_001, 10],
      [10_040, 50],
    ],
  );
  const market = { orderType: ORDER_TYPE.market, priceTicks: 0 };
  expect(decision(rig, 1, { ...market, qtyLots: 20 })).toBe('maxOrderNotional');
  expect(decision(rig, 2, { ...market, qtyLots: 10 })).toBe('approved');
  rig.setBook(
    0,
    [[9_999, 50]],
    [
      [10_001, 10],
      [10_400, 50],
    ],
  );
  expect(decision(rig, 3, { ...market, qtyLots: 11 })).toBe('priceBand');
});

const VENUE_TAKES: readonly (readonly [VenueStatus, taken: readonly string[]])[] = [
  ['trading', ['limit', 'market', 'post-only', 'reduce-only']],
  ['limit-only', ['limit', 'post-only', 'reduce-only']],
  ['post-only', ['post-only']],
  ['reduce-only', ['reduce-only']],
  ['cancel-only', []],
  ['halted', []],
  ['pre-trading', []],
  ['closed', []],
  ['changed', []],
  ['unknown', []],
];

test.each(VENUE_TAKES)(
  'while the venue says %s it is sent nothing but %j, and every cancel',
  (status, taken) => {
    const { rig, venue } = rigWith({ limits: { instruments: [{ ...LIMITS, maxOpenOrders: 9 }, LIMITS] } });
    rig.submit(1, { priceTicks: 9_990, qtyLots: 30 });
    settle(rig, venue);
    venue.fill(1, 10);
    settle(rig, venue);
    rig.startRisk([{ ...INSTRUMENTS[0], status }, INSTRUMENTS[1]]);
    const wishes: Readonly<Record<string, Partial<OrderTermsInput>>> = {
      limit: { qtyLots: 1 },
      market: { qtyLots: 1, orderType: ORDER_TYPE.market, priceTicks: 0 },
      'post-only': { qtyLots: 1, orderType: ORDER_TYPE.limitMaker, priceTicks: 9_990 },
      'reduce-only': { qtyLots: 1, side: SIDE.sell, flags: ORDER_FLAG.reduceOnly },
    };
    let seq = 1;
    for (const [kind, terms] of Object.entries(wishes)) {
      expect([kind, decision(rig, ++seq, terms)]).toEqual([
        kind,
        taken.includes(kind) ? 'approved' : 'venueStatus',
      ]);
    }
    expect(rig.riskCount('deniedVenueStatus')).toBe(4 - taken.length);
    expect(decision(rig, 9, { instrumentIndex: 1, qtyLots: 1 })).toBe('approved');
    rig.cancel(1);
    settle(rig, venue);
    expect(venue.orders.get(1)?.isWorking).toBe(false);
  },
);

const BAND = {
  reference: 'average',
  averageMinutes: 5,
  shareDecimals: 3,
  buyMinShare: 996,
  buyMaxShare: 1_003,
  sellMinShare: 997,
  sellMaxShare: 1_004,
} as const;

/** A rig whose first instrument has the band; the reference price is that many ticks. */
function bandedRig(referenceTicks: number): TradingRig {
  const { rig } = rigWith({ limits: { instruments: [{ ...LIMITS, maxOpenOrders: 99 }, LIMITS] } });
  rig.startRisk([{ ...INSTRUMENTS[0], priceBand: BAND }, INSTRUMENTS[1]]);
  rig.prices.take(0, venuePrices({ averageUnits: referenceTicks * 10_000 }));
  return rig;
}

test.each([
  ['buy', SIDE.buy, 9_960, 10_030],
  ['sell', SIDE.sell, 9_970, 10_040],
] as const)(
  "a %s passes at both ends of the venue's band and not one tick beyond",
  (_name, side, lowest, highest) => {
    const rig = bandedRig(10_000);
    const at = (priceTicks: number, seq: number): unknown =>
      decision(rig, seq, { side, priceTicks, qtyLots: 1 });
    expect(at(lowest - 1, 1)).toBe('venuePriceBand');
    expect(at(lowest, 2)).toBe('approved');
    expect(at(lowest + 1, 3)).toBe('approved');
    expect(at(highest - 1, 4)).toBe('approved');
    expect(at(highest, 5)).toBe('approved');
    expect(at(highest + 1, 6)).toBe('venuePriceBand');
    expect(rig.riskCount('deniedVenueBand')).toBe(2);
  },
);

test('a band moves with its reference price; market orders and other instruments have none', () => {
  const rig = bandedRig(10_020);
  const buy = { priceTicks: 10_050, qtyLots: 1 };
  // 1.003 x 10,020 = 10,050.06
  expect(decision(rig, 1, buy)).toBe('approved');
  expect(decision(rig, 2, { ...buy, priceTicks: 10_051 })).toBe('venuePriceBand');
  expect(decision(rig, 3, { qtyLots: 1, orderType: ORDER_TYPE.market, priceTicks: 0 })).toBe('approved');
  expect(decision(rig, 4, { ...buy, instrumentIndex: 1 })).toBe('approved');
  expect(rig.riskCount('bandsUnknown')).toBe(0);
});

test('before the reference price has come nothing is refused for the band, and it is counted', () => {
  const rig = bandedRig(0);
  expect(decision(rig, 1, { priceTicks: 10_045, qtyLots: 1 })).toBe('approved');
  expect(rig.riskCount('bandsUnknown')).toBe(1);
});

test("an order below the venue's least value is denied", () => {
  const { rig } = rigWith();
  const cheap = { ...INSTRUMENTS[0], minNotionalCash: 50_000 };
  expect(cheap.minNotionalCash).toBeGreaterThan(0);
  rig.startRisk([cheap, INSTRUMENTS[1]]);
  expect(decision(rig, 1, { qtyLots: 4 })).toBe('minNotional');
  expect(decision(rig, 2, { qtyLots: 5 })).toBe('approved');
});

test('the position limit counts everything that is open in the same direction', () => {
  const { rig, venue } = rigWith({ limits: { instruments: [{ ...LIMITS, maxOpenOrders: 9 }, LIMITS] } });
  for (const seq of [1, 2, 3]) expect(decision(rig, seq, { qtyLots: 30 })).toBe('approved');
  expect(decision(rig, 4, { qtyLots: 11 })).toBe('maxPosition');
  expect(decision(rig, 5, { qtyLots: 30, side: SIDE.sell })).toBe('approved');
  settle(rig, venue);
  venue.fill(1, 30);
  settle(rig, venue);
  expect(decision(rig, 6, { qtyLots: 11 })).toBe('maxPosition');
  rig.cancel(2);
  settle(rig, venue);
  expect(decision(rig, 7, { qtyLots: 35 })).toBe('approved');
  expect(decision(rig, 8, { qtyLots: 1, side: SIDE.sell, flags: ORDER_FLAG.reduceOnly })).toBe('maxPosition');
});

test.each([
  ['buy', SIDE.buy],
  ['sell', SIDE.sell],
] as const)(
  'a %s may reach the position limit exactly, with what is open and with what is held',
  (_name, side) => {
    const wide = { ...LIMITS, maxOrderLots: 41, maxOrderNotionalCash: 999_999 };
    for (const [last, result] of [
      [39, 'approved'],
      [40, 'approved'],
      [41, 'maxPosition'],
    ] as const) {
      const { rig, venue } = rigWith({ limits: { instruments: [wide, LIMITS] } });
      expect(decision(rig, 1, { side, qtyLots: 30 })).toBe('approved');
      settle(rig, venue);
      venue.fill(1, 30);
      settle(rig, venue);
      expect(decision(rig, 2, { side, qtyLots: 30 })).toBe('approved');
      expect([last, decision(rig, 3, { side, qtyLots: last })]).toEqual([last, result]);
    }
  },
);

test('a sell below the bid is worth what the bid pays, a buy above the ask what it offers to pay', () => {
  // The book is 9,990 to 10,010: a sell of 35 at 9,950 trades at the bid, 349,650; a buy at 10,050 costs 351,750 at most.
  const sell = { side: SIDE.sell, priceTicks: 9_950, qtyLots: 35 };
  const buy = { side: SIDE.buy, priceTicks: 10_050, qtyLots: 35 };
  for (const [terms, value] of [
    [sell, 349_650],
    [buy, 351_750],
  ] as const) {
    for (const [most, result] of [
      [value - 1, 'maxOrderNotional'],
      [value, 'approved'],
      [value + 1, 'approved'],
    ] as const) {
      const { rig } = rigWith({
        limits: { instruments: [{ ...LIMITS, maxOrderNotionalCash: most }, LIMITS] },
      });
      expect([most, decision(rig, 1, terms)]).toEqual([most, result]);
    }
  }
});

test('open orders are limited per instrument and freed by their end', () => {
  const { rig, venue } = rigWith();
  for (const seq of [1, 2, 3]) expect(decision(rig, seq, { qtyLots: 1 })).toBe('approved');
  expect(decision(rig, 4, { qtyLots: 1 })).toBe('maxOpenOrders');
  expect(decision(rig, 5, { qtyLots: 1, instrumentIndex: 1 })).toBe('approved');
  rig.cancel(1);
  settle(rig, venue);
  expect(decision(rig, 6, { qtyLots: 1 })).toBe('approved');
});

test('orders come at most as fast as allowed; a restart grants no second burst', () => {
  const limits = { instruments: [{ ...LIMITS, maxOpenOrders: 1_000 }, LIMITS], maxOrdersPerSecond: 5 };
  const { rig } = rigWith({ limits });
  const burst = [1, 2, 3, 4, 5, 6].map((seq) => decision(rig, seq, { qtyLots: 1 }));
  expect(burst).toEqual(['approved', 'approved', 'approved', 'approved', 'approved', 'orderRate']);
  rig.startRisk();
  expect(decision(rig, 7, { qtyLots: 1 })).toBe('orderRate');
  rig.advance(200 * MS);
  expect(decision(rig, 8, { qtyLots: 1 })).toBe('approved');
  expect(decision(rig, 9, { qtyLots: 1 })).toBe('orderRate');
});

test('a request on a tick older than the latency budget is denied', () => {
  const { rig } = rigWith({ latencyBudgetNs: 5 * MS });
  rig.advance(100 * MS);
  expect(decision(rig, 1, { recvNs: rig.clock.nowNs() - 6 * MS })).toBe('latencyBudget');
  expect(decision(rig, 2, { recvNs: rig.clock.nowNs() - 5 * MS })).toBe('approved');
});

test('while orders are too slow new ones are denied and cancels pass, also after a restart of risk', () => {
  const { rig, venue } = rigWith();
  rig.submit(1, { priceTicks: 9_960 });
  settle(rig, venue);
  const words = new SupervisorTradingState(rig.buffer, regionOf(rig.map, 'trading'));
  words.setLatencyHalted(true);
  expect(decision(rig, 2)).toBe('latencyBudget');
  rig.startRisk();
  expect(decision(rig, 3)).toBe('latencyBudget');
  expect(rig.trading.mayTrade()).toBe(false);
  rig.cancel(1);
  settle(rig, venue);
  expect(venue.orders.get(1)?.isWorking).toBe(false);
  words.setLatencyHalted(false);
  expect(decision(rig, 4)).toBe('approved');
});

test('approval implies that every limit holds after the worst that can follow', () => {
  const wish = fc.record({
    side: fc.constantFrom(SIDE.buy, SIDE.sell),
    qtyLots: fc.integer({ min: 1, max: 45 }),
    priceTicks: fc.integer({ min: 9_930, max: 10_070 }),
    timeInForce: fc.constant(TIME_IN_FORCE.gtc),
  });
  const step = fc.oneof(
    fc.record({ wish, fill: fc.constant(0), order: fc.constant(0) }),
    fc.record({ wish: fc.constant(null), fill: fc.nat({ max: 30 }), order: fc.nat({ max: 10 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { rig, venue } = rigWith();
      let seq = 0;
      let approvals = 0;
      for (const { wish: terms, fill, order } of steps) {
        if (terms === null) {
          if (fill === 0) rig.cancel(order);
          else venue.fill(order, fill);
          settle(rig, venue);
          continue;
        }
        const result = decision(rig, ++seq, terms);
        if (result !== 'approved') continue;
        approvals++;
        expect(terms.qtyLots).toBeLessThanOrEqual(LIMITS.maxOrderLots);
        expect(terms.qtyLots * terms.priceTicks).toBeLessThanOrEqual(LIMITS.maxOrderNotionalCash);
        expect(Math.abs(terms.priceTicks - 10_000) / 10_000).toBeLessThanOrEqual(
          LIMITS.priceBandBps / 10_000,
        );
        settle(rig, venue);
        const working = [...venue.orders.values()].filter((candidate) => candidate.isWorking);
        expect(working.length).toBeLessThanOrEqual(LIMITS.maxOpenOrders);
        const worst = (side: number): number =>
          working
            .filter((candidate) => candidate.side === side)
            .reduce((sum, candidate) => sum + candidate.qtyLots - candidate.filledLots, 0);
        expect(venue.netLots(0) + worst(SIDE.buy)).toBeLessThanOrEqual(LIMITS.maxPositionLots);
        expect(worst(SIDE.sell) - venue.netLots(0)).toBeLessThanOrEqual(LIMITS.maxPositionLots);
      }
      fc.pre(seq === 0 || approvals > 0);
    }),
    { numRuns: 150, seed: 5 },
  );
});

const CONFIG: RiskConfig = {
  maxPosition: '5',
  maxOrderQty: '1.0009',
  maxOrderNotional: '100000.123456789',
  maxOpenOrders: 20,
  priceBandBps: 500,
  maxOrdersPerSecond: 50,
  startEquity: '10000',
  maxDrawdown: '0',
  maxDailyLoss: '0',
  maxLossesInARow: 0,
  maxRejectsPerMinute: 0,
  atLimit: 'reduce',
  selfCross: 'deny',
  symbols: { ETHUSDT: { maxPosition: '80', maxOpenOrders: 2 } },
};

test('limits become lots and cash, rounded to the tighter side, with overrides by symbol', () => {
  const result = riskLimitsFrom(CONFIG, INSTRUMENTS);
  if (!result.ok) throw new Error(result.problems.join('; '));
  const [bitcoin, ether] = result.limits.instruments;
  expect(bitcoin).toEqual({
    maxPositionLots: 5_000,
    maxOrderLots: 1_000,
    maxOrderNotionalCash: 10_000_012_345,
    maxOpenOrders: 20,
    priceBandBps: 500,
  });
  expect([ether.maxPositionLots, ether.maxOpenOrders]).toEqual([80_000, 2]);
});

test('every problem of the limits is listed at once with its key', () => {
  const result = riskLimitsFrom(
    {
      ...CONFIG,
      maxPosition: 'x',
      maxOrderQty: '0.0001',
      maxDrawdown: '-1%',
      maxDailyLoss: '-5',
      maxOrdersPerSecond: 0,
      symbols: { DOGEUSDT: {} },
    },
    INSTRUMENTS,
  );
  expect(result.ok ? [] : result.problems.map((problem) => problem.split(':')[0])).toEqual([
    'risk.symbols.DOGEUSDT',
    'risk.maxPosition',
    'risk.maxOrderQty',
    'risk.maxOrderQty',
    'risk.maxOrdersPerSecond',
    'risk.maxDrawdown',
    'risk.maxDailyLoss',
  ]);
});
