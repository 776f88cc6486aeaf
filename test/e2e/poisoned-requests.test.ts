import { describe, expect, it } from 'vitest';
import { drilledEngine } from '../fixtures/drilled-engine.ts';
import { EngineProcess, lastSummary } from '../fixtures/engine-process.ts';

interface DumpedRecord {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const DRILL =
  'throw-wish:risk@1s,hang-wish:risk@+500ms,throw-wish:execution@+500ms,hang-wish:execution@+500ms';

describe.each(['fused', 'split', 'dedicated'])('orders on which actors die, topology %s', (topology) => {
  it('are told to their strategy once, and trading goes on', async () => {
    const settings = ['--mode', 'live', '--strategy', 'tick-taker', '--topology', topology];
    const engine = await drilledEngine(DRILL, [...settings, '--set', 'engine.watchdogMs=1000']);
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
  }, 150_000);
});
