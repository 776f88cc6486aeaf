import { disagreeing, median, speedRatio } from './comparison.ts';
import type { BenchResult, Comparison, RivalResult } from './comparison.ts';
import { environmentLines } from './environment.ts';
import type { Environment } from './environment.ts';

/** Everything one invocation found; what `--json` prints. */
export interface SuiteReport {
  readonly environment: Environment;
  readonly runs: number;
  readonly isSmoke: boolean;
  readonly benches: readonly BenchResult[];
}

type Row = readonly string[];

/** Columns side by side; the first is left-aligned, the others right. */
export function tableText(rows: readonly Row[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: Row): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ');
  return rows.map((row) => `  ${line(row).trimEnd()}`).join('\n');
}

/** A figure with three or four digits that mean something. */
export function figureText(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 1000)
    return Math.round(value)
      .toString()
      .replace(/\B(?=(\d{3})+$)/g, ' ');
  return value.toFixed(magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : 2);
}

/** Nanoseconds in the unit that suits them. */
export function durationText(ns: number): string {
  if (ns >= 1e6) return `${figureText(ns / 1e6)} ms`;
  return ns >= 1e4 ? `${figureText(ns / 1e3)} us` : `${figureText(ns)} ns`;
}

function ratioText(comparison: Comparison, rival: RivalResult): string {
  if (rival === comparison.rivals[0]) return '-';
  const { median: middle, least, most } = speedRatio(comparison, rival);
  return `${figureText(middle)}x [${figureText(least)} .. ${figureText(most)}]`;
}

function gcText({ gc, operations }: RivalResult): string {
  if (gc.scavenges + gc.others === 0) return '0';
  const perMillion = figureText((gc.scavenges * 1e6) / Math.max(1, operations));
  return `${gc.scavenges} + ${gc.others}, ${perMillion}/M, ${gc.longestMs.toFixed(1)} ms`;
}

function valuesTable(comparison: Comparison): string {
  const first = comparison.isOwn === true ? 'first' : 'ours';
  const head = ['rival', comparison.unit, 'least .. most', `${first} is so many times as fast`];
  const rows = comparison.rivals.map((rival) => [
    rival.name,
    figureText(median(rival.values)),
    `${figureText(Math.min(...rival.values))} .. ${figureText(Math.max(...rival.values))}`,
    ratioText(comparison, rival),
    gcText(rival),
    rival.checksum,
  ]);
  return tableText([[...head, 'gc: scavenges + others, per op, longest', 'checksum'], ...rows]);
}

function latencyTable(comparison: Comparison): string | null {
  const hasCycles = comparison.rivals.some(({ longestCycleNs }) => longestCycleNs !== undefined);
  const rows = comparison.rivals.flatMap(({ name, latency, longestCycleNs }) => {
    if (latency === null) return [];
    const { count, p50, p90, p99, p999, p9999, max } = latency;
    const cycle = longestCycleNs === undefined ? '-' : durationText(longestCycleNs);
    const figures = [p50, p90, p99, p999, p9999, max].map(durationText);
    return [[name, String(count), ...figures, ...(hasCycles ? [cycle] : [])]];
  });
  if (rows.length === 0) return null;
  const head = ['all rounds', 'count', 'p50', 'p90', 'p99', 'p99.9', 'p99.99', 'max'];
  return tableText([hasCycles ? [...head, 'longest duty cycle'] : head, ...rows]);
}

/** What each rival was run with, those with the same settings in one line. */
function settingsLines({ rivals }: Comparison): string[] {
  const names = new Map<string, string[]>();
  for (const { name, settings } of rivals) {
    if (settings === undefined) continue;
    const text = Object.entries(settings)
      .map(([key, value]) => `${key} ${value}`)
      .join(', ');
    names.set(text, [...(names.get(text) ?? []), name]);
  }
  return [...names].map(([text, some]) => `  ${some.join('; ')}: ${text}`);
}

/** One comparison for people. */
export function comparisonText(comparison: Comparison): string {
  const parts = [`${comparison.title} (${comparison.unit}, ${comparison.better} is better)`];
  parts.push(`  ${comparison.method}`, valuesTable(comparison));
  const latencies = latencyTable(comparison);
  if (latencies !== null) parts.push(latencies);
  parts.push(...settingsLines(comparison));
  for (const { name, reason } of comparison.absent) parts.push(`  absent: ${name}: ${reason}`);
  for (const { name, checksum } of disagreeing(comparison)) {
    parts.push(`  WRONG: ${name} has checksum ${checksum}: it did not do the same work`);
  }
  return parts.join('\n');
}

/** The whole report for people. */
export function reportText(report: SuiteReport): string {
  const parts = [environmentLines(report.environment).join('\n')];
  const kind = report.isSmoke
    ? 'smoke sizes: the figures mean nothing'
    : 'each rival once a round, order turning';
  parts.push(`runs     ${report.runs} interleaved rounds (${kind}); values are medians over the rounds`);
  for (const bench of report.benches) {
    parts.push(`== ${bench.name}: ${bench.summary}`);
    if (bench.notes.length > 0) parts.push(bench.notes.map((note) => `  ${note}`).join('\n'));
    parts.push(...bench.comparisons.map(comparisonText));
  }
  return parts.join('\n\n');
}
