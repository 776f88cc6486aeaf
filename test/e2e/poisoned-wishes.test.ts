import { describe, expect, it } from 'vitest';
import { EngineProcess, QUIET, lastSummary } from '../fixtures/engine-process.ts';

interface DumpedRecord {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const DRILL = 'throw-wish:risk@1s,hang-wish:risk@3s,throw-wish:execution@6s,hang-wish:execution@8s';

describe.each(['fused', 'split', 'dedicated'])('orders on which actors die, topology %s', (topology) => {
  it('are told to their strategy once, and trading goes on', async () => {
    const settings = ['--mode', 'live', '--strategy', 'tick-taker', '--topology', topology];
    const limits = ['--set', 'engine.watchdogMs=1000', '--duration', '12s'];
    const engine = new EngineProcess(['run', '--json', ...QUIET, ...settings, ...limits, '--drill', DRILL]);
    try {
      const finished = await engine.finished;
      expect(finished.code).toBe(0);
      const summary = lastSummary(finished);
      expect(summary.violations).toEqual([]);
      for (const drill of summary.drills) expect(drill.resumedAfterMs, drill.step).not.toBeNull();
      expect(summary.account).toMatchObject({ isEqual: true, duplicateClientIds: 0 });

      const dump = new EngineProcess(['journal', 'dump', '--mode', 'live'], {}, engine.folder);
      expect((await dump.finished).code).toBe(0);
      const records = dump.out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as DumpedRecord);
      const rings = records
        .filter(({ message }) => message === 'DeadLetter')
        .map(({ fields }) => String(fields['ring']));
      expect(rings.filter((ring) => ring === 'strategy-to-risk')).toHaveLength(2);
      expect(rings.filter((ring) => ring === 'risk-to-execution')).toHaveLength(2);
      expect(rings).toHaveLength(4);
      const poisoned = records.filter(
        ({ message, fields }) => message === 'OrderUpdate' && fields['reason'] === 'poisoned',
      );
      expect(poisoned.map(({ fields }) => fields['state'])).toEqual(Array(4).fill('rejected'));
      expect(new Set(poisoned.map(({ fields }) => fields['intentSeq'])).size).toBe(4);
    } finally {
      await engine.dispose();
    }
  });
});
