import { Worker } from 'node:worker_threads';
import { afterAll, expect, it } from 'vitest';
import { createClockOrigin } from '../../engine/core/clock.ts';
import { COUNTER_BLOCK_BYTES, CounterBlock } from '../../engine/ipc/counters.ts';
import { ERROR_LOG_BYTES, ErrorLog } from '../../engine/ipc/error-log.ts';
import { MemoryMapBuilder } from '../../engine/ipc/memory-map.ts';
import { Publication, RingMonitor, ringBytes } from '../../engine/ipc/ring.ts';
import type { RingDeclaration } from '../../engine/ipc/ring.ts';
import { JOURNAL_COUNTERS } from '../../engine/journal/journal-actor.ts';
import { JOURNAL_CELL_BYTES, JournalCell } from '../../engine/journal/journal-cell.ts';
import { dumpJournal, verifyJournal } from '../../engine/journal/reader.ts';
import { COMMAND, COMMAND_BYTES, Command } from '../../engine/messages/codecs.ts';
import { temporaryFolder } from '../fixtures/journal-rig.ts';
import type { JournalThreadTask } from './journal-thread.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const KILLS = 12;
const RECORDS_PER_LIFE = 4000;
const STUCK_MS = 30_000;

it('journals every record once, or the one in flight twice, when its thread is killed again and again', async () => {
  const builder = new MemoryMapBuilder();
  const declaration: RingDeclaration = { name: 'tap', policy: 'lossless', capacityBytes: 65_536 };
  const ring = { declaration, region: builder.reserve('tap', ringBytes(declaration.capacityBytes)) };
  const cell = builder.reserve('journal', JOURNAL_CELL_BYTES);
  const counters = builder.reserve('counters', COUNTER_BLOCK_BYTES);
  const errors = builder.reserve('errors', ERROR_LOG_BYTES);
  const buffer = new SharedArrayBuffer(builder.seal().byteLength);
  const origin = createClockOrigin();
  const task: JournalThreadTask = { buffer, ring, cell, counters, errors, origin, directory: folder.path };
  const pub = new Publication(buffer, ring.region, declaration, null);
  const monitor = new RingMonitor(buffer, ring.region, declaration);
  const command = new Command();
  let published = 0;
  for (let life = 0; life <= KILLS; life++) {
    const worker = new Worker(new URL('./journal-thread.ts', import.meta.url), { workerData: task });
    const goal = published + RECORDS_PER_LIFE;
    const isLastLife = life === KILLS;
    let lastMoveMs = performance.now();
    let moved = -1;
    while (published < goal || (isLastLife && !pub.isDrained())) {
      for (let at = 0; published < goal; published++) {
        at = pub.tryClaim(COMMAND, COMMAND_BYTES);
        if (at < 0) break;
        command.wrap(pub.view, at).commandSeq = published + 1;
        pub.commit();
      }
      const { consumed } = monitor.read();
      if (consumed !== moved) lastMoveMs = performance.now();
      moved = consumed;
      if (performance.now() - lastMoveMs > STUCK_MS) throw new Error(`nothing moves any more at ${consumed}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const state = new JournalCell(buffer, cell);
    while (isLastLife && state.batchBytes() > 0) await new Promise((resolve) => setImmediate(resolve));
    await worker.terminate();
  }
  expect(new ErrorLog(buffer, errors).readAll()).toEqual([]);
  expect((await verifyJournal(folder.path)).problems).toEqual([]);
  const seen: number[] = [];
  await dumpJournal(folder.path, ({ message, fields }) => {
    if (message === 'Command') seen.push(Number(fields['commandSeq']));
  });
  // In order, nothing missing; a repeat stands directly behind its first.
  const repeats = seen.length - published;
  expect([...new Set(seen)]).toEqual(Array.from({ length: published }, (_, index) => index + 1));
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(repeats).toBeLessThanOrEqual(KILLS);
  const { writes, records } = new CounterBlock(buffer, counters).readAll(JOURNAL_COUNTERS);
  // A thread that ends between keeping a record and counting it leaves it uncounted.
  expect(records).toBeLessThanOrEqual(seen.length);
  expect(records).toBeGreaterThanOrEqual(seen.length - KILLS);
  expect(writes).toBeGreaterThan(KILLS);
});
