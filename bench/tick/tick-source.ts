import type { Clock } from '../../engine/core/clock.ts';
import type {
  Feed,
  FeedContext,
  FrameDecoder,
  FrameDecoderFactory,
} from '../../engine/market-data/feed-port.ts';
import { CONNECTION_STATE, GAP_REASON } from '../../engine/messages/enums.ts';
import { TICK_ID_BASE, TICK_ID_DIGITS, TICK_ID_HALF, TICK_KIND, writeDigits } from './tick-frames.ts';
import type { TickLoop } from './tick-frames.ts';
import type { TickLog } from './tick-log.ts';

/** How ticks are to be sent. */
export type TickRun =
  /** The next tick when the order of the last one was sent, for a bounded time: for warming up. */
  | { readonly kind: 'closed'; readonly ticks: number }
  /** Tick k at start + k x interval, whatever happens. */
  | { readonly kind: 'paced'; readonly ticks: number; readonly perSecond: number }
  /** Tick k at start + offsetsNs[k]. */
  | { readonly kind: 'burst'; readonly ticks: number; readonly offsetsNs: Float64Array }
  /** As fast as the engine takes them, blocks of ticks in one turn of the event loop. */
  | { readonly kind: 'blast'; readonly ticks: number }
  /** Nothing for a while. */
  | { readonly kind: 'idle'; readonly ticks: 0; readonly ms: number };

/** Longest wait for an order in a closed run before the tick counts as missed. */
const ORDER_WAIT_NS = 2_000_000_000;
/** Longest closed run: more hot threads than processors can take milliseconds for an order. */
const CLOSED_NS_MAX = 6_000_000_000;
/** Ticks taken in one turn of the event loop when several are due: a socket's read brings several frames as well. */
const TICKS_PER_TURN = 16;
const BLAST_TICKS_PER_TURN = 1_000;
/** Between the order to start and the first tick. */
const LEAD_NS = 5_000_000;
/**
 * How long before a tick is due its turn of the event loop is asked for. Asking makes garbage, which a socket that is
 * waited for does not, so it is not done earlier.
 */
const ARM_NS = 8_000;

const NO_OFFSETS = new Float64Array(0);
/** Trade ids count from this many times TICK_ID_HALF: the digits of the recorded ones. */
const TRADE_ID_HIGH = 3_000;
const TRADE_ID_DIGITS = 10;

/** Of `cells`: when the tick was meant to be sent, when it is taken in, when the last one was. */
const INTENDED = 0;
const TAKEN = 1;
const SENT = 2;

/** What rings when a tick is due, for threads that sleep: see tick-bell.ts. */
export interface TickBell {
  /** Ticks due so far. */
  readonly due: Int32Array;
  /** Starts ringing: `ticks` times, every `intervalNs` from `startNs` on. */
  readonly ring: (startNs: number, intervalNs: number, ticks: number) => void;
}

/** A feed without a socket, as engine/market-data/replay-feed.ts; lets its source look at the clock every duty cycle. */
export class TickFeed implements Feed {
  /** [0] is the receive time of the frame offered next. */
  readonly times: Float64Array;
  private readonly context: FeedContext;
  private readonly decoder: FrameDecoder;
  private readonly source: TickSource;

  constructor(context: FeedContext, createDecoder: FrameDecoderFactory, source: TickSource) {
    this.context = context;
    this.decoder = createDecoder(context);
    this.times = this.decoder.times;
    this.source = source;
  }

  start(): void {
    this.decoder.restartAll(GAP_REASON.start);
    this.context.onConnection(CONNECTION_STATE.live, 1);
  }

  /** False = no room: to be offered again. */
  take(bytes: Buffer, length: number): boolean {
    return this.decoder.take(bytes, 0, length);
  }

  doWork(): number {
    this.source.look();
    return this.decoder.doWork();
  }

  /** An idle thread asks for work more often than it turns its actors: a tick that is about to be due is work. */
  hasWork(): boolean {
    return this.source.wantsLook() || this.decoder.hasWork();
  }

  resync(instrumentIndex: number, reason: number): void {
    this.decoder.resync(instrumentIndex, reason);
  }

  refresh(instrumentIndex: number): void {
    this.decoder.refresh(instrumentIndex);
  }

  lastDataNs(instrumentIndex: number): number {
    return this.decoder.lastDataNs(instrumentIndex);
  }

  dropConnections(): void {
    this.decoder.restartAll(GAP_REASON.disconnected);
  }

  close(): void {
    /* Nothing is open. */
  }
}

/**
 * Stands where the market-data socket stands: on the event loop of the market-data actor's thread. The frame is copied
 * into a receive buffer before it is due, as the kernel does it; its receive time is the time it was meant to be sent
 * at, so that every latency of the engine includes what it waited. Makes no garbage but its turns. One thread.
 */
export class TickSource {
  isRunning: boolean;
  private readonly loop: TickLoop;
  private readonly log: TickLog;
  private readonly clock: Clock;
  private readonly kick: () => void;
  private readonly deliver: () => boolean;
  /** A turn of the event loop was asked for. */
  private isArmed: boolean;
  private readonly bell: TickBell | null;
  /** Times of the tick at hand: a number handed from function to function would be boxed. */
  private readonly cells: Float64Array = new Float64Array(3);
  private readonly receive: Buffer;
  private readonly frames: readonly Uint8Array[];
  private feed: TickFeed | null;
  private receivedBytes: number;
  private frame: number;
  /** The last update id sent, in two halves of whole numbers below 2^31: a larger one would be boxed. */
  private lastIdHigh: number;
  private lastIdLow: number;
  private run: TickRun;
  private sent: number;
  private startNs: number;
  private intervalNs: number;
  private offsetsNs: Float64Array;
  private lastTrade: number;
  private missed: number;
  private finish: () => void;
  private readonly turn: () => void;

  /** @param deliver hands over what the venue has to say, when the venue is on this thread */
  constructor(
    loop: TickLoop,
    log: TickLog,
    clock: Clock,
    kick: () => void,
    deliver: () => boolean,
    bell: TickBell | null,
  ) {
    this.isRunning = false;
    this.loop = loop;
    this.log = log;
    this.clock = clock;
    this.kick = kick;
    this.deliver = deliver;
    this.isArmed = false;
    this.bell = bell;
    this.receive = Buffer.alloc(loop.bytesMax);
    this.frames = Array.from(loop.starts, (start, frame) => loop.bytes.subarray(start, loop.ends[frame]));
    this.feed = null;
    this.receivedBytes = 0;
    this.frame = 0;
    this.lastIdHigh = TICK_ID_BASE / TICK_ID_HALF;
    this.lastIdLow = 0;
    this.run = { kind: 'closed', ticks: 0 };
    this.sent = 0;
    this.startNs = 0;
    this.intervalNs = 0;
    this.offsetsNs = NO_OFFSETS;
    this.lastTrade = 0;
    this.missed = 0;
    this.finish = (): void => {};
    this.turn = (): void => this.goRound();
  }

  /** Whether the source itself hands the venue's answers over, after each tick. */
  get delivers(): boolean {
    return this.isRunning && this.run.kind === 'blast';
  }

  /** The feed the frames go to, of the actor's present incarnation. */
  attach(feed: TickFeed): void {
    this.feed = feed;
  }

  /** Synchronises the book: the snapshot the loop follows. */
  open(): void {
    const bytes = Buffer.from(this.loop.snapshot);
    this.feed!.times[0] = this.clock.nowNs();
    this.feed!.take(bytes, bytes.length);
    this.kick();
    this.prepare();
  }

  /** Sends what `run` says; resolves when the last tick was taken in. */
  begin(run: TickRun): Promise<void> {
    this.run = run;
    this.sent = 0;
    this.missed = 0;
    this.isRunning = true;
    this.startNs = this.clock.nowNs() + LEAD_NS;
    this.intervalNs = run.kind === 'paced' ? 1e9 / run.perSecond : 0;
    this.offsetsNs = run.kind === 'burst' ? run.offsetsNs : NO_OFFSETS;
    const finished = new Promise<void>((resolve) => {
      this.finish = resolve;
    });
    if (run.kind === 'idle') setTimeout(() => this.end(), run.ms);
    else if (run.kind === 'paced' && this.bell !== null) {
      Atomics.store(this.bell.due, 0, 0);
      this.bell.ring(this.startNs, this.intervalNs, run.ticks);
      this.awaitBell();
    } else this.arm();
    return finished;
  }

  /** In every duty cycle: asks for a turn of the event loop when the next tick is about to be due. */
  look(): void {
    if (this.wantsLook()) this.arm();
  }

  /** Whether the next tick is about to be due and nothing is under way to send it. */
  wantsLook(): boolean {
    if (this.isArmed || this.sent === this.run.ticks || this.bell !== null) return false;
    return this.clock.nowNs() >= this.dueNs() - ARM_NS;
  }

  /** When the next tick is to be sent. */
  private dueNs(): number {
    const { sent, offsetsNs } = this;
    return this.startNs + (sent < offsetsNs.length ? offsetsNs[sent] : sent * this.intervalNs);
  }

  private arm(): void {
    this.isArmed = true;
    setImmediate(this.turn);
  }

  private goRound(): void {
    const { kind } = this.run;
    if (kind === 'paced' || kind === 'burst') this.sendDue();
    else if (kind === 'closed') this.sendWhenAnswered();
    else this.sendBlock();
    this.isArmed = false;
    if (this.sent === this.run.ticks) this.end();
    else if (kind === 'paced' || kind === 'burst') this.look();
    else this.arm();
  }

  private sendDue(): void {
    const { cells } = this;
    for (let count = 0; count < TICKS_PER_TURN && this.sent < this.run.ticks; count++) {
      cells[TAKEN] = this.clock.nowNs();
      cells[INTENDED] = this.dueNs();
      if (cells[TAKEN] < cells[INTENDED] || !this.send()) return;
    }
  }

  private sendWhenAnswered(): void {
    const { cells } = this;
    cells[TAKEN] = cells[INTENDED] = this.clock.nowNs();
    if (cells[TAKEN] - this.startNs > CLOSED_NS_MAX) {
      this.run = { kind: 'closed', ticks: this.sent };
      return;
    }
    if (this.log.orderCount() + this.missed < this.sent) {
      if (cells[TAKEN] - cells[SENT] < ORDER_WAIT_NS) return;
      this.missed++;
    }
    if (this.send()) cells[SENT] = cells[TAKEN];
  }

  private sendBlock(): void {
    const { cells } = this;
    for (let count = 0; count < BLAST_TICKS_PER_TURN && this.sent < this.run.ticks; count++) {
      cells[TAKEN] = cells[INTENDED] = this.clock.nowNs();
      if (!this.send()) return;
      this.deliver();
    }
  }

  /** Sends what is received, as the cells say. False when the engine has no room for it: it is offered again. */
  private send(): boolean {
    const { log, sent, cells } = this;
    const feed = this.feed!;
    feed.times[0] = cells[INTENDED];
    if (!feed.take(this.receive, this.receivedBytes)) {
      this.kick();
      return false;
    }
    if (sent < log.ticksMax) {
      log.intendedNs[sent] = cells[INTENDED];
      log.takenNs[sent] = cells[TAKEN];
    }
    this.sent = sent + 1;
    this.kick();
    if (sent < log.ticksMax) log.doneNs[sent] = this.clock.nowNs();
    log.noteSent(this.sent);
    this.prepare();
    return true;
  }

  /** Puts the next frame into the receive buffer, with the ids that follow the last frame's. */
  private prepare(): void {
    const { loop, receive, frame } = this;
    receive.set(this.frames[frame]);
    this.receivedBytes = loop.ends[frame] - loop.starts[frame];
    const kind = loop.kinds[frame];
    if (kind === TICK_KIND.depth) this.writeNextId(loop.firstIdAt[frame], 1);
    if (kind !== TICK_KIND.trade) this.writeNextId(loop.lastIdAt[frame], loop.spans[frame]);
    else writeDigits(receive, loop.lastIdAt[frame], TRADE_ID_DIGITS, TRADE_ID_HIGH, ++this.lastTrade);
    this.frame = frame + 1 === loop.count ? 0 : frame + 1;
  }

  private writeNextId(at: number, step: number): void {
    this.lastIdLow += step;
    if (this.lastIdLow >= TICK_ID_HALF) {
      this.lastIdLow -= TICK_ID_HALF;
      this.lastIdHigh++;
    }
    writeDigits(this.receive, at, TICK_ID_DIGITS, this.lastIdHigh, this.lastIdLow);
  }

  private awaitBell(): void {
    const { due } = this.bell!;
    this.sendDue();
    if (this.sent === this.run.ticks) {
      this.end();
      return;
    }
    const wait = Atomics.waitAsync(due, 0, this.sent);
    if (wait.async) void wait.value.then(() => this.awaitBell());
    else setImmediate(() => this.awaitBell());
  }

  private end(): void {
    this.isRunning = false;
    this.finish();
  }
}
