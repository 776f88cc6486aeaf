import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import dns from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WebSocket as ServerSocket } from 'ws';
import { ReconnectingSocket, SOCKET_STATE } from '../../../adapters/net/reconnecting-socket.ts';
import type { SocketOptions } from '../../../adapters/net/reconnecting-socket.ts';
import type { OpenFramedSocket } from '../../../adapters/net/framed-socket.ts';
import { Prng } from '../../../engine/core/prng.ts';
import { SOCKET_MODES } from '../../fixtures/socket-modes.ts';

const DEADLINE_MS = 10_000;
const closers: (() => void)[] = [];
/** The way to the kernel that is tested now. */
let openSocket: OpenFramedSocket;

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Polls until `holds`, or fails naming what was waited for. */
async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

interface Rig {
  readonly server: WebSocketServer;
  readonly clients: ServerSocket[];
  readonly url: string;
}

async function startServer(onClient?: (client: ServerSocket) => void): Promise<Rig> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const clients: ServerSocket[] = [];
  server.on('connection', (client) => {
    clients.push(client);
    client.on('error', () => undefined);
    onClient?.(client);
  });
  await new Promise((resolve) => server.once('listening', resolve));
  closers.push(() => {
    for (const client of clients) client.terminate();
    server.close();
  });
  return { server, clients, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** A venue in a process of its own, which says hello to every client. */
class VenueProcess {
  private static readonly code = `
    import { WebSocketServer } from 'ws';
    const server = new WebSocketServer({ port: Number(process.argv[1]), host: '127.0.0.1' });
    server.on('connection', (client) => client.send('hello'));
    server.on('listening', () => console.log(server.address().port));
  `;
  readonly port: number;
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.child = child;
    this.port = port;
    closers.push(() => this.kill());
  }

  /** @param port 0: any */
  static async start(port: number): Promise<VenueProcess> {
    const args = ['--input-type=module', '-e', VenueProcess.code, String(port)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return new VenueProcess(child, Number(line));
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}

interface Seen {
  readonly socket: ReconnectingSocket;
  readonly opens: boolean[];
  readonly downs: string[];
  readonly attempts: number[];
  readonly messages: string[];
}

function client(options: SocketOptions): Seen {
  const opens: boolean[] = [];
  const downs: string[] = [];
  const attempts: number[] = [];
  const messages: string[] = [];
  const socket = new ReconnectingSocket(
    { reconnectMinMs: 1, reconnectMaxMs: 20, openSocket, ...options },
    {
      onOpen: (isRotation) => opens.push(isRotation),
      onMessage: (bytes, from, end) => messages.push(bytes.toString('latin1', from, end)),
      onDown: (reason) => downs.push(reason),
      onConnecting: (attempt) => attempts.push(attempt),
    },
    new Prng(7),
  );
  closers.push(() => socket.close());
  return { socket, opens, downs, attempts, messages };
}

describe.each(SOCKET_MODES)('reconnecting socket: $name', (mode) => {
  beforeEach(() => {
    openSocket = mode.open;
    closers.push(mode.begin());
  });

  it('delivers messages of both kinds, sends text and bytes, and says when it cannot', async () => {
    const received: string[] = [];
    const rig = await startServer((peer) => {
      peer.on('message', (data: Buffer, isBinary) =>
        received.push(`${isBinary ? 'b' : 't'}:${data.toString()}`),
      );
      peer.send('hello');
      peer.send(Buffer.from([1, 2]));
    });
    const seen = client({ url: rig.url });
    expect(seen.socket.send('too early')).toBe(false);
    seen.socket.open();
    await until('both messages', () => seen.messages.length === 2);
    expect(seen.messages).toEqual(['hello', '\u0001\u0002']);
    const scratch = Buffer.from('bytes');
    expect(seen.socket.send('text')).toBe(true);
    expect(seen.socket.send(scratch)).toBe(true);
    expect(seen.socket.send(scratch, true)).toBe(true);
    scratch.fill(0);
    await until('three messages at the peer', () => received.length === 3);
    expect(received).toEqual(['t:text', 't:bytes', 'b:bytes']);
    seen.socket.close();
    expect(seen.socket.send('too late')).toBe(false);
    expect(seen.socket.state).toBe(SOCKET_STATE.closed);
  });

  it('comes back after the peer cuts, after a drill, and after a goodbye with its code', async () => {
    const rig = await startServer();
    const seen = client({ url: rig.url });
    seen.socket.open();
    await until('first connection', () => seen.opens.length === 1);
    rig.clients[0].terminate();
    await until('second connection', () => seen.opens.length === 2);
    seen.socket.dropConnection();
    expect(seen.downs.at(-1)).toBe('dropped');
    expect(seen.socket.state).toBe(SOCKET_STATE.waiting);
    await until('third connection', () => seen.opens.length === 3);
    await until('the peer knows it', () => rig.clients.length === 3);
    rig.clients[2].close(1012, 'restart');
    await until('fourth connection', () => seen.opens.length === 4);
    expect(seen.downs).toEqual(['closed 1006', 'dropped', 'closed 1012 restart']);
    expect(seen.opens.every((isRotation) => !isRotation)).toBe(true);
  });

  it('backs off further with each refusal and starts anew after a connection that held', async () => {
    const port = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const free = (probe.address() as AddressInfo).port;
        probe.close(() => resolve(free));
      });
    });
    const seen = client({ url: `ws://127.0.0.1:${port}`, stableMs: 1 });
    seen.socket.open();
    await until('five refusals', () => seen.downs.length >= 5);
    expect(seen.downs[0]).toBe('ECONNREFUSED');
    expect(seen.attempts.slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
    const server = new WebSocketServer({ port, host: '127.0.0.1' });
    const peers: ServerSocket[] = [];
    server.on('connection', (peer) => peers.push(peer));
    closers.push(() => {
      for (const peer of peers) peer.terminate();
      server.close();
    });
    await until('a connection', () => seen.opens.length === 1);
    await until('it held', () => seen.socket.attempt === 0);
    peers[0].terminate();
    await until('a new attempt', () => seen.attempts.at(-1) === 1);
  });

  it('comes back after the process of the venue was killed and is there again at its address', async () => {
    const venue = await VenueProcess.start(0);
    const seen = client({ url: `ws://127.0.0.1:${venue.port}` });
    seen.socket.open();
    await until('a first message', () => seen.messages.length === 1);
    venue.kill();
    await until('the end', () => seen.downs.length >= 1);
    expect(seen.downs[0]).toMatch(/^(?:closed 1006|ECONNRESET)$/);
    expect(seen.socket.send('to nobody')).toBe(false);
    await VenueProcess.start(venue.port);
    await until('a message of the second', () => seen.messages.length === 2);
    expect(seen.opens).toEqual([false, false]);
  });

  it('names a name that cannot be resolved, tries again, and connects when it can', async () => {
    const rig = await startServer();
    const failure = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    const failing = vi
      .spyOn(dns, 'lookup')
      .mockImplementation(((_host: string, _options: object, answer: (error: Error) => void) =>
        setImmediate(answer, failure)) as unknown as typeof dns.lookup);
    const seen = client({ url: rig.url.replace('127.0.0.1', 'localhost') });
    seen.socket.open();
    await until('two attempts', () => seen.downs.length >= 2);
    expect(seen.downs[0]).toBe('ENOTFOUND');
    expect(seen.opens).toEqual([]);
    failing.mockRestore();
    await until('a connection', () => seen.opens.length === 1);
  });

  it('refuses to send while more than its bound waits for the kernel, and goes on when that is gone', async () => {
    const received: number[] = [];
    const rig = await startServer((peer) => {
      peer.on('message', (data: Buffer) => received.push(data.readUInt32BE(0)));
    });
    const seen = client({ url: rig.url, maxBufferedBytes: 100_000 });
    seen.socket.open();
    await until('a connection', () => seen.opens.length === 1 && rig.clients.length === 1);
    rig.clients[0].pause();
    const message = Buffer.alloc(1_500);
    let sent = 0;
    const send = (): boolean => {
      message.writeUInt32BE(sent, 0);
      if (!seen.socket.send(message, true)) return false;
      sent++;
      return true;
    };
    await until('a refusal', () => {
      for (let count = 0; count < 200; count++) if (!send()) return true;
      return false;
    });
    expect(seen.socket.bufferedBytes).toBeGreaterThan(100_000);
    rig.clients[0].resume();
    await until('all messages', () => received.length === sent);
    expect(send()).toBe(true);
    await until('one more', () => received.length === sent);
    expect(received).toEqual(Array.from({ length: sent }, (_, index) => index));
    expect(seen.downs).toEqual([]);
  });

  it('gives up on a handshake that is not answered', async () => {
    const held: { destroy(): void }[] = [];
    const mute: Server = createServer((socket) => held.push(socket)).listen(0, '127.0.0.1');
    await new Promise((resolve) => mute.once('listening', resolve));
    closers.push(() => {
      for (const socket of held) socket.destroy();
      mute.close();
    });
    const seen = client({
      url: `ws://127.0.0.1:${(mute.address() as AddressInfo).port}`,
      handshakeTimeoutMs: 30,
    });
    seen.socket.open();
    await until('two attempts', () => seen.downs.length >= 2);
    expect(seen.downs[0]).toMatch(/timed out/);
    expect(seen.opens).toEqual([]);
  });

  it('names a refusal by its HTTP status', async () => {
    const server = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      verifyClient: (_info, answer) => answer(false, 429),
    });
    await new Promise((resolve) => server.once('listening', resolve));
    closers.push(() => server.close());
    const seen = client({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` });
    seen.socket.open();
    await until('a refusal', () => seen.downs.length >= 2);
    expect(seen.downs[0]).toBe('http 429');
  });

  it('cuts a connection that falls silent although pings go on, and one that is quite dead', async () => {
    const rig = await startServer((peer) => {
      const timer = setInterval(() => peer.ping(), 5);
      peer.on('close', () => clearInterval(timer));
    });
    const silent = client({ url: rig.url, silenceMs: 60, deadMs: 0 });
    silent.socket.open();
    await until('silence', () => silent.downs.includes('silence'));
    const dead = client({ url: (await startServer()).url, silenceMs: 0, deadMs: 40 });
    dead.socket.open();
    await until('death', () => dead.downs.includes('dead'));
  });

  it('answers pings with their payload and keeps a quiet connection alive with its own', async () => {
    const pongs: string[] = [];
    const rig = await startServer((peer) => {
      peer.on('pong', (data) => pongs.push(data.toString()));
      peer.ping('token');
    });
    const seen = client({ url: rig.url, pingEveryMs: 10, deadMs: 200 });
    seen.socket.open();
    await until('pong', () => pongs.length > 0);
    expect(pongs[0]).toBe('token');
    let pings = 0;
    rig.clients[0].on('ping', () => pings++);
    await until('longer than the limit', () => pings > 40);
    expect(seen.downs).toEqual([]);
  });

  it('opens the next connection before it lets the old one go, and both deliver meanwhile', async () => {
    const rig = await startServer();
    const seen = client({ url: rig.url, overlapMs: 300 });
    seen.socket.open();
    await until('first connection', () => rig.clients.length === 1 && seen.opens.length === 1);
    seen.socket.rotate();
    await until('second connection', () => rig.clients.length === 2 && seen.opens.length === 2);
    expect(seen.opens).toEqual([false, true]);
    rig.clients[0].send('old');
    rig.clients[1].send('new');
    await until('both', () => seen.messages.length === 2);
    expect(new Set(seen.messages)).toEqual(new Set(['old', 'new']));
    await until('the old one ends', () => rig.clients[0].readyState === rig.clients[0].CLOSED);
    expect(rig.clients[1].readyState).toBe(rig.clients[1].OPEN);
    expect(seen.downs).toEqual([]);
    expect(seen.socket.state).toBe(SOCKET_STATE.open);
  });

  it('rotates by age', async () => {
    const rig = await startServer();
    const seen = client({ url: rig.url, rotateAfterMs: 30, overlapMs: 1 });
    seen.socket.open();
    await until('three rotations', () => seen.opens.length >= 4);
    expect(seen.opens.slice(0, 4)).toEqual([false, true, true, true]);
    expect(seen.downs).toEqual([]);
  });

  it('holds messages back while paused', async () => {
    const rig = await startServer();
    const seen = client({ url: rig.url, silenceMs: 40 });
    seen.socket.open();
    await until('connection', () => seen.opens.length === 1 && rig.clients.length === 1);
    seen.socket.pause();
    rig.clients[0].send('held');
    let beats = 0;
    const timer = setInterval(() => beats++, 10);
    closers.push(() => clearInterval(timer));
    await until('some time', () => beats >= 12);
    expect(seen.messages).toEqual([]);
    expect(seen.downs).toEqual([]);
    seen.socket.resume();
    await until('the message', () => seen.messages.length === 1);
  });

  it('calls nothing back once closed, also in the middle of an attempt', async () => {
    const rig = await startServer();
    const seen = client({ url: rig.url });
    seen.socket.open();
    seen.socket.close();
    const other = client({ url: rig.url });
    other.socket.open();
    await until('another client connects', () => other.opens.length === 1);
    expect(seen.opens).toEqual([]);
    expect(seen.downs).toEqual([]);
  });

  it('refuses an address that is none', () => {
    expect(() => client({ url: 'http://127.0.0.1:1' })).toThrow(/no WebSocket URL/);
  });
});
