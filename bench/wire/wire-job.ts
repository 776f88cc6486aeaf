/** What the processes of the wire-to-wire bench tell each other. */

/** Where the exchange is and who trades there; made anew with every exchange. */
export interface WireVenue {
  readonly rest: string;
  /** `ws://host:port`, to which `/stream?streams=...` or `/ws` is added. */
  readonly stream: string;
  readonly wsApi: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** One stretch of ticks. */
export interface WirePhase {
  /** Ticks before the measured ones, in the same rhythm. */
  readonly warmupTicks: number;
  readonly ticks: number;
  /** Silence before each tick; 0 = closed loop. */
  readonly silenceNs: number;
  /** A tick without an order for this long is lost. */
  readonly deadlineMs: number;
  /** The checksum covers this many orders: the clients that are given fewer ticks must agree too. */
  readonly summedTicks: number;
  /** False for a client that does not look at the ticks. */
  readonly isChecked: boolean;
}

/** What the exchange saw of one phase. */
export interface WireFigures {
  /** Tick sent to order arrived; of the ticks that were not lost. */
  readonly latenciesNs: Float64Array;
  /** Of the same ticks: how long the exchange itself waited for its processor meanwhile. */
  readonly waitsNs: Float64Array;
  /** Ticks without an order before the deadline. */
  readonly lost: number;
  /** Orders that belonged to no tick under way. */
  readonly stray: number;
  readonly checksum: string;
  /** Collections in the exchange between a tick and its order. */
  readonly exchangeGcs: number;
}

/** From the bench to the exchange's process. */
export type ToWireExchange = { readonly kind: 'phase'; readonly phase: WirePhase } | { readonly kind: 'end' };

/** From the exchange's process to the bench. */
export type FromWireExchange =
  | { readonly kind: 'ready'; readonly venue: WireVenue }
  | { readonly kind: 'figures'; readonly figures: WireFigures }
  | { readonly kind: 'failed'; readonly message: string };
