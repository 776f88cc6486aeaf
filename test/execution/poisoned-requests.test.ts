import { describe, expect, test } from 'vitest';
import { ORDER_REQUEST_BYTES } from '../../engine/messages/codecs.ts';
import { COMMAND } from '../../engine/messages/enums.ts';
import { ScriptedGateway, ScriptedVenue } from '../fixtures/scripted-venue.ts';
import { MS, TradingRig } from '../fixtures/trading-rig.ts';
import type { RigOptions } from '../fixtures/trading-rig.ts';

type Dying = 'risk' | 'execution';

function scripted(options: RigOptions = {}): { rig: TradingRig; venue: ScriptedVenue } {
  const venue = new ScriptedVenue();
  const rig = new TradingRig({
    gateway: (context) => new ScriptedGateway(venue, context),
    ...options,
  }).start();
  settle(rig, venue);
  return { rig, venue };
}

function settle(rig: TradingRig, venue: ScriptedVenue): void {
  for (let round = 0; round < 8; round++) {
    rig.turn();
    while (venue.takeRequest());
    while (venue.deliver(0, false));
    rig.turn();
    rig.advance(30 * MS);
  }
}

/** The actor dies on the request that waits; its successor starts, and starts again before it had a turn. */
function dieOnWish(rig: TradingRig, actor: Dying): void {
  rig.commandOne(actor, COMMAND.throwOnWish);
  expect(() => rig.turns(2)).toThrow('told to throw on a request');
  for (let start = 0; start < 2; start++) {
    if (actor === 'risk') rig.startRisk();
    else rig.startExecution();
  }
}

/** What the strategy, the journal and the api were told of an order, as `state reason`. */
function told(rig: TradingRig, intentSeq: number): string[] {
  const of = (consumer: string): string[] => {
    const records = [...rig.read(`risk-to-${consumer}`), ...rig.read(`execution-to-${consumer}`)];
    return rig
      .updates(intentSeq, records)
      .map(({ fields }) => `${String(fields['state'])} ${String(fields['reason'])}`);
  };
  const strategy = of('strategy');
  expect(of('journal')).toEqual(strategy);
  expect(of('api')).toEqual(strategy);
  return strategy;
}

describe.each(['risk', 'execution'] as const)('a request on which %s dies', (actor) => {
  test('an order ends once as poisoned, gives its exposure back, and the next one trades', () => {
    const { rig, venue } = scripted();
    rig.submit(1);
    dieOnWish(rig, actor);
    settle(rig, venue);
    expect(told(rig, 1)).toEqual(['rejected poisoned']);
    expect(rig.reservations.openBuyLots(0)).toBe(0);
    expect(rig.reservations.openCount(0)).toBe(0);
    rig.submit(2);
    settle(rig, venue);
    expect(told(rig, 2)).toEqual(['submitted none', 'accepted none']);
    expect([...venue.placements.keys()]).toEqual([2]);
  });

  test('a replacement ends as poisoned and the order it was to replace stays', () => {
    const { rig, venue } = scripted();
    rig.submit(1);
    settle(rig, venue);
    told(rig, 1);
    rig.replace(2, 1, { priceTicks: 9_999 });
    dieOnWish(rig, actor);
    settle(rig, venue);
    expect(told(rig, 2)).toEqual(['rejected poisoned']);
    expect(rig.reservations.openBuyLots(0)).toBe(10);
    expect(venue.orders.get(1)!.isWorking).toBe(true);
  });

  test('a cancel is told as not carried out, the order stays as it is, and a second cancel works', () => {
    const { rig, venue } = scripted();
    rig.submit(1);
    settle(rig, venue);
    told(rig, 1);
    rig.cancel(1);
    dieOnWish(rig, actor);
    settle(rig, venue);
    expect(told(rig, 1)).toEqual(['accepted poisoned']);
    expect(venue.orders.get(1)!.isWorking).toBe(true);
    rig.cancel(1);
    settle(rig, venue);
    expect(told(rig, 1)).toEqual(['pendingCancel none', 'canceled none']);
  });

  test('requests behind it are decided after it', () => {
    const { rig, venue } = scripted();
    for (const intentSeq of [1, 2, 3]) rig.submit(intentSeq);
    dieOnWish(rig, actor);
    settle(rig, venue);
    const records = rig.read('execution-to-strategy');
    const ends = [1, 2, 3].map((intentSeq) => rig.updates(intentSeq, records).at(-1)!.fields);
    // A restarted execution asks the venue first and refuses what comes before the answer.
    const end = actor === 'risk' ? ['accepted', 'none'] : ['rejected', 'notReconciled'];
    expect(ends.map(({ state, reason }) => [state, reason])).toEqual([['rejected', 'poisoned'], end, end]);
  });
});

test('an order whose approval had left when risk died on it is not called poisoned', () => {
  const { rig, venue } = scripted();
  rig.submit(1);
  rig.commandOne('risk', COMMAND.throwOnWish);
  expect(() => rig.turns(1)).toThrow();
  const { view, type } = rig.buriedRequest('risk');
  // The same request again, taken by risk as if it had died after its approval was out.
  rig.buriedRequest('risk').clear();
  rig.startRisk();
  rig.submit(1);
  rig.turn();
  rig.buriedRequest('risk').keep(type, view, 0, ORDER_REQUEST_BYTES);
  rig.startRisk();
  settle(rig, venue);
  expect(told(rig, 1)).toEqual(['submitted none', 'accepted none']);
  expect(rig.reservations.openBuyLots(0)).toBe(10);
});

test('an order whose bytes may have left when execution died is unknown until the venue has spoken', () => {
  let isDeadly = true;
  const venue = new ScriptedVenue();
  const { rig } = scripted({
    gateway: (context) => {
      const gateway = new ScriptedGateway(venue, context);
      const place = gateway.place.bind(gateway);
      gateway.place = (slot): number => {
        const sent = place(slot);
        if (isDeadly) throw new Error('died behind the last byte');
        return sent;
      };
      return gateway;
    },
  });
  settle(rig, venue);
  rig.submit(1);
  expect(() => rig.turns(2)).toThrow('died behind the last byte');
  isDeadly = false;
  rig.startExecution();
  expect(told(rig, 1)).toEqual([]);
  rig.turn();
  expect(told(rig, 1)[0]).toBe('unknown poisoned');
  settle(rig, venue);
  expect(told(rig, 1)).toEqual(['accepted none']);
  expect(venue.placements.get(1)).toBe(1);
});

test('a request on which risk hung is told once its thread was ended', () => {
  const { rig, venue } = scripted();
  rig.submit(1);
  const hung = rig.subscription('strategy-to-risk');
  const monitor = rig.monitor('strategy-to-risk');
  let buried = false;
  hung.poll(() => {
    // What the supervisor does while the dead actor's ring has no reader.
    buried = monitor.skipInFlight((type, view, at, length) =>
      rig.buriedRequest('risk').keep(type, view, at, length),
    );
  }, 1);
  expect(buried).toBe(true);
  rig.startRisk();
  settle(rig, venue);
  expect(told(rig, 1)).toEqual(['rejected poisoned']);
  expect(venue.placements.size).toBe(0);
});

test('a replacement is owed to execution while its ring is full', () => {
  const { rig, venue } = scripted({ ringBytes: 2_048 });
  rig.submit(1);
  settle(rig, venue);
  // More than the ring to execution holds, in as many turns of risk as they need.
  for (let round = 0; round < 3; round++) {
    for (let count = 0; count < 10; count++) rig.replace(2 + round * 10 + count, 1);
    rig.risk.doWork(rig.clock.nowNs());
  }
  expect(rig.riskCount('approved')).toBeGreaterThan(10);
  expect(rig.risk.hasWork()).toBe(true);
});
