import { closeSync, openSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MappedTail } from '../../engine/journal/mapped-tail.ts';
import { verifyJournal } from '../../engine/journal/reader.ts';
import { recoverState } from '../../engine/journal/recovery.ts';
import { FileMapper, MAP_ALIGN } from '../../engine/native/file-mapper.ts';
import { openNativeRoom } from '../../engine/native/native-room.ts';
import { JournalRig, intentRecord, temporaryFolder } from '../fixtures/journal-rig.ts';

const room = openNativeRoom();
const isHere = typeof room !== 'string' && room.files !== null;
const files = (isHere ? room.files : {}) as FileMapper;

/** No record of the file is longer. */
const RECORD_BYTES_MAX = 512;

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  vi.restoreAllMocks();
  folder.remove();
});

/** Writes `count` intents through memory and leaves the file as a killed process would. */
function abandoned(count: number, segmentBytes = 65_536): string {
  const log = new JournalRig(folder.path, { segmentBytes }).intentLog('', 40, files);
  for (let intentSeq = 1; intentSeq <= count; intentSeq++) {
    const view = intentRecord({ intentSeq, instrumentIndex: 0, qtyLots: 1, clientId: `s1-${intentSeq}` });
    expect(log.append(view, 0, view.u8.length)).toBe(true);
  }
  return join(folder.path, readdirSync(folder.path).toSorted().at(-1)!);
}

describe.skipIf(!isHere)('a log written through mapped memory', () => {
  it('has room for a window from its beginning, and only what was written in the end', () => {
    const log = new JournalRig(folder.path, { segmentBytes: 1 << 26 }).intentLog('', 40, files);
    const [file] = readdirSync(folder.path);
    const path = join(folder.path, file);
    expect(statSync(path)).toMatchObject({ size: 1 << 20 });
    expect(statSync(path).blocks * 512).toBeGreaterThanOrEqual(1 << 20);
    log.close();
    expect(statSync(path).size).toBeLessThan(4_096);
  });

  it('is sound where a process was killed, and gives the room back at the next start', async () => {
    const path = abandoned(20);
    const before = statSync(path).size;
    expect((await verifyJournal(folder.path)).problems).toEqual([]);
    const state = recoverState(folder.path, ['account-1']);
    expect(state.highestIntentSeq).toBe(20);
    expect(state.cutTails).toEqual([]);
    expect(statSync(path).size).toBeLessThan(before / 4);
    expect((await verifyJournal(folder.path)).problems).toEqual([]);
  });

  it('loses at most the record whose store was not finished, wherever that stopped', () => {
    const whole = readFileSync(abandoned(12));
    const used = whole.findLastIndex((byte) => byte !== 0) + 1;
    fc.assert(
      fc.property(fc.integer({ min: 64, max: used }), (stopped) => {
        const copy = temporaryFolder();
        try {
          const path = join(copy.path, 'intents-00000001.log');
          writeFileSync(path, Buffer.from(whole).fill(0, stopped));
          const { highestIntentSeq, cutTails } = recoverState(copy.path, ['account-1']);
          const left = readFileSync(path);
          expect(whole.subarray(0, left.length).equals(left)).toBe(true);
          /* Zeros at a record's end may be the record's own. */
          expect(left.length).toBeGreaterThan(stopped - RECORD_BYTES_MAX);
          expect(left.length % 8).toBe(0);
          expect(cutTails.length).toBeLessThanOrEqual(1);
          expect(highestIntentSeq === 12).toBe(stopped === used);
        } finally {
          copy.remove();
        }
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  it('ends before a page that was lost with the power of the machine, but never without that', async () => {
    /* The second page is between the first intents and the last. */
    const path = abandoned(100);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0, 4_096, 8_192));
    const [{ kind, offset }] = (await verifyJournal(folder.path)).findings;
    expect(kind).toBe('torn-tail');
    expect(offset).toBeLessThanOrEqual(4_096);
    const uptime = vi.spyOn(os, 'uptime').mockReturnValue(Date.now());
    expect(() => recoverState(folder.path, ['account-1'])).toThrow(/no valid record/);
    uptime.mockRestore();
    const { highestIntentSeq, cutTails } = recoverState(folder.path, ['account-1']);
    expect(highestIntentSeq).toBeGreaterThan(0);
    expect(highestIntentSeq).toBeLessThan(100);
    expect(cutTails).toHaveLength(1);
    expect((await verifyJournal(folder.path)).problems).toEqual([]);
  });

  it.each([
    ['from its beginning', 0, 100],
    /* More than 1 MiB of them. */
    ['from its second window on', 1, 9_000],
  ])('is written by calls when there is no room for it %s', async (_when, windows, count) => {
    const extend = files.extend.bind(files);
    const asked = vi.spyOn(files, 'extend').mockReturnValue(null);
    for (let window = 0; window < windows; window++) asked.mockImplementationOnce(extend);
    const path = abandoned(count, 1 << 26);
    expect(asked).toHaveBeenCalledTimes(windows + 1);
    expect(statSync(path).size % MAP_ALIGN).not.toBe(0);
    const report = await verifyJournal(folder.path);
    expect(report.problems).toEqual([]);
    expect(recoverState(folder.path, ['account-1']).highestIntentSeq).toBe(count);
  });

  it('sets no room aside that the disk has not', () => {
    const fd = openSync(join(folder.path, 'small'), 'wx+');
    // More than any disk has.
    expect(files.extend(fd, 0, 2 ** 52)).toBeNull();
    closeSync(fd);
  });

  it('reads no memory that was let go', () => {
    const fd = openSync(join(folder.path, 'file'), 'wx+');
    const part = files.extend(fd, 0, MAP_ALIGN)!;
    const view = new Uint8Array(part.bytes.buffer);
    view[9] = 7;
    part.unmap();
    part.unmap();
    expect([view.length, view[9], part.bytes.length]).toEqual([0, undefined, 0]);
    expect(readFileSync(join(folder.path, 'file'))[9]).toBe(7);
    closeSync(fd);
  });

  it('moves its window along a file, across records that lie in two pieces', () => {
    const path = join(folder.path, 'file');
    const fd = openSync(path, 'wx+');
    const tail = new MappedTail(files, 2 * MAP_ALIGN);
    expect(tail.begin(fd, 0)).toBe(true);
    const record = new Uint8Array(1_000);
    let at = 0;
    for (; at + 1_000 <= 5 * MAP_ALIGN; at += 1_000)
      expect(tail.write([record.fill(at / 1_000)], 1_000, at)).toBe(true);
    tail.end(at);
    tail.end(at);
    closeSync(fd);
    const written = readFileSync(path);
    expect(written.length).toBe(at);
    for (let place = 0; place < at; place++)
      if (written[place] !== ((place / 1_000) & 0xff)) expect(place).toBe(-1);
  });

  it('maps no places that the kernel would not, and no files on file systems that do not keep room', () => {
    for (const [from, bytes] of [
      [1, MAP_ALIGN],
      [0, MAP_ALIGN + 1],
      [0, 0],
      [NaN, MAP_ALIGN],
      [0, Infinity],
      [-MAP_ALIGN, MAP_ALIGN],
    ]) {
      expect(() => files.extend(0, from, bytes)).toThrow(RangeError);
    }
    expect(files.extend(-1, 0, MAP_ALIGN)).toBeNull();
    expect(FileMapper.problemWith('/proc')).toMatch(/does not keep room/);
  });
});
