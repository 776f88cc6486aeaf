/** The benches at their smallest: that they run, that rivals agree, that the report has its parts. Never how fast. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareWithBaseline, readBaselines, saveBaseline } from '../../bench/harness/baseline.ts';
import { CATALOGUE, defaultNames } from '../../bench/catalogue.ts';
import { disagreeing, latencyCurves, median, speedRatio } from '../../bench/harness/comparison.ts';
import type { BenchResult, Comparison, RivalResult } from '../../bench/harness/comparison.ts';
import { NO_GC } from '../../bench/harness/gc-watch.ts';
import { comparisonText, reportText } from '../../bench/harness/report.ts';
import type { SuiteReport } from '../../bench/harness/report.ts';
import { terminalPlot } from '../../engine/app/latency/latency-plot.ts';
import { SCHEMA } from '../../engine/messages/schema.ts';
import { COMPILE_CACHE } from '../fixtures/compile-cache.ts';

const MAIN = join(import.meta.dirname, '../..', 'bench', 'main.ts');
const PROFILE = join(import.meta.dirname, '../..', 'bench', 'profile.ts');
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Benches without rivals from outside: they compare ways of running the engine. */
const OF_THE_ENGINE_ALONE = [
  'native-calls',
  'tick-to-order',
  'allocation',
  'replay',
  'analysis',
  'closes',
  'telemetry-tax',
];

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function bench(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  return await run(MAIN, args, env);
}

async function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  const options = {
    maxBuffer: OUTPUT_BYTES_MAX,
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE, ...env },
  };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args], options);
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

describe('npm run bench -- --smoke', () => {
  let report: SuiteReport;
  let dir: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'shrike-bench-'));
    const { code, stdout, stderr } = await bench(['--smoke', '--json', '--out', dir]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    report = JSON.parse(stdout) as SuiteReport;
  }, 180_000);

  afterAll(async () => await rm(dir, { recursive: true, force: true }));

  it('runs every bench that is not asked for by name only, in order', () => {
    expect(report.benches.map(({ name }) => name)).toEqual(defaultNames());
    expect(report.isSmoke).toBe(true);
    expect(report.environment).toMatchObject({ node: process.version, flags: ['--expose-gc'] });
  });

  it('has one value a round for every rival, and equal checksums between them', () => {
    const comparisons = report.benches.flatMap((bench) =>
      bench.comparisons.map((comparison) => ({ ...comparison, bench: bench.name })),
    );
    expect(comparisons.length).toBeGreaterThan(8);
    for (const comparison of comparisons) {
      const rivalsMin = OF_THE_ENGINE_ALONE.includes(comparison.bench) ? 2 : 3;
      expect(comparison.rivals.length, comparison.title).toBeGreaterThanOrEqual(rivalsMin);
      for (const { name, values, checksum } of comparison.rivals) {
        expect(values, name).toHaveLength(report.runs);
        // An engine that makes no garbage is what the allocation bench hopes for.
        const least = comparison.bench === 'allocation' ? 0 : Number.MIN_VALUE;
        for (const value of values) expect(value).toBeGreaterThanOrEqual(least);
        expect(checksum, `${comparison.title}, ${name}`).toBe(comparison.rivals[0].checksum);
        expect(checksum).not.toMatch(/\/|^0?$/);
      }
      expect(comparison.method).toMatch(/warm-up/);
    }
  });

  it('writes and reads every message of the schema', () => {
    const codec = report.benches.find(({ name }) => name === 'codec');
    expect(codec?.comparisons.map(({ title }) => title)).toEqual(
      Object.keys(SCHEMA).map((name) => `codec, ${name}`),
    );
  });

  it('measures round trips with percentiles of every trip, and writes plots and HDR files of them', async () => {
    const ring = report.benches.find(({ name }) => name === 'ring');
    const trips = ring?.comparisons.filter(({ unit }) => unit === 'ns') ?? [];
    expect(trips).toHaveLength(2);
    const files = await readdir(dir);
    expect(files).toContain('report.json');
    for (const comparison of trips) {
      for (const { latency, operations } of comparison.rivals) {
        expect(latency?.count).toBe(operations);
        const { p50, p90, p99, p999, p9999, max } = latency!;
        const rising = [p50, p90, p99, p999, p9999];
        expect(rising).toEqual([...rising].sort((a, b) => a - b));
        // The histogram's cells are as wide as its third digit.
        expect(max * 1.001).toBeGreaterThanOrEqual(p9999 * 0.999);
        expect(decodeFromCompressedBase64(latency!.hdrV2).totalCount).toBe(operations);
      }
      const svg = `${comparison.title.replaceAll(' ', '-')}.svg`;
      expect(files).toContain(svg);
      const text = await readFile(join(dir, svg), 'utf8');
      expect(text.match(/<polyline /g)).toHaveLength(comparison.rivals.length);
      expect(terminalPlot(latencyCurves(comparison), 80)).toContain(comparison.rivals[0].name);
    }
    const timed = report.benches.flatMap(({ comparisons }) =>
      comparisons.flatMap(({ rivals }) => rivals.filter(({ latency }) => latency !== null)),
    );
    expect(timed.length).toBeGreaterThan(trips.length);
    expect(files.filter((name) => name.endsWith('.hdr'))).toHaveLength(timed.length);
  });

  it('takes ticks through the engine, an order each, and says where the time and the garbage go', () => {
    const named = (name: string): BenchResult => report.benches.find((each) => each.name === name)!;
    const ticks = named('tick-to-order');
    const notes = ticks.notes.join('\n');
    for (const stage of ['wait', 'decode', 'book', 'strategy', 'risk', 'order', 'whole']) {
      expect(notes).toContain(stage);
    }
    const [steady, burst] = ticks.comparisons;
    for (const { name, latency, settings, longestCycleNs } of steady.rivals) {
      expect(latency?.count, name).toBeGreaterThan(0);
      expect(`${settings!['topology']}, ${settings!['idle']}`).toBe(name);
      expect(longestCycleNs).toBeGreaterThan(0);
    }
    expect(burst.rivals[1].latency!.count).toBeGreaterThan(burst.rivals[0].latency!.count);
    expect(named('allocation').notes.join('\n')).toMatch(/allocated by, an order per tick +bytes per tick/);
    expect(named('telemetry-tax').notes[0]).toMatch(/^p50 with 5 clients: [\d.]+x of that with 0 clients/);
  });

  it('prints all of it for people', () => {
    const text = reportText(report);
    for (const part of ['commit', 'load average', 'checksum', 'p99.99', 'warm-up', 'smoke sizes']) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain('WRONG');
  });

  it('makes its own frames where there are no recordings', async () => {
    const args = ['decode', 'book', '--smoke', '--json', '--runs', '1'];
    const { code, stdout } = await bench(args, { MARKET_DATA_DIR: join(dir, 'nowhere') });
    expect(code).toBe(0);
    const { benches } = JSON.parse(stdout) as SuiteReport;
    for (const { notes } of benches) expect(notes[0]).toMatch(/made up from seed/);
    expect(benches).toHaveLength(2);
  }, 60_000);

  it('runs only what --only names, here without recordings, and skips their bursts visibly', async () => {
    const args = ['tick-to-order', 'codec', '--only', 'Fused, spin', '--smoke', '--json', '--runs', '1'];
    const { code, stdout } = await bench(args, { MARKET_DATA_DIR: join(dir, 'nowhere') });
    expect(code).toBe(0);
    const { benches } = JSON.parse(stdout) as SuiteReport;
    expect(benches.map(({ comparisons }) => comparisons.length)).toEqual([2, 0]);
    const rivals = benches[0].comparisons.flatMap((comparison) => comparison.rivals);
    expect(rivals.map(({ name }) => name)).toEqual([
      'fused, spin',
      'fused, spin',
      'fused, spin, every frame',
    ]);
    expect(benches[0].notes.join('\n')).toMatch(/skipped, not there: the burst of .*\n.* frames made up/);
  }, 60_000);

  it('soaks minute by minute, with collections, stalls, memory and the causes of late orders', async () => {
    const { code, stdout } = await bench(['soak', '--smoke', '--minutes', '2', '--json']);
    expect(code).toBe(0);
    const [{ comparisons, notes }] = (JSON.parse(stdout) as SuiteReport).benches;
    expect(comparisons[0].rivals.map(({ name }) => name)).toEqual(['minute 1', 'minute 2']);
    for (const { latency, operations } of comparisons[0].rivals) {
      expect(latency!.count).toBe(operations);
      expect(operations).toBeGreaterThan(0);
    }
    expect(notes[0]).toMatch(/ticks\/s .*stalls .*RSS MB .*late orders by cause/);
  }, 60_000);
});

describe('npm run profile', () => {
  it('writes a profile and a flame graph of each thread, and counts deoptimisations and scavenges', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'shrike-profile-'));
    try {
      const { code, stdout } = await run(PROFILE, ['book', '--out', dir]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/deoptimisations, \d+ kinds/);
      expect(stdout).toMatch(/shrike L2Book +\d+ +\d+ +[\d.]+$/m);
      const files = await readdir(dir);
      const graphs = files.filter((name) => name.endsWith('.svg'));
      expect(graphs.length).toBeGreaterThan(0);
      expect(files.filter((name) => name.endsWith('.cpuprofile'))).toHaveLength(graphs.length);
      expect(await readFile(join(dir, graphs[0]), 'utf8')).toMatch(/<title>[^<]*l2-book\.ts/);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });

  it('refuses what is no bench with exit code 2', async () => {
    expect(await run(PROFILE, ['nosuch'])).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('bench command line', () => {
  it('names the benches', async () => {
    const { code, stdout } = await bench(['--list']);
    expect(code).toBe(0);
    for (const { name } of CATALOGUE) expect(stdout).toContain(name);
  });

  it.each([
    [['nosuch']],
    [['--runs', '0']],
    [['--runs', 'x']],
    [['soak', '--minutes', '0']],
    [['--smoke', '--save', 'why']],
    [['--ours', '--compare']],
    [['--nonsense']],
  ])('refuses %j with exit code 2 and the usage', async (args) => {
    const { code, stdout, stderr } = await bench(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('usage: npm run bench');
  });
});

function rival(name: string, values: readonly number[], checksum = 'a'): RivalResult {
  return { name, values, checksum, operations: 1, gc: NO_GC, latency: null };
}

function comparisonOf(better: 'higher' | 'lower', ...rivals: RivalResult[]): Comparison {
  return { title: 'made up', unit: 'ns', better, method: 'none', rivals, absent: [] };
}

function reportOf(...comparisons: Comparison[]): SuiteReport {
  const environment = {
    date: '2026-01-01T00:00:00Z',
    cpu: 'cpu',
    cores: 2,
    memoryGib: 1,
    platform: 'p',
    governor: null,
    node: 'v26.1.0',
    v8: '1',
    flags: [],
    loadAverage: 0,
    commit: 'abc',
    isDirty: false,
  };
  const benches = [{ name: 'b', summary: 's', comparisons, notes: [] }];
  return { environment, runs: comparisons[0].rivals[0].values.length, isSmoke: false, benches };
}

describe('ratios', () => {
  it('divide round by round, in the direction of the unit', () => {
    const times = comparisonOf('lower', rival('ours', [10, 20, 40]), rival('theirs', [30, 40, 40]));
    expect(speedRatio(times, times.rivals[1])).toEqual({ median: 2, least: 1, most: 3 });
    const rates = comparisonOf('higher', rival('ours', [10, 20]), rival('theirs', [20, 10]));
    expect(speedRatio(rates, rates.rivals[1])).toEqual({ median: 1.25, least: 0.5, most: 2 });
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('show a rival that did other work as wrong', () => {
    const comparison = comparisonOf('lower', rival('ours', [1]), rival('theirs', [1], 'b'));
    expect(disagreeing(comparison).map(({ name }) => name)).toEqual(['theirs']);
    expect(comparisonText(comparison)).toContain('WRONG: theirs');
    expect(latencyCurves(comparison)).toEqual([]);
  });
});

describe('baseline', () => {
  const steady = (ours: number): SuiteReport =>
    reportOf(comparisonOf('lower', rival('ours', [ours, ours, ours]), rival('theirs', [100, 100, 100])));
  let dir: string;
  let path: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'shrike-baseline-'));
    path = join(dir, 'baseline.json');
    saveBaseline(path, steady(10), 'first figures');
  });
  afterAll(async () => await rm(dir, { recursive: true, force: true }));

  it('calls a change beyond the band faster or slower, and one within it the same', () => {
    const verdict = (ours: number): string | undefined =>
      compareWithBaseline(readBaselines(path), steady(ours))?.[0].verdict;
    expect(verdict(10.5)).toBe('same');
    expect(verdict(13)).toBe('slower');
    expect(verdict(7)).toBe('faster');
  });

  it('compares ratios, so that a slow hour of the machine is no regression', () => {
    const slowHour = reportOf(
      comparisonOf('lower', rival('ours', [30, 30, 30]), rival('theirs', [300, 300, 300])),
    );
    expect(compareWithBaseline(readBaselines(path), slowHour)).toMatchObject([{ verdict: 'same', speed: 1 }]);
  });

  it('widens the band to the spread that either run showed', () => {
    const noisy = reportOf(
      comparisonOf('lower', rival('ours', [8, 13, 20]), rival('theirs', [100, 100, 100])),
    );
    expect(compareWithBaseline(readBaselines(path), noisy)?.[0].verdict).toBe('same');
  });

  it('compares our own figure where there is no rival', () => {
    const alone = (ours: number): SuiteReport => reportOf(comparisonOf('higher', rival('ours', [ours])));
    const lonely = join(dir, 'lonely.json');
    saveBaseline(lonely, alone(10), 'why');
    expect(compareWithBaseline(readBaselines(lonely), alone(8))?.[0].verdict).toBe('slower');
    expect(compareWithBaseline(readBaselines(lonely), alone(12))?.[0].verdict).toBe('faster');
  });

  it('compares each way of running the engine with itself, and keeps those that were not run', () => {
    const ways = (...rivals: RivalResult[]): SuiteReport =>
      reportOf({ ...comparisonOf('lower', ...rivals), isOwn: true });
    const own = join(dir, 'own.json');
    saveBaseline(own, ways(rival('fused', [10]), rival('split', [100])), 'why');
    const both = ways(rival('fused', [20]), rival('split', [200]));
    expect(compareWithBaseline(readBaselines(own), both)?.map(({ verdict }) => verdict)).toEqual([
      'slower',
      'slower',
    ]);
    saveBaseline(own, ways(rival('split', [200])), 'only one');
    expect(compareWithBaseline(readBaselines(own), both)).toMatchObject([
      { before: 10, verdict: 'slower' },
      { before: 200, verdict: 'same' },
    ]);
  });

  it('knows nothing of other machines', () => {
    const other = { ...steady(99), environment: { ...steady(99).environment, cpu: 'another' } };
    expect(compareWithBaseline(readBaselines(path), other)).toBeNull();
    saveBaseline(path, other, 'a second machine');
    expect(compareWithBaseline(readBaselines(path), steady(10))?.[0].verdict).toBe('same');
  });
});
