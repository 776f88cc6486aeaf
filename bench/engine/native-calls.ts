import { createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HmacSha256, SignedText } from '../../adapters/venue-kit/signing/sha256.ts';
import { SegmentWriter } from '../../engine/journal/segment-writer.ts';
import { FileMapper } from '../../engine/native/file-mapper.ts';
import { openNativeRoom } from '../../engine/native/native-room.ts';
import type { NativeRoom } from '../../engine/native/native-room.ts';
import type { Bench, BenchOptions, BenchResult, Rival } from '../harness/comparison.ts';
import { microMethod, microRival, SMOKE_MICRO } from '../harness/micro.ts';
import type { MicroSettings } from '../harness/micro.ts';
import { comparePaired } from '../harness/paired-rounds.ts';

const FULL_MICRO: MicroSettings = { timeMs: 200, passesMin: 50, warmupMs: 100, warmupPassesMin: 20 };
const OPERATIONS = 256;
/** A record of the intent log. */
const RECORD_BYTES = 144;
const SEGMENT_BYTES = 67_108_864;
const KEY = Buffer.alloc(64, 's');
/** What of an order's signed text stays the same, and how much changes. */
const PREFIX = Buffer.from(`apiKey=${'k'.repeat(64)}&`);
const TEXT_BYTES: number = PREFIX.length + 190;

function signatureRivals(room: NativeRoom | null, settings: MicroSettings): Rival[] {
  const text = new SignedText(TEXT_BYTES);
  text.bytes.fill(0x61);
  text.bytes.set(PREFIX);
  const plain = Buffer.from(text.bytes.subarray(0, TEXT_BYTES));
  const out = Buffer.alloc(64);
  const rival = (name: string, sign: () => void): Rival => {
    const pass = (): number => {
      let sum = 0;
      for (let count = 0; count < OPERATIONS; count++) {
        text.bytes[TEXT_BYTES - 1] = 48 + (count % 10);
        plain[TEXT_BYTES - 1] = 48 + (count % 10);
        sign();
        sum += out[0] * 256 + out[63];
      }
      return sum;
    };
    return microRival(name, OPERATIONS, pass, settings);
  };
  const own = (hmac: HmacSha256): (() => void) => {
    hmac.setPrefix(PREFIX);
    return () => hmac.signHex(text, TEXT_BYTES, out, 0);
  };
  const rounds = room?.makeSha256() ?? null;
  return [
    ...(rounds === null ? [] : [rival("OpenSSL's rounds", own(new HmacSha256(KEY, rounds)))]),
    rival('rounds in JavaScript', own(new HmacSha256(KEY))),
    rival('node:crypto', () => {
      out.write(createHmac('sha256', KEY).update(plain).digest('hex'), 'latin1');
    }),
  ];
}

function logRivals(room: NativeRoom | null, folder: string, settings: MicroSettings): Rival[] {
  const record = new Uint8Array(RECORD_BYTES).fill(7);
  const buffers = [record];
  const append = (name: string, mapper?: FileMapper): (() => number) => {
    const writer = new SegmentWriter(
      {
        directory: join(folder, name),
        log: 'intents',
        segmentBytes: SEGMENT_BYTES,
        startEpochUs: 1,
        ...(mapper === undefined ? {} : { mapper }),
      },
      1,
    );
    return () => {
      for (let count = 0; count < OPERATIONS; count++) {
        if (writer.needsRotation(RECORD_BYTES)) writer.rotate(1);
        writer.append(buffers, RECORD_BYTES);
      }
      return OPERATIONS * RECORD_BYTES;
    };
  };
  mkdirSync(join(folder, 'written'));
  mkdirSync(join(folder, 'mapped'));
  const bare = openSync(join(folder, 'bare'), 'w');
  const mapper = room?.files ?? null;
  const isMapped = mapper !== null && FileMapper.problemWith(folder) === null;
  return [
    ...(isMapped ? [microRival('mapped', OPERATIONS, append('mapped', mapper), settings)] : []),
    microRival('written', OPERATIONS, append('written'), settings),
    microRival(
      'fs.writeSync',
      OPERATIONS,
      () => {
        let sum = 0;
        for (let count = 0; count < OPERATIONS; count++) sum += writeSync(bare, record);
        return sum;
      },
      settings,
    ),
  ];
}

async function run(options: BenchOptions): Promise<BenchResult> {
  const settings = options.isSmoke ? SMOKE_MICRO : FULL_MICRO;
  const opened = openNativeRoom();
  const room = typeof opened === 'string' ? null : opened;
  const folder = mkdtempSync(join(tmpdir(), 'shrike-native-'));
  const method = microMethod(settings);
  const better = 'lower' as const;
  try {
    const signature = await comparePaired(
      {
        title: 'signature of an order',
        unit: 'ns/signature',
        better,
        method: `HMAC-SHA256 of ${TEXT_BYTES} bytes, ${PREFIX.length} of them always the same; ${method}`,
        rivals: signatureRivals(room, settings),
      },
      options,
    );
    const log = await comparePaired(
      {
        title: 'intent on disk',
        unit: 'ns/record',
        better,
        method: `records of ${RECORD_BYTES} bytes, files of ${SEGMENT_BYTES / 1_048_576} MB, rotations included; ${method}`,
        rivals: logRivals(room, folder, settings),
      },
      options,
    );
    const notes = typeof opened === 'string' ? [`no native calls here: ${opened}`] : [];
    return { name: nativeCalls.name, summary: nativeCalls.summary, comparisons: [signature, log], notes };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What native calls gain where the engine may use them. */
export const nativeCalls: Bench = {
  name: 'native-calls',
  summary: "an order's signature and its intent on disk, by native calls and without",
  run,
};
