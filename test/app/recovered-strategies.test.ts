import { afterAll, expect, test } from 'vitest';
import { loadConfig } from '../../engine/app/config/config.ts';
import type { EngineLog } from '../../engine/app/run/engine-log.ts';
import { openEngineState } from '../../engine/app/run/engine-state.ts';
import type { VenueSession } from '../../engine/app/run/venue-session.ts';
import { planMemory } from '../../engine/app/threads/memory-plan.ts';
import { createClockOrigin } from '../../engine/core/clock.ts';
import { OrderTable } from '../../engine/execution/order-table.ts';
import { regionOf } from '../../engine/ipc/memory-map.ts';
import { GONE_STRATEGY, runStrategy } from '../../engine/journal/run-strategies.ts';
import { openStateDirectory } from '../../engine/journal/state-directory.ts';
import { ORDER_STATE, SIDE } from '../../engine/messages/enums.ts';
import { NOBODY, StrategyPositionReader } from '../../engine/risk/strategy-positions.ts';
import { plainTopology } from '../../engine/runtime/build-topology.ts';
import { JournalRig, runIdentity, START_EPOCH_US, temporaryFolder } from '../fixtures/journal-rig.ts';

const root = temporaryFolder();
afterAll(() => root.remove());

test('after a restart with the strategies in another order each has its own open orders and its own position again', () => {
  const identity = { mode: 'paper', venue: 'sim' } as const;
  const state = openStateDirectory(root.path, identity, START_EPOCH_US);
  const before = ['momentum', 'mean-reversion', 'tick-taker'];
  const strategies = before.map((name, index) => runStrategy(index, name, {}));
  const run = runIdentity({ strategies });
  const rig = new JournalRig(state.journal, { run });
  rig.start();
  for (const strategyIndex of [0, 1, 2]) {
    const order = { intentSeq: 10 + strategyIndex, instrumentIndex: 0, qtyLots: 5, strategyIndex };
    rig.update(0, { ...order, state: ORDER_STATE.accepted, cumQtyLots: 0 });
  }
  for (const [strategyIndex, qtyLots] of [4, 2, 1].entries()) {
    const number = 20 + strategyIndex;
    const ids = { fillSeq: number, intentSeq: number, venueTradeId: number, instrumentIndex: 0 };
    rig.fill(0, { ...ids, side: SIDE.buy, priceTicks: 100, qtyLots, feeCash: 1, strategyIndex });
  }
  rig.turn();
  rig.actor.onClose();
  state.release();

  const { config } = loadConfig({ env: {}, sets: ['mode=paper', `state.dir=${root.path}`] });
  const accounts = [{ label: '', accountId: run.accountId }];
  const session = { accounts, instruments: run.instruments } as unknown as VenueSession;
  const warnings: string[] = [];
  const log = { info: () => {}, warn: (text: string) => warnings.push(text) } as unknown as EngineLog;
  const memory = planMemory(plainTopology('fused'), 2);
  const now = ['mean-reversion', 'momentum'].map((name) => ({ name, params: {} }));
  openEngineState(config, session, now, memory, createClockOrigin(), log).release();
  const orders = new OrderTable(memory.buffer, regionOf(memory.map, 'state:orders'));
  const owners: Record<number, number> = {};
  orders.forEachOpen((slot) => {
    owners[orders.intentSeq[slot]] = orders.strategyIndex[slot];
  });
  expect(owners).toEqual({ 10: 1, 11: 0, 12: GONE_STRATEGY });
  // What the one holds that does not run now is nobody's.
  const shares = new StrategyPositionReader(memory.buffer, regionOf(memory.map, 'state:strategy-positions'));
  const held = [0, 1, 2, NOBODY].map((strategy) => shares.readOf(strategy, 0) && shares.netLots);
  expect(held).toEqual([2, 4, 0, 1]);
  expect(warnings).toEqual([expect.stringContaining('strategies that do not run (tick-taker)')]);
});
