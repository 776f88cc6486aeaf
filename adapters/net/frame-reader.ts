// hot path: no allocation after start

/** What a FrameReader does with what it finds. */
export interface FrameReaderHandlers {
  /** One whole message: `bytes[from..end)`, valid until the call returns. */
  onMessage(bytes: Buffer, from: number, end: number, isBinary: boolean): void;
  /**
   * Bytes of the stream this reader leaves to a complete implementation: control frames, fragmented messages and, from
   * the first breach of the protocol on, everything. Always whole frames until then; `bytes` is the callee's to keep.
   */
  onOther(bytes: Buffer): void;
}

/* RFC 6455, 5.2: FIN, RSV1-3 and opcode in the first byte, MASK and length in the second. */
const FIN = 0x80;
const RSV = 0x70;
const OPCODE = 0x0f;
const MASKED = 0x80;
const LENGTH = 0x7f;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const OPCODE_CONTINUATION = 0;
const OPCODE_TEXT = 1;
const OPCODE_BINARY = 2;
const OPCODE_CLOSE = 8;
const OPCODE_PING = 9;
const OPCODE_PONG = 10;
const CONTROL = 8;
const CONTROL_BYTES_MAX = 125;
/** Two bytes and a 64-bit length; a server does not mask. */
const HEADER_BYTES_MAX = 10;

/** Answers of `measure` besides a frame's length. */
const INCOMPLETE = -1;
const BREACH = -2;

/**
 * Finds the messages in what a WebSocket server sends, without copying those that arrive in one piece and without
 * making anything. It knows unfragmented data frames only; every other frame is handed on whole to who knows the rest.
 * Message size is bounded by `messageBytesMax`: a longer one is a breach. One thread.
 */
export class FrameReader {
  private readonly handlers: FrameReaderHandlers;
  private readonly messageBytesMax: number;
  /** The frame that is arriving in pieces. */
  private partial: Buffer;
  private partialLength: number;
  /** A fragmented message is under way elsewhere: what may come in between are control frames. */
  private isFragmented: boolean;
  private isGivenUp: boolean;
  private isEnded: boolean;
  /** Set by `measure`. */
  private headerBytes: number;

  /** @param initialBytes room for a frame that comes in pieces; grows to what `messageBytesMax` needs */
  constructor(handlers: FrameReaderHandlers, messageBytesMax: number, initialBytes: number) {
    this.handlers = handlers;
    this.messageBytesMax = messageBytesMax;
    this.partial = Buffer.alloc(Math.max(HEADER_BYTES_MAX, initialBytes));
    this.partialLength = 0;
    this.isFragmented = false;
    this.isGivenUp = false;
    this.isEnded = false;
    this.headerBytes = 0;
  }

  /** The next bytes of the stream, `bytes[from..end)`; they may be reused when the call returns. */
  take(bytes: Buffer, from: number, end: number): void {
    let at = from;
    if (this.partialLength > 0) at = this.complete(bytes, from, end);
    while (at < end) {
      if (this.isEnded) return;
      if (this.isGivenUp) {
        this.handlers.onOther(Buffer.from(bytes.subarray(at, end)));
        return;
      }
      const frameBytes = this.measure(bytes, at, end);
      if (frameBytes === BREACH) {
        this.isGivenUp = true;
        continue;
      }
      if (frameBytes === INCOMPLETE || at + frameBytes > end) {
        this.keep(bytes, at, end, frameBytes);
        return;
      }
      this.deliver(bytes, at, at + this.headerBytes, at + frameBytes);
      at += frameBytes;
    }
  }

  /** Length of the frame at `at`, its header included; INCOMPLETE while that cannot be told. */
  private measure(bytes: Buffer, at: number, end: number): number {
    if (end - at < 2) return INCOMPLETE;
    const first = bytes[at];
    const second = bytes[at + 1];
    const opcode = first & OPCODE;
    const short = second & LENGTH;
    if ((first & RSV) !== 0 || (second & MASKED) !== 0 || !this.mayComeNow(opcode, first & FIN))
      return BREACH;
    let header = 2;
    let payload = short;
    if (opcode >= CONTROL) {
      if (short > CONTROL_BYTES_MAX) return BREACH;
    } else if (short === LENGTH_16) {
      header = 4;
      if (end - at < header) return INCOMPLETE;
      payload = (bytes[at + 2] << 8) | bytes[at + 3];
    } else if (short === LENGTH_64) {
      header = HEADER_BYTES_MAX;
      if (end - at < header) return INCOMPLETE;
      if (!isSmall(bytes, at + 2)) return BREACH;
      payload = (bytes[at + 6] << 24) | (bytes[at + 7] << 16) | (bytes[at + 8] << 8) | bytes[at + 9];
    }
    if (payload > this.messageBytesMax) return BREACH;
    this.headerBytes = header;
    return header + payload;
  }

  private mayComeNow(opcode: number, fin: number): boolean {
    switch (opcode) {
      case OPCODE_TEXT:
      case OPCODE_BINARY:
        return !this.isFragmented;
      case OPCODE_CONTINUATION:
        return this.isFragmented;
      case OPCODE_CLOSE:
      case OPCODE_PING:
      case OPCODE_PONG:
        return fin !== 0;
      default:
        return false;
    }
  }

  private deliver(bytes: Buffer, start: number, payloadAt: number, end: number): void {
    const first = bytes[start];
    if (first === (FIN | OPCODE_TEXT) || first === (FIN | OPCODE_BINARY)) {
      this.handlers.onMessage(bytes, payloadAt, end, first === (FIN | OPCODE_BINARY));
      return;
    }
    const opcode = first & OPCODE;
    if (opcode < CONTROL) this.isFragmented = (first & FIN) === 0;
    /* Nothing may follow a goodbye (RFC 6455, 5.5.1). */
    if (opcode === OPCODE_CLOSE) this.isEnded = true;
    this.handlers.onOther(Buffer.from(bytes.subarray(start, end)));
  }

  /** Keeps the beginning of a frame; `frameBytes` is INCOMPLETE or its length. */
  private keep(bytes: Buffer, at: number, end: number, frameBytes: number): void {
    this.reserve(frameBytes);
    bytes.copy(this.partial, 0, at, end);
    this.partialLength = end - at;
  }

  /** Adds to the kept beginning what it lacks; returns where the rest starts. */
  private complete(bytes: Buffer, from: number, end: number): number {
    let at = from;
    for (;;) {
      const frameBytes = this.measure(this.partial, 0, this.partialLength);
      if (frameBytes === BREACH) {
        const beginning = Buffer.from(this.partial.subarray(0, this.partialLength));
        this.partialLength = 0;
        this.isGivenUp = true;
        this.handlers.onOther(beginning);
        return at;
      }
      if (frameBytes !== INCOMPLETE && this.partialLength === frameBytes) {
        this.partialLength = 0;
        this.deliver(this.partial, 0, this.headerBytes, frameBytes);
        return at;
      }
      if (at === end) return at;
      /* The header first, byte by byte: it says how much may be taken. */
      const wanted = frameBytes === INCOMPLETE ? 1 : Math.min(frameBytes - this.partialLength, end - at);
      this.reserve(frameBytes);
      bytes.copy(this.partial, this.partialLength, at, at + wanted);
      this.partialLength += wanted;
      at += wanted;
    }
  }

  private reserve(frameBytes: number): void {
    if (frameBytes <= this.partial.length) return;
    const grown = Buffer.alloc(
      Math.min(2 ** Math.ceil(Math.log2(frameBytes)), this.messageBytesMax + HEADER_BYTES_MAX),
    );
    this.partial.copy(grown, 0, 0, this.partialLength);
    this.partial = grown;
  }
}

/** Whether the 64-bit length at `at` is below 2^31. */
function isSmall(bytes: Buffer, at: number): boolean {
  return (bytes[at] | bytes[at + 1] | bytes[at + 2] | bytes[at + 3] | (bytes[at + 4] & 0x80)) === 0;
}
