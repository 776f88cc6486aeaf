import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { CommandDesk } from '../../control/command-desk.ts';
import type { EngineLog } from '../run/engine-log.ts';
import {
  CONTROL_CLIENTS_MAX,
  CONTROL_IDLE_MS,
  CONTROL_LINE_BYTES_MAX,
  CONTROL_REQUESTS_WAITING_MAX,
  parseRequest,
} from './control-protocol.ts';
import type { ControlAnswer } from './control-protocol.ts';
import { LineReader } from './line-reader.ts';

/** Questions the socket answers, by name. */
export type ControlQueries = Readonly<Record<string, () => object | Promise<object>>>;

/**
 * The local socket of a running engine. Its file is its owner's alone (0600 in a 0700 folder): who may open it may command
 * the engine everything. Main thread; opened only by the holder of the state folder's lock.
 */
export class ControlSocket {
  private readonly path: string;
  private readonly desk: CommandDesk;
  private readonly queries: ControlQueries;
  private readonly log: EngineLog;
  private readonly server: Server;
  private readonly clients: Set<Socket> = new Set();

  constructor(path: string, desk: CommandDesk, queries: ControlQueries, log: EngineLog) {
    this.path = path;
    this.desk = desk;
    this.queries = queries;
    this.log = log;
    this.server = createServer((socket) => this.accept(socket));
  }

  /** Begins to listen; rejects with Node's error. A socket file that is there belongs to an engine that has died. */
  async open(): Promise<void> {
    if (lstatSync(this.path, { throwIfNoEntry: false })?.isSocket() === true) unlinkSync(this.path);
    // The file must never be anybody else's, not even between its making and a chmod.
    const umask = process.umask(0o177);
    try {
      await new Promise<void>((resolve, reject) => {
        this.server.once('error', reject);
        this.server.listen(this.path, resolve);
      });
    } finally {
      process.umask(umask);
    }
    chmodSync(this.path, 0o600);
    this.server.on('error', (error) => this.log.warn(`control socket: ${error.message}`));
  }

  /** Ends all connections and takes the file away. */
  async close(): Promise<void> {
    for (const client of this.clients) client.destroy();
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
  }

  private accept(socket: Socket): void {
    if (this.clients.size >= CONTROL_CLIENTS_MAX) {
      socket.end(lineOf(failure('BUSY', `${CONTROL_CLIENTS_MAX} clients are connected; try again`)));
      return;
    }
    this.clients.add(socket);
    socket.once('close', () => this.clients.delete(socket));
    // A client that goes away in the middle of its answer is its own business.
    socket.on('error', () => socket.destroy());
    socket.setTimeout(CONTROL_IDLE_MS, () => socket.end());
    let waiting = 0;
    let last: Promise<void> = Promise.resolve();
    const reader = new LineReader(CONTROL_LINE_BYTES_MAX, (line) => {
      if (waiting >= CONTROL_REQUESTS_WAITING_MAX) {
        socket.end(lineOf(failure('BUSY', `${waiting} requests of this connection wait already`)));
        return;
      }
      waiting++;
      last = last
        .then(() => this.answer(line))
        .then((answer) => {
          waiting--;
          if (socket.writable) socket.write(lineOf(answer));
        });
    });
    socket.on('data', (bytes: Buffer) => {
      if (reader.take(bytes)) return;
      socket.end(lineOf(failure('LINE_TOO_LONG', `a line has at most ${CONTROL_LINE_BYTES_MAX} bytes`)));
    });
  }

  private async answer(line: string): Promise<ControlAnswer> {
    const request = parseRequest(line);
    if (typeof request === 'string') return failure('BAD_REQUEST', request);
    try {
      if (request.op === 'command') {
        const { id, kind, args } = request;
        const command = await this.desk.submit({ commandId: id, kind, args, source: 'cli' });
        if (command.outcome !== 'applied')
          this.log.warn(`ctl ${kind}: ${command.outcome}: ${command.message}`);
        else this.log.info(`ctl ${kind}: ${command.message}`);
        return { command };
      }
      if (!Object.hasOwn(this.queries, request.what)) {
        const known = Object.keys(this.queries).join(', ');
        return failure('UNKNOWN_QUERY', `nothing is called "${request.what}"; there are ${known}`);
      }
      return { data: await this.queries[request.what]() };
    } catch (error) {
      return failure('DEFECT', error instanceof Error ? `${error.name}: ${error.message}` : String(error));
    }
  }
}

function failure(code: string, message: string): ControlAnswer {
  return { error: { code, message } };
}

function lineOf(answer: ControlAnswer): string {
  return `${JSON.stringify(answer)}\n`;
}
