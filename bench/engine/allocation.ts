import type { AllocationSite } from '../harness/allocation-sites.ts';
import type { Bench, BenchOptions, BenchResult, Rival, RoundResult } from '../harness/comparison.ts';
import { loadMarketFrames } from '../codec/market-frames.ts';
import { comparePaired } from '../harness/paired-rounds.ts';
import { tableText } from '../harness/report.ts';
import { buildTickLoop } from '../tick/tick-frames.ts';
import type { TickLoop } from '../tick/tick-frames.ts';
import { TickRig } from '../tick/tick-rig.ts';
import { tickChecksum, tickFigures } from '../tick/tick-stages.ts';

/** Over all rounds. */
const QUIET_TICKS = 5_000_000;
const ORDER_TICKS = 1_000_000;
const SMOKE_TICKS = 4_000;
const WARM_UP_TICKS = 20_000;
const WARM_UP_TICKS_SMOKE = 300;
const LOOP_FRAMES_SMOKE = 100;
/** Ticks watched by the sampling profiler, apart from the measured ones. */
const SAMPLED_TICKS = 100_000;
const IDLE_MS = 3_000;
const IDLE_MS_SMOKE = 200;
const SITES_SHOWN = 16;
/** The quietest strategy there is orders once in a million updates. */
const QUIET_ORDERS_MAX = 10;

const SUMMARY = 'garbage of the hot thread: without orders, with an order per tick, idle';

interface Work {
  readonly loop: TickLoop;
  readonly isSmoke: boolean;
  /** Allocation sites by kind of run, from its first round. */
  readonly sites: Map<string, { readonly sites: readonly AllocationSite[]; readonly per: number }>;
}

/** Takes a rig past its warm-up, has `measure` use it and ends it. */
async function withRig<Result>(
  work: Work,
  isQuiet: boolean,
  ticksMax: number,
  measure: (rig: TickRig, warmed: number) => Promise<Result>,
): Promise<Result> {
  const { loop, isSmoke } = work;
  const warmUpTicks = isSmoke ? WARM_UP_TICKS_SMOKE : WARM_UP_TICKS;
  const rig = new TickRig({
    loop,
    topology: 'fused',
    idle: 'spin',
    isQuiet,
    ticksMax,
    isRehearsing: !isSmoke,
  });
  try {
    await rig.start();
    const warmed = await rig.run({ kind: isQuiet ? 'blast' : 'closed', ticks: warmUpTicks });
    return await measure(rig, warmed);
  } finally {
    await rig.close();
  }
}

async function sampled(work: Work, name: string, rig: TickRig, act: () => Promise<void>): Promise<void> {
  if (work.sites.has(name)) return;
  const before = rig.cycles();
  const sites = await rig.allocationSites(act);
  const per = name === IDLE ? rig.cycles() - before : work.isSmoke ? SMOKE_TICKS : SAMPLED_TICKS;
  work.sites.set(name, { sites, per });
}

const QUIET = 'no orders';
const ORDERS = 'an order per tick';
const IDLE = 'idle, spinning';

/** Ticks in blocks of one event-loop turn: what is counted is what a tick makes, not what turning makes. */
async function ticksOnce(work: Work, isQuiet: boolean, ticks: number): Promise<RoundResult> {
  const { loop, isSmoke } = work;
  const sampledTicks = isSmoke ? SMOKE_TICKS : SAMPLED_TICKS;
  const logged = isQuiet ? WARM_UP_TICKS : Math.max(ticks, WARM_UP_TICKS, SMOKE_TICKS, sampledTicks);
  return await withRig(work, isQuiet, logged, async (rig, warmed) => {
    await rig.run({ kind: 'blast', ticks });
    const { allocatedBytes } = rig.log;
    const gc = await rig.gc();
    const figures = tickFigures(rig.log, isQuiet ? 0 : ticks, loop, warmed);
    const orders = rig.log.orderCount();
    const isRight = isQuiet ? orders <= QUIET_ORDERS_MAX : orders === ticks;
    if (!isRight) throw new Error(`${orders} orders came of ${ticks} ticks`);
    await sampled(work, isQuiet ? QUIET : ORDERS, rig, async () => {
      await rig.run({ kind: 'blast', ticks: sampledTicks });
    });
    const checksum = tickChecksum(loop, [figures]);
    return { value: allocatedBytes / ticks, checksum, operations: ticks, gc };
  });
}

async function idleOnce(work: Work): Promise<RoundResult> {
  const idle = { kind: 'idle', ticks: 0, ms: work.isSmoke ? IDLE_MS_SMOKE : IDLE_MS } as const;
  return await withRig(work, false, WARM_UP_TICKS, async (rig) => {
    const before = rig.cycles();
    await rig.run(idle);
    const cycles = rig.cycles() - before;
    const { allocatedBytes } = rig.log;
    const gc = await rig.gc();
    await sampled(work, IDLE, rig, async () => {
      await rig.run(idle);
    });
    const checksum = tickChecksum(work.loop, []);
    return { value: allocatedBytes / cycles, checksum, operations: cycles, gc };
  });
}

function siteLines(work: Work): string[] {
  return [...work.sites].flatMap(([name, { sites, per }]) => {
    const rows = sites.slice(0, SITES_SHOWN).map((site) => [site.name, (site.bytes / per).toFixed(2)]);
    const unit = name === IDLE ? 'bytes per turn' : 'bytes per tick';
    return rows.length === 0 ? [] : tableText([[`allocated by, ${name}`, unit], ...rows]).split('\n');
  });
}

async function run(options: BenchOptions): Promise<BenchResult> {
  const { isSmoke, runs } = options;
  const frames = await loadMarketFrames(isSmoke);
  const loop = buildTickLoop(frames, isSmoke ? LOOP_FRAMES_SMOKE : Infinity);
  const work: Work = { loop, isSmoke, sites: new Map() };
  const size = (ticks: number): number => (isSmoke ? SMOKE_TICKS : Math.ceil(ticks / runs));
  const [quietTicks, orderTicks] = [size(QUIET_TICKS), size(ORDER_TICKS)];
  const rivals: Rival[] = [
    { name: QUIET, run: async () => await ticksOnce(work, true, quietTicks) },
    { name: ORDERS, run: async () => await ticksOnce(work, false, orderTicks) },
    { name: IDLE, run: async () => await idleOnce(work) },
  ];
  const comparison = await comparePaired(
    {
      title: 'allocation, hot thread',
      unit: 'bytes per tick',
      better: 'lower',
      isOwn: true,
      method: [
        'value: bytes V8 allocated on the hot thread, per tick (idle: per turn of the event loop);',
        `fused, ${quietTicks} and ${orderTicks} ticks a round in blocks of one event-loop turn,`,
        `after a warm-up of ${isSmoke ? WARM_UP_TICKS_SMOKE : WARM_UP_TICKS} ticks; collections per tick or turn`,
      ].join(' '),
      rivals,
    },
    options,
  );
  const perCollection = comparison.rivals.map(({ name, gc, operations }) => {
    const each = gc.scavenges === 0 ? 'none' : `one in ${Math.round(operations / gc.scavenges)}`;
    return `${name}: ${gc.scavenges} scavenges over ${operations} ${name === IDLE ? 'turns' : 'ticks'} (${each})`;
  });
  const notes = [`frames: ${frames.source}`, ...perCollection, ...siteLines(work)];
  return { name: 'allocation', summary: SUMMARY, comparisons: [comparison], notes };
}

/** What the hot thread leaves for the collector. */
export const allocation: Bench = { name: 'allocation', summary: SUMMARY, run };
