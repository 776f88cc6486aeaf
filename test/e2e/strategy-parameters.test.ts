/** `shrike ctl strategies set`: other parameters for a strategy that runs, all of them or none. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { EngineStats } from '../../engine/api/engine-stats.ts';
import { EngineProcess, lastJson, lastSummary, UNREHEARSED } from '../fixtures/engine-process.ts';
import { poll } from '../fixtures/exchange-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'shrike-strategy-set-'));
const processes: EngineProcess[] = [];
afterAll(async () => {
  for (const each of processes) await each.dispose();
  rmSync(folder, { recursive: true, force: true });
});

function start(args: readonly string[]): EngineProcess {
  const each = new EngineProcess(args);
  processes.push(each);
  return each;
}

async function ctl(...args: string[]): Promise<Record<string, unknown> & { code: number | null }> {
  const finished = await start(['ctl', ...args, '--json', '--state-dir', folder]).finished;
  return { ...(lastJson(finished) as Record<string, unknown>), code: finished.code };
}

it('a strategy gets other parameters while it trades; what is out of its range is refused by range, and changes nothing', async () => {
  const place = ['--symbols', 'BTCUSDT', '--set', `state.dir=${folder}`, '--strategy', 'momentum'];
  const engine = start(['run', '--json', ...UNREHEARSED, ...place, '--set', 'strategy.params.notional=60']);
  await engine.until(({ err }) => err.includes('trading begins'), 'start');
  expect(await ctl('strategies', 'set', 'momentum', 'lookback=0', 'notional=80')).toMatchObject({
    reason: 'bad_argument',
    message: expect.stringMatching(/lookback must be a whole number of 1 to 10000 bars, not 0/) as string,
    code: 4,
  });
  expect(await ctl('strategies', 'set', 'nobody', 'a=1')).toMatchObject({
    reason: 'unknownStrategy',
    code: 4,
  });
  const applied = await ctl('strategies', 'set', '0', 'lookback=3', 'allowShort=false');
  expect(applied).toMatchObject({
    outcome: 'applied',
    message: 'strategy 0 "momentum" runs with lookback=3, allowShort=false; its orders and its position stay',
    code: 0,
  });
  const listed = await ctl('strategies', 'list');
  expect(listed['strategies']).toMatchObject([
    {
      name: 'momentum',
      state: 'running',
      openOrders: expect.any(Number) as number,
      params: { notional: 60, lookback: 3, allowShort: false },
    },
  ]);
  const stats = async (): Promise<EngineStats> => (await ctl('status'))['stats'] as EngineStats;
  const { fills } = await stats();
  await poll(stats, (now) => now.fills > fills, 'fills with the new parameters');
  engine.child.kill('SIGTERM');
  const finished = await engine.finished;
  expect(finished.code, finished.err.slice(-3000)).toBe(0);
  expect(lastSummary(finished).violations).toEqual([]);
}, 120_000);
