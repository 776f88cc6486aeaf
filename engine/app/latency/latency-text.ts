import type {
  LateOrderStats,
  LatencyCauseCounts,
  LatencyPercentiles,
  LatencyReport,
} from '../../api/engine-stats.ts';
import { formatNs, table } from '../cli/text-table.ts';
import type { Row } from '../cli/text-table.ts';

/** Each stage and the ring its first part is spent in; the first has none. */
const EDGE_OF_STAGE: Readonly<Record<string, string>> = {
  decodedToBooked: 'feed-to-book',
  bookedToSignalled: 'book-to-strategy',
  signalledToApproved: 'strategy-to-risk',
  approvedToSent: 'risk-to-execution',
};

const CAUSE_WORDS: Readonly<Record<keyof LatencyCauseCounts, string>> = {
  gc: 'gc',
  schedulerGap: 'scheduler gap',
  longHandler: 'long handler',
  ringBacklog: 'ring backlog',
  unknown: 'unknown',
};
const CAUSES = Object.keys(CAUSE_WORDS) as (keyof LatencyCauseCounts)[];
const BAR_COLUMNS = 44;
const OFFENDERS_SHOWN = 5;

/** What of the figures concerns latency. */
export type LatencyFigures = Omit<LatencyReport, 'schema' | 'atEpochMs' | 'hdrV2'>;

function latencyRow(name: string, latency: LatencyPercentiles): Row {
  const { count, p50, p90, p99, p999, p9999, max } = latency;
  return [
    name,
    String(count),
    ...[p50, p90, p99, p999, p9999, max].map((ns) => (count === 0 ? '-' : formatNs(ns))),
  ];
}

/** The name of order-to-ack, which there is only where a venue answers. */
export function ackName(figures: Pick<LatencyFigures, 'orderToAckFrom'>): string {
  return figures.orderToAckFrom === 'venue' ? 'order-to-ack' : 'order-to-ack (no venue)';
}

/** Every stage with the ring before it, tick-to-order and order-to-ack. */
export function latencyTable(figures: LatencyFigures): string {
  const rows: Row[] = [['latency', 'count', 'p50', 'p90', 'p99', 'p99.9', 'p99.99', 'max']];
  for (const [stage, latency] of Object.entries(figures.stageNs)) {
    rows.push(latencyRow(`  ${stage}`, latency as LatencyPercentiles));
    const edge = EDGE_OF_STAGE[stage];
    const wait = edge === undefined ? undefined : figures.edgeNs[edge];
    if (wait !== undefined) rows.push(latencyRow(`    of it in ${edge}`, wait));
  }
  rows.push(latencyRow('tick-to-order', figures.tickToOrderNs));
  rows.push(latencyRow(ackName(figures), figures.orderToAckNs));
  const shown = Object.values(EDGE_OF_STAGE);
  for (const [edge, latency] of Object.entries(figures.edgeNs)) {
    if (!shown.includes(edge)) rows.push(latencyRow(`told by ${edge}`, latency));
  }
  return table(rows);
}

/** How many there are of each cause, the absent ones left out: `gc 3, long handler 1`. */
export function causesText(counts: LatencyCauseCounts): string {
  const present = CAUSES.filter((cause) => counts[cause] > 0);
  return present.map((cause) => `${CAUSE_WORDS[cause]} ${counts[cause]}`).join(', ');
}

/** All causes together. */
export function causesSum(counts: LatencyCauseCounts): number {
  return CAUSES.reduce((sum, cause) => sum + counts[cause], 0);
}

/** What was above the budget and why. */
export function overBudgetText(figures: LatencyFigures): string {
  const { overBudget, tickToOrderNs } = figures;
  if (overBudget.budgetNs === 0) return 'late orders: not looked for';
  const late = causesSum(overBudget.orders);
  const { halts, isHalted } = overBudget;
  const stops = halts === 0 ? '' : `; new orders stopped ${halts} times${isHalted ? ', now too' : ''}`;
  const pending = overBudget.pending > 0 ? `; ${overBudget.pending} not judged yet` : '';
  const head =
    `late orders (above ${formatNs(overBudget.budgetNs)}): ${late} of ${tickToOrderNs.count}` +
    `${late === 0 ? '' : `: ${causesText(overBudget.orders)}`}${pending}${stops}`;
  const lateStages = Object.entries(overBudget.stages).filter(([, counts]) => causesSum(counts) > 0);
  if (lateStages.length === 0) return head;
  const rows: Row[] = [
    [
      `late stages (above ${formatNs(overBudget.stageBudgetNs)})`,
      ...CAUSES.map((cause) => CAUSE_WORDS[cause]),
    ],
    ...lateStages.map(([stage, counts]) => [`  ${stage}`, ...CAUSES.map((cause) => String(counts[cause]))]),
  ];
  return `${head}\n${table(rows)}`;
}

/** The latest late orders, each with its stages. */
export function offendersText(figures: LatencyFigures): string {
  const { offenders } = figures.overBudget;
  if (offenders.length === 0) return '';
  const shown = offenders.slice(-OFFENDERS_SHOWN);
  return [
    `latest late orders (${shown.length} of ${offenders.length} kept)`,
    ...shown.map(offenderLine),
  ].join('\n');
}

function offenderLine(order: LateOrderStats): string {
  const stages = order.stages.map(({ stage, ns, cause, actor }) => {
    const why = cause === null ? '' : ` [${CAUSE_WORDS[cause]}${actor === null ? '' : `: ${actor}`}]`;
    return `${stage} ${formatNs(ns)}${why}`;
  });
  const seconds = (order.sentMs / 1000).toFixed(1);
  return `  at ${seconds} s: ${formatNs(order.tickToOrderNs)}, ${CAUSE_WORDS[order.cause]}; ${stages.join(', ')}`;
}

/** Where an order's time goes: one bar per stage, each beginning where the one before ends; `=` waits, `#` works. */
export function waterfallText(figures: LatencyFigures, percentile: 'p50' | 'p99'): string {
  const stages = Object.entries(figures.stageNs) as [string, LatencyPercentiles][];
  const totalNs = stages.reduce((sum, [, latency]) => sum + latency[percentile], 0);
  if (totalNs === 0) return `waterfall ${percentile}: no orders yet`;
  const nameWidth = Math.max(...stages.map(([stage]) => stage.length), 'tick-to-order'.length);
  let beforeNs = 0;
  const lines = stages.map(([stage, latency]) => {
    const edge = EDGE_OF_STAGE[stage];
    const waitNs = edge === undefined ? 0 : (figures.edgeNs[edge]?.[percentile] ?? 0);
    const ns = latency[percentile];
    const from = Math.round((beforeNs / totalNs) * BAR_COLUMNS);
    const to = Math.max(from + 1, Math.round(((beforeNs + ns) / totalNs) * BAR_COLUMNS));
    const waits = Math.min(to - from, Math.round((Math.min(waitNs, ns) / totalNs) * BAR_COLUMNS));
    beforeNs += ns;
    const bar = `${' '.repeat(from)}${'='.repeat(waits)}${'#'.repeat(to - from - waits)}`;
    return `  ${stage.padEnd(nameWidth)} |${bar.padEnd(BAR_COLUMNS + 1)}| ${formatNs(ns).padStart(9)}`;
  });
  return [
    `waterfall ${percentile} (= in the ring, # worked on)`,
    ...lines,
    `  ${'tick-to-order'.padEnd(nameWidth)} |${' '.repeat(BAR_COLUMNS + 1)}| ${formatNs(figures.tickToOrderNs[percentile]).padStart(9)}`,
  ].join('\n');
}
