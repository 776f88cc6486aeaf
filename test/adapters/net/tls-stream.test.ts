import { execFileSync } from 'node:child_process';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { SecureVersion, TLSSocket, TlsOptions } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { directSockets } from '../../../adapters/net/framed-socket.ts';
import type { FramedSocket } from '../../../adapters/net/framed-socket.ts';
import { TlsStream } from '../../../adapters/net/tls-stream.ts';
import { authoritySigned, HAS_OPENSSL, selfSigned } from '../../fixtures/certificates.ts';
import type { KeyPair } from '../../fixtures/certificates.ts';
import { ROOM, SOCKET_MODES } from '../../fixtures/socket-modes.ts';
import type { SocketMode } from '../../fixtures/socket-modes.ts';

const DEADLINE_MS = 10_000;
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

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

interface TlsServer {
  readonly port: number;
  readonly peers: WebSocket[];
  readonly sockets: TLSSocket[];
  /** Below them. */
  readonly wires: Socket[];
  readonly received: Buffer[];
}

/** A WebSocket server behind TLS. */
async function secureServer(keys: KeyPair, options: TlsOptions = {}): Promise<TlsServer> {
  const https = createHttps({ ...keys, ...options });
  const peers: WebSocket[] = [];
  const sockets: TLSSocket[] = [];
  const wires: Socket[] = [];
  const received: Buffer[] = [];
  https.on('connection', (wire: Socket) => wires.push(wire));
  https.on('secureConnection', (socket: TLSSocket) => sockets.push(socket));
  https.on('tlsClientError', () => undefined);
  new WebSocketServer({ server: https }).on('connection', (peer) => {
    peers.push(peer);
    peer.on('error', () => undefined);
    peer.on('message', (data: Buffer) => received.push(data));
  });
  const port = await listen(https);
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
  });
  return { port, peers, sockets, wires, received };
}

interface Client {
  readonly framed: FramedSocket;
  readonly messages: Buffer[];
  readonly errors: string[];
  readonly closes: number[];
}

function connect(open: SocketMode['open'], url: string, options: object): Client {
  const messages: Buffer[] = [];
  const errors: string[] = [];
  const closes: number[] = [];
  const framed = open(
    url,
    { maxPayload: 1_000_000, skipUTF8Validation: true, ...options },
    {
      onRead: () => undefined,
      onMessage: (bytes, from, end) => messages.push(Buffer.from(bytes.subarray(from, end))),
    },
  );
  framed.webSocket.on('error', (error) => errors.push(error.message));
  framed.webSocket.on('close', (code) => closes.push(code));
  closers.push(() => framed.webSocket.terminate());
  return { framed, messages, errors, closes };
}

const isOpen = (client: Client): boolean => client.framed.webSocket.readyState === 1;

describe.skipIf(!HAS_OPENSSL).each(SOCKET_MODES)('TLS to a venue: $name', (mode) => {
  let keys: KeyPair;
  let others: KeyPair;
  beforeAll(() => {
    keys = selfSigned(['DNS:localhost', 'IP:127.0.0.1']);
    others = selfSigned(['DNS:elsewhere.example']);
  });
  beforeEach(() => {
    closers.push(mode.begin());
  });

  const dial = (port: number, host = 'localhost', options: object = { ca: keys.cert }): Client =>
    connect(mode.open, `wss://${host}:${port}`, options);

  it.each(['TLSv1.2', 'TLSv1.3'] as SecureVersion[])(
    'carries messages of every size both ways by %s',
    async (version) => {
      const server = await secureServer(keys, { minVersion: version, maxVersion: version });
      const client = dial(server.port);
      await until('open', () => isOpen(client) && server.peers.length === 1);
      const sizes = [0, 1, 125, 126, 2_040, 2_041, 16_384, 16_385, 70_000, 300_000];
      for (const size of sizes) {
        server.peers[0].send(Buffer.alloc(size, size & 0xff));
        client.framed.send(Buffer.alloc(size, size & 0xff), true);
      }
      await until(
        'all',
        () => client.messages.length === sizes.length && server.received.length === sizes.length,
      );
      for (const [index, size] of sizes.entries()) {
        const wanted = Buffer.alloc(size, size & 0xff);
        expect(client.messages[index].equals(wanted), `${size} from the server`).toBe(true);
        expect(server.received[index].equals(wanted), `${size} to the server`).toBe(true);
      }
    },
  );

  it('reaches a host by its address when the certificate names it', async () => {
    const server = await secureServer(keys);
    const client = dial(server.port, '127.0.0.1');
    await until('open', () => isOpen(client));
  });

  it('refuses a certificate that nobody vouches for', async () => {
    const server = await secureServer(keys);
    const client = dial(server.port, 'localhost', {});
    await until('the refusal', () => client.closes.length > 0);
    expect(client.errors.join()).toMatch(/self-signed certificate/);
    expect(server.peers).toEqual([]);
  });

  it('refuses a certificate of an authority that it does not know, and takes it when it does', async () => {
    const { authority, signed } = authoritySigned(['DNS:localhost']);
    const server = await secureServer(signed);
    const stranger = dial(server.port);
    await until('the refusal', () => stranger.closes.length > 0);
    expect(stranger.errors.join()).toMatch(/unable to (?:get local issuer|verify the first) certificate/);
    expect(server.peers).toEqual([]);
    const client = dial(server.port, 'localhost', { ca: authority.cert });
    await until('open', () => isOpen(client) && server.peers.length === 1);
  });

  it.each(['localhost', '127.0.0.1'])('refuses a certificate that is not for %s', async (host) => {
    const server = await secureServer(others);
    const client = dial(server.port, host, { ca: others.cert });
    await until('the refusal', () => client.closes.length > 0);
    expect(client.errors.join()).toMatch(/hostname mismatch|IP address mismatch|does not match certificate/i);
    expect(server.peers).toEqual([]);
  });

  it('refuses a certificate whose time is over', async () => {
    const expired = selfSigned(['DNS:localhost'], true);
    const server = await secureServer(expired);
    const client = dial(server.port, 'localhost', { ca: expired.cert });
    await until('the refusal', () => client.closes.length > 0);
    expect(client.errors.join()).toMatch(/expired/);
  });

  it('refuses a server that speaks nothing newer than TLS 1.1', async () => {
    const server = await secureServer(keys, {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL:@SECLEVEL=0',
    });
    const client = dial(server.port);
    await until('the refusal', () => client.closes.length > 0);
    expect(client.errors.join()).toMatch(/protocol|version/i);
  });

  it.each<[string, (peer: Socket) => void]>([
    ['ends at once', (peer) => peer.end()],
    ['resets at once', (peer) => peer.resetAndDestroy()],
    ['answers with what is no TLS', (peer) => peer.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
    [
      'breaks off in the middle of the handshake',
      (peer) => peer.once('data', () => peer.end(Buffer.from('160303004a02', 'hex'))),
    ],
  ])('fails, and does not hang, at a server that %s', async (_name, behave) => {
    const tcp = createTcp((peer) => {
      peer.on('error', () => undefined);
      behave(peer);
    });
    const client = dial(await listen(tcp));
    await until('the failure', () => client.closes.length > 0);
    expect(client.errors).toHaveLength(1);
    expect(client.closes).toEqual([1006]);
  });

  it('gives up on a server that does not answer the handshake', async () => {
    const held: Socket[] = [];
    const port = await listen(createTcp((peer) => held.push(peer)));
    closers.push(() => {
      for (const peer of held) peer.destroy();
    });
    const client = dial(port, 'localhost', { ca: keys.cert, handshakeTimeout: 50 });
    await until('the failure', () => client.closes.length > 0);
    expect(client.errors.join()).toMatch(/timed out/);
  });

  it('closes behind a server that resets, that ends without a goodbye, and that says goodbye', async () => {
    const server = await secureServer(keys);
    const ends: ((index: number) => void)[] = [
      (index) => server.wires[index].resetAndDestroy(),
      (index) => server.wires[index].end(),
      (index) => server.sockets[index].end(),
      (index) => server.peers[index].close(1012, 'restart'),
    ];
    for (const [index, end] of ends.entries()) {
      const client = dial(server.port);
      await until('open', () => isOpen(client) && server.peers.length === index + 1);
      end(index);
      await until('the end', () => client.closes.length > 0);
      expect(client.closes).toEqual([index === 3 ? 1012 : 1006]);
    }
  });

  it('takes in what comes byte by byte', async () => {
    const server = await secureServer(keys);
    const port = await listen(
      createTcp((near) => {
        /* A wire that carries one byte at a time. */
        const far = new (near.constructor as typeof Socket)();
        far.connect(server.port, '127.0.0.1');
        near.on('data', (bytes) => far.write(bytes));
        far.setNoDelay(true);
        near.setNoDelay(true);
        far.on('data', (bytes: Buffer) => {
          for (const byte of bytes) near.write(Buffer.of(byte));
        });
        for (const [end, other] of [
          [near, far],
          [far, near],
        ]) {
          end.on('error', () => undefined);
          end.on('close', () => other.destroy());
        }
      }),
    );
    const client = dial(port);
    await until('open', () => isOpen(client) && server.peers.length === 1);
    server.peers[0].send('in pieces');
    await until('the message', () => client.messages.length === 1);
    expect(client.messages[0].toString()).toBe('in pieces');
  });

  it('sends in order and whole what the kernel does not take at once', async () => {
    const server = await secureServer(keys);
    const client = dial(server.port);
    await until('open', () => isOpen(client) && server.peers.length === 1);
    server.sockets[0].pause();
    let sent = 0;
    await until('the kernel to be full', () => {
      for (let count = 0; count < 100; count++, sent++) {
        const payload = Buffer.alloc(2_000, 0x61);
        payload.writeUInt32BE(sent, 0);
        client.framed.send(payload, true);
      }
      return client.framed.webSocket.bufferedAmount > 500_000;
    });
    server.sockets[0].resume();
    await until('all messages', () => server.received.length === sent);
    expect(server.received.map((payload) => payload.readUInt32BE(0))).toEqual(
      Array.from({ length: sent }, (_, index) => index),
    );
  });
});

describe.skipIf(!HAS_OPENSSL || ROOM === null)('TLS by native calls', () => {
  const { poller, descriptors } = ROOM ?? ({} as NonNullable<typeof ROOM>);

  function streamOf({ framed }: Client): TlsStream {
    const { raw } = framed as unknown as { readonly raw: unknown };
    expect(raw).toBeInstanceOf(TlsStream);
    return raw as TlsStream;
  }

  test('takes up an earlier session with the same host, also after a connection that was cut', async () => {
    const keys = selfSigned(['DNS:localhost']);
    const server = await secureServer(keys);
    const described: string[] = [];
    for (let time = 0; time < 3; time++) {
      const client = connect(directSockets(ROOM!), `wss://localhost:${server.port}`, { ca: keys.cert });
      await until('open', () => isOpen(client) && server.peers.length === time + 1);
      server.peers[time].send('x');
      await until('the tickets, which come before it', () => client.messages.length === 1);
      described.push(streamOf(client).session.describe());
      client.framed.webSocket.terminate();
      await until('closed', () => client.closes.length === 1);
    }
    expect(described).toEqual(['TLSv1.3', 'TLSv1.3, resumed', 'TLSv1.3, resumed']);
  });

  test('reads and writes the socket itself while its thread spins', async () => {
    const keys = selfSigned(['DNS:localhost']);
    const server = await secureServer(keys);
    const client = connect(directSockets(ROOM!), `wss://localhost:${server.port}`, { ca: keys.cert });
    await until('open', () => isOpen(client) && server.peers.length === 1);
    closers.push(() => poller.giveBack());
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    poller.takeOver();
    const write = vi.spyOn(descriptors, 'write');
    server.peers[0].send('tick');
    await until('bytes', () => poller.poll() > 0);
    await until('the message', () => poller.poll() > 0 || client.messages.length === 1);
    client.framed.send(Buffer.from('order'), false);
    expect(write).toHaveBeenCalledTimes(1);
    await until('the order', () => server.received.length === 1);
    expect(server.received[0].toString()).toBe('order');
  });

  test('does nothing any more, and breaks nothing, once it is closed', async () => {
    const keys = selfSigned(['DNS:localhost']);
    const server = await secureServer(keys);
    const client = connect(directSockets(ROOM!), `wss://localhost:${server.port}`, { ca: keys.cert });
    await until('open', () => isOpen(client));
    const { session } = streamOf(client);
    client.framed.webSocket.terminate();
    const block = ROOM!.makeBlock(64);
    session.close();
    expect(session.handshake()).toBe(true);
    expect([session.feed(block, 64), session.write(block, 64), session.takeSealed()]).toEqual([
      false,
      false,
      0,
    ]);
    expect(session.read()).toBeLessThan(0);
    expect(session.describe()).toBe('closed');
    session.sayGoodbye();
  });

  test('makes no garbage on the way', () => {
    const script = fileURLToPath(new URL('../../fixtures/turn-tls-socket.ts', import.meta.url));
    /* A young generation of 1 MB: a collection for every 105 bytes a round. */
    const flags = ['--max-semi-space-size=1', '--min-semi-space-size=1'];
    const output = execFileSync(process.execPath, [...flags, script], { encoding: 'utf8' });
    const outcome = JSON.parse(output) as { answers: number; collections: number };
    expect(outcome.answers).toBe(20_000);
    expect(outcome.collections).toBeLessThanOrEqual(2);
  });
});
