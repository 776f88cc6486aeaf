import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { GcCount } from '../harness/gc-watch.ts';
import { onCpu } from './wire-cpus.ts';
import type { WireCpus } from './wire-cpus.ts';
import type { FromWireExchange, ToWireExchange, WireFigures, WirePhase, WireVenue } from './wire-job.ts';

/** A client of the exchange, running. */
export interface WireClient {
  /** Rejects when the client ends by itself. */
  readonly died: Promise<never>;
  /** Ends the client; its collections since it started. */
  close(): Promise<GcCount>;
}

/** Starts a client against an exchange. */
export type WireClientStart = (venue: WireVenue, cpus: WireCpus) => WireClient;

const EXCHANGE_FLAGS: readonly string[] = [
  '--expose-gc',
  '--max-semi-space-size=64',
  '--min-semi-space-size=64',
];
const CLOSE_MS = 20_000;

/** Rejects when the process ends before `expectEnd` is called, with what it wrote to stderr. */
export class WatchedChild {
  readonly child: ChildProcess;
  readonly died: Promise<never>;
  private readonly ended: Promise<unknown>;
  private isExpected = false;
  stderr = '';
  stdout = '';

  constructor(command: readonly string[], env: NodeJS.ProcessEnv, cwd?: string) {
    this.child = spawn(command[0], command.slice(1), {
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
      env,
      ...(cwd === undefined ? {} : { cwd }),
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = once(this.child, 'close');
    this.died = this.ended.then(() => {
      if (this.isExpected) return new Promise<never>(() => undefined);
      throw new Error(`${command.join(' ')} ended: ${this.stderr.slice(-4_000)}${this.stdout.slice(-2_000)}`);
    });
    // A bench that fails leaves no process spinning on a processor.
    const kill = (): boolean => this.child.kill('SIGKILL');
    process.once('exit', kill);
    this.child.once('close', () => process.off('exit', kill));
    // A caller that waits for something else of the child waits for this as well.
    this.died.catch(() => undefined);
  }

  /** Says that the end is wanted, asks for it and waits; kills what does not listen. */
  async end(ask: () => void): Promise<void> {
    this.isExpected = true;
    ask();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), CLOSE_MS);
    await this.ended;
    clearTimeout(timer);
  }
}

/** The measuring exchange in its own process. */
export class WireExchange {
  readonly venue: WireVenue;
  private readonly watched: WatchedChild;

  private constructor(watched: WatchedChild, venue: WireVenue) {
    this.watched = watched;
    this.venue = venue;
  }

  static async start(cpus: WireCpus): Promise<WireExchange> {
    const path = join(import.meta.dirname, 'wire-exchange.ts');
    const command = onCpu(cpus.exchange, [process.execPath, ...EXCHANGE_FLAGS, path]);
    const watched = new WatchedChild(command, process.env);
    const message = await next(watched);
    if (message.kind !== 'ready') throw new Error(`the exchange said ${message.kind} first`);
    return new WireExchange(watched, message.venue);
  }

  /** Runs one phase with the client that is there. */
  async run(phase: WirePhase): Promise<WireFigures> {
    const request: ToWireExchange = { kind: 'phase', phase };
    const answer = next(this.watched);
    this.watched.child.send(request);
    const message = await answer;
    if (message.kind === 'failed') throw new Error(message.message);
    if (message.kind !== 'figures') throw new Error(`the exchange answered ${message.kind}`);
    return message.figures;
  }

  async close(): Promise<void> {
    const request: ToWireExchange = { kind: 'end' };
    await this.watched.end(() => this.watched.child.send(request));
  }
}

async function next(watched: WatchedChild): Promise<FromWireExchange> {
  const message = once(watched.child, 'message') as Promise<[FromWireExchange]>;
  message.catch(() => undefined);
  return (await Promise.race([message, watched.died]))[0];
}
