import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { EngineProcess, lastJson, QUIET, runToEnd } from '../fixtures/engine-process.ts';
import { SHARED_DATA } from '../fixtures/shared-data.ts';

interface Replay {
  readonly digest: string;
  readonly forwardRecords: number;
  readonly frames: Readonly<Record<string, number>>;
  readonly book: Readonly<
    Record<
      string,
      {
        updates: number;
        gaps: number;
        crossed: number;
        staleDropped: number;
        isValid: boolean;
        hiddenReason: string | null;
        coverageLost: number;
      }
    >
  >;
  readonly topMatches: number;
  readonly topMismatches: number;
  readonly trades: number;
  readonly fills: number;
  readonly orders: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
}

const folder = mkdtempSync(join(tmpdir(), 'shrike-replay-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function replay(file: string, ...args: string[]): Promise<Replay> {
  const engine = new EngineProcess(['replay', file, '--venue', 'binance-spot', '--json', ...args]);
  try {
    const finished = await engine.finished;
    expect(finished.code, finished.err).toBe(0);
    return lastJson(finished) as Replay;
  } finally {
    await engine.dispose();
  }
}

const recording = join(SHARED_DATA, 'captures', 'binance-spot-btcusdt-20240808.frames.gz');
const hasRecording = existsSync(recording);
if (!hasRecording) process.stderr.write(`skipped: no recording at ${recording}\n`);

describe('replay', () => {
  it.skipIf(!hasRecording)(
    'drives a real recording through all five actors, accounts for every frame and repeats itself',
    async () => {
      const first = await replay(recording);
      expect(first.frames).toMatchObject({ total: 41_249, depthFrames: 3_451, snapshotFrames: 1 });
      expect(first.book['BTCUSDT']).toMatchObject({ gaps: 0, crossed: 0 });
      const { updates, staleDropped } = first.book['BTCUSDT'];
      // The snapshot counts as an update; what it already held was dropped.
      expect(updates - 1 + staleDropped).toBe(3_451);
      expect(first.topMismatches).toBe(0);
      expect(first.topMatches).toBeGreaterThan(3_400);
      expect(first.trades).toBe(first.frames['tradeFrames']);
      expect(first.orders['submitted']).toBeGreaterThan(0);
      expect(first.violations).toEqual([]);
      const second = await replay(recording);
      expect(second.digest).toBe(first.digest);
      const other = await replay(recording, '--strategy', 'mean-reversion');
      expect(other.digest).not.toBe(first.digest);
    },
  );

  it('hides a book whose price left the range of the snapshot, and says so', async () => {
    const file = fileURLToPath(new URL('../fixtures/recordings/coverage-edge.frames', import.meta.url));
    const { book } = await replay(file);
    expect(book['SOLUSDT']).toMatchObject({ isValid: false, hiddenReason: 'coverage', coverageLost: 1 });
  });

  it('reads back what a run recorded and repeats itself', async () => {
    const file = join(folder, 'own.frames.gz');
    const run = await runToEnd([...QUIET, '--duration', '4s', '--record', file]);
    const first = await replay(file);
    expect(first.frames['total']).toBeGreaterThanOrEqual(run.ticks);
    expect(first.book['ETHUSDT'].updates).toBeGreaterThan(10);
    expect(first.topMismatches).toBe(0);
    expect(first.fills).toBeGreaterThan(0);
    expect((await replay(file)).digest).toBe(first.digest);
  });
});
