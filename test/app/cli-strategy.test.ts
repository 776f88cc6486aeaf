import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { EngineProcess, lastJson } from '../fixtures/engine-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'shrike-cli-strategy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const shrike = (args: readonly string[]): EngineProcess['finished'] =>
  new EngineProcess(args, {}, folder).finished;

describe('strategy', () => {
  test('list names the shipped ones, show their parameters with default, range and unit', async () => {
    const listed = await shrike(['strategy', 'list', '--json']);
    const { strategies } = lastJson(listed) as { strategies: { name: string }[] };
    expect(strategies.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['mean-reversion', 'momentum', 'tick-taker']),
    );
    const { out, code } = await shrike(['strategy', 'show', 'momentum']);
    expect(code).toBe(0);
    expect(out).toMatch(/^momentum 1\.0\.0: goes with the return/);
    expect(out).toMatch(/lookback +10 +a whole number of 1 to 10000 bars +Bars the return is of\./);
    const shown = await shrike(['strategy', 'show', 'momentum', '--json']);
    expect(lastJson(shown)).toMatchObject({
      name: 'momentum',
      parameters: { properties: { barMs: { 'x-unit': 'ms', minimum: 10 } } },
    });
  });

  test('show says of a module without a definition what is missing', async () => {
    const file = join(folder, 'plain.mjs');
    writeFileSync(file, 'export const createStrategy = () => ({});\n');
    const { code, err } = await shrike(['strategy', 'show', file]);
    expect(code).toBe(78);
    expect(err).toMatch(
      /plain\.mjs exports createStrategy alone and so does not say what parameters it takes/,
    );
  });
});

describe('config', () => {
  test('check names parameters that a strategy does not take, with range and unit', async () => {
    const file = join(folder, 'strategies.toml');
    writeFileSync(
      file,
      '[[strategies]]\nname = "momentum"\nparams = { lookback = 0 }\n[[strategies]]\nname = "tick-taker"\nparams = { notionl = 5 }\n',
    );
    const { code, err } = await shrike(['config', 'check', file]);
    expect(code).toBe(78);
    expect(err).toContain('strategies[0].params: lookback must be a whole number of 1 to 10000 bars, not 0');
    expect(err).toContain('strategies[1].params: notionl is not a parameter; did you mean notional?');
  });
});
