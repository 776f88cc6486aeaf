import type { CandleFetcher } from '../../engine/analysis/bars/candle-port.ts';
import type { Clock } from '../../engine/core/clock.ts';
import type { Instrument } from '../../engine/core/instrument.ts';
import type { Prng } from '../../engine/core/prng.ts';
import type { VenueContext, VenueGateway } from '../../engine/execution/venue-port.ts';
import type { Capture } from '../../engine/market-data/capture-file.ts';
import type { FeedFactory, FrameDecoderFactory, VenueEndpoints } from '../../engine/market-data/feed-port.ts';
import type { NativeRoom } from '../../engine/native/native-room.ts';
import type { FeedOptions } from './feed/market-feed.ts';
import type { ExchangeLink } from './session/exchange-link.ts';
import type { ApiKey } from './signing/api-key.ts';

/** How a venue's private side is reached; plain data that crosses threads. The key stays in here. */
export interface GatewayOptions {
  readonly endpoints: VenueEndpoints;
  readonly credentials: ApiKey;
  /** Namespace of client order ids, 1-8 characters [a-z0-9]. */
  readonly namespace: string;
  /** Venue-side validity of a request, ms; 0 leaves the venue's default. */
  readonly recvWindowMs: number;
  /** A request without an answer for this long has an unknown outcome. */
  readonly requestTimeoutMs: number;
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
  readonly rotateAfterMs: number;
  /** Whether every actor that orders depend on is alive; absent = yes. Only then a venue's dead-man switch is set anew. */
  readonly isHealthy?: () => boolean;
  /** Nothing is changed at the venue: no dead-man switch is set and no setting of the account touched. Shadow mode. */
  readonly isReadOnly?: boolean;
  /** Settings of a margin account; absent or 0 = as they are. */
  readonly leverage?: number;
  readonly marginMode?: 'as-is' | 'cross' | 'isolated';
  /** Another way to the exchange than the network. */
  readonly link?: Partial<ExchangeLink>;
  /** The thread's native calls; absent: none are made. */
  readonly room?: NativeRoom;
}

/** What is needed to ask for the account. */
export interface AccountRequest {
  readonly rest: string;
  readonly credentials: ApiKey;
  readonly recvWindowMs: number;
  readonly timeoutMs: number;
}

/** An exchange in the engine's own memory that an engine practises with; `step` lets the next thing happen. */
export interface PracticeExchange extends ExchangeLink {
  step(): void;
}

/** What a venue's section of the configuration has by default. Null addresses: an exchange of our own is started. */
export interface VenueDefaults {
  readonly rest: string | null;
  readonly stream: string | null;
  readonly wsApi: string | null;
  readonly depthIntervalMs: number;
  readonly instrumentsPollMs: number;
}

/**
 * The parts of a venue, each loaded by the thread that needs it and by no other. Null: this venue cannot do that yet, and
 * an engine that needs it is told so at start.
 */
export interface VenueParts {
  /** Decoder for recordings. */
  readonly decoder: () => Promise<() => FrameDecoderFactory>;
  /** Instruments of a recording; throws CaptureError. */
  readonly recordedInstruments: () => Promise<
    (capture: Capture, symbols?: readonly string[]) => Instrument[]
  >;
  /** Live market data. */
  readonly feed: (() => Promise<(options: FeedOptions) => FeedFactory>) | null;
  /** Instruments from the venue's REST. */
  readonly instruments:
    | (() => Promise<(rest: string, symbols: readonly string[], timeoutMs: number) => Promise<Instrument[]>>)
    | null;
  /** Candles of the past. */
  readonly candles: (() => Promise<(rest: string, timeoutMs: number) => CandleFetcher>) | null;
  /** Order entry. */
  readonly gateway:
    | (() => Promise<(options: GatewayOptions) => (context: VenueContext) => VenueGateway>)
    | null;
  /** Id of the account behind a key. */
  readonly account: (() => Promise<(request: AccountRequest) => Promise<{ accountId: string }>>) | null;
  /** What the hot path is practised with; null: it starts unpractised. */
  readonly practice:
    | (() => Promise<(instrument: Instrument, clock: Clock, random: Prng) => PracticeExchange>)
    | null;
}

/** A venue: plain data and loaders, so that naming it loads none of its code. */
export interface VenueDescriptor {
  /** Its name in the configuration, in journals and in `--venue`. */
  readonly id: string;
  /** Its name for people. */
  readonly title: string;
  readonly defaults: VenueDefaults;
  /** Whether orders cost nothing: live mode needs no consent there. */
  readonly isPlayMoney: boolean;
  /** Its parts, or the id of the venue whose protocol it speaks. */
  readonly parts: VenueParts | { readonly of: string };
}
