import type { WebSocket } from 'ws';
import type { CounterBlock } from '../ipc/counters.ts';
import type { EncodedFrame } from './frame-encoder.ts';
import { API_COUNTER } from './api-counters.ts';
import type { EventTopicName, FrameFormat, TopicName } from './telemetry-protocol.ts';

/** Above this share of its buffer a client only keeps what it has: states are conflated. */
const SOFT_SHARE = 0.25;

/** One topic as one client sees it. */
export interface TopicSubscription {
  /** Where the client stands; its next delta must start here. */
  seq: number;
  /** It is to get a whole snapshot before anything else. */
  needsSnapshot: boolean;
  /** Events it lost since it was last told. */
  dropped: number;
}

/**
 * One connection: its subscriptions and how far behind it is. What waits for it lies in its socket, at most
 * `bufferBytesMax` plus one frame; beyond that states are skipped and events dropped, so a client that stops reading costs
 * a bounded amount of memory and nobody any time.
 */
export class TelemetryClient {
  readonly subscriptions: Map<TopicName, TopicSubscription> = new Map();
  readonly format: FrameFormat;
  /** Commands since the last tick. */
  commandCount = 0;
  isAlive = true;
  /** monoNs since when its buffer is over the soft mark; 0 = it is not. */
  private behindSinceNs = 0;
  private readonly socket: WebSocket;
  private readonly bufferBytesMax: number;
  private readonly counters: CounterBlock;

  constructor(socket: WebSocket, format: FrameFormat, bufferBytesMax: number, counters: CounterBlock) {
    this.socket = socket;
    this.format = format;
    this.bufferBytesMax = bufferBytesMax;
    this.counters = counters;
  }

  subscribe(topic: TopicName): void {
    if (!this.subscriptions.has(topic)) {
      this.subscriptions.set(topic, { seq: 0, needsSnapshot: true, dropped: 0 });
    }
  }

  /** Whether more may be written without piling up. */
  isReading(): boolean {
    return this.socket.bufferedAmount <= this.bufferBytesMax * SOFT_SHARE;
  }

  /** Whether `byteLength` more bytes stay within the buffer's bound; an empty buffer takes a frame of any size. */
  hasRoomFor(byteLength: number): boolean {
    const { bufferedAmount } = this.socket;
    return bufferedAmount === 0 || bufferedAmount + byteLength <= this.bufferBytesMax;
  }

  /** Hands a frame to the socket. */
  send(frame: EncodedFrame): void {
    const bytes = frame.bytes(this.format);
    this.socket.send(bytes, { binary: this.format === 'msgpack', fin: true });
    this.counters.increment(API_COUNTER.framesSent);
    this.counters.add(API_COUNTER.bytesSent, bytes.length);
  }

  /** Sends what an event batch needs: the batch, or nothing but a note of how much was lost. */
  sendEvents(subscription: TopicSubscription, frame: EncodedFrame, eventCount: number, seq: number): void {
    if (subscription.dropped > 0 || !this.hasRoomFor(frame.bytes(this.format).length)) {
      subscription.dropped += eventCount;
      this.counters.add(API_COUNTER.eventsDropped, eventCount);
    } else {
      this.send(frame);
    }
    subscription.seq = seq;
  }

  /** Topics this client lost events of and may now be told about, with the counts; forgets them. */
  takeDropped(): [EventTopicName, number][] {
    if (!this.isReading()) return [];
    const lost: [EventTopicName, number][] = [];
    for (const [topic, subscription] of this.subscriptions) {
      if (subscription.dropped === 0) continue;
      lost.push([topic as EventTopicName, subscription.dropped]);
      subscription.dropped = 0;
    }
    return lost;
  }

  /** How long the client has been over the soft mark without a pause, ns. */
  behindNs(nowNs: number): number {
    if (this.isReading()) {
      this.behindSinceNs = 0;
      return 0;
    }
    if (this.behindSinceNs === 0) this.behindSinceNs = nowNs;
    return nowNs - this.behindSinceNs;
  }

  ping(): void {
    this.isAlive = false;
    this.socket.ping();
  }

  /** Ends the connection at once: a client that does not read would not read a farewell either. */
  terminate(): void {
    this.socket.terminate();
  }

  /** Ends the connection with a reason. */
  close(code: number, reason: string): void {
    this.socket.close(code, reason);
  }
}
