import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { FramedSocket } from '../../../adapters/net/framed-socket.ts';
import { HAS_OPENSSL, selfSigned } from '../../fixtures/certificates.ts';
import { SOCKET_MODES } from '../../fixtures/socket-modes.ts';
import type { SocketMode } from '../../fixtures/socket-modes.ts';
import { rawServer, textFrame } from '../../fixtures/web-socket-peer.ts';
import type { RawServer } from '../../fixtures/web-socket-peer.ts';

const DEADLINE_MS = 10_000;
const MESSAGE_BYTES_MAX = 1_000_000;
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

interface Client {
  readonly framed: FramedSocket;
  readonly messages: string[];
  readonly closes: string[];
  readonly reads: { count: number };
}

function connect(mode: SocketMode, url: string, options: object = {}): Client {
  const messages: string[] = [];
  const closes: string[] = [];
  const reads = { count: 0 };
  const framed = mode.open(
    url,
    { maxPayload: MESSAGE_BYTES_MAX, skipUTF8Validation: true, ...options },
    {
      onRead: (): void => {
        reads.count++;
      },
      onMessage: (bytes, from, end, isBinary): void => {
        messages.push(`${isBinary ? 'b' : 't'}:${bytes.toString('latin1', from, end)}`);
      },
    },
  );
  framed.webSocket.on('error', (error) => closes.push(error.message));
  framed.webSocket.on('close', (code) => closes.push(String(code)));
  closers.push(() => framed.webSocket.terminate());
  return { framed, messages, closes, reads };
}

async function openRawServer(first: Buffer): Promise<RawServer> {
  const server = await rawServer(first);
  closers.push(server.close);
  return server;
}

describe.each(SOCKET_MODES)('framed socket: $name', (mode) => {
  beforeEach(() => {
    closers.push(mode.begin());
  });

  it('loses nothing of what came in one piece with the end of the handshake', async () => {
    const { url, peers } = await openRawServer(
      Buffer.concat([textFrame('one'), textFrame('two'), Buffer.of(0x81)]),
    );
    const client = connect(mode, url);
    await until('the first two', () => client.messages.length === 2);
    peers[0].write(Buffer.concat([Buffer.of(5), Buffer.from('three'), textFrame('four')]));
    await until('all four', () => client.messages.length === 4);
    expect(client.messages).toEqual(['t:one', 't:two', 't:three', 't:four']);
    expect(client.reads.count).toBeGreaterThan(0);
  });

  it('answers pings in between and puts fragmented messages together, in the order of the stream', async () => {
    const { url, peers, received } = await openRawServer(Buffer.alloc(0));
    const client = connect(mode, url);
    await until('open', () => client.framed.webSocket.readyState === 1);
    peers[0].write(
      Buffer.concat([
        textFrame('a'),
        Buffer.from([0x01, 1, 0x62]),
        Buffer.from([0x89, 2, 0x68, 0x69]),
        Buffer.from([0x80, 1, 0x63]),
        textFrame('d'),
      ]),
    );
    await until('three messages', () => client.messages.length === 3);
    expect(client.messages).toEqual(['t:a', 't:bc', 't:d']);
    await until('the pong', () => received.some((bytes) => bytes[0] === 0x8a && bytes[1] === 0x82));
  });

  it('refuses a masked frame as ws does and says why', async () => {
    const { url, peers } = await openRawServer(Buffer.alloc(0));
    const client = connect(mode, url);
    await until('open', () => client.framed.webSocket.readyState === 1);
    peers[0].write(Buffer.from([0x81, 0x81, 1, 2, 3, 4, 5]));
    await until('the error', () => client.closes.length > 0);
    expect(client.closes[0]).toContain('MASK must be clear');
    expect(client.messages).toEqual([]);
  });

  it('stands still while paused and goes on where it was', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await new Promise((resolve) => server.once('listening', resolve));
    closers.push(() => {
      for (const peer of server.clients) peer.terminate();
      server.close();
    });
    const client = connect(mode, `ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await until('open', () => client.framed.webSocket.readyState === 1 && server.clients.size === 1);
    const [peer] = server.clients;
    client.framed.webSocket.pause();
    const before = client.reads.count;
    let isAtPeer = false;
    const big = Buffer.alloc(300_000, 0x78);
    for (let index = 0; index < 30; index++) peer.send(big);
    peer.ping('', undefined, () => {
      isAtPeer = true;
    });
    await until('the peer to be held up', () => peer.bufferedAmount > 0 || isAtPeer);
    expect(client.reads.count).toBe(before);
    expect(client.messages.length).toBe(0);
    client.framed.webSocket.resume();
    await until('all of it', () => client.messages.length === 30);
    expect(client.messages.every((message) => message.length === 300_002)).toBe(true);
  });

  it.skipIf(!HAS_OPENSSL)('reads and writes through TLS', async () => {
    const { key, cert } = selfSigned(['DNS:localhost']);
    const https = createServer({ key, cert });
    const server = new WebSocketServer({ server: https });
    const received: string[] = [];
    server.on('connection', (peer) => {
      peer.on('message', (data: Buffer) => received.push(data.toString()));
      for (let index = 0; index < 50; index++) peer.send('x'.repeat(index * 401));
    });
    await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
    closers.push(() => {
      for (const peer of server.clients) peer.terminate();
      https.close();
    });
    const client = connect(mode, `wss://localhost:${(https.address() as AddressInfo).port}`, {
      ca: cert,
    });
    await until('50 messages', () => client.messages.length === 50 || client.closes.length > 0);
    expect(client.closes).toEqual([]);
    expect(client.messages.map((message) => message.length - 2)).toEqual(
      Array.from({ length: 50 }, (_, index) => index * 401),
    );
    for (let index = 0; index < 40; index++) client.framed.send(Buffer.from(`order ${index}`), false);
    client.framed.send('text', false);
    await until('all orders', () => received.length === 41);
    expect(received).toEqual([...Array.from({ length: 40 }, (_, index) => `order ${index}`), 'text']);
  });
});
