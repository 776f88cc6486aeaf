/** Whatever a strategy does, it alone is switched off: it is named, its orders are cancelled, and the engine trades on. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, test } from 'vitest';
import type { EngineStats } from '../../engine/api/engine-stats.ts';
import { apiOf, statsUntil } from '../fixtures/engine-client.ts';
import { EngineProcess, lastSummary, UNREHEARSED } from '../fixtures/engine-process.ts';
import { strategyFixture } from '../fixtures/exchange-process.ts';

const TEST_MS = 120_000;

const folder = mkdtempSync(join(tmpdir(), 'shrike-strategy-faults-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const engines: EngineProcess[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.dispose();
});

/** One restart more than none would end the run if a strategy's fault counted. */
function strict(topology: string): string[] {
  return ['--set', 'engine.restartIntensity=0', '--topology', topology, '--symbols', 'BTCUSDT'];
}

function start(how: string, topology: string, ...more: readonly string[]): EngineProcess {
  const settings = ['--set', `strategy.params.how="${how}"`, '--set', 'engine.watchdogMs=1000'];
  const strategy = ['--mode', 'live', '--strategy', strategyFixture('misbehaving')];
  const engine = new EngineProcess([
    'run',
    '--json',
    ...UNREHEARSED,
    ...strategy,
    ...settings,
    ...strict(topology),
    ...more,
  ]);
  engines.push(engine);
  return engine;
}

function faults({ errors }: EngineStats): string[] {
  return errors.filter(({ code }) => code === 'STRATEGY_FAULTED').map(({ first }) => first);
}

const restartsOf = (stats: EngineStats, name: string): number =>
  stats.actors.find((actor) => actor.name === name)!.restarts;

/** The strategy is named, then the engine goes on without its orders; returns the summary after an orderly stop. */
async function faultAndGoOn(engine: EngineProcess, restarts = 0): Promise<EngineStats> {
  return await faultsAndGoOn(engine, 1, restarts);
}

/** As `faultAndGoOn`, for `count` strategies. */
async function faultsAndGoOn(engine: EngineProcess, count: number, restarts: number): Promise<EngineStats> {
  const urls = await apiOf(engine);
  const faulted = await statsUntil(
    urls,
    (stats) => faults(stats).length >= count,
    `${count} faults among the errors`,
  );
  await statsUntil(
    urls,
    (stats) =>
      stats.ticks > faulted.ticks + 100 &&
      stats.orders.open === 0 &&
      stats.mayTrade &&
      restartsOf(stats, 'strategy') >= restarts,
    'an engine that goes on without open orders',
  );
  engine.child.kill('SIGTERM');
  const finished = await engine.finished;
  expect(finished.code, finished.err).toBe(0);
  const stats = lastSummary(finished);
  expect(stats.violations).toEqual([]);
  expect(stats.account).toMatchObject({ isEqual: true });
  expect(faults(stats)).toHaveLength(count);
  return stats;
}

/** What one strategy of a run with several does, and what is said of it. */
const TOGETHER: readonly (readonly [how: string, message: string])[] = [
  ['hang', String.raw`\.onBook: it hung: no heartbeat for \d+ ms \(.*does-hang\.ts\)`],
  ['exit', String.raw`\.onBook: it ended its thread: the thread ended \(.*does-exit\.ts\)`],
  ['timer', ': what it started failed: RangeError: failed on purpose after timer'],
  ['reject', ': a promise it started failed: RangeError: failed on purpose'],
];

describe.each(['fused', 'split', 'dedicated'])('in %s, strategies', (topology) => {
  it(
    'that hang, end their thread, or fail when no callback runs are each named, and the engine goes on without them',
    async () => {
      const strategies = TOGETHER.map(([how], index) => {
        const path = join(folder, `does-${how}.ts`);
        copyFileSync(strategyFixture('misbehaving'), path);
        // One after the other.
        return `[[strategies]]\nname = ${JSON.stringify(path)}\nparams = { how = "${how}", afterUpdates = ${5 + 60 * index} }\n`;
      });
      const config = join(folder, `${topology}.toml`);
      writeFileSync(config, `mode = "live"\n${strategies.join('')}`);
      // The watchdog of the default: on a busy machine a shorter one may take a starved thread for a hung one.
      // A book that changes often: the last of them fails after 185 changes.
      const settings = ['--config', config, '--set', 'exchange.depthIntervalMs=25', ...strict(topology)];
      const engine = new EngineProcess(['run', '--json', ...UNREHEARSED, ...settings]);
      engines.push(engine);
      // A hang and an exit cost a thread each, the others none.
      const stats = await faultsAndGoOn(engine, TOGETHER.length, 2);
      for (const [how, message] of TOGETHER) {
        expect(faults(stats)).toContainEqual(
          expect.stringMatching(new RegExp(`^STRATEGY_FAULTED does-${how}${message}`)),
        );
      }
      expect(restartsOf(stats, 'strategy')).toBe(2);
      // Each thread's strategies that still run rest one order each: four, then three, then two.
      expect(stats.orders.canceled).toBe(4 + 3 + 2);
      expect(engine.err).toMatch(/actor \\"strategy\\" hung: .*, in strategy \\"does-hang\\" in onBook/);
      expect(engine.err).toMatch(/actor \\"strategy\\" ended: .*, in strategy \\"does-exit\\" in onBook/);
    },
    TEST_MS,
  );
});

describe('a strategy', () => {
  it(
    'whose callback returns a promise is switched off at once, and what the promise fails with is told',
    async () => {
      const stats = await faultAndGoOn(start('async', 'fused'));
      expect(faults(stats)[0]).toMatch(
        /^STRATEGY_FAULTED misbehaving\.onBook: TypeError: it returned a promise/,
      );
      expect(stats.errors.map(({ first }) => first)).toContain(
        'STRATEGY_LATE misbehaving.onBook: its promise failed: RangeError: failed on purpose after async',
      );
      expect(restartsOf(stats, 'strategy')).toBe(0);
    },
    TEST_MS,
  );

  it(
    'that fails with something else than an error is named',
    async () => {
      const stats = await faultAndGoOn(start('text', 'fused'));
      expect(faults(stats)[0]).toMatch(
        /^STRATEGY_FAULTED misbehaving: a promise it started failed: .*on purpose/,
      );
    },
    TEST_MS,
  );

  it(
    'that goes on failing after it was switched off costs one more thread, and no restart of the budget',
    async () => {
      const engine = start('timers', 'fused');
      const stats = await faultAndGoOn(engine, 1);
      expect(restartsOf(stats, 'strategy')).toBe(1);
      expect(engine.err).toContain('in strategy \\"misbehaving\\" outside of its callbacks');
    },
    TEST_MS,
  );

  it(
    'that hangs in a timer of its own is named with its line',
    async () => {
      const engine = start('hangTimer', 'fused');
      const stats = await faultAndGoOn(engine);
      expect(faults(stats)[0]).toMatch(/^STRATEGY_FAULTED misbehaving.*: it hung: no heartbeat/);
      expect(engine.err).toMatch(/misbehaving\.ts:\d+\), which is switched off/);
    },
    TEST_MS,
  );

  it(
    'that hangs in onStart is named, and the engine comes up without it',
    async () => {
      const stats = await faultAndGoOn(start('hangStart', 'fused'));
      expect(faults(stats)[0]).toMatch(/^STRATEGY_FAULTED misbehaving\.onStart: it hung/);
    },
    TEST_MS,
  );

  test.each(['heap', 'buffers', 'bufferLoop'])(
    'that takes more and more memory ("%s") is named at the configured limit, and the engine goes on without it',
    async (how) => {
      const engine = start(how, 'fused', '--set', 'engine.hotHeapMb=128');
      const stats = await faultAndGoOn(engine, 1);
      expect(faults(stats)[0]).toMatch(
        /^STRATEGY_FAULTED misbehaving(?:\.onBook)?: it needed more memory than its thread may have \(.*misbehaving\.ts\)$/,
      );
      expect(restartsOf(stats, 'strategy')).toBe(1);
    },
    TEST_MS,
  );

  it(
    'that was switched off stays so when its actor starts again for another reason',
    async () => {
      const drill = ['--drill', 'kill:strategy@6s', '--set', 'engine.restartIntensity=5'];
      const engine = start('async', 'dedicated', ...drill);
      const urls = await apiOf(engine);
      const isRestarted = (stats: EngineStats): boolean => restartsOf(stats, 'strategy') === 1;
      const again = await statsUntil(urls, isRestarted, 'the restart of the drill');
      await statsUntil(urls, ({ ticks }) => ticks > again.ticks + 200, 'an engine that goes on');
      engine.child.kill('SIGTERM');
      const stats = lastSummary(await engine.finished);
      expect(faults(stats)).toHaveLength(1);
      expect(stats.orders).toMatchObject({ requested: 1, open: 0 });
    },
    TEST_MS,
  );
});
