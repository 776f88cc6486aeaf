/**
 * A venue that names orders by UUIDs and trades by 19-digit numbers, from its reports through execution and ledger into
 * the journal, and back after the thread or the process has died.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../engine/app/config/config.ts';
import type { EngineLog } from '../../engine/app/run/engine-log.ts';
import { openEngineState } from '../../engine/app/run/engine-state.ts';
import type { VenueSession } from '../../engine/app/run/venue-session.ts';
import { planMemory } from '../../engine/app/threads/memory-plan.ts';
import { createClockOrigin } from '../../engine/core/clock.ts';
import { FillLedger } from '../../engine/execution/fill-ledger.ts';
import { OrderTable } from '../../engine/execution/order-table.ts';
import { VenueIds } from '../../engine/execution/venue-ids.ts';
import { COUNTER_BLOCK_BYTES, CounterBlock } from '../../engine/ipc/counters.ts';
import { ERROR_LOG_BYTES, ErrorLog } from '../../engine/ipc/error-log.ts';
import { MemoryMapBuilder, regionOf } from '../../engine/ipc/memory-map.ts';
import { JournalActor } from '../../engine/journal/journal-actor.ts';
import { JOURNAL_CELL_BYTES, JournalCell } from '../../engine/journal/journal-cell.ts';
import { dumpJournal } from '../../engine/journal/reader.ts';
import type { DumpedRecord } from '../../engine/journal/reader.ts';
import { recoverState } from '../../engine/journal/recovery.ts';
import { openStateDirectory } from '../../engine/journal/state-directory.ts';
import { SIDE } from '../../engine/messages/enums.ts';
import { plainTopology } from '../../engine/runtime/build-topology.ts';
import { ScriptedGateway, ScriptedVenue } from '../fixtures/scripted-venue.ts';
import { INSTRUMENTS, MS, TradingRig } from '../fixtures/trading-rig.ts';

const ACCOUNT = 'account-1';
const root = mkdtempSync(join(tmpdir(), 'shrike-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const orderText = (id: number): string => `5f1c36b0-9a5c-4c12-8d1e-${String(id).padStart(12, '0')}`;
/** Neighbours that are one and the same double. */
const tradeText = (id: number): string => `9223372036854${String(id).padStart(6, '0')}`;
const idText = (id: number): string => (id < 5000 ? orderText(id) : tradeText(id));

class Run {
  readonly venue: ScriptedVenue;
  readonly rig: TradingRig;
  private readonly journal: JournalActor;

  /** @param directory where its journal goes */
  constructor(directory: string, startEpochUs: number) {
    const venue = new ScriptedVenue();
    venue.idText = idText;
    this.venue = venue;
    this.rig = new TradingRig({ gateway: (context) => new ScriptedGateway(venue, context) }).start();
    const map = new MemoryMapBuilder();
    const [counters, errors, cell] = [
      map.reserve('counters', COUNTER_BLOCK_BYTES),
      map.reserve('errors', ERROR_LOG_BYTES),
      map.reserve('journal', JOURNAL_CELL_BYTES),
    ];
    const buffer = new SharedArrayBuffer(map.seal().byteLength);
    this.journal = new JournalActor({
      subscriptions: ['risk-to-journal', 'execution-to-journal'].map((name) => this.rig.subscription(name)),
      cell: new JournalCell(buffer, cell),
      clock: this.rig.clock,
      counters: new CounterBlock(buffer, counters),
      errors: new ErrorLog(buffer, errors),
      directory,
      segmentBytes: 1 << 20,
      syncIntervalNs: 1,
      run: { mode: 'live', venue: 'sim', accountId: ACCOUNT, startEpochUs, instruments: INSTRUMENTS },
    });
    this.journal.onStart(this.rig.clock.nowNs());
    this.settle();
  }

  settle(): void {
    for (let round = 0; round < 8; round++) {
      this.rig.turn();
      while (this.venue.takeRequest());
      while (this.venue.deliver(0, false));
      this.rig.turn();
      this.rig.advance(30 * MS);
      this.journal.doWork(this.rig.clock.nowNs());
    }
  }

  netLots(): number {
    this.rig.positions.read(0);
    return this.rig.positions.netLots;
  }
}

async function dump(directory: string): Promise<DumpedRecord[]> {
  const records: DumpedRecord[] = [];
  expect(await dumpJournal(directory, (record) => records.push(record))).toEqual([]);
  return records;
}

let folders = 0;
function newState(): { dir: string; journal: string } {
  const dir = join(root, `state-${folders++}`);
  const state = openStateDirectory(dir, { mode: 'live', venue: 'sim' }, 1);
  state.release();
  return { dir, journal: state.journal };
}

/** A fill of 4 lots in an order of 10 that stays open. */
function trade(run: Run, intentSeq = 7): void {
  run.rig.submit(intentSeq, { qtyLots: 10, priceTicks: 10_000 });
  run.settle();
  run.venue.fill(intentSeq, 4);
  run.settle();
}

describe('ids that are no plain numbers', () => {
  test('are exact in the order table, the reports, the journal and its dump', async () => {
    const { journal } = newState();
    const run = new Run(journal, 1);
    trade(run);
    const { orders, venueIds } = run.rig;
    const order = run.venue.orders.get(7)!;
    const slot = orders.slotOfIntent(7);
    expect(venueIds.textOf(orders.venueOrderId[slot])).toBe(orderText(order.orderId));
    expect(orders.slotOfVenueOrder(0, orders.venueOrderId[slot])).toBe(slot);
    const told = run.rig.read('execution-to-strategy').filter(({ message }) => message === 'Fill');
    expect(told.map(({ fields }) => venueIds.textOf(Number(fields['venueTradeId'])))).toEqual([
      tradeText(5000),
    ]);
    const records = await dump(journal);
    const [fill] = records.filter(({ message }) => message === 'Fill');
    expect(fill.fields).toMatchObject({
      venueOrderId: orderText(order.orderId),
      venueTradeId: tradeText(5000),
    });
    const updates = records.filter(
      ({ message, fields }) => message === 'OrderUpdate' && fields['state'] === 'accepted',
    );
    expect(updates.map(({ fields }) => fields['venueOrderId'])).toEqual([orderText(order.orderId)]);
    // Each text is told once, and before the first record that needs it.
    const bound = records.filter(({ message }) => message === 'VenueIdBound');
    expect(bound.map(({ fields }) => fields['text'])).toEqual([orderText(order.orderId), tradeText(5000)]);
    expect(records.indexOf(bound[1])).toBeLessThan(records.indexOf(fill));
    expect(run.rig.executionCount('venueIdsKept')).toBe(2);
  });

  test('tell a repeated report from the next trade, whose number is the same double', () => {
    const run = new Run(newState().journal, 1);
    trade(run);
    const [first] = run.venue.trades;
    expect(Number(tradeText(5000))).toBe(Number(tradeText(5001)));
    run.venue.send(run.venue.tradeMessage(first));
    run.settle();
    expect(run.netLots()).toBe(4);
    run.venue.fill(7, 1);
    run.settle();
    expect(run.netLots()).toBe(5);
    expect(run.rig.executionCount('duplicateFills')).toBeGreaterThan(0);
    expect(run.rig.executionCount('fills')).toBe(2);
  });

  test('stay known when the thread of execution starts anew, at any moment', () => {
    const run = new Run(newState().journal, 1);
    trade(run);
    for (let restart = 0; restart < 3; restart++) {
      const before = run.rig.orders.venueOrderId[run.rig.orders.slotOfIntent(7)];
      run.rig.startExecution();
      expect(run.rig.orders.venueOrderId[run.rig.orders.slotOfIntent(7)]).toBe(before);
      run.settle();
      for (const each of run.venue.trades) run.venue.send(run.venue.tradeMessage(each));
      run.settle();
      expect(run.netLots()).toBe(4 + restart);
      run.venue.fill(7, 1);
      run.settle();
    }
    expect(run.netLots()).toBe(7);
    expect(run.rig.executionCount('venueIdsKept')).toBe(5);
  });

  test('are known again by their texts after the process was killed, under keys of the new run', () => {
    const { dir, journal } = newState();
    trade(new Run(journal, 1));
    const recovered = recoverState(journal, [ACCOUNT]);
    expect(recovered.openOrders).toMatchObject([
      { intentSeq: 7, venueOrderId: orderText(1000), cumQtyLots: 4 },
    ]);
    expect(recovered.trades).toMatchObject([{ venueTradeId: tradeText(5000), side: SIDE.buy }]);
    expect(recovered.positions).toMatchObject([{ netLots: 4, lastVenueTradeId: 0 }]);

    const { config } = loadConfig({ env: {}, sets: ['mode=live', `state.dir=${dir}`] });
    const memory = planMemory(plainTopology('fused'), INSTRUMENTS.length);
    const log = { info: () => {}, warn: () => {} } as unknown as EngineLog;
    const accounts = [{ label: '', accountId: ACCOUNT }];
    const session = { accounts, instruments: INSTRUMENTS } as unknown as VenueSession;
    openEngineState(config, session, [], memory, createClockOrigin(), log).release();
    const { buffer, map } = memory;
    const ids = new VenueIds(buffer, regionOf(map, 'state:venue-ids'), null);
    const orders = new OrderTable(buffer, regionOf(map, 'state:orders'), ids);
    const fills = new FillLedger(buffer, regionOf(map, 'state:fills'), ids);
    expect(fills.isKnown(0, SIDE.buy, ids.keyOfValue(tradeText(5000)))).toBe(true);
    expect(fills.isKnown(0, SIDE.sell, ids.keyOfValue(tradeText(5000)))).toBe(false);
    expect(fills.isKnown(0, SIDE.buy, ids.keyOfValue(tradeText(5001)))).toBe(false);
    const slot = orders.slotOfIntent(7);
    expect(orders.slotOfVenueOrder(0, ids.keyOfValue(orderText(1000)))).toBe(slot);
    expect(ids.textOf(orders.venueOrderId[slot])).toBe(orderText(1000));
    // The journal of the new run has to be told again.
    expect(ids.isAnnounced(ids.placeOf(orders.venueOrderId[slot]))).toBe(false);
  });

  test('mean in every run what that run said: two runs give the same key to different ids', async () => {
    const { journal } = newState();
    const first = new Run(journal, 1);
    trade(first, 7);
    const second = new Run(journal, 2);
    second.venue.idText = (id) => `second/${id}`;
    trade(second, 8);
    const { openOrders, trades, disagreements } = recoverState(journal, [ACCOUNT]);
    expect(openOrders.map(({ venueOrderId }) => venueOrderId)).toEqual([orderText(1000), 'second/1000']);
    // The second run was not told of the first, so its fill has the first one's number and counts once.
    expect(trades.map(({ venueTradeId }) => venueTradeId)).toEqual([tradeText(5000)]);
    expect(disagreements).toEqual([]);
    const keys = (await dump(journal)).filter(({ message }) => message === 'VenueIdBound');
    expect(new Set(keys.map(({ fields }) => fields['key'])).size).toBeLessThan(keys.length);
  });
});
