// hot path: no allocation after start (frames of unexpected shape and control messages excepted)
import { FRAME_BYTES_MAX, INSTRUMENTS_MAX } from '../../../engine/core/limits.ts';
import type { CounterBlock } from '../../../engine/ipc/counters.ts';
import { MARKET_DATA_COUNTER as COUNTER } from '../../../engine/market-data/counters.ts';
import type { FeedContext, FrameDecoder } from '../../../engine/market-data/feed-port.ts';
import { MARKET_DATA_ERROR } from '../../../engine/market-data/error-codes.ts';
import { DELTA_FLAG, GAP_REASON } from '../../../engine/messages/enums.ts';
import { FrameStore } from '../../net/frame-store.ts';
import { BookSync, SNAPSHOT_VERDICT, SYNC_STATE } from '../book/book-sync.ts';
import { VERDICT } from '../book/continuity.ts';
import type { ContinuityRule } from '../book/continuity.ts';
import { REFUSAL } from '../scan/byte-scan.ts';
import { DECODER_DEFAULTS } from './decoder-options.ts';
import type { DecoderOptions } from './decoder-options.ts';
import { parseFallback } from './frame-fallback.ts';
import { FIELD, FRAME } from './frame-fields.ts';
import type { FrameGrammar } from './frame-grammar.ts';
import { FrameScanner } from './frame-scanner.ts';
import { RecordWriter, WRITE } from './record-writer.ts';
import { refusalCounter } from './refusal-counter.ts';

/** What a decoder must know of a venue's market data. */
export interface MarketProtocol {
  readonly grammar: FrameGrammar;
  readonly continuity: ContinuityRule;
}

/** What became of a snapshot. */
export const SNAPSHOT_RESULT = { blocked: 0, used: 1, tooOld: 2, unneeded: 3, refused: 4 } as const;

/** Slots of `times`. */
const ARRIVING = 0;
const KEPT = 1;
/** No update is kept: what BookSync says for its first id. */
const NOTHING_KEPT = -1;

/**
 * A venue's frames to ring records, with the continuity rule of its books: the part that a live feed and a replay
 * share. Every frame taken raises `frames` and one outcome counter.
 */
export class MarketDecoder implements FrameDecoder {
  readonly times: Float64Array;
  readonly sync: BookSync;
  /** Set when the venue announced its shutdown; whoever acts on it clears it. */
  shutdownAnnounced: boolean;
  private readonly context: FeedContext;
  private readonly grammar: FrameGrammar;
  private readonly counters: CounterBlock;
  private readonly scanner: FrameScanner;
  private readonly writer: RecordWriter;
  private readonly kept: FrameStore[];
  private readonly settings: DecoderOptions;
  /** 1 = the instrument in that place is traded no more. */
  private readonly removed: Uint8Array;
  private readonly lastData: Float64Array;
  private readonly lastTradeIds: Float64Array;
  private readonly lastQuoteIds: Float64Array;
  /** GAP_REASON of a BookReset that waits for room; 0 = none. */
  private readonly resetReasons: Int32Array;
  private readonly resetExpected: Float64Array;
  private readonly resetGot: Float64Array;
  private resetsWaiting: number;
  private drainsWaiting: number;

  constructor(context: FeedContext, protocol: MarketProtocol, options: Partial<DecoderOptions> = {}) {
    const settings: DecoderOptions = { ...DECODER_DEFAULTS, ...options };
    this.times = new Float64Array(2);
    this.sync = new BookSync(protocol.continuity);
    this.shutdownAnnounced = false;
    this.context = context;
    this.grammar = protocol.grammar;
    this.counters = context.counters;
    this.scanner = new FrameScanner(context.instruments, protocol.grammar);
    this.writer = new RecordWriter(
      context.output,
      this.scanner,
      context.clock,
      context.counters,
      this.times,
      settings.snapshotLevels,
    );
    this.kept = context.instruments.map(() => new FrameStore(settings.keptBytesMax, settings.keptFramesMax));
    this.removed = new Uint8Array(INSTRUMENTS_MAX);
    this.settings = settings;
    this.lastData = new Float64Array(INSTRUMENTS_MAX);
    this.lastTradeIds = new Float64Array(INSTRUMENTS_MAX);
    this.lastQuoteIds = new Float64Array(INSTRUMENTS_MAX);
    this.resetReasons = new Int32Array(INSTRUMENTS_MAX);
    this.resetExpected = new Float64Array(INSTRUMENTS_MAX);
    this.resetGot = new Float64Array(INSTRUMENTS_MAX);
    this.resetsWaiting = 0;
    this.drainsWaiting = 0;
  }

  lastDataNs(instrumentIndex: number): number {
    return this.lastData[instrumentIndex];
  }

  /** Whether the book waits for a snapshot. */
  needsSnapshot(instrumentIndex: number): boolean {
    return this.removed[instrumentIndex] === 0 && this.sync.state(instrumentIndex) === SYNC_STATE.waiting;
  }

  /** Whether any book in good order wants a newer snapshot, and whether this one does. */
  get anyRefresh(): boolean {
    return this.sync.anyRefreshing;
  }

  wantsRefresh(instrumentIndex: number): boolean {
    return this.sync.isRefreshing(instrumentIndex);
  }

  /** Whether depth updates already wait for the snapshot: only then can its age be judged. */
  hasKept(instrumentIndex: number): boolean {
    return !this.kept[instrumentIndex].isEmpty();
  }

  isSynced(): boolean {
    for (let index = 0; index < this.context.instruments.length; index++) {
      if (this.removed[index] === 0 && this.sync.state(index) !== SYNC_STATE.synced) return false;
    }
    return true;
  }

  /** Takes in the instrument that was last added to the context's list; its book waits for a snapshot. */
  addInstrument(): void {
    const { instruments } = this.context;
    this.kept.push(new FrameStore(this.settings.keptBytesMax, this.settings.keptFramesMax));
    this.scanner.add(instruments[instruments.length - 1]);
  }

  removeInstrument(place: number): void {
    this.removed[place] = 1;
    this.scanner.remove(place);
    this.resync(place, GAP_REASON.removed);
    this.lastData[place] = 0;
  }

  take(bytes: Buffer, start: number, end: number): boolean {
    if (end - start > FRAME_BYTES_MAX) return this.count(COUNTER.refusedTooLarge, start, end);
    const kind = this.scanner.scan(bytes, start, end);
    if (kind === REFUSAL.unexpected) return this.takeUnexpected(bytes, start, end);
    return this.dispatch(kind, bytes, start, end, start, end);
  }

  /**
   * Takes a snapshot body (REST) of an instrument; a SNAPSHOT_RESULT. `blocked` = no room in the ring, offer
   * it again. Its receive time is `times[0]`.
   */
  takeSnapshot(instrumentIndex: number, bytes: Buffer, start: number, end: number): number {
    let kind = this.scanner.scan(bytes, start, end);
    let body = bytes;
    let bodyStart = start;
    let bodyEnd = end;
    if (kind === REFUSAL.unexpected) {
      const parsed = parseFallback(bytes, start, end, this.grammar);
      if (parsed.bytes !== null) {
        body = parsed.bytes;
        bodyStart = 0;
        bodyEnd = body.length;
        kind = this.scanner.scan(body, bodyStart, bodyEnd);
      }
    }
    if (kind !== FRAME.snapshot) {
      this.count(COUNTER.refusedMalformed, start, end);
      return SNAPSHOT_RESULT.refused;
    }
    return this.useSnapshot(instrumentIndex, body, bodyStart, bodyEnd, end - start);
  }

  resync(instrumentIndex: number, reason: number): void {
    /* Already hidden, and a snapshot is on its way. */
    if (this.needsSnapshot(instrumentIndex)) return;
    const expected = Math.max(0, this.sync.bookId(instrumentIndex));
    /* A snapshot for this very reason may be on its way: it needs the updates kept since it was asked for. */
    const keepsOn = reason === GAP_REASON.coverage && this.sync.isRefreshing(instrumentIndex);
    const keptFrom = keepsOn ? this.sync.refreshableFrom(instrumentIndex) : NOTHING_KEPT;
    this.lose(instrumentIndex, reason, expected, 0, keptFrom);
  }

  refresh(instrumentIndex: number): void {
    if (this.sync.isRefreshing(instrumentIndex) || !this.sync.startRefresh(instrumentIndex)) return;
    this.kept[instrumentIndex].clear();
    this.counters.increment(COUNTER.refreshRequests);
  }

  restartAll(reason: number): void {
    for (let index = 0; index < this.context.instruments.length; index++) {
      this.lastTradeIds[index] = 0;
      this.lastQuoteIds[index] = 0;
      this.lose(index, reason, Math.max(0, this.sync.bookId(index)), 0, NOTHING_KEPT);
    }
  }

  doWork(): number {
    return this.resetsWaiting + this.drainsWaiting === 0 ? 0 : this.writeWaiting();
  }

  hasWork(): boolean {
    return this.resetsWaiting + this.drainsWaiting > 0;
  }

  private writeWaiting(): number {
    let workCount = 0;
    for (let index = 0; index < this.context.instruments.length; index++) {
      if (this.resetReasons[index] !== GAP_REASON.none && this.writeResetOf(index)) workCount++;
      if (this.sync.state(index) === SYNC_STATE.draining) workCount += this.drain(index);
    }
    return workCount;
  }

  /** Counts a frame that was taken, under its outcome. */
  private count(outcome: number, start: number, end: number): boolean {
    this.counters.increment(COUNTER.frames);
    this.counters.add(COUNTER.bytes, end - start);
    this.counters.increment(outcome);
    this.countOffGrid();
    return true;
  }

  private countOffGrid(): void {
    const offGrid = this.scanner.offGrid;
    if (offGrid[0] === 0) return;
    this.counters.add(COUNTER.sizesOffLot, offGrid[0]);
    offGrid[0] = 0;
  }

  /** bytes[at, to) is what was scanned, [start, end) the length to account for. */
  private dispatch(kind: number, bytes: Buffer, at: number, to: number, start: number, end: number): boolean {
    switch (kind) {
      case FRAME.depth:
        return this.takeDepth(bytes, at, to, start, end);
      case FRAME.quote:
        return this.takeQuote(start, end);
      case FRAME.trade:
        return this.takeTrade(start, end);
      case FRAME.prices:
        if (this.writer.writePrices(ARRIVING) === WRITE.blocked) return false;
        return this.count(COUNTER.priceFrames, start, end);
      case FRAME.aggTrade:
        return this.count(COUNTER.aggTradeFrames, start, end);
      case FRAME.snapshot:
        return this.takeStreamSnapshot(bytes, at, to, start, end);
      case FRAME.shutdown:
        this.shutdownAnnounced = true;
        return this.count(COUNTER.shutdownNotices, start, end);
      case REFUSAL.unknownSymbol:
        return this.count(COUNTER.refusedUnknownSymbol, start, end);
      case REFUSAL.number:
        return this.count(COUNTER.refusedNumber, start, end);
      default:
        return this.takeUnexpected(bytes, start, end);
    }
  }

  private takeQuote(start: number, end: number): boolean {
    const instrumentIndex = this.scanner.instrumentIndex;
    const updateId = this.scanner.numbers[FIELD.lastId];
    if (updateId < this.lastQuoteIds[instrumentIndex]) return this.count(COUNTER.staleQuotes, start, end);
    if (this.writer.writeQuote(ARRIVING) === WRITE.blocked) return false;
    this.lastQuoteIds[instrumentIndex] = updateId;
    return this.count(COUNTER.quoteFrames, start, end);
  }

  private takeTrade(start: number, end: number): boolean {
    const instrumentIndex = this.scanner.instrumentIndex;
    const tradeId = this.scanner.numbers[FIELD.tradeId];
    const lastId = this.lastTradeIds[instrumentIndex];
    if (tradeId <= lastId) return this.count(COUNTER.duplicateTrades, start, end);
    if (this.writer.writeTrade(ARRIVING) === WRITE.blocked) return false;
    if (lastId !== 0 && tradeId > lastId + 1) this.counters.add(COUNTER.tradesMissed, tradeId - lastId - 1);
    this.lastTradeIds[instrumentIndex] = tradeId;
    return this.count(COUNTER.tradeFrames, start, end);
  }

  private takeDepth(bytes: Buffer, at: number, to: number, start: number, end: number): boolean {
    const instrumentIndex = this.scanner.instrumentIndex;
    const numbers = this.scanner.numbers;
    const firstId = numbers[FIELD.firstId];
    switch (this.sync.judgeArrival(instrumentIndex, numbers)) {
      case VERDICT.apply:
        return this.applyArrived(instrumentIndex, bytes, at, to, start, end);
      case VERDICT.keep:
        this.keep(instrumentIndex, bytes, at, to);
        if (this.sync.state(instrumentIndex) === SYNC_STATE.draining) this.drain(instrumentIndex);
        break;
      case VERDICT.stale:
        this.counters.increment(COUNTER.depthStale);
        break;
      default:
        this.counters.increment(COUNTER.gaps);
        this.lose(
          instrumentIndex,
          GAP_REASON.sequenceGap,
          this.sync.expectedId(instrumentIndex),
          firstId,
          NOTHING_KEPT,
        );
        this.keep(instrumentIndex, bytes, at, to);
    }
    this.lastData[instrumentIndex] = this.times[ARRIVING];
    return this.count(COUNTER.depthFrames, start, end);
  }

  private applyArrived(
    instrumentIndex: number,
    bytes: Buffer,
    at: number,
    to: number,
    start: number,
    end: number,
  ): boolean {
    const firstId = this.scanner.numbers[FIELD.firstId];
    const lastId = this.scanner.numbers[FIELD.lastId];
    const status = this.writeDepth(bytes, at, to, instrumentIndex, ARRIVING, 0);
    if (status === WRITE.blocked) return false;
    if (status < 0) {
      this.counters.increment(COUNTER.malformedGaps);
      const expected = this.sync.expectedId(instrumentIndex);
      this.lose(instrumentIndex, GAP_REASON.malformedFrame, expected, lastId, NOTHING_KEPT);
      return this.count(refusalCounter(status), start, end);
    }
    this.sync.noteApplied(instrumentIndex, lastId);
    if (this.sync.isRefreshing(instrumentIndex)) this.keepApplied(instrumentIndex, bytes, at, to, firstId);
    this.lastData[instrumentIndex] = this.times[ARRIVING];
    this.counters.increment(COUNTER.depthApplied);
    return this.count(COUNTER.depthFrames, start, end);
  }

  /**
   * Writes the update the scanner stands on; one whose levels have an unexpected shape is tried the slow way.
   */
  private writeDepth(
    bytes: Buffer,
    at: number,
    to: number,
    instrumentIndex: number,
    timeSlot: number,
    flags: number,
  ): number {
    const status = this.writer.writeDepth(bytes, to, instrumentIndex, timeSlot, flags);
    if (status !== REFUSAL.unexpected) return status;
    const parsed = parseFallback(bytes, at, to, this.grammar);
    if (parsed.bytes === null) return status;
    const kind = this.scanner.scan(parsed.bytes, 0, parsed.bytes.length);
    if (kind !== FRAME.depth || this.scanner.instrumentIndex !== instrumentIndex) return status;
    const slowStatus = this.writer.writeDepth(
      parsed.bytes,
      parsed.bytes.length,
      instrumentIndex,
      timeSlot,
      flags,
    );
    if (slowStatus === WRITE.done) this.counters.increment(COUNTER.fallbackFrames);
    return slowStatus;
  }

  /** Keeps an update that was applied: the snapshot that is being fetched may be older. What finds no room starts anew. */
  private keepApplied(instrumentIndex: number, bytes: Buffer, at: number, to: number, firstId: number): void {
    const store = this.kept[instrumentIndex];
    const wasEmpty = store.isEmpty();
    if (store.append(bytes, at, to, this.times, ARRIVING, 0)) {
      this.sync.noteKept(instrumentIndex, firstId, wasEmpty);
      return;
    }
    this.counters.add(COUNTER.refreshUpdatesDropped, store.count);
    store.clear();
    this.sync.noteKept(instrumentIndex, NOTHING_KEPT, true);
    if (store.append(bytes, at, to, this.times, ARRIVING, 0))
      this.sync.noteKept(instrumentIndex, firstId, true);
    else this.counters.increment(COUNTER.refreshUpdatesDropped);
  }

  /**
   * Keeps an update until the snapshot came. When there is no room the older ones go: the snapshot is late
   * anyway.
   */
  private keep(instrumentIndex: number, bytes: Buffer, at: number, to: number): void {
    const firstId = this.scanner.numbers[FIELD.firstId];
    const store = this.kept[instrumentIndex];
    const wasEmpty = store.isEmpty();
    if (store.append(bytes, at, to, this.times, ARRIVING, 0)) {
      this.sync.noteKept(instrumentIndex, firstId, wasEmpty);
      this.counters.increment(COUNTER.depthBuffered);
      return;
    }
    this.counters.add(COUNTER.depthBufferFull, store.count);
    if (this.sync.state(instrumentIndex) === SYNC_STATE.draining) {
      const expected = this.sync.expectedId(instrumentIndex);
      this.lose(instrumentIndex, GAP_REASON.ringFull, expected, firstId, NOTHING_KEPT);
    } else {
      store.clear();
      this.sync.restart(instrumentIndex);
    }
    if (!store.append(bytes, at, to, this.times, ARRIVING, 0)) {
      this.counters.increment(COUNTER.depthBufferFull);
      return;
    }
    this.sync.noteKept(instrumentIndex, firstId, true);
    this.counters.increment(COUNTER.depthBuffered);
  }

  private takeStreamSnapshot(bytes: Buffer, at: number, to: number, start: number, end: number): boolean {
    if (!this.settings.snapshotsInStream) return this.count(COUNTER.otherFrames, start, end);
    /* A bare body names no symbol; of several instruments it could be any. */
    const isWrapped = bytes[at + 2] === 0x73; // {"stream"
    const named = isWrapped
      ? this.scanner.snapshotInstrument(bytes, at, to)
      : this.context.instruments.length === 1
        ? 0
        : -1;
    if (named < 0) return this.count(isWrapped ? COUNTER.otherFrames : COUNTER.refusedSnapshot, start, end);
    return this.useSnapshot(named, bytes, at, to, end - start) !== SNAPSHOT_RESULT.blocked;
  }

  /** The scanner stands on a snapshot. */
  private useSnapshot(
    instrumentIndex: number,
    bytes: Buffer,
    at: number,
    to: number,
    frameBytes: number,
  ): number {
    if (this.resetReasons[instrumentIndex] !== GAP_REASON.none && !this.writeResetOf(instrumentIndex)) {
      return SNAPSHOT_RESULT.blocked;
    }
    const lastId = this.scanner.numbers[FIELD.lastId];
    const verdict = this.sync.judgeSnapshot(instrumentIndex, lastId);
    if (verdict !== SNAPSHOT_VERDICT.use) {
      const isOld = verdict === SNAPSHOT_VERDICT.tooOld;
      this.counters.increment(isOld ? COUNTER.snapshotsTooOld : COUNTER.snapshotsUnneeded);
      this.count(COUNTER.snapshotFrames, 0, frameBytes);
      return isOld ? SNAPSHOT_RESULT.tooOld : SNAPSHOT_RESULT.unneeded;
    }
    const goesBack = this.sync.wouldGoBack(instrumentIndex, lastId);
    const flags = goesBack ? DELTA_FLAG.snapshot | DELTA_FLAG.catchUp : DELTA_FLAG.snapshot;
    const status = this.writer.writeDepth(bytes, to, instrumentIndex, ARRIVING, flags);
    if (status === WRITE.blocked) return SNAPSHOT_RESULT.blocked;
    if (status === REFUSAL.unexpected && at >= 0) {
      const parsed = parseFallback(bytes, at, to, this.grammar);
      if (parsed.bytes !== null && !parsed.bytes.equals(bytes.subarray(at, to))) {
        this.scanner.scan(parsed.bytes, 0, parsed.bytes.length);
        return this.useSnapshot(instrumentIndex, parsed.bytes, -1, parsed.bytes.length, frameBytes);
      }
    }
    if (status < 0) {
      this.count(refusalCounter(status), 0, frameBytes);
      return SNAPSHOT_RESULT.refused;
    }
    if (this.sync.isRefreshing(instrumentIndex)) this.counters.increment(COUNTER.refreshes);
    this.sync.noteSnapshot(instrumentIndex, lastId);
    this.drainsWaiting++;
    this.lastData[instrumentIndex] = this.times[ARRIVING];
    this.count(COUNTER.snapshotFrames, 0, frameBytes);
    this.drain(instrumentIndex);
    return SNAPSHOT_RESULT.used;
  }

  /** Judges the kept updates against the book, oldest first, until done or until the ring is full. */
  private drain(instrumentIndex: number): number {
    const store = this.kept[instrumentIndex];
    const numbers = this.scanner.numbers;
    let workCount = 0;
    while (!store.isEmpty()) {
      const at = store.headStart();
      const to = store.headEnd();
      store.readHeadTime(this.times, KEPT);
      this.scanner.scan(store.bytes, at, to);
      const firstId = numbers[FIELD.firstId];
      const lastId = numbers[FIELD.lastId];
      const verdict = this.sync.judgeInOrder(instrumentIndex, numbers);
      if (verdict === VERDICT.gap) {
        this.counters.increment(COUNTER.gaps);
        const expected = this.sync.expectedId(instrumentIndex);
        this.lose(instrumentIndex, GAP_REASON.sequenceGap, expected, firstId, firstId);
        return workCount + 1;
      }
      if (verdict === VERDICT.apply) {
        const flags = this.sync.isCatchingUp(instrumentIndex, lastId) ? DELTA_FLAG.catchUp : 0;
        const status = this.writeDepth(store.bytes, at, to, instrumentIndex, KEPT, flags);
        if (status === WRITE.blocked) return workCount;
        if (status < 0) {
          this.counters.increment(COUNTER.malformedGaps);
          const expected = this.sync.expectedId(instrumentIndex);
          this.lose(instrumentIndex, GAP_REASON.malformedFrame, expected, lastId, NOTHING_KEPT);
          return workCount + 1;
        }
        this.sync.noteApplied(instrumentIndex, lastId);
        this.counters.increment(COUNTER.depthApplied);
        this.countOffGrid();
      } else {
        this.counters.increment(COUNTER.depthStale);
      }
      store.dropHead();
      workCount++;
    }
    this.sync.noteDrained(instrumentIndex);
    this.drainsWaiting--;
    return workCount + 1;
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
    if (this.sync.state(instrumentIndex) === SYNC_STATE.draining) this.drainsWaiting--;
    this.sync.restart(instrumentIndex);
    if (keptFrom !== NOTHING_KEPT) this.sync.noteKept(instrumentIndex, keptFrom, true);
    else this.kept[instrumentIndex].clear();
    if (this.resetReasons[instrumentIndex] === GAP_REASON.none) this.resetsWaiting++;
    this.resetReasons[instrumentIndex] = reason;
    this.resetExpected[instrumentIndex] = expectedId;
    this.resetGot[instrumentIndex] = gotId;
    this.counters.increment(COUNTER.resyncs);
    this.writeResetOf(instrumentIndex);
    if (reason !== GAP_REASON.start) this.context.onGap(instrumentIndex, reason, expectedId, gotId);
  }

  private writeResetOf(instrumentIndex: number): boolean {
    const written = this.writer.writeReset(
      instrumentIndex,
      this.resetReasons[instrumentIndex],
      this.resetExpected[instrumentIndex],
      this.resetGot[instrumentIndex],
    );
    if (written === WRITE.blocked) return false;
    this.resetReasons[instrumentIndex] = GAP_REASON.none;
    this.resetsWaiting--;
    return true;
  }

  /** A frame the scanner does not understand: JSON.parse decides what it is. */
  private takeUnexpected(bytes: Buffer, start: number, end: number): boolean {
    const parsed = parseFallback(bytes, start, end, this.grammar);
    if (parsed.bytes !== null) {
      const kind = this.scanner.scan(parsed.bytes, 0, parsed.bytes.length);
      if (kind === REFUSAL.unexpected || kind === FRAME.control) {
        return this.count(COUNTER.refusedMalformed, start, end);
      }
      const taken = this.dispatch(kind, parsed.bytes, 0, parsed.bytes.length, start, end);
      if (taken) this.counters.increment(COUNTER.fallbackFrames);
      return taken;
    }
    switch (parsed.kind) {
      case 'reply':
        return this.count(COUNTER.controlReplies, start, end);
      case 'error':
        this.context.errors.record(
          MARKET_DATA_ERROR.streamRequestRefused,
          `STREAM_REQUEST_REFUSED ${parsed.text}`,
          this.context.clock.nowNs(),
        );
        return this.count(COUNTER.controlErrors, start, end);
      case 'other':
        return this.count(COUNTER.otherFrames, start, end);
      default:
        return this.count(COUNTER.refusedMalformed, start, end);
    }
  }
}
