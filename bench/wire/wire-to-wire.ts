import { hasWords } from '../harness/comparison.ts';
import type {
  Bench,
  BenchOptions,
  BenchResult,
  Comparison,
  Rival,
  RoundResult,
} from '../harness/comparison.ts';
import { compileNative } from '../harness/native-program.ts';
import type { NativeProgram } from '../harness/native-program.ts';
import { comparePaired } from '../harness/paired-rounds.ts';
import { startBot } from './wire-bot.ts';
import { planWireCpus } from './wire-cpus.ts';
import type { WireCpus } from './wire-cpus.ts';
import { startEngine } from './wire-engine.ts';
import type { WireFigures, WirePhase } from './wire-job.ts';
import { WIRE_BATCH_TICKS } from './wire-loop.ts';
import { startNative } from './wire-native.ts';
import type { WireClientStart } from './wire-process.ts';
import { runSession } from './wire-session.ts';
import type { SessionFigures } from './wire-session.ts';

/** Ticks of one phase of one round: for most clients, and for the slow one. */
interface PhaseSizes {
  readonly silenceNs: number;
  readonly warmup: number;
  readonly ticks: number;
  readonly slowWarmup: number;
  readonly slowTicks: number;
}

const FULL: readonly PhaseSizes[] = [
  { silenceNs: 0, warmup: 5_000, ticks: 20_000, slowWarmup: 1_000, slowTicks: 3_000 },
  { silenceNs: 500_000, warmup: 100, ticks: 4_000, slowWarmup: 100, slowTicks: 1_000 },
  { silenceNs: 10_000_000, warmup: 5, ticks: 150, slowWarmup: 5, slowTicks: 150 },
];
const SMOKE: readonly PhaseSizes[] = [
  { silenceNs: 0, warmup: 40, ticks: 60, slowWarmup: 40, slowTicks: 60 },
  { silenceNs: 500_000, warmup: 5, ticks: 20, slowWarmup: 5, slowTicks: 20 },
  { silenceNs: 10_000_000, warmup: 1, ticks: 3, slowWarmup: 1, slowTicks: 3 },
];
const DEADLINE_MS = 1_000;
/** Under test, where many processes want the two processors at once, a tick may take long and is still not lost. */
const SMOKE_DEADLINE_MS = 15_000;

const PLACE =
  'at the touch, one immediate-or-cancel limit order per tick, signed by HMAC-SHA256; every tick waits for the order ' +
  'before it, so none queues';

/** Someone who trades on the wire. */
interface Contender {
  readonly name: string;
  readonly start: WireClientStart;
  readonly isSlow?: boolean;
  /** Looks at nothing, so its orders cannot be right. */
  readonly isBlind?: boolean;
}

function contenders(native: NativeProgram, isSmoke: boolean): Contender[] {
  const { path } = native;
  const all: Contender[] = [
    { name: 'shrike, fused, spin', start: (venue, cpus) => startEngine(venue, cpus, 'spin', 'direct') },
    {
      name: 'shrike, fused, spin, streams',
      start: (venue, cpus) => startEngine(venue, cpus, 'spin', 'stream'),
    },
    { name: 'shrike, fused, backoff', start: (venue, cpus) => startEngine(venue, cpus, 'backoff', 'direct') },
    {
      name: 'shrike, fused, backoff, streams',
      start: (venue, cpus) => startEngine(venue, cpus, 'backoff', 'stream'),
    },
    { name: 'ws + JSON.parse bot', start: (venue, cpus) => startBot('wire-naive-bot.ts', venue, cpus) },
    { name: 'ccxt.pro bot', start: (venue, cpus) => startBot('wire-ccxt-bot.ts', venue, cpus), isSlow: true },
  ];
  if (path !== null) {
    all.splice(1, 0, {
      name: 'native client',
      start: (venue, cpus) => startNative(path, 'trade', venue, cpus),
    });
  }
  return isSmoke ? all.filter(({ name }) => !/backoff|streams/.test(name)) : all;
}

const FLOOR = 'native echo';
/** For finding out which phases `--only` wants at all: every word of every rival's name. */
const ANY_NAMES: readonly string[] = contenders({ path: '', compiler: '', reason: null }, false).map(
  ({ name }) => name,
);

/** Two ways to look at one phase. */
const VIEWS = ['as measured', 'exchange running'] as const;
type View = (typeof VIEWS)[number];

function titleOf({ silenceNs }: PhaseSizes, view: View): string {
  const silence = silenceNs < 1e6 ? `${silenceNs / 1e3} us` : `${silenceNs / 1e6} ms`;
  const rhythm = silenceNs === 0 ? 'closed loop' : `after ${silence} of silence`;
  return `wire-to-wire ${rhythm}${view === 'as measured' ? '' : ', p99 while the exchange had a processor'}`;
}

function methodOf(sizes: PhaseSizes, view: View): string {
  if (view === 'exchange running') {
    return (
      'the p99 of a round, for the same ticks after the same warm-up, less the time in which the exchange was ready to run but other ' +
      'threads had its processor (Linux counts it: /proc/self/schedstat); where there are no spare processors those ' +
      "threads are the client's own, so the true figure lies between the two"
    );
  }
  const { silenceNs, warmup, ticks, slowWarmup, slowTicks } = sizes;
  const rhythm =
    silenceNs === 0
      ? `the next tick as soon as the order came; orders are answered ${WIRE_BATCH_TICKS} at a time, and the next tick ` +
        'waits until pongs say that the answers were read'
      : 'each order is answered at once, then the silence';
  return (
    `a depth frame (12 levels) leaves on one WebSocket, the order's bytes arrive on another; ${PLACE}; ${rhythm}; ` +
    `warm-up ${warmup} ticks, then ${ticks} (ccxt ${slowWarmup} and ${slowTicks}); fresh processes each round; ` +
    'the value is the p50 of a round'
  );
}

/** All sessions of one run of the bench: each goes through all phases, whose results wait until they are asked for. */
class Sessions {
  /** Those that are wanted. */
  readonly phases: readonly PhaseSizes[];
  lost = 0;
  stray = 0;
  exchangeGcs = 0;
  private readonly options: BenchOptions;
  private readonly cpus: WireCpus;
  private readonly waiting: Map<string, RoundResult[]> = new Map();

  constructor(options: BenchOptions, cpus: WireCpus) {
    this.options = options;
    this.cpus = cpus;
    const isWanted = (each: PhaseSizes): boolean =>
      VIEWS.some((view) =>
        ANY_NAMES.some((name) => hasWords(`${titleOf(each, view)} ${name}`, options.only)),
      );
    this.phases = (options.isSmoke ? SMOKE : FULL).filter(isWanted);
  }

  /** The next round's result of a phase; a session is run when none waits. */
  async next(contender: Contender, sizes: PhaseSizes, view: View): Promise<RoundResult> {
    const key = `${titleOf(sizes, view)}/${contender.name}`;
    if ((this.waiting.get(key)?.length ?? 0) === 0) await this.run(contender);
    return this.waiting.get(key)!.shift()!;
  }

  /** A smoke run has one session for all rounds: starting the engine is most of its time. */
  private async run(contender: Contender): Promise<void> {
    const { isSmoke, runs } = this.options;
    const sizes = Array.from({ length: isSmoke ? runs : 1 }, () => this.phases).flat();
    const phases = sizes.map((each) => phaseOf(each, contender, isSmoke));
    const session = await runSession(contender.start, phases, this.cpus);
    for (const [index, each] of sizes.entries()) {
      const figures = session.phases[index];
      this.count(figures);
      for (const view of VIEWS) {
        const key = `${titleOf(each, view)}/${contender.name}`;
        const results = this.waiting.get(key) ?? [];
        results.push(resultOf(figures, session, view));
        this.waiting.set(key, results);
      }
    }
  }

  private count({ lost, stray, exchangeGcs }: WireFigures): void {
    this.lost += lost;
    this.stray += stray;
    this.exchangeGcs += exchangeGcs;
  }
}

function resultOf(figures: WireFigures, { gc, ticks }: SessionFigures, view: View): RoundResult {
  const { checksum, waitsNs } = figures;
  const isWhole = view === 'as measured';
  const latenciesNs = isWhole
    ? figures.latenciesNs
    : figures.latenciesNs.map((all, index) => all - waitsNs[index]);
  const sorted = latenciesNs.toSorted();
  const valueNs = sorted[Math.floor(sorted.length * (isWhole ? 0.5 : 0.99))];
  return { value: valueNs / 1e3, checksum, operations: ticks, gc, latenciesNs };
}

function phaseOf(sizes: PhaseSizes, { isSlow, isBlind }: Contender, isSmoke: boolean): WirePhase {
  return {
    warmupTicks: isSlow === true ? sizes.slowWarmup : sizes.warmup,
    ticks: isSlow === true ? sizes.slowTicks : sizes.ticks,
    silenceNs: sizes.silenceNs,
    deadlineMs: isSmoke ? SMOKE_DEADLINE_MS : DEADLINE_MS,
    summedTicks: Math.min(sizes.ticks, sizes.slowTicks),
    isChecked: isBlind !== true,
  };
}

/** What sockets and exchange cost by themselves: not a rival, since its orders do not depend on the ticks. */
async function floorNotes(native: NativeProgram, sessions: Sessions): Promise<string[]> {
  const { path } = native;
  if (path === null) return [];
  const start: WireClientStart = (venue, cpus) => startNative(path, 'echo', venue, cpus);
  const contender: Contender = { name: FLOOR, start, isBlind: true };
  const notes: string[] = [];
  for (const sizes of sessions.phases) {
    const p50 = (await sessions.next(contender, sizes, 'as measured')).value.toFixed(1);
    const p99 = (await sessions.next(contender, sizes, 'exchange running')).value.toFixed(1);
    notes.push(
      `${titleOf(sizes, 'as measured')}: p50 ${p50} us, p99 while the exchange had a processor ${p99} us`,
    );
  }
  return [
    `floor, a native client that sends a prepared order for every frame and reads nothing: ${notes.join('; ')}`,
  ];
}

async function run(options: BenchOptions): Promise<BenchResult> {
  const native = await compileNative('wire-client');
  const cpus = await planWireCpus();
  const sessions = new Sessions(options, cpus);
  const absent = native.reason === null ? [] : [{ name: 'native client', reason: native.reason }];
  const all = contenders(native, options.isSmoke);
  const comparisons: Comparison[] = [];
  for (const sizes of sessions.phases) {
    for (const view of VIEWS) {
      const rivals: Rival[] = all.map((contender) => ({
        name: contender.name,
        run: async () => await sessions.next(contender, sizes, view),
      }));
      const texts = { title: titleOf(sizes, view), method: methodOf(sizes, view) };
      comparisons.push(
        await comparePaired({ ...texts, unit: 'us', better: 'lower', absent, rivals }, options),
      );
    }
  }
  const isWhole = !options.isOursOnly && options.only.length === 0 && !options.isSmoke;
  const { lost, stray, exchangeGcs } = sessions;
  const notes = [
    cpus.text,
    `${lost} ticks without an order, ${stray} orders that belonged to no tick, ${exchangeGcs} collections in the exchange`,
    "a client's gc count is that of its whole session: start, warm-up and all phases; the engine's are counted as scavenges",
    ...(isWhole ? await floorNotes(native, sessions) : []),
    ...(native.compiler === null ? [] : [`native: ${native.compiler}`]),
  ];
  return { name: wireToWire.name, summary: wireToWire.summary, comparisons, notes };
}

/** Depth frame on one WebSocket to order on another, measured by the exchange. */
export const wireToWire: Bench = {
  name: 'wire-to-wire',
  summary:
    'depth frame to order over WebSockets, timed by the exchange; ccxt.pro, ws + JSON.parse, native C++',
  run,
};
