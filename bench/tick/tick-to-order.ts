import type {
  Bench,
  BenchOptions,
  BenchResult,
  Comparison,
  Rival,
  RoundResult,
} from '../harness/comparison.ts';
import { loadMarketFrames } from '../codec/market-frames.ts';
import { comparePaired } from '../harness/paired-rounds.ts';
import { buildTickLoop, TICK_KIND } from './tick-frames.ts';
import type { TickLoop } from './tick-frames.ts';
import { TickRig } from './tick-rig.ts';
import type { TickRigOptions } from './tick-rig.ts';
import { StageTable, tickChecksum, tickFigures } from './tick-stages.ts';
import type { TickFigures } from './tick-stages.ts';
import { loadBurst, syntheticBurst } from './tick-burst.ts';
import type { Burst } from './tick-burst.ts';
import { addGc, NO_GC } from '../harness/gc-watch.ts';

/** How much is done per rate. */
interface RateSize {
  readonly perSecond: number;
  readonly ticks: number;
}

const RATES: readonly RateSize[] = [
  { perSecond: 100, ticks: 400 },
  { perSecond: 1_000, ticks: 5_000 },
  { perSecond: 10_000, ticks: 20_000 },
  { perSecond: 50_000, ticks: 50_000 },
];
const RATES_SMOKE: readonly RateSize[] = [{ perSecond: 1_000, ticks: 200 }];
const WARM_UP_TICKS = 20_000;
const WARM_UP_TICKS_SMOKE = 300;
const LOOP_FRAMES_SMOKE = 100;
const BURST_RECORDINGS: readonly string[] = [
  'captures/binance-spot-btcusdt-20240808.frames.gz',
  'captures/binance-usdm-btcusdt-20240808.frames.gz',
];
const BURST_LAPS = 8;
const SMOKE_SPEED = 5;
const TOPOLOGIES = ['fused', 'split', 'dedicated'] as const;
const IDLES = ['spin', 'backoff', 'park'] as const;

const SUMMARY = 'frame bytes to order bytes through all five actors, open loop';

/** What the runs of this bench share. */
interface Work {
  readonly loop: TickLoop;
  readonly warmUpTicks: number;
  readonly stages: StageTable;
  readonly isSmoke: boolean;
}

type Setup = Pick<TickRigOptions, 'topology' | 'idle'>;

const SETUPS: readonly Setup[] = TOPOLOGIES.flatMap((topology) => IDLES.map((idle) => ({ topology, idle })));
const SETUPS_SMOKE: readonly Setup[] = [
  { topology: 'fused', idle: 'spin' },
  { topology: 'split', idle: 'park' },
  { topology: 'dedicated', idle: 'park' },
];

async function runOnce(work: Work, setup: Setup, rate: RateSize, name: string): Promise<RoundResult> {
  const { loop, warmUpTicks, stages } = work;
  const ticksMax = Math.max(warmUpTicks, rate.ticks);
  const rig = new TickRig({ ...setup, loop, ticksMax, isRehearsing: !work.isSmoke });
  try {
    await rig.start();
    const warmTicks = await rig.run({ kind: 'closed', ticks: warmUpTicks });
    const warm = tickFigures(rig.log, warmTicks, loop, 0);
    rig.forgetLongestCycle();
    await rig.run({ kind: 'paced', ...rate });
    const figures = tickFigures(rig.log, rate.ticks, loop, warmTicks);
    stages.add(name, figures);
    const sorted = figures.latenciesNs.toSorted();
    return {
      value: sorted[sorted.length >> 1],
      checksum: tickChecksum(loop, [warm, figures]),
      operations: figures.latenciesNs.length,
      gc: await rig.gc(),
      latenciesNs: figures.latenciesNs,
      longestCycleNs: rig.longestCycleNs(),
      settings: { topology: setup.topology, idle: setup.idle, processors: rig.pinning },
    };
  } finally {
    await rig.close();
  }
}

function rivalsOf(work: Work, rate: RateSize, setups: readonly Setup[]): Rival[] {
  return setups.map((setup): Rival => {
    const name = `${setup.topology}, ${setup.idle}`;
    const run = `${rate.perSecond} ticks/s, ${name}`;
    return { name, run: async () => await runOnce(work, setup, rate, run) };
  });
}

/** The burst at its real spacing, again and again; in between it is undone in closed loop. */
async function burstOnce(
  work: Work,
  burst: Burst,
  laps: number,
  name: string,
  isWhole: boolean,
): Promise<RoundResult> {
  const { loop, frames } = burst;
  const offsetsNs = work.isSmoke ? burst.offsetsNs.map((offset) => offset / SMOKE_SPEED) : burst.offsetsNs;
  const back = loop.count - frames;
  const orders = frames - quotesAndTrades(burst);
  const warmUpLaps = Math.ceil(work.warmUpTicks / (orders + back));
  const rig = new TickRig({
    topology: 'fused',
    idle: 'spin',
    loop,
    ticksMax: loop.count,
    isRehearsing: !work.isSmoke,
  });
  const runs: TickFigures[] = [];
  const spans: number[] = [];
  let gc = NO_GC;
  try {
    await rig.start();
    await rig.run({ kind: 'blast', ticks: warmUpLaps * loop.count }, warmUpLaps * (orders + back));
    rig.forgetLongestCycle();
    for (let lap = 0; lap < laps; lap++) {
      await rig.run({ kind: 'burst', ticks: frames, offsetsNs }, orders);
      const figures = tickFigures(rig.log, frames, loop, 0);
      runs.push(figures);
      if (isWhole) {
        for (let tick = 0; tick < frames; tick++) spans.push(rig.log.doneNs[tick] - rig.log.intendedNs[tick]);
      } else {
        spans.push(...figures.latenciesNs);
        work.stages.add(name, figures);
      }
      gc = addGc(gc, await rig.gc());
      await rig.run({ kind: 'closed', ticks: back });
    }
    const latenciesNs = Float64Array.from(spans);
    const sorted = latenciesNs.toSorted();
    return {
      value: sorted[sorted.length >> 1],
      checksum: tickChecksum(loop, runs),
      operations: latenciesNs.length,
      gc,
      latenciesNs,
      longestCycleNs: rig.longestCycleNs(),
      settings: { topology: 'fused', idle: 'spin', processors: rig.pinning },
    };
  } finally {
    await rig.close();
  }
}

function quotesAndTrades({ loop }: Burst): number {
  return loop.kinds.reduce((count, kind) => (kind === TICK_KIND.depth ? count : count + 1), 0);
}

async function loadBursts(isSmoke: boolean, notes: string[]): Promise<Burst[]> {
  const bursts: Burst[] = [];
  for (const file of isSmoke ? BURST_RECORDINGS.slice(0, 1) : BURST_RECORDINGS) {
    const burst = await loadBurst(file);
    if (burst === null) notes.push(`skipped, not there: the burst of ${file}`);
    else bursts.push(burst);
  }
  return bursts.length > 0 ? bursts : [syntheticBurst()];
}

async function compareBurst(work: Work, burst: Burst, options: BenchOptions): Promise<Comparison> {
  const laps = options.isSmoke ? 1 : BURST_LAPS;
  const run = `burst of ${burst.frames}, fused, spin`;
  return await comparePaired(
    {
      title: `tick-to-order, burst of ${burst.frames} frames in a second`,
      unit: 'ns, p50',
      better: 'lower',
      isOwn: true,
      method: [
        'value: p50 of the round, from the time a frame was meant to be sent, at the recorded spacing;',
        `${laps} bursts a round;`,
        `${quotesAndTrades(burst)} of the frames are quotes and trades, the others depth frames with an order each;`,
        `warm-up: the same frames without pause until ${work.warmUpTicks} orders;`,
        'second rival: from each frame until all actors have done with it',
      ].join(' '),
      rivals: [
        { name: 'fused, spin', run: async () => await burstOnce(work, burst, laps, run, false) },
        { name: 'fused, spin, every frame', run: async () => await burstOnce(work, burst, laps, run, true) },
      ],
    },
    options,
  );
}

function methodOf(rate: RateSize, warmUpTicks: number): string {
  return [
    `value: p50 of the round; a latency runs from the time a tick was meant to be sent to the order's signed bytes;`,
    `${rate.ticks} ticks a round after a warm-up of ${warmUpTicks} ticks in closed loop (at most 6 s), every round a new engine;`,
    'an order per tick, ended by the venue in a later turn',
  ].join(' ');
}

async function run(options: BenchOptions): Promise<BenchResult> {
  const frames = await loadMarketFrames(options.isSmoke);
  const loop = buildTickLoop(frames, options.isSmoke ? LOOP_FRAMES_SMOKE : Infinity);
  const warmUpTicks = options.isSmoke ? WARM_UP_TICKS_SMOKE : WARM_UP_TICKS;
  const work: Work = { loop, warmUpTicks, stages: new StageTable(), isSmoke: options.isSmoke };
  const comparisons: Comparison[] = [];
  for (const rate of options.isSmoke ? RATES_SMOKE : RATES) {
    const plan = {
      title: `tick-to-order, ${rate.perSecond} ticks/s`,
      unit: 'ns, p50',
      better: 'lower' as const,
      isOwn: true as const,
      method: methodOf(rate, warmUpTicks),
      rivals: rivalsOf(work, rate, options.isSmoke ? SETUPS_SMOKE : SETUPS),
    };
    comparisons.push(await comparePaired(plan, options));
  }
  const burstNotes: string[] = [];
  for (const burst of await loadBursts(options.isSmoke, burstNotes)) {
    burstNotes.push(`burst of ${burst.frames} frames: ${burst.source}`);
    comparisons.push(await compareBurst(work, burst, options));
  }
  const meanBytes = Math.round(loop.bytes.length / loop.count);
  const notes = [
    `frames: ${frames.source}`,
    `${loop.count} depth frames in a loop, the second half undoing the first; mean ${meanBytes} bytes, largest ${loop.bytesMax}`,
    'orders signed with HMAC-SHA256; intent log and journal written to a temporary folder; api and analysis off',
    'spin: the source is on the market-data thread and looks at the clock between turns of its event loop',
    'backoff and park: a thread of its own watches the clock and wakes the market-data thread; it takes a core',
    'no order: ticks for which none was sent, because the engine was behind and took newer ones; they have no latency',
    'split and dedicated have more hot threads than 2 cores can turn: there, their figures show the scheduler',
    ...burstNotes,
    ...work.stages.lines(),
  ];
  return { name: 'tick-to-order', summary: SUMMARY, comparisons, notes };
}

/** From a depth frame's bytes to the order's bytes in one process, per topology and idle strategy. */
export const tickToOrder: Bench = { name: 'tick-to-order', summary: SUMMARY, run };
