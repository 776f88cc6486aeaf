import { afterEach, describe, expect, it } from 'vitest';
import type { EngineStats } from '../../engine/api/engine-stats.ts';
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

describe('a run on the embedded exchange', () => {
  it('trades with the momentum strategy in paper mode and ends with a complete summary', async () => {
    const stats = await runToEnd(['--set', 'analysis.askVenue=true', '--duration', '8s']);
    expectHealthy(stats);
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
