/** While positions may only shrink: exits pass, entries do not, and what is open and could let a position grow is cancelled. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { regionOf } from '../../engine/ipc/memory-map.ts';
import { COMMAND, KILL_REASON, SIDE } from '../../engine/messages/enums.ts';
import { riskLimitsFrom } from '../../engine/risk/risk-limits.ts';
import type { RiskConfig } from '../../engine/risk/risk-limits.ts';
import { SupervisorTradingState } from '../../engine/risk/trading-state.ts';
import { LIMITS, decision, rigWith, settle } from '../fixtures/risk-rig.ts';
import type { ScriptedVenue } from '../fixtures/scripted-venue.ts';
import { INSTRUMENTS, MS } from '../fixtures/trading-rig.ts';
import type { TradingRig } from '../fixtures/trading-rig.ts';

/** Long 10 lots of instrument 0, nothing open. */
function longTen(limits = {}): { rig: TradingRig; venue: ScriptedVenue } {
  const made = rigWith({ limits });
  made.rig.submit(1, { qtyLots: 10 });
  settle(made.rig, made.venue);
  made.venue.fill(1, 10);
  settle(made.rig, made.venue);
  return made;
}

const SELL = { side: SIDE.sell, priceTicks: 10_040 };

describe.each([
  ['reducing', (rig: TradingRig): void => rig.commandOne('risk', COMMAND.reduce)],
  ['paused', (rig: TradingRig): void => rig.commandOne('risk', COMMAND.pause)],
  [
    'latencyBudget',
    (rig: TradingRig): void =>
      new SupervisorTradingState(rig.buffer, regionOf(rig.map, 'trading')).setLatencyHalted(true),
  ],
] as const)('%s', (reason, stop) => {
  test('an order passes up to the size of the position it shrinks, and none passes without a position', () => {
    const { rig, venue } = longTen();
    stop(rig);
    rig.turn();
    expect(decision(rig, 2)).toBe(reason);
    expect(decision(rig, 3, { ...SELL, qtyLots: 11 })).toBe(reason);
    expect(decision(rig, 4, { ...SELL, qtyLots: 4 })).toBe('approved');
    expect(decision(rig, 5, { ...SELL, qtyLots: 7 })).toBe(reason);
    expect(decision(rig, 6, { ...SELL, qtyLots: 6 })).toBe('approved');
    expect(decision(rig, 7, { ...SELL, qtyLots: 1 })).toBe(reason);
    expect(decision(rig, 8, { instrumentIndex: 1 })).toBe(reason);
    expect(decision(rig, 9, { ...SELL, instrumentIndex: 1 })).toBe(reason);
    settle(rig, venue);
    expect(rig.trading.mayTrade()).toBe(false);
    expect(rig.riskCount(reason === 'latencyBudget' ? 'deniedLatency' : 'deniedGrowth')).toBe(6);
  });

  test('a short position shrinks by buys', () => {
    const { rig, venue } = rigWith();
    rig.submit(1, { ...SELL, qtyLots: 10 });
    settle(rig, venue);
    venue.fill(1, 10);
    settle(rig, venue);
    stop(rig);
    rig.turn();
    expect(decision(rig, 2, { ...SELL, qtyLots: 1 })).toBe(reason);
    expect(decision(rig, 3, { qtyLots: 11 })).toBe(reason);
    expect(decision(rig, 4, { qtyLots: 10 })).toBe('approved');
  });
});

test('a reduce cancels entries, and exits beyond the position; other exits stay', () => {
  const { rig, venue } = longTen({ instruments: [{ ...LIMITS, maxOpenOrders: 9 }, LIMITS] });
  rig.submit(2, { priceTicks: 9_960 });
  rig.submit(3, { ...SELL, qtyLots: 6 });
  rig.submit(4, { ...SELL, qtyLots: 5 });
  rig.submit(5, { ...SELL, qtyLots: 4 });
  rig.submit(6, { instrumentIndex: 1, priceTicks: 9_960 });
  settle(rig, venue);
  rig.commandOne('risk', COMMAND.reduce);
  settle(rig, venue);
  const working = [...venue.orders].filter(([, { isWorking }]) => isWorking).map(([intentSeq]) => intentSeq);
  expect(working).toEqual([3, 5]);
  expect(rig.riskCount('growingCancels')).toBe(3);
  expect(rig.trading.isKilled()).toBe(false);
});

test('whoever tells risk to reduce may say why; the first reason stays', () => {
  const { rig } = rigWith();
  rig.commandOne('risk', COMMAND.reduce, KILL_REASON.invariant);
  rig.commandOne('risk', COMMAND.reduce);
  rig.turn();
  expect(rig.trading.reduceReason()).toBe(KILL_REASON.invariant);
});

test('an order approved before the reduce and still on its way is cancelled behind its placement', () => {
  const { rig, venue } = rigWith();
  rig.submit(1);
  rig.risk.doWork(rig.clock.nowNs());
  rig.commandOne('risk', COMMAND.reduce);
  rig.risk.doWork(rig.clock.nowNs());
  settle(rig, venue);
  expect(venue.placements.get(1)).toBe(1);
  expect(venue.orders.get(1)?.isWorking).toBe(false);
});

test('a risk actor that replaces one that reduced goes on reducing, with orders it did not know', () => {
  const { rig, venue } = rigWith();
  rig.submit(1, { priceTicks: 9_960 });
  settle(rig, venue);
  rig.commandOne('risk', COMMAND.reduce);
  rig.risk.doWork(rig.clock.nowNs());
  rig.startRisk();
  settle(rig, venue);
  expect(venue.orders.get(1)?.isWorking).toBe(false);
  expect(decision(rig, 2)).toBe('reducing');
});

test('a limit that is reached lets the position be left, and an operator lifts it', () => {
  const { rig, venue } = longTen({ maxDailyLoss: 0.01, killsAtLimit: false });
  rig.advance(200 * MS);
  settle(rig, venue);
  rig.setBook(0, [[9_880, 50]], [[9_900, 50]]);
  rig.advance(200 * MS);
  settle(rig, venue);
  expect([rig.trading.isKilled(), rig.trading.reduceReason()]).toEqual([false, KILL_REASON.maxDailyLoss]);
  expect(rig.riskCount('stopsByDailyLoss')).toBe(1);
  rig.submit(2, { side: SIDE.sell, priceTicks: 9_880, qtyLots: 10 });
  settle(rig, venue);
  venue.fill(2, 10);
  rig.advance(200 * MS);
  settle(rig, venue);
  expect(venue.netLots(0)).toBe(0);
  expect(decision(rig, 3, { priceTicks: 9_880 })).toBe('reducing');
  expect(rig.riskCount('reductions')).toBe(1);
  rig.command(COMMAND.resume);
  rig.turn();
  expect(rig.trading.isReducing()).toBe(false);
  expect(decision(rig, 4, { priceTicks: 9_880 })).toBe('approved');
});

test('while reducing, no position grows or changes sides, whatever is asked for and filled', () => {
  const order = fc.record({
    side: fc.constantFrom(SIDE.buy, SIDE.sell),
    qtyLots: fc.integer({ min: 1, max: 30 }),
    priceTicks: fc.integer({ min: 9_960, max: 10_040 }),
    instrumentIndex: fc.constantFrom(0, 1),
  });
  const step = fc.oneof(
    fc.record({ kind: fc.constant('submit' as const), order }),
    fc.record({ kind: fc.constant('replace' as const), order, of: fc.nat({ max: 15 }) }),
    fc.record({ kind: fc.constant('fill' as const), of: fc.nat({ max: 15 }), lots: fc.nat({ max: 20 }) }),
    fc.record({ kind: fc.constant('restart' as const) }),
  );
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 12 }),
      fc.array(step, { minLength: 1, maxLength: 25 }),
      (before, after) => {
        const { rig, venue } = rigWith({
          limits: { instruments: [LIMITS, LIMITS].map((each) => ({ ...each, maxOpenOrders: 8 })) },
        });
        let seq = 0;
        const take = (wish: (typeof before)[number]): void => {
          if (wish.kind === 'submit') rig.submit(++seq, wish.order);
          else if (wish.kind === 'replace') rig.replace(++seq, wish.of, wish.order);
          else if (wish.kind === 'fill') venue.fill(wish.of, wish.lots);
          else rig.startRisk();
          settle(rig, venue);
        };
        for (const wish of before) take(wish);
        rig.commandOne('risk', COMMAND.reduce);
        settle(rig, venue);
        let held = [venue.netLots(0), venue.netLots(1)];
        for (const wish of after) {
          take(wish);
          const now = [venue.netLots(0), venue.netLots(1)];
          for (const [index, lots] of now.entries()) {
            expect(Math.abs(lots)).toBeLessThanOrEqual(Math.abs(held[index]));
            expect(lots * held[index]).toBeGreaterThanOrEqual(0);
          }
          held = now;
        }
      },
    ),
    { numRuns: 150, seed: 11 },
  );
});

const CONFIG: RiskConfig = {
  maxPosition: '5',
  maxOrderQty: '1',
  maxOrderNotional: '100000',
  maxOpenOrders: 20,
  priceBandBps: 500,
  maxOrdersPerSecond: 50,
  startEquity: '8000',
  maxDrawdown: '20%',
  maxDailyLoss: '412.5',
  maxLossesInARow: 0,
  maxRejectsPerMinute: 0,
  atLimit: 'reduce',
  selfCross: 'deny',
  symbols: {},
};

test('a loss limit is an amount, or a share of the equity at the start; 0 is no limit', () => {
  const limitsOf = (changed: Partial<RiskConfig>): object | readonly string[] => {
    const result = riskLimitsFrom({ ...CONFIG, ...changed }, INSTRUMENTS);
    if (!result.ok) return result.problems;
    const { maxDrawdown, maxDailyLoss, killsAtLimit } = result.limits;
    return { maxDrawdown, maxDailyLoss, killsAtLimit };
  };
  expect(limitsOf({})).toEqual({ maxDrawdown: 1_600, maxDailyLoss: 412.5, killsAtLimit: false });
  expect(limitsOf({ maxDrawdown: '0', maxDailyLoss: '0%', atLimit: 'kill' })).toEqual({
    maxDrawdown: 0,
    maxDailyLoss: 0,
    killsAtLimit: true,
  });
  expect(limitsOf({ startEquity: '0' })).toEqual([
    'risk.maxDrawdown: expected a risk.startEquity above 0 for a share of it, got "20%"',
  ]);
});
