import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { benchNames } from './catalogue.ts';
import type { BenchResult } from './harness/comparison.ts';
import { callTree, selfTimes } from './harness/cpu-profile.ts';
import type { CpuProfile } from './harness/cpu-profile.ts';
import { flameGraph } from './harness/flame-graph.ts';
import { tableText } from './harness/report.ts';

/** `npm run profile -- NAME`: one bench under V8's sampling profiler, every thread a profile of its own. */

const MAIN: string = join(import.meta.dirname, 'main.ts');
const SAMPLE_US = 200;
const FUNCTIONS_SHOWN = 12;
const DEOPTS_SHOWN = 20;
const USAGE = `usage: npm run profile -- NAME [--runs N] [--only WORDS] [--all] [--out DIR]

Runs our side of one bench (${benchNames().join(', ')}; --all: the rivals too). Writes to DIR, default
dist/profile/NAME, per thread a .cpuprofile and a flame graph (SVG). Prints the functions with the most time of their
own, the deoptimisations and the scavenges per million operations.`;

interface Settings {
  readonly name: string;
  readonly dir: string;
  readonly benchArgs: readonly string[];
}

function parse(args: readonly string[]): Settings | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        runs: { type: 'string' },
        all: { type: 'boolean' },
        only: { type: 'string' },
        out: { type: 'string' },
      },
    });
    const [name] = positionals;
    if (positionals.length !== 1 || !benchNames().includes(name)) return null;
    const benchArgs = ['--runs', values.runs ?? '1'];
    if (values.all !== true) benchArgs.push('--ours');
    if (values.only !== undefined) benchArgs.push('--only', values.only);
    return { name, dir: resolve(values.out ?? join('dist', 'profile', name)), benchArgs };
  } catch {
    return null;
  }
}

/** Runs the bench's own process under the profiler; what it prints. --trace-deopt writes to stdout as well. */
async function runProfiled({ name, dir, benchArgs }: Settings): Promise<{ lines: string[]; code: number }> {
  const flags = ['--cpu-prof', `--cpu-prof-dir=${dir}`, '--cpu-prof-interval', String(SAMPLE_US)];
  const args = [...flags, '--trace-deopt', '--expose-gc', MAIN, name, '--in-process', ...benchArgs];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number>((resolveCode, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolveCode(exitCode ?? 1));
  });
  return { lines: Buffer.concat(chunks).toString('utf8').split('\n'), code };
}

/** Deoptimisations by function and reason, most first. */
function deoptimisations(lines: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const match =
      /bailout \(kind: ([\w-]+), reason: ([^)]+)\): begin\. deoptimizing \S+ <JSFunction ([^ >]*)/.exec(line);
    if (match === null) continue;
    const what = `${match[3] === '' ? '(anonymous)' : match[3]}: ${match[2]}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]);
}

function resultIn(lines: readonly string[]): BenchResult | null {
  const line = lines.findLast((candidate) => candidate.startsWith('{"name":"') && candidate.endsWith('}'));
  return line === undefined ? null : (JSON.parse(line) as BenchResult);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function reportThreads(dir: string, name: string): void {
  const files = readdirSync(dir).filter((file) => file.endsWith('.cpuprofile'));
  const threads = files.map((file) => {
    const tree = callTree(JSON.parse(readFileSync(join(dir, file), 'utf8')) as CpuProfile);
    writeFileSync(join(dir, file.replace('.cpuprofile', '.svg')), flameGraph(tree, `${name}: ${file}`));
    return { file, tree };
  });
  const all = { name: 'all threads', selfUs: 0, totalUs: 0, children: threads.map(({ tree }) => tree) };
  const times = selfTimes(all).filter(([function_]) => function_ !== '(idle)');
  const sum = times.reduce((total, [, us]) => total + us, 0);
  const rows = times
    .slice(0, FUNCTIONS_SHOWN)
    .map(([function_, us]) => [function_, (us / 1e3).toFixed(1), `${((us / sum) * 100).toFixed(1)} %`]);
  print(`${files.length} threads, profiles and flame graphs in ${dir}`);
  print(tableText([['time of its own, all threads, idle left out', 'ms', 'share'], ...rows]));
}

function reportScavenges(result: BenchResult): void {
  const rows = result.comparisons.flatMap(({ title, rivals }) => {
    const { name, gc, operations } = rivals[0];
    const perMillion = ((gc.scavenges * 1e6) / Math.max(1, operations)).toFixed(2);
    return [[`${title}: ${name}`, String(gc.scavenges), String(operations), perMillion]];
  });
  print(tableText([['ours', 'scavenges', 'operations', 'per million'], ...rows]));
}

async function main(): Promise<number> {
  const settings = parse(process.argv.slice(2));
  if (settings === null) {
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  mkdirSync(settings.dir, { recursive: true });
  const { lines, code } = await runProfiled(settings);
  const result = resultIn(lines);
  if (code !== 0 || result === null) {
    process.stderr.write(`profile: the bench ended with code ${code}\n`);
    return 1;
  }
  reportThreads(settings.dir, settings.name);
  const deopts = deoptimisations(lines);
  const shown = deopts.slice(0, DEOPTS_SHOWN).map(([what, count]) => [what, String(count)]);
  print(
    tableText([[`deoptimisations, ${deopts.length} kinds (start and warm-up included)`, 'count'], ...shown]),
  );
  reportScavenges(result);
  return 0;
}

process.exitCode = await main();
