import { z } from 'zod';

/** Name and version of the feed's protocol; also the WebSocket subprotocol a client may ask for. */
export const TELEMETRY_PROTOCOL = 'shrike.telemetry.v1';

/** Where the feed is attached on the api's port. */
export const TELEMETRY_PATH = '/ws/v1';

/** Topics that are a state: keyed entries of which the newest wins. */
export const STATE_TOPICS = ['stats', 'book', 'positions', 'latency', 'actors', 'analysis'] as const;

/** Topics that are a sequence of events, none of which replaces another. */
export const EVENT_TOPICS = ['trades', 'signals', 'orders', 'fills', 'patterns', 'log'] as const;

export type StateTopicName = (typeof STATE_TOPICS)[number];
export type EventTopicName = (typeof EVENT_TOPICS)[number];
export type TopicName = StateTopicName | EventTopicName;

/** Every topic. */
export const TOPICS: readonly TopicName[] = [...STATE_TOPICS, ...EVENT_TOPICS];

/** What clients of the plain feed (`/ws`) get without asking. */
export const PLAIN_TOPICS: readonly TopicName[] = ['stats', 'positions', 'orders', 'fills', 'signals'];

/** How frames are written: binary msgpack, or text JSON for people (`?format=json`). Same content. */
export type FrameFormat = 'msgpack' | 'json';

/** Entries of a state topic by key: a symbol, an actor, a stage, or a field of the stats. */
export type StateEntries = Readonly<Record<string, unknown>>;

/** The whole of a state topic. Deltas with `base` = `seq` continue it. */
export interface StateSnapshotFrame {
  readonly type: 'snapshot';
  readonly topic: StateTopicName;
  readonly seq: number;
  readonly atMs: number;
  readonly state: StateEntries;
}

/** Entries that changed between `base` and `seq`. A client that does not stand at `base` missed something: resync. */
export interface StateDeltaFrame {
  readonly type: 'delta';
  readonly topic: StateTopicName;
  readonly base: number;
  readonly seq: number;
  readonly atMs: number;
  readonly set: StateEntries;
  readonly removed: readonly string[];
}

/** The last events before the subscription; the first batch after it begins at `seq` + 1. */
export interface EventSnapshotFrame {
  readonly type: 'snapshot';
  readonly topic: EventTopicName;
  readonly seq: number;
  readonly atMs: number;
  readonly events: readonly unknown[];
}

/**
 * Events `first`..`seq`. Fewer events than numbers means the api itself had to give some up; a `first` that does not
 * follow the last `seq` means this client was too slow (a `dropped` frame says how many).
 */
export interface EventBatchFrame {
  readonly type: 'events';
  readonly topic: EventTopicName;
  readonly first: number;
  readonly seq: number;
  readonly atMs: number;
  readonly events: readonly unknown[];
}

/** Events this client did not get because it read too slowly. */
export interface DroppedFrame {
  readonly type: 'dropped';
  readonly topic: EventTopicName;
  readonly dropped: number;
}

/** Opens each connection. */
export interface HelloFrame {
  readonly type: 'hello';
  readonly protocol: string;
  readonly topics: readonly TopicName[];
  readonly instruments: readonly string[];
  readonly intervalMs: number;
}

/** Answers a command. */
export interface AckFrame {
  readonly type: 'ack';
  readonly op: string;
  readonly topics: readonly TopicName[];
}

/** A command that could not be understood; the connection goes on. */
export interface ErrorFrame {
  readonly type: 'error';
  readonly code: 'BAD_COMMAND' | 'BAD_ENCODING';
  readonly message: string;
}

/** Answers `ping`. */
export interface PongFrame {
  readonly type: 'pong';
  readonly atMs: number;
}

export type ServerFrame =
  | StateSnapshotFrame
  | StateDeltaFrame
  | EventSnapshotFrame
  | EventBatchFrame
  | DroppedFrame
  | HelloFrame
  | AckFrame
  | ErrorFrame
  | PongFrame;

const topicList = z
  .array(z.enum([...STATE_TOPICS, ...EVENT_TOPICS]))
  .min(1)
  .max(TOPICS.length);

const command = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('subscribe'), topics: topicList }),
  z.strictObject({ op: z.literal('unsubscribe'), topics: topicList }),
  z.strictObject({ op: z.literal('resync'), topics: topicList }),
  z.strictObject({ op: z.literal('ping') }),
]);

/** What a client may ask. Nothing here changes the engine: the feed is read-only. */
export type ClientCommand =
  | { readonly op: 'subscribe' | 'unsubscribe' | 'resync'; readonly topics: readonly TopicName[] }
  | { readonly op: 'ping' };

/** The command in `value`, or a sentence on what is wrong with it. */
export function parseCommand(value: unknown): ClientCommand | string {
  const parsed = command.safeParse(value);
  if (parsed.success) return parsed.data;
  const ops = 'expected {op: "subscribe" | "unsubscribe" | "resync", topics: [...]} or {op: "ping"}';
  const first = parsed.error.issues[0];
  return `${ops}; at ${first.path.join('.') || 'the top'}: ${first.message} (topics: ${TOPICS.join(', ')})`;
}
