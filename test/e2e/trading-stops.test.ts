/** A stop of trading outlives the engine: whoever starts it again, only an operator's resume lets it trade. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { EngineStats } from '../../engine/api/engine-stats.ts';
import { EngineProcess, lastJson, UNREHEARSED } from '../fixtures/engine-process.ts';
import { ExchangeProcess, poll } from '../fixtures/exchange-process.ts';

const TEST_MS = 120_000;
const stateDir = mkdtempSync(join(tmpdir(), 'shrike-stops-'));
let exchange: ExchangeProcess;
// A market that goes on while engines come and go.
beforeAll(async () => (exchange = await ExchangeProcess.start(['--seed', '3', '--symbols', 'BTCUSDT'])));
afterAll(async () => {
  await exchange.dispose();
  rmSync(stateDir, { recursive: true, force: true });
});

const processes: EngineProcess[] = [];
afterEach(async () => {
  for (const each of processes.splice(0)) await each.dispose();
});

function start(args: readonly string[]): EngineProcess {
  const each = new EngineProcess(args);
  processes.push(each);
  return each;
}

async function runEngine(...more: readonly string[]): Promise<EngineProcess> {
  const place = ['--symbols', 'BTCUSDT', '--strategy', 'tick-taker', '--set', `state.dir=${stateDir}`];
  const engine = start(['run', '--json', ...UNREHEARSED, ...exchange.endpoints, ...place, ...more]);
  await engine.until(({ err }) => err.includes('trading begins'), 'start');
  return engine;
}

async function ctl(...args: string[]): Promise<unknown> {
  return lastJson(await start(['ctl', ...args, '--json', '--state-dir', stateDir]).finished);
}

async function statsNow(): Promise<EngineStats> {
  return ((await ctl('status')) as { stats: EngineStats }).stats;
}

it(
  'a breaker that tripped stays tripped after kill -9 and a new start, until someone resumes',
  async () => {
    // Every round trip that pays fees at the touch is lost.
    const first = await runEngine('--set', 'risk.maxLossesInARow=1', '--set', 'risk.atLimit=kill');
    const stopped = await poll(statsNow, ({ isKilled }) => isKilled, 'a stop');
    expect(stopped).toMatchObject({ killReason: 'lossesInARow', breakers: { lossesInARow: 1 } });
    await poll(
      statsNow,
      ({ rings }) => rings.every(({ name, depth }) => !name.endsWith('journal') || depth === 0),
      'a written journal',
    );
    expect(first.err).toContain('trading is stopped by round trips lost in a row');
    first.child.kill('SIGKILL');
    await first.finished;

    const second = await runEngine();
    expect(second.err).toContain('trading was stopped by round trips lost in a row');
    const later = await poll(statsNow, ({ ticks }) => ticks > 300, 'ticks');
    expect(later).toMatchObject({ isKilled: true, killReason: 'lossesInARow', mayTrade: false });
    expect(later.orders.submitted).toBe(0);
    expect(await ctl('resume')).toMatchObject({ outcome: 'refused' });
    expect(await ctl('resume', '--confirm', later.accountId)).toMatchObject({ outcome: 'applied' });
    await poll(statsNow, ({ orders }) => orders.submitted > 0, 'orders after the resume');
    second.child.kill('SIGTERM');
    expect((await second.finished).code).toBe(0);
  },
  TEST_MS,
);
