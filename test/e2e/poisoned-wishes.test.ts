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
    const engine = new EngineProcess([
      ...['run', '--json', ...QUIET, ...settings, '--set', 'engine.watchdogMs=1000'],
      ...['--drill', DRILL, '--duration', '12s'],
    ]);
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
        .map(({ fields }) => fields['ring'])
        .toSorted();
      expect(rings).toEqual([
        'risk-to-execution',
        'risk-to-execution',
        'strategy-to-risk',
        'strategy-to-risk',
      ]);
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
