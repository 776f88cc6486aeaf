import { mkdirSync, readFileSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { recoverState } from '../../engine/journal/recovery.ts';
import type { RecoveredState } from '../../engine/journal/recovery.ts';
import { verifyJournal } from '../../engine/journal/reader.ts';
import { SEQUENCE_AT, SOURCE_SELF, encodeRecord, logBuffer } from '../../engine/journal/record-format.ts';
import { SegmentWriter } from '../../engine/journal/segment-writer.ts';
import { FILL, FILL_BYTES } from '../../engine/messages/codecs.ts';
import { ORDER_STATE, SIDE } from '../../engine/messages/enums.ts';
import {
  JournalRig,
  fillTerms,
  START_EPOCH_US,
  instrument,
  intentRecord,
  runIdentity,
  temporaryFolder,
} from '../fixtures/journal-rig.ts';

const root = temporaryFolder();
afterAll(() => root.remove());
let folders = 0;
const newFolder = (): string => join(root.path, `case-${folders++}`);

const TERMINAL: readonly number[] = [
  ORDER_STATE.denied,
  ORDER_STATE.filled,
  ORDER_STATE.canceled,
  ORDER_STATE.expired,
  ORDER_STATE.rejected,
];

/** What one generated order does. */
interface OrderPlan {
  readonly symbolIndex: number;
  readonly side: number;
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly fillLots: readonly number[];
  readonly hasIntent: boolean;
  readonly states: readonly number[];
  readonly feeCash: number;
  readonly repeatsFill: boolean;
}

const orderPlan: fc.Arbitrary<OrderPlan> = fc
  .record({
    symbolIndex: fc.nat(1),
    side: fc.constantFrom(SIDE.buy, SIDE.sell),
    priceTicks: fc.integer({ min: 1, max: 1000 }),
    fillLots: fc.array(fc.integer({ min: 1, max: 1000 }), { maxLength: 3 }),
    restLots: fc.nat(1000),
    hasIntent: fc.boolean(),
    states: fc.array(fc.constantFrom(...Object.values(ORDER_STATE)), { maxLength: 3 }),
    feeCash: fc.nat(1000),
    repeatsFill: fc.boolean(),
  })
  .map(({ restLots, ...plan }) => ({
    ...plan,
    qtyLots: plan.fillLots.reduce((sum, lots) => sum + lots, 0) + restLots,
  }))
  .filter((plan) => plan.qtyLots > 0 && (plan.hasIntent || plan.states.length > 0));

/** Positions the plain way, in exact integers, the removed share of the cost rounded half away from zero. */
class NaivePosition {
  net = 0n;
  cost = 0n;
  realised = 0n;
  fees = 0n;

  apply(sign: bigint, price: bigint, lots: bigint, fee: bigint): void {
    this.fees += fee;
    let left = lots;
    if (this.net * sign < 0n) {
      const open = this.net < 0n ? -this.net : this.net;
      const closing = left < open ? left : open;
      const size = this.cost < 0n ? -this.cost : this.cost;
      const removed = (2n * size * closing + open) / (2n * open);
      const signedRemoved = this.cost < 0n ? -removed : removed;
      this.realised += -sign * price * closing - signedRemoved;
      this.cost -= signedRemoved;
      this.net += sign * closing;
      left -= closing;
    }
    this.net += sign * left;
    this.cost += sign * price * left;
  }
}

/** Plays the plans over several runs and returns what a naive reading of them says. */
function play(directory: string, runs: readonly (readonly OrderPlan[])[]): Partial<RecoveredState> {
  const naive = [new NaivePosition(), new NaivePosition()];
  const counts = [0, 0];
  const lastTrade = [0, 0];
  const open: number[] = [];
  let fillSeq = 0;
  let intentSeq = 0;
  runs.forEach((plans, runIndex) => {
    // Instrument indexes mean other symbols in every second run.
    const isSwapped = runIndex % 2 === 1;
    const symbols = isSwapped ? ['ETHUSDT', 'BTCUSDT'] : ['BTCUSDT', 'ETHUSDT'];
    const rig = new JournalRig(directory, {
      segmentBytes: 4096,
      run: runIdentity({
        startEpochUs: START_EPOCH_US + runIndex,
        instruments: symbols.map((symbol, index) => instrument(symbol, index)),
      }),
    });
    rig.start();
    const log = rig.intentLog();
    for (const plan of plans) {
      intentSeq += 1;
      const instrumentIndex = isSwapped ? 1 - plan.symbolIndex : plan.symbolIndex;
      const { qtyLots } = plan;
      if (plan.hasIntent) {
        const view = intentRecord({ intentSeq, instrumentIndex, qtyLots, clientId: `s1-${intentSeq}` });
        if (!log.append(view, 0, view.u8.length)) throw new Error('intent not written');
      }
      let filled = 0;
      for (const lots of plan.fillLots) {
        fillSeq += 1;
        filled += lots;
        const { side, priceTicks, feeCash } = plan;
        const terms = { fillSeq, intentSeq, instrumentIndex, side, priceTicks, feeCash, qtyLots: lots };
        rig.fill(0, { ...terms, venueTradeId: fillSeq + 500 });
        if (plan.repeatsFill) rig.fill(1, { ...terms, venueTradeId: fillSeq + 500 });
        const sign = side === SIDE.buy ? 1n : -1n;
        naive[plan.symbolIndex].apply(sign, BigInt(priceTicks), BigInt(lots), BigInt(feeCash));
        counts[plan.symbolIndex] += 1;
        lastTrade[plan.symbolIndex] = fillSeq + 500;
      }
      for (const state of plan.states)
        rig.update(0, { intentSeq, instrumentIndex, state, qtyLots, cumQtyLots: filled });
      const isOver = filled === qtyLots || plan.states.some((state) => TERMINAL.includes(state));
      if (!isOver) open.push(intentSeq);
    }
    rig.actor.onClose();
    log.close();
  });
  const positions = ['BTCUSDT', 'ETHUSDT'].flatMap((symbol, index) =>
    counts[index] === 0
      ? []
      : [
          {
            symbol,
            netLots: Number(naive[index].net),
            costCash: Number(naive[index].cost),
            realisedCash: Number(naive[index].realised),
            feesCash: Number(naive[index].fees),
            fillCount: counts[index],
            lastVenueTradeId: lastTrade[index],
          },
        ],
  );
  return {
    fills: fillSeq,
    highestFillSeq: fillSeq,
    highestIntentSeq: intentSeq,
    positions: positions as unknown as RecoveredState['positions'],
    openOrders: open.map((seq) => ({ intentSeq: seq })) as unknown as RecoveredState['openOrders'],
  };
}

describe('recovery', () => {
  it('equals a naive reading of fills, intents and reports over several runs', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(orderPlan, { maxLength: 12 }), { minLength: 1, maxLength: 3 }),
        (runs) => {
          const directory = newFolder();
          const expected = play(directory, runs);
          const state = recoverState(directory, ['account-1']);
          expect(state).toMatchObject({ ...expected, runs: runs.length, cutTails: [], archivedTo: null });
          expect(state.openOrders.length).toBe(expected.openOrders?.length);
          expect(recoverState(directory, ['account-1'])).toEqual(state);
        },
      ),
      { numRuns: 40, seed: 20_261 },
    );
  });

  it('is empty for a folder that does not exist yet', () => {
    expect(recoverState(newFolder(), ['account-1'])).toMatchObject({
      runs: 0,
      fills: 0,
      positions: [],
      openOrders: [],
      highestIntentSeq: 0,
      highestFillSeq: 0,
    });
  });

  it('takes an order without a terminal report for open, with what is known of it', () => {
    const directory = newFolder();
    const rig = new JournalRig(directory);
    rig.start();
    const log = rig.intentLog();
    const view = intentRecord({ intentSeq: 77, instrumentIndex: 1, qtyLots: 9, clientId: 's1-25' });
    log.append(view, 0, view.u8.length);
    rig.update(0, {
      intentSeq: 77,
      instrumentIndex: 1,
      state: ORDER_STATE.accepted,
      qtyLots: 9,
      cumQtyLots: 0,
    });
    rig.fill(0, fillTerms({ fillSeq: 1, intentSeq: 77, instrumentIndex: 1, qtyLots: 4 }));
    rig.actor.onClose();
    log.close();
    expect(recoverState(directory, ['account-1']).openOrders).toEqual([
      expect.objectContaining({
        intentSeq: 77,
        symbol: 'ETHUSDT',
        clientId: 's1-25',
        venueOrderId: 1_000_077,
        side: SIDE.buy,
        priceTicks: 100,
        qtyLots: 9,
        cumQtyLots: 4,
        lastState: ORDER_STATE.accepted,
        intentEpochUs: START_EPOCH_US + 5,
      }),
    ]);
  });

  it('keeps an order open whose end was reported but whose fills are not all there', () => {
    const directory = newFolder();
    const rig = new JournalRig(directory);
    rig.start();
    const order = { instrumentIndex: 0, qtyLots: 9 };
    rig.update(0, { ...order, intentSeq: 1, state: ORDER_STATE.canceled, cumQtyLots: 4 });
    rig.fill(0, fillTerms({ fillSeq: 1, intentSeq: 1, qtyLots: 3 }));
    rig.update(0, { ...order, intentSeq: 2, state: ORDER_STATE.canceled, cumQtyLots: 3 });
    rig.fill(0, fillTerms({ fillSeq: 2, intentSeq: 2, qtyLots: 3 }));
    rig.actor.onClose();
    const { openOrders } = recoverState(directory, ['account-1']);
    expect(openOrders.map(({ intentSeq }) => intentSeq)).toEqual([1]);
  });

  it('moves the journal of another account aside instead of applying it', async () => {
    const directory = newFolder();
    const other = new JournalRig(directory, { run: runIdentity({ accountId: 'other/account' }) });
    other.start();
    other.fill(0, fillTerms({ fillSeq: 1 }));
    other.actor.onClose();
    const state = recoverState(directory, ['account-1']);
    expect(state).toMatchObject({ fills: 0, positions: [], runs: 0 });
    expect(state.archivedTo).toBe(join(directory, 'archive-other_account'));
    expect(readdirSync(directory)).toEqual(['archive-other_account']);
    expect(recoverState(state.archivedTo ?? '', ['other/account']).fills).toBe(1);
    expect((await verifyJournal(directory)).records).toBe(0);
  });

  it('counts a position in the new units when an instrument changed its tick and lot', () => {
    const directory = newFolder();
    const first = new JournalRig(directory, { run: runIdentity() });
    first.start();
    first.fill(0, fillTerms({ fillSeq: 1, priceTicks: 5000, qtyLots: 300, feeCash: 17 }));
    first.actor.onClose();
    const finer = instrument('BTCUSDT', 0, { priceDecimals: 3, tickUnits: 5, qtyDecimals: 5, lotUnits: 100 });
    const second = new JournalRig(directory, {
      run: runIdentity({ startEpochUs: START_EPOCH_US + 1, instruments: [finer] }),
    });
    second.start();
    second.fill(0, fillTerms({ fillSeq: 2, priceTicks: 10_000, qtyLots: 1, side: SIDE.sell }));
    second.actor.onClose();
    // 300 lots of 0.00001 are 3 of 0.001; 50.00 is 10,000 ticks of 0.005: bought and sold at the same price.
    expect(recoverState(directory, ['account-1']).positions).toMatchObject([
      { symbol: 'BTCUSDT', netLots: 2, costCash: 20_000, realisedCash: 0, boughtLots: 3, soldLots: 1 },
    ]);

    const coarse = instrument('BTCUSDT', 0, { qtyDecimals: 2 });
    const third = new JournalRig(directory, {
      run: runIdentity({ startEpochUs: START_EPOCH_US + 2, instruments: [coarse] }),
    });
    third.start();
    third.actor.onClose();
    expect(() => recoverState(directory, ['account-1'])).toThrow(
      /position in BTCUSDT: 2 lots of the old size are no whole number/,
    );
  });

  it('says when the journaled position and the fills disagree', () => {
    const directory = newFolder();
    const rig = new JournalRig(directory);
    rig.start();
    rig.fill(0, fillTerms({ fillSeq: 1, qtyLots: 2 }));
    rig.position(1, 1, 0, 3, 30);
    rig.fill(0, fillTerms({ fillSeq: 2, instrumentIndex: 1, qtyLots: 2 }));
    rig.position(1, 2, 1, 2, 20);
    rig.actor.onClose();
    expect(recoverState(directory, ['account-1']).disagreements).toEqual([
      'BTCUSDT after fill 1: journaled net 3 lots, cost 30; the fills make 2 lots, cost 20',
    ]);
  });

  it('cuts a torn end, keeps it aside, reports it, and the next run continues', async () => {
    const directory = newFolder();
    const rig = new JournalRig(directory);
    rig.start();
    rig.fill(0, fillTerms({ fillSeq: 1 }));
    rig.fill(0, fillTerms({ fillSeq: 2 }));
    rig.actor.onClose();
    const file = join(directory, 'journal-00000001.log');
    const whole = readFileSync(file);
    truncateSync(file, whole.length - 1);
    const state = recoverState(directory, ['account-1']);
    expect(state).toMatchObject({ fills: 1, highestFillSeq: 1 });
    expect(state.cutTails).toEqual([
      { file: 'journal-00000001.log', offset: statSync(file).size, keptAs: state.cutTails[0].keptAs },
    ]);
    expect(readFileSync(join(directory, state.cutTails[0].keptAs))).toEqual(whole.subarray(0, -1));
    const next = new JournalRig(directory, { run: runIdentity({ startEpochUs: START_EPOCH_US + 1 }) });
    next.start();
    next.fill(0, fillTerms({ fillSeq: 2 }));
    next.actor.onClose();
    expect((await verifyJournal(directory)).problems).toEqual([]);
    expect(recoverState(directory, ['account-1'])).toMatchObject({ fills: 2, runs: 2, cutTails: [] });
  });

  it('refuses a record of another message version, naming its place', () => {
    const directory = newFolder();
    mkdirSync(directory);
    const writer = new SegmentWriter(
      { directory, log: 'journal', segmentBytes: 1 << 20, startEpochUs: START_EPOCH_US },
      1,
    );
    writer.rotate(1);
    const record = logBuffer(new ArrayBuffer(256), 0, 256);
    record.f64[SEQUENCE_AT >> 3] = 1;
    const bytes = encodeRecord(record, 0, FILL, 99, SOURCE_SELF, record, 128, FILL_BYTES);
    writer.append([record.u8.subarray(0, bytes)], bytes);
    writer.close();
    expect(() => recoverState(directory, ['account-1'])).toThrow(
      /^journal-00000001\.log:64: Fill is written with message version 99, this engine reads \d+; a newer engine wrote it\./,
    );
  });

  it('refuses a fill whose trade id no record of its run explains', () => {
    const directory = newFolder();
    const rig = new JournalRig(directory);
    rig.start();
    rig.fill(0, fillTerms({ fillSeq: 1, venueTradeId: -32_769 }));
    rig.actor.onClose();
    expect(() => recoverState(directory, ['account-1'])).toThrow(
      /venue id -32769 has no meaning in this run/,
    );
  });

  it('refuses a fill whose instrument no run start explains', () => {
    const directory = newFolder();
    const rig = new JournalRig(directory);
    rig.start();
    rig.fill(0, fillTerms({ fillSeq: 1, instrumentIndex: 5 }));
    rig.actor.onClose();
    expect(() => recoverState(directory, ['account-1'])).toThrow(/instrument 5 has no meaning in this run/);
  });
});
