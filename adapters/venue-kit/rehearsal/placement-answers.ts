import type { Instrument } from '../../../engine/core/instrument.ts';
import { REHEARSAL_ID_DIGITS } from './rehearsal-words.ts';
import type { RehearsalWords } from './rehearsal-words.ts';
import { TEXT_FRAME_HEADER_BYTES, writeTextFrameHeader } from './text-frame.ts';

/** Bytes the answers to one placement may take. */
const ANSWER_BYTES_MAX = 4_096;
/** Header, 16-bit length and key of a client's frame (RFC 6455, 5.2); placements are longer than 125 bytes. */
const REQUEST_HEADER_BYTES = 8;
const KEY_AT = 4;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACE = 0x7d;
/** Gap of a frame that takes the new id; the others are numbers of echoes. */
const NEW_ID = -1;

/** A frame with gaps: constant bytes, and behind each but the last a value. */
interface FrameTemplate {
  readonly constants: readonly Uint8Array[];
  readonly gaps: Int32Array;
}

/**
 * Writes what the venue answers to a placement: templates whose gaps take values of the request and a new id. Nothing is
 * allocated after the constructor. One thread.
 */
export class PlacementAnswers {
  /** Answers waiting: bytes[0..end) are whole frames. */
  readonly bytes: Buffer;
  end: number;
  private readonly request: Buffer;
  private readonly placement: Buffer;
  private readonly keys: readonly Buffer[];
  /** [from, end) of each echo's value in the request. */
  private readonly found: Int32Array;
  private readonly frames: readonly FrameTemplate[];

  /** @param byteLength room for a request, and for the answers that wait */
  constructor(instrument: Instrument, words: RehearsalWords, byteLength: number) {
    const names = Object.keys(words.echoes);
    this.bytes = Buffer.alloc(byteLength);
    this.end = 0;
    this.request = Buffer.alloc(byteLength);
    this.placement = Buffer.from(words.placement);
    this.keys = Object.values(words.echoes).map((key) => Buffer.from(key));
    this.found = new Int32Array(2 * names.length);
    this.frames = words.placed(instrument).map((text) => templateOf(text, names));
  }

  /** Reads a masked frame of the client; whether it is a placement that can be answered. */
  read(frame: Uint8Array): boolean {
    const { request, found } = this;
    const length = frame.length - REQUEST_HEADER_BYTES;
    if (length <= 0) return false;
    for (let index = 0; index < length; index++) {
      request[index] = frame[REQUEST_HEADER_BYTES + index] ^ frame[KEY_AT + (index & 3)];
    }
    request[length] = 0;
    if (request.indexOf(this.placement, 0) < 0) return false;
    if (this.end + ANSWER_BYTES_MAX > this.bytes.length) return false;
    for (let echo = 0; echo < this.keys.length; echo++) this.find(echo);
    for (let at = 0; at < found.length; at += 2) if (found[at + 1] <= found[at]) return false;
    return true;
  }

  /** Writes the answers to the placement just read behind those that wait; `idDigits` are the digits of its new id. */
  write(idDigits: Uint8Array): void {
    for (let index = 0; index < this.frames.length; index++) this.writeFrame(this.frames[index], idDigits);
  }

  /** Where the value of a key stands in the request, without white space and quotes; the request repeats no key. */
  private find(echo: number): void {
    const { request, found } = this;
    const key = this.keys[echo];
    const keyAt = request.indexOf(key, 0);
    found[2 * echo] = 0;
    found[2 * echo + 1] = 0;
    if (keyAt < 0) return;
    let from = keyAt + key.length;
    while (request[from] === SPACE || request[from] === QUOTE) from++;
    let end = from;
    while (request[end] !== QUOTE && request[end] !== COMMA && request[end] !== BRACE && request[end] !== 0)
      end++;
    found[2 * echo] = from;
    found[2 * echo + 1] = end;
  }

  private writeFrame({ constants, gaps }: FrameTemplate, idDigits: Uint8Array): void {
    const start = this.end;
    let at = start + TEXT_FRAME_HEADER_BYTES;
    for (let index = 0; index < constants.length; index++) {
      this.bytes.set(constants[index], at);
      at += constants[index].length;
      if (index < gaps.length) at = this.writeValue(gaps[index], at, idDigits);
    }
    writeTextFrameHeader(this.bytes, start, at - start - TEXT_FRAME_HEADER_BYTES);
    this.end = at;
  }

  private writeValue(gap: number, at: number, idDigits: Uint8Array): number {
    const { bytes, found, request } = this;
    if (gap === NEW_ID) {
      for (let index = 0; index < REHEARSAL_ID_DIGITS; index++) bytes[at + index] = idDigits[index];
      return at + REHEARSAL_ID_DIGITS;
    }
    const from = found[2 * gap];
    const end = found[2 * gap + 1];
    request.copy(bytes, at, from, end);
    return at + end - from;
  }
}

/** `<name>` becomes a gap: `<order>` the new id, any other the echo of that name. */
function templateOf(text: string, names: readonly string[]): FrameTemplate {
  const pieces = text.split(/<([a-z]+)>/);
  const gaps = pieces.filter((_, index) => index % 2 === 1).map((name) => gapOf(name, names));
  const constants = pieces.filter((_, index) => index % 2 === 0).map((piece) => Buffer.from(piece));
  return { constants, gaps: Int32Array.from(gaps) };
}

function gapOf(name: string, names: readonly string[]): number {
  const echo = names.indexOf(name);
  if (name !== 'order' && echo < 0) throw new Error(`<${name}> in an answer of the rehearsal is no echo`);
  return name === 'order' ? NEW_ID : echo;
}
