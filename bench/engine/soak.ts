import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineStats, LatencyCauseCounts, LatencyReport } from '../../engine/api/engine-stats.ts';
import type { Bench, BenchOptions, BenchResult, RivalResult } from '../harness/comparison.ts';
import { EngineProcess } from '../harness/engine-process.ts';
import { LatencyRecorder } from '../harness/latency.ts';
import { durationText, tableText } from '../harness/report.ts';

const CLIENTS = 5;
const MINUTES_DEFAULT = 10;
const WARM_UP_MS = 10_000;
const MINUTE_MS = 60_000;
/** In a smoke run three "minutes" of this length. */
const SMOKE_MINUTES = 3;
const SMOKE_MS = 500;

const SUMMARY = 'the engine for ten minutes at 2,000 ticks/s with telemetry clients, minute by minute';

/** The engine at the end of a minute. */
interface Reading {
  readonly stats: EngineStats;
  readonly latency: LatencyReport;
  readonly telemetryBytes: number;
}

async function read(engine: EngineProcess): Promise<Reading> {
  const [stats, latency] = [await engine.stats(), await engine.latency()];
  return { stats, latency, telemetryBytes: engine.telemetry().bytes };
}

function hotGc({ stats }: Reading): { readonly count: number; readonly maxMs: number } {
  return stats.gc.find(({ thread }) => thread === 'hot') ?? { count: 0, maxMs: 0 };
}

function stallsOf({ stats }: Reading): number {
  return stats.actors.filter(({ thread }) => thread === 'hot').reduce((sum, { stalls }) => sum + stalls, 0);
}

function causesText(before: LatencyCauseCounts, after: LatencyCauseCounts): string {
  const names = Object.keys(after) as (keyof LatencyCauseCounts)[];
  const grown = names.filter((name) => after[name] > before[name]);
  return grown.length === 0 ? '-' : grown.map((name) => `${name} ${after[name] - before[name]}`).join(' ');
}

function minuteResult(minute: number, before: Reading, after: Reading): RivalResult {
  const recorder = new LatencyRecorder();
  recorder.add(after.latency.hdrV2['tickToOrder'], before.latency.hdrV2['tickToOrder']);
  const latency = recorder.finish();
  const gc = hotGc(after);
  return {
    name: `minute ${minute}`,
    values: [latency?.p50 ?? NaN],
    checksum: after.stats.invariantViolations === 0 ? 'sound' : after.stats.violations.join('; '),
    operations: latency?.count ?? 0,
    /* The longest is that since the start: the engine keeps no other. */
    gc: { scavenges: gc.count - hotGc(before).count, others: 0, longestMs: gc.maxMs },
    latency,
  };
}

function minuteRow(minute: number, before: Reading, after: Reading, ms: number): string[] {
  const { stats } = after;
  return [
    `minute ${minute}`,
    ((stats.ticks - before.stats.ticks) / (ms / 1e3)).toFixed(0),
    ((stats.orders.submitted - before.stats.orders.submitted) / (ms / 1e3)).toFixed(0),
    String(stallsOf(after) - stallsOf(before)),
    durationText(
      Math.max(...stats.actors.map(({ thread, maxCycleNs }) => (thread === 'hot' ? maxCycleNs : 0))),
    ),
    stats.rssMb.toFixed(0),
    (stats.heapMb['hot'] ?? 0).toFixed(1),
    ((after.telemetryBytes - before.telemetryBytes) / 1e6).toFixed(1),
    causesText(before.latency.overBudget.orders, after.latency.overBudget.orders),
  ];
}

const HEAD: readonly string[] = [
  'engine',
  'ticks/s',
  'orders/s',
  'stalls',
  'longest cycle so far',
  'RSS MB',
  'hot heap MB',
  'telemetry MB',
  'late orders by cause',
];

async function run(options: BenchOptions): Promise<BenchResult> {
  const { isSmoke } = options;
  const minutes = options.minutes ?? (isSmoke ? SMOKE_MINUTES : MINUTES_DEFAULT);
  const minuteMs = isSmoke ? SMOKE_MS : MINUTE_MS;
  const engine = new EngineProcess(!isSmoke);
  try {
    await engine.start();
    await engine.attach(CLIENTS);
    await sleep(isSmoke ? SMOKE_MS : WARM_UP_MS);
    const rivals: RivalResult[] = [];
    const rows: string[][] = [];
    let before = await read(engine);
    let beforeMs = performance.now();
    for (let minute = 1; minute <= minutes; minute++) {
      options.progress(`soak: minute ${minute} of ${minutes}`);
      await sleep(beforeMs + minuteMs - performance.now());
      const after = await read(engine);
      const afterMs = performance.now();
      rivals.push(minuteResult(minute, before, after));
      rows.push(minuteRow(minute, before, after, afterMs - beforeMs));
      [before, beforeMs] = [after, afterMs];
    }
    const summary = await engine.stop();
    const { budgetNs } = summary.overBudget;
    const method = [
      'value: p50 of tick-to-order as the engine measures it, live mode on the embedded exchange, real sockets, fused,',
      `spin, pinned; a warm-up of ${isSmoke ? SMOKE_MS : WARM_UP_MS} ms, then ${minutes} x ${minuteMs} ms;`,
      `${CLIENTS} telemetry clients subscribe to every topic`,
    ].join(' ');
    const notes = [
      ...tableText([HEAD, ...rows]).split('\n'),
      `late: tick-to-order above ${durationText(budgetNs)}; the summary counts ${summary.invariantViolations} violations`,
    ];
    const comparison = { title: 'soak, tick-to-order', unit: 'ns, p50', better: 'lower', method } as const;
    return {
      name: 'soak',
      summary: SUMMARY,
      comparisons: [{ ...comparison, rivals, absent: [], isOwn: true }],
      notes,
    };
  } finally {
    await engine.close();
  }
}

/** Whether the engine after ten minutes is the engine of the first. */
export const soak: Bench = { name: 'soak', summary: SUMMARY, run };
