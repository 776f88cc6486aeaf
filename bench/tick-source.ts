import type { Clock } from '../engine/core/clock.ts';
import type { FeedContext, FrameDecoderFactory } from '../engine/market-data/feed-port.ts';
import { ReplayFeed } from '../engine/market-data/replay-feed.ts';
import { TICK_ID_BASE, TICK_ID_DIGITS, writeDigits } from './tick-frames.ts';
import type { TickLoop } from './tick-frames.ts';
import type { TickLog } from './tick-log.ts';

/** How ticks are to be sent. */
export type TickRun =
  /** The next tick when the order of the last one was sent: for warming up. */
  | { readonly kind: 'closed'; readonly ticks: number }
  /** Tick k at start + k x interval, whatever happens. */
  | { readonly kind: 'paced'; readonly ticks: number; readonly perSecond: number }
  /** As fast as the engine takes them, blocks of ticks in one turn of the event loop. */
  | { readonly kind: 'blast'; readonly ticks: number };

/** Longest wait for an order in a closed run before the tick counts as missed. */
const ORDER_WAIT_NS = 2_000_000_000;
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

/** What rings when a tick is due, for threads that sleep: see tick-bell.ts. */
export interface TickBell {
  /** Ticks due so far. */
  readonly due: Int32Array;
  /** Starts ringing: `ticks` times, every `intervalNs` from `startNs` on. */
  readonly ring: (startNs: number, intervalNs: number, ticks: number) => void;
}

/** The replay's feed, which lets its source look at the clock in every duty cycle. */
export class TickFeed extends ReplayFeed {
  private readonly source: TickSource;

  constructor(context: FeedContext, createDecoder: FrameDecoderFactory, source: TickSource) {
    super(context, createDecoder);
    this.source = source;
  }

  override doWork(): number {
    this.source.look();
    return super.doWork();
  }
}

/**
 * Stands where the market-data socket stands: on the event loop of the market-data actor's thread. The frame is copied into a receive buffer before it is due, as the kernel does it; its receive time is the time
 * it was meant to be sent at, so that every latency of the engine includes what it waited. One thread.
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
  private readonly receive: Buffer;
  private feed: ReplayFeed | null;
  private receivedBytes: number;
  private frame: number;
  private lastId: number;
  private run: TickRun;
  private sent: number;
  private startNs: number;
  private intervalNs: number;
  private sentAtNs: number;
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
    this.feed = null;
    this.receivedBytes = 0;
    this.frame = 0;
    this.lastId = TICK_ID_BASE;
    this.run = { kind: 'closed', ticks: 0 };
    this.sent = 0;
    this.startNs = 0;
    this.intervalNs = 0;
    this.sentAtNs = 0;
    this.missed = 0;
    this.finish = (): void => {};
    this.turn = (): void => this.goRound();
  }

  /** The feed the frames go to, of the actor's present incarnation. */
  attach(feed: ReplayFeed): void {
    this.feed = feed;
  }

  /** Synchronises the book: the snapshot the loop follows. */
  open(): void {
    const bytes = Buffer.from(this.loop.snapshot);
    this.feed!.push(bytes, 0, bytes.length, this.clock.nowNs());
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
    const finished = new Promise<void>((resolve) => {
      this.finish = resolve;
    });
    if (run.kind === 'paced' && this.bell !== null) {
      Atomics.store(this.bell.due, 0, 0);
      this.bell.ring(this.startNs, this.intervalNs, run.ticks);
      this.awaitBell();
    } else this.arm();
    return finished;
  }

  /** In every duty cycle: asks for a turn of the event loop when the next tick is about to be due. */
  look(): void {
    if (this.isArmed || !this.isRunning || this.bell !== null) return;
    if (this.clock.nowNs() >= this.startNs + this.sent * this.intervalNs - ARM_NS) this.arm();
  }

  private arm(): void {
    this.isArmed = true;
    setImmediate(this.turn);
  }

  private goRound(): void {
    const { run } = this;
    if (run.kind === 'paced') this.sendDue();
    else if (run.kind === 'closed') this.sendWhenAnswered();
    else this.sendBlock();
    this.isArmed = false;
    if (this.sent === run.ticks) this.end();
    else if (run.kind !== 'paced') this.arm();
    else this.look();
  }

  private sendDue(): void {
    for (let count = 0; count < TICKS_PER_TURN && this.sent < this.run.ticks; count++) {
      const nowNs = this.clock.nowNs();
      const intendedNs = this.startNs + this.sent * this.intervalNs;
      if (nowNs < intendedNs || !this.send(intendedNs, nowNs)) return;
    }
  }

  private sendWhenAnswered(): void {
    const nowNs = this.clock.nowNs();
    if (this.log.orderCount() + this.missed < this.sent) {
      if (nowNs - this.sentAtNs < ORDER_WAIT_NS) return;
      this.missed++;
    }
    if (this.send(nowNs, nowNs)) this.sentAtNs = nowNs;
  }

  private sendBlock(): void {
    for (let count = 0; count < BLAST_TICKS_PER_TURN && this.sent < this.run.ticks; count++) {
      const nowNs = this.clock.nowNs();
      if (!this.send(nowNs, nowNs)) return;
      this.deliver();
    }
  }

  /** False when the engine has no room for the frame: it is offered again. */
  private send(intendedNs: number, nowNs: number): boolean {
    const { log, sent } = this;
    if (!this.feed!.push(this.receive, 0, this.receivedBytes, intendedNs)) {
      this.kick();
      return false;
    }
    if (sent < log.ticksMax) {
      log.intendedNs[sent] = intendedNs;
      log.takenNs[sent] = nowNs;
    }
    this.sent = sent + 1;
    this.kick();
    log.noteSent(this.sent);
    this.prepare();
    return true;
  }

  /** Puts the next frame into the receive buffer, with the ids that follow the last frame's. */
  private prepare(): void {
    const { loop, receive, frame } = this;
    const start = loop.starts[frame];
    const end = loop.ends[frame];
    receive.set(loop.bytes.subarray(start, end));
    this.receivedBytes = end - start;
    const firstId = this.lastId + 1;
    this.lastId = firstId + loop.spans[frame];
    writeDigits(receive, loop.firstIdAt[frame], TICK_ID_DIGITS, firstId);
    writeDigits(receive, loop.lastIdAt[frame], TICK_ID_DIGITS, this.lastId);
    this.frame = frame + 1 === loop.count ? 0 : frame + 1;
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
