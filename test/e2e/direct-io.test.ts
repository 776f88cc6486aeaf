/** A live engine by native calls: sockets, intent log and signature, through a killed thread and a feed that was cut. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MAP_ALIGN } from '../../engine/native/file-mapper.ts';
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
    const logs = readdirSync(engine.folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /intents-\d+\.log$/.test(name))
      .map((name) => statSync(join(engine.folder, name)).size);
    await engine.dispose();
    expect(finished.code, finished.err).toBe(0);
    const stats = lastSummary(finished);
    expect(stats.io.mode).toBe('direct');
    expect(stats.violations).toEqual([]);
    /* One of the thread that was killed, one of its successor; neither keeps the room it did not need. */
    expect(logs.length).toBeGreaterThanOrEqual(2);
    for (const bytes of logs) expect(bytes % MAP_ALIGN).not.toBe(0);
    expect(stats.errors.filter(({ code }) => /IO_FELL_BACK|INTENT_WRITE/.test(code))).toEqual([]);
    for (const drill of stats.drills) expect(drill.resumedAfterMs, drill.step).not.toBeNull();
    expect(stats.orders.open + stats.orders.unknown).toBe(0);
    expect(stats.account).toMatchObject({ isEqual: true, duplicateClientIds: 0 });
    expect(stats.fills).toBeGreaterThan(0);
  },
  150_000,
);
