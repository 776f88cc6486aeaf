import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TIMEFRAMES } from '../../../engine/analysis/bars/timeframe.ts';
import { storeSource } from '../../../engine/analysis/live/store-source.ts';
import { openStoreWriter } from '../../../engine/analysis/live/store-writer.ts';
import { BarStore } from '../../../engine/analysis/store/bar-store.ts';
import {
  AnalysisRig,
  CandleVenue,
  InlinePool,
  MINUTE_MS,
  type RigOptions,
} from '../../fixtures/analysis-rig.ts';

const NAME = 'sim:BTCUSDT';
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shrike-recorded-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(options: RigOptions, forMs: number): Promise<AnalysisRig> {
  const rig = new AnalysisRig(new InlinePool(), {
    openStore: () => openStoreWriter(folder),
    history: [storeSource(folder)],
    ...options,
  });
  await rig.begun();
  await rig.runMarket(forMs, 10_000);
  await rig.close();
  return rig;
}

describe('the bars of a running engine', () => {
  test('are in the store when it ends, those from before the start too, and are the beginning of the next run', async () => {
    const first = await run({}, 12 * MINUTE_MS);
    expect(first.failures).toEqual([]);
    const store = BarStore.open(folder);
    expect(store.verify()).toEqual([]);
    for (const timeframe of TIMEFRAMES) {
      const wanted = first.venue!.candles({
        symbol: 'BTCUSDT',
        timeframe: timeframe.name,
        fromMs: 0,
        toMs: first.nowMs - timeframe.lengthMs + 1,
      });
      expect(wanted.length).toBeGreaterThan(290);
      const { openTimesMs, closes, volumes } = store.read(NAME, timeframe, wanted[0].openTimeMs);
      expect([...openTimesMs]).toEqual(wanted.map(({ openTimeMs }) => openTimeMs));
      expect([...closes]).toEqual(wanted.map(({ close }) => close));
      for (const [index, { volume }] of wanted.entries()) expect(volumes[index]).toBeCloseTo(volume, 9);
    }
    const stored = TIMEFRAMES.reduce(
      (sum, { slot }) => sum + store.read(NAME, TIMEFRAMES[slot]).openTimesMs.length,
      0,
    );
    expect(first.count('barsStored')).toBe(stored);
    // A venue that knows a few candles only: without the store there would be no view.
    const next = await run({ venue: new CandleVenue(1, true, 12), openStore: null }, 0);
    expect([next.count('framesPublished'), next.count('historiesDropped')]).toEqual([1, 0]);
    expect(next.count('historyBars')).toBeGreaterThan(6 * 250);
  });

  test('of another market stay out of the store, and those in it are not begun with', async () => {
    await run({}, 0);
    const other = await run({ venue: new CandleVenue(2, true, 12) }, 2 * MINUTE_MS);
    expect(other.count('historiesDropped')).toBe(7);
    expect([other.count('framesPublished'), other.count('historyBars')]).toEqual([0, 7 * 11]);
    expect(other.count('storeFailures')).toBe(7);
    expect(other.failures[0]).toMatch(/sim:BTCUSDT \S+ at \d+ .* is .* in the store and .* in the import/);
    expect(other.count('barsStored')).toBe(0);
  });

  test('wait where the store cannot be written, and are not lost', async () => {
    const rig = new AnalysisRig(new InlinePool(), {
      openStore: () => {
        const writer = openStoreWriter(folder);
        return { ...writer, write: () => Promise.reject(new Error('the disk is full')) };
      },
    });
    await rig.begun();
    await rig.runMarket(3 * MINUTE_MS, 10_000);
    expect(rig.failures).toContain('the disk is full');
    expect(rig.count('storeFailures')).toBe(3);
    await rig.close();
    expect(BarStore.open(folder).read(NAME, TIMEFRAMES[0]).openTimesMs.length).toBe(299 + 3);
  });
});
