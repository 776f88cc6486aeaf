import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dumpJournal, verifyJournal } from '../../engine/journal/reader.ts';
import type { VerifyReport } from '../../engine/journal/reader.ts';
import { recordBytes } from '../../engine/journal/record-format.ts';
import { recoverState } from '../../engine/journal/recovery.ts';
import {
  INSTRUMENT_RECORD_BYTES,
  JOURNAL_START_BYTES,
  ORDER_INTENT_BYTES,
} from '../../engine/messages/codecs.ts';
import { SIDE } from '../../engine/messages/enums.ts';
import {
  JournalRig,
  instrument,
  intentRecord,
  runIdentity,
  temporaryFolder,
} from '../fixtures/journal-rig.ts';

const root = temporaryFolder();
afterAll(() => root.remove());
const sound = join(root.path, 'sound');
const damaged = join(root.path, 'damaged');
/** Two segments of two fills each, and one intent file with two intents. */
const FILLS = 4;
/** Header, beginning of the run, and two records of the larger kind. */
const SEGMENT_BYTES =
  64 +
  recordBytes(JOURNAL_START_BYTES) +
  recordBytes(INSTRUMENT_RECORD_BYTES) +
  2 * recordBytes(ORDER_INTENT_BYTES);

beforeAll(() => {
  const run = runIdentity({ instruments: [instrument('BTCUSDT', 0)] });
  const rig = new JournalRig(sound, { segmentBytes: SEGMENT_BYTES, run });
  rig.start();
  for (let fillSeq = 1; fillSeq <= FILLS; fillSeq++) {
    rig.fill(0, {
      fillSeq,
      intentSeq: fillSeq,
      venueTradeId: fillSeq,
      instrumentIndex: 0,
      side: SIDE.buy,
      priceTicks: 10,
      qtyLots: 1,
      feeCash: 0,
    });
    rig.turn();
  }
  rig.actor.onClose();
  const log = rig.intentLog();
  for (const intentSeq of [1, 2]) {
    const view = intentRecord({ intentSeq, instrumentIndex: 0, qtyLots: 1, clientId: `s1-${intentSeq}` });
    expect(log.append(view, 0, view.u8.length)).toBe(true);
  }
  log.close();
});

function freshCopy(): void {
  rmSync(damaged, { recursive: true, force: true });
  mkdirSync(damaged);
  for (const file of readdirSync(sound)) copyFileSync(join(sound, file), join(damaged, file));
}

function recovered(): number | string {
  try {
    return recoverState(damaged, ['account-1']).fills;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

describe('journal verify', () => {
  it('finds nothing wrong with a sound journal and says what is in it', async () => {
    const report = await verifyJournal(sound);
    expect(report).toMatchObject({
      problems: [],
      records: 6 + 4,
      journal: { segments: 2, records: 6, lastSequence: 6 },
      intents: { segments: 1, records: 4, lastSequence: 4 },
    });
  });

  it('finds a log cut at any byte, names file and place, and recovery accepts a cut end only', async () => {
    for (const file of ['journal-00000002.log', 'intents-00000001.log', 'journal-00000001.log']) {
      const whole = readFileSync(join(sound, file));
      const boundaries = recordEnds(whole);
      for (let length = 0; length < whole.length; length++) {
        freshCopy();
        writeFileSync(join(damaged, file), whole.subarray(0, length));
        const report = await verifyJournal(damaged);
        const isLastFile = file !== 'journal-00000001.log';
        if (isLastFile && boundaries.includes(length)) {
          expect(report.problems).toEqual([]);
          continue;
        }
        const place = isLastFile ? (boundaries.findLast((end) => end <= length) ?? 0) : null;
        expect(report.findings.some((finding) => place === null || finding.offset === place)).toBe(true);
        if (isLastFile) expect(report.findings).toMatchObject([{ kind: 'torn-tail', file, offset: place }]);
        const result = recovered();
        if (!isLastFile) expect(result).toBe('JOURNAL_CORRUPT');
        else expect(result).toBeTypeOf('number');
        if (isLastFile) expect((await verifyJournal(damaged)).problems).toEqual([]);
      }
    }
  });

  it('finds every flipped bit; only one in the last record can pass for a torn end', async () => {
    for (const file of readdirSync(sound)) {
      const whole = readFileSync(join(sound, file));
      const lastRecordAt = recordEnds(whole).at(-2) ?? 0;
      const isLastFile = file !== 'journal-00000001.log';
      freshCopy();
      for (let bit = 0; bit < whole.length * 8; bit++) {
        const flipped = Buffer.from(whole);
        flipped[bit >> 3] ^= 1 << (bit & 7);
        writeFileSync(join(damaged, file), flipped);
        const { findings } = await verifyJournal(damaged);
        expect(findings.length, `${file} bit ${bit}`).toBeGreaterThan(0);
        const first = findings[0];
        expect(first.file, `${file} bit ${bit}`).toBe(file);
        expect(first.offset).toBeLessThanOrEqual(bit >> 3);
        expect(first.kind).toBe(isLastFile && bit >> 3 >= lastRecordAt ? 'torn-tail' : 'corrupt');
      }
    }
  });

  it('finds a tail that was written twice, and recovery counts it once', async () => {
    const file = 'journal-00000002.log';
    const whole = readFileSync(join(sound, file));
    for (const from of recordEnds(whole).slice(0, -1)) {
      freshCopy();
      appendFileSync(join(damaged, file), whole.subarray(from));
      const { findings } = await verifyJournal(damaged);
      expect(findings[0]).toMatchObject({ kind: 'sequence-repeat', file, offset: whole.length });
      const state = recoverState(damaged, ['account-1']);
      expect(state.fills).toBe(FILLS);
      expect(state.positions[0]).toMatchObject({ netLots: FILLS, fillCount: FILLS });
      expect(state.repeatedRecords).toBe(findings.length);
    }
  });

  it('finds a missing file and a missing record; recovery refuses both', async () => {
    freshCopy();
    rmSync(join(damaged, 'journal-00000001.log'));
    expect((await verifyJournal(damaged)).findings).toMatchObject([
      {
        kind: 'missing-segment',
        file: 'journal-00000002.log',
        detail: 'segment 1 is missing before this file',
      },
    ]);
    expect(recovered()).toBe('JOURNAL_CORRUPT');

    freshCopy();
    const path = join(damaged, 'journal-00000002.log');
    const whole = readFileSync(path);
    const [headerEnd, firstEnd] = recordEnds(whole);
    writeFileSync(path, Buffer.concat([whole.subarray(0, headerEnd), whole.subarray(firstEnd)]));
    const report: VerifyReport = await verifyJournal(damaged);
    expect(report.findings).toMatchObject([
      { kind: 'sequence-gap', file: 'journal-00000002.log', offset: headerEnd },
    ]);
    expect(report.problems[0]).toMatch(/^journal-00000002\.log:64: sequence-gap: .* 1 record is missing/);
    expect(recovered()).toBe('JOURNAL_CORRUPT');
  });

  it('dumps every valid record in words also when something is damaged, and names the damage', async () => {
    freshCopy();
    const path = join(damaged, 'journal-00000001.log');
    const bytes = readFileSync(path);
    const at = recordEnds(bytes)[2];
    bytes[at + 40] ^= 1;
    writeFileSync(path, bytes);
    const seen: string[] = [];
    const findings = await dumpJournal(damaged, (record) =>
      seen.push(`${record.log} ${record.sequence} ${record.message}`),
    );
    expect(findings).toMatchObject([{ kind: 'corrupt', file: 'journal-00000001.log', offset: at }]);
    expect(seen).not.toContain('journal 3 Fill');
    expect(seen).toContain('journal 4 Fill');
    expect(seen.at(-1)).toBe('intents 4 OrderIntent');
  });

  it('says in one sentence when there is no such folder', async () => {
    await expect(verifyJournal(join(root.path, 'nowhere'))).rejects.toThrow(/cannot read the journal folder/);
  });
});

/** Offsets where the header and each record end: a plain reading of the format, by its lengths. */
function recordEnds(bytes: Buffer): number[] {
  const ends = [64];
  for (let at = 64; at < bytes.length;) {
    at += 32 + Math.ceil(bytes.readInt32LE(at) / 8) * 8;
    ends.push(at);
  }
  return ends;
}
