import type { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as ws from 'ws';
import { FrameReader } from '../../../adapters/net/frame-reader.ts';
import { FRAME_PAYLOAD_MAX, FrameWriter } from '../../../adapters/net/frame-writer.ts';

/* Exported by ws, unknown to its types. */
const { Receiver, Sender } = ws as unknown as {
  readonly Receiver: new (options: object) => Writable;
  readonly Sender: { frame(payload: Buffer, options: object): Buffer[] };
};

/* `ws` is the oracle: what its receiver finds in a stream, ours and its receiver together must find, in order. */

interface FrameSpec {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly payload: Buffer;
}

const MESSAGE_BYTES_MAX = 70_000;

/** A server's frame: not masked. */
function frameOf({ opcode, isFinal, payload }: FrameSpec, rsv = 0, isMasked = false): Buffer {
  const length = payload.length;
  const first = (isFinal ? 0x80 : 0) | (rsv << 4) | opcode;
  const mask = isMasked ? 0x80 : 0;
  let header: Buffer;
  if (length < 126) header = Buffer.of(first, mask | length);
  else if (length < 65_536) header = Buffer.of(first, mask | 126, length >> 8, length & 0xff);
  else {
    header = Buffer.alloc(10);
    header[0] = first;
    header[1] = mask | 127;
    header.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([header, ...(isMasked ? [Buffer.alloc(4)] : []), payload]);
}

/** What a stream's reader saw, as text: m = message, p/P = ping/pong, c = close, e = error. */
class Seen {
  readonly events: string[] = [];
  readonly receiver: Writable;

  constructor() {
    this.receiver = new Receiver({
      isServer: false,
      maxPayload: MESSAGE_BYTES_MAX,
      skipUTF8Validation: true,
    });
    this.receiver.on('message', (data: Buffer, isBinary: boolean) => this.message(data, isBinary));
    this.receiver.on('ping', (data: Buffer) => this.events.push(`p ${data.toString('hex')}`));
    this.receiver.on('pong', (data: Buffer) => this.events.push(`P ${data.toString('hex')}`));
    this.receiver.on('conclude', (code: number) => this.events.push(`c ${code}`));
    this.receiver.on('error', (error: Error & { code?: string }) => this.events.push(`e ${error.code}`));
  }

  message(data: Buffer, isBinary: boolean): void {
    this.events.push(`m ${isBinary} ${data.toString('hex')}`);
  }
}

/** The stream cut into pieces of the given sizes, the last size repeated. */
function pieces(stream: Buffer, sizes: readonly number[]): Buffer[] {
  const result: Buffer[] = [];
  let index = 0;
  for (let at = 0; at < stream.length; index++) {
    const size = Math.max(1, sizes[Math.min(index, sizes.length - 1)] ?? stream.length);
    result.push(stream.subarray(at, at + size));
    at += size;
  }
  return result;
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

async function byWs(stream: Buffer, sizes: readonly number[]): Promise<string[]> {
  const seen = new Seen();
  for (const piece of pieces(stream, sizes))
    if (!seen.receiver.destroyed) seen.receiver.write(Buffer.from(piece));
  await settle();
  return seen.events;
}

interface OurReading {
  readonly events: string[];
  /** Messages that took the short way. */
  readonly direct: number;
}

async function byUs(stream: Buffer, sizes: readonly number[], initialBytes = 16): Promise<OurReading> {
  const seen = new Seen();
  let direct = 0;
  const reader = new FrameReader(
    {
      onMessage: (bytes, from, end, isBinary) => {
        direct++;
        seen.message(Buffer.from(bytes.subarray(from, end)), isBinary);
      },
      onOther: (bytes) => {
        if (!seen.receiver.destroyed) seen.receiver.write(bytes);
      },
    },
    MESSAGE_BYTES_MAX,
    initialBytes,
  );
  /* As the socket does: one block of memory, overwritten by every read, with leftovers of the last one around. */
  const block = Buffer.alloc(stream.length + 8, 0x81);
  for (const piece of pieces(stream, sizes)) {
    piece.copy(block, 3);
    reader.take(block, 3, 3 + piece.length);
    block.fill(0xff, 3, 3 + piece.length);
  }
  await settle();
  return { events: seen.events, direct };
}

const payloads = fc.oneof(
  { weight: 6, arbitrary: fc.uint8Array({ maxLength: 140 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(125, 126, 127, 65_535, 65_536).map((size) => new Uint8Array(size).fill(7)),
  },
);

/** Legal streams: whole messages, fragmented ones with control frames between the parts. */
const legalMessages: fc.Arbitrary<FrameSpec[]> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({ opcode: fc.constantFrom(1, 2), payload: payloads })
      .map(({ opcode, payload }) => [{ opcode, isFinal: true, payload: Buffer.from(payload) }]),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ opcode: fc.constantFrom(9, 10), payload: fc.uint8Array({ maxLength: 125 }) })
      .map(({ opcode, payload }) => [{ opcode, isFinal: true, payload: Buffer.from(payload) }]),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({
        opcode: fc.constantFrom(1, 2),
        parts: fc.array(fc.uint8Array({ maxLength: 60 }), { minLength: 2, maxLength: 4 }),
        pingAfter: fc.nat(5),
      })
      .map(({ opcode, parts, pingAfter }) =>
        parts.flatMap((part, index) => [
          {
            opcode: index === 0 ? opcode : 0,
            isFinal: index === parts.length - 1,
            payload: Buffer.from(part),
          },
          ...(index === pingAfter ? [{ opcode: 9, isFinal: true, payload: Buffer.from('ping') }] : []),
        ]),
      ),
  },
);

const sizesOfReads = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 70_000 })),
  {
    minLength: 1,
    maxLength: 12,
  },
);

describe('frame reader', () => {
  it('finds in any legal stream, however it is cut, what ws finds', async () => {
    let direct = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(legalMessages, { maxLength: 8 }), sizesOfReads, async (messages, sizes) => {
        const stream = Buffer.concat(messages.flat().map((frame) => frameOf(frame)));
        const ours = await byUs(stream, sizes);
        expect(ours.events).toEqual(await byWs(stream, sizes));
        direct += ours.direct;
      }),
      { seed: 11, numRuns: 400 },
    );
    expect(direct).toBeGreaterThan(500);
  });

  it('agrees with ws on streams that break the rules, byte for byte until the breach and about the breach', async () => {
    let breaches = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(legalMessages, { maxLength: 3 }),
        fc.record({
          opcode: fc.integer({ min: 0, max: 15 }),
          isFinal: fc.boolean(),
          payload: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        }),
        fc.constantFrom(0, 0, 0, 1, 2, 4),
        fc.boolean(),
        fc.array(legalMessages, { maxLength: 2 }),
        sizesOfReads,
        async (before, odd, rsv, isMasked, after, sizes) => {
          const stream = Buffer.concat([
            ...before.flat().map((frame) => frameOf(frame)),
            frameOf(odd, rsv, isMasked),
            ...after.flat().map((frame) => frameOf(frame)),
          ]);
          const expected = await byWs(stream, sizes);
          const ours = await byUs(stream, sizes);
          const isBreach = expected.some((event) => event.startsWith('e '));
          if (isBreach) breaches++;
          /* ws reads on in the piece after a goodbye; a frame behind one is nobody's. */
          const end = expected.findIndex((event) => event.startsWith('c '));
          expect(ours.events).toEqual(end < 0 ? expected : expected.slice(0, end + 1));
        },
      ),
      { seed: 12, numRuns: 600 },
    );
    expect(breaches).toBeGreaterThan(100);
  });

  it('leaves a message that is too long to ws, which refuses it', async () => {
    const payload = Buffer.alloc(MESSAGE_BYTES_MAX + 1);
    const stream = frameOf({ opcode: 2, isFinal: true, payload });
    const { events, direct } = await byUs(stream, [1_000]);
    expect(direct).toBe(0);
    expect(events).toEqual(['e WS_ERR_UNSUPPORTED_MESSAGE_LENGTH']);
    const absurd = Buffer.from('827fffffffffffffffff', 'hex');
    expect((await byUs(absurd, [3])).events).toEqual(['e WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH']);
  });

  it('hands over the messages of one read where they lie, and reads nothing after a goodbye', async () => {
    const hello = frameOf({ opcode: 1, isFinal: true, payload: Buffer.from('hello') });
    const goodbye = frameOf({ opcode: 8, isFinal: true, payload: Buffer.of(3, 232) });
    const { events, direct } = await byUs(Buffer.concat([hello, hello, goodbye, hello]), [1_000]);
    expect(direct).toBe(2);
    expect(events).toEqual(['m false 68656c6c6f', 'm false 68656c6c6f', 'c 1000']);
  });
});

/** A socket whose kernel takes what the test lets it take. */
class StubSocket {
  writableLength = 0;
  takesAtOnce = true;
  readonly written: Buffer[] = [];

  write(bytes: Uint8Array): boolean {
    /* By reference: what is changed before the kernel took it would leave changed. */
    this.written.push(bytes as Buffer);
    if (!this.takesAtOnce) this.writableLength += bytes.length;
    return true;
  }
}

/** What a server of `ws` reads out of the written frames. */
async function readByServer(written: readonly Buffer[]): Promise<string[]> {
  const messages: string[] = [];
  const receiver = new Receiver({ isServer: true, skipUTF8Validation: true });
  receiver.on('message', (data: Buffer, isBinary: boolean) =>
    messages.push(`${isBinary} ${data.toString('hex')}`),
  );
  for (const bytes of written) receiver.write(bytes);
  await settle();
  return messages;
}

describe('frame writer', () => {
  it('writes messages of any size it takes as masked frames that ws reads, each in one write', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            payload: fc.oneof(
              fc.uint8Array({ maxLength: 600 }),
              fc
                .constantFrom(0, 125, 126, 127, FRAME_PAYLOAD_MAX)
                .map((size) => new Uint8Array(size).fill(9)),
            ),
            isBinary: fc.boolean(),
          }),
          { maxLength: 10 },
        ),
        async (messages) => {
          const socket = new StubSocket();
          const writer = new FrameWriter(socket);
          const copies: Buffer[] = [];
          for (const { payload, isBinary } of messages) {
            expect(writer.write(payload, isBinary)).toBe(true);
            copies.push(Buffer.from(socket.written.at(-1)!));
          }
          expect(socket.written.length).toBe(messages.length);
          const expected = messages.map(
            ({ payload, isBinary }) => `${isBinary} ${Buffer.from(payload).toString('hex')}`,
          );
          expect(await readByServer(copies)).toEqual(expected);
        },
      ),
      { seed: 13, numRuns: 300 },
    );
  });

  it('never touches a frame the kernel has not taken, and refuses when too many wait', async () => {
    const socket = new StubSocket();
    socket.takesAtOnce = false;
    const writer = new FrameWriter(socket);
    let sent = 0;
    while (writer.write(Buffer.from(`message ${sent}`), false)) sent++;
    expect(sent).toBeGreaterThan(8);
    const expected = Array.from(
      { length: sent },
      (_, index) => `false ${Buffer.from(`message ${index}`).toString('hex')}`,
    );
    expect(await readByServer(socket.written.map((frame) => Buffer.from(frame)))).toEqual(expected);
    socket.writableLength = 0;
    expect(writer.write(Buffer.from('again'), false)).toBe(true);
  });

  it('refuses what is longer than its memory and masks every frame with another key', () => {
    const socket = new StubSocket();
    const writer = new FrameWriter(socket);
    expect(writer.write(new Uint8Array(FRAME_PAYLOAD_MAX + 1), false)).toBe(false);
    expect(socket.written).toEqual([]);
    const keys = new Set<string>();
    for (let count = 0; count < 5_000; count++) {
      writer.write(Buffer.from('same'), false);
      keys.add(socket.written.at(-1)!.subarray(2, 6).toString('hex'));
    }
    /* 5,000 of 2^32: a repetition is a matter of 0.3 %, two of them of nothing. */
    expect(keys.size).toBeGreaterThanOrEqual(4_999);
  });

  it('writes the bytes ws writes but for the key', () => {
    const payload = Buffer.from('{"id":1,"method":"order.place"}');
    const frames = Sender.frame(payload, {
      fin: true,
      mask: true,
      opcode: 1,
      readOnly: true,
      rsv1: false,
      generateMask: (mask: Buffer) => mask.fill(0x5a),
    });
    const theirs = Buffer.concat(frames);
    const socket = new StubSocket();
    new FrameWriter(socket).write(payload, false);
    const ours = socket.written[0];
    expect(ours.length).toBe(theirs.length);
    expect(ours.subarray(0, 2)).toEqual(theirs.subarray(0, 2));
    const unmask = (frame: Buffer): Buffer =>
      Buffer.from(frame.subarray(6).map((byte, index) => byte ^ frame[2 + (index & 3)]));
    expect(unmask(ours)).toEqual(unmask(theirs));
  });
});
