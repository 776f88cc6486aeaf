import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FillLedger, fillLedgerBytes, REDO } from '../../engine/execution/fill-ledger.ts';
import { venueIdBytes } from '../../engine/execution/venue-id-reader.ts';
import { VenueIds } from '../../engine/execution/venue-ids.ts';
import {
  ExecutionTradingState,
  TradingStateReader,
  tradingStateBytes,
} from '../../engine/risk/trading-state.ts';
import { INTENT_COUNTER_BYTES, IntentCounter } from '../../engine/strategy/intent-counter.ts';
import { StrategyHosts } from '../../engine/ipc/strategy-hosts.ts';
import { ownRegion } from '../fixtures/actor-rig.ts';

/** Who takes the next number, among `count` that share them. */
const turns = fc
  .integer({ min: 1, max: 12 })
  .chain((count) =>
    fc.record({ count: fc.constant(count), takers: fc.array(fc.nat(count - 1), { maxLength: 60 }) }),
  );

function expectDistinct(numbers: readonly number[], above: number): void {
  expect(new Set(numbers).size).toBe(numbers.length);
  for (const number of numbers) expect(number).toBeGreaterThan(above);
}

describe('numbers that several actors give out', () => {
  it('of intents are never the same twice and above those of earlier runs', () => {
    fc.assert(
      fc.property(turns, fc.nat(1e9), ({ count, takers }, base) => {
        const actors = Array.from({ length: count }, (_, place) => {
          const { buffer, region } = ownRegion('intents', INTENT_COUNTER_BYTES);
          const attach = (): IntentCounter => new IntentCounter(buffer, region, count, place);
          attach().startAfter(base, 0);
          return attach;
        });
        // Each number is taken by a new incarnation, which goes on where the last one was.
        expectDistinct(
          takers.map((place) => actors[place]().next()),
          base,
        );
      }),
      { seed: 71 },
    );
  });

  it('of fills are never the same twice and above the highest that recovery found', () => {
    fc.assert(
      fc.property(turns, fc.nat(50), ({ count, takers }, highest) => {
        const ledgers = Array.from({ length: count }, (_, place) => {
          const { buffer, region } = ownRegion('fills', fillLedgerBytes(2));
          const ledger = new FillLedger(buffer, region, null, count, place);
          ledger.seedFillSeq(highest);
          return ledger;
        });
        const numbers = takers.map((place, trade) => {
          const ledger = ledgers[place];
          const fillSeq = ledger.nextFillSeq();
          ledger.redo[REDO.fillSeq] = fillSeq;
          ledger.redo[REDO.venueTradeId] = trade + 1;
          ledger.noteFill();
          return fillSeq;
        });
        expectDistinct(numbers, highest);
      }),
      { seed: 72 },
    );
  });

  it('of venue ids never mean two ids by one key', () => {
    fc.assert(
      fc.property(turns, ({ count, takers }) => {
        const accounts = Array.from({ length: count }, (_, place) => {
          const { buffer, region } = ownRegion('ids', venueIdBytes(64));
          return new VenueIds(buffer, region, null, 64, count, place);
        });
        const keys = takers.map((place, nth) => accounts[place].keyOfValue(`id-${nth}`));
        expect(new Set(keys).size).toBe(keys.length);
        for (const key of keys) expect(key).toBeLessThan(0);
      }),
      { seed: 73 },
    );
  });

  it('of fills are taken once per account, in whatever order the accounts report', () => {
    const { buffer, region } = ownRegion('intents', INTENT_COUNTER_BYTES);
    const counter = new IntentCounter(buffer, region);
    counter.startAfter(0, 10);
    expect([counter.takeFill(14, 1), counter.takeFill(11, 0), counter.takeFill(14, 1)]).toEqual([
      true,
      true,
      false,
    ]);
    expect([counter.takeFill(10, 2), counter.takeFill(12, 2)]).toEqual([false, true]);
  });
});

describe('the trading state of several accounts', () => {
  it('is the worst of all together, and of each its own', () => {
    const { buffer, region } = ownRegion('trading', tradingStateBytes(3));
    const all = new TradingStateReader(buffer, region);
    const accounts = [0, 1, 2].map((place) => new ExecutionTradingState(buffer, region, place));
    for (const account of accounts) {
      account.setReconciled(true);
      account.setConnected(true);
    }
    expect([all.isReconciled(), all.isConnected(), all.mayTrade()]).toEqual([true, true, true]);
    accounts[1].setReconciled(false);
    accounts[2].setJournalLost(true);
    accounts[0].setOrders(3, 1);
    accounts[2].setOrders(4, 0);
    expect([all.isReconciled(), all.isJournalLost(), all.openOrders(), all.unknownOrders()]).toEqual([
      false,
      true,
      7,
      1,
    ]);
    expect(accounts.map((account) => account.mayTrade())).toEqual([true, false, false]);
    expect(accounts.map((account) => account.openOrders())).toEqual([3, 0, 4]);
  });

  it('refuses an account that is not there', () => {
    const { buffer, region } = ownRegion('trading', tradingStateBytes(2));
    expect(() => new ExecutionTradingState(buffer, region, 2)).toThrow(/another size/);
  });
});

describe('which strategy actor hosts a strategy', () => {
  it('is known by index; orders without a strategy are the first actor’s, those of others nobody’s', () => {
    const hosts = StrategyHosts.unshared();
    hosts.set(0, 2);
    hosts.set(63, 1);
    expect([
      hosts.actorOf(0),
      hosts.actorOf(63),
      hosts.actorOf(5),
      hosts.actorOf(64),
      hosts.actorOf(-1),
    ]).toEqual([2, 1, 0, 0, -1]);
    hosts.clear(0);
    expect([hosts.actorOf(0), hosts.isHosted(0), hosts.isHosted(63)]).toEqual([0, false, true]);
  });
});
