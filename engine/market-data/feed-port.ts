import type { Clock } from '../core/clock.ts';
import type { Instrument } from '../core/instrument.ts';
import type { Prng } from '../core/prng.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import type { ErrorLog } from '../ipc/error-log.ts';
import type { Publication } from '../ipc/ring.ts';
import type { Kick } from '../runtime/actor.ts';

/** Takes copies of raw frames as they come, e.g. to record them. Neither blocks nor throws. */
export interface FrameSink {
  /** The frame in bytes[start, end), received at times[slot] (monoNs). */
  take(bytes: Buffer, start: number, end: number, times: Float64Array, slot: number): void;
  /** Hands on what has waited long enough; called every duty cycle. */
  flush(nowNs: number): void;
}

/** What a feed writes to and asks of its owner, the market-data actor. Everything on the actor's thread. */
export interface FeedContext {
  /**
   * The instruments of this feed. Feed, decoder and this context's callbacks name one by its place in this list; the
   * records a feed writes bear `instrument.index`, which counts all instruments of the engine.
   */
  readonly instruments: readonly Instrument[];
  /**
   * market-data -> orderbook: BookDelta, BookReset, TradeTick, QuoteTick records, scanned straight into the
   * ring.
   */
  readonly output: Publication;
  readonly clock: Clock;
  readonly random: Prng;
  /** The market-data actor's counters (engine/market-data/counters.ts). */
  readonly counters: CounterBlock;
  readonly errors: ErrorLog;
  /** To be called after a frame was taken in: runs the thread's actors in the same turn. */
  readonly kick: Kick;
  /** Says that a connection changed; `state` is a CONNECTION_STATE. */
  readonly onConnection: (state: number, attempt: number) => void;
  /**
   * Says that an instrument's data has a hole; `reason` is a GAP_REASON. The feed also writes a BookReset.
   */
  readonly onGap: (
    instrumentIndex: number,
    reason: number,
    expectedUpdateId: number,
    gotUpdateId: number,
  ) => void;
  /** Where raw frames are recorded, when they are; snapshots too. */
  readonly sink?: FrameSink | null;
}

/** Where a venue is reached; the same three names for every venue. */
export interface VenueEndpoints {
  /** e.g. http://127.0.0.1:9000 */
  readonly rest: string;
  /** e.g. ws://127.0.0.1:9000 */
  readonly stream: string;
  /** e.g. ws://127.0.0.1:9000/ws-api/v3 */
  readonly wsApi: string;
}

/** A venue's public data: owns its sockets, decodes, checks continuity, normalises. */
export interface Feed {
  /** Opens the connections; returns at once, results arrive through the context. */
  start(nowNs: number): void;
  /**
   * Bounded housekeeping: timers that fell due, frames that waited for room in the ring. Returns the work
   * count. [0] of `turnNs` is the time; a cell, because a number argument would be boxed every turn.
   */
  doWork(turnNs: Float64Array): number;
  /** Whether doWork would find something to do now. */
  hasWork(): boolean;
  /**
   * The book downstream cannot be trusted: hide it and build it again from a snapshot. `reason` is a
   * GAP_REASON.
   */
  resync(instrumentIndex: number, reason: number): void;
  /**
   * The book downstream is right and nears the edge of what its snapshot covered: fetch a newer one in the background and
   * hand it on with the updates behind it, without a hole (DELTA_FLAG.catchUp). Asked again before it came: no effect.
   */
  refresh(instrumentIndex: number): void;
  /** monoNs of the last useful frame of this instrument; 0 = none yet. */
  lastDataNs(instrumentIndex: number): number;
  /** Takes in the instrument that was last added to the context's list; absent = this feed cannot while it runs. */
  addInstrument?(): void;
  /** Brings nothing more of the instrument in that place, which stays its own. */
  removeInstrument?(place: number): void;
  /** Cuts the connections as a network failure would; they come back by the usual rules. Drills only. */
  dropConnections(): void;
  /** Closes everything for good. */
  close(): void;
}

/**
 * A venue's decoder with its continuity rules and without its sockets: what a recording is replayed through.
 * A live feed drives the same class. Everything on the actor's thread.
 */
export interface FrameDecoder {
  /**
   * [0] is the receive time (monoNs) of the frame offered next; a cell, because a number argument would be
   * boxed.
   */
  readonly times: Float64Array;
  /**
   * Takes the frame in bytes[start, end). False = no room in the ring, nothing changed: offer it again later.
   */
  take(bytes: Buffer, start: number, end: number): boolean;
  /** Writes what waited for room in the ring. Returns the work count. */
  doWork(): number;
  hasWork(): boolean;
  /** The book downstream cannot be trusted; `reason` is a GAP_REASON. */
  resync(instrumentIndex: number, reason: number): void;
  /** The next snapshot of this instrument replaces a book in good order, without a hole. */
  refresh(instrumentIndex: number): void;
  /** No book can be trusted (start, a broken connection): hides them all; `reason` is a GAP_REASON. */
  restartAll(reason: number): void;
  /** monoNs of the last useful frame of this instrument; 0 = none yet. */
  lastDataNs(instrumentIndex: number): number;
}

/** Makes a decoder that writes to the context's ring. */
export type FrameDecoderFactory = (context: FeedContext) => FrameDecoder;

/** Makes a feed for the market-data actor. */
export type FeedFactory = (context: FeedContext) => Feed;
