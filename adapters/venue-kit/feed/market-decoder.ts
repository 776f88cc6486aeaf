// hot path: no allocation after start (frames of unexpected shape and control messages excepted)
import { FRAME_BYTES_MAX, INSTRUMENTS_MAX } from '../../../engine/core/limits.ts';
import type { CounterBlock } from '../../../engine/ipc/counters.ts';
import { MARKET_DATA_COUNTER as COUNTER } from '../../../engine/market-data/counters.ts';
import type { FeedContext, FrameDecoder } from '../../../engine/market-data/feed-port.ts';
import { MARKET_DATA_ERROR } from '../../../engine/market-data/error-codes.ts';
import { GAP_REASON } from '../../../engine/messages/enums.ts';
import { BookSync, SYNC_STATE } from '../book/book-sync.ts';
import type { ContinuityRule } from '../book/continuity.ts';
import { REFUSAL } from '../scan/byte-scan.ts';
import { ARRIVING, DepthSequencer, SNAPSHOT_RESULT } from './depth-sequencer.ts';
import { parseFallback } from './frame-fallback.ts';
import { FIELD, FRAME } from './frame-fields.ts';
import type { FrameGrammar } from './frame-grammar.ts';
import { FrameScanner } from './frame-scanner.ts';
import { FrameTally } from './frame-tally.ts';
import type { KeptUpdateOptions } from './kept-updates.ts';
import { RecordWriter, WRITE } from './record-writer.ts';

/** What a decoder must know of a venue's market data. */
export interface MarketProtocol {
  readonly grammar: FrameGrammar;
  readonly continuity: ContinuityRule;
}

/**
 * How a decoder keeps updates that wait for a snapshot, and what it does with snapshots between the frames.
 */
export interface DecoderOptions extends KeptUpdateOptions {
  /**
   * Recordings hold the REST snapshot among the frames; on a live stream such a body is a partial-depth
   * message.
   */
  readonly snapshotsInStream: boolean;
  /** Levels per side asked of snapshots: tells a side that was cut off from a complete one. 0 = not known. */
  readonly snapshotLevels: number;
}

const DEFAULTS: DecoderOptions = {
  /* A busy book makes about 25 kB/s at 100 ms: 20 s of waiting. */
  keptBytesMax: 512 * 1024,
  keptFramesMax: 1_024,
  snapshotsInStream: false,
  snapshotLevels: 0,
};

/**
 * A venue's frames to ring records, with the continuity rule of its books: the part that a live feed and a replay
 * share. Every frame taken raises `frames` and one outcome counter.
 */
export class MarketDecoder implements FrameDecoder {
  readonly times: Float64Array;
  /** Set when the venue announced its shutdown; the feed that acts on it clears it. */
  shutdownAnnounced: boolean;
  private readonly sync: BookSync;
  private readonly context: FeedContext;
  private readonly grammar: FrameGrammar;
  private readonly counters: CounterBlock;
  private readonly scanner: FrameScanner;
  private readonly writer: RecordWriter;
  private readonly tally: FrameTally;
  private readonly depth: DepthSequencer;
  private readonly settings: DecoderOptions;
  /** 1 = the instrument in that place is traded no more. */
  private readonly removed: Uint8Array;
  private readonly lastData: Float64Array;
  private readonly lastTradeIds: Float64Array;
  private readonly lastQuoteIds: Float64Array;

  constructor(context: FeedContext, protocol: MarketProtocol, options: Partial<DecoderOptions> = {}) {
    const settings: DecoderOptions = { ...DEFAULTS, ...options };
    const { grammar } = protocol;
    const { clock, counters, instruments, output } = context;
    this.times = new Float64Array(2);
    this.sync = new BookSync(protocol.continuity);
    this.shutdownAnnounced = false;
    this.context = context;
    this.grammar = grammar;
    this.counters = counters;
    this.scanner = new FrameScanner(instruments, grammar);
    const { scanner, sync, times } = this;
    this.writer = new RecordWriter(output, scanner, clock, counters, times, settings.snapshotLevels);
    this.tally = new FrameTally(counters, scanner.offGrid);
    this.removed = new Uint8Array(INSTRUMENTS_MAX);
    this.settings = settings;
    this.lastData = new Float64Array(INSTRUMENTS_MAX);
    this.lastTradeIds = new Float64Array(INSTRUMENTS_MAX);
    this.lastQuoteIds = new Float64Array(INSTRUMENTS_MAX);
    const { lastData, tally, writer } = this;
    this.depth = new DepthSequencer(
      context,
      sync,
      grammar,
      scanner,
      writer,
      tally,
      times,
      lastData,
      settings,
    );
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
    return this.depth.hasKept(instrumentIndex);
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
    this.depth.addInstrument();
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
    return this.depth.takeSnapshot(instrumentIndex, body, bodyStart, bodyEnd, end - start);
  }

  resync(instrumentIndex: number, reason: number): void {
    /* Already hidden, and a snapshot is on its way. */
    if (!this.needsSnapshot(instrumentIndex)) this.depth.resync(instrumentIndex, reason);
  }

  refresh(instrumentIndex: number): void {
    this.depth.refresh(instrumentIndex);
  }

  restartAll(reason: number): void {
    for (let index = 0; index < this.context.instruments.length; index++) {
      this.lastTradeIds[index] = 0;
      this.lastQuoteIds[index] = 0;
      this.depth.restart(index, reason);
    }
  }

  doWork(): number {
    return this.depth.hasWork() ? this.depth.doWork() : 0;
  }

  hasWork(): boolean {
    return this.depth.hasWork();
  }

  /** Counts a frame that was taken, under its outcome. */
  private count(outcome: number, start: number, end: number): boolean {
    return this.tally.count(outcome, end - start);
  }

  /** bytes[at, to) is what was scanned, [start, end) the length to account for. */
  private dispatch(kind: number, bytes: Buffer, at: number, to: number, start: number, end: number): boolean {
    switch (kind) {
      case FRAME.depth:
        return this.depth.takeUpdate(bytes, at, to, end - start);
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
    return this.depth.takeSnapshot(named, bytes, at, to, end - start) !== SNAPSHOT_RESULT.blocked;
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
