import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { BacktestResult } from '../../../engine/app/backtest/backtest-result.ts';
import { scaffoldStrategy } from '../../../engine/app/strategy/scaffold.ts';
import { describeStrategy } from '../../../engine/app/strategy/strategy-page.ts';
import { EngineProcess, lastJson } from '../../fixtures/engine-process.ts';
import { writeSimRecording } from '../../fixtures/sim-recording.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'shrike-scaffold-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A project of a user, with this checkout in the place of the installed package. */
function project(name: string): string {
  const made = join(folder, name);
  mkdirSync(join(made, 'node_modules'), { recursive: true });
  symlinkSync(ROOT, join(made, 'node_modules', 'shrike'), 'junction');
  symlinkSync(join(ROOT, 'node_modules', '@types'), join(made, 'node_modules', '@types'), 'junction');
  writeFileSync(join(made, 'package.json'), '{ "name": "my-bots", "type": "module" }\n');
  return made;
}

describe('strategy new', () => {
  test('writes a strategy and a test that pass the compiler and the test as they stand', () => {
    const made = project('typed');
    scaffoldStrategy('my-cross', made);
    const compilerOptions = {
      module: 'nodenext',
      target: 'esnext',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUnusedLocals: true,
      noUnusedParameters: true,
      erasableSyntaxOnly: true,
      isolatedDeclarations: true,
      declaration: true,
      verbatimModuleSyntax: true,
      noEmit: true,
      allowImportingTsExtensions: true,
      customConditions: ['shrike-source'],
      types: ['node'],
      skipLibCheck: true,
    };
    writeFileSync(join(made, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const checked = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', '.'], {
      cwd: made,
      encoding: 'utf8',
    });
    expect(checked.stdout + checked.stderr).toBe('');
    const args = ['--conditions=shrike-source', '--test', 'my-cross.test.ts'];
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const tested = spawnSync(process.execPath, args, { cwd: made, encoding: 'utf8', env });
    expect(tested.stdout).toMatch(/pass 2\n[\s\S]*fail 0/);
    expect(tested.status).toBe(0);
  });

  test('the strategy describes itself, and trades in a backtest and a replay', async () => {
    const shrike = (...args: string[]): EngineProcess['finished'] =>
      new EngineProcess(args, {}, folder).finished;
    const { strategyFile } = scaffoldStrategy('swinger', join(folder, 'not', 'yet', 'there'));
    expect(await describeStrategy(strategyFile)).toMatchObject({ name: 'swinger', version: '0.1.0' });
    const file = join(folder, 'sim.frames');
    writeSimRecording(file, { symbol: 'BTCUSDT', seed: 7, seconds: 120, eventsPerSecond: 20 });
    const run = ['--strategy', strategyFile, '--json'];
    const [tested, replayed] = await Promise.all([
      shrike('backtest', '--data', file, '--no-band', ...run),
      shrike('replay', file, ...run),
    ]);
    expect(tested.code, tested.err).toBe(0);
    const result = lastJson(tested) as BacktestResult;
    expect(result).toMatchObject({ strategy: 'swinger', violations: [] });
    expect(result.fills.fills).toBeGreaterThan(2);
    expect(lastJson(replayed)).toMatchObject({
      violations: [],
      book: { BTCUSDT: { isValid: true, gaps: 0 } },
    });
    expect((lastJson(replayed) as { fills: number }).fills).toBeGreaterThan(2);
  });

  test('overwrites nothing: neither file is written where one is there', () => {
    const there = join(folder, 'there');
    mkdirSync(there);
    writeFileSync(join(there, 'mine.test.ts'), '// mine\n');
    expect(() => scaffoldStrategy('mine', there)).toThrow(
      /mine\.test\.ts is already there and is not overwritten/,
    );
    expect(() => readFileSync(join(there, 'mine.ts'))).toThrow(/ENOENT/);
    expect(readFileSync(join(there, 'mine.test.ts'), 'utf8')).toBe('// mine\n');
  });

  test('refuses names that are none, and those of shipped strategies', () => {
    for (const name of ['', 'My', '1st', 'a--b', 'a-', '../up', 'a.ts', 'x'.repeat(41)])
      expect(() => scaffoldStrategy(name, folder), name).toThrow(
        /is no name for a strategy: it takes small letters/,
      );
    expect(() => scaffoldStrategy('momentum', folder)).toThrow(/the name of a shipped strategy/);
  });

  test('says why a folder cannot be written', () => {
    const file = join(folder, 'plain');
    writeFileSync(file, '');
    expect(() => scaffoldStrategy('mine', file)).toThrow(/cannot be written to .*plain/);
    expect(() => scaffoldStrategy('mine', '/proc/nowhere')).toThrow(/cannot be written to \/proc\/nowhere/);
  });
});
