import { invariant } from '../core/assert.ts';
import type { Instrument } from '../core/instrument.ts';
import type { Region } from './memory-map.ts';

/*
 * The instruments of an engine, also those added while it runs. One writer, the supervisor; any thread reads.
 *   byte 0  count  Int32: instruments that ever were; their indexes are 0 to count - 1
 *      128  slots, SLOT_BYTES each: 0 state Int32 (written last), 4 epoch Int32, 8 lengths of both copies Int32 x 2,
 *           16 two copies of the instrument as JSON, UTF-8. The copy of `epoch & 1` is the present one: a change
 *           fills the other copy first, so a reader never sees half of it.
 */
const HEADER_BYTES = 128;
const SLOT_BYTES = 2_048;
const TEXT_AT = 16;
const TEXT_BYTES: number = (SLOT_BYTES - TEXT_AT) / 2;
const EPOCH = 1;
const LENGTHS = 2;

/** State of a slot. */
const SLOT_STATE = { empty: 0, active: 1, removed: 2 } as const;

/** Bytes of shared memory the slots of so many instruments need. */
export function instrumentSlotsBytes(instrumentsMax: number): number {
  return HEADER_BYTES + instrumentsMax * SLOT_BYTES;
}

/** Reads and, on the main thread, writes the instruments. Allocates: for starts and commands. */
export class InstrumentSlots {
  /** Instruments there is room for. */
  readonly max: number;
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    this.max = (region.byteLength - HEADER_BYTES) / SLOT_BYTES;
    invariant(Number.isInteger(this.max), 'region of the instruments has another size');
    this.words = new Int32Array(buffer, region.byteOffset, region.byteLength >> 2);
    this.bytes = new Uint8Array(buffer, region.byteOffset, region.byteLength);
  }

  /** Instruments that ever were, removed ones included: an index is never given to another one. */
  count(): number {
    return Atomics.load(this.words, 0);
  }

  /** Adds an instrument, whose index must be the next one. @throws InvariantViolation without room for it */
  add(instrument: Instrument): void {
    invariant(
      instrument.index === this.count() && instrument.index < this.max,
      'there is room for the instrument',
    );
    const at = this.at(instrument.index);
    this.writeCopy(at, instrument);
    Atomics.store(this.words, (at >> 2) + EPOCH, instrument.epoch);
    Atomics.store(this.words, at >> 2, SLOT_STATE.active);
    Atomics.store(this.words, 0, instrument.index + 1);
  }

  /** New terms of an instrument, whose epoch has grown by one. */
  update(instrument: Instrument): void {
    const { index, epoch, symbol } = instrument;
    invariant(epoch === this.epoch(index) + 1, `new terms of ${symbol} have the next epoch`);
    const at = this.at(index);
    this.writeCopy(at, instrument);
    Atomics.store(this.words, (at >> 2) + EPOCH, epoch);
  }

  /** The epoch of the instrument's present terms. */
  epoch(index: number): number {
    return Atomics.load(this.words, (this.at(index) >> 2) + EPOCH);
  }

  private writeCopy(at: number, instrument: Instrument): void {
    const copy = instrument.epoch & 1;
    const text = new TextEncoder().encode(JSON.stringify(instrument));
    invariant(text.length <= TEXT_BYTES, `the terms of ${instrument.symbol} fit their place`);
    this.bytes.set(text, at + TEXT_AT + copy * TEXT_BYTES);
    this.words[(at >> 2) + LENGTHS + copy] = text.length;
  }

  /** The instrument is traded no more. */
  remove(index: number): void {
    Atomics.store(this.words, this.at(index) >> 2, SLOT_STATE.removed);
  }

  isActive(index: number): boolean {
    return index < this.max && Atomics.load(this.words, this.at(index) >> 2) === SLOT_STATE.active;
  }

  /** The instrument of that index, removed or not. */
  read(index: number): Instrument {
    invariant(index >= 0 && index < this.count(), `there is an instrument ${index}`);
    const at = this.at(index);
    for (;;) {
      const epoch = this.epoch(index);
      const from = at + TEXT_AT + (epoch & 1) * TEXT_BYTES;
      const text = this.bytes.slice(from, from + this.words[(at >> 2) + LENGTHS + (epoch & 1)]);
      if (this.epoch(index) === epoch) return JSON.parse(new TextDecoder().decode(text)) as Instrument;
    }
  }

  /** Completes a list of the instruments by index with those added since, and with new terms. */
  complete(list: Instrument[]): void {
    for (const [index, { epoch }] of list.entries()) {
      if (epoch !== this.epoch(index)) list[index] = this.read(index);
    }
    while (list.length < this.count()) list.push(this.read(list.length));
  }

  private at(index: number): number {
    return HEADER_BYTES + index * SLOT_BYTES;
  }
}
