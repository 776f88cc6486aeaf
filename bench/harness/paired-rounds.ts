import { hasWords } from './comparison.ts';
import type { AbsentRival, BenchOptions, Comparison, Rival, RivalResult, RoundResult } from './comparison.ts';
import { addGc, NO_GC } from './gc-watch.ts';
import type { GcCount } from './gc-watch.ts';
import { LatencyRecorder } from './latency.ts';

/** What is compared, without the results. */
export interface ComparisonPlan {
  readonly title: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly method: string;
  /** Ours first. */
  readonly rivals: readonly Rival[];
  readonly absent?: readonly AbsentRival[];
  readonly isOwn?: true;
}

interface Collected {
  readonly rival: Rival;
  readonly values: number[];
  readonly checksums: Set<string>;
  readonly latency: LatencyRecorder;
  operations: number;
  gc: GcCount;
  longestCycleNs: number | null;
  settings: RoundResult['settings'] | null;
}

/**
 * Those that were asked for: `--ours` takes the first, `--only` those whose title and name have the words, with ours
 * beside them: a rival alone says nothing.
 */
function chosenRivals(plan: ComparisonPlan, { isOursOnly, only }: BenchOptions): readonly Rival[] {
  const wanted = plan.rivals.filter(({ name }) => hasWords(`${plan.title} ${name}`, only));
  const [ours] = plan.rivals;
  const isAlone = wanted.length > 0 && plan.isOwn !== true && !wanted.includes(ours);
  const chosen = isAlone ? [ours, ...wanted] : wanted;
  return isOursOnly ? chosen.slice(0, 1) : chosen;
}

/**
 * Runs every rival once per round, so that each round's values were taken under the same conditions and may be divided.
 * The order turns with the rounds: no rival is always first or always behind the same one. Without any rival that was
 * asked for, nothing runs and the comparison is empty.
 */
export async function comparePaired(plan: ComparisonPlan, options: BenchOptions): Promise<Comparison> {
  const all: Collected[] = chosenRivals(plan, options).map((rival) => ({
    rival,
    values: [],
    checksums: new Set(),
    latency: new LatencyRecorder(),
    operations: 0,
    gc: NO_GC,
    longestCycleNs: null,
    settings: null,
  }));
  for (let round = 0; round < options.runs && all.length > 0; round++) {
    const turned = all.map((_, index) => all[(index + round) % all.length]);
    if (round % 2 === 1) turned.reverse();
    for (const collected of turned) {
      options.progress(`${plan.title}: round ${round + 1} of ${options.runs}, ${collected.rival.name}`);
      await runOnce(collected);
    }
  }
  const { title, unit, better, method, absent = [] } = plan;
  const own = plan.isOwn === true ? { isOwn: true as const } : {};
  return { title, unit, better, method, rivals: all.map(toResult), absent, ...own };
}

async function runOnce(collected: Collected): Promise<void> {
  const result = await collected.rival.run();
  collected.values.push(result.value);
  collected.checksums.add(result.checksum);
  collected.operations += result.operations;
  collected.gc = addGc(collected.gc, result.gc);
  if (result.latenciesNs !== undefined) collected.latency.record(result.latenciesNs);
  if (result.latencyHdrV2 !== undefined) collected.latency.add(result.latencyHdrV2);
  if (result.longestCycleNs !== undefined) {
    collected.longestCycleNs = Math.max(collected.longestCycleNs ?? 0, result.longestCycleNs);
  }
  if (result.settings !== undefined) collected.settings = result.settings;
}

function toResult(collected: Collected): RivalResult {
  const { rival, values, checksums, operations, gc, latency, longestCycleNs, settings } = collected;
  return {
    name: rival.name,
    values,
    /* A rival that does not agree with itself shows all its sums. */
    checksum: [...checksums].join('/'),
    operations,
    gc,
    latency: latency.finish(),
    ...(longestCycleNs === null ? {} : { longestCycleNs }),
    ...(settings === null || settings === undefined ? {} : { settings }),
  };
}
