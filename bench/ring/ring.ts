import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import { comparePaired } from '../harness/paired-rounds.ts';
import type { ComparisonPlan } from '../harness/paired-rounds.ts';
import { median } from '../harness/comparison.ts';
import type {
  AbsentRival,
  Bench,
  BenchOptions,
  BenchResult,
  Rival,
  RoundResult,
} from '../harness/comparison.ts';
import { addGc, NO_GC } from '../harness/gc-watch.ts';
import { checksumText } from '../harness/micro.ts';
import { compileNative, runNative } from '../harness/native-program.ts';
import { BLOCK_RECORDS, CONTROL, QUEUE_BYTES } from './ring-job.ts';
import type { QueueName, RingJob, RingOutcome, RingRole } from './ring-job.ts';
import { ringbufMemory } from './ring-ringbuf.ts';
import { shrikeMemory } from './ring-shrike.ts';

/** How much of everything. */
interface Sizes {
  readonly warmupBlocks: number;
  readonly blocks: number;
  readonly slowWarmupBlocks: number;
  readonly slowBlocks: number;
  readonly warmupTrips: number;
  readonly trips: number;
  readonly quietTrips: number;
}

const FULL: Sizes = {
  warmupBlocks: 100,
  blocks: 200,
  slowWarmupBlocks: 10,
  slowBlocks: 20,
  warmupTrips: 20_000,
  trips: 100_000,
  quietTrips: 1_000,
};
const SMOKE: Sizes = {
  warmupBlocks: 1,
  blocks: 1,
  slowWarmupBlocks: 1,
  slowBlocks: 1,
  warmupTrips: 100,
  trips: 1_000,
  quietTrips: 50,
};
const BATCH_RECORDS = 50;
const SILENCE_NS = 500_000;
/** How the native queue stores its positions: as C++ would, and as JavaScript's only atomic store does. */
const RELEASE = 0;
const SEQ_CST = 1;

type Task = Omit<RingJob, 'queue' | 'role' | 'forth' | 'back' | 'control' | 'port'>;

const NO_WORK: Task = {
  batch: 1,
  warmupBlocks: 0,
  blocks: 0,
  warmupTrips: 0,
  trips: 0,
  idle: 'spin',
  silenceNs: 0,
};

function memoryOf(queue: QueueName): SharedArrayBuffer {
  if (queue === 'shrike') return shrikeMemory();
  if (queue === 'ringbuf') return ringbufMemory();
  return new SharedArrayBuffer(8);
}

async function outcomeOf(worker: Worker): Promise<RingOutcome> {
  const [outcome] = (await once(worker, 'message')) as [RingOutcome];
  return outcome;
}

/** Two fresh threads do one job; the second role's figures count. Fresh, so that no rival meets another's feedback. */
async function runThreads(
  queue: QueueName,
  fed: RingRole,
  measured: RingRole,
  task: Task,
): Promise<RingOutcome> {
  const control = new Int32Array(new SharedArrayBuffer(CONTROL.count * 4));
  const { port1, port2 } = new MessageChannel();
  const shared = { ...task, queue, control, forth: memoryOf(queue), back: memoryOf(queue) };
  const isPort = queue === 'message-port';
  const start = (role: RingRole, port: typeof port1): Worker => {
    const workerData: RingJob = { ...shared, role, port: isPort ? port : null };
    return new Worker(new URL('./ring-thread.ts', import.meta.url), {
      workerData,
      transferList: isPort ? [port] : [],
    });
  };
  const workers = [start(fed, port1), start(measured, port2)];
  const exits = workers.map(async (worker) => await once(worker, 'exit'));
  try {
    const [feeder, meter] = await Promise.all(workers.map(outcomeOf));
    await Promise.all(exits);
    return { ...meter, gc: addGc(meter.gc, feeder.gc) };
  } finally {
    for (const worker of workers) await worker.terminate();
    port1.close();
    port2.close();
  }
}

function streamResult({ spansNs, checksum, gc }: RingOutcome): RoundResult {
  const operations = spansNs.length * BLOCK_RECORDS;
  const value = (BLOCK_RECORDS * 1e3) / median([...spansNs]);
  return { value, checksum: checksumText(checksum >>> 0), operations, gc };
}

function streamRival(name: string, queue: QueueName, task: Task): Rival {
  return {
    name,
    run: async () => streamResult(await runThreads(queue, 'produce', 'consume', task)),
  };
}

function tripResult({ spansNs: latenciesNs, checksum, gc }: RingOutcome): RoundResult {
  const operations = latenciesNs.length;
  const value = median([...latenciesNs]);
  return { value, checksum: checksumText(checksum >>> 0), operations, gc, latenciesNs };
}

function tripRival(name: string, queue: QueueName, task: Task): Rival {
  return { name, run: async () => tripResult(await runThreads(queue, 'pong', 'ping', task)) };
}

async function runNativeRing(path: string, mode: string, args: readonly number[]): Promise<RingOutcome> {
  const [checksum, spans = ''] = (await runNative(path, [mode, QUEUE_BYTES, ...args])).split('\n');
  const spansNs = Float64Array.from(
    spans.split(' ').filter((span) => span !== ''),
    Number,
  );
  return { spansNs, checksum: Number(checksum), gc: NO_GC };
}

function nativeStream(name: string, path: string, task: Task, order: number): Rival {
  const args = [BLOCK_RECORDS, task.warmupBlocks, task.blocks, task.batch, order];
  return { name, run: async () => streamResult(await runNativeRing(path, 'stream', args)) };
}

function nativeTrip(name: string, path: string, task: Task, order: number): Rival {
  const args = [task.warmupTrips, task.trips, task.silenceNs, order];
  return { name, run: async () => tripResult(await runNativeRing(path, 'trip', args)) };
}

interface Native {
  readonly path: string | null;
  readonly absent: readonly AbsentRival[];
}

function streamPlans(sizes: Sizes, native: Native): ComparisonPlan[] {
  const { warmupBlocks, blocks, slowWarmupBlocks, slowBlocks } = sizes;
  const method = (batch: string): string =>
    `records of 64 bytes (56 payload), ${QUEUE_BYTES / 1024} KiB queue, ${batch}; warm-up ` +
    `${warmupBlocks * BLOCK_RECORDS} records, then ${blocks * BLOCK_RECORDS} (MessagePort ` +
    `${slowWarmupBlocks * BLOCK_RECORDS} and ${slowBlocks * BLOCK_RECORDS}); the value is the median block of ` +
    `${BLOCK_RECORDS} records; fresh threads each round`;
  const fast: Task = { ...NO_WORK, warmupBlocks, blocks };
  const slow: Task = { ...NO_WORK, warmupBlocks: slowWarmupBlocks, blocks: slowBlocks };
  const batch = { batch: BATCH_RECORDS };
  const { path, absent } = native;
  const natively = (name: string, task: Task, order = RELEASE): Rival[] =>
    path === null ? [] : [nativeStream(name, path, task, order)];
  return [
    {
      title: 'ring throughput, single',
      unit: 'M records/s',
      better: 'higher',
      method: method('each record published on its own, taken as the engine polls'),
      absent,
      rivals: [
        streamRival('shrike ring', 'shrike', fast),
        ...natively('native SPSC push/pop', fast),
        ...natively('native SPSC, seq_cst', fast, SEQ_CST),
        streamRival('ringbuf.js', 'ringbuf', fast),
        streamRival('MessagePort', 'message-port', slow),
      ],
    },
    {
      title: 'ring throughput, batched',
      unit: 'M records/s',
      better: 'higher',
      method: method(`${BATCH_RECORDS} records published at once (native push/pop one by one)`),
      absent,
      rivals: [
        streamRival('shrike ring', 'shrike', { ...fast, ...batch }),
        ...natively('native SPSC push/pop', fast),
        ...natively('native SPSC batched', { ...fast, ...batch }),
        streamRival('ringbuf.js', 'ringbuf', { ...fast, ...batch }),
        streamRival('MessagePort', 'message-port', { ...fast, ...slow, ...batch }),
      ],
    },
  ];
}

function tripPlans(sizes: Sizes, native: Native): ComparisonPlan[] {
  const { warmupTrips, trips, quietTrips } = sizes;
  const busy: Task = { ...NO_WORK, warmupTrips, trips };
  const quiet: Task = {
    ...NO_WORK,
    warmupTrips,
    trips: quietTrips,
    silenceNs: SILENCE_NS,
  };
  const { path, absent } = native;
  const method = (task: Task): string =>
    `closed loop, 64-byte records there and back, ${task.silenceNs / 1e3} us of silence before each; warm-up ` +
    `${task.warmupTrips} trips without silence, then ${task.trips}; the value is a round's p50; one reading of the clock a trip`;
  const natively = (name: string, task: Task, order: number): Rival[] =>
    path === null ? [] : [nativeTrip(name, path, task, order)];
  const plan = (title: string, task: Task): ComparisonPlan => ({
    title,
    unit: 'ns',
    better: 'lower',
    method: method(task),
    absent,
    rivals: [
      tripRival('shrike ring, spin', 'shrike', task),
      ...natively('native SPSC, spin', task, RELEASE),
      ...natively('native SPSC, seq_cst, spin', task, SEQ_CST),
      tripRival('shrike ring, backoff', 'shrike', { ...task, idle: 'backoff' }),
      tripRival('shrike ring, park', 'shrike', { ...task, idle: 'park' }),
      tripRival('ringbuf.js, spin', 'ringbuf', task),
      tripRival('MessagePort', 'message-port', task),
    ],
  });
  return [plan('ring round trip', busy), plan('ring round trip after silence', quiet)];
}

async function run(options: BenchOptions): Promise<BenchResult> {
  const sizes = options.isSmoke ? SMOKE : FULL;
  const program = await compileNative('ring-bench');
  const native: Native = {
    path: program.path,
    absent: program.reason === null ? [] : [{ name: 'native SPSC', reason: program.reason }],
  };
  const comparisons = [];
  for (const plan of [...streamPlans(sizes, native), ...tripPlans(sizes, native)]) {
    comparisons.push(await comparePaired(plan, options));
  }
  const notes = [
    'two threads; both spin in throughput, so two cores are full',
    'scavenges in the round trips come from reading the clock, which makes a number on the heap',
    ...(program.compiler === null ? [] : [`native: ${program.compiler}`]),
  ];
  return { name: ring.name, summary: ring.summary, comparisons, notes };
}

/** Throughput and round trip between two threads. */
export const ring: Bench = {
  name: 'ring',
  summary:
    'ring between two threads: throughput and round trip, against ringbuf.js, MessagePort and native C++',
  run,
};
