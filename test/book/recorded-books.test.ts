import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DELTA_LEVELS_MAX } from '../../engine/core/limits.ts';
import { DELTA_FLAG } from '../../engine/messages/enums.ts';
import { OrderBookRig } from '../fixtures/orderbook-rig.ts';
import type { Level } from '../fixtures/orderbook-rig.ts';
import { SHARED_DATA } from '../fixtures/shared-data.ts';

const CAPTURES = join(SHARED_DATA, 'captures');

interface Depth {
  readonly U: number;
  readonly u: number;
  readonly E: number;
  readonly b: readonly (readonly [string, string])[];
  readonly a: readonly (readonly [string, string])[];
}

interface Snapshot {
  readonly lastUpdateId: number;
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
}

interface Quote {
  readonly u: number;
  readonly b: string;
  readonly B: string;
  readonly a: string;
  readonly A: string;
}

const ticks = (text: string): number => Math.round(Number(text) * 1e2);
const lots = (text: string): number => Math.round(Number(text) * 1e5);
const level = ([price, qty]: readonly [string, string]): Level => [ticks(price), lots(qty)];

/** Feeds a recording with JSON.parse and the plainest reading of the venue's rules: an oracle, not a feed. */
class PlainFeed {
  readonly rig: OrderBookRig = new OrderBookRig(1, 256 * 1024);
  depthFrames = 0;
  private lastUpdateId = 0;
  private readonly early: Depth[] = [];

  frame(text: string): void {
    const message = JSON.parse(text) as { stream?: string; data?: unknown };
    if (message.stream === undefined) this.snapshot(message as unknown as Snapshot);
    else if (message.stream.includes('@depth')) {
      this.depthFrames++;
      this.depth(message.data as Depth);
    } else if (message.stream.endsWith('@bookTicker')) this.quote(message.data as Quote);
    else if (message.stream.endsWith('@trade'))
      this.trade(message.data as { t: number; p: string; q: string });
  }

  private depth(depth: Depth): void {
    if (this.lastUpdateId === 0) {
      this.early.push(depth);
      return;
    }
    if (depth.u <= this.lastUpdateId) return;
    expect(depth.U).toBeLessThanOrEqual(this.lastUpdateId + 1);
    this.lastUpdateId = depth.u;
    this.levels(depth.b.map(level), depth.a.map(level), depth.u, depth.E, 0);
  }

  private snapshot(snapshot: Snapshot): void {
    this.lastUpdateId = snapshot.lastUpdateId;
    const { bids, asks } = snapshot;
    this.levels(bids.map(level), asks.map(level), snapshot.lastUpdateId, 0, DELTA_FLAG.snapshot);
    for (const depth of this.early) this.depth(depth);
  }

  /** Cuts a frame into records of a few levels, so that frames span records as long ones do. */
  private levels(bids: Level[], asks: Level[], updateId: number, exchangeTsMs: number, kind: number): void {
    const size = updateId % 2 === 0 ? DELTA_LEVELS_MAX : 7;
    const all = [...bids.map((item) => [0, item] as const), ...asks.map((item) => [1, item] as const)];
    const count = Math.max(1, Math.ceil(all.length / size));
    for (let part = 0; part < count; part++) {
      const slice = all.slice(part * size, (part + 1) * size);
      const first = part === 0 ? DELTA_FLAG.first : 0;
      const last = part === count - 1 ? DELTA_FLAG.last : 0;
      this.rig.delta({
        lastUpdateId: updateId,
        exchangeTsMs,
        flags: kind | first | last,
        bids: slice.filter(([side]) => side === 0).map(([, item]) => item),
        asks: slice.filter(([side]) => side === 1).map(([, item]) => item),
      });
    }
  }

  private quote({ u, b, B, a, A }: Quote): void {
    this.rig.quote(u, [ticks(b), lots(B)], [ticks(a), lots(A)]);
  }

  private trade({ t, p, q }: { t: number; p: string; q: string }): void {
    this.rig.trade(0, ticks(p), lots(q), t);
  }
}

describe('books rebuilt from recorded Binance frames', () => {
  for (const [symbol, depthFrames] of [
    ['btcusdt', 3451],
    ['ethusdt', 3434],
  ] as const) {
    const file = join(CAPTURES, `binance-spot-${symbol}-20240808.frames.gz`);
    test.skipIf(!existsSync(file))(
      `${symbol}: never cross, lose nothing, and equal the venue's own best bid and ask`,
      () => {
        const feed = new PlainFeed();
        const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n');
        for (const line of lines) {
          feed.frame(line.slice(line.indexOf(' ') + 1));
          feed.rig.turn();
          feed.rig.bookToStrategy.drain();
          feed.rig.bookToAnalysis.drain();
          feed.rig.toApi.drain();
        }
        const stats = feed.rig.actor.bookStats(0);
        expect(feed.depthFrames).toBe(depthFrames);
        expect(stats).toMatchObject({
          isValid: true,
          crossed: 0,
          gaps: 0,
          resyncs: 0,
          snapshots: 1,
          staleDropped: 0,
        });
        expect(stats.updates).toBeGreaterThan(depthFrames - 5);
        expect(stats.topMatches).toBe(stats.updates);
        expect([stats.topMismatches, stats.topUnchecked]).toEqual([0, 0]);
        expect(feed.rig.count('booksConflated')).toBe(0);
      },
    );
  }
});
