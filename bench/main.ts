import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { svgPlot, terminalPlot } from '../engine/app/latency/latency-plot.ts';
import { compareWithBaseline, differencesText, readBaselines, saveBaseline } from './harness/baseline.ts';
import { benchNames, CATALOGUE, defaultNames } from './catalogue.ts';
import { disagreeing, latencyCurves } from './harness/comparison.ts';
import type { BenchResult, Comparison } from './harness/comparison.ts';
import { readEnvironment } from './harness/environment.ts';
import { reportText, tableText } from './harness/report.ts';
import type { SuiteReport } from './harness/report.ts';

/** `npm run bench`: runs benches, each in a process of its own, and reports. */

const RUNS_DEFAULT = 5;
const RUNS_SMOKE = 2;
const RUNS_MAX = 1_000;
const MINUTES_MAX = 1_440;
const SMOKE_BENCHES_AT_ONCE = 2;
const PLOT_COLUMNS = 86;
const OUTPUT_BYTES_MAX: number = 256 * 1024 * 1024;
/** Collections between the rounds can be asked for, so that no rival pays for its predecessor's garbage. */
const BENCH_FLAGS: readonly string[] = ['--expose-gc'];
const BASELINE_PATH: string = join(import.meta.dirname, 'baseline.json');

const USAGE = `usage: npm run bench -- [NAME...] [options]

  NAME               benches to run; default: all that --list shows but soak, which takes ten minutes
  --runs N           interleaved rounds of each comparison (default ${RUNS_DEFAULT})
  --minutes N        length of soak (default 10)
  --smoke            small sizes: shows that everything works, not how fast it is
  --json             one JSON object on stdout instead of tables
  --out DIR          also write report.json, and per latency comparison an SVG plot and HDR V2 histograms
  --save WHY         keep the figures as this machine's baseline, with the reason
  --compare          compare with this machine's baseline (npm run bench:compare)
  --baseline FILE    baseline file (default bench/baseline.json)
  --ours             leave the rivals out
  --only WORDS       only comparisons and rivals with all these words in title or name: --only "fused, spin, 1000"
  --list             name the benches
  --help             this text

Exit codes: 0 done; 1 rivals disagree about the result, a bench failed, or --compare found something slower than the
noise band allows; 2 usage.`;

class UsageError extends Error {}

class BenchFailure extends Error {}

interface Settings {
  readonly names: readonly string[];
  readonly runs: number;
  readonly minutes: number | null;
  readonly isSmoke: boolean;
  readonly isOursOnly: boolean;
  readonly only: readonly string[];
  readonly isJson: boolean;
  readonly isInProcess: boolean;
  readonly outDir: string | null;
  readonly saveWhy: string | null;
  readonly isCompare: boolean;
  readonly baselinePath: string;
  readonly task: 'run' | 'list' | 'help';
}

function parse(args: readonly string[]): Settings {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      runs: { type: 'string' },
      minutes: { type: 'string' },
      smoke: { type: 'boolean' },
      json: { type: 'boolean' },
      out: { type: 'string' },
      save: { type: 'string' },
      compare: { type: 'boolean' },
      baseline: { type: 'string' },
      ours: { type: 'boolean' },
      only: { type: 'string' },
      list: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      'in-process': { type: 'boolean' },
    },
  });
  const isSmoke = values.smoke === true;
  const runs = values.runs === undefined ? (isSmoke ? RUNS_SMOKE : RUNS_DEFAULT) : Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1 || runs > RUNS_MAX) {
    throw new UsageError(`--runs takes a whole number of 1..${RUNS_MAX}`);
  }
  const minutes = values.minutes === undefined ? null : Number(values.minutes);
  if (minutes !== null && (!Number.isInteger(minutes) || minutes < 1 || minutes > MINUTES_MAX)) {
    throw new UsageError(`--minutes takes a whole number of 1..${MINUTES_MAX}`);
  }
  if (values.save?.trim() === '') throw new UsageError('--save takes a sentence that says why');
  if (values.ours === true && (values.save !== undefined || values.compare === true)) {
    throw new UsageError('without rivals there are no ratios: neither --save nor --compare goes with --ours');
  }
  if (isSmoke && (values.save !== undefined || values.compare === true)) {
    throw new UsageError('smoke figures mean nothing: neither --save nor --compare goes with --smoke');
  }
  for (const name of positionals) requireKnown(name);
  return {
    names: positionals.length === 0 ? defaultNames() : positionals,
    runs,
    minutes,
    isSmoke,
    isOursOnly: values.ours === true,
    only: (values.only ?? '')
      .toLowerCase()
      .split(/[\s,]+/)
      .filter((word) => word !== ''),
    isJson: values.json === true,
    isInProcess: values['in-process'] === true,
    outDir: values.out ?? null,
    saveWhy: values.save ?? null,
    isCompare: values.compare === true,
    baselinePath: values.baseline ?? BASELINE_PATH,
    task: values.help === true ? 'help' : values.list === true ? 'list' : 'run',
  };
}

function requireKnown(name: string): void {
  if (!benchNames().includes(name)) {
    throw new UsageError(`no bench "${name}"; there are ${benchNames().join(', ')}`);
  }
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** One line that keeps changing on a terminal; silent elsewhere. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

/** Runs one bench in this process: what the child processes do. */
async function runHere(name: string, settings: Settings): Promise<BenchResult> {
  const load = CATALOGUE.find((entry) => entry.name === name)?.load;
  if (load === undefined) throw new UsageError(`no bench "${name}"`);
  const bench = await load();
  const { runs, minutes, isSmoke, isOursOnly, only } = settings;
  const length = minutes === null ? {} : { minutes };
  // Cleaning the heap before every rival is most of a smoke run's time, and its figures mean nothing.
  if (isSmoke) globalThis.gc = undefined;
  const result = await bench.run({ runs, ...length, isSmoke, isOursOnly, only, progress });
  return { ...result, comparisons: result.comparisons.filter(({ rivals }) => rivals.length > 0) };
}

async function runInChild(name: string, settings: Settings): Promise<BenchResult> {
  const args = [...BENCH_FLAGS, import.meta.filename, name, '--in-process', '--runs', String(settings.runs)];
  if (settings.minutes !== null) args.push('--minutes', String(settings.minutes));
  if (settings.isSmoke) args.push('--smoke');
  if (settings.isOursOnly) args.push('--ours');
  if (settings.only.length > 0) args.push('--only', settings.only.join(' '));
  const started = promisify(execFile)(process.execPath, args, { maxBuffer: OUTPUT_BYTES_MAX });
  started.child.stderr?.pipe(process.stderr);
  const end = (): void => void started.child.kill();
  process.once('exit', end);
  try {
    return JSON.parse((await started).stdout) as BenchResult;
  } catch {
    /* What it had to say has gone to stderr. */
    throw new BenchFailure(`bench "${name}" failed`);
  } finally {
    process.off('exit', end);
  }
}

function listText(): string {
  return tableText(CATALOGUE.map(({ name, summary }) => [name.padEnd(14) + summary]));
}

function fileName(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

function writeFiles(dir: string, report: SuiteReport): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'report.json'), `${JSON.stringify(report)}\n`);
  for (const { comparisons } of report.benches) {
    for (const comparison of comparisons) {
      const curves = latencyCurves(comparison);
      const svg = svgPlot(curves, `${comparison.title}: latency by percentile`);
      if (curves.length > 0) writeFileSync(join(dir, `${fileName(comparison.title)}.svg`), svg);
      for (const { name, latency } of comparison.rivals) {
        if (latency === null) continue;
        writeFileSync(join(dir, `${fileName(`${comparison.title} ${name}`)}.hdr`), `${latency.hdrV2}\n`);
      }
    }
  }
}

function print(report: SuiteReport, settings: Settings): void {
  if (settings.isJson) {
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return;
  }
  const plots = report.benches.flatMap(({ comparisons }) => comparisons.flatMap(plotText));
  const text = [reportText(report), ...plots].join('\n\n');
  process.stdout.write(`${text}\n`);
}

/** The percentile curves of a comparison in characters; nothing when it measured no latencies. */
function plotText(comparison: Comparison): string[] {
  const curves = latencyCurves(comparison);
  if (curves.length === 0) return [];
  return [`  ${comparison.title}: percentile curves\n${terminalPlot(curves, PLOT_COLUMNS)}`];
}

/** Prints what changed against the baseline; whether nothing became slower. */
function compare(report: SuiteReport, path: string): boolean {
  const differences = compareWithBaseline(readBaselines(path), report);
  if (differences === null) {
    note('no baseline for this machine yet; keep one with --save "why"');
    return true;
  }
  note(differencesText(differences));
  return differences.every(({ verdict }) => verdict !== 'slower');
}

/** One after the other; where figures mean nothing a few at a time, because much of a bench is waiting. */
async function runAll(settings: Settings): Promise<BenchResult[]> {
  const { names, isSmoke } = settings;
  const results: BenchResult[] = [];
  let next = 0;
  const runNext = async (): Promise<void> => {
    while (next < names.length) {
      const index = next++;
      results[index] = await runInChild(names[index], settings);
    }
  };
  await Promise.all(Array.from({ length: isSmoke ? SMOKE_BENCHES_AT_ONCE : 1 }, runNext));
  return results;
}

async function runSuite(settings: Settings): Promise<number> {
  const environment = readEnvironment(BENCH_FLAGS);
  const benches = await runAll(settings);
  progress('');
  const report: SuiteReport = { environment, runs: settings.runs, isSmoke: settings.isSmoke, benches };
  print(report, settings);
  if (settings.outDir !== null) writeFiles(settings.outDir, report);
  if (settings.saveWhy !== null) saveBaseline(settings.baselinePath, report, settings.saveWhy);
  const isFast = !settings.isCompare || compare(report, settings.baselinePath);
  const isRight = benches.every(({ comparisons }) =>
    comparisons.every((each) => disagreeing(each).length === 0),
  );
  return isFast && isRight ? 0 : 1;
}

async function main(): Promise<number> {
  let settings: Settings;
  try {
    settings = parse(process.argv.slice(2));
  } catch (error) {
    note(`bench: ${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (settings.task === 'help') process.stdout.write(`${USAGE}\n`);
  else if (settings.task === 'list') process.stdout.write(`${listText()}\n`);
  else if (settings.isInProcess) {
    const result = await runHere(settings.names[0], settings);
    /* A line of its own: the profiler's trace goes to stdout too. */
    process.stdout.write(`\n${JSON.stringify(result)}\n`);
  } else {
    try {
      return await runSuite(settings);
    } catch (error) {
      if (!(error instanceof BenchFailure)) throw error;
      note(`bench: ${error.message}`);
      return 1;
    }
  }
  return 0;
}

/* Ends by way of `exit`, where processes that were started are ended too. */
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(code));
}
process.exitCode = await main();
