import { execFileSync } from 'node:child_process';
import { readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JOURNAL_ERROR } from '../../engine/journal/journal-error.ts';
import { dumpJournal, verifyJournal } from '../../engine/journal/reader.ts';
import type { DumpedRecord } from '../../engine/journal/reader.ts';
import { openNativeRoom } from '../../engine/native/native-room.ts';
import { JournalRig, START_EPOCH_US, intentRecord, temporaryFolder } from '../fixtures/journal-rig.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

function intent(intentSeq: number): ReturnType<typeof intentRecord> {
  return intentRecord({ intentSeq, instrumentIndex: 0, qtyLots: 3, clientId: `s1-${intentSeq}` });
}

async function intentsIn(directory: string): Promise<DumpedRecord[]> {
  const records: DumpedRecord[] = [];
  await dumpJournal(directory, (record) => records.push(record));
  return records.filter(({ message }) => message === 'OrderIntent');
}

const room = openNativeRoom();
const files = typeof room === 'string' ? null : room.files;
const WAYS = files === null ? (['written'] as const) : (['written', 'mapped'] as const);

describe.each(WAYS)('intent log, %s', (way) => {
  const mapper = way === 'mapped' ? files! : undefined;

  it('has an intent in the file when append returns, without being closed', async () => {
    const rig = new JournalRig(folder.path);
    const log = rig.intentLog('', 40, mapper);
    const view = intent(9);
    expect(log.append(view, 0, view.u8.length)).toBe(true);
    expect(await intentsIn(folder.path)).toMatchObject([
      { log: 'intents', epochUs: START_EPOCH_US + 5, fields: { intentSeq: 9, qtyLots: 3, clientId: 's1-9' } },
    ]);
    log.close();
  });

  it('begins a new file when one is full and when it is opened again; every file explains itself', async () => {
    const rig = new JournalRig(folder.path, { segmentBytes: 1024 });
    for (const base of [0, 50]) {
      const log = rig.intentLog('', 40, mapper);
      for (let count = 1; count <= 50; count++) {
        const view = intent(base + count);
        expect(log.append(view, 0, view.u8.length)).toBe(true);
      }
      log.close();
    }
    const found = await intentsIn(folder.path);
    expect(found.map(({ fields }) => fields['intentSeq'])).toEqual(
      Array.from({ length: 100 }, (_, index) => index + 1),
    );
    expect((await verifyJournal(folder.path)).problems).toEqual([]);
    const starts = new Set<string>();
    await dumpJournal(folder.path, ({ message, file }) => {
      if (message === 'JournalStart') starts.add(file);
    });
    expect([...starts]).toEqual(readdirSync(folder.path).toSorted());
  });

  it('returns false, counts and reports when the intent cannot be written, and goes on when it can again', async () => {
    const rig = new JournalRig(folder.path, { segmentBytes: 1024 });
    const log = rig.intentLog('', 40, mapper);
    const away = `${folder.path}-away`;
    renameSync(folder.path, away);
    let intentSeq = 1;
    while (log.append(intent(intentSeq), 0, intent(intentSeq).u8.length)) intentSeq++;
    expect(rig.counters.read(40)).toBe(1);
    expect(rig.errors.readAll()).toMatchObject([{ code: JOURNAL_ERROR.intentWrite, count: 1 }]);
    renameSync(away, folder.path);
    expect(log.append(intent(intentSeq), 0, intent(intentSeq).u8.length)).toBe(true);
    log.close();
    expect((await intentsIn(folder.path)).length).toBe(intentSeq);
    expect((await verifyJournal(folder.path)).problems).toEqual([]);
  });

  it('allocates nothing per intent', () => {
    const script = fileURLToPath(new URL('../fixtures/intent-log-allocation.ts', import.meta.url));
    const report = JSON.parse(
      execFileSync(process.execPath, [script, join(folder.path, 'journal'), way], { encoding: 'utf8' }),
    ) as { appended: number; scavenges: number; scavengesOfOneObjectEach: number };
    expect(report.appended).toBe(400_000);
    expect(report.scavengesOfOneObjectEach).toBeGreaterThan(5);
    expect(report.scavenges).toBeLessThanOrEqual(2);
  });
});
