import { invariant } from '../core/assert.ts';
import { ERROR_SLOTS_MAX, ERROR_TEXT_BYTES_MAX } from '../core/limits.ts';
import type { Region } from './memory-map.ts';

/*
 * Distinct errors of one thread in shared memory (Agrona's DistinctErrorLog): they outlive the thread.
 *   per slot, 304 bytes:
 *      0  count       Float64
 *      8  firstNs     Float64, monoNs
 *     16  lastNs      Float64, monoNs
 *     24  code        Int32
 *     28  textLength  Int32, bytes; 0 = free slot; written last
 *     32  text        UTF-8: "<CODE> where: what"
 *   last 8 bytes of the region: errors that found no free slot, Float64
 */
const SLOT_BYTES = 304;
const TEXT_OFFSET_BYTES = 32;

/** Bytes of shared memory one error log needs. */
export const ERROR_LOG_BYTES: number = ERROR_SLOTS_MAX * SLOT_BYTES + 8;

/** One distinct error. */
export interface ErrorEntry {
  readonly code: number;
  readonly count: number;
  readonly firstNs: number;
  readonly lastNs: number;
  readonly text: string;
}

invariant(TEXT_OFFSET_BYTES + ERROR_TEXT_BYTES_MAX <= SLOT_BYTES, 'an error text fits its slot');

/** The text as a slot keeps it: never empty (that is a free slot), cut at a whole character. */
function slotText(text: string): Buffer {
  const bytes = Buffer.from(text === '' ? '(no text)' : text, 'utf8');
  let end = Math.min(bytes.length, ERROR_TEXT_BYTES_MAX);
  while (end < bytes.length && (bytes[end] & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}

/** A thread's distinct errors. One writing thread; any thread reads. Recording allocates: never per message. */
export class ErrorLog {
  private readonly f64: Float64Array;
  private readonly i32: Int32Array;
  private readonly u8: Uint8Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    invariant(region.byteLength === ERROR_LOG_BYTES, 'region of the error log has another size');
    this.f64 = new Float64Array(buffer, region.byteOffset, ERROR_LOG_BYTES >> 3);
    this.i32 = new Int32Array(buffer, region.byteOffset, ERROR_LOG_BYTES >> 2);
    this.u8 = new Uint8Array(buffer, region.byteOffset, ERROR_LOG_BYTES);
  }

  /** Counts the error; the same code and text share one slot. */
  record(code: number, text: string, nowNs: number): void {
    const bytes = slotText(text);
    for (let slot = 0; slot < ERROR_SLOTS_MAX; slot++) {
      const at8 = (slot * SLOT_BYTES) >> 3;
      const at4 = (slot * SLOT_BYTES) >> 2;
      const textLength = Atomics.load(this.i32, at4 + 7);
      const textAt = slot * SLOT_BYTES + TEXT_OFFSET_BYTES;
      if (textLength === 0) {
        this.u8.set(bytes, textAt);
        this.f64[at8] = 1;
        this.f64[at8 + 1] = nowNs;
        this.f64[at8 + 2] = nowNs;
        this.i32[at4 + 6] = code;
        Atomics.store(this.i32, at4 + 7, bytes.length);
        return;
      }
      if (this.i32[at4 + 6] !== code || textLength !== bytes.length) continue;
      if (bytes.compare(this.u8, textAt, textAt + textLength) !== 0) continue;
      this.f64[at8] += 1;
      this.f64[at8 + 2] = nowNs;
      return;
    }
    this.f64[this.f64.length - 1] += 1;
  }

  /** All distinct errors so far, oldest first. */
  readAll(): ErrorEntry[] {
    const entries: ErrorEntry[] = [];
    for (let slot = 0; slot < ERROR_SLOTS_MAX; slot++) {
      const at8 = (slot * SLOT_BYTES) >> 3;
      const at4 = (slot * SLOT_BYTES) >> 2;
      const textLength = Atomics.load(this.i32, at4 + 7);
      if (textLength === 0) break;
      const textAt = slot * SLOT_BYTES + TEXT_OFFSET_BYTES;
      entries.push({
        code: this.i32[at4 + 6],
        count: this.f64[at8],
        firstNs: this.f64[at8 + 1],
        lastNs: this.f64[at8 + 2],
        text: Buffer.from(this.u8.slice(textAt, textAt + textLength)).toString('utf8'),
      });
    }
    return entries;
  }

  /** Errors that found every slot taken. */
  overflowCount(): number {
    return this.f64[this.f64.length - 1];
  }
}
