import { afterEach, describe, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineStats } from '../../engine/api/engine-stats.ts';
import type { PortfolioFacts } from '../../engine/app/analysis/portfolio-facts.ts';
import type { LiveSignals } from '../../engine/app/analysis/signal-view.ts';
import { askOver, connectTo } from '../../engine/app/control/control-client.ts';
import type { ControlAnswer, ControlRequest } from '../../engine/app/control/control-protocol.ts';
import type { CommandResult } from '../../engine/control/command.ts';
import { poll } from '../fixtures/exchange-process.ts';
import { EngineProcess, lastSummary, QUIET, runToEnd } from '../fixtures/engine-process.ts';

const open: EngineProcess[] = [];
function start(args: readonly string[]): EngineProcess {
  const engine = new EngineProcess(args);
  open.push(engine);
  return engine;
}
afterEach(async () => {
  for (const engine of open.splice(0)) await engine.dispose();
});

function expectHealthy(stats: EngineStats): void {
  expect(stats.violations).toEqual([]);
  expect(stats.invariantViolations).toBe(0);
  expect(stats.errors).toEqual([]);
  expect(stats.orders.open).toBe(0);
  expect(stats.orders.unknown).toBe(0);
  for (const ring of stats.rings.filter(({ policy }) => policy === 'lossless')) {
    expect(ring.published - ring.consumed, ring.name).toBe(ring.depth);
    expect(ring.dropped + ring.conflated, ring.name).toBe(0);
  }
}

interface Control {
  readonly ask: <Data>(what: string) => Promise<Data>;
  readonly tell: (kind: string, args: Readonly<Record<string, string>>) => Promise<CommandResult>;
}

/** The engine's control socket, without a process for each question. */
function controlOf({ folder }: EngineProcess): Control {
  const path = join(folder, '.local', 'state', 'shrike', 'paper', 'sim', 'ctl.sock');
  const send = async (request: ControlRequest): Promise<ControlAnswer> => {
    const socket = await connectTo(path);
    return askOver(socket!, request);
  };
  return {
    ask: async <Data>(what: string) => ((await send({ op: 'query', what })) as { data: Data }).data,
    tell: async (kind, args) => {
      const answer = await send({ op: 'command', id: randomUUID(), kind, args });
      return (answer as { command: CommandResult }).command;
    },
  };
}

/** The slow path of a running engine does what it is told, and shows what it knows. */
async function expectSlowPathObeys({ folder }: EngineProcess, { ask, tell }: Control): Promise<void> {
  const pairs = async (): Promise<string[]> => {
    const listed = await ask<{ pairs: { symbol: string; timeframe: string }[] }>('analysis');
    return listed.pairs.map(({ symbol, timeframe }) => `${symbol} ${timeframe}`);
  };
  const symbol = 'BTCUSDT';
  expect(await tell('analysis-force', { symbol, timeframe: '1w' })).toMatchObject({
    outcome: 'applied',
    message: 'BTCUSDT 1w is made anew from all bars (the same)',
  });
  await poll(pairs, (listed) => listed.includes('BTCUSDT 1w'), 'the forced run in the figures');
  expect(await tell('analysis-remove', { symbol, timeframe: '1w' })).toMatchObject({ outcome: 'applied' });
  expect(await pairs()).not.toContain('BTCUSDT 1w');
  expect(await tell('analysis-remove', { symbol, timeframe: '1w' })).toMatchObject({ outcome: 'refused' });
  expect(await tell('analysis-add', { symbol, timeframe: '1w' })).toMatchObject({ outcome: 'applied' });
  expect(await tell('analysis-force', { symbol: 'NOPE' })).toMatchObject({ outcome: 'refused' });
  expect(await tell('analysis-add', { symbol, timeframe: '2h' })).toMatchObject({ outcome: 'refused' });
  const report = await tell('analysis-report', { symbol });
  expect(report, report.message).toMatchObject({ outcome: 'applied' });
  const file = String(report.details?.['file']);
  expect(existsSync(file) && file.startsWith(folder), file).toBe(true);
  const signals = await ask<LiveSignals>('signals');
  expect(signals.nowMs).toBeGreaterThan(Date.UTC(2024, 0));
  expect(signals.statistics.find(({ key }) => key === symbol)!.count).toBeGreaterThan(100);
  const facts = await ask<PortfolioFacts>('portfolio');
  expect(facts.symbols.map(({ symbol: name, hours }) => [name, hours.length > 700])).toEqual([
    ['BTCUSDT', true],
    ['ETHUSDT', true],
  ]);
}

describe('a run on the embedded exchange', () => {
  it('trades with the momentum strategy in paper mode and ends with a complete summary', async () => {
    const engine = start(['run', '--json', ...QUIET, '--set', 'analysis.askVenue=true']);
    await engine.until(({ err }) => err.includes('trading begins'), 'start');
    const control = controlOf(engine);
    const summary = async (): Promise<EngineStats> =>
      (await control.ask<{ stats: EngineStats }>('status')).stats;
    await poll(summary, ({ fills, bookUpdates }) => fills > 0 && bookUpdates > 50, 'fills');
    await expectSlowPathObeys(engine, control);
    engine.child.kill('SIGTERM');
    const finished = await engine.finished;
    expect(finished.code, finished.err.slice(-3000)).toBe(0);
    const stats = lastSummary(finished);
    expectHealthy(stats);
    expect(stats.counters.analysis).toMatchObject({ runsFailed: 0, analysisDrift: 0, reportsWritten: 1 });
    // The slow path begins with the venue's candles: it has a view before the first bar of the run closes.
    expect(stats.counters.analysis['historyBars']).toBeGreaterThan(1_000);
    expect(stats.counters.analysis['framesPublished']).toBeGreaterThan(0);
    expect(stats).toMatchObject({ schema: 'shrike.stats/1', mode: 'paper', venue: 'sim', seed: 1 });
    expect(stats.ticks).toBeGreaterThan(500);
    expect(stats.bookUpdates).toBeGreaterThan(50);
    expect(stats.trades).toBeGreaterThan(50);
    expect(stats.orders.submitted).toBeGreaterThan(0);
    expect(stats.fills).toBeGreaterThan(0);
    expect(stats.tickToOrderNs.count).toBeGreaterThan(0);
    expect(stats.tickToOrderNs.p50).toBeLessThanOrEqual(stats.tickToOrderNs.p99);
    expect(Object.keys(stats.position).sort()).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(stats.actors.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['market-data', 'orderbook', 'strategy', 'risk', 'execution', 'journal']),
    );
    expect(stats.firstOrderMs).not.toBeNull();
  });

  it.each(['fused', 'split', 'dedicated'])(
    'sends real protocol orders in live mode, topology %s',
    async (topology) => {
      const stats = await runToEnd([
        '--mode',
        'live',
        '--strategy',
        'tick-taker',
        '--topology',
        topology,
        '--duration',
        '6s',
      ]);
      expectHealthy(stats);
      expect(stats.topology).toBe(topology);
      expect(stats.orders.accepted).toBeGreaterThan(0);
      expect(stats.fills).toBeGreaterThan(0);
      expect(stats.orderToAckNs.count).toBeGreaterThan(0);
      expect(stats.account?.isEqual).toBe(true);
    },
  );

  it('builds and signs but does not send in shadow mode', async () => {
    const stats = await runToEnd(['--mode', 'shadow', '--strategy', 'tick-taker', '--duration', '5s']);
    expectHealthy(stats);
    expect(stats.orders.submitted).toBeGreaterThan(0);
    expect(stats.fills).toBeGreaterThan(0);
    expect(stats.account).toMatchObject({ isEqual: true, venueTrades: 0 });
  });

  it('stops in order on SIGINT: orders cancelled, summary printed, exit 0', async () => {
    const engine = start(['run', ...QUIET]);
    await engine.until(({ out }) => /[1-9]\d* sent/.test(out), 'order');
    expect(engine.out + engine.err).toContain('ws://127.0.0.1:');
    engine.child.kill('SIGINT');
    const finished = await engine.finished;
    expect(finished.code).toBe(0);
    expect(finished.out).toContain('invariants: all hold');
    expect(finished.out).toMatch(/open 0/);
  });

  it('prints the JSON summary last when stopped by SIGTERM', async () => {
    const engine = start(['run', '--json', ...QUIET]);
    await engine.until(({ err }) => err.includes('telemetry'), 'telemetry address');
    engine.child.kill('SIGTERM');
    const finished = await engine.finished;
    expect(finished.code).toBe(0);
    expectHealthy(lastSummary(finished));
  });
});
