/** Where orders' time goes, in real engines: causes of lateness, the waits of every ring, the verb that shows them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { afterEach, describe, expect, it } from 'vitest';
import type { EngineStats, LatencyReport } from '../../engine/api/engine-stats.ts';
import { LATENCY_EDGES } from '../../engine/runtime/latency-histograms.ts';
import { apiOf, statsUntil } from '../fixtures/engine-client.ts';
import { EngineProcess, lastJson, QUIET, runToEnd } from '../fixtures/engine-process.ts';

const PAUSING = fileURLToPath(new URL('../fixtures/strategies/pausing.ts', import.meta.url));
const BUSY: readonly string[] = [
  '--symbols',
  'BTCUSDT',
  '--strategy',
  PAUSING,
  '--set',
  'exchange.depthIntervalMs=5',
  '--set',
  'risk.maxOrdersPerSecond=100000',
  '--set',
  'risk.maxPosition=100',
];

function setting(values: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(values).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
}

/** Late stages of one cause, all kept orders together. */
function lateStages(
  stats: EngineStats,
  cause: string,
): { stage: string; ns: number; actor: string | null }[] {
  return stats.overBudget.offenders.flatMap(({ stages }) => stages.filter((stage) => stage.cause === cause));
}

/**
 * An engine that trades until an order at whose making time was lost is among the late ones it keeps, which are the latest
 * few: on a busy machine others, late for want of a processor, push it out again.
 */
async function runUntilLate(cause: string, param: string, topology: string): Promise<EngineStats> {
  const how = param.includes('how=') ? [] : ['--set', 'strategy.params.how=block'];
  const args = [...BUSY, ...how, '--set', param, '--topology', topology];
  const engine = new EngineProcess(['run', '--json', ...QUIET, ...args]);
  engines.push(engine);
  const wasMade = (stats: EngineStats): boolean =>
    lateStages(stats, cause).some(({ stage }) => stage === 'bookedToSignalled');
  const stats = await statsUntil(await apiOf(engine), wasMade, `an order late by ${cause}`);
  engine.child.kill('SIGTERM');
  const finished = await engine.finished;
  expect(finished.code, finished.err).toBe(0);
  return stats;
}

const engines: EngineProcess[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.dispose();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function latency(
  folder: string,
  args: readonly string[],
): Promise<{ code: number | null; out: string; err: string }> {
  const verb = new EngineProcess(['latency', ...args], {}, folder);
  const { code, out, err } = await verb.finished;
  return { code, out, err };
}

describe('what makes an order late in a running engine', () => {
  it('is a long handler when the strategy blocks before it asks', async () => {
    const stats = await runToEnd([
      ...BUSY,
      ...setting({ 'strategy.params.how': 'block', 'strategy.params.blockMs': 40 }),
      '--topology',
      'fused',
      '--duration',
      '5s',
    ]);
    const late = lateStages(stats, 'longHandler');
    expect(late).toContainEqual(expect.objectContaining({ stage: 'bookedToSignalled', actor: 'strategy' }));
    expect(Math.max(...late.map(({ ns }) => ns))).toBeGreaterThan(30e6);
    expect(stats.overBudget.orders.longHandler).toBeGreaterThan(0);
    expect(stats.overBudget.pending).toBe(0);
    // The order at whose making time was lost is the only one late by its own stage.
    expect(stats.tickToOrderNs.max).toBeGreaterThan(30e6);
  });

  it('is a garbage collection when the thread collects while the order is made', async () => {
    const stats = await runUntilLate('gc', 'strategy.params.how=collect', 'fused');
    expect(stats.overBudget.orders.gc).toBeGreaterThan(0);
    expect(stats.gc.find(({ thread }) => thread === 'hot')!.maxMs).toBeGreaterThan(1);
  });

  it('is backlog for the ticks that wait while the strategy works on an earlier one', async () => {
    const stats = await runUntilLate('ringBacklog', 'strategy.params.blockMs=60', 'dedicated');
    const late = lateStages(stats, 'ringBacklog').filter(({ stage }) => stage === 'bookedToSignalled');
    expect(late.map(({ actor }) => actor)).toContain('strategy');
    expect(stats.edgeNs['book-to-strategy'].max).toBeGreaterThan(20e6);
  });
});

describe('the figures of a run', () => {
  it('hold a wait for every forward ring and a venue’s answer for every order, and say who answered', async () => {
    const stats = await runToEnd([
      ...BUSY,
      '--mode',
      'live',
      '--set',
      'exchange.ordersPer10s=1000000',
      '--duration',
      '4s',
    ]);
    expect(stats.orderToAckFrom).toBe('venue');
    expect(stats.orderToAckNs.count).toBeGreaterThan(0);
    expect(stats.orderToAckNs.count).toBe(stats.tickToOrderNs.count);
    for (const edge of LATENCY_EDGES) {
      expect(stats.edgeNs[edge].count, edge).toBe(stats.tickToOrderNs.count);
      expect(decodeFromCompressedBase64(stats.hdrV2![edge]).totalCount).toBe(stats.edgeNs[edge].count);
    }
    for (const edge of ['execution-to-strategy', 'execution-to-risk']) {
      // Sent and answered at least.
      expect(stats.edgeNs[edge].count, edge).toBeGreaterThanOrEqual(stats.orders.accepted * 2);
      expect(stats.edgeNs[edge].max, edge).toBeGreaterThan(0);
      expect(decodeFromCompressedBase64(stats.hdrV2![edge]).totalCount).toBe(stats.edgeNs[edge].count);
    }
  });

  it('a latency budget of risk denies requests on older ticks, and the strategy is told', async () => {
    const stats = await runToEnd([...BUSY, ...setting({ 'risk.latencyBudgetUs': 1 }), '--duration', '3s']);
    const { risk, strategy } = stats.counters;
    expect(stats.orders.submitted).toBe(0);
    expect(risk['deniedLatency']).toBeGreaterThan(0);
    // Before risk may trade at all it denies for that reason; the ring to the strategy carries denials only.
    expect(stats.orders.denied).toBe(stats.orders.requested);
    const told = stats.rings.find(({ name }) => name === 'risk-to-strategy')!;
    expect(told.published).toBe(stats.orders.denied);
    expect(told.consumed).toBeGreaterThan(0);
    expect(strategy['signals']).toBe(told.consumed);
    expect(stats.edgeNs['risk-to-strategy'].count).toBe(told.consumed);
  });

  it('p99 of tick-to-order above the limit of risk stops new orders for a while, again and again', async () => {
    const stats = await runToEnd([
      ...BUSY,
      ...setting({ 'risk.latencyHaltP99Us': 1, 'risk.latencyHaltMs': 300 }),
      '--duration',
      '4s',
    ]);
    // Orders pass between two stops: else there could be no second one.
    expect(stats.overBudget.halts).toBeGreaterThan(1);
    expect(stats.orders.submitted).toBeGreaterThan(1);
    expect(stats.counters.risk['deniedLatency']).toBeGreaterThan(0);
    expect(stats.counters.strategy['signals']).toBeGreaterThan(0);
  });
});

describe('shrike latency', () => {
  it('shows a running engine, then its finished run from the state folder, then the same run from its summary', async () => {
    const engine = new EngineProcess(['run', '--json', ...QUIET, ...BUSY]);
    engines.push(engine);
    const { http } = await apiOf(engine);
    await statsUntil({ http, feed: '' }, (stats) => stats.tickToOrderNs.count > 20, 'orders');
    const running = await latency(engine.folder, ['--url', http, '--json']);
    expect(running.code, running.err).toBe(0);
    const report = JSON.parse(running.out) as LatencyReport & { isRunning: boolean; from: string };
    expect(report).toMatchObject({ schema: 'shrike.latency/1', isRunning: true, from: http, mode: 'paper' });
    expect(report.tickToOrderNs.count).toBeGreaterThan(20);
    const decoded = decodeFromCompressedBase64(report.hdrV2['tickToOrder']);
    expect(decoded.totalCount).toBe(report.tickToOrderNs.count);
    expect(decoded.getValueAtPercentile(99)).toBe(report.tickToOrderNs.p99);

    const shown = await latency(engine.folder, ['--url', http, '--svg', 'curve.svg', '--stages']);
    expect(shown.code, shown.err).toBe(0);
    for (const word of [
      'waterfall p50',
      'waterfall p99',
      'percentile curve',
      'book-to-strategy',
      'late orders',
    ]) {
      expect(shown.out).toContain(word);
    }
    expect(shown.out).toContain('order-to-ack (no venue)');
    const svg = readFileSync(join(engine.folder, 'curve.svg'), 'utf8');
    // Tick-to-order and five stages: no venue, no curve of its answers.
    expect(svg.match(/<polyline /g)!.length).toBe(6);
    expect(report.orderToAckNs.count).toBe(0);

    engine.child.kill('SIGTERM');
    const finished = await engine.finished;
    const summary = lastJson(finished) as EngineStats;
    const last = await latency(engine.folder, ['--set', 'api.port=1', '--json']);
    expect(last.code, last.err).toBe(0);
    expect(JSON.parse(last.out)).toMatchObject({
      isRunning: false,
      tickToOrderNs: summary.tickToOrderNs,
      edgeNs: summary.edgeNs,
      hdrV2: summary.hdrV2,
    });
    writeFileSync(join(engine.folder, 'run.json'), finished.out);
    const file = await latency(engine.folder, ['run.json', '--json']);
    expect(JSON.parse(file.out)).toMatchObject({ from: 'run.json', stageNs: summary.stageNs });
  });

  it('says what to do when nothing runs and nothing ran, and names what is wrong with a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shrike-latency-'));
    folders.push(folder);
    const nothing = await latency(folder, ['--set', 'api.port=1', '--json']);
    expect(nothing.code).toBe(1);
    expect(nothing.err).toContain('no engine listens at http://127.0.0.1:1, and no finished run in');
    expect(nothing.err).toContain('npm start');
    expect(JSON.parse(nothing.out)).toMatchObject({ error: { code: 'NO_LATENCY' } });
    writeFileSync(join(folder, 'other.json'), '{"schema":"shrike.stats/1","mode":7}\n');
    const other = await latency(folder, ['other.json']);
    expect(other.code).toBe(1);
    expect(other.err).toContain('other.json holds no latency (mode:');
    expect((await latency(folder, ['absent.json'])).err).toContain('cannot read absent.json');
    expect((await latency(folder, ['--url', 'nowhere'])).code).toBe(2);
    const help = await latency(folder, ['--help']);
    expect(help.code).toBe(0);
    expect(help.out).toContain('Examples:');
  });
});
