import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Bench,
  BenchOptions,
  BenchResult,
  Comparison,
  RivalResult,
  RoundResult,
} from '../harness/comparison.ts';
import { median } from '../harness/comparison.ts';
import { EngineProcess } from '../harness/engine-process.ts';
import { LatencyRecorder } from '../harness/latency.ts';
import { comparePaired } from '../harness/paired-rounds.ts';

const CLIENTS = 5;
const WARM_UP_MS = 4_000;
const MEASURE_MS = 8_000;
const SMOKE_MS = 400;

const SUMMARY = 'tick-to-order of the running engine with and without telemetry clients';

/** Percentiles that are compared, by round. */
type Tails = Map<string, number[]>;

async function runOnce(clients: number, isSmoke: boolean, tails: Tails): Promise<RoundResult> {
  const engine = new EngineProcess(!isSmoke);
  try {
    await engine.start();
    await engine.attach(clients);
    await sleep(isSmoke ? SMOKE_MS : WARM_UP_MS);
    const before = await engine.latency();
    await sleep(isSmoke ? SMOKE_MS : MEASURE_MS);
    const after = await engine.latency();
    const { frames } = engine.telemetry();
    if (clients > 0 && frames === 0) throw new Error('the telemetry clients received nothing');
    const summary = await engine.stop();
    const recorder = new LatencyRecorder();
    recorder.add(after.hdrV2['tickToOrder'], before.hdrV2['tickToOrder']);
    const figures = recorder.finish()!;
    const name = `${clients} clients`;
    tails.set(name, [...(tails.get(name) ?? []), figures.p99]);
    const gc = summary.gc.find(({ thread }) => thread === 'hot');
    return {
      value: figures.p50,
      checksum: summary.invariantViolations === 0 ? 'sound' : summary.violations.join('; '),
      operations: figures.count,
      gc: { scavenges: gc?.count ?? 0, others: 0, longestMs: gc?.maxMs ?? 0 },
      latencyHdrV2: figures.hdrV2,
      settings: { topology: summary.topology, idle: summary.idle },
    };
  } finally {
    await engine.close();
  }
}

/** With and without clients, as `values` per round, relative to the first. */
function ratioLine(
  what: string,
  comparison: Comparison,
  valuesOf: (rival: RivalResult) => readonly number[],
): string[] {
  const [without, ...others] = comparison.rivals;
  return others.map((rival) => {
    const ratios = valuesOf(rival).map((value, round) => value / valuesOf(without)[round]);
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
    const spread = `[${least.toFixed(2)} .. ${most.toFixed(2)}]`;
    return `${what} with ${rival.name}: ${median(ratios).toFixed(2)}x of that with ${without.name} ${spread}`;
  });
}

async function run(options: BenchOptions): Promise<BenchResult> {
  const { isSmoke } = options;
  const tails: Tails = new Map();
  const comparison = await comparePaired(
    {
      title: 'telemetry tax, tick-to-order',
      unit: 'ns, p50',
      better: 'lower',
      isOwn: true,
      method: [
        'value: p50 of tick-to-order as the engine measures it, live mode on the embedded exchange, real sockets;',
        `${isSmoke ? SMOKE_MS : MEASURE_MS} ms a round after a warm-up of ${isSmoke ? SMOKE_MS : WARM_UP_MS} ms,`,
        'every round a new process; collections since its start; clients subscribe to every topic',
      ].join(' '),
      rivals: [0, CLIENTS].map((clients) => ({
        name: `${clients} clients`,
        run: async () => await runOnce(clients, isSmoke, tails),
      })),
    },
    options,
  );
  const notes = [
    ...ratioLine('p50', comparison, ({ values }) => values),
    ...ratioLine('p99', comparison, ({ name }) => tails.get(name)!),
    'on 2 cores api, exchange and clients share the one that is not the hot thread’s',
  ];
  return { name: 'telemetry-tax', summary: SUMMARY, comparisons: [comparison], notes };
}

/** What telemetry clients cost the orders. */
export const telemetryTax: Bench = { name: 'telemetry-tax', summary: SUMMARY, run };
