import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { pruneJournal } from '../../engine/journal/prune.ts';
import { readState, recoverState } from '../../engine/journal/recovery.ts';
import { GONE_STRATEGY, runStrategy, strategyIndexNow } from '../../engine/journal/run-strategies.ts';
import type { RunStrategy } from '../../engine/journal/run-strategies.ts';
import { ORDER_STATE, SIDE } from '../../engine/messages/enums.ts';
import {
  instrument,
  intentRecord,
  JournalRig,
  runIdentity,
  START_EPOCH_US,
  temporaryFolder,
} from '../fixtures/journal-rig.ts';

const root = temporaryFolder();
afterAll(() => root.remove());
let folders = 0;
const folder = (): string => join(root.path, `journal-${folders++}`);

const BTC = [instrument('BTCUSDT', 0)];
const MAKER = { name: 'maker', params: { spread: 2 } };
const TAKER = { name: 'taker', params: {} };

function named(...list: readonly { readonly name: string; readonly params: object }[]): RunStrategy[] {
  return list.map(({ name, params }, index) => runStrategy(index, name, params));
}

/** A run of these strategies that leaves an open order of each, by report and by intent. */
function run(directory: string, strategies: RunStrategy[] | undefined, startEpochUs = START_EPOCH_US): void {
  const identity = runIdentity({ instruments: BTC, startEpochUs, ...(strategies && { strategies }) });
  const rig = new JournalRig(directory, { run: identity, segmentBytes: 4_096 });
  rig.start();
  const log = rig.intentLog();
  for (const strategyIndex of [0, 1]) {
    const seq = startEpochUs === START_EPOCH_US ? 1 : 11;
    const reported = { intentSeq: seq + strategyIndex, instrumentIndex: 0, qtyLots: 5, strategyIndex };
    rig.update(0, { ...reported, state: ORDER_STATE.accepted, cumQtyLots: 0 });
    const intent = { ...reported, intentSeq: seq + 2 + strategyIndex, clientId: `s1-${strategyIndex}` };
    const view = intentRecord(intent);
    log.append(view, 0, view.u8.length);
  }
  rig.turn();
  rig.actor.onClose();
  log.close();
}

/** Indexes that the recovered orders have in a run of `now`. */
function ownersOf(directory: string, now: readonly RunStrategy[]): Record<number, number> {
  const { openOrders } = recoverState(directory, ['account-1']);
  return Object.fromEntries(
    openOrders.map(({ intentSeq, strategy, strategyIndex }) => [
      intentSeq,
      strategy === null ? strategyIndex : strategyIndexNow(strategy, now),
    ]),
  );
}

describe('orders of an earlier run', () => {
  it('belong to the strategy of the same name, wherever the configuration names it now', () => {
    const directory = folder();
    run(directory, named(MAKER, TAKER));
    expect(ownersOf(directory, named(MAKER, TAKER))).toEqual({ 1: 0, 2: 1, 3: 0, 4: 1 });
    expect(ownersOf(directory, named(TAKER, MAKER))).toEqual({ 1: 1, 2: 0, 3: 1, 4: 0 });
    expect(ownersOf(directory, named({ name: 'other', params: {} }, TAKER))).toEqual({
      1: GONE_STRATEGY,
      2: 1,
      3: GONE_STRATEGY,
      4: 1,
    });
  });

  it('keep the meaning of their own run when the next one names the strategies in another order', () => {
    const directory = folder();
    run(directory, named(MAKER, TAKER));
    run(directory, named(TAKER, MAKER), START_EPOCH_US + 1_000_000);
    const owners = { 1: 0, 2: 1, 3: 0, 4: 1, 11: 1, 12: 0, 13: 1, 14: 0 };
    expect(ownersOf(directory, named(MAKER, TAKER))).toEqual(owners);
  });

  it('keep their index where the journal names no strategies', () => {
    const directory = folder();
    run(directory, undefined);
    expect(ownersOf(directory, named(TAKER, MAKER))).toEqual({ 1: 0, 2: 1, 3: 0, 4: 1 });
  });

  it('belong to no strategy when their run named others but not theirs', () => {
    const directory = folder();
    run(directory, named(MAKER));
    expect(ownersOf(directory, named(MAKER, TAKER))).toEqual({
      1: 0,
      2: GONE_STRATEGY,
      3: 0,
      4: GONE_STRATEGY,
    });
  });

  it('are the same after the records were replaced by a checkpoint', () => {
    const directory = folder();
    run(directory, named(MAKER, TAKER));
    run(directory, named(TAKER, MAKER), START_EPOCH_US + 1_000_000);
    const before = readState(directory);
    const { checkpoint, difference } = pruneJournal(directory, START_EPOCH_US + 2_000_000);
    expect({ checkpoint, difference }).toEqual({ checkpoint: 'checkpoint-00000001.ckpt', difference: null });
    expect(readState(directory).openOrders).toEqual(before.openOrders);
  });
});

describe('what strategies hold after a restart', () => {
  let trades = 0;
  /** A run in which each strategy index buys so many lots at so many ticks (sells, when negative). */
  const trade = (
    directory: string,
    startEpochUs: number,
    strategies: RunStrategy[] | undefined,
    fills: readonly (readonly [strategyIndex: number, lots: number, priceTicks: number])[],
  ): void => {
    const identity = runIdentity({ instruments: BTC, startEpochUs, ...(strategies && { strategies }) });
    const rig = new JournalRig(directory, { run: identity, segmentBytes: 4_096 });
    rig.start();
    for (const [strategyIndex, lots, priceTicks] of fills) {
      const number = ++trades;
      const side = lots > 0 ? SIDE.buy : SIDE.sell;
      const ids = { fillSeq: number, intentSeq: number, venueTradeId: number, instrumentIndex: 0 };
      rig.fill(0, { ...ids, side, priceTicks, qtyLots: Math.abs(lots), feeCash: 1, strategyIndex });
    }
    rig.turn();
    rig.actor.onClose();
  };
  const sharesOf = (directory: string): Record<string, readonly number[]> =>
    Object.fromEntries(
      readState(directory).shares.map(({ owner, netLots, costCash, realisedCash, feesCash }) => [
        owner.key.split('\n')[0],
        [netLots, costCash, realisedCash, feesCash],
      ]),
    );

  it('is what their own fills made, over all runs, by name; what is nobody’s stays nobody’s', () => {
    const directory = folder();
    trade(directory, START_EPOCH_US, named(MAKER, TAKER), [
      [0, 5, 100],
      [1, -5, 110],
      [-1, 3, 100],
    ]);
    const other = { ...MAKER, params: { spread: 9 } };
    trade(directory, START_EPOCH_US + 1e6, named(TAKER, other), [
      [1, -2, 120],
      [0, 1, 100],
      [GONE_STRATEGY, -1, 100],
    ]);
    const shares = { maker: [3, 300, 40, 2], taker: [-4, -440, 10, 2], '': [2, 200, 0, 2] };
    expect(sharesOf(directory)).toEqual(shares);
    const [{ netLots }] = readState(directory).positions;
    expect(netLots).toBe(1);
    // The same from a checkpoint, and going on from it.
    expect(pruneJournal(directory, START_EPOCH_US + 2e6).difference).toBeNull();
    expect(sharesOf(directory)).toEqual(shares);
    trade(directory, START_EPOCH_US + 3e6, named(MAKER), [[0, -3, 100]]);
    expect(sharesOf(directory)).toEqual({ ...shares, maker: [0, 0, 40, 3] });
  });

  it('is told apart by their parameters where two of a name run beside each other, else by the index', () => {
    const directory = folder();
    trade(directory, START_EPOCH_US, named(MAKER, { ...MAKER, params: {} }), [
      [0, 5, 100],
      [1, 2, 100],
    ]);
    const { shares } = readState(directory);
    const now = named({ ...MAKER, params: {} }, MAKER);
    const owned = shares.map(({ owner, netLots }) => [strategyIndexNow(owner.strategy!, now), netLots]);
    expect(Object.fromEntries(owned)).toEqual({ 0: 2, 1: 5 });
    const unnamed = folder();
    trade(unnamed, START_EPOCH_US, undefined, [[1, 4, 100]]);
    expect(readState(unnamed).shares).toMatchObject([
      { owner: { strategyIndex: 1, strategy: null }, netLots: 4 },
    ]);
  });
});

describe('a strategy that is added while the engine runs', () => {
  it('is named in the intent log before its first order, without a new file', () => {
    const directory = folder();
    const strategies = named(MAKER);
    const rig = new JournalRig(directory, { run: runIdentity({ instruments: BTC, strategies }) });
    rig.start();
    const log = rig.intentLog();
    strategies.push(runStrategy(1, TAKER.name, TAKER.params));
    expect(log.nameStrategies()).toBe(true);
    const view = intentRecord({
      intentSeq: 7,
      instrumentIndex: 0,
      qtyLots: 1,
      clientId: 's1-7',
      strategyIndex: 1,
    });
    expect(log.append(view, 0, view.u8.length)).toBe(true);
    log.close();
    rig.actor.onClose();
    expect(ownersOf(directory, named(TAKER, MAKER))).toEqual({ 7: 0 });
  });
});

describe('the strategy that an order belongs to now', () => {
  it('is told apart from its namesakes by its parameters, whatever the order of their keys', () => {
    const then = runStrategy(0, 'maker', { spread: 2, size: { max: 1, min: 0 } });
    const same = runStrategy(1, 'maker', { size: { min: 0, max: 1 }, spread: 2 });
    const other = runStrategy(0, 'maker', { spread: 3 });
    expect(strategyIndexNow(then, [other, same])).toBe(1);
    expect(strategyIndexNow(then, [other])).toBe(0);
    expect(strategyIndexNow(then, [other, runStrategy(1, 'maker', { spread: 4 })])).toBe(GONE_STRATEGY);
  });

  it('is found again in every order of any configuration, also by names longer than the record holds', () => {
    const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 90 });
    const list = fc.uniqueArray(word, {
      minLength: 1,
      maxLength: 8,
      selector: (name) => runStrategy(0, name, 0).name,
    });
    fc.assert(
      fc.property(list, fc.infiniteStream(fc.nat()), (names, picks) => {
        const shuffled = names
          .map((name) => ({ name, at: picks.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ name }) => name);
        const now = named(...shuffled.map((name) => ({ name, params: {} })));
        for (const [index, name] of names.entries()) {
          const found = strategyIndexNow(runStrategy(index, name, {}), now);
          expect(shuffled[found]).toBe(name);
        }
      }),
      { seed: 7, numRuns: 100 },
    );
  });
});
