import { hasWords, median } from './comparison.ts';
import type { Bench, BenchOptions, BenchResult, Comparison, Rival, RoundResult } from './comparison.ts';
import { compileNative } from './native-program.ts';
import type { NativeProgram } from './native-program.ts';
import { comparePaired } from './paired-rounds.ts';
import { startBot } from './wire-bot.ts';
import { planWireCpus } from './wire-cpus.ts';
import type { WireCpus } from './wire-cpus.ts';
import { startEngine } from './wire-engine.ts';
import type { WireFigures, WirePhase } from './wire-job.ts';
import { WIRE_BATCH_TICKS } from './wire-loop.ts';
import { startNative } from './wire-native.ts';
import type { WireClientStart } from './wire-process.ts';
import { runSession } from './wire-session.ts';

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

const PLACE = 'at the touch, one immediate-or-cancel limit order per tick, signed by HMAC-SHA256';

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
    { name: 'shrike, fused, spin', start: (venue, cpus) => startEngine(venue, cpus, 'spin') },
    { name: 'shrike, fused, backoff', start: (venue, cpus) => startEngine(venue, cpus, 'backoff') },
    { name: 'ws + JSON.parse bot', start: (venue, cpus) => startBot('wire-naive-bot.ts', venue, cpus) },
    { name: 'ccxt.pro bot', start: (venue, cpus) => startBot('wire-ccxt-bot.ts', venue, cpus), isSlow: true },
  ];
  if (path !== null) {
    all.splice(1, 0, {
      name: 'native client',
      start: (venue, cpus) => startNative(path, 'trade', venue, cpus),
    });
  }
  return isSmoke ? all.filter(({ name }) => !name.includes('backoff')) : all;
}

function floor(native: NativeProgram): Contender[] {
  const { path } = native;
  return path === null
    ? []
    : [
        {
          name: FLOOR,
          start: (venue, cpus) => startNative(path, 'echo', venue, cpus),
          isBlind: true,
        },
      ];
}

const FLOOR = 'native echo';

function titleOf({ silenceNs }: PhaseSizes): string {
  if (silenceNs === 0) return 'wire-to-wire, closed loop';
  return `wire-to-wire, ${silenceNs < 1e6 ? `${silenceNs / 1e3} us` : `${silenceNs / 1e6} ms`} of silence`;
}

function methodOf(sizes: PhaseSizes): string {
  const { silenceNs, warmup, ticks, slowWarmup, slowTicks } = sizes;
  const rhythm =
    silenceNs === 0
      ? `the next tick as soon as the order came; orders are answered ${WIRE_BATCH_TICKS} at a time, and the next tick ` +
        'waits until pongs say that the answers were read'
      : 'each order is answered at once, then the silence; measured from the time the tick was meant to leave';
  return (
    `a depth frame (12 levels) leaves on one WebSocket, the order's bytes arrive on another; ${PLACE}; ${rhythm}; ` +
    `warm-up ${warmup} ticks, then ${ticks} (ccxt ${slowWarmup} and ${slowTicks}); fresh processes each round; ` +
    "the value is a round's p50"
  );
}

function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** All sessions of one run of the bench: each goes through all phases, whose results wait until they are asked for. */
class Sessions {
  private readonly sizes: readonly PhaseSizes[];
  private readonly options: BenchOptions;
  private readonly cpus: WireCpus;
  private readonly waiting: Map<string, RoundResult[]> = new Map();
  /** p99 of each round, us. */
  readonly p99: Map<string, number[]> = new Map();
  readonly p50: Map<string, number[]> = new Map();
  lost = 0;
  stray = 0;
  exchangeGcs = 0;

  constructor(options: BenchOptions, cpus: WireCpus) {
    this.options = options;
    this.cpus = cpus;
    const all = options.isSmoke ? SMOKE : FULL;
    this.sizes = all.filter((each) =>
      WORDS.some((name) => hasWords(`${titleOf(each)} ${name}`, options.only)),
    );
  }

  get phases(): readonly PhaseSizes[] {
    return this.sizes;
  }

  /** The next round's result of a phase; a session is run when none waits. */
  async next(contender: Contender, sizes: PhaseSizes): Promise<RoundResult> {
    const key = keyOf(contender.name, sizes);
    let result = this.waiting.get(key)?.shift();
    if (result !== undefined) return result;
    await this.run(contender);
    result = this.waiting.get(key)?.shift();
    return result!;
  }

  /** A smoke run has one session for all rounds: starting the engine is most of its time. */
  async run(contender: Contender): Promise<void> {
    const { isSmoke, runs } = this.options;
    const repeats = isSmoke ? runs : 1;
    const sizes = Array.from({ length: repeats }, () => this.sizes).flat();
    const phases = sizes.map((each) => phaseOf(each, contender, isSmoke));
    const figures = await runSession(contender.start, phases, this.cpus);
    for (const [index, each] of sizes.entries()) {
      const key = keyOf(contender.name, each);
      const sorted = figures.phases[index].latenciesNs.toSorted();
      const p50 = percentile(sorted, 0.5) / 1e3;
      push(this.p50, key, p50);
      push(this.p99, key, percentile(sorted, 0.99) / 1e3);
      this.count(figures.phases[index]);
      push(this.waiting, key, {
        value: p50,
        checksum: figures.phases[index].checksum,
        operations: figures.ticks,
        gc: figures.gc,
        latenciesNs: figures.phases[index].latenciesNs,
      });
    }
  }

  private count({ lost, stray, exchangeGcs }: WireFigures): void {
    this.lost += lost;
    this.stray += stray;
    this.exchangeGcs += exchangeGcs;
  }
}

/** What a name must offer to `--only`, for finding out which phases are wanted at all. */
const WORDS: readonly string[] = [
  'shrike fused spin',
  'shrike fused backoff',
  'native client',
  'ws json.parse bot',
  'ccxt.pro bot',
];

function keyOf(name: string, sizes: PhaseSizes): string {
  return `${titleOf(sizes)}/${name}`;
}

function push<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const all = map.get(key);
  if (all === undefined) map.set(key, [value]);
  else all.push(value);
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

function medianText(values: readonly number[]): string {
  return `${median(values).toFixed(1)} us`;
}

/** p99 beside the table's p50: paired ratios like those. */
function tailNotes(sessions: Sessions, comparison: Comparison, sizes: PhaseSizes): string[] {
  const [ours] = comparison.rivals;
  const own = ours === undefined ? undefined : sessions.p99.get(keyOf(ours.name, sizes));
  if (own === undefined) return [];
  const rivals = comparison.rivals.slice(1).map(({ name }) => {
    const theirs = sessions.p99.get(keyOf(name, sizes))!;
    const ratio = median(theirs.map((value, round) => own[round] / value));
    return `${name} ${medianText(theirs)} (ours is ${ratio.toFixed(2)} times that)`;
  });
  const blind = sessions.p50.get(keyOf(FLOOR, sizes));
  const floorText =
    blind === undefined ? '' : `; floor (prepared order, nothing read): p50 ${medianText(blind)}`;
  return [
    `${comparison.title}: median p99 of a round ${[`${ours.name} ${medianText(own)}`, ...rivals].join(', ')}${floorText}`,
  ];
}

async function run(options: BenchOptions): Promise<BenchResult> {
  const native = await compileNative('wire-client');
  const cpus = await planWireCpus();
  const sessions = new Sessions(options, cpus);
  const absent = native.reason === null ? [] : [{ name: 'native client', reason: native.reason }];
  const all = contenders(native, options.isSmoke);
  const comparisons: Comparison[] = [];
  const notes: string[] = [];
  const isAlone = options.isOursOnly || options.only.length > 0 || options.isSmoke;
  for (const sizes of sessions.phases) {
    const rivals: Rival[] = all.map((contender) => ({
      name: contender.name,
      run: async () => await sessions.next(contender, sizes),
    }));
    const method = methodOf(sizes);
    const plan = { title: titleOf(sizes), unit: 'us', better: 'lower' as const, method, absent, rivals };
    const comparison = await comparePaired(plan, options);
    if (comparisons.length === 0 && !isAlone) for (const each of floor(native)) await sessions.run(each);
    comparisons.push(comparison);
    notes.push(...tailNotes(sessions, comparison, sizes));
  }
  const { lost, stray, exchangeGcs } = sessions;
  notes.push(
    cpus.text,
    `${lost} ticks without an order, ${stray} orders that belonged to no tick, ${exchangeGcs} collections in the exchange`,
    "a client's gc count is that of its whole session: start, warm-up and all phases",
    ...(native.compiler === null ? [] : [`native: ${native.compiler}`]),
  );
  return { name: wireToWire.name, summary: wireToWire.summary, comparisons, notes };
}

/** Depth frame on one WebSocket to order on another, measured by the exchange. */
export const wireToWire: Bench = {
  name: 'wire-to-wire',
  summary:
    'depth frame to order over WebSockets, timed by the exchange; ccxt.pro, ws + JSON.parse, native C++',
  run,
};
