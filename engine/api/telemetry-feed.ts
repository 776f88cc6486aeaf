import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { Clock } from '../core/clock.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import { TELEMETRY_TOPIC_BIT } from '../ipc/telemetry-interest.ts';
import type { TelemetryInterestWriter } from '../ipc/telemetry-interest.ts';
import { decodeMessage, FrameEncoder } from './frame-encoder.ts';
import type { EncodedFrame } from './frame-encoder.ts';
import { API_COUNTER } from './api-counters.ts';
import { TelemetryClient } from './telemetry-client.ts';
import type { TopicSubscription } from './telemetry-client.ts';
import {
  EVENT_TOPICS,
  parseCommand,
  STATE_TOPICS,
  TELEMETRY_PROTOCOL,
  TOPICS,
} from './telemetry-protocol.ts';
import type {
  EventBatchFrame,
  EventTopicName,
  FrameFormat,
  ServerFrame,
  StateEntries,
  StateTopicName,
  TopicName,
} from './telemetry-protocol.ts';
import { EventTopic, StateTopic } from './telemetry-topics.ts';

/** Batches per second at most, whatever the configuration says. */
const TICK_MS_MIN = 50;
/** Commands one client may send between two ticks. */
const COMMANDS_PER_TICK_MAX = 32;
/** Largest message taken from a client. */
const MESSAGE_BYTES_MAX = 16 * 1024;
const CLOSE_POLICY = 1008;
const CLOSE_GOING_AWAY = 1001;

export interface TelemetryFeedOptions {
  readonly clock: Clock;
  readonly counters: CounterBlock;
  readonly interest: TelemetryInterestWriter;
  readonly instruments: readonly string[];
  /** Entries of each state topic as they are now; called at most once per tick and only while a client is subscribed. */
  readonly sources: Readonly<Record<StateTopicName, () => StateEntries>>;
  /** Period of batches, at least 50 ms. */
  readonly intervalMs: number;
  readonly clientsMax: number;
  /** What may wait in one client's socket. */
  readonly clientBufferBytes: number;
  /** A client that does not read for this long is disconnected. */
  readonly evictAfterMs: number;
  readonly pingIntervalMs: number;
}

interface TickFrames {
  readonly deltas: Map<StateTopicName, EncodedFrame>;
  readonly batches: Map<EventTopicName, { readonly frame: EncodedFrame; readonly batch: EventBatchFrame }>;
  readonly snapshots: Map<TopicName, EncodedFrame>;
}

/**
 * The telemetry feed: topics, clients and the tick that joins them. Each tick encodes what changed once per format and
 * hands the same bytes to every client; what a client cannot take is its own loss and is counted. Api thread only.
 */
export class TelemetryFeed {
  private readonly options: TelemetryFeedOptions;
  private readonly intervalMs: number;
  private readonly server: WebSocketServer;
  private readonly encoder: FrameEncoder = new FrameEncoder();
  private readonly states: ReadonlyMap<StateTopicName, StateTopic>;
  private readonly events: ReadonlyMap<EventTopicName, EventTopic>;
  private readonly clients: Set<TelemetryClient> = new Set();
  private tradesWantedUntilMs = 0;
  private tickTimer: NodeJS.Timeout | null = null;
  private pingTimer: NodeJS.Timeout | null = null;

  constructor(options: TelemetryFeedOptions) {
    this.options = options;
    this.intervalMs = Math.max(TICK_MS_MIN, options.intervalMs);
    this.server = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: MESSAGE_BYTES_MAX,
      clientTracking: false,
      handleProtocols: (offered) => (offered.has(TELEMETRY_PROTOCOL) ? TELEMETRY_PROTOCOL : false),
    });
    this.states = new Map(STATE_TOPICS.map((name) => [name, new StateTopic(name)]));
    this.events = new Map(EVENT_TOPICS.map((name) => [name, new EventTopic(name)]));
  }

  /** Begins to send batches and pings. */
  start(): void {
    this.tickTimer = setInterval(() => this.tick(), this.intervalMs);
    this.pingTimer = setInterval(() => this.pingAll(), this.options.pingIntervalMs);
  }

  /** Disconnects all clients. */
  stop(): void {
    if (this.tickTimer !== null) clearInterval(this.tickTimer);
    if (this.pingTimer !== null) clearInterval(this.pingTimer);
    this.tick();
    for (const client of this.clients) {
      client.close(CLOSE_GOING_AWAY, 'the engine stops');
      if (!client.isReading()) client.terminate();
    }
    this.clients.clear();
    this.updateInterest();
    this.server.close();
  }

  get clientCount(): number {
    return this.clients.size;
  }

  /** Frames encoded so far: one per format and change, however many clients there are. */
  get encodingCount(): number {
    return this.encoder.encodings;
  }

  /** Whether anybody would see an event of this topic. */
  hasListeners(topic: TopicName): boolean {
    for (const client of this.clients) if (client.subscriptions.has(topic)) return true;
    return false;
  }

  /** Adds an event to a topic; it leaves with the next tick. */
  publish(topic: EventTopicName, event: unknown): void {
    this.events.get(topic)!.push(event);
  }

  /** Whether the client limit leaves room; the HTTP server asks before it upgrades. */
  hasRoom(): boolean {
    return this.clients.size < this.options.clientsMax;
  }

  /** Turns a checked upgrade request into a client with these topics; the result closes it. */
  accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    format: FrameFormat,
    topics: readonly TopicName[] = [],
  ): (code: number, reason: string) => void {
    let close: (code: number, reason: string) => void = () => socket.destroy();
    this.server.handleUpgrade(request, socket, head, (webSocket) => {
      close = (code, reason) => webSocket.close(code, reason);
      this.open(webSocket, format, topics);
    });
    return (code, reason) => close(code, reason);
  }

  /** Has trades come for a while though no client of the feed has subscribed them. */
  wantTrades(forMs: number): void {
    this.tradesWantedUntilMs = this.nowMs() + forMs;
    this.updateInterest();
  }

  private open(socket: WebSocket, format: FrameFormat, topics: readonly TopicName[]): void {
    const { counters, clientBufferBytes, instruments } = this.options;
    const client = new TelemetryClient(socket, format, clientBufferBytes, counters);
    this.clients.add(client);
    counters.increment(API_COUNTER.clientsAccepted);
    socket.on('message', (data: Buffer, isBinary: boolean) => this.take(client, data, isBinary));
    socket.on('pong', () => {
      client.isAlive = true;
    });
    socket.on('error', (error: Error & { code?: string }) => {
      if (error.code?.startsWith('WS_ERR') === true) counters.increment(API_COUNTER.clientsMisbehaved);
    });
    socket.on('close', () => this.forget(client));
    this.sendTo(client, {
      type: 'hello',
      protocol: TELEMETRY_PROTOCOL,
      topics: TOPICS,
      instruments,
      intervalMs: this.intervalMs,
    });
    if (topics.length > 0) this.apply(client, 'subscribe', topics);
  }

  private forget(client: TelemetryClient): void {
    this.clients.delete(client);
    this.updateInterest();
  }

  /** Answers and notes; one that finds the client's buffer full is left out. */
  private sendTo(client: TelemetryClient, frame: ServerFrame): void {
    const encoded = this.encoder.encode(frame);
    if (client.hasRoomFor(encoded.bytes(client.format).length)) client.send(encoded);
  }

  private take(client: TelemetryClient, data: Buffer, isBinary: boolean): void {
    client.isAlive = true;
    if (++client.commandCount > COMMANDS_PER_TICK_MAX) {
      this.options.counters.increment(API_COUNTER.clientsMisbehaved);
      client.close(CLOSE_POLICY, 'too many commands');
      return;
    }
    let value: unknown;
    try {
      value = decodeMessage(data, isBinary);
    } catch {
      this.refuse(client, 'BAD_ENCODING', 'a text message must be JSON, a binary one msgpack');
      return;
    }
    const command = parseCommand(value);
    if (typeof command === 'string') {
      this.refuse(client, 'BAD_COMMAND', command);
    } else if (command.op === 'ping') {
      this.sendTo(client, { type: 'pong', atMs: this.nowMs() });
    } else {
      this.apply(client, command.op, command.topics);
      this.sendTo(client, { type: 'ack', op: command.op, topics: command.topics });
    }
  }

  private refuse(client: TelemetryClient, code: 'BAD_COMMAND' | 'BAD_ENCODING', message: string): void {
    this.options.counters.increment(API_COUNTER.commandsRefused);
    this.sendTo(client, { type: 'error', code, message });
  }

  private apply(
    client: TelemetryClient,
    op: 'subscribe' | 'unsubscribe' | 'resync',
    topics: readonly TopicName[],
  ): void {
    for (const topic of topics) {
      const subscription = client.subscriptions.get(topic);
      if (op === 'subscribe') client.subscribe(topic);
      else if (op === 'unsubscribe') client.subscriptions.delete(topic);
      else if (subscription !== undefined) subscription.needsSnapshot = true;
    }
    this.updateInterest();
  }

  private updateInterest(): void {
    let bits = 0;
    for (const [topic, bit] of Object.entries(TELEMETRY_TOPIC_BIT)) {
      if (this.hasListeners(topic as TopicName)) bits |= bit;
    }
    if (this.tradesWantedUntilMs > 0) bits |= TELEMETRY_TOPIC_BIT.trades;
    this.options.interest.set(bits);
  }

  private nowMs(): number {
    return this.options.clock.epochUs() / 1000;
  }

  /** Collects what changed and gives every client its part. */
  private tick(): void {
    const atMs = this.nowMs();
    const nowNs = this.options.clock.nowNs();
    if (this.tradesWantedUntilMs > 0 && atMs > this.tradesWantedUntilMs) {
      this.tradesWantedUntilMs = 0;
      this.updateInterest();
    }
    const frames = this.collect(atMs);
    for (const client of this.clients) {
      client.commandCount = 0;
      if (client.behindNs(nowNs) > this.options.evictAfterMs * 1e6) {
        this.options.counters.increment(API_COUNTER.clientsEvicted);
        client.terminate();
        continue;
      }
      for (const [topic, dropped] of client.takeDropped()) {
        this.sendTo(client, { type: 'dropped', topic, dropped });
      }
      for (const [topic, subscription] of client.subscriptions) {
        if (subscription.needsSnapshot) this.sendSnapshot(client, topic, subscription, frames, atMs);
        else if (this.states.has(topic as StateTopicName)) {
          this.sendState(client, topic as StateTopicName, subscription, frames, atMs);
        } else this.sendBatch(client, topic as EventTopicName, subscription, frames);
      }
    }
  }

  private collect(atMs: number): TickFrames {
    const frames: TickFrames = { deltas: new Map(), batches: new Map(), snapshots: new Map() };
    for (const [name, topic] of this.states) {
      if (!this.hasListeners(name) || !topic.update(this.options.sources[name](), atMs)) {
        topic.delta = null;
        continue;
      }
      frames.deltas.set(name, this.encoder.encode(topic.delta!));
    }
    for (const [name, topic] of this.events) {
      const overflowed = topic.overflowed;
      topic.overflowed = 0;
      if (overflowed > 0) this.options.counters.add(API_COUNTER.eventsOverflowed, overflowed);
      const batch = topic.takeBatch(atMs);
      if (batch !== null) frames.batches.set(name, { frame: this.encoder.encode(batch), batch });
    }
    return frames;
  }

  private sendSnapshot(
    client: TelemetryClient,
    topic: TopicName,
    subscription: TopicSubscription,
    frames: TickFrames,
    atMs: number,
  ): void {
    if (!client.isReading()) return;
    const source = this.states.get(topic as StateTopicName) ?? this.events.get(topic as EventTopicName)!;
    let frame = frames.snapshots.get(topic);
    if (frame === undefined) {
      frame = this.encoder.encode(source.snapshot(atMs));
      frames.snapshots.set(topic, frame);
    }
    client.send(frame);
    subscription.seq = source.seq;
    subscription.needsSnapshot = false;
    subscription.dropped = 0;
  }

  private sendState(
    client: TelemetryClient,
    name: StateTopicName,
    subscription: TopicSubscription,
    frames: TickFrames,
    atMs: number,
  ): void {
    const seq = this.states.get(name)!.seq;
    if (subscription.seq === seq) return;
    if (!client.isReading()) {
      this.options.counters.increment(API_COUNTER.statesConflated);
      return;
    }
    const delta = frames.deltas.get(name);
    if (delta === undefined || subscription.seq !== seq - 1) {
      this.sendSnapshot(client, name, subscription, frames, atMs);
      return;
    }
    client.send(delta);
    subscription.seq = seq;
  }

  private sendBatch(
    client: TelemetryClient,
    name: EventTopicName,
    subscription: TopicSubscription,
    frames: TickFrames,
  ): void {
    const entry = frames.batches.get(name);
    if (entry === undefined) return;
    const { frame, batch } = entry;
    client.sendEvents(subscription, frame, batch.seq - batch.first + 1, batch.seq);
  }

  private pingAll(): void {
    for (const client of this.clients) {
      if (client.isAlive) client.ping();
      else {
        this.options.counters.increment(API_COUNTER.clientsUnresponsive);
        client.terminate();
      }
    }
  }
}
