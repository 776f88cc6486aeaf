import { existsSync, readdirSync, renameSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JOURNAL_COUNTERS } from '../../engine/journal/journal-actor.ts';
import { JOURNAL_STATE } from '../../engine/journal/journal-cell.ts';
import { JOURNAL_ERROR } from '../../engine/journal/journal-error.ts';
import { dumpJournal, verifyJournal } from '../../engine/journal/reader.ts';
import type { DumpedRecord } from '../../engine/journal/reader.ts';
import { ORDER_STATE, SIDE } from '../../engine/messages/enums.ts';
import { JournalRig, START_EPOCH_US, temporaryFolder } from '../fixtures/journal-rig.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

function numberedFill(rig: JournalRig, ring: number, fillSeq: number): void {
  rig.fill(ring, {
    fillSeq,
    intentSeq: fillSeq,
    venueTradeId: fillSeq,
    instrumentIndex: 0,
    side: SIDE.buy,
    priceTicks: 10,
    qtyLots: 1,
    feeCash: 0,
  });
}

async function dumpOf(directory: string): Promise<DumpedRecord[]> {
  const records: DumpedRecord[] = [];
  await dumpJournal(directory, (record) => records.push(record));
  return records;
}

async function fillSeqsOf(directory: string): Promise<unknown[]> {
  const records = await dumpOf(directory);
  return records.filter(({ message }) => message === 'Fill').map(({ fields }) => fields['fillSeq']);
}

function counted(rig: JournalRig): Record<string, number> {
  return rig.counters.readAll(JOURNAL_COUNTERS);
}

describe('journal actor', () => {
  it('opens a run with its account and instruments, then writes what the rings carry, in polling order', async () => {
    const rig = new JournalRig(folder.path);
    rig.start();
    numberedFill(rig, 1, 1);
    rig.update(0, {
      intentSeq: 7,
      instrumentIndex: 1,
      state: ORDER_STATE.accepted,
      qtyLots: 5,
      cumQtyLots: 0,
    });
    rig.turn();
    rig.actor.onClose();
    const records = await dumpOf(folder.path);
    expect(records.map(({ message, sequence, source }) => [message, sequence, source])).toEqual([
      ['JournalStart', 1, 65_535],
      ['InstrumentRecord', 2, 65_535],
      ['InstrumentRecord', 3, 65_535],
      ['OrderUpdate', 4, 0],
      ['Fill', 5, 1],
    ]);
    expect(records[0].fields).toMatchObject({ mode: 'paper', venue: 'sim', accountId: 'account-1' });
    expect(records[2].fields).toMatchObject({ symbol: 'ETHUSDT', instrumentIndex: 1, qtyDecimals: 5 });
    expect(records[3]).toMatchObject({ epochUs: START_EPOCH_US + 1000, monoNs: 1e6 });
    expect(records[3].fields).toMatchObject({ state: 'accepted', intentSeq: 7 });
    expect((await verifyJournal(folder.path)).problems).toEqual([]);
    expect(rig.cell.state()).toBe(JOURNAL_STATE.closed);
  });

  it('begins a new file when one is full and keeps the sequence across files', async () => {
    const rig = new JournalRig(folder.path, { segmentBytes: 2048 });
    rig.start();
    for (let fillSeq = 1; fillSeq <= 100; fillSeq++) {
      numberedFill(rig, fillSeq % 2, fillSeq);
      if (fillSeq % 7 === 0) rig.turn();
    }
    rig.actor.onClose();
    const files = readdirSync(folder.path);
    expect(files.length).toBeGreaterThan(6);
    for (const file of files) expect(statSync(join(folder.path, file)).size).toBeLessThanOrEqual(2048);
    const report = await verifyJournal(folder.path);
    expect(report).toMatchObject({ records: 103, problems: [] });
    expect(new Set(await fillSeqsOf(folder.path)).size).toBe(100);
  });

  it('syncs at most once per interval and says how far the disk is', () => {
    const rig = new JournalRig(folder.path);
    rig.start();
    const atStart = rig.cell.durableSequence();
    numberedFill(rig, 0, 1);
    rig.turn(1);
    expect(counted(rig)).toMatchObject({ writes: 1, syncs: 0, records: 1 });
    expect(rig.cell.durableSequence()).toBe(atStart);
    rig.turn(10);
    expect(counted(rig)).toMatchObject({ syncs: 1 });
    expect(rig.cell.durableSequence()).toBe(atStart + 1);
    rig.turn(10);
    expect(counted(rig)).toMatchObject({ syncs: 1 });
  });

  it('writes what a dead journal thread had taken from the rings but not written', async () => {
    const rig = new JournalRig(folder.path);
    rig.start();
    numberedFill(rig, 0, 1);
    rig.turn();
    numberedFill(rig, 0, 2);
    numberedFill(rig, 1, 3);
    // The thread dies after taking the records: seen from outside, a write that did not happen.
    const dying = rig.actor as unknown as { segments: { append(): void } };
    dying.segments.append = (): void => {
      throw new Error('died here');
    };
    rig.turn();
    expect(rig.cell.batchBytes()).toBeGreaterThan(0);
    rig.actor = rig.build();
    rig.start();
    numberedFill(rig, 0, 4);
    rig.turn();
    rig.actor.onClose();
    expect(await fillSeqsOf(folder.path)).toEqual([1, 2, 3, 4]);
    expect((await verifyJournal(folder.path)).problems).toEqual([]);
    expect(counted(rig)).toMatchObject({ rewritten: 2 });
  });

  it('does not write a batch twice that was written before its thread died', async () => {
    const rig = new JournalRig(folder.path);
    rig.start();
    numberedFill(rig, 0, 1);
    numberedFill(rig, 0, 2);
    // The last thing the dead thread did not do: emptying the batch it had written.
    const setBatchBytes = rig.cell.setBatchBytes.bind(rig.cell);
    rig.cell.setBatchBytes = (bytes): void => {
      if (bytes > 0) setBatchBytes(bytes);
    };
    rig.turn();
    rig.cell.setBatchBytes = setBatchBytes;
    expect(rig.cell.batchBytes()).toBeGreaterThan(0);
    rig.actor = rig.build();
    rig.start();
    rig.actor.onClose();
    expect(await fillSeqsOf(folder.path)).toEqual([1, 2]);
    expect(counted(rig)).toMatchObject({ rewritten: 0 });
  });

  it('cuts a torn end left by an earlier process and goes on behind it', async () => {
    const first = new JournalRig(folder.path);
    first.start();
    numberedFill(first, 0, 1);
    numberedFill(first, 0, 2);
    first.turn();
    first.actor.onClose();
    const file = join(folder.path, 'journal-00000001.log');
    truncateSync(file, statSync(file).size - 3);
    const second = new JournalRig(folder.path);
    second.start();
    numberedFill(second, 0, 2);
    second.turn();
    second.actor.onClose();
    expect(await fillSeqsOf(folder.path)).toEqual([1, 2]);
    expect((await verifyJournal(folder.path)).problems).toEqual([]);
    expect(counted(second)).toMatchObject({ cutTails: 1 });
    expect(existsSync(`${file}.torn-${statSync(file).size}`)).toBe(true);
  });

  it('says "lost" when the disk refuses, keeps every record, and writes them all when it takes them again', async () => {
    const rig = new JournalRig(folder.path, { segmentBytes: 1024 });
    rig.start();
    const away = `${folder.path}-away`;
    renameSync(folder.path, away);
    let fillSeq = 0;
    const offerAll = (): void => {
      for (let count = 0; count < 20; count++) numberedFill(rig, 0, ++fillSeq);
    };
    for (let turn = 0; turn < 5; turn++) {
      offerAll();
      rig.turn(200);
    }
    expect(rig.cell.isLost()).toBe(true);
    expect(counted(rig)['errors']).toBeGreaterThan(0);
    expect(rig.errors.readAll()[0]).toMatchObject({ code: JOURNAL_ERROR.write });
    expect(rig.errors.readAll()[0].text).toMatch(/^JOURNAL_WRITE journal: ENOENT/);
    renameSync(away, folder.path);
    rig.turn(200);
    expect(rig.cell.isLost()).toBe(false);
    rig.actor.onClose();
    expect(await fillSeqsOf(folder.path)).toEqual(Array.from({ length: fillSeq }, (_, index) => index + 1));
    expect((await verifyJournal(folder.path)).problems).toEqual([]);
  });

  it('stops taking records when its batch is full: the rings fill, nothing is dropped', async () => {
    const rig = new JournalRig(folder.path, { segmentBytes: 1024, rings: 1 });
    rig.start();
    const away = `${folder.path}-away`;
    renameSync(folder.path, away);
    let fillSeq = 0;
    let isFull = false;
    while (!isFull && fillSeq < 20_000) {
      try {
        numberedFill(rig, 0, fillSeq + 1);
        fillSeq += 1;
      } catch {
        isFull = true;
      }
    }
    expect(isFull).toBe(true);
    expect(rig.actor.hasWork()).toBe(false);
    expect(rig.monitors[0].read().depth).toBeGreaterThan(50);
    renameSync(away, folder.path);
    rig.turn(200);
    for (let turn = 0; turn < 20; turn++) rig.turn();
    rig.actor.onClose();
    expect(await fillSeqsOf(folder.path)).toEqual(Array.from({ length: fillSeq }, (_, index) => index + 1));
  });

  it('counts and reports a record too long for the journal', () => {
    const rig = new JournalRig(folder.path, { rings: 1 });
    rig.start();
    const at = rig.publications[0].tryClaim(1, 5000);
    expect(at).toBeGreaterThan(0);
    rig.publications[0].commit();
    rig.turn();
    expect(counted(rig)).toMatchObject({ oversized: 1, records: 0 });
    expect(rig.errors.readAll()[0]).toMatchObject({ code: JOURNAL_ERROR.oversized });
  });
});
