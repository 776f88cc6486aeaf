import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { EngineStats } from '../../engine/api/engine-stats.ts';
import { EngineProcess, lastJson, runToEnd } from '../fixtures/engine-process.ts';

const SYMBOL = '币安人生USDT';
const folder = mkdtempSync(join(tmpdir(), 'shrike-names-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function output(args: readonly string[]): Promise<{ out: string; err: string }> {
  const engine = new EngineProcess(args);
  try {
    const finished = await engine.finished;
    expect(finished.code, finished.err).toBe(0);
    return finished;
  } finally {
    await engine.dispose();
  }
}

function runOf(state: string, ...more: string[]): Promise<EngineStats> {
  const limits = `risk.symbols.${SYMBOL}`;
  const traded = ['--mode', 'live', '--strategy', 'tick-taker', '--symbols', SYMBOL, '--duration', '4s'];
  const sets = [`state.dir=${state}`, `${limits}.maxOrderQty=5000`, `${limits}.maxPosition=50000`];
  return runToEnd([...traded, ...sets.flatMap((set) => ['--set', set]), ...more]);
}

describe('a symbol beyond ASCII', () => {
  it('is traded live, journalled, recovered, recorded and replayed', async () => {
    const state = join(folder, 'state');
    const recording = join(folder, `${SYMBOL}.frames.gz`);
    const first = await runOf(state, '--record', recording);
    expect(first.errors).toEqual([]);
    expect(first.violations).toEqual([]);
    expect(first.counters['market-data']['refusedUnknownSymbol']).toBe(0);
    expect(first.fills).toBeGreaterThan(0);
    expect(first.position[SYMBOL].fills).toBe(first.fills);

    const dump = await output(['journal', 'dump', join(state, 'live', 'sim', 'journal')]);
    expect(dump.out).toContain(`"${SYMBOL}"`);

    const second = await runOf(state);
    expect(second.violations).toEqual([]);
    expect(second.position[SYMBOL].fills).toBeGreaterThan(0);

    const replay = await new EngineProcess(['replay', recording, '--json']).finished;
    const { book } = lastJson(replay) as { book: Record<string, { updates: number }> };
    expect(book[SYMBOL].updates).toBeGreaterThan(5);
  });
});
