import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../engine/core/clock.ts';
import type { Instrument } from '../../engine/core/instrument.ts';
import { Prng } from '../../engine/core/prng.ts';
import { COUNTER_BLOCK_BYTES, CounterBlock } from '../../engine/ipc/counters.ts';
import { ERROR_LOG_BYTES, ErrorLog } from '../../engine/ipc/error-log.ts';
import { MemoryMapBuilder } from '../../engine/ipc/memory-map.ts';
import type { Region } from '../../engine/ipc/memory-map.ts';
import { Publication, ringBytes, Subscription } from '../../engine/ipc/ring.ts';
import type { OverflowPolicy, RingDeclaration } from '../../engine/ipc/ring.ts';
import { MARKET_DATA_COUNTERS } from '../../engine/market-data/counters.ts';
import type { Feed, FeedContext } from '../../engine/market-data/feed-port.ts';
import { MarketDataActor } from '../../engine/market-data/market-data-actor.ts';
import {
  BOOK_RESET,
  BOOK_RESET_BYTES,
  BookReset,
  COMMAND as COMMAND_TYPE,
  COMMAND_BYTES,
  Command,
  CONNECTION_CHANGED,
  ConnectionChanged,
  GapRecord,
} from '../../engine/messages/codecs.ts';
import { COMMAND, CONNECTION_KIND, CONNECTION_STATE, GAP_REASON } from '../../engine/messages/enums.ts';
import { testInstrument } from './market-data-rig.ts';

const MS = 1e6;
const INSTRUMENTS = [testInstrument(0, 'BTCUSDT'), testInstrument(1, 'ETHUSDT')];

/** A feed that only remembers what it was asked for. */
class ScriptedFeed implements Feed {
  readonly context: FeedContext;
  readonly calls: string[] = [];
  readonly data = [0, 0];
  constructor(context: FeedContext) {
    this.context = context;
  }
  start(): void {
    this.calls.push('start');
  }
  doWork(): number {
    return 0;
  }
  hasWork(): boolean {
    return false;
  }
  resync(instrumentIndex: number, reason: number): void {
    this.calls.push(`resync ${instrumentIndex} ${reason}`);
  }
  refresh(instrumentIndex: number): void {
    this.calls.push(`refresh ${instrumentIndex}`);
  }
  lastDataNs(instrumentIndex: number): number {
    return this.data[instrumentIndex];
  }
  dropConnections(): void {
    this.calls.push('drop');
  }
  close(): void {
    this.calls.push('close');
  }
}

interface Ends {
  readonly publication: Publication;
  readonly subscription: Subscription;
}

function rig(staleMs: number, journalBytes = 1 << 12, terms: readonly Instrument[] = INSTRUMENTS) {
  const builder = new MemoryMapBuilder();
  const declare = (
    name: string,
    policy: OverflowPolicy,
    capacityBytes = 1 << 12,
  ): [RingDeclaration, Region] => [
    { name, policy, capacityBytes },
    builder.reserve(name, ringBytes(capacityBytes)),
  ];
  const declared = {
    output: declare('feed-to-book', 'lossless'),
    resync: declare('book-to-feed', 'lossless'),
    commands: declare('commands', 'lossless'),
    journal: declare('journal', 'lossless', journalBytes),
    api: declare('api', 'drop', 1 << 10),
  };
  const counterRegion = builder.reserve('counters', COUNTER_BLOCK_BYTES);
  const errorRegion = builder.reserve('errors', ERROR_LOG_BYTES);
  const buffer = new SharedArrayBuffer(builder.seal().byteLength);
  const ends = ([declaration, region]: [RingDeclaration, Region]): Ends => ({
    publication: new Publication(buffer, region, declaration, null),
    subscription: new Subscription(buffer, region, declaration),
  });
  const rings = {
    output: ends(declared.output),
    resync: ends(declared.resync),
    commands: ends(declared.commands),
    journal: ends(declared.journal),
    api: ends(declared.api),
  };
  const clock = new SimulatedClock(0);
  const counters = new CounterBlock(buffer, counterRegion);
  const feeds: ScriptedFeed[] = [];
  const actor = new MarketDataActor({
    instruments: INSTRUMENTS,
    instrumentAt: (index) => terms[index],
    clock,
    random: new Prng(1),
    counters,
    errors: new ErrorLog(buffer, errorRegion),
    output: rings.output.publication,
    resyncRequests: rings.resync.subscription,
    commands: rings.commands.subscription,
    journal: rings.journal.publication,
    api: rings.api.publication,
    kick: () => undefined,
    createFeed: (context) => {
      feeds.push(new ScriptedFeed(context));
      return feeds[0];
    },
    staleMs,
  });
  const count = (name: keyof typeof MARKET_DATA_COUNTERS): number =>
    counters.readAll(MARKET_DATA_COUNTERS)[name];
  const at = (ms: number): void => {
    clock.advanceTo(ms * MS);
    actor.doWork(ms * MS);
  };
  return { actor, feed: feeds[0], rings, count, at };
}

function command(to: Publication, kind: number, instrumentIndex = -1): void {
  const record = new Command().wrap(to.view, to.tryClaim(COMMAND_TYPE, COMMAND_BYTES));
  record.commandSeq = 1;
  record.argument = 0;
  record.kind = kind;
  record.instrumentIndex = instrumentIndex;
  to.commit();
}

function askResync(to: Publication, instrumentIndex: number, reason: number): void {
  const record = new BookReset().wrap(to.view, to.tryClaim(BOOK_RESET, BOOK_RESET_BYTES));
  record.recvNs = 0;
  record.expectedUpdateId = 0;
  record.gotUpdateId = 0;
  record.instrumentIndex = instrumentIndex;
  record.reason = reason;
  to.commit();
}

/** Everything in a ring, as text. */
function read(from: Subscription): string[] {
  const lines: string[] = [];
  while (
    from.poll((type, view, at) => {
      if (type === CONNECTION_CHANGED) {
        const { kind, state, attempt } = new ConnectionChanged().wrap(view, at);
        expect(kind).toBe(CONNECTION_KIND.marketData);
        lines.push(`connection ${state} ${attempt}`);
      } else {
        const gap = new GapRecord().wrap(view, at);
        lines.push(`gap ${gap.instrumentIndex} ${gap.reason} ${gap.expectedUpdateId} ${gap.gotUpdateId}`);
      }
    }, 100) > 0
  );
  return lines;
}

describe('market-data actor', () => {
  it('starts its feed, passes resync requests on and closes it', () => {
    const { actor, feed, rings, count } = rig(0);
    actor.onStart(0);
    askResync(rings.resync.publication, 1, GAP_REASON.crossed);
    expect(actor.hasWork()).toBe(true);
    expect(actor.doWork(1)).toBe(1);
    expect(actor.hasWork()).toBe(false);
    actor.onClose();
    expect(feed.calls).toEqual(['start', `resync 1 ${GAP_REASON.crossed}`, 'close']);
    expect(count('resyncRequests')).toBe(1);
  });

  it('obeys drills and passes over what is not for it', () => {
    const { actor, feed, rings, count } = rig(0);
    for (const kind of [COMMAND.dropFeed, COMMAND.kill, COMMAND.pause])
      command(rings.commands.publication, kind);
    actor.doWork(1);
    expect(feed.calls).toEqual(['drop']);
    expect(count('commands')).toBe(3);
    command(rings.commands.publication, COMMAND.throwNow);
    expect(() => actor.doWork(2)).toThrow(/drill/);
    expect(actor.doWork(3)).toBe(0);
    command(rings.resync.publication, COMMAND.kill);
    actor.doWork(4);
    expect(count('unknownTemplate')).toBe(1);
  });

  it('tells journal and api of connections and gaps, in order', () => {
    const { feed, rings } = rig(0);
    feed.context.onConnection(CONNECTION_STATE.connecting, 1);
    feed.context.onGap(1, GAP_REASON.sequenceGap, 5, 9);
    feed.context.onConnection(CONNECTION_STATE.live, 1);
    const expected = ['connection 1 1', `gap 1 ${GAP_REASON.sequenceGap} 5 9`, 'connection 3 1'];
    expect(read(rings.journal.subscription)).toEqual(expected);
    expect(read(rings.api.subscription)).toEqual(expected);
  });

  it('keeps events for the journal while its ring is full, and lets the api miss some', () => {
    const { actor, feed, rings, count } = rig(0, 1 << 9);
    for (let id = 0; id < 100; id++) feed.context.onGap(0, GAP_REASON.sequenceGap, id, id + 1);
    expect(actor.hasWork()).toBe(true);
    const lines: string[] = [];
    for (let turn = 0; turn < 100 && actor.hasWork(); turn++) {
      lines.push(...read(rings.journal.subscription));
      actor.doWork(1);
    }
    lines.push(...read(rings.journal.subscription));
    expect(lines).toEqual(
      Array.from({ length: 100 }, (_, id) => `gap 0 ${GAP_REASON.sequenceGap} ${id} ${id + 1}`),
    );
    expect(count('telemetryDropped')).toBeGreaterThan(0);
    expect(count('journalEventsLost')).toBe(0);
    for (let id = 0; id < 2_000; id++) feed.context.onGap(0, GAP_REASON.sequenceGap, id, id + 1);
    expect(count('journalEventsLost')).toBeGreaterThan(0);
  });

  it('rebuilds a book whose data stopped, once per silence, and leaves the others alone', () => {
    const { feed, at, count } = rig(1_000);
    for (let ms = 0; ms <= 5_000; ms += 50) {
      feed.data[0] = Math.max(1, ms * MS);
      if (ms <= 500) feed.data[1] = Math.max(1, ms * MS);
      at(ms);
    }
    expect(feed.calls).toEqual([`resync 1 ${GAP_REASON.stale}`]);
    expect(count('staleBooks')).toBe(1);
    expect(count('deadFeeds')).toBe(0);
  });

  it('lets a book alone that the venue has halted, and judges it again when it is traded', () => {
    const terms = [...INSTRUMENTS];
    const { feed, at, rings, count } = rig(1_000, 1 << 12, terms);
    const stands = (fromMs: number, toMs: number): string[] => {
      const before = feed.calls.length;
      for (let ms = fromMs; ms < toMs; ms += 50) {
        feed.data[0] = Math.max(1, ms * MS);
        at(ms);
      }
      return feed.calls.slice(before);
    };
    feed.data[1] = 1;
    terms[1] = { ...INSTRUMENTS[1], epoch: 2, status: 'halted' };
    command(rings.commands.publication, COMMAND.updateInstrument, 1);
    expect(stands(0, 5_000)).toEqual([]);
    terms[1] = { ...INSTRUMENTS[1], epoch: 3 };
    command(rings.commands.publication, COMMAND.updateInstrument, 1);
    expect(stands(5_000, 6_000)).toEqual([`resync 1 ${GAP_REASON.stale}`]);
    expect(count('staleBooks')).toBe(1);
  });

  it('looks at a quiet market less and less often, and closely again when it moves', () => {
    const { feed, at, count } = rig(1_000);
    let snapshotDueMs = Infinity;
    let resyncs = 0;
    const run = (fromMs: number, toMs: number, moves: boolean): number => {
      const before = resyncs;
      for (let ms = fromMs; ms < toMs; ms += 50) {
        feed.data[1] = ms * MS;
        if (moves || ms >= snapshotDueMs) feed.data[0] = Math.max(1, ms * MS);
        if (ms >= snapshotDueMs) snapshotDueMs = Infinity;
        at(ms);
        if (feed.calls.length > resyncs) {
          resyncs = feed.calls.length;
          snapshotDueMs = ms + 100;
        }
      }
      return resyncs - before;
    };
    expect(run(50, 1_000, true)).toBe(0);
    /* Limits 1, 2, 4, 8, 16, 16, ... seconds. */
    expect(run(1_000, 4_500, false)).toBe(2);
    expect(run(4_500, 36_000, false)).toBe(3);
    expect(run(36_000, 40_000, true)).toBe(0);
    expect(run(40_000, 41_900, false)).toBe(1);
    expect(count('staleBooks')).toBe(6);
  });

  it('counts a feed that is dead as a whole apart, and needs none for a replay', () => {
    const dead = rig(1_000);
    dead.feed.data.fill(1);
    for (let ms = 0; ms <= 3_000; ms += 50) dead.at(ms);
    expect(dead.feed.calls).toEqual([`resync 0 ${GAP_REASON.stale}`, `resync 1 ${GAP_REASON.stale}`]);
    expect(dead.count('deadFeeds')).toBe(1);
    expect(dead.count('staleBooks')).toBe(0);
    const off = rig(0);
    off.feed.data.fill(1);
    for (let ms = 0; ms <= 3_000; ms += 50) off.at(ms);
    expect(off.feed.calls).toEqual([]);
  });
});
