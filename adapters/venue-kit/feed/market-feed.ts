import { FRAME_BYTES_MAX } from '../../../engine/core/limits.ts';
import { MARKET_DATA_COUNTER as COUNTER } from '../../../engine/market-data/counters.ts';
import { MARKET_DATA_ERROR } from '../../../engine/market-data/error-codes.ts';
import type {
  Feed,
  FeedContext,
  FeedFactory,
  FrameSink,
  VenueEndpoints,
} from '../../../engine/market-data/feed-port.ts';
import { CONNECTION_STATE, GAP_REASON } from '../../../engine/messages/enums.ts';
import { FrameStore } from '../../net/frame-store.ts';
import { ReconnectingSocket } from '../../net/reconnecting-socket.ts';
import type { SocketOptions } from '../../net/reconnecting-socket.ts';
import { SNAPSHOT_RESULT } from './depth-sequencer.ts';
import { MarketDecoder } from './market-decoder.ts';
import { namedSnapshot } from '../recording/named-snapshot.ts';
import type { MarketProtocol } from './market-decoder.ts';
import { SnapshotClient, SnapshotError } from '../book/snapshot-client.ts';
import { SnapshotPlan } from '../book/snapshot-plan.ts';
import type { ExchangeLink } from '../session/exchange-link.ts';

/** What a feed must know of a venue: its market data, where its streams are and what snapshots cost. */
export interface FeedProtocol extends MarketProtocol {
  /** Address of one connection with everything of these symbols. */
  readonly streamUrl: (options: FeedOptions, symbols: readonly string[]) => string;
  /**
   * Address of a second connection, where a venue sends the prices beside the book on another one: its loss hides no book.
   * Absent = there is none.
   */
  readonly besideUrl?: (options: FeedOptions, symbols: readonly string[]) => string;
  /** Path and query of a REST snapshot. */
  readonly snapshotPath: (symbol: string, limit: number) => string;
  /** Request weight of one snapshot, and how much of the venue's budget per minute snapshots may use. */
  readonly snapshotWeight: (limit: number) => number;
  readonly snapshotWeightPerMinute: number;
}

/** How a feed connects; all times in milliseconds. */
export interface FeedOptions {
  readonly endpoints: VenueEndpoints;
  /** Period of the depth stream. */
  readonly depthIntervalMs: number;
  /** Levels per side of a snapshot. */
  readonly snapshotLimit: number;
  readonly requestTimeoutMs?: number;
  readonly reconnectMinMs?: number;
  readonly reconnectMaxMs?: number;
  readonly handshakeTimeoutMs?: number;
  readonly rotateAfterMs?: number;
  /** Longest time without any message before the connection is replaced. */
  readonly silenceMs?: number;
  /** Bytes of frames kept while the ring is full. */
  readonly spillBytesMax?: number;
  /** Another way to the exchange than the network. */
  readonly link?: Partial<ExchangeLink>;
}

const DEFAULTS = {
  requestTimeoutMs: 10_000,
  reconnectMinMs: 250,
  reconnectMaxMs: 15_000,
  handshakeTimeoutMs: 10_000,
  rotateAfterMs: 85_800_000,
  silenceMs: 15_000,
  spillBytesMax: FRAME_BYTES_MAX,
} as const;

const SPILL_FRAMES_MAX = 16_384;
const SPILL_FRAMES_PER_TURN = 256;
const NS_PER_MS = 1e6;
const NO_SNAPSHOT = -1;

/**
 * A venue's market data live: one combined stream with depth differences, best bid and ask and trades of all
 * instruments, snapshots over REST. Lives on the market-data actor's event-loop thread.
 */
class MarketFeed implements Feed {
  private readonly context: FeedContext;
  private readonly decoder: MarketDecoder;
  private readonly streamUrl: () => string;
  private readonly removed: Set<number> = new Set();
  private readonly times: Float64Array;
  /** When the bytes now being read arrived. */
  private readonly recvNs: Float64Array = new Float64Array(1);
  private readonly sink: FrameSink | null;
  private readonly spill: FrameStore;
  private readonly socket: ReconnectingSocket;
  private readonly beside: ReconnectingSocket | null;
  private readonly besideUrl: () => string;
  private readonly snapshots: Pick<SnapshotClient, 'fetch' | 'close'>;
  private readonly plan: SnapshotPlan;
  private readonly wantsSnapshot: (instrumentIndex: number) => boolean;
  private readonly wantsRefresh: (instrumentIndex: number) => boolean;
  /** Kept for hidden books: snapshots in the background are asked for only above this. */
  private readonly reservedWeight: number;
  /** How long the first depth update of a new connection is waited for before a snapshot is asked for. */
  private readonly firstUpdateWaitNs: number;
  private openedNs: number;
  /** [0]: when the present turn began; in an array, because a double stored in a field is a new object. */
  private readonly nowNs: Float64Array = new Float64Array(1);
  private connectionState: number;
  private spillOverflowed: boolean;
  private requestInFlight: boolean;
  /** A snapshot that came and found no room in the ring. */
  private waitingIndex: number;
  private waitingBody: Buffer;
  private fault: Error | null;
  private isClosed: boolean;

  constructor(context: FeedContext, protocol: FeedProtocol, options: FeedOptions) {
    const settings = { ...DEFAULTS, ...options };
    this.context = context;
    this.streamUrl = (): string => protocol.streamUrl(options, this.symbols());
    this.decoder = new MarketDecoder(context, protocol, { snapshotLevels: options.snapshotLimit });
    this.times = this.decoder.times;
    this.sink = context.sink ?? null;
    this.spill = new FrameStore(settings.spillBytesMax, SPILL_FRAMES_MAX);
    const socketOptions = socketOptionsOf(options);
    this.besideUrl = (): string => protocol.besideUrl?.(options, this.symbols()) ?? '';
    this.beside = protocol.besideUrl === undefined ? null : this.makeBeside(socketOptions);
    this.socket = new ReconnectingSocket(
      { ...socketOptions, url: this.streamUrl() },
      {
        onOpen: (isRotation) => this.onOpen(isRotation),
        onRead: () => this.onRead(),
        onMessage: (bytes, from, end) => this.onMessage(bytes, from, end),
        onDown: (reason) => this.onDown(reason),
        onConnecting: (attempt) => this.setConnection(CONNECTION_STATE.connecting, attempt),
      },
      context.random,
    );
    this.snapshots =
      options.link?.snapshots ??
      new SnapshotClient(
        options.endpoints.rest,
        (symbol) => protocol.snapshotPath(symbol, options.snapshotLimit),
        settings.requestTimeoutMs,
      );
    this.plan = new SnapshotPlan(
      context.instruments.length,
      {
        retryMinMs: settings.reconnectMinMs,
        retryMaxMs: settings.reconnectMaxMs,
        weight: protocol.snapshotWeight(options.snapshotLimit),
        weightPerMinute: protocol.snapshotWeightPerMinute,
      },
      context.random,
    );
    this.wantsSnapshot = (index): boolean =>
      this.decoder.needsSnapshot(index) &&
      (this.decoder.hasKept(index) || this.nowNs[0] >= this.openedNs + this.firstUpdateWaitNs);
    this.wantsRefresh = (index): boolean => this.decoder.wantsRefresh(index);
    this.reservedWeight = protocol.snapshotWeightPerMinute / 2;
    this.firstUpdateWaitNs = (2 * options.depthIntervalMs + 50) * NS_PER_MS;
    this.openedNs = 0;
    this.connectionState = CONNECTION_STATE.down;
    this.spillOverflowed = false;
    this.requestInFlight = false;
    this.waitingIndex = NO_SNAPSHOT;
    this.waitingBody = Buffer.alloc(0);
    this.fault = null;
    this.isClosed = false;
  }

  start(nowNs: number): void {
    this.nowNs[0] = nowNs;
    /* Whatever book an earlier incarnation left behind is hidden until this one has synchronised it. */
    this.decoder.restartAll(GAP_REASON.start);
    this.socket.open();
    this.beside?.open();
  }

  doWork(turnNs: Float64Array): number {
    this.nowNs[0] = turnNs[0];
    if (this.fault !== null) throw this.fault;
    let workCount = this.decoder.doWork();
    if (!this.spill.isEmpty()) workCount += this.takeSpilled();
    if (this.connectionState < CONNECTION_STATE.syncing) return workCount;
    if (this.waitingIndex !== NO_SNAPSHOT && this.spill.isEmpty()) workCount += this.takeWaitingSnapshot();
    if (!this.requestInFlight && this.waitingIndex === NO_SNAPSHOT) workCount += this.askForSnapshot();
    if (this.connectionState === CONNECTION_STATE.syncing && this.decoder.isSynced()) {
      this.setConnection(CONNECTION_STATE.live, this.socket.attempt);
      workCount++;
    }
    return workCount;
  }

  hasWork(): boolean {
    return (
      this.decoder.hasWork() ||
      !this.spill.isEmpty() ||
      this.waitingIndex !== NO_SNAPSHOT ||
      this.fault !== null
    );
  }

  resync(instrumentIndex: number, reason: number): void {
    this.decoder.resync(instrumentIndex, reason);
  }

  refresh(instrumentIndex: number): void {
    this.decoder.refresh(instrumentIndex);
  }

  /** A connection with the streams of the new symbol too takes over; the others' data go on meanwhile. */
  addInstrument(): void {
    this.decoder.addInstrument();
    this.plan.addInstrument();
    this.openedNs = this.context.clock.nowNs();
    this.socket.moveTo(this.streamUrl());
    this.beside?.moveTo(this.besideUrl());
    if (this.connectionState === CONNECTION_STATE.live)
      this.setConnection(CONNECTION_STATE.syncing, this.socket.attempt);
  }

  removeInstrument(place: number): void {
    this.removed.add(place);
    this.decoder.removeInstrument(place);
    this.socket.moveTo(this.streamUrl());
    this.beside?.moveTo(this.besideUrl());
  }

  private symbols(): string[] {
    return this.context.instruments
      .filter((_, place) => !this.removed.has(place))
      .map(({ symbol }) => symbol);
  }

  lastDataNs(instrumentIndex: number): number {
    return this.decoder.lastDataNs(instrumentIndex);
  }

  dropConnections(): void {
    this.socket.dropConnection();
    this.beside?.dropConnection();
  }

  close(): void {
    this.isClosed = true;
    this.socket.close();
    this.beside?.close();
    this.snapshots.close();
  }

  private makeBeside(options: Omit<SocketOptions, 'url'>): ReconnectingSocket {
    const { counters, random } = this.context;
    return new ReconnectingSocket(
      { ...options, url: this.besideUrl() },
      {
        onOpen: () => counters.increment(COUNTER.connections),
        onRead: () => this.onRead(),
        onMessage: (bytes, from, end) => this.onMessage(bytes, from, end),
        onDown: () => counters.increment(COUNTER.disconnects),
      },
      random,
    );
  }

  /** Frames that came together were received together: what a later one waits for the earlier ones is latency too. */
  private onRead(): void {
    this.recvNs[0] = this.context.clock.nowNs();
  }

  private onMessage(bytes: Buffer, from: number, end: number): void {
    this.times[0] = this.recvNs[0];
    if (this.isClosed || this.fault !== null) return;
    if (this.sink !== null) this.sink.take(bytes, from, end, this.times, 0);
    try {
      /* What waits in the spill came earlier and goes first. */
      if (!this.spill.isEmpty() || !this.decoder.take(bytes, from, end)) this.spillFrame(bytes, from, end);
    } catch (error) {
      /* Thrown again from doWork: there the runner knows whose fault it is. */
      this.fault = error as Error;
    }
    if (this.decoder.shutdownAnnounced) {
      this.decoder.shutdownAnnounced = false;
      this.socket.rotate();
    }
    this.context.kick();
  }

  private onOpen(isRotation: boolean): void {
    this.context.counters.increment(isRotation ? COUNTER.rotations : COUNTER.connections);
    if (isRotation) return;
    this.openedNs = this.context.clock.nowNs();
    this.setConnection(CONNECTION_STATE.syncing, this.socket.attempt);
    this.context.kick();
  }

  private onDown(reason: string): void {
    const { counters, errors, clock } = this.context;
    counters.increment(COUNTER.disconnects);
    errors.record(MARKET_DATA_ERROR.connectionLost, `CONNECTION_LOST market data: ${reason}`, clock.nowNs());
    const wasOpen = this.connectionState >= CONNECTION_STATE.syncing;
    this.setConnection(CONNECTION_STATE.down, this.socket.attempt);
    this.waitingIndex = NO_SNAPSHOT;
    if (wasOpen) this.decoder.restartAll(GAP_REASON.disconnected);
    this.context.kick();
  }

  private setConnection(state: number, attempt: number): void {
    this.connectionState = state;
    this.context.onConnection(state, attempt);
  }

  private spillFrame(bytes: Buffer, from: number, end: number): void {
    const { counters } = this.context;
    if (this.spill.isEmpty()) {
      this.socket.pause();
      counters.increment(COUNTER.socketPauses);
    }
    if (this.spill.append(bytes, from, end, this.times, 0, 0)) {
      counters.increment(COUNTER.spilledFrames);
      return;
    }
    counters.increment(COUNTER.frames);
    counters.add(COUNTER.bytes, end - from);
    counters.increment(COUNTER.lostFrames);
    if (this.spillOverflowed) return;
    this.spillOverflowed = true;
    this.decoder.restartAll(GAP_REASON.ringFull);
  }

  private takeSpilled(): number {
    const { spill } = this;
    let workCount = 0;
    while (!spill.isEmpty() && workCount < SPILL_FRAMES_PER_TURN) {
      spill.readHeadTime(this.times, 0);
      if (!this.decoder.take(spill.bytes, spill.headStart(), spill.headEnd())) return workCount;
      spill.dropHead();
      workCount++;
    }
    if (spill.isEmpty()) {
      this.spillOverflowed = false;
      this.socket.resume();
    }
    return workCount;
  }

  private askForSnapshot(): number {
    let index = this.plan.next(this.nowNs[0], this.wantsSnapshot, 0);
    if (index < 0 && this.decoder.anyRefresh) {
      index = this.plan.next(this.nowNs[0], this.wantsRefresh, this.reservedWeight);
    }
    if (index < 0) return 0;
    this.requestInFlight = true;
    this.context.counters.increment(COUNTER.snapshotRequests);
    void this.fetchSnapshot(index);
    return 1;
  }

  private async fetchSnapshot(instrumentIndex: number): Promise<void> {
    const { clock, counters, errors, instruments } = this.context;
    const symbol = instruments[instrumentIndex].symbol;
    try {
      const body = await this.snapshots.fetch(symbol);
      if (this.isClosed) return;
      this.requestInFlight = false;
      this.waitingIndex = instrumentIndex;
      this.waitingBody = body;
      this.recordSnapshot(symbol, body);
    } catch (error) {
      if (this.isClosed) return;
      this.requestInFlight = false;
      const nowNs = clock.nowNs();
      counters.increment(COUNTER.snapshotFailures);
      const failure = error instanceof SnapshotError ? error : new SnapshotError(String(error));
      errors.record(MARKET_DATA_ERROR.snapshotFailed, `SNAPSHOT_FAILED ${symbol}: ${failure.message}`, nowNs);
      this.plan.noteFailed(instrumentIndex, nowNs);
      if (failure.isRateLimited) counters.increment(COUNTER.rateLimited);
      if (failure.retryAfterMs > 0) this.plan.holdAll(nowNs, failure.retryAfterMs);
    }
    this.context.kick();
  }

  /** One symbol's snapshot is recorded as it came; of several each stands in the name of its symbol. */
  private recordSnapshot(symbol: string, body: Buffer): void {
    if (this.sink === null) return;
    const times = Float64Array.of(this.context.clock.nowNs());
    const frame = this.context.instruments.length === 1 ? body : namedSnapshot(symbol, body);
    this.sink.take(frame, 0, frame.length, times, 0);
  }

  private takeWaitingSnapshot(): number {
    const index = this.waitingIndex;
    const body = this.waitingBody;
    this.times[0] = this.nowNs[0];
    const result = this.decoder.takeSnapshot(index, body, 0, body.length);
    if (result === SNAPSHOT_RESULT.blocked) return 0;
    this.waitingIndex = NO_SNAPSHOT;
    this.waitingBody = Buffer.alloc(0);
    if (result === SNAPSHOT_RESULT.used || result === SNAPSHOT_RESULT.unneeded) this.plan.noteUsed(index);
    else this.plan.noteFailed(index, this.nowNs[0]);
    return 1;
  }
}

function socketOptionsOf(options: FeedOptions): Omit<SocketOptions, 'url'> {
  const { reconnectMinMs, reconnectMaxMs, handshakeTimeoutMs, rotateAfterMs, silenceMs } = {
    ...DEFAULTS,
    ...options,
  };
  const { openSocket } = options.link ?? {};
  return {
    reconnectMinMs,
    reconnectMaxMs,
    handshakeTimeoutMs,
    rotateAfterMs,
    silenceMs,
    ...(openSocket === undefined ? {} : { openSocket }),
  };
}

/** A live feed of a venue. */
export function createMarketFeed(protocol: FeedProtocol, options: FeedOptions): FeedFactory {
  return (context) => new MarketFeed(context, protocol, options);
}
