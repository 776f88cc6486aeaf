import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { median, speedRatio } from './comparison.ts';
import type { Comparison } from './comparison.ts';
import { machineKey } from './environment.ts';
import { figureText, tableText } from './report.ts';
import type { SuiteReport } from './report.ts';

/** Differences within this part of the older figure are noise, however quiet both runs were. */
export const NOISE_BAND_MIN = 0.1;

/** One comparison's figures as they are kept. */
export interface BaselineEntry {
  readonly date: string;
  readonly commit: string;
  /** Why these figures are what later ones are held to. */
  readonly why: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  /** Our median over the rounds, and (most - least) / median. */
  readonly value: number;
  readonly spread: number;
  /** How many times as fast we were as each rival, and the spread of the ratios. */
  readonly ratios: Readonly<Record<string, { readonly median: number; readonly spread: number }>>;
  /** By way of running the engine, where all rivals are ours. */
  readonly own?: Readonly<Record<string, { readonly median: number; readonly spread: number }>>;
}

/** Machine key -> "bench / comparison" -> figures. */
export type Baselines = Readonly<Record<string, Readonly<Record<string, BaselineEntry>>>>;

/** What became of one figure. */
export interface Difference {
  readonly what: string;
  readonly before: number;
  readonly now: number;
  /** now / before as speed: below 1 is slower. */
  readonly speed: number;
  readonly band: number;
  readonly verdict: 'same' | 'faster' | 'slower';
}

function spreadOf(values: readonly number[]): number {
  const middle = median(values);
  return middle === 0 ? 0 : (Math.max(...values) - Math.min(...values)) / middle;
}

/** Reads a baseline file; an absent one is empty. @throws SyntaxError when it is no JSON */
export function readBaselines(path: string): Baselines {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Baselines) : {};
}

function entryOf(comparison: Comparison, report: SuiteReport, why: string): BaselineEntry {
  const { unit, better, rivals } = comparison;
  const ratios: Record<string, { median: number; spread: number }> = {};
  for (const rival of rivals.slice(1)) {
    const { median: middle, least, most } = speedRatio(comparison, rival);
    ratios[rival.name] = { median: middle, spread: (most - least) / middle };
  }
  const { date, commit, isDirty } = report.environment;
  const values = rivals[0].values;
  const stamp = { date, commit: isDirty ? `${commit} with changes` : commit, why };
  const entry = { ...stamp, unit, better, value: median(values), spread: spreadOf(values) };
  if (comparison.isOwn !== true) return { ...entry, ratios };
  const own = rivals.map(
    (rival) => [rival.name, { median: median(rival.values), spread: spreadOf(rival.values) }] as const,
  );
  return { ...entry, ratios: {}, own: Object.fromEntries(own) };
}

/** Keeps a report's figures as this machine's baseline; other machines' and other benches' stay. */
export function saveBaseline(path: string, report: SuiteReport, why: string): void {
  const all = readBaselines(path);
  const key = machineKey(report.environment);
  const entries: Record<string, BaselineEntry> = { ...all[key] };
  for (const bench of report.benches) {
    for (const comparison of bench.comparisons) {
      const name = `${bench.name} / ${comparison.title}`;
      const entry = entryOf(comparison, report, why);
      /* A part of the ways that were run leaves the others as they were. */
      const own = entry.own === undefined ? {} : { own: { ...entries[name]?.own, ...entry.own } };
      entries[name] = { ...entry, ...own };
    }
  }
  writeFileSync(path, `${JSON.stringify({ ...all, [key]: entries }, null, 2)}\n`);
}

function differenceOf(what: string, before: number, now: number, speed: number, band: number): Difference {
  const verdict = speed < 1 - band ? 'slower' : speed > 1 + band ? 'faster' : 'same';
  return { what, before, now, speed, band, verdict };
}

/** Each way of running the engine against itself. */
function ownDifferences(name: string, entry: BaselineEntry, now: BaselineEntry): Difference[] {
  return Object.entries(now.own ?? {}).flatMap(([way, fresh]) => {
    const old = entry.own?.[way];
    if (old === undefined) return [];
    const band = Math.max(NOISE_BAND_MIN, old.spread, fresh.spread);
    const speed = now.better === 'higher' ? fresh.median / old.median : old.median / fresh.median;
    return [differenceOf(`${name}, ${way}`, old.median, fresh.median, speed, band)];
  });
}

/**
 * Compares with this machine's baseline; null when it has none. With rivals the paired ratios are compared, because a
 * busy machine slows both sides; our own figure alone only where there is no rival. The band is the larger of
 * NOISE_BAND_MIN and the spread seen within either run.
 */
export function compareWithBaseline(baselines: Baselines, report: SuiteReport): Difference[] | null {
  const entries = baselines[machineKey(report.environment)];
  if (entries === undefined) return null;
  const differences: Difference[] = [];
  for (const bench of report.benches) {
    for (const comparison of bench.comparisons) {
      const name = `${bench.name} / ${comparison.title}`;
      const entry = entries[name];
      if (entry === undefined) continue;
      const now = entryOf(comparison, report, '');
      if (now.own !== undefined) {
        differences.push(...ownDifferences(name, entry, now));
        continue;
      }
      const shared = Object.keys(now.ratios).filter((rival) => entry.ratios[rival] !== undefined);
      for (const rival of shared) {
        const old = entry.ratios[rival];
        const fresh = now.ratios[rival];
        const band = Math.max(NOISE_BAND_MIN, old.spread, fresh.spread);
        const speed = fresh.median / old.median;
        differences.push(differenceOf(`${name}, against ${rival}`, old.median, fresh.median, speed, band));
      }
      if (shared.length > 0) continue;
      const band = Math.max(NOISE_BAND_MIN, entry.spread, now.spread);
      const speed = now.better === 'higher' ? now.value / entry.value : entry.value / now.value;
      differences.push(differenceOf(name, entry.value, now.value, speed, band));
    }
  }
  return differences;
}

/** The comparison for people. */
export function differencesText(differences: readonly Difference[]): string {
  const percent = (part: number): string => `${(part * 100).toFixed(0)} %`;
  const rows = differences.map(({ what, before, now, speed, band, verdict }) => [
    what,
    figureText(before),
    figureText(now),
    percent(speed - 1),
    percent(band),
    verdict,
  ]);
  return tableText([['figure', 'baseline', 'now', 'change', 'noise band', 'verdict'], ...rows]);
}
