import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { EngineStats } from '../../engine/api/engine-stats.ts';
import { drilledEngine } from '../fixtures/drilled-engine.ts';
import { lastSummary } from '../fixtures/engine-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'shrike-lanes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two embedded exchanges, three accounts, three lanes, three strategies on two actors. */
const CONFIG = join(folder, 'lanes.toml');
writeFileSync(
  CONFIG,
  `
mode = "live"
[[lanes]]
name = "a"
venue = "sim"
symbols = ["BTCUSDT", "ETHUSDT"]
[[lanes]]
name = "b"
venue = "sim-b"
symbols = ["BTCUSDT"]
[[lanes]]
name = "c"
venue = "sim-b"
symbols = ["ETHUSDT", "BTCUSDT"]
account = "hedge"
[[accounts]]
name = "sim"
venue = "sim"
[[accounts]]
name = "other"
venue = "sim-b"
[[accounts]]
name = "hedge"
venue = "sim-b"
[[strategies]]
name = "tick-taker"
params = { everyUpdates = 3 }
actor = "fast"
[[strategies]]
name = "momentum"
actor = "slow"
[[strategies]]
name = "mean-reversion"
actor = "slow"
[risk]
maxOrdersPerSecond = 200
maxPosition = "50"
[exchange]
ordersPer10s = 1000
[engine]
watchdogMs = 1000
`,
);

const DRILL = 'kill:execution@hedge@2s,throw:strategy@slow@+1s,hang:orderbook@b@+500ms,drop-feed@+1s';

const ACCOUNTS = ['sim', 'other', 'hedge'];
const TRADED = ['sim:BTCUSDT', 'sim-b:BTCUSDT@other', 'sim-b:BTCUSDT@hedge'];

describe.each(['fused', 'split', 'dedicated'])(
  'several lanes, accounts and strategy actors, topology %s',
  (topology) => {
    it('trade at two venues through every fault, each account equal to what its exchange says', async () => {
      const traded = ({ position }: EngineStats): string[] =>
        Object.entries(position)
          .filter(([, { fills }]) => fills > 0)
          .map(([name]) => name);
      const haveAllTraded = (stats: EngineStats): boolean =>
        TRADED.every((name) => traded(stats).includes(name)) &&
        ACCOUNTS.every((account) => stats.counters[`execution@${account}`]['fills'] > 0);
      const settings = ['--config', CONFIG, '--topology', topology];
      const engine = await drilledEngine(DRILL, settings, haveAllTraded);
      const finished = await engine.finished;
      await engine.dispose();
      expect(finished.code, finished.err).toBe(0);
      const stats = lastSummary(finished);
      expect(stats.violations).toEqual([]);
      expect(stats.account).toMatchObject({ isEqual: true, duplicateClientIds: 0 });
      for (const drill of stats.drills) expect(drill.resumedAfterMs, drill.step).not.toBeNull();
      for (const account of ACCOUNTS) {
        expect(stats.counters[`execution@${account}`]['fills'], account).toBeGreaterThan(0);
      }
      expect(traded(stats)).toEqual(expect.arrayContaining(TRADED));
      expect(stats.orders.open + stats.orders.unknown).toBe(0);
      for (const ring of stats.rings.filter(({ policy }) => policy === 'lossless')) {
        expect(ring.published - ring.consumed, ring.name).toBe(ring.depth);
      }
    }, 150_000);
  },
);
