/** Numeric vocabularies of the messages: what goes on a ring is a number; names are for people. */

type NameTable = Readonly<Record<string, number>>;

/** The name of `value` in `table`, or "?<value>": for logs and describe(), not for the hot path. */
export function nameOf(table: NameTable, value: number): string {
  for (const name of Object.keys(table)) if (table[name] === value) return name;
  return `?${value}`;
}

export const SIDE = { buy: 1, sell: 2 } as const;

export const ORDER_TYPE = { limit: 1, market: 2, limitMaker: 3 } as const;

export const TIME_IN_FORCE = { gtc: 1, ioc: 2, fok: 3 } as const;

/** Order states of the design, section 6. */
export const ORDER_STATE = {
  initialized: 1,
  denied: 2,
  submitted: 3,
  unknown: 4,
  accepted: 5,
  partiallyFilled: 6,
  pendingCancel: 7,
  pendingReplace: 8,
  filled: 9,
  canceled: 10,
  expired: 11,
  rejected: 12,
} as const;

/** Why an order was denied by risk, rejected by the venue, or changed state. 0 = no reason needed. */
export const REASON = {
  none: 0,
  /* risk denials */
  killSwitch: 1,
  cancelOnly: 2,
  paused: 3,
  unknownInstrument: 4,
  badPrice: 5,
  badQuantity: 6,
  maxOrderQty: 7,
  maxOrderNotional: 8,
  minNotional: 9,
  maxPosition: 10,
  maxOpenOrders: 11,
  orderRate: 12,
  priceBand: 13,
  bookInvalid: 14,
  orderTableFull: 15,
  ringFull: 16,
  staleInstrument: 17,
  latencyBudget: 18,
  notReconciled: 19,
  unknownOrder: 20,
  journalLost: 21,
  /** Risk or execution failed on the request, which was put aside; of a cancel: the order stays as it is. */
  poisoned: 22,
  /** The venue takes no such order in this instrument now: halted, closed, cancel-only and the like. */
  venueStatus: 23,
  /** The price is outside of the band in which the venue takes limit orders. */
  venuePriceBand: 24,
  /** Positions may only shrink until someone resumes, and this order could let one grow. */
  reducing: 25,
  /** The order could trade with one of our own that rests at the venue. */
  selfCross: 26,
  /* execution and venue */
  venueRejected: 40,
  insufficientBalance: 41,
  wouldTake: 42,
  rateLimited: 43,
  filterFailure: 44,
  duplicateClientId: 45,
  timestampOutsideWindow: 46,
  unauthorized: 47,
  notConnected: 48,
  ackTimeout: 49,
  disconnected: 50,
  venueBusy: 51,
  neverAccepted: 52,
  selfTrade: 53,
  expiredUnfilled: 54,
  canceledByVenue: 55,
  canceledOutside: 56,
  tooLateToCancel: 57,
  /** A simulated venue's book is too old to fill from honestly. */
  stalePrice: 58,
} as const;

/** What became of a signal. */
export const SIGNAL_OUTCOME = {
  /** An order of it left. */
  traded: 1,
  /** Nothing came of it within its life. */
  expired: 2,
  /** As many signals are in the market as may be at once. */
  tooMany: 3,
  /** Order flow and bias stand strongly against each other. */
  waitForAlignment: 4,
  /** Its risk budget does not pay for the smallest size the venue takes. */
  tooSmall: 5,
  /** The engine did not take its order. */
  refused: 6,
  /** There is a position or an order of that instrument already. */
  positionOpen: 7,
  /** Its entry was not filled. */
  notFilled: 8,
  /** The equity to size it by is not known. */
  noEquity: 9,
} as const;

/** Why a book was hidden or a feed interrupted. */
export const GAP_REASON = {
  none: 0,
  start: 1,
  sequenceGap: 2,
  disconnected: 3,
  crossed: 4,
  stale: 5,
  snapshotTooOld: 6,
  ringFull: 7,
  checksum: 8,
  actorRestart: 9,
  malformedFrame: 10,
  /** The price left the range that the snapshot covered: levels were never sent, so the touch is not known. */
  coverage: 11,
  /** Only between orderbook and feed: the price nears the edge of that range; the book stays valid. */
  coverageLow: 12,
  /** The instrument is traded no more. */
  removed: 13,
} as const;

/** What the supervisor tells an actor. */
export const COMMAND = {
  kill: 1,
  resume: 2,
  pause: 3,
  unpause: 4,
  cancelOnly: 5,
  cancelAll: 6,
  reconcile: 7,
  drain: 8,
  dropFeed: 9,
  throwNow: 10,
  hangNow: 11,
  flush: 12,
  throwOnWish: 13,
  hangOnWish: 14,
  addStrategy: 15,
  removeStrategy: 16,
  /** The instrument of that index is traded from now on. */
  addInstrument: 17,
  /** The instrument of that index is traded no more. */
  removeInstrument: 18,
  /** The instrument of that index has new terms, which lie in shared memory. */
  updateInstrument: 19,
  /** The analysis of the instrument is made anew from its bars; argument: slot of a timeframe + 1, 0 = all. */
  analysisForce: 20,
  /** The instrument is analysed, in one timeframe more (argument as above). */
  analysisAdd: 21,
  /** The instrument is not analysed, or in one timeframe less. */
  analysisRemove: 22,
  /** The instrument's whole report is written. */
  analysisReport: 23,
  /** The strategy of that index has new parameters, which lie in shared memory. */
  changeStrategy: 24,
  /** Positions may only shrink from now on; orders that could let one grow are cancelled. argument: KILL_REASON, 0 = command. */
  reduce: 25,
} as const;

/** What an actor says became of a command. */
export const COMMAND_OUTCOME = { applied: 1, refused: 2 } as const;

/** Why an actor refused a command. */
export const COMMAND_REASON = {
  none: 0,
  /** The actor does not know this kind. */
  unknownCommand: 1,
  badArgument: 2,
  /** A limit of the engine is reached. */
  limitReached: 3,
  openOrders: 4,
  unknownSymbol: 5,
  unknownStrategy: 6,
  strategyFaulted: 7,
  /** It was tried and did not work; the text says why. */
  failed: 8,
} as const;

/** State of one venue connection as its owner sees it. */
export const CONNECTION_STATE = { down: 0, connecting: 1, syncing: 2, live: 3 } as const;

/** Which socket a connection event is about. */
export const CONNECTION_KIND = { marketData: 1, orderEntry: 2, userData: 3 } as const;

/** What an instrument is (Instrument.kind). 0 = not said. */
export const INSTRUMENT_KIND = { spot: 1, perpetual: 2, future: 3 } as const;

/** How a contract's value follows its price (Instrument.payoff). 0 = not said. */
export const PAYOFF = { linear: 1, inverse: 2 } as const;

/** Whose margin covers a position (Instrument.marginMode). 0 = not said. */
export const MARGIN_MODE = { none: 1, cross: 2, isolated: 3 } as const;

/** Which new orders a venue takes (Instrument.status). 0 = not said. */
export const VENUE_STATUS = {
  trading: 1,
  'limit-only': 2,
  'post-only': 3,
  'reduce-only': 4,
  'cancel-only': 5,
  halted: 6,
  'pre-trading': 7,
  closed: 8,
  changed: 9,
  unknown: 10,
} as const;

/** Which price a venue's band is a share of (PriceBand.reference). 0 = no band. */
export const BAND_REFERENCE = { average: 1, mark: 2, last: 3 } as const;

/** Why the kill switch was thrown; none = it was not. */
export const KILL_REASON = {
  none: 0,
  command: 1,
  maxDrawdown: 2,
  positionBreach: 3,
  maxDailyLoss: 4,
  lossesInARow: 5,
  rejectRate: 6,
  /** Positions and fills do not agree. */
  invariant: 7,
} as const;

/** Bits of BookDelta.flags. */
export const DELTA_FLAG = {
  snapshot: 1,
  first: 2,
  last: 4,
  /** Of a snapshot: it holds every level the venue has on this side. Without the flag nothing is known beyond its last. */
  bidsComplete: 8,
  asksComplete: 16,
  /** Older than what was shown last: more frames follow at once, the book is to be shown after the one without it. */
  catchUp: 32,
} as const;

/** Bits of BookUpdated.flags. */
export const BOOK_FLAG = { valid: 1, conflated: 2, tradesMissed: 4, simulated: 8 } as const;

/** Bits of order messages' flags. */
export const ORDER_FLAG = { reduceOnly: 1, external: 2, recovered: 4, fromStop: 8 } as const;

/** Log levels as pino numbers them. */
export const LOG_LEVEL = { debug: 20, info: 30, warn: 40, error: 50 } as const;

/** What came of a call that was to act. asked: it was let in, and its answer follows. */
export const API_OUTCOME = {
  asked: 1,
  applied: 2,
  partly: 3,
  pending: 4,
  refused: 5,
  unknown: 6,
} as const;
