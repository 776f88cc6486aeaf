import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c, crc32cOfWords } from '../../engine/journal/crc32c.ts';
import {
  LOG_KIND,
  MONO_NS_AT,
  RECORD_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
  SEQUENCE_AT,
  decodeSegmentHeader,
  encodeRecord,
  encodeSegmentHeader,
  logBuffer,
  recordBytes,
  validRecordBytes,
} from '../../engine/journal/record-format.ts';

function checksum(bytes: Uint8Array | readonly number[]): number {
  const array = Uint8Array.from(bytes);
  return crc32c(array, 0, array.length, 0) >>> 0;
}

/** The definition, bit by bit. */
function naiveCrc(bytes: Uint8Array): number {
  let state = 0xffff_ffff;
  for (const byte of bytes) {
    state ^= byte;
    for (let bit = 0; bit < 8; bit++) state = (state >>> 1) ^ ((state & 1) === 1 ? 0x82f6_3b78 : 0);
  }
  return ~state >>> 0;
}

function littleEndian(word: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(word);
  return bytes.toString('hex');
}

describe('crc32c', () => {
  it('gives the check value and the vectors of RFC 3720 appendix B.4', () => {
    const rising = Array.from({ length: 32 }, (_, index) => index);
    expect(checksum(Buffer.from('123456789'))).toBe(0xe306_9283);
    expect(checksum(Array.from({ length: 32 }, () => 0))).toBe(0x8a91_36aa);
    expect(checksum(Array.from({ length: 32 }, () => 0xff))).toBe(0x62a8_ab43);
    expect(checksum(rising)).toBe(0x46dd_794e);
    expect(checksum(rising.toReversed())).toBe(0x113f_db5c);
    const readCommand = Buffer.from(
      '01c000000000000000000000000000001400000000000400000000140000001828000000000000000200000000000000',
      'hex',
    );
    expect(checksum(readCommand)).toBe(0xd996_3a56);
  });

  it('equals the bit-by-bit definition, also in two parts and from any start', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), fc.nat(20), (bytes, split, lead) => {
        const cut = Math.min(split, bytes.length);
        const shifted = new Uint8Array([...Array.from({ length: lead }, () => 7), ...bytes]);
        const first = crc32c(shifted, lead, lead + cut, 0);
        expect(crc32c(shifted, lead + cut, shifted.length, first) >>> 0).toBe(naiveCrc(bytes));
      }),
    );
  });

  it('is the same taken word by word', () => {
    fc.assert(
      fc.property(fc.int32Array({ maxLength: 40 }), fc.nat(40), fc.nat(3), (words, split, lead) => {
        const cut = lead + Math.min(split, words.length);
        const shifted = Int32Array.from([...Array.from({ length: lead }, () => 7), ...words]);
        const first = crc32cOfWords(shifted, lead, cut, 0);
        const bytes = new Uint8Array(words.slice().buffer);
        expect(crc32cOfWords(shifted, cut, shifted.length, first) >>> 0).toBe(naiveCrc(bytes));
      }),
    );
  });
});

describe('record format', () => {
  it('lays header and record out as the diagram says', () => {
    const log = logBuffer(new ArrayBuffer(128), 0, 128);
    encodeSegmentHeader(log, {
      kind: LOG_KIND.journal,
      segmentNumber: 3,
      firstSequence: 9,
      startEpochUs: 5,
    });
    expect(Buffer.from(log.u8.subarray(0, SEGMENT_HEADER_BYTES)).toString('hex')).toBe(
      [
        '5348524b4c4f4700',
        '0100000001000000',
        '0000000000000840',
        '0000000000002240',
        '0000000000001440',
        '0'.repeat(40),
        littleEndian(naiveCrc(log.u8.slice(0, 60))),
      ].join(''),
    );
    const payload = logBuffer(Uint8Array.from([1, 2, 3, 4, 5, 0, 0, 0]).buffer, 0, 8);
    log.f64[(64 + SEQUENCE_AT) >> 3] = 2;
    log.f64[(64 + MONO_NS_AT) >> 3] = 1;
    expect(encodeRecord(log, 64, 21, 1, 4, payload, 0, 5)).toBe(40);
    const crc = littleEndian(naiveCrc(Uint8Array.from([...log.u8.slice(64, 92), ...log.u8.slice(96, 104)])));
    expect(Buffer.from(log.u8.subarray(64, 104)).toString('hex')).toBe(
      `${['0500000015000000', '0000000000000040', '000000000000f03f', '01000400'].join('')}${crc}0102030405000000`,
    );
  });

  it('takes back what it wrote and refuses it with any one bit flipped', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 99 }), (bytes, type) => {
        const source = logBuffer(new ArrayBuffer(48), 0, 48);
        source.u8.set(bytes);
        const log = logBuffer(new ArrayBuffer(128), 0, 128);
        const size = encodeRecord(log, 8, type, 1, 0, source, 0, bytes.length);
        expect(size).toBe(recordBytes(bytes.length));
        expect(validRecordBytes(log, 8, 8 + size)).toBe(size);
        expect(validRecordBytes(log, 8, 8 + size - 1)).toBe(0);
        expect([...log.u8.subarray(8 + RECORD_HEADER_BYTES, 8 + RECORD_HEADER_BYTES + bytes.length)]).toEqual(
          [...bytes],
        );
        for (let bit = 0; bit < size * 8; bit++) {
          log.u8[8 + (bit >> 3)] ^= 1 << (bit & 7);
          expect(validRecordBytes(log, 8, 128)).toBe(0);
          log.u8[8 + (bit >> 3)] ^= 1 << (bit & 7);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('names what is wrong with a segment header', () => {
    const log = logBuffer(new ArrayBuffer(64), 0, 64);
    encodeSegmentHeader(log, { kind: 1, segmentNumber: 1, firstSequence: 1, startEpochUs: 1 });
    expect(decodeSegmentHeader(log)).toMatchObject({ kind: 1, segmentNumber: 1, firstSequence: 1 });
    log.u8[20] ^= 4;
    expect(decodeSegmentHeader(log)).toMatch(/checksum/);
    log.u8[0] = 0;
    expect(decodeSegmentHeader(log)).toMatch(/magic/);
    expect(decodeSegmentHeader(logBuffer(new ArrayBuffer(40), 0, 40))).toMatch(/cut at 40/);
  });
});
