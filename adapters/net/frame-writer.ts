// hot path: no allocation after start
import { randomFillSync } from 'node:crypto';

/** The socket below a WebSocket, as far as a FrameWriter needs it. */
export interface FrameSocket {
  /** Bytes not taken by the kernel yet; 0 right after a write means that its memory may be reused. */
  readonly writableLength: number;
  write(bytes: Uint8Array): boolean;
}

/* RFC 6455, 5.2. */
const TEXT = 0x81;
const BINARY = 0x82;
const MASKED = 0x80;
const LENGTH_16 = 126;
const SHORT_MAX = 125;
const HEADER_BYTES_SHORT = 6;
const HEADER_BYTES_16 = 8;
/** Longest payload of a frame written here; a longer one is for `ws`. */
export const FRAME_PAYLOAD_MAX = 2_040;
/** Longest frame written here. */
export const WRITTEN_BYTES_MAX: number = FRAME_PAYLOAD_MAX + HEADER_BYTES_16;
/** Frames handed to the socket that the kernel has not taken. */
const SLOTS = 32;
/** Masking keys drawn at a time. */
const KEYS = 4_096;

/**
 * Writes small messages of a client as masked frames (RFC 6455, 5.3) from memory of its own: header and payload in one
 * write, nothing made per message. `ws` writes the same bytes with two buffers, a cork and a frame object per message.
 * The keys come from the system's random source, as the RFC asks. One thread.
 */
export class FrameWriter {
  private readonly socket: FrameSocket;
  private readonly keys: Uint8Array = new Uint8Array(KEYS * 4);
  private keyAt: number;
  /** By payload length: a view of the slot that is as long as the frame. Made when a length is first used. */
  private readonly frames: (Buffer | undefined)[][];
  private readonly slots: Buffer[];
  private nextSlot: number;

  /** @param first memory for the frame that is written when nothing waits, at least WRITTEN_BYTES_MAX */
  constructor(socket: FrameSocket, first: Buffer = Buffer.alloc(WRITTEN_BYTES_MAX)) {
    this.socket = socket;
    this.keyAt = this.keys.length;
    this.slots = [];
    this.frames = [];
    for (let slot = 0; slot < SLOTS; slot++) {
      this.slots.push(slot === 0 ? first : Buffer.alloc(WRITTEN_BYTES_MAX));
      this.frames.push([]);
    }
    this.nextSlot = 0;
  }

  /**
   * Hands one message to the socket; `payload` may be reused at once. False = too long, or too many frames wait for the
   * kernel: nothing was written.
   */
  write(payload: Uint8Array, isBinary: boolean): boolean {
    const length = payload.length;
    if (length > FRAME_PAYLOAD_MAX) return false;
    if (this.socket.writableLength === 0) this.nextSlot = 0;
    else if (this.nextSlot === SLOTS) return false;
    const frame = this.frameOf(this.nextSlot, length);
    if (this.keyAt === this.keys.length) this.drawKeys();
    this.fill(frame, payload, isBinary);
    this.nextSlot++;
    this.socket.write(frame);
    return true;
  }

  private fill(frame: Buffer, payload: Uint8Array, isBinary: boolean): void {
    const length = payload.length;
    let at = 2;
    frame[0] = isBinary ? BINARY : TEXT;
    if (length <= SHORT_MAX) {
      frame[1] = MASKED | length;
    } else {
      frame[1] = MASKED | LENGTH_16;
      frame[2] = length >> 8;
      frame[3] = length & 0xff;
      at = 4;
    }
    const { keys, keyAt } = this;
    this.keyAt = keyAt + 4;
    const key0 = (frame[at] = keys[keyAt]);
    const key1 = (frame[at + 1] = keys[keyAt + 1]);
    const key2 = (frame[at + 2] = keys[keyAt + 2]);
    const key3 = (frame[at + 3] = keys[keyAt + 3]);
    at += 4;
    let index = 0;
    for (const whole = length & ~3; index < whole; index += 4) {
      frame[at + index] = payload[index] ^ key0;
      frame[at + index + 1] = payload[index + 1] ^ key1;
      frame[at + index + 2] = payload[index + 2] ^ key2;
      frame[at + index + 3] = payload[index + 3] ^ key3;
    }
    if (index < length) frame[at + index] = payload[index] ^ key0;
    if (index + 1 < length) frame[at + index + 1] = payload[index + 1] ^ key1;
    if (index + 2 < length) frame[at + index + 2] = payload[index + 2] ^ key2;
  }

  private frameOf(slot: number, length: number): Buffer {
    const known = this.frames[slot][length];
    if (known !== undefined) return known;
    const header = length <= SHORT_MAX ? HEADER_BYTES_SHORT : HEADER_BYTES_16;
    const frame = this.slots[slot].subarray(0, header + length);
    this.frames[slot][length] = frame;
    return frame;
  }

  private drawKeys(): void {
    randomFillSync(this.keys);
    this.keyAt = 0;
  }
}
