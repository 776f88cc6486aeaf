import { readRequest } from './wire-answers.ts';
import type { WireAnswers, WireRequest } from './wire-answers.ts';
import { GcWatch } from '../harness/gc-watch.ts';
import type { WireFigures, WirePhase } from './wire-job.ts';
import { RunDelay } from './wire-run-delay.ts';
import { textFrame, wireNowNs } from './wire-socket.ts';
import type { WireConnection } from './wire-socket.ts';
import { OrderSum, readOrder, WIRE_ORDER_LOTS, WIRE_STREAM } from './wire-ticks.ts';
import type { WireTicks } from './wire-ticks.ts';

/** In a closed loop orders are answered this many at a time, so that reading answers is not part of what is measured. */
export const WIRE_BATCH_TICKS = 20;
/** How long the exchange leaves its processor to others in each pause, and how long before a tick it is back. */
export const WIRE_REST_NS = 1_000_000;
const AWAKE_BEFORE_NS = 200_000;
/** Ticks until the exchange collects its garbage between two ticks. */
const COLLECT_EVERY_TICKS = 1_000;
/** Of the measured ticks of every phase; the warm-up's are below it. */
const FIRST_NUMBER = 1_000_000;
/** A client that does not answer pings for this long is gone. */
const PONG_DEADLINE_MS = 10_000;
/** With more than this many lost ticks there is nothing to compare. */
const LOST_MAX = 20;
const AT_ONCE = 0;
const SYNC_EVERY_MS = 50;
const SYNC_TICKS = 5;
const SYNC_TIMEOUT_MS = 20_000;

/** The two connections of a client. */
export interface WirePeer {
  readonly feed: WireConnection;
  /** Whether it came by `/stream`, where events stand in an envelope with their stream's name. */
  readonly isCombined: boolean;
  readonly orders: WireConnection;
  /** Whether it subscribed to its user data. */
  isListening(): boolean;
}

/**
 * Sends ticks and waits for their orders: reads the clock, writes a prepared frame to the socket, goes round the event
 * loop without sleeping, and reads the clock again in the callback that brings the order's bytes, before they are looked
 * at. Checking and answering orders, collecting garbage and sleeping all happen between ticks.
 */
export class WireLoop {
  private readonly ticks: WireTicks;
  private readonly answers: WireAnswers;
  private readonly nap: Int32Array = new Int32Array(new SharedArrayBuffer(4));
  private readonly gcWatch: GcWatch = new GcWatch();
  private readonly unanswered: WireRequest[] = [];
  private peer: WirePeer | null = null;
  private frames: Buffer[] = [];
  private firstNumber = 0;
  /** The tick sent last, until its order is there; -1 = none. */
  private underWay = -1;
  private sentNs = 0;
  private latencyNs = 0;
  /** How long the exchange itself waited for its processor while the last tick was under way. */
  private waitedNs = 0;
  private readonly runDelay: RunDelay = new RunDelay();
  private lastOrder: ReturnType<typeof readOrder> | null = null;
  private pongsMissing = 0;
  private stray = 0;
  private isChecked = true;
  private wake: () => void = () => undefined;

  constructor(ticks: WireTicks, answers: WireAnswers) {
    this.ticks = ticks;
    this.answers = answers;
  }

  /** One order request, in the turn its bytes arrived. */
  onOrder(nowNs: number, text: string): void {
    const request = readRequest(text);
    this.unanswered.push(request);
    const order = readOrder(request.params);
    if (this.underWay < 0 || !this.isOf(this.underWay, order)) {
      this.stray++;
      return;
    }
    this.latencyNs = nowNs - this.sentNs;
    this.lastOrder = order;
    this.underWay = -1;
    this.wake();
  }

  onPong(): void {
    this.pongsMissing--;
    if (this.pongsMissing === 0) this.wake();
  }

  /** Sends ticks until the client answers each of them: it has its snapshot and may trade. */
  async synchronise(peer: WirePeer, isChecked: boolean): Promise<void> {
    this.peer = peer;
    this.isChecked = isChecked;
    const deadlineMs = performance.now() + SYNC_TIMEOUT_MS;
    for (let answered = 0; answered < SYNC_TICKS;) {
      this.prepare(FIRST_NUMBER, 1);
      const isAnswered = await this.tick(FIRST_NUMBER, AT_ONCE, SYNC_EVERY_MS);
      answered = isAnswered ? answered + 1 : 0;
      this.answerAll();
      if (performance.now() > deadlineMs) throw new Error('the client answers no tick');
      await new Promise((resolve) => setTimeout(resolve, isAnswered ? 1 : SYNC_EVERY_MS));
    }
  }

  /** Runs one phase. */
  async run(phase: WirePhase): Promise<WireFigures> {
    const { warmupTicks, ticks, silenceNs, summedTicks, deadlineMs } = phase;
    this.isChecked = phase.isChecked;
    const latenciesNs = new Float64Array(ticks);
    const waitsNs = new Float64Array(ticks);
    const sum = new OrderSum();
    let measured = 0;
    let lost = 0;
    this.prepare(FIRST_NUMBER - warmupTicks, warmupTicks + ticks);
    await this.settle();
    this.stray = 0;
    let exchangeGcs = 0;
    await this.gcWatch.start();
    for (let index = -warmupTicks; index < ticks; index++) {
      if (silenceNs === 0 && index % WIRE_BATCH_TICKS === 0) await this.settle();
      if (index % COLLECT_EVERY_TICKS === 0) exchangeGcs += await this.collect();
      const dueNs = silenceNs > 0 ? this.beSilent(silenceNs) : AT_ONCE;
      const isAnswered = await this.tick(FIRST_NUMBER + index, dueNs, deadlineMs);
      if (!isAnswered && ++lost > LOST_MAX)
        throw new Error(`tick ${index}: more than ${LOST_MAX} without an order`);
      if (index < 0) continue;
      if (isAnswered) {
        waitsNs[measured] = this.waitedNs;
        latenciesNs[measured++] = this.latencyNs;
      }
      if (index >= summedTicks) continue;
      if (isAnswered) sum.add(this.lastOrder!.isBuy, this.lastOrder!.priceTicks, this.lastOrder!.lots);
      else sum.addLost();
    }
    exchangeGcs += (await this.gcWatch.stop()).scavenges;
    const { stray } = this;
    await this.settle();
    return {
      latenciesNs: latenciesNs.slice(0, measured),
      waitsNs: waitsNs.slice(0, measured),
      lost,
      stray,
      checksum: sum.text(),
      exchangeGcs,
    };
  }

  close(): void {
    this.gcWatch.close();
  }

  private isOf(number: number, order: ReturnType<typeof readOrder>): boolean {
    if (!this.isChecked) return true;
    const expected = this.ticks.expected(number);
    return (
      order.isBuy === expected.isBuy &&
      order.priceTicks === expected.priceTicks &&
      order.lots === WIRE_ORDER_LOTS
    );
  }

  /** Encodes the frames of the next ticks, so that sending one is one system call. */
  private prepare(firstNumber: number, count: number): void {
    const epochMs = Date.now();
    const { isCombined } = this.peer!;
    this.firstNumber = firstNumber;
    this.frames = [];
    for (let index = 0; index < count; index++) {
      const payload = this.ticks.next(firstNumber + index, epochMs);
      this.frames.push(textFrame(isCombined ? `{"stream":"${WIRE_STREAM}","data":${payload}}` : payload));
    }
  }

  /** One tick, sent at `dueNs` or as soon after as this process runs; whether its order came in time. */
  private async tick(number: number, dueNs: number, deadlineMs: number): Promise<boolean> {
    const frame = this.frames[number - this.firstNumber];
    const { feed } = this.peer!;
    const arrived = this.spinUntilWoken(deadlineMs);
    const waitedBefore = this.runDelay.read();
    this.underWay = number;
    while (wireNowNs() < dueNs);
    this.sentNs = wireNowNs();
    feed.writeNow(frame);
    const isAnswered = await arrived;
    this.waitedNs = this.runDelay.read() - waitedBefore;
    this.underWay = -1;
    return isAnswered;
  }

  /** Goes round the event loop without sleeping until `wake`; false when the deadline passed first. */
  private async spinUntilWoken(deadlineMs: number): Promise<boolean> {
    return await new Promise((resolve) => {
      let isOver = false;
      const untilNs = wireNowNs() + deadlineMs * 1e6;
      this.wake = (): void => {
        isOver = true;
        resolve(true);
      };
      const turn = (): void => {
        if (isOver) return;
        if (wireNowNs() < untilNs) setImmediate(turn);
        else resolve(false);
      };
      setImmediate(turn);
    });
  }

  /** Answers what was ordered and waits until the client has read it; leaves the processor for a while. */
  private async settle(): Promise<void> {
    const { feed, orders } = this.peer!;
    this.answerAll();
    this.pongsMissing = 2;
    const read = this.spinUntilWoken(PONG_DEADLINE_MS);
    feed.ping();
    orders.ping();
    if (!(await read)) throw new Error('the client does not answer pings');
    Atomics.wait(this.nap, 0, 0, WIRE_REST_NS / 1e6);
    const readyNs = wireNowNs() + AWAKE_BEFORE_NS;
    while (wireNowNs() < readyNs);
  }

  /** Answers the last order, then lets most of `silenceNs` pass; when the tick is due. */
  private beSilent(silenceNs: number): number {
    this.answerAll();
    const dueNs = wireNowNs() + silenceNs;
    Atomics.wait(this.nap, 0, 0, Math.max(0, silenceNs - AWAKE_BEFORE_NS) / 1e6);
    return dueNs;
  }

  /** Collects garbage now; how many collections came by themselves since the last time. */
  private async collect(): Promise<number> {
    const { scavenges, others } = await this.gcWatch.stop();
    await this.gcWatch.start();
    return scavenges + others;
  }

  private answerAll(): void {
    if (this.unanswered.length === 0) return;
    const { orders } = this.peer!;
    const isListening = this.peer!.isListening();
    const frames: Buffer[] = [];
    for (const request of this.unanswered) {
      this.answers.checkSignature(request);
      frames.push(...this.answers.toOrder(request, isListening).map(textFrame));
    }
    this.unanswered.length = 0;
    orders.write(Buffer.concat(frames));
  }
}
