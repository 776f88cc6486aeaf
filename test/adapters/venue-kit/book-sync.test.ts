import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBinanceSpotDecoder } from '../../../adapters/binance-spot/feed.ts';
import { SNAPSHOT_RESULT } from '../../../adapters/venue-kit/feed/depth-sequencer.ts';
import { BookSync, SNAPSHOT_VERDICT, SYNC_STATE } from '../../../adapters/venue-kit/book/book-sync.ts';
import { CONSECUTIVE_IDS, VERDICT } from '../../../adapters/venue-kit/book/continuity.ts';
import { FIELD, FIELD_COUNT } from '../../../adapters/venue-kit/feed/frame-fields.ts';
import { GAP_REASON } from '../../../engine/messages/enums.ts';
import { MarketDataRig, testInstrument } from '../../market-data/market-data-rig.ts';

const BTC = testInstrument(0, 'BTCUSDT');

function update(first: number, last: number): Buffer {
  return Buffer.from(
    `{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":${first},"u":${last},"b":[["1.00","${last}"]],"a":[]}`,
  );
}

/** An update's ids as the scanner leaves them. */
function ids(first: number, last: number): Float64Array {
  const numbers = new Float64Array(FIELD_COUNT);
  numbers[FIELD.firstId] = first;
  numbers[FIELD.lastId] = last;
  return numbers;
}

function snapshotText(id: number): Buffer {
  return Buffer.from(`{"lastUpdateId":${id},"bids":[["1.00","${id}"]],"asks":[]}`);
}

type Step = { kind: 'update'; first: number; last: number } | { kind: 'snapshot'; id: number };

/**
 * The protocol page read literally, with arrays: buffer, snapshot, drop, apply. Returns what a book would be told:
 * "snapshot id", "apply first-last", "reset".
 */
function naive(steps: readonly Step[]): string[] {
  const told: string[] = [];
  let buffered: { first: number; last: number }[] = [];
  let bookId: number | null = null;
  const offer = (event: { first: number; last: number }): void => {
    if (bookId === null) buffered.push(event);
    else if (event.last <= bookId) return;
    else if (event.first > bookId + 1) {
      told.push('reset');
      bookId = null;
      buffered = [event];
    } else {
      told.push(`apply ${event.first}-${event.last}`);
      bookId = event.last;
    }
  };
  for (const step of steps) {
    if (step.kind === 'update') {
      offer(step);
      continue;
    }
    if (bookId !== null) continue;
    if (buffered.length > 0 && step.id < buffered[0].first) continue;
    told.push(`snapshot ${step.id}`);
    bookId = step.id;
    const waiting = buffered;
    buffered = [];
    for (const event of waiting) offer(event);
  }
  return told;
}

/** Chained updates with faults: lost, repeated and overlapping ones, snapshots of any age in between. */
const steps = fc
  .array(
    fc.record({
      fault: fc.constantFrom(
        'none',
        'none',
        'none',
        'none',
        'lose',
        'repeat',
        'overlap',
        'snapshot',
        'snapshot',
      ),
      span: fc.integer({ min: 1, max: 5 }),
      age: fc.integer({ min: -6, max: 12 }),
    }),
    { maxLength: 60 },
  )
  .map((plan) => {
    const list: Step[] = [];
    let nextId = 100;
    for (const { fault, span, age } of plan) {
      if (fault === 'snapshot') {
        list.push({ kind: 'snapshot', id: Math.max(1, nextId - 1 - age) });
        continue;
      }
      const first = fault === 'overlap' ? nextId - span : nextId;
      const last = nextId + span - 1;
      if (fault !== 'lose') list.push({ kind: 'update', first, last });
      if (fault === 'repeat') list.push({ kind: 'update', first, last });
      nextId = last + 1;
    }
    return list;
  });

describe('book continuity', () => {
  it('tells a book the same as the protocol page read literally', () => {
    let gapsSeen = 0;
    let tooOldSeen = 0;
    fc.assert(
      fc.property(steps, (list) => {
        const rig = new MarketDataRig([BTC], 1 << 18);
        const decoder = createBinanceSpotDecoder(rig.context);
        for (const step of list) {
          const bytes = step.kind === 'update' ? update(step.first, step.last) : snapshotText(step.id);
          if (step.kind === 'update') decoder.take(bytes, 0, bytes.length);
          else if (decoder.takeSnapshot(0, bytes, 0, bytes.length) === SNAPSHOT_RESULT.tooOld) tooOldSeen++;
        }
        const told = rig.drain().map((seen) => {
          if (seen.kind === 'reset') return 'reset';
          if (seen.kind === 'snapshot') return `snapshot ${seen.last}`;
          return seen.kind === 'depth' ? `apply ${seen.first}-${seen.last}` : seen.kind;
        });
        expect(told).toEqual(naive(list));
        gapsSeen += rig.count('gaps');
        expect(rig.gaps).toHaveLength(rig.count('gaps'));
        expect(rig.outcomeSum()).toBe(rig.count('frames'));
      }),
      { seed: 3, numRuns: 2_000 },
    );
    expect(gapsSeen).toBeGreaterThan(100);
    expect(tooOldSeen).toBeGreaterThan(100);
  });

  it('never lets a book see a hole: what is applied always follows on', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const rig = new MarketDataRig([BTC], 1 << 18);
        const decoder = createBinanceSpotDecoder(rig.context);
        for (const step of list) {
          const bytes = step.kind === 'update' ? update(step.first, step.last) : snapshotText(step.id);
          if (step.kind === 'update') decoder.take(bytes, 0, bytes.length);
          else decoder.takeSnapshot(0, bytes, 0, bytes.length);
        }
        let bookId: number | null = null;
        for (const seen of rig.drain()) {
          if (seen.kind === 'reset') bookId = null;
          else if (seen.kind === 'snapshot') bookId = seen.last;
          else if (seen.kind === 'depth') {
            expect(bookId).not.toBeNull();
            expect(seen.first).toBeLessThanOrEqual((bookId ?? 0) + 1);
            expect(seen.last).toBeGreaterThan(bookId ?? 0);
            bookId = seen.last;
          }
        }
      }),
      { seed: 4, numRuns: 1_000 },
    );
  });

  it('asks for a newer snapshot when the first kept update starts after it', () => {
    const sync = new BookSync(CONSECUTIVE_IDS);
    expect(sync.judgeArrival(0, ids(50, 55))).toBe(VERDICT.keep);
    sync.noteKept(0, 50, true);
    expect(sync.judgeSnapshot(0, 49)).toBe(SNAPSHOT_VERDICT.tooOld);
    expect(sync.judgeSnapshot(0, 50)).toBe(SNAPSHOT_VERDICT.use);
    sync.noteSnapshot(0, 50);
    expect(sync.state(0)).toBe(SYNC_STATE.draining);
    expect(sync.judgeInOrder(0, ids(50, 55))).toBe(VERDICT.apply);
    sync.noteApplied(0, 55);
    sync.noteDrained(0);
    expect(sync.judgeArrival(0, ids(56, 57))).toBe(VERDICT.apply);
    expect(sync.judgeArrival(0, ids(57, 58))).toBe(VERDICT.gap);
    expect(sync.judgeArrival(0, ids(40, 55))).toBe(VERDICT.stale);
    expect(sync.judgeSnapshot(0, 90)).toBe(SNAPSHOT_VERDICT.unneeded);
  });

  it('begins anew when more updates wait than it keeps, and still ends synchronised', () => {
    const rig = new MarketDataRig([BTC]);
    const decoder = createBinanceSpotDecoder(rig.context, { keptFramesMax: 8 });
    for (let id = 1; id <= 20; id++) {
      const bytes = update(id, id);
      decoder.take(bytes, 0, bytes.length);
    }
    expect(rig.count('depthBufferFull')).toBe(16);
    const old = snapshotText(10);
    expect(decoder.takeSnapshot(0, old, 0, old.length)).toBe(SNAPSHOT_RESULT.tooOld);
    const good = snapshotText(18);
    expect(decoder.takeSnapshot(0, good, 0, good.length)).toBe(SNAPSHOT_RESULT.used);
    expect(rig.drain().map((seen) => 'last' in seen && seen.last)).toEqual([18, 19, 20]);
    expect(decoder.isSynced()).toBe(true);
  });

  it('hides a book on request and ignores requests while a snapshot is awaited', () => {
    const rig = new MarketDataRig([BTC]);
    const decoder = createBinanceSpotDecoder(rig.context);
    decoder.resync(0, GAP_REASON.crossed);
    expect(rig.drain()).toEqual([]);
    const bytes = snapshotText(5);
    decoder.takeSnapshot(0, bytes, 0, bytes.length);
    decoder.resync(0, GAP_REASON.crossed);
    decoder.resync(0, GAP_REASON.crossed);
    expect(rig.drain().map(({ kind }) => kind)).toEqual(['snapshot', 'reset']);
    expect(rig.gaps).toEqual([{ instrument: 0, reason: GAP_REASON.crossed, expected: 5, got: 0 }]);
    expect(decoder.needsSnapshot(0)).toBe(true);
  });
});
