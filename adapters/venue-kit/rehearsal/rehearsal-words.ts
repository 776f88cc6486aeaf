import type { Instrument } from '../../../engine/core/instrument.ts';
import type { RestAnswer } from '../request/rest-client.ts';

/** Price and size of one level as decimal texts, as the venue would write them. */
export type LevelText = readonly [price: string, qty: string];

/** Where a market frame carries its ids: each stands for REHEARSAL_ID_DIGITS digits that are written over. */
export const REHEARSAL_ID = { first: '<first>', last: '<last>' } as const;

/** Digits of every id of a rehearsal. */
export const REHEARSAL_ID_DIGITS = 11;

/**
 * A venue's words for a rehearsal: market frames, what it answers, and what an order request looks like. Texts are those
 * of the wire, so that the code of the hot path is practised on what it will meet.
 */
export interface RehearsalWords {
  /** Decimals of prices and sizes on the wire, whatever the instrument needs. */
  readonly decimals: number;
  /** A depth difference; holds both ids of REHEARSAL_ID. */
  depth(instrument: Instrument, bids: readonly LevelText[], asks: readonly LevelText[]): string;
  /** Best bid and ask; holds `<last>`. */
  quote(instrument: Instrument, bid: LevelText, ask: LevelText): string;
  /** A public trade; holds `<last>`, its id. */
  trade(instrument: Instrument, level: LevelText): string;
  /** The book as the venue's snapshot request is answered. */
  snapshot(lastId: number, bids: readonly LevelText[], asks: readonly LevelText[]): string;
  /** Whether this address is that of the market data; every other one is the order connection. */
  isMarketData(url: string): boolean;
  /** The answer to a request off the order path (logon, subscription, what is open). */
  answer(request: string): string;
  /** Bytes that every placement contains and no other request. */
  readonly placement: string;
  /** Names for the values of a placement that answers repeat, and the JSON keys in front of those values, `"key":`. */
  readonly echoes: Readonly<Record<string, string>>;
  /**
   * The frames a placement is answered with, in order; `<name>` repeats an echo, `<order>` is a new id. Each is longer
   * than 125 bytes.
   */
  placed(instrument: Instrument): readonly string[];
  /** What the venue's REST says to any query: nothing is open, nothing was traded. */
  readonly emptyRest: RestAnswer;
}
