/** A live engine by native calls: sockets, intent log and signature, through a killed thread and a feed that was cut. */
import { expect, it } from 'vitest';
import { openNativeRoom } from '../../engine/native/native-room.ts';
import { drilledEngine } from '../fixtures/drilled-engine.ts';
import { lastSummary } from '../fixtures/engine-process.ts';

const room = openNativeRoom();
const why = typeof room === 'string' ? ` (no native calls here: ${room})` : '';

it.skipIf(why !== '')(
  `trades live by native calls through drills, and loses or doubles nothing${why}`,
  async () => {
    const engine = await drilledEngine(
      'kill:execution@500ms,drop-feed@+300ms',
      ['--mode', 'live', '--strategy', 'tick-taker', '--topology', 'fused', '--set', 'engine.io=direct'],
      ({ fills }) => fills > 0,
    );
    const finished = await engine.finished;
    await engine.dispose();
    expect(finished.code, finished.err).toBe(0);
    const stats = lastSummary(finished);
    expect(stats.io.mode).toBe('direct');
    expect(stats.violations).toEqual([]);
    expect(stats.errors.filter(({ code }) => /IO_FELL_BACK|INTENT_WRITE/.test(code))).toEqual([]);
    for (const drill of stats.drills) expect(drill.resumedAfterMs, drill.step).not.toBeNull();
    expect(stats.orders.open + stats.orders.unknown).toBe(0);
    expect(stats.account).toMatchObject({ isEqual: true, duplicateClientIds: 0 });
    expect(stats.fills).toBeGreaterThan(0);
  },
  150_000,
);
