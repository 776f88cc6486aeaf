import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VENUE_IDS_MAX, VENUE_ID_BYTES_MAX } from '../../engine/core/limits.ts';
import { EXECUTION_COUNTER } from '../../engine/execution/counters.ts';
import { NO_VENUE_ID, VenueIdReader, venueIdBytes } from '../../engine/execution/venue-id-reader.ts';
import { VenueIds } from '../../engine/execution/venue-ids.ts';
import { COUNTER_BLOCK_BYTES, CounterBlock } from '../../engine/ipc/counters.ts';
import { MemoryMapBuilder } from '../../engine/ipc/memory-map.ts';

interface Rig {
  /** Attaches anew to the same memory, as a restarted thread does. */
  readonly open: () => VenueIds;
  readonly reader: () => VenueIdReader;
  readonly count: (name: 'venueIdsKept' | 'venueIdsForgotten' | 'venueIdsRefused') => number;
}

function rig(capacity: number = VENUE_IDS_MAX): Rig {
  const map = new MemoryMapBuilder();
  const region = map.reserve('venue-ids', venueIdBytes(capacity));
  const countersRegion = map.reserve('counters', COUNTER_BLOCK_BYTES);
  const buffer = new SharedArrayBuffer(map.seal().byteLength);
  const counters = new CounterBlock(buffer, countersRegion);
  return {
    open: () => new VenueIds(buffer, region, counters, capacity),
    reader: () => new VenueIdReader(buffer, region, capacity),
    count: (name) => counters.read(EXECUTION_COUNTER[name]),
  };
}

/** The id in the middle of a frame, so that offsets count. */
function keyOf(ids: VenueIds, text: string): number {
  const frame = Buffer.from(`{"id":${text},"more":1}`);
  return ids.keyOf(frame, 6, frame.length - 10);
}

const isPlain = (text: string): boolean =>
  /^[1-9]\d*$/.test(text) && BigInt(text) <= BigInt(Number.MAX_SAFE_INTEGER);

const hex = fc.nat(15).map((digit) => digit.toString(16));
const anyId: fc.Arbitrary<string> = fc.oneof(
  fc.uuid(),
  fc.uuid().map((uuid) => uuid.toUpperCase()),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
  // Around 2^53 and 2^64, where doubles run out.
  fc.bigInt({ min: -4n, max: 4n }).map((delta) => String(2n ** 53n + delta)),
  fc.bigInt({ min: -4n, max: 0n }).map((delta) => String(2n ** 64n + delta)),
  fc.nat(999).map((number) => String(number).padStart(3, '0')),
  // Long texts that differ in one place only, or in length only.
  fc.tuple(fc.nat(63), hex).map(([at, digit]) => `${'a'.repeat(at)}${digit}${'a'.repeat(63 - at)}`),
  fc.integer({ min: 1, max: VENUE_ID_BYTES_MAX }).map((length) => 'x'.repeat(length)),
  fc.constantFrom('0', '-1', '+7', '7 ', ' 7', '1e3', '7.0', '٧', 'Überweisung-№1', '注文-42', '😀😀'),
  fc.string({ minLength: 1, maxLength: 16, unit: fc.constantFrom('a', 'é', '漢', '😀', '-', '_', '/', '0') }),
);

test('ids of all kinds have one key each, as a map of their texts gives, and the text comes back', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyId, fc.boolean()), { maxLength: 60 }), (list) => {
      const { open, reader } = rig(256);
      let ids = open();
      const keys = new Map<string, number>();
      const texts = new Map<number, string>();
      for (const [text, restarts] of list) {
        if (restarts) ids = open();
        const key = keyOf(ids, `"${text}"`);
        expect(keyOf(ids, text)).toBe(key);
        expect(ids.keyOfValue(text)).toBe(key);
        expect(keys.get(text) ?? key).toBe(key);
        expect(texts.get(key) ?? text).toBe(text);
        if (isPlain(text)) expect(key).toBe(Number(text));
        else expect(key).toBeLessThan(0);
        keys.set(text, key);
        texts.set(key, text);
      }
      for (const [text, key] of keys) expect(reader().textOf(key)).toBe(text);
    }),
  );
});

test('a number is itself up to 2^53 - 1; beyond it, and with leading zeros, an id is text', () => {
  const ids = rig(64).open();
  expect(keyOf(ids, '9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
  const keys = [
    '9007199254740992',
    '9007199254740993',
    '18446744073709551615',
    '007',
    '07',
    '7',
    '0',
    '00',
  ].map((text) => keyOf(ids, text));
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.filter((key) => key > 0)).toEqual([7]);
  expect(keyOf(ids, '"7"')).toBe(7);
  expect(ids.shown(keys[2])).toBe('18446744073709551615');
  expect(ids.shown(7)).toBe(7);
  const into = new Uint8Array(100);
  expect(Buffer.from(into.subarray(3, 3 + ids.copyTo(9_007_199_254_740_991, into, 3))).toString()).toBe(
    '9007199254740991',
  );
  expect(ids.copyTo(NO_VENUE_ID, into, 0)).toBe(0);
});

test.each([
  ['nothing', Buffer.from('')],
  ['an empty text', Buffer.from('""')],
  ['65 bytes', Buffer.from('x'.repeat(65))],
  ['65 bytes of two-byte characters', Buffer.from(`${'é'.repeat(32)}x`)],
  ['an escape', Buffer.from('"a\\u0062"')],
  ['a quote inside', Buffer.from('a"b')],
  ['a line break', Buffer.from('a\nb')],
  ['a zero byte', Buffer.from('a\0')],
  ['Latin-1', Buffer.from([0x61, 0xe9])],
  ['a cut character', Buffer.from([0xe6, 0xbc])],
  ['an overlong slash', Buffer.from([0xc0, 0xaf])],
  ['half a pair', Buffer.from([0xed, 0xa0, 0x80])],
  ['beyond Unicode', Buffer.from([0xf4, 0x90, 0x80, 0x80])],
  ['a byte order mark, which decoders drop', Buffer.from('\uFEFFabc')],
])('%s is refused and counted', (_what, bytes) => {
  const { open, count } = rig(64);
  expect(open().keyOf(bytes, 0, bytes.length)).toBe(NO_VENUE_ID);
  expect(count('venueIdsRefused')).toBe(1);
  expect(count('venueIdsKept')).toBe(0);
});

test('UTF-8 is taken exactly when a strict decoder takes it and gives the same bytes back', () => {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const units = fc.oneof(
    fc.constantFrom(0xc0, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff),
    fc.integer({ min: 0x80, max: 0xbf }),
    fc.constantFrom(0x9f, 0xa0, 0xbb, 0xbf, 0x8f, 0x90),
    fc.constant(0x41),
  );
  fc.assert(
    fc.property(fc.array(units, { minLength: 1, maxLength: 5 }), (list) => {
      const bytes = Uint8Array.from(list);
      let isText: boolean;
      try {
        isText = Buffer.from(decoder.decode(bytes)).equals(bytes);
      } catch {
        isText = false;
      }
      const ids = rig(16).open();
      const key = ids.keyOf(bytes, 0, bytes.length);
      expect(key < 0).toBe(isText);
      if (isText) expect(ids.textOf(key)).toBe(decoder.decode(bytes));
    }),
    { numRuns: 2_000 },
  );
});

test('a number that JSON.parse has rounded is refused rather than taken for another id', () => {
  const { open, count } = rig(64);
  const ids = open();
  expect(ids.keyOfValue(JSON.parse('9007199254740993'))).toBe(NO_VENUE_ID);
  expect(ids.keyOfValue(1.5)).toBe(NO_VENUE_ID);
  expect(ids.keyOfValue(undefined)).toBe(NO_VENUE_ID);
  expect(ids.keyOfValue('"quoted"')).toBe(NO_VENUE_ID);
  expect(ids.keyOfValue('\ud83d')).toBe(NO_VENUE_ID);
  expect(count('venueIdsRefused')).toBe(5);
  expect(ids.keyOfValue(12)).toBe(12);
});

test('in a full table what is held stays, the rest goes least recently seen first, and nothing is mistaken', () => {
  const CAPACITY = 32;
  const step = fc.record({
    text: fc.nat(80).map((number) => `id-${number}`),
    hold: fc.constantFrom('hold', 'release', 'none', 'restart'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const { open, count } = rig(CAPACITY);
      let ids = open();
      /** Key and holds of every held text: it must never change. */
      const held = new Map<string, { key: number; holds: number }>();
      const everGiven = new Map<number, string>();
      for (const { text, hold } of steps) {
        if (hold === 'restart') {
          ids = open();
          for (const { key, holds } of held.values()) for (let n = 0; n < holds; n++) ids.hold(key);
        }
        const key = keyOf(ids, text);
        const known = held.get(text);
        if (known !== undefined) expect(key).toBe(known.key);
        if (key === NO_VENUE_ID) {
          expect(held.size).toBeGreaterThanOrEqual(CAPACITY - 8);
          continue;
        }
        expect(everGiven.get(key) ?? text).toBe(text);
        everGiven.set(key, text);
        if (hold === 'hold') {
          ids.hold(key);
          held.set(text, { key, holds: (known?.holds ?? 0) + 1 });
        } else if (hold === 'release' && known !== undefined) {
          ids.release(key);
          if (known.holds === 1) held.delete(text);
          else held.set(text, { key, holds: known.holds - 1 });
        }
        for (const [each, { key: its }] of held) expect(ids.textOf(its)).toBe(each);
      }
      expect(count('venueIdsKept') - count('venueIdsForgotten')).toBeLessThanOrEqual(CAPACITY);
    }),
  );
});

test('when all ids are held a new one is refused, and known again once there is room', () => {
  const { open, count } = rig(16);
  const ids = open();
  const keys = Array.from({ length: 16 }, (_, index) => keyOf(ids, `held-${index}`));
  for (const key of keys) ids.hold(key);
  expect(keyOf(ids, 'one-more')).toBe(NO_VENUE_ID);
  expect(count('venueIdsRefused')).toBe(1);
  for (let index = 0; index < 9; index++) ids.release(keys[index]);
  const key = keyOf(ids, 'one-more');
  expect(ids.textOf(key)).toBe('one-more');
  expect(ids.shown(keys[0])).toBe('(forgotten)');
  expect(ids.textOf(keys[1])).toBe('held-1');
  expect(count('venueIdsForgotten')).toBe(1);
  // What comes back after it was forgotten is a new key: nobody held the old one.
  expect(keyOf(ids, 'held-0')).not.toBe(keys[0]);
});

test('a writer that died half-way leaves no id behind and no place lost', () => {
  const { open } = rig(16);
  const ids = open();
  const key = keyOf(ids, 'whole');
  const half = keyOf(ids, 'half');
  const place = ids.placeOf(half);
  const inside = ids as unknown as { lengths: Int32Array };
  inside.lengths[place] = 0;
  const next = open();
  expect(keyOf(next, 'whole')).toBe(key);
  const again = keyOf(next, 'half');
  expect(next.placeOf(again)).toBe(place);
  expect(again).not.toBe(half);
  for (let index = 0; index < 14; index++) next.hold(keyOf(next, `more-${index}`));
  expect(keyOf(next, 'whole')).toBe(key);
});

test('a look-up makes no garbage, be the id known, new, forgotten or refused', () => {
  const script = fileURLToPath(new URL('../fixtures/venue-id-allocation.ts', import.meta.url));
  const report = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' })) as Record<
    'lookUps' | 'forgotten' | 'scavenges' | 'scavengesOfOneObjectEach',
    number
  >;
  expect(report.lookUps).toBe(2_400_000);
  expect(report.forgotten).toBeGreaterThan(100_000);
  expect(report.scavengesOfOneObjectEach).toBeGreaterThan(5);
  expect(report.scavenges).toBeLessThanOrEqual(2);
});

test('the whole table fits a few megabytes', () => {
  expect(venueIdBytes()).toBeLessThan(4 * 1024 * 1024);
});
