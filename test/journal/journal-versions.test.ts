import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Instrument } from '../../engine/core/instrument.ts';
import { crc32c } from '../../engine/journal/crc32c.ts';
import { dumpJournal } from '../../engine/journal/reader.ts';
import { SEQUENCE_AT, SOURCE_SELF, encodeRecord, logBuffer } from '../../engine/journal/record-format.ts';
import { recoverState } from '../../engine/journal/recovery.ts';
import { SegmentWriter } from '../../engine/journal/segment-writer.ts';
import { describe as describeRecord } from '../../engine/messages/describe.ts';
import { SIDE } from '../../engine/messages/enums.ts';
import { messageLayout } from '../../engine/messages/layout.ts';
import { presentRecord, readabilityOf } from '../../engine/messages/record-upgrade.ts';
import { SCHEMA } from '../../engine/messages/schema.ts';
import {
  JournalRig,
  START_EPOCH_US,
  instrument,
  runIdentity,
  temporaryFolder,
} from '../fixtures/journal-rig.ts';

const root = temporaryFolder();
afterAll(() => root.remove());
let folders = 0;
const newFolder = (): string => join(root.path, `case-${folders++}`);

/** Every file of a folder with its bytes. */
function contents(directory: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory).map((file) => [file, readFileSync(join(directory, file)).toString('hex')]),
  );
}

/** A sound journal of one fill, and a file behind it with one record of the type and version. */
function withRecord(type: number, version: number): string {
  const directory = newFolder();
  const rig = new JournalRig(directory);
  rig.start();
  rig.actor.onClose();
  const writer = new SegmentWriter(
    { directory, log: 'journal', segmentBytes: 1 << 20, startEpochUs: START_EPOCH_US },
    2,
  );
  writer.rotate(4);
  const record = logBuffer(new ArrayBuffer(1024), 0, 1024);
  record.f64[SEQUENCE_AT >> 3] = 4;
  const bytes = encodeRecord(record, 0, type, version, SOURCE_SELF, record, 512, 512);
  writer.append([record.u8.subarray(0, bytes)], bytes);
  writer.close();
  return directory;
}

describe('versions of journal records', () => {
  it('are refused when a newer engine wrote them, whatever they are of, and nothing is touched', () => {
    for (const { id, version } of Object.values(SCHEMA)) {
      const directory = withRecord(id, version + 1);
      const before = contents(directory);
      expect(() => recoverState(directory, ['account-1'])).toThrow(
        /^journal-00000002\.log:64: \w+ is written with message version \d+, this engine reads \d+; a newer engine wrote it/,
      );
      // Not even the journal of another account is moved aside.
      expect(() => recoverState(directory, ['account-2'])).toThrow(/a newer engine wrote it/);
      expect(contents(directory)).toEqual(before);
    }
  });

  it('are refused when this engine has no such message', () => {
    const directory = withRecord(4_000, 1);
    expect(() => recoverState(directory, ['account-1'])).toThrow(
      /a record of the unknown type 4000; a newer engine wrote it\. Nothing was changed/,
    );
  });

  it('are named in a dump, which goes on', async () => {
    const messages: string[] = [];
    const { id, version } = SCHEMA['Fill'];
    await dumpJournal(withRecord(id, version + 1), (record) => messages.push(record.message));
    expect(messages.at(-1)).toBe(`Fill(version ${version + 1})`);
    expect(messages[0]).toBe('JournalStart');
  });

  it('keep every field when an older record is brought to the present layout', () => {
    for (const [name, spec] of Object.entries(SCHEMA)) {
      for (let version = spec.readableFrom ?? 1; version <= spec.version; version++) {
        const from = messageLayout(spec, version);
        const tail = spec.levels === true ? 32 : 0;
        const old = logBuffer(new ArrayBuffer(from.blockBytes + tail + 8), 0, from.blockBytes + tail + 8);
        const expected: Record<string, unknown> = {};
        for (const [index, field] of from.fields.entries()) {
          const at = 8 + field.byteOffset;
          if (field.spec.kind === 'f64') old.f64[at >> 3] = expected[field.name] = index + 0.5;
          else if (field.spec.kind === 'i32') old.i32[at >> 2] = index + 100_000;
          else {
            const text = `t${index}`.padEnd(field.byteLength, 'x').slice(0, field.byteLength);
            old.u8.set(Buffer.from(text), at);
            expected[field.name] = text;
          }
          if (field.spec.kind === 'i32') expected[field.name] = index + 100_000;
        }
        old.f64.fill(7.5, (8 + from.blockBytes) >> 3);
        const present = presentRecord(spec.id, version, old, 8, from.blockBytes + tail);
        if (present === null) throw new Error(`${name} version ${version} is not readable`);
        const words = describeRecord(spec.id, present.view, present.byteOffset, present.byteLength);
        for (const [field, value] of Object.entries(expected)) {
          const shown = words.fields[field];
          expect(
            typeof value === 'number' && typeof shown === 'string' ? Number(shown.slice(1)) : shown,
          ).toBe(value);
        }
        if (spec.levels === true)
          expect(words.levels).toEqual([
            [7.5, 7.5],
            [7.5, 7.5],
          ]);
      }
      expect(readabilityOf(spec.id, spec.version + 1)).toBe('newer');
      expect(readabilityOf(spec.id, (spec.readableFrom ?? 1) - 1)).toBe('unknown');
    }
  });
});

describe('a log file of a newer format', () => {
  it('is refused as such and not cut off as a torn end', () => {
    const directory = newFolder();
    mkdirSync(directory);
    const file = new SegmentWriter(
      { directory, log: 'journal', segmentBytes: 1 << 20, startEpochUs: START_EPOCH_US },
      1,
    );
    file.rotate(1);
    file.close();
    const path = join(directory, 'journal-00000001.log');
    const bytes = readFileSync(path);
    bytes.writeInt32LE(2, 8);
    bytes.writeInt32LE(crc32c(bytes, 0, 60, 0), 60);
    writeFileSync(path, Buffer.concat([bytes, Buffer.from('records this engine has no idea of')]));
    const before = contents(directory);
    expect(() => recoverState(directory, ['account-1'])).toThrow(
      /journal-00000001\.log: format version 2, this engine reads 1; a newer engine wrote it\. Nothing was changed/,
    );
    expect(contents(directory)).toEqual(before);
  });
});

/** Three instruments, two of them the same pair at different venues. */
const KNOWN: readonly Instrument[] = [
  instrument('BTCUSDT', 0),
  instrument('BTCUSDT', 0, { venue: 'other' }),
  instrument('ETHUSDT', 0),
];
const fillPlan = fc.record({
  which: fc.nat(2),
  isBuy: fc.boolean(),
  priceTicks: fc.integer({ min: 1, max: 1_000 }),
  qtyLots: fc.integer({ min: 1, max: 1_000 }),
});
const runPlan = fc.record({
  order: fc.shuffledSubarray([0, 1, 2], { minLength: 1, maxLength: 3 }),
  fills: fc.array(fillPlan, { maxLength: 8 }),
});

describe('instruments in journals', () => {
  it('are known by venue and symbol, whatever index each run gave them', () => {
    fc.assert(
      fc.property(fc.array(runPlan, { minLength: 1, maxLength: 4 }), (runs) => {
        const directory = newFolder();
        const net = [0, 0, 0];
        const counts = [0, 0, 0];
        let fillSeq = 0;
        for (const [runIndex, { order, fills }] of runs.entries()) {
          const instruments = order.map((which, index) => ({ ...KNOWN[which], index }));
          const run = runIdentity({ startEpochUs: START_EPOCH_US + runIndex, instruments });
          const rig = new JournalRig(directory, { run, segmentBytes: 2048 });
          rig.start();
          for (const { which, isBuy, priceTicks, qtyLots } of fills) {
            const instrumentIndex = order.indexOf(which);
            if (instrumentIndex < 0) continue;
            fillSeq += 1;
            const side = isBuy ? SIDE.buy : SIDE.sell;
            // The same trade id at two venues is two trades.
            const ids = { fillSeq, intentSeq: fillSeq, venueTradeId: 1 + counts[which] };
            rig.fill(0, { ...ids, instrumentIndex, side, priceTicks, qtyLots, feeCash: 1 });
            net[which] += isBuy ? qtyLots : -qtyLots;
            counts[which] += 1;
          }
          rig.actor.onClose();
        }
        const state = recoverState(directory, ['account-1']);
        for (const [which, { venue, symbol }] of KNOWN.entries()) {
          const found = state.positions.filter((each) => each.venue === venue && each.symbol === symbol);
          if (counts[which] === 0) expect(found).toEqual([]);
          else expect(found).toMatchObject([{ netLots: net[which], fillCount: counts[which] }]);
        }
      }),
      { numRuns: 40, seed: 7 },
    );
  });

  it('are written with band, funding, status, margin mode and fee asset', async () => {
    const directory = newFolder();
    const share = { buyMinShare: 95, buyMaxShare: 105, sellMinShare: 94, sellMaxShare: 106 };
    const terms = {
      status: 'halted',
      fundingIntervalMs: 28_800_000,
      marginMode: 'isolated',
      feeAsset: 'USDT',
      priceBand: { reference: 'average', averageMinutes: 5, shareDecimals: 2, ...share },
    } as const;
    const rig = new JournalRig(directory, {
      run: runIdentity({ instruments: [instrument('BTCUSDT', 0, terms), instrument('ETHUSDT', 1)] }),
    });
    rig.start();
    rig.actor.onClose();
    const dumped: Readonly<Record<string, unknown>>[] = [];
    await dumpJournal(directory, ({ message, fields }) => {
      if (message === 'InstrumentRecord') dumped.push(fields);
    });
    expect(dumped).toMatchObject([
      {
        ...share,
        shareDecimals: 2,
        fundingIntervalMs: 28_800_000,
        bandReference: 'average',
        bandAverageMinutes: 5,
        status: 'halted',
        marginMode: 'isolated',
        feeAsset: 'USDT',
      },
      { buyMaxShare: 0, bandReference: '?0', status: 'trading', marginMode: 'none', feeAsset: '' },
    ]);
  });
});
