/** The port through which the slow path asks a venue for candles of the past. Adapters implement it. */

/** A candle as the venue tells it; prices in quote units, volumes in base units. */
export interface VenueCandle {
  /** ms since the epoch, UTC. */
  readonly openTimeMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Of the volume, what takers bought; NaN = not told. */
  readonly buyVolume: number;
}

/** Which candles: those of a timeframe (`1m` to `1w`) that open in [fromMs, toMs). */
export interface CandleQuery {
  readonly symbol: string;
  readonly timeframe: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A venue's candle endpoint. One thread. */
export interface CandleFetcher {
  /** Most candles of one answer. */
  readonly candlesMax: number;
  /**
   * The candles the venue has, oldest first; at most `candlesMax` of the range, from its beginning on. A range that has
   * not ended at the venue's clock may contain a candle that still changes.
   * @throws CandleFetchError
   */
  fetch(query: CandleQuery): Promise<VenueCandle[]>;
  /** Ends its connections; what is under way rejects. */
  close(): void;
}

/** Why candles could not be had. */
export type CandleFetchErrorCode = 'VENUE_UNREACHABLE' | 'VENUE_REFUSED' | 'VENUE_BAD_ANSWER';

/** The venue did not give candles; the message names what was asked. */
export class CandleFetchError extends Error {
  override readonly name: string = 'CandleFetchError';
  readonly code: CandleFetchErrorCode;
  /** Pause the venue asks for, ms; 0 = none. */
  readonly retryAfterMs: number;

  constructor(code: CandleFetchErrorCode, message: string, retryAfterMs: number = 0) {
    super(message);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}
