// hot path: no allocation after start

const LETTER_C = 0x63;
const LETTER_S = 0x73;
const DASH = 0x2d;
const DIGIT_ZERO = 0x30;

/** The client id of an order: `s<namespace>-<intentSeq in base 36>`. Allocates. */
export function orderClientId(namespace: string, intentSeq: number): string {
  return `s${namespace}-${intentSeq.toString(36)}`;
}

/** The client id a cancelled order goes by. Allocates. */
export function cancelClientId(namespace: string, intentSeq: number): string {
  return `c${namespace}-${intentSeq.toString(36)}`;
}

/** Recognises the client ids of one engine in bytes. */
export class ClientIdReader {
  private readonly namespace: Uint8Array;

  constructor(namespace: string) {
    this.namespace = Buffer.from(namespace);
  }

  /** The intent of bytes[from..to), an order's or a cancelled order's id; 0 when the id is not ours. */
  intentSeq(bytes: Uint8Array, from: number, to: number): number {
    const { namespace } = this;
    const dashAt = from + 1 + namespace.length;
    if (to <= dashAt + 1 || to > dashAt + 12) return 0;
    if (bytes[from] !== LETTER_S && bytes[from] !== LETTER_C) return 0;
    for (let index = 0; index < namespace.length; index++) {
      if (bytes[from + 1 + index] !== namespace[index]) return 0;
    }
    if (bytes[dashAt] !== DASH || bytes[dashAt + 1] === DIGIT_ZERO) return 0;
    let value = 0;
    for (let at = dashAt + 1; at < to; at++) {
      const byte = bytes[at];
      if (byte >= 0x30 && byte <= 0x39) value = value * 36 + (byte - 0x30);
      else if (byte >= 0x61 && byte <= 0x7a) value = value * 36 + (byte - 0x57);
      else return 0;
    }
    return value <= Number.MAX_SAFE_INTEGER ? value : 0;
  }

  /** As `intentSeq`, from text. Allocates. */
  intentSeqOf(text: unknown): number {
    if (typeof text !== 'string') return 0;
    const bytes = Buffer.from(text);
    return this.intentSeq(bytes, 0, bytes.length);
  }
}
