import { writeFileSync } from 'node:fs';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import type { LatencyPercentiles, LatencyReport } from '../../api/engine-stats.ts';
import { CliError } from '../cli/cli-error.ts';
import type { VerbCall } from '../cli/verb.ts';
import { loadConfig } from '../config/config.ts';
import type { EngineConfig } from '../config/config-types.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { svgPlot, terminalPlot } from './latency-plot.ts';
import type { PercentileCurve } from './latency-plot.ts';
import { lastReport, reportOfEngine, reportOfFile } from './latency-source.ts';
import type { FoundReport } from './latency-source.ts';
import { ackName, latencyTable, offendersText, overBudgetText, waterfallText } from './latency-text.ts';
import { printJson, printNote, printText } from '../cli/output.ts';
import { formatUptime } from '../run/status-line.ts';

/** Points of a curve per factor of ten of 1 / (1 - p). */
const POINTS_PER_DECADE = 8;
const COLUMNS_DEFAULT = 90;
const COLUMNS_MAX = 140;

/** Options of `latency`. */
export interface LatencyOptions {
  /** Base URL of an engine's API. */
  readonly url?: string;
  readonly mode?: string;
  readonly venue?: string;
  /** File for the curve. */
  readonly svg?: string;
  readonly stages?: boolean;
}

/** What `shrike latency` does: prints a running engine's latency, or that of a finished run. Returns the exit code. */
export async function showLatency(call: VerbCall<LatencyOptions>): Promise<number> {
  const { options, isJson } = call;
  const found = await find(call);
  const { report } = found;
  const curves = curvesOf(report, options.stages === true);
  if (options.svg !== undefined) {
    writeFileSync(options.svg, svgPlot(curves, `${headline(report)}: latency by percentile`));
    printNote(`curve written to ${options.svg}`);
  }
  if (isJson) printJson({ ...report, from: found.from, isRunning: found.isRunning });
  else printText(latencyText(found, curves, process.stdout.columns));
  return EXIT.ok;
}

async function find({ operands, options, sources }: VerbCall<LatencyOptions>): Promise<FoundReport> {
  const [file] = operands;
  if (typeof file === 'string') return reportOfFile(file);
  const { config } = loadConfig(sources);
  const baseUrl = options.url ?? apiUrl(config);
  const isChoosing = options.url === undefined && (options.mode !== undefined || options.venue !== undefined);
  const running = isChoosing ? null : await reportOfEngine(baseUrl);
  if (running !== null) return running;
  const finished =
    options.url === undefined ? lastReport(config.state.dir, options.mode, options.venue) : null;
  if (finished !== null) return finished;
  const where = options.url === undefined ? `, and no finished run in ${config.state.dir}` : '';
  throw new CliError(
    'NO_LATENCY',
    [
      `no engine listens at ${baseUrl}${where}`,
      '  start one (npm start), name its api (--url http://HOST:PORT, printed at its start),',
      '  or give the summary of a run: shrike run --json > run.json, then shrike latency run.json',
    ].join('\n'),
    EXIT.failure,
  );
}

/** Where an engine with this configuration would be found. */
function apiUrl({ api }: EngineConfig): string {
  const host = api.host.includes(':') ? `[${api.host}]` : api.host;
  return `http://${host}:${api.port}`;
}

function headline({ mode, venue, strategy, topology, idle, durationMs }: LatencyReport): string {
  return `${mode} on ${venue}, ${strategy}, ${topology}/${idle}, ${formatUptime(durationMs)}`;
}

function latencyText(
  found: FoundReport,
  curves: readonly PercentileCurve[],
  width: number | undefined,
): string {
  const { report, from, isRunning } = found;
  const columns = Math.min(COLUMNS_MAX, width ?? COLUMNS_DEFAULT);
  const plot = terminalPlot(curves, columns);
  const parts = [
    `${headline(report)}; ${isRunning ? 'running at' : 'from'} ${from}`,
    waterfallText(report, 'p50'),
    waterfallText(report, 'p99'),
    plot === '' ? '' : `percentile curve\n${plot}`,
    latencyTable(report),
    overBudgetText(report),
    offendersText(report),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function curvesOf(report: LatencyReport, withStages: boolean): PercentileCurve[] {
  const curves = [
    curveOf('tick-to-order', report.hdrV2['tickToOrder'], report.tickToOrderNs),
    curveOf(ackName(report), report.hdrV2['orderToAck'], report.orderToAckNs),
  ];
  if (!withStages) return curves;
  const stages = Object.entries(report.stageNs) as [string, LatencyPercentiles][];
  return [...curves, ...stages.map(([stage, latency]) => curveOf(stage, report.hdrV2[stage], latency))];
}

/** From the whole distribution, up to the percentile its last value decides; from the few percentiles without it. */
function curveOf(name: string, hdrV2: string | undefined, summary: LatencyPercentiles): PercentileCurve {
  if (summary.count === 0) return { name, points: [] };
  if (hdrV2 === undefined) {
    const { p50, p90, p99, p999, p9999 } = summary;
    const points: [number, number][] = [
      [50, p50],
      [90, p90],
      [99, p99],
      [99.9, p999],
      [99.99, p9999],
    ];
    return { name, points: points.filter(([percentile]) => (1 - percentile / 100) * summary.count >= 1) };
  }
  const histogram = decodeFromCompressedBase64(hdrV2);
  const points: [number, number][] = [];
  for (let point = 0; ; point++) {
    const beyond = 10 ** (-point / POINTS_PER_DECADE);
    if (beyond * summary.count < 1) return { name, points };
    const percentile = 100 * (1 - beyond);
    points.push([percentile, histogram.getValueAtPercentile(percentile)]);
  }
}
