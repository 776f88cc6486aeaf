import { expect, test } from 'vitest';
import type { RecordDescription } from '../../engine/messages/describe.ts';
import { COMMAND, ORDER_STATE, SIDE } from '../../engine/messages/enums.ts';
import { summariseWaits } from '../../engine/runtime/report-waits.ts';
import { ScriptedGateway, ScriptedVenue } from '../fixtures/scripted-venue.ts';
import { MS, TradingRig } from '../fixtures/trading-rig.ts';
import type { RigOptions } from '../fixtures/trading-rig.ts';

function scripted(options: RigOptions = {}): { rig: TradingRig; venue: ScriptedVenue } {
  const venue = new ScriptedVenue();
  const rig = new TradingRig({
    ...options,
    gateway: (context) => new ScriptedGateway(venue, context),
  }).start();
  settle(rig, venue);
  return { rig, venue };
}

/** Lets everything under way arrive, in order, with time passing. */
function settle(rig: TradingRig, venue: ScriptedVenue, rounds = 8): void {
  for (let round = 0; round < rounds; round++) {
    rig.turn();
    while (venue.takeRequest());
    while (venue.deliver(0, false));
    rig.turn();
    rig.advance(30 * MS);
  }
}

function states(rig: TradingRig, intentSeq: number): unknown[] {
  const records = [...rig.read('risk-to-strategy'), ...rig.read('execution-to-strategy')];
  return rig.updates(intentSeq, records).map((record) => record.fields['state']);
}

test('an order is logged, sent, acknowledged, filled and reported, and the position follows', () => {
  const { rig, venue } = scripted();
  rig.submit(7, { qtyLots: 10, priceTicks: 10_000 });
  rig.turn();
  expect(rig.intents).toEqual([7]);
  expect(rig.reservations.openBuyLots(0)).toBe(10);
  settle(rig, venue);
  venue.fill(7, 4);
  settle(rig, venue);
  venue.fill(7, 6);
  settle(rig, venue);
  expect(states(rig, 7)).toEqual(['submitted', 'accepted', 'partiallyFilled', 'filled']);
  rig.positions.read(0);
  expect(rig.positions.netLots).toBe(10);
  expect(rig.positions.costCash).toBe(100_000);
  expect(rig.reservations.openBuyLots(0)).toBe(0);
  expect(rig.trading.openOrders()).toBe(0);
});

test("a cancel reaches the venue and ends the order on the venue's word only", () => {
  const { rig, venue } = scripted();
  rig.submit(1);
  settle(rig, venue);
  rig.cancel(1);
  rig.turn();
  expect(rig.reservations.openBuyLots(0)).toBe(10);
  expect(states(rig, 1)).toEqual(['submitted', 'accepted', 'pendingCancel']);
  settle(rig, venue);
  expect(states(rig, 1)).toEqual(['canceled']);
  expect(rig.reservations.openBuyLots(0)).toBe(0);
});

test('the kill switch cancels what is open, refuses what comes, and stays thrown across restarts', () => {
  const { rig, venue } = scripted();
  rig.submit(1);
  rig.submit(2, { side: SIDE.sell });
  settle(rig, venue);
  rig.submit(3);
  rig.command(COMMAND.kill);
  settle(rig, venue);
  expect([...venue.placements.keys()]).toEqual([1, 2]);
  expect([...venue.orders.values()].filter((order) => order.isWorking)).toEqual([]);
  expect(states(rig, 3)).toEqual(['denied']);
  rig.startRisk();
  rig.startExecution();
  rig.submit(4);
  settle(rig, venue);
  expect(states(rig, 4)).toEqual(['denied']);
  rig.command(COMMAND.resume);
  rig.turn();
  rig.submit(5);
  settle(rig, venue);
  expect(venue.placements.get(5)).toBe(1);
});

test('an approval already on its way when the kill switch is thrown never leaves', () => {
  const { rig, venue } = scripted();
  rig.submit(1);
  rig.risk.doWork(rig.clock.nowNs());
  rig.command(COMMAND.kill);
  rig.turn();
  settle(rig, venue);
  expect(venue.placements.size).toBe(0);
  expect(states(rig, 1)).toEqual(['rejected']);
  expect(rig.reservations.openBuyLots(0)).toBe(0);
});

test('cancels pass while paused, cancel-only, and not reconciled', () => {
  const { rig, venue } = scripted();
  for (const seq of [1, 2]) rig.submit(seq);
  settle(rig, venue);
  rig.command(COMMAND.pause);
  rig.cancel(1);
  settle(rig, venue);
  expect(venue.orders.get(1)!.isWorking).toBe(false);
  rig.command(COMMAND.cancelOnly);
  rig.command(COMMAND.reconcile);
  rig.turn();
  expect(rig.trading.isReconciled()).toBe(false);
  rig.cancel(2);
  rig.turn();
  while (venue.takeRequest());
  expect(venue.orders.get(2)!.isWorking).toBe(false);
});

test('a cancel passes while the journal ring is full, new orders do not, and nothing is lost', () => {
  const { rig, venue } = scripted({ journalRingBytes: 1_024 });
  rig.submit(1);
  settle(rig, venue);
  for (let seq = 2; seq < 40; seq++) rig.submit(seq);
  settle(rig, venue);
  expect(rig.executionCount('ordersRefused')).toBeGreaterThan(0);
  rig.cancel(1);
  settle(rig, venue);
  expect(venue.orders.get(1)!.isWorking).toBe(false);
  const journaled: RecordDescription[] = [];
  for (let round = 0; round < 60; round++) {
    journaled.push(...rig.read('execution-to-journal').filter((record) => record.message === 'OrderUpdate'));
    settle(rig, venue, 1);
  }
  const told = rig.read('execution-to-strategy');
  expect(told.length).toBeGreaterThan(40);
  expect(journaled).toEqual(told);
});

test('an unanswered order becomes unknown, keeps its exposure, and is resolved by a query, not by time', () => {
  const { rig, venue } = scripted();
  rig.submit(1);
  rig.turn();
  venue.takeRequest();
  venue.wire = [];
  rig.advance(150 * MS);
  rig.turn();
  expect(states(rig, 1)).toEqual(['submitted', 'unknown']);
  expect(rig.reservations.openBuyLots(0)).toBe(10);
  expect(rig.trading.unknownOrders()).toBe(1);
  settle(rig, venue);
  expect(states(rig, 1)).toEqual(['accepted']);
  expect(venue.placements.get(1)).toBe(1);
});

test('"not found" ends an order only after the grace period and more than one answer', () => {
  const { rig, venue } = scripted();
  rig.submit(1);
  rig.turn();
  venue.inbox = [];
  rig.advance(150 * MS);
  settle(rig, venue, 3);
  expect(states(rig, 1)).toEqual(['submitted', 'unknown']);
  expect(rig.executionCount('notFound')).toBeGreaterThan(0);
  expect(rig.reservations.openBuyLots(0)).toBe(10);
  settle(rig, venue, 60);
  expect(states(rig, 1)).toEqual(['rejected']);
  expect(rig.executionCount('neverAccepted')).toBe(1);
  expect(rig.reservations.openBuyLots(0)).toBe(0);
});

test('an order does not end before the fills the venue counted have come', () => {
  const { rig, venue } = scripted();
  rig.submit(1);
  settle(rig, venue);
  venue.fill(1, 4);
  venue.wire = [];
  venue.cancel(1);
  venue.deliver(0, false);
  rig.turn();
  expect(states(rig, 1)).toEqual(['submitted', 'accepted']);
  expect(rig.executionCount('endsAwaitingFills')).toBe(1);
  expect(rig.reservations.openBuyLots(0)).toBe(10);
  settle(rig, venue);
  rig.positions.read(0);
  expect(rig.positions.netLots).toBe(4);
  expect(states(rig, 1).at(-1)).toBe('canceled');
  expect(rig.reservations.openBuyLots(0)).toBe(0);
});

test('a lost fill between two that came is found by the next comparison with the venue', () => {
  const { rig, venue } = scripted();
  rig.submit(1, { qtyLots: 30 });
  settle(rig, venue);
  for (const lots of [5, 6, 7]) venue.fill(1, lots);
  venue.wire.splice(1, 1);
  settle(rig, venue);
  rig.positions.read(0);
  expect(rig.positions.netLots).toBe(18);
  expect(rig.executionCount('cumDisagreements')).toBeGreaterThan(0);
});

test('a lost fill of others between two that came is found too: lists are compared, not continued', () => {
  const { rig, venue } = scripted();
  for (const lots of [5, 6, 7]) venue.outsideTrade(0, SIDE.buy, 10_000, lots);
  venue.wire.splice(1, 1);
  settle(rig, venue);
  rig.positions.read(0);
  expect(rig.positions.netLots).toBe(12);
  rig.command(COMMAND.reconcile);
  settle(rig, venue);
  rig.positions.read(0);
  expect(rig.positions.netLots).toBe(18);
});

test('a disconnect makes requests in flight unknown and holds new orders until all is compared', () => {
  const { rig, venue } = scripted();
  rig.submit(1);
  rig.turn();
  venue.disconnect(1);
  rig.turn();
  expect(states(rig, 1)).toEqual(['submitted', 'unknown']);
  rig.submit(2);
  rig.turn();
  expect(states(rig, 2)).toEqual(['denied']);
  venue.connect();
  rig.turn();
  expect(rig.trading.isReconciled()).toBe(false);
  settle(rig, venue);
  expect(rig.trading.isReconciled()).toBe(true);
  expect(states(rig, 1)).toEqual(['accepted']);
  rig.submit(3);
  settle(rig, venue);
  expect(venue.placements.get(3)).toBe(1);
});

test('a refused intent record keeps the order here and halts new ones', () => {
  let works = true;
  const { rig, venue } = scripted({ intentLogWorks: () => works });
  works = false;
  rig.submit(1);
  settle(rig, venue);
  expect(venue.placements.size).toBe(0);
  expect(states(rig, 1)).toEqual(['rejected']);
  rig.submit(2);
  settle(rig, venue);
  expect(states(rig, 2)).toEqual(['denied']);
  expect(rig.trading.isJournalLost()).toBe(true);
});

test('a replacement ends the old order and places the new one; both are held back meanwhile', () => {
  const { rig, venue } = scripted();
  rig.submit(1, { qtyLots: 10 });
  settle(rig, venue);
  rig.replace(2, 1, { qtyLots: 12, priceTicks: 9_999 });
  rig.turn();
  expect(rig.reservations.openBuyLots(0)).toBe(22);
  settle(rig, venue);
  expect(states(rig, 1).at(-1)).toBe('canceled');
  expect(states(rig, 2)).toEqual([]);
  expect(venue.orders.get(2)!.isWorking).toBe(true);
  expect(rig.reservations.openBuyLots(0)).toBe(12);
  rig.replace(3, 1, { qtyLots: 5 });
  settle(rig, venue);
  expect(venue.placements.has(3)).toBe(false);
  expect(rig.reservations.openBuyLots(0)).toBe(12);
});

test('fills of others change the position and belong to no strategy', () => {
  const { rig, venue } = scripted();
  venue.outsideTrade(0, SIDE.sell, 10_000, 25);
  settle(rig, venue);
  rig.positions.read(0);
  expect(rig.positions.netLots).toBe(-25);
  const fills = rig.read('execution-to-journal').filter((record) => record.message === 'Fill');
  expect(fills.map((record) => [record.fields['strategyIndex'], record.fields['flags']])).toEqual([[-1, 2]]);
  expect(rig.read('execution-to-strategy').filter((record) => record.message === 'Fill')).toEqual([]);
  expect(rig.riskCount('outsideFills')).toBe(1);
});

test('a fill beyond the size of its order is booked as outside: the order keeps its bounds, the position the facts', () => {
  const { rig, venue } = scripted();
  rig.submit(1, { qtyLots: 10 });
  settle(rig, venue);
  venue.fill(1, 10);
  settle(rig, venue);
  const trade = { ...venue.trades[0], id: 9_999, qtyLots: 3 };
  venue.tradeMessage(trade)(venue.gateway!);
  settle(rig, venue);
  rig.positions.read(0);
  expect(rig.positions.netLots).toBe(13);
  expect(rig.orders.cumQtyLots[rig.orders.slotOfIntent(1)]).toBe(10);
  expect(rig.executionCount('overfills')).toBe(1);
});

test("a late fill of a cancelled order changes the position, not the order's end", () => {
  const { rig, venue } = scripted();
  rig.submit(1, { qtyLots: 10 });
  settle(rig, venue);
  venue.cancel(1);
  settle(rig, venue);
  const order = venue.orders.get(1)!;
  venue.tradeMessage({ ...order, id: 9_001, qtyLots: 4, cumLots: 4 })(venue.gateway!);
  settle(rig, venue);
  rig.positions.read(0);
  expect(rig.positions.netLots).toBe(4);
  const slot = rig.orders.slotOfIntent(1);
  expect([rig.orders.state[slot], rig.orders.cumQtyLots[slot]]).toEqual([10, 4]);
  expect(rig.executionCount('lateFills')).toBe(1);
});

test('latency samples carry every hop, once when sent and once when acknowledged', () => {
  const { rig, venue } = scripted();
  rig.advance(MS);
  rig.submit(1);
  rig.turn();
  rig.advance(MS);
  settle(rig, venue);
  const samples = rig.read('execution-to-supervisor').map((record) => record.fields);
  expect(samples.map((fields) => fields['ackedNs'] === 0)).toEqual([true, false]);
  for (const fields of samples) {
    expect(fields['sentNs']).toBeGreaterThanOrEqual(fields['approvedNs'] as number);
    const takenNs = { book: fields['bookTakenNs'], strategy: fields['strategyTakenNs'] };
    expect(takenNs).toEqual({ book: fields['recvNs'], strategy: fields['recvNs'] });
    expect(fields['riskTakenNs']).toBe(fields['approvedNs']);
    expect(fields['executionTakenNs']).toBe(fields['sentNs']);
  }
});

test('risk measures how long each report was on its way', () => {
  const { rig, venue } = scripted();
  rig.advance(MS);
  rig.submit(1);
  settle(rig, venue);
  const before = summariseWaits(rig.reportWaits());
  expect(before.count).toBeGreaterThan(0);
  expect(before.max).toBeLessThan(400 * MS);
  rig.cancel(1);
  rig.risk.doWork(rig.clock.nowNs());
  rig.execution.doWork(rig.clock.nowNs());
  rig.advance(500 * MS);
  rig.risk.doWork(rig.clock.nowNs());
  const after = summariseWaits(rig.reportWaits());
  expect(after.count).toBeGreaterThan(before.count);
  expect(after.max / (500 * MS)).toBeGreaterThanOrEqual(1);
  expect(after.max / (500 * MS)).toBeLessThanOrEqual(1 + 1 / 16);
});

test('an order that is to be cancelled before its first answer has that answer measured all the same', () => {
  const { rig, venue } = scripted();
  rig.submit(1);
  rig.turn();
  rig.cancel(1);
  rig.turn();
  const slot = rig.orders.slotOfIntent(1);
  expect([rig.orders.state[slot], rig.orders.ackedNs[slot]]).toEqual([ORDER_STATE.pendingCancel, 0]);
  const deadlineNs = rig.orders.deadlineNs[slot];
  rig.advance(MS);
  const answeredNs = rig.clock.nowNs();
  venue.takeRequest();
  venue.deliver(0, false);
  rig.turn();
  expect(rig.orders.state[slot]).toBe(ORDER_STATE.pendingCancel);
  expect([rig.orders.ackedNs[slot], rig.orders.deadlineNs[slot]]).toEqual([answeredNs, deadlineNs]);
});

test('a drain lets open orders end, takes no new ones, and says when it is done', () => {
  const { rig, venue } = scripted();
  rig.submit(1);
  settle(rig, venue);
  rig.command(COMMAND.drain);
  rig.command(COMMAND.cancelAll);
  rig.submit(2);
  rig.turn();
  expect(rig.trading.isDrained()).toBe(false);
  settle(rig, venue);
  expect(rig.trading.isDrained()).toBe(true);
  expect(venue.placements.has(2)).toBe(false);
});

test('an order given up as never accepted that turns up at the venue after all is cancelled there', () => {
  const { rig, venue } = scripted();
  rig.submit(1);
  rig.turn();
  const [late] = venue.inbox.splice(0, 1);
  settle(rig, venue, 60);
  expect(states(rig, 1).at(-1)).toBe('rejected');
  late();
  settle(rig, venue);
  expect(venue.orders.get(1)?.isWorking).toBe(false);
  expect(rig.executionCount('zombieOrders')).toBe(1);
});

test('reports of one order reach risk, strategy and journal alike while one of the three is stuck', () => {
  const { rig, venue } = scripted({ ringBytes: 1_024 });
  rig.submit(1, { qtyLots: 100 });
  settle(rig, venue);
  for (let lots = 0; lots < 40; lots++) venue.fill(1, 1);
  settle(rig, venue);
  rig.positions.read(0);
  expect(rig.positions.netLots).toBe(40);
  expect(rig.executionCount('backPressuredTurns')).toBeGreaterThan(0);
  const heard: unknown[] = [];
  for (let round = 0; round < 30; round++) {
    heard.push(...rig.read('execution-to-strategy').filter((record) => record.message === 'Fill'));
    settle(rig, venue, 1);
  }
  expect(heard.length).toBe(40);
});

test('a request no slot is left for is denied, and cancels still pass', () => {
  const { rig, venue } = scripted();
  for (let seq = 1; seq <= 1_024; seq++) {
    rig.submit(seq, { qtyLots: 1, instrumentIndex: seq & 1 });
    if (seq % 64 === 0) {
      settle(rig, venue, 1);
      rig.read('execution-to-strategy');
      rig.read('execution-to-journal');
    }
  }
  expect(venue.placements.size).toBe(1_024);
  rig.submit(2_000, { qtyLots: 1 });
  rig.cancel(5);
  settle(rig, venue, 2);
  expect(states(rig, 2_000)).toEqual(['denied']);
  expect(venue.orders.get(5)?.isWorking).toBe(false);
  rig.submit(2_001, { qtyLots: 1 });
  settle(rig, venue, 2);
  expect(venue.placements.get(2_001)).toBe(1);
});
