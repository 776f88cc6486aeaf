import { decode, Encoder } from '@msgpack/msgpack';
import type { FrameFormat, ServerFrame } from './telemetry-protocol.ts';

/** The same frame for any number of clients: encoded at most once per format, when the first of them needs it. */
export interface EncodedFrame {
  bytes(format: FrameFormat): Buffer;
}

/** Encodes frames; the api thread owns one. */
export class FrameEncoder {
  /** Encodings made: tests see that clients share them. */
  encodings = 0;
  private readonly msgpack: Encoder = new Encoder({ ignoreUndefined: true });

  encode(frame: ServerFrame): EncodedFrame {
    let binary: Buffer | null = null;
    let text: Buffer | null = null;
    return {
      bytes: (format) => {
        if (format === 'json') return (text ??= this.toJson(frame));
        return (binary ??= this.toMsgpack(frame));
      },
    };
  }

  private toJson(frame: ServerFrame): Buffer {
    this.encodings++;
    return Buffer.from(JSON.stringify(frame), 'utf8');
  }

  private toMsgpack(frame: ServerFrame): Buffer {
    this.encodings++;
    const bytes = this.msgpack.encode(frame);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

/** A client's message as a value. @throws Error when the bytes are neither JSON text nor msgpack. */
export function decodeMessage(data: Uint8Array, isBinary: boolean): unknown {
  if (isBinary) return decode(data, { maxMapLength: 16, maxArrayLength: 64, maxStrLength: 256 });
  return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8')) as unknown;
}
