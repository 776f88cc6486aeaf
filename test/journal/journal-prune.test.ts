import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { findCheckpoint, listCheckpoints } from '../../engine/journal/checkpoint-file.ts';
import { crc32c } from '../../engine/journal/crc32c.ts';
import { DISK } from '../../engine/journal/durable-files.ts';
import type { DurableFiles } from '../../engine/journal/durable-files.ts';
import { planPrune, pruneJournal } from '../../engine/journal/prune.ts';
import { dumpJournal, verifyJournal } from '../../engine/journal/reader.ts';
import type { DumpedRecord } from '../../engine/journal/reader.ts';
import { readState, recoverState } from '../../engine/journal/recovery.ts';
import { listSegments } from '../../engine/journal/segment-files.ts';
import { ORDER_STATE, SIDE } from '../../engine/messages/enums.ts';
import {
  JournalRig,
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

const DAY_US = 86_400_000_000;
/** Small, so that a run of a dozen records has several files. */
const SEGMENT_BYTES = 1_800;
const ORDERS_PER_RUN = 8;
const ACCOUNT = ['account-1'];

interface Step {
  readonly kind: 'intent' | 'update' | 'fill' | 'repeat' | 'position';
  /** Order of this run or of the one before. */
  readonly order: number;
  readonly instrumentIndex: number;
  readonly state: number;
  readonly lots: number;
  readonly priceTicks: number;
  readonly side: number;
  readonly isText: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('intent', 'update', 'update', 'fill', 'fill', 'repeat', 'position'),
  order: fc.nat(2 * ORDERS_PER_RUN - 1),
  instrumentIndex: fc.nat(1),
  state: fc.constantFrom(...Object.values(ORDER_STATE)),
  // Whole in the units of every run.
  lots: fc.integer({ min: 1, max: 50 }).map((lots) => lots * 10),
  priceTicks: fc.integer({ min: 1, max: 1_000 }),
  side: fc.constantFrom(SIDE.buy, SIDE.sell),
  isText: fc.boolean(),
});

/** Writes the same history to any number of folders, run by run; what it wrote is continued by the next run. */
class History {
  private fillSeq = 0;
  private runs = 0;
  private readonly directories: readonly string[];

  constructor(directories: readonly string[]) {
    this.directories = directories;
  }

  run(steps: readonly Step[]): void {
    const run = this.runs++;
    const fillSeq = this.fillSeq;
    for (const directory of this.directories) {
      this.fillSeq = fillSeq;
      this.write(directory, run, steps);
    }
  }

  private write(directory: string, run: number, steps: readonly Step[]): void {
    const symbols = run % 2 === 0 ? ['BTCUSDT', 'ETHUSDT'] : ['ETHUSDT', 'BTCUSDT'];
    const rig = new JournalRig(directory, {
      segmentBytes: SEGMENT_BYTES,
      run: runIdentity({
        startEpochUs: START_EPOCH_US + run * DAY_US,
        // From the third run on a lot is a tenth of what it was.
        instruments: symbols.map((symbol, index) =>
          instrument(symbol, index, { qtyDecimals: run < 2 ? 5 : 6 }),
        ),
      }),
    });
    rig.start();
    // A second account's intents have a log of their own.
    const logs = [rig.intentLog(), rig.intentLog('two')];
    rig.bindVenueId(0, -1, `run-${run}`);
    const lotsFilled = new Map<number, number>();
    for (const each of steps) {
      const intentSeq = Math.max(1, (run - 1) * ORDERS_PER_RUN + each.order);
      const { instrumentIndex, state, lots, side, priceTicks } = each;
      if (each.kind === 'intent') {
        const view = intentRecord({ intentSeq, instrumentIndex, qtyLots: lots, clientId: `s-${intentSeq}` });
        logs[intentSeq % 2].append(view, 0, view.u8.length);
      } else if (each.kind === 'update') {
        const cumQtyLots = lotsFilled.get(intentSeq) ?? 0;
        rig.update(0, { intentSeq, instrumentIndex, state, qtyLots: lots + cumQtyLots, cumQtyLots });
      } else if (each.kind === 'position') {
        rig.position(1, this.fillSeq, instrumentIndex, lots, priceTicks);
      } else {
        const fillSeq = each.kind === 'repeat' && this.fillSeq > 0 ? this.fillSeq : ++this.fillSeq;
        const venueTradeId = each.isText ? -1 : fillSeq * 7;
        rig.fill(0, {
          fillSeq,
          intentSeq,
          venueTradeId,
          instrumentIndex,
          side,
          priceTicks,
          qtyLots: lots,
          feeCash: 1,
        });
        lotsFilled.set(intentSeq, (lotsFilled.get(intentSeq) ?? 0) + lots);
      }
      rig.turn();
    }
    rig.actor.onClose();
    for (const log of logs) log.close();
  }
}

/** The disk until its `steps`-th step, in which the process dies: before it, or with half of a file written. */
function mortal(steps: number, isHalfDone: boolean): DurableFiles {
  let left = steps;
  const lives = (): boolean => left-- > 0;
  const die = (): never => {
    throw new Error('died here');
  };
  return {
    write: (path, parts) => {
      if (lives()) return DISK.write(path, parts);
      if (isHalfDone) DISK.write(path, [parts[0].subarray(0, 40), ...parts.slice(1, 2)]);
      die();
    },
    rename: (from, to) => (lives() ? DISK.rename(from, to) : die()),
    remove: (path) => (lives() ? DISK.remove(path) : die()),
    syncDirectory: (path) => (lives() ? DISK.syncDirectory(path) : die()),
  };
}

interface Prune {
  /** Day, counted back from the last run's beginning, and time of that day: a run lasts some 25 ms of its day. */
  readonly daysBack: number;
  readonly ms: number;
  readonly diesAfterSteps: number | null;
  readonly isHalfDone: boolean;
}

const prune: fc.Arbitrary<Prune> = fc.record({
  daysBack: fc.nat(2),
  ms: fc.nat(30),
  diesAfterSteps: fc.option(fc.nat(12)),
  isHalfDone: fc.boolean(),
});

function pruneOrDie(directory: string, olderThanUs: number, { diesAfterSteps, isHalfDone }: Prune): void {
  try {
    const files = diesAfterSteps === null ? DISK : mortal(diesAfterSteps, isHalfDone);
    expect(pruneJournal(directory, olderThanUs, files).difference).toBe(null);
  } catch (error) {
    if (!(error instanceof Error && error.message === 'died here')) throw error;
  }
}

describe('a pruned journal', () => {
  it('recovers what its twin that was never pruned does, wherever a prune died, and so for every later run', () => {
    let checkpoints = 0;
    let removed = 0;
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.array(step, { minLength: 12, maxLength: 30 }),
            fc.array(prune, { minLength: 1, maxLength: 3 }),
          ),
          {
            minLength: 3,
            maxLength: 5,
          },
        ),
        (runs) => {
          const [twin, pruned] = [newFolder(), newFolder()];
          const history = new History([twin, pruned]);
          for (const [index, [steps, prunes]] of runs.entries()) {
            history.run(steps);
            for (const each of prunes) {
              const day = Math.max(0, index - each.daysBack);
              const ms = day < index ? each.ms : 0;
              pruneOrDie(pruned, START_EPOCH_US + day * DAY_US + ms * 1_000, each);
              expect(recoverState(pruned, ACCOUNT)).toEqual(readStateOf(twin));
            }
          }
          checkpoints += listCheckpoints(pruned).length;
          removed += listSegments(twin, 'journal').length - listSegments(pruned, 'journal').length;
        },
      ),
      { numRuns: 50, seed: 20_262 },
    );
    // Else the property would have shown nothing.
    expect(checkpoints).toBeGreaterThan(20);
    expect(removed).toBeGreaterThan(100);
  });
});

function readStateOf(directory: string): object {
  const { lastSequence: _, ...state } = readState(directory);
  return state;
}

const order: Step = {
  kind: 'fill',
  order: ORDERS_PER_RUN,
  instrumentIndex: 0,
  state: ORDER_STATE.canceled,
  lots: 5,
  priceTicks: 100,
  side: SIDE.buy,
  isText: false,
};
const SOME_STEPS: readonly Step[] = Array.from({ length: 24 }, (_, index) => ({
  ...order,
  kind: index % 2 === 0 ? 'fill' : 'update',
  order: ORDERS_PER_RUN + (index % ORDERS_PER_RUN),
  isText: index % 3 === 0,
}));

/** Three days of trading. */
function threeRuns(): string {
  const directory = newFolder();
  const history = new History([directory]);
  for (let run = 0; run < 3; run++) history.run(SOME_STEPS);
  return directory;
}

const THIRD_DAY = START_EPOCH_US + 2 * DAY_US;

describe('a prune', () => {
  it('says what it would remove without touching anything, and removes just that', () => {
    const directory = threeRuns();
    const before = readdirSync(directory);
    const plan = planPrune(directory, THIRD_DAY);
    expect(readdirSync(directory)).toEqual(before);
    expect(plan.segments.length).toBeGreaterThan(4);
    expect(plan.segments.every(({ bytes }) => bytes > 0)).toBe(true);
    const { removed, checkpoint } = pruneJournal(directory, THIRD_DAY);
    expect(removed).toEqual(plan.segments);
    const gone = new Set(removed.map(({ file }) => file));
    const left = before.filter((file) => !gone.has(file));
    expect(new Set(readdirSync(directory))).toEqual(new Set([checkpoint, ...left]));
    expect(pruneJournal(directory, THIRD_DAY)).toEqual({ checkpoint: null, removed: [], difference: null });
  });

  it('leaves a journal that verifies and is dumped from its checkpoint on', async () => {
    const directory = threeRuns();
    const { checkpoint } = pruneJournal(directory, THIRD_DAY);
    const report = await verifyJournal(directory);
    expect(report.problems).toEqual([]);
    expect(report.checkpoint).toMatchObject({ file: checkpoint, runs: 2 });
    const records: DumpedRecord[] = [];
    expect(await dumpJournal(directory, (record) => records.push(record))).toEqual([]);
    expect(records[0]).toMatchObject({ file: checkpoint, message: 'Checkpoint' });
    const trades = records
      .filter(({ message }) => message === 'Fill')
      .map(({ fields }) => fields['venueTradeId']);
    expect(trades.every((id) => typeof id === 'string' || id > 0)).toBe(true);
  });

  it('keeps the last file of each log, however old', () => {
    const directory = threeRuns();
    pruneJournal(directory, Infinity);
    expect(listSegments(directory, 'journal')).toHaveLength(1);
    expect(listSegments(directory, 'intents')).toHaveLength(1);
    expect(listSegments(directory, 'intents@two')).toHaveLength(1);
  });

  it('knows an order that ended long ago by number only, and a late report does not revive it', () => {
    const [directory, twin] = [newFolder(), newFolder()];
    const history = new History([directory, twin]);
    history.run(SOME_STEPS);
    history.run(SOME_STEPS);
    pruneJournal(directory, START_EPOCH_US + DAY_US);
    expect(findCheckpoint(directory).checkpoint?.closedOrders.length).toBeGreaterThan(0);
    const ofFirstRun = { ...order, order: 0, kind: 'update', state: ORDER_STATE.accepted } as const;
    history.run([{ ...ofFirstRun, order: 0 }]);
    expect(recoverState(directory, ACCOUNT)).toEqual(readStateOf(twin));
  });

  it('tells what would have been recovered otherwise and removes nothing then', () => {
    const directory = threeRuns();
    const before = readdirSync(directory);
    const forgetful: DurableFiles = {
      ...DISK,
      rename: (from, to) => {
        DISK.rename(from, to);
        // Another prune's checkpoint of another journal: whole, but not of this one.
        const other = newFolder();
        const history = new History([other]);
        for (const steps of [SOME_STEPS.slice(0, 21), SOME_STEPS, SOME_STEPS]) history.run(steps);
        const { checkpoint } = pruneJournal(other, THIRD_DAY);
        writeFileSync(to, readFileSync(join(other, checkpoint ?? '')));
      },
    };
    const { difference, removed } = pruneJournal(directory, THIRD_DAY, forgetful);
    expect(difference).toMatch(/^checkpoint-00000001\.ckpt: /);
    expect(removed).toEqual([]);
    expect(readdirSync(directory)).toEqual(before);
  });
});

describe('a damaged checkpoint', () => {
  const damage = (path: string, at: number): void => {
    const bytes = readFileSync(path);
    bytes[at] ^= 4;
    writeFileSync(path, bytes);
  };

  it('is named, and recovery goes on from the segments while they are still there', () => {
    const directory = threeRuns();
    const expected = readStateOf(directory);
    const survivor: DurableFiles = { ...DISK, remove: () => {} };
    pruneJournal(directory, THIRD_DAY, survivor);
    for (const at of [3, 30, 70, 400]) {
      const file = 'checkpoint-00000001.ckpt';
      const whole = readFileSync(join(directory, file));
      damage(join(directory, file), at);
      const state = recoverState(directory, ACCOUNT);
      expect(state.damagedCheckpoints).toEqual([expect.stringMatching(/^checkpoint-00000001\.ckpt: /)]);
      expect({ ...state, damagedCheckpoints: [] }).toEqual(expected);
      writeFileSync(join(directory, file), whole);
    }
  });

  it('is replaced by the next prune', () => {
    const directory = threeRuns();
    const expected = readStateOf(directory);
    pruneJournal(directory, THIRD_DAY, { ...DISK, remove: () => {} });
    damage(join(directory, 'checkpoint-00000001.ckpt'), 100);
    expect(pruneJournal(directory, THIRD_DAY).checkpoint).toBe('checkpoint-00000002.ckpt');
    expect(listCheckpoints(directory)).toEqual(['checkpoint-00000002.ckpt']);
    expect(recoverState(directory, ACCOUNT)).toEqual(expected);
  });

  it('stops the start when the segments it stood for are gone, with both named', () => {
    const directory = threeRuns();
    pruneJournal(directory, THIRD_DAY);
    damage(join(directory, 'checkpoint-00000001.ckpt'), 100);
    expect(() => recoverState(directory, ACCOUNT)).toThrow(
      /checkpoint-00000001\.ckpt: it does not match its checksum; journal-\d+\.log/,
    );
  });

  it('gives way to an older one that is whole', () => {
    const directory = threeRuns();
    const expected = readStateOf(directory);
    const keeping: DurableFiles = { ...DISK, remove: () => {} };
    pruneJournal(directory, START_EPOCH_US + DAY_US, keeping);
    pruneJournal(directory, THIRD_DAY, keeping);
    rmSync(join(directory, 'journal-00000001.log'));
    damage(join(directory, 'checkpoint-00000002.ckpt'), 100);
    const state = recoverState(directory, ACCOUNT);
    expect({ ...state, damagedCheckpoints: [] }).toEqual(expected);
  });

  it('of a newer engine is refused and left as it is', () => {
    const directory = threeRuns();
    pruneJournal(directory, THIRD_DAY);
    const path = join(directory, 'checkpoint-00000001.ckpt');
    const bytes = readFileSync(path);
    bytes.writeInt32LE(2, 8);
    bytes.writeInt32LE(crc32c(bytes, 0, 60, 0), 60);
    writeFileSync(path, bytes);
    expect(() => recoverState(directory, ACCOUNT)).toThrow(/checkpoint format 2.*newer engine/);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });
});

it('the journal of another account is moved aside with its checkpoint and recovered there', () => {
  const directory = threeRuns();
  pruneJournal(directory, THIRD_DAY);
  const expected = readStateOf(directory);
  const { archivedTo } = recoverState(directory, ['another account']);
  expect(readdirSync(directory)).toEqual(['archive-account-1']);
  expect(recoverState(archivedTo ?? '', ACCOUNT)).toEqual(expected);
});
