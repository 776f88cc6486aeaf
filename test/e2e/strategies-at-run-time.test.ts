/** `shrike ctl strategies`: strategies come and go in a running engine, and the others do not notice. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { EngineStats } from '../../engine/api/engine-stats.ts';
import { EngineProcess, lastJson, lastSummary, UNREHEARSED } from '../fixtures/engine-process.ts';
import { poll, strategyFixture } from '../fixtures/exchange-process.ts';

const TEST_MS = 180_000;
const folder = mkdtempSync(join(tmpdir(), 'shrike-strategies-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ADDED = join(folder, 'added.ts');
copyFileSync(strategyFixture('resting-maker'), ADDED);
/** Places one order far from the touch and leaves it there. */
const RESTING = join(folder, 'resting.ts');
writeFileSync(
  RESTING,
  `
import { cashUnitValue, ORDER_TYPE, SIDE, TIME_IN_FORCE } from 'shrike/strategy';
export function createStrategy(_params: unknown, instruments: any): any {
  let hasOrder = false;
  return {
    onBook(context: any, book: any): void {
      if (hasOrder) return;
      const ticks = Math.round(book.bidTicks * 0.96);
      const lots = Math.ceil(60 / cashUnitValue(instruments[0]) / ticks);
      hasOrder = context.submit(0, SIDE.buy, ORDER_TYPE.limit, TIME_IN_FORCE.gtc, ticks, lots) > 0;
    },
    onReport(_context: any, report: any): void {
      hasOrder = !report.isTerminal;
    },
  };
}
`,
);
const AWAITING = join(folder, 'awaiting.ts');
writeFileSync(AWAITING, 'await Promise.resolve();\nexport function createStrategy() { return {}; }\n');

const processes: EngineProcess[] = [];
afterEach(async () => {
  for (const each of processes.splice(0)) await each.dispose();
});

function start(args: readonly string[]): EngineProcess {
  const each = new EngineProcess(args);
  processes.push(each);
  return each;
}

interface Listed {
  readonly index: number;
  readonly name: string;
  readonly state: string;
}

describe.each(['fused', 'split'])('topology %s', (topology) => {
  const stateDir = join(folder, topology);

  async function ctl(...args: string[]): Promise<Record<string, unknown> & { code: number | null }> {
    const finished = await start(['ctl', ...args, '--json', '--state-dir', stateDir]).finished;
    return { ...(lastJson(finished) as Record<string, unknown>), code: finished.code };
  }

  async function listed(): Promise<string[]> {
    const { strategies } = (await ctl('strategies', 'list')) as unknown as { strategies: Listed[] };
    return strategies.map(({ index, name, state }) => `${index} ${name} ${state}`);
  }

  async function statsNow(): Promise<EngineStats> {
    return (await ctl('status'))['stats'] as EngineStats;
  }

  it(
    'one is added, trades, trades again after its thread was killed, and is removed; the first keeps its order',
    async () => {
      const place = ['--mode', 'live', '--symbols', 'BTCUSDT', '--topology', topology];
      const settings = ['--set', `state.dir=${stateDir}`, '--set', 'engine.strategiesMax=2'];
      const drill = ['--drill', 'kill:strategy@20s'];
      const engine = start([
        'run',
        '--json',
        ...UNREHEARSED,
        ...place,
        ...settings,
        ...drill,
        '--strategy',
        RESTING,
      ]);
      await engine.until(({ err }) => err.includes('trading begins'), 'start');
      await poll(statsNow, ({ orders }) => orders.open === 1, 'the order of the first strategy');

      expect(await ctl('strategies', 'add', 'no-such')).toMatchObject({ reason: 'unknownStrategy', code: 4 });
      expect(await ctl('strategies', 'add', AWAITING)).toMatchObject({
        outcome: 'refused',
        message: expect.stringMatching(/awaits something at its top level/) as string,
      });
      expect(await ctl('strategies', 'add', 'momentum', '--param', 'nope=1')).toMatchObject({
        reason: 'bad_argument',
        message: expect.stringMatching(/nope is not a parameter/) as string,
      });
      expect(await ctl('strategies', 'add', ADDED, '--actor', 'nobody')).toMatchObject({ code: 4 });
      expect(await listed()).toEqual(['0 resting running']);

      expect(await ctl('strategies', 'add', ADDED)).toMatchObject({ outcome: 'applied', code: 0 });
      expect(await ctl('strategies', 'add', ADDED)).toMatchObject({ reason: 'limitReached', code: 4 });
      const trading = await poll(statsNow, ({ fills, orders }) => fills > 0 && orders.open > 1, 'trading');
      expect(trading.strategy).toBe('resting + added');

      const again = await poll(
        statsNow,
        ({ actors }) => actors.some(({ restarts }) => restarts > 0),
        'a restart',
      );
      await poll(statsNow, ({ fills }) => fills > again.fills + 3, 'trading after the restart');
      expect(await listed()).toEqual(['0 resting running', '1 added running']);

      expect(await ctl('strategies', 'remove', 'added')).toMatchObject({ outcome: 'applied', code: 0 });
      const removed = await poll(statsNow, ({ orders }) => orders.open === 1, 'the first one alone');
      expect(await listed()).toEqual(['0 resting running', '1 added removed']);
      expect(await ctl('strategies', 'remove', 'added')).toMatchObject({
        reason: 'unknownStrategy',
        code: 4,
      });
      const later = await poll(statsNow, ({ ticks }) => ticks > removed.ticks + 300, 'ticks without it');
      expect(later.orders).toMatchObject({ submitted: removed.orders.submitted, open: 1 });

      engine.child.kill('SIGTERM');
      const finished = await engine.finished;
      expect(finished.code, finished.err.slice(-3000)).toBe(0);
      const summary = lastSummary(finished);
      expect(summary.violations).toEqual([]);
      // The order of the first was never filled: all that the account holds is what the other one left.
      expect(summary.strategies).toMatchObject([
        { index: 0, name: 'resting', position: {} },
        { index: 1, name: 'added', position: summary.position, pnl: summary.pnl },
      ]);
      expect(summary.account).toMatchObject({ isEqual: true });
    },
    TEST_MS,
  );
});
