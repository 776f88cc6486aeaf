import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { EngineProcess, lastSummary, UNREHEARSED } from '../fixtures/engine-process.ts';

const RESTING_MAKER = fileURLToPath(new URL('../fixtures/strategies/resting-maker.ts', import.meta.url));

const open: EngineProcess[] = [];
afterEach(async () => {
  for (const engine of open.splice(0)) await engine.dispose();
});

it.each(['fused', 'dedicated'])(
  'an engine that fails too often leaves no order at the venue, says why and exits with 1, topology %s',
  async (topology) => {
    const settings = ['--topology', topology, '--set', 'engine.restartIntensity=1', '--duration', '60s'];
    const drill = ['--drill', 'kill:execution@2s,kill:execution@5s'];
    const trading = ['--mode', 'live', '--strategy', RESTING_MAKER];
    const engine = new EngineProcess(['run', '--json', ...UNREHEARSED, ...trading, ...settings, ...drill]);
    open.push(engine);
    const finished = await engine.finished;
    expect(finished.code).toBe(1);
    expect(finished.err).toContain('giving up: group');
    const summary = lastSummary(finished);
    expect(summary.orders.canceled).toBeGreaterThan(0);
    expect(summary.orders).toMatchObject({ open: 0, unknown: 0 });
    expect(summary.violations).toEqual([]);
    expect(summary.account).toMatchObject({ isEqual: true, duplicateClientIds: 0 });
  },
);
