// hot path: no allocation after start (updates of unexpected shape excepted)
import type { CounterBlock } from '../../../engine/ipc/counters.ts';
import { MARKET_DATA_COUNTER as COUNTER } from '../../../engine/market-data/counters.ts';
import type { FeedContext } from '../../../engine/market-data/feed-port.ts';
import { DELTA_FLAG, GAP_REASON } from '../../../engine/messages/enums.ts';
import type { BookSync } from '../book/book-sync.ts';
import { SNAPSHOT_VERDICT, SYNC_STATE } from '../book/book-sync.ts';
import { VERDICT } from '../book/continuity.ts';
import { REFUSAL } from '../scan/byte-scan.ts';
import { DepthWriter } from './depth-writer.ts';
import { parseFallback } from './frame-fallback.ts';
import { FIELD } from './frame-fields.ts';
import type { FrameGrammar } from './frame-grammar.ts';
import type { FrameScanner } from './frame-scanner.ts';
import type { FrameTally } from './frame-tally.ts';
import { KeptUpdates, NOTHING_KEPT } from './kept-updates.ts';
import type { KeptUpdateOptions } from './kept-updates.ts';
import type { RecordWriter } from './record-writer.ts';
import { WRITE } from './record-writer.ts';
import { refusalCounter } from './refusal-counter.ts';
import { ResetQueue } from './reset-queue.ts';

/** What became of a snapshot. */
export const SNAPSHOT_RESULT = { blocked: 0, used: 1, tooOld: 2, unneeded: 3, refused: 4 } as const;

/** Slots of the receive times. */
export const ARRIVING = 0;
export const KEPT = 1;

/**
 * Puts depth updates and snapshots into the order that the venue's continuity rule demands and writes them to the ring:
 * keeps updates while a snapshot is on its way, applies them behind it, and hides the book where one is missing. The
 * scanner stands on the frame that is handed in; `bytes[at, to)` is what it scanned. One thread.
 */
export class DepthSequencer {
  private readonly context: FeedContext;
  private readonly sync: BookSync;
  private readonly grammar: FrameGrammar;
  private readonly counters: CounterBlock;
  private readonly scanner: FrameScanner;
  private readonly writer: RecordWriter;
  private readonly updates: DepthWriter;
  private readonly tally: FrameTally;
  private readonly times: Float64Array;
  private readonly lastData: Float64Array;
  private readonly kept: KeptUpdates;
  private readonly resets: ResetQueue;
  private drainsWaiting: number;

  /**
   * @param times receive times: [ARRIVING] of the frame handed in, [KEPT] of the kept update being applied
   * @param lastData by instrument, receive time of its newest depth frame
   */
  constructor(
    context: FeedContext,
    sync: BookSync,
    grammar: FrameGrammar,
    scanner: FrameScanner,
    writer: RecordWriter,
    tally: FrameTally,
    times: Float64Array,
    lastData: Float64Array,
    options: KeptUpdateOptions,
  ) {
    this.context = context;
    this.sync = sync;
    this.grammar = grammar;
    this.counters = context.counters;
    this.scanner = scanner;
    this.writer = writer;
    this.updates = new DepthWriter(grammar, scanner, writer, context.counters);
    this.tally = tally;
    this.times = times;
    this.lastData = lastData;
    this.kept = new KeptUpdates(options, sync, context.counters, times);
    for (let count = 0; count < context.instruments.length; count++) this.kept.addInstrument();
    this.resets = new ResetQueue(writer);
    this.drainsWaiting = 0;
  }

  /** Room for the instrument that was last added. */
  addInstrument(): void {
    this.kept.addInstrument();
  }

  /** Whether updates are kept. */
  hasKept(instrumentIndex: number): boolean {
    return !this.kept.isEmpty(instrumentIndex);
  }

  hasWork(): boolean {
    return this.resets.waiting + this.drainsWaiting > 0;
  }

  /** Writes what found no room before; the work count. */
  doWork(): number {
    let workCount = 0;
    for (let index = 0; index < this.context.instruments.length; index++) {
      if (this.resets.isWaiting(index) && this.resets.flush(index)) workCount++;
      if (this.sync.state(index) === SYNC_STATE.draining) workCount += this.drain(index);
    }
    return workCount;
  }

  /** Wants a newer snapshot for a book in good order, which goes on meanwhile. */
  refresh(instrumentIndex: number): void {
    if (this.sync.isRefreshing(instrumentIndex) || !this.sync.startRefresh(instrumentIndex)) return;
    this.kept.clear(instrumentIndex);
    this.counters.increment(COUNTER.refreshRequests);
  }

  /** Hides the book and starts over, for a GAP_REASON that lies outside of the frames. */
  restart(instrumentIndex: number, reason: number): void {
    this.lose(instrumentIndex, reason, Math.max(0, this.sync.bookId(instrumentIndex)), 0, NOTHING_KEPT);
  }

  /** As `restart`, for a book that is shown, and not losing what the snapshot on its way needs. */
  resync(instrumentIndex: number, reason: number): void {
    const expected = Math.max(0, this.sync.bookId(instrumentIndex));
    /* A snapshot for this very reason may be on its way: it needs the updates kept since it was asked for. */
    const keepsOn = reason === GAP_REASON.coverage && this.sync.isRefreshing(instrumentIndex);
    const keptFrom = keepsOn ? this.sync.refreshableFrom(instrumentIndex) : NOTHING_KEPT;
    this.lose(instrumentIndex, reason, expected, 0, keptFrom);
  }

  /** Takes a depth update out of a frame of `byteLength`; false = no room in the ring, offer it again. */
  takeUpdate(bytes: Buffer, at: number, to: number, byteLength: number): boolean {
    const { instrumentIndex, numbers } = this.scanner;
    switch (this.sync.judgeArrival(instrumentIndex, numbers)) {
      case VERDICT.apply:
        return this.applyArrived(instrumentIndex, bytes, at, to, byteLength);
      case VERDICT.keep:
        this.keep(instrumentIndex, bytes, at, to);
        if (this.sync.state(instrumentIndex) === SYNC_STATE.draining) this.drain(instrumentIndex);
        break;
      case VERDICT.stale:
        this.counters.increment(COUNTER.depthStale);
        break;
      default:
        this.counters.increment(COUNTER.gaps);
        this.loseAt(instrumentIndex, GAP_REASON.sequenceGap, numbers[FIELD.firstId], NOTHING_KEPT);
        this.keep(instrumentIndex, bytes, at, to);
    }
    this.lastData[instrumentIndex] = this.times[ARRIVING];
    return this.tally.count(COUNTER.depthFrames, byteLength);
  }

  /** Takes a snapshot out of a frame of `byteLength`; a SNAPSHOT_RESULT. `at` < 0: it is rewritten already. */
  takeSnapshot(instrumentIndex: number, bytes: Buffer, at: number, to: number, byteLength: number): number {
    const { counters, scanner, sync, tally } = this;
    if (!this.resets.flush(instrumentIndex)) return SNAPSHOT_RESULT.blocked;
    const lastId = scanner.numbers[FIELD.lastId];
    const verdict = sync.judgeSnapshot(instrumentIndex, lastId);
    if (verdict !== SNAPSHOT_VERDICT.use) {
      const isOld = verdict === SNAPSHOT_VERDICT.tooOld;
      counters.increment(isOld ? COUNTER.snapshotsTooOld : COUNTER.snapshotsUnneeded);
      tally.count(COUNTER.snapshotFrames, byteLength);
      return isOld ? SNAPSHOT_RESULT.tooOld : SNAPSHOT_RESULT.unneeded;
    }
    const goesBack = sync.wouldGoBack(instrumentIndex, lastId);
    const flags = goesBack ? DELTA_FLAG.snapshot | DELTA_FLAG.catchUp : DELTA_FLAG.snapshot;
    const status = this.writer.writeDepth(bytes, to, instrumentIndex, ARRIVING, flags);
    if (status === WRITE.blocked) return SNAPSHOT_RESULT.blocked;
    if (status === REFUSAL.unexpected && at >= 0) {
      const parsed = parseFallback(bytes, at, to, this.grammar);
      if (parsed.bytes !== null && !parsed.bytes.equals(bytes.subarray(at, to))) {
        scanner.scan(parsed.bytes, 0, parsed.bytes.length);
        return this.takeSnapshot(instrumentIndex, parsed.bytes, -1, parsed.bytes.length, byteLength);
      }
    }
    if (status < 0) {
      tally.count(refusalCounter(status), byteLength);
      return SNAPSHOT_RESULT.refused;
    }
    if (sync.isRefreshing(instrumentIndex)) counters.increment(COUNTER.refreshes);
    sync.noteSnapshot(instrumentIndex, lastId);
    this.drainsWaiting++;
    this.lastData[instrumentIndex] = this.times[ARRIVING];
    tally.count(COUNTER.snapshotFrames, byteLength);
    this.drain(instrumentIndex);
    return SNAPSHOT_RESULT.used;
  }

  private applyArrived(
    instrumentIndex: number,
    bytes: Buffer,
    at: number,
    to: number,
    byteLength: number,
  ): boolean {
    const { sync } = this;
    const firstId = this.scanner.numbers[FIELD.firstId];
    const lastId = this.scanner.numbers[FIELD.lastId];
    const status = this.updates.write(bytes, at, to, instrumentIndex, ARRIVING, 0);
    if (status === WRITE.blocked) return false;
    if (status < 0) {
      this.counters.increment(COUNTER.malformedGaps);
      this.loseAt(instrumentIndex, GAP_REASON.malformedFrame, lastId, NOTHING_KEPT);
      return this.tally.count(refusalCounter(status), byteLength);
    }
    sync.noteApplied(instrumentIndex, lastId);
    if (sync.isRefreshing(instrumentIndex)) {
      this.kept.appendApplied(instrumentIndex, bytes, at, to, ARRIVING, firstId);
    }
    this.lastData[instrumentIndex] = this.times[ARRIVING];
    this.counters.increment(COUNTER.depthApplied);
    return this.tally.count(COUNTER.depthFrames, byteLength);
  }

  /** Keeps an update until the snapshot came. When there is no room the older ones go: the snapshot is late anyway. */
  private keep(instrumentIndex: number, bytes: Buffer, at: number, to: number): void {
    const { counters, kept, sync } = this;
    const firstId = this.scanner.numbers[FIELD.firstId];
    if (kept.append(instrumentIndex, bytes, at, to, ARRIVING, firstId)) {
      counters.increment(COUNTER.depthBuffered);
      return;
    }
    counters.add(COUNTER.depthBufferFull, kept.store(instrumentIndex).count);
    if (sync.state(instrumentIndex) === SYNC_STATE.draining) {
      this.loseAt(instrumentIndex, GAP_REASON.ringFull, firstId, NOTHING_KEPT);
    } else {
      kept.clear(instrumentIndex);
      sync.restart(instrumentIndex);
    }
    const isKept = kept.append(instrumentIndex, bytes, at, to, ARRIVING, firstId);
    counters.increment(isKept ? COUNTER.depthBuffered : COUNTER.depthBufferFull);
  }

  /** Judges the kept updates against the book, oldest first, until done or until the ring is full. */
  private drain(instrumentIndex: number): number {
    const store = this.kept.store(instrumentIndex);
    let workCount = 0;
    while (!store.isEmpty()) {
      const status = this.applyKept(instrumentIndex);
      if (status === WRITE.blocked) return workCount;
      workCount++;
      // The book was lost, and with it this drain.
      if (status < 0) return workCount;
      store.dropHead();
    }
    this.sync.noteDrained(instrumentIndex);
    this.drainsWaiting--;
    return workCount + 1;
  }

  /** The oldest kept update; a WRITE, or negative when the book was lost on it. */
  private applyKept(instrumentIndex: number): number {
    const { counters, scanner, sync } = this;
    const store = this.kept.store(instrumentIndex);
    const at = store.headStart();
    const to = store.headEnd();
    store.readHeadTime(this.times, KEPT);
    scanner.scan(store.bytes, at, to);
    const firstId = scanner.numbers[FIELD.firstId];
    const lastId = scanner.numbers[FIELD.lastId];
    const verdict = sync.judgeInOrder(instrumentIndex, scanner.numbers);
    if (verdict === VERDICT.gap) {
      counters.increment(COUNTER.gaps);
      this.loseAt(instrumentIndex, GAP_REASON.sequenceGap, firstId, firstId);
      return REFUSAL.unexpected;
    }
    if (verdict !== VERDICT.apply) {
      counters.increment(COUNTER.depthStale);
      return WRITE.done;
    }
    const flags = sync.isCatchingUp(instrumentIndex, lastId) ? DELTA_FLAG.catchUp : 0;
    const status = this.updates.write(store.bytes, at, to, instrumentIndex, KEPT, flags);
    if (status === WRITE.blocked) return status;
    if (status < 0) {
      counters.increment(COUNTER.malformedGaps);
      this.loseAt(instrumentIndex, GAP_REASON.malformedFrame, lastId, NOTHING_KEPT);
      return status;
    }
    sync.noteApplied(instrumentIndex, lastId);
    counters.increment(COUNTER.depthApplied);
    this.tally.countOffGrid();
    return WRITE.done;
  }

  private loseAt(instrumentIndex: number, reason: number, gotId: number, keptFrom: number): void {
    this.lose(instrumentIndex, reason, this.sync.expectedId(instrumentIndex), gotId, keptFrom);
  }

  /**
   * The book is lost: tells the ring, the actor, and starts over. `keptFrom`: first id of the kept updates that are the
   * first of the new start; NOTHING_KEPT = they go too.
   */
  private lose(
    instrumentIndex: number,
    reason: number,
    expectedId: number,
    gotId: number,
    keptFrom: number,
  ): void {
    const { sync } = this;
    if (sync.state(instrumentIndex) === SYNC_STATE.draining) this.drainsWaiting--;
    sync.restart(instrumentIndex);
    if (keptFrom !== NOTHING_KEPT) sync.noteKept(instrumentIndex, keptFrom, true);
    else this.kept.clear(instrumentIndex);
    this.counters.increment(COUNTER.resyncs);
    this.resets.reset(instrumentIndex, reason, expectedId, gotId);
    if (reason !== GAP_REASON.start) this.context.onGap(instrumentIndex, reason, expectedId, gotId);
  }
}
