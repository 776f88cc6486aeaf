import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { EngineStats, LatencyReport } from '../../engine/api/engine-stats.ts';
import { rehearsal } from '../tick/tick-rig.ts';
import { allowedProcessors, confineProcess, planProcessors } from '../../engine/runtime/cpu-affinity.ts';

const MAIN = join(import.meta.dirname, '../..', 'engine', 'app', 'main.ts');
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 20_000;
const TOPICS: readonly string[] = [
  'stats',
  'book',
  'positions',
  'latency',
  'actors',
  'trades',
  'signals',
  'orders',
  'fills',
  'log',
];
/**
 * Live mode with play money on the embedded exchange: about 2,000 ticks a second over real sockets, an order on each
 * book update that finds the last one done.
 */
const ARGS = 'run --mode live --symbols BTCUSDT --strategy tick-taker --idle spin --json';
const SETTINGS: readonly string[] = [
  'strategy.params.everyUpdates=1',
  'exchange.eventsPerSecond=830',
  'exchange.depthIntervalMs=2',
  'exchange.ordersPer10s=1000000',
  'exchange.ordersPerDay=1000000000',
  'risk.maxOrdersPerSecond=100000',
  'api.port=0',
  'engine.pinCpus=true',
  'log.format=json',
];

/** What the clients of the telemetry feed received. */
interface TelemetryCount {
  readonly frames: number;
  readonly bytes: number;
}

/** The engine as its users run it, in a process of its own, with clients of its telemetry feed. */
export class EngineProcess {
  private readonly directory: string;
  private readonly child: ChildProcess;
  private readonly ended: Promise<number | null>;
  private readonly end: () => void;
  private readonly out: Buffer[] = [];
  private readonly clients: WebSocket[] = [];
  private readonly allowed: readonly number[] = allowedProcessors();
  private log = '';
  private frames = 0;
  private bytes = 0;

  /** @param isRehearsing whether it practises before it trades */
  constructor(isRehearsing: boolean) {
    this.directory = mkdtempSync(join(tmpdir(), 'shrike-engine-'));
    const settings = [...SETTINGS, ...rehearsal(isRehearsing), `state.dir=${this.directory}`];
    const args = [MAIN, ...ARGS.split(' '), ...settings.flatMap((setting) => ['--set', setting])];
    this.child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = new Promise((resolve) => {
      this.child.once('exit', resolve);
    });
    /* A bench that is ended leaves no engine behind. */
    const { child, directory } = this;
    this.end = (): void => {
      child.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    };
    process.once('exit', this.end);
    this.child.stdout!.on('data', (chunk: Buffer) => this.out.push(chunk));
    this.child.stderr!.on('data', (chunk: Buffer) => {
      this.log += chunk.toString('utf8');
    });
  }

  /** Waits until it trades, and leaves the hot thread's processor to it. */
  async start(): Promise<void> {
    const endMs = performance.now() + START_TIMEOUT_MS;
    while (!this.log.includes('trading begins')) {
      if (this.child.exitCode !== null || performance.now() > endMs) {
        throw new Error(`the engine did not come up:\n${this.log}`);
      }
      await sleep(20);
    }
    /* The engine has pinned itself by now; the clients must not run where its hot thread does. */
    const processors = planProcessors(true, 1, this.allowed);
    if (typeof processors !== 'string') await confineProcess(processors.others);
  }

  /** Connects clients that subscribe to everything and read what comes. */
  async attach(count: number): Promise<void> {
    const url = /telemetry feed (ws:\S+)/.exec(this.log)![1];
    for (let index = 0; index < count; index++) {
      const client = new WebSocket(url, { perMessageDeflate: false });
      this.clients.push(client);
      await new Promise((resolve, reject) => {
        client.once('open', resolve);
        client.once('error', reject);
      });
      client.on('message', (data: Buffer) => {
        this.frames++;
        this.bytes += data.length;
      });
      client.send(JSON.stringify({ op: 'subscribe', topics: TOPICS }));
    }
  }

  /** What the clients have got so far; throws when one of them was cut off. */
  telemetry(): TelemetryCount {
    for (const client of this.clients) {
      if (client.readyState !== WebSocket.OPEN) throw new Error('a telemetry client was cut off');
    }
    return { frames: this.frames, bytes: this.bytes };
  }

  async latency(): Promise<LatencyReport> {
    return (await this.get('/latency')) as LatencyReport;
  }

  async stats(): Promise<EngineStats> {
    return (await this.get('/stats')) as EngineStats;
  }

  /** Stops it as Ctrl-C does; its summary. */
  async stop(): Promise<EngineStats> {
    for (const client of this.clients) client.terminate();
    this.child.kill('SIGINT');
    const code = await Promise.race([this.ended, sleep(STOP_TIMEOUT_MS, 'silent', { ref: false })]);
    if (code !== 0) throw new Error(`the engine ended with ${code}:\n${this.log.slice(-2_000)}`);
    return JSON.parse(Buffer.concat(this.out).toString('utf8')) as EngineStats;
  }

  /** Whatever state it is in, nothing is left of it. */
  async close(): Promise<void> {
    for (const client of this.clients) client.terminate();
    if (this.child.exitCode === null) this.child.kill('SIGKILL');
    await this.ended;
    process.off('exit', this.end);
    if (this.allowed.length > 1) await confineProcess(this.allowed);
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async get(path: string): Promise<unknown> {
    const base = /health and metrics (http:\S+?)[\s"]/.exec(this.log)![1];
    const answer = await fetch(`${base}${path}`);
    if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`);
    return await answer.json();
  }
}
