import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { directSockets } from '../../../adapters/net/framed-socket.ts';
import type { FramedSocket } from '../../../adapters/net/framed-socket.ts';
import { FRAME_PAYLOAD_MAX } from '../../../adapters/net/frame-writer.ts';
import { ROOM } from '../../fixtures/socket-modes.ts';
import { rawServer, textFrame } from '../../fixtures/web-socket-peer.ts';
import type { RawServer } from '../../fixtures/web-socket-peer.ts';

const DEADLINE_MS = 10_000;
const TURNS = 20;
const closers: (() => void)[] = [];

afterEach(() => {
  vi.restoreAllMocks();
  for (const close of closers.splice(0)) close();
});

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Lets the event loop go round a few times. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
}

interface Rig {
  readonly server: RawServer;
  readonly framed: FramedSocket;
  readonly messages: string[];
  readonly closes: number[];
}

/** An open connection whose thread spins; nobody polls but the test. */
async function connect(): Promise<Rig> {
  const server = await rawServer(Buffer.alloc(0));
  const messages: string[] = [];
  const closes: number[] = [];
  const options = { maxPayload: 1_000_000, skipUTF8Validation: true };
  const framed = directSockets(ROOM!)(server.url, options, {
    onRead: () => undefined,
    onMessage: (bytes, from, end) => messages.push(bytes.toString('latin1', from, end)),
  });
  framed.webSocket.on('error', () => undefined);
  framed.webSocket.on('close', (code: number) => closes.push(code));
  closers.push(
    () => server.close(),
    () => framed.webSocket.terminate(),
    () => ROOM!.poller.giveBack(),
  );
  ROOM!.poller.takeOver();
  await until('open', () => framed.webSocket.readyState === 1);
  // Node's stream has begun to read by itself meanwhile.
  await turns();
  ROOM!.poller.takeOver();
  return { server, framed, messages, closes };
}

describe.skipIf(ROOM === null)('a socket read by native calls', () => {
  const { poller, descriptors } = ROOM ?? ({} as NonNullable<typeof ROOM>);

  test('is read by its thread alone while that spins, and by the event loop alone while it sleeps', async () => {
    const { server, messages } = await connect();
    server.peers[0].write(textFrame('one'));
    await turns();
    expect(messages).toEqual([]);
    await until('bytes', () => poller.poll() > 0);
    expect(messages).toEqual(['one']);
    poller.giveBack();
    server.peers[0].write(textFrame('two'));
    await until('the event loop to bring it', () => messages.length === 2);
    poller.takeOver();
    server.peers[0].write(textFrame('three'));
    await turns();
    expect(messages).toEqual(['one', 'two']);
    await until('bytes', () => poller.poll() > 0);
    expect(messages).toEqual(['one', 'two', 'three']);
  });

  test('puts a message together that comes byte by byte', async () => {
    const { server, messages } = await connect();
    const bytes = Buffer.concat([textFrame('in'), textFrame('pieces')]);
    for (let at = 0; at < bytes.length; at++) {
      server.peers[0].write(bytes.subarray(at, at + 1));
      await until('a byte', () => poller.poll() > 0);
    }
    expect(messages).toEqual(['in', 'pieces']);
  });

  test('sends in order and whole what the kernel takes in parts or not at once', async () => {
    const { server, framed } = await connect();
    server.peers[0].pause();
    const payload = Buffer.alloc(FRAME_PAYLOAD_MAX, 0x61);
    let sent = 0;
    await until('the kernel to be full', () => {
      for (let count = 0; count < 100; count++, sent++) {
        payload.writeUInt32BE(sent, 0);
        framed.send(payload, true);
      }
      return framed.webSocket.bufferedAmount > 1_000_000;
    });
    server.peers[0].resume();
    const frameBytes = FRAME_PAYLOAD_MAX + 8;
    const count = (): number => server.received.reduce((sum, bytes) => sum + bytes.length, 0);
    await until('all bytes', () => count() === sent * frameBytes);
    const all = Buffer.concat(server.received);
    for (let index = 0; index < sent; index++) {
      const at = index * frameBytes;
      const key = all.readUInt32BE(at + 4);
      expect((all.readUInt32BE(at + 8) ^ key) >>> 0).toBe(index);
      expect(all[at + frameBytes - 1] ^ all[at + 7]).toBe(0x61);
    }
  });

  test.each([
    ['a peer that ends', (server: RawServer) => server.peers[0].end()],
    ['a peer that resets', (server: RawServer) => server.peers[0].resetAndDestroy()],
  ])('closes behind %s, and is polled no more', async (_name, end) => {
    const { server, closes } = await connect();
    end(server);
    await until('the end', () => {
      poller.poll();
      return closes.length > 0;
    });
    expect(closes).toEqual([1006]);
    expect(poller.hasSockets()).toBe(false);
  });

  test('touches its descriptor no more once it is destroyed: it may be another socket by then', async () => {
    const { framed } = await connect();
    const read = vi.spyOn(descriptors, 'read');
    const write = vi.spyOn(descriptors, 'write');
    poller.poll();
    framed.send(Buffer.from('x'), false);
    expect([read.mock.calls.length, write.mock.calls.length]).toEqual([1, 1]);
    framed.webSocket.terminate();
    poller.poll();
    framed.send(Buffer.from('x'), false);
    await turns();
    poller.poll();
    expect([read.mock.calls.length, write.mock.calls.length]).toEqual([1, 1]);
  });

  test('says goodbye and waits for the answer', async () => {
    const { server, framed, closes } = await connect();
    framed.webSocket.close(1000, 'done');
    await until('the goodbye', () => server.received.length > 0);
    server.peers[0].write(Buffer.from([0x88, 2, 0x03, 0xe8]));
    await until('the answer', () => {
      poller.poll();
      return server.peers[0].readableEnded || server.peers[0].destroyed;
    });
    server.peers[0].end();
    await until('the end', () => {
      poller.poll();
      return closes.length > 0;
    });
    expect(closes).toEqual([1000]);
  });

  test('reads and writes without making garbage', () => {
    const script = fileURLToPath(new URL('../../fixtures/turn-direct-socket.ts', import.meta.url));
    /* A young generation of 1 MB: a collection for every 35 bytes a round. */
    const flags = ['--max-semi-space-size=1', '--min-semi-space-size=1'];
    const output = execFileSync(process.execPath, [...flags, script], { encoding: 'utf8' });
    const outcome = JSON.parse(output) as { collections: number };
    expect(outcome).toEqual({
      messages: 30_000,
      answers: 30_000,
      collections: expect.any(Number) as number,
    });
    expect(outcome.collections).toBeLessThanOrEqual(2);
  });
});
