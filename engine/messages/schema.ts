/**
 * Every message of the engine: template id, version, fields with units. `npm run gen` writes codecs.ts from it;
 * offsets follow from the order (all Float64 fields first, then Int32, then text), so a layout is a pure function
 * of this file. A change of a message raises its version and marks what is new with `since` (a wider text keeps its
 * former width in `before`), so that the layout of every earlier version follows too: journals are read for ever.
 */

export type FieldKind = 'f64' | 'i32' | 'text';

export interface FieldSpec {
  readonly kind: FieldKind;
  /** Meaning and unit. */
  readonly doc: string;
  /** Bytes reserved for text; a multiple of 8. */
  readonly bytes?: number;
  /** Name of the table in enums.ts that explains the value. */
  readonly values?: string;
  /** Version of the message that brought the field; without it, the first. */
  readonly since?: number;
  /** Width of a text field in versions below `version`. */
  readonly before?: { readonly version: number; readonly bytes: number };
}

export interface MessageSpec {
  readonly id: number;
  readonly version: number;
  /** Oldest version a reader still knows the layout of; 1 unless said. */
  readonly readableFrom?: number;
  readonly doc: string;
  readonly fields: Readonly<Record<string, FieldSpec>>;
  /** Repeating (priceTicks, qtyLots) Float64 pairs behind the block: bids first, then asks. */
  readonly levels?: boolean;
}

function f64(doc: string): FieldSpec {
  return { kind: 'f64', doc };
}

function i32(doc: string, values?: string): FieldSpec {
  return values === undefined ? { kind: 'i32', doc } : { kind: 'i32', doc, values };
}

function text(bytes: number, doc: string): FieldSpec {
  return { kind: 'text', bytes, doc };
}

/** The field came with a later version of its message. */
function since(version: number, spec: FieldSpec): FieldSpec {
  return { ...spec, since: version };
}

/** The text field had another width below `version`. */
function widened(version: number, bytesBefore: number, spec: FieldSpec): FieldSpec {
  return { ...spec, before: { version, bytes: bytesBefore } };
}

const INSTRUMENT = { instrumentIndex: i32('dense instrument index') };

/** Hop timestamps a tick carries onward, monoNs; 0 = not reached. */
const TICK_HOPS = {
  recvNs: f64('monoNs when the frame was received'),
  decodedNs: f64('monoNs when it was decoded'),
  bookedNs: f64('monoNs when the book had taken it in'),
};

const ORDER_HOPS = {
  ...TICK_HOPS,
  signalledNs: f64('monoNs when the strategy asked'),
  approvedNs: f64('monoNs when risk approved'),
};

/** When the duty cycle began in which an actor took the record in, monoNs; 0 = not reached. */
const TICK_TAKEN = { bookTakenNs: f64('monoNs when the orderbook turn that took it in began') };
const WISH_TAKEN = {
  ...TICK_TAKEN,
  strategyTakenNs: f64('monoNs when the strategy turn that took the tick in began'),
};
const APPROVAL_TAKEN = { ...WISH_TAKEN, riskTakenNs: f64('monoNs when the risk turn that took it in began') };

const ORDER_TERMS = {
  priceTicks: f64('limit price in ticks; 0 for market orders'),
  qtyLots: f64('size in lots'),
  ...INSTRUMENT,
  instrumentEpoch: i32('metadata epoch the numbers were made with'),
  strategyIndex: i32('strategy that asked'),
  side: i32('buy or sell', 'SIDE'),
  orderType: i32('order type', 'ORDER_TYPE'),
  timeInForce: i32('time in force', 'TIME_IN_FORCE'),
  flags: i32('ORDER_FLAG bits'),
};

export const SCHEMA: Readonly<Record<string, MessageSpec>> = {
  BookDelta: {
    id: 1,
    version: 1,
    doc: 'market-data -> orderbook: levels of one frame, absolute sizes (0 removes); long frames span records.',
    levels: true,
    fields: {
      firstUpdateId: f64('first venue update id the frame covers'),
      lastUpdateId: f64('last venue update id the frame covers'),
      exchangeTsMs: f64('venue event time, ms since the epoch; 0 = none'),
      recvNs: TICK_HOPS.recvNs,
      decodedNs: TICK_HOPS.decodedNs,
      ...INSTRUMENT,
      flags: i32('DELTA_FLAG bits'),
      bidCount: i32('bid levels in this record'),
      askCount: i32('ask levels in this record'),
    },
  },
  BookReset: {
    id: 2,
    version: 1,
    doc: 'market-data -> orderbook: the book can no longer be trusted; hide it until the next snapshot.',
    fields: {
      recvNs: f64('monoNs of the finding'),
      expectedUpdateId: f64('id that should have come; 0 = does not apply'),
      gotUpdateId: f64('id that came'),
      ...INSTRUMENT,
      reason: i32('why', 'GAP_REASON'),
    },
  },
  TradeTick: {
    id: 3,
    version: 2,
    readableFrom: 2,
    doc: 'market-data -> orderbook -> strategy, analysis, api: one public trade.',
    fields: {
      priceTicks: f64('price in ticks'),
      qtyLots: f64('size in lots'),
      tradeId: f64('venue trade id'),
      exchangeTsMs: f64('venue trade time, ms since the epoch'),
      ...TICK_HOPS,
      ...TICK_TAKEN,
      ...INSTRUMENT,
      side: i32('aggressor', 'SIDE'),
    },
  },
  QuoteTick: {
    id: 4,
    version: 1,
    doc: 'market-data -> orderbook: best bid and ask as the venue states them (bookTicker).',
    fields: {
      updateId: f64('venue book update id'),
      bidTicks: f64('best bid in ticks'),
      bidLots: f64('size at the best bid in lots'),
      askTicks: f64('best ask in ticks'),
      askLots: f64('size at the best ask in lots'),
      exchangeTsMs: f64('venue time, ms; 0 = none'),
      recvNs: TICK_HOPS.recvNs,
      decodedNs: TICK_HOPS.decodedNs,
      ...INSTRUMENT,
    },
  },
  BookUpdated: {
    id: 5,
    version: 2,
    readableFrom: 2,
    doc: 'orderbook -> strategy: the book changed; depth is in the shared snapshot.',
    fields: {
      updateId: f64('venue update id the book stands at'),
      bidTicks: f64('best bid in ticks; 0 = hidden'),
      bidLots: f64('size at the best bid in lots'),
      askTicks: f64('best ask in ticks; 0 = hidden'),
      askLots: f64('size at the best ask in lots'),
      imbalance: f64('(bid - ask) / (bid + ask) volume over the shared levels, -1..1'),
      microPriceTicks: f64('size-weighted mid in ticks'),
      exchangeTsMs: f64('venue event time, ms since the epoch'),
      ...TICK_HOPS,
      ...TICK_TAKEN,
      ...INSTRUMENT,
      flags: i32('BOOK_FLAG bits'),
      reason: i32('why the book is hidden', 'GAP_REASON'),
    },
  },
  OrderRequest: {
    id: 10,
    version: 2,
    readableFrom: 2,
    doc: 'strategy -> risk: a wish for a new order.',
    fields: {
      intentSeq: f64('engine-wide intent number, never reused'),
      ...ORDER_HOPS,
      ...ORDER_TERMS,
      ...WISH_TAKEN,
    },
  },
  CancelRequest: {
    id: 11,
    version: 1,
    doc: 'strategy -> risk: a wish to cancel the order of `intentSeq`.',
    fields: {
      intentSeq: f64('intent number of the order to cancel'),
      ...ORDER_HOPS,
      ...INSTRUMENT,
      strategyIndex: i32('strategy that asked'),
    },
  },
  ReplaceRequest: {
    id: 12,
    version: 2,
    readableFrom: 2,
    doc: 'strategy -> risk: a wish to replace the order of `replacedIntentSeq` by a new one.',
    fields: {
      intentSeq: f64('intent number of the new order'),
      replacedIntentSeq: f64('intent number of the order to replace'),
      ...ORDER_HOPS,
      ...ORDER_TERMS,
      ...WISH_TAKEN,
    },
  },
  ApprovedOrder: {
    id: 13,
    version: 2,
    readableFrom: 2,
    doc: 'risk -> execution: the only permission to place an order.',
    fields: {
      intentSeq: f64('engine-wide intent number'),
      ...ORDER_HOPS,
      ...ORDER_TERMS,
      ...APPROVAL_TAKEN,
    },
  },
  ApprovedCancel: {
    id: 14,
    version: 1,
    doc: 'risk -> execution: cancel this order; always allowed.',
    fields: {
      intentSeq: f64('intent number of the order to cancel'),
      ...ORDER_HOPS,
      ...INSTRUMENT,
      strategyIndex: i32('strategy that asked'),
    },
  },
  ApprovedReplace: {
    id: 15,
    version: 2,
    readableFrom: 2,
    doc: 'risk -> execution: permission to replace an order.',
    fields: {
      intentSeq: f64('intent number of the new order'),
      replacedIntentSeq: f64('intent number of the order to replace'),
      ...ORDER_HOPS,
      ...ORDER_TERMS,
      ...APPROVAL_TAKEN,
    },
  },
  PoisonedWish: {
    id: 16,
    version: 1,
    doc: 'risk -> execution: a wish that ended risk; execution says so, since it alone knows whether the order got through.',
    fields: {
      intentSeq: f64('intent number of the new order, or of the order to cancel'),
      replacedIntentSeq: f64('intent number of the order to replace; 0 = none'),
      priceTicks: ORDER_TERMS.priceTicks,
      qtyLots: ORDER_TERMS.qtyLots,
      ...INSTRUMENT,
      instrumentEpoch: ORDER_TERMS.instrumentEpoch,
      strategyIndex: ORDER_TERMS.strategyIndex,
      side: ORDER_TERMS.side,
      orderType: ORDER_TERMS.orderType,
      timeInForce: ORDER_TERMS.timeInForce,
      flags: ORDER_TERMS.flags,
      isCancel: i32('1 = it asked for a cancel'),
    },
  },
  OrderUpdate: {
    id: 20,
    version: 1,
    doc: 'risk (denials) and execution -> risk, strategy, journal, api: an order changed state.',
    fields: {
      intentSeq: f64('intent number; 0 for outside orders'),
      venueOrderId: f64('venue order id; 0 = not known, below 0 = the key of a VenueIdBound'),
      priceTicks: f64('limit price in ticks'),
      qtyLots: f64('order size in lots'),
      cumQtyLots: f64('filled so far in lots'),
      eventNs: f64('monoNs of the change'),
      exchangeTsMs: f64('venue time of the change, ms; 0 = none'),
      ...INSTRUMENT,
      strategyIndex: i32('strategy that owns the order; -1 = outside order'),
      side: i32('buy or sell', 'SIDE'),
      orderType: i32('order type', 'ORDER_TYPE'),
      timeInForce: i32('time in force', 'TIME_IN_FORCE'),
      state: i32('state now', 'ORDER_STATE'),
      previousState: i32('state before', 'ORDER_STATE'),
      reason: i32('why', 'REASON'),
      venueCode: i32('venue error code; 0 = none'),
      flags: i32('ORDER_FLAG bits'),
    },
  },
  Fill: {
    id: 21,
    version: 1,
    doc: 'execution -> risk, strategy, journal, api: one venue trade of ours; positions change only by these.',
    fields: {
      fillSeq: f64('engine-wide fill number, grows by one; consumers skip what they have seen'),
      intentSeq: f64('intent number; 0 for outside orders'),
      venueOrderId: f64('order id the venue gave; below 0 = the key of a VenueIdBound'),
      venueTradeId: f64(
        'trade id the venue gave, unique per instrument; below 0 = the key of a VenueIdBound',
      ),
      priceTicks: f64('fill price in ticks'),
      qtyLots: f64('fill size in lots'),
      feeCash: f64('fee in cash units of the instrument'),
      cumQtyLots: f64('order filled so far in lots, this fill included'),
      eventNs: f64('monoNs when the fill was received'),
      exchangeTsMs: f64('venue trade time, ms'),
      ...INSTRUMENT,
      strategyIndex: i32('strategy that owns the order; -1 = outside order'),
      side: i32('side of our order', 'SIDE'),
      isMaker: i32('1 = our order rested'),
      flags: i32('ORDER_FLAG bits'),
    },
  },
  PositionUpdated: {
    id: 22,
    version: 1,
    doc: 'risk -> journal, api: a position after a fill.',
    fields: {
      fillSeq: f64('fill that made it'),
      netLots: f64('signed position in lots'),
      costCash: f64('cost basis of the open position, signed cash units'),
      realisedCash: f64('realised profit before fees, cash units'),
      feesCash: f64('fees paid, cash units'),
      boughtLots: f64('lots bought since the start of the account'),
      soldLots: f64('lots sold since the start of the account'),
      eventNs: f64('monoNs when it happened'),
      ...INSTRUMENT,
    },
  },
  Signal: {
    id: 23,
    version: 1,
    doc: 'strategy -> journal, api: what a strategy saw and wants.',
    fields: {
      strength: f64('strategy-defined, positive = long'),
      priceTicks: f64('price it refers to, ticks'),
      eventNs: f64('monoNs when it happened'),
      ...INSTRUMENT,
      strategyIndex: i32('index of the strategy that saw it'),
      side: i32('side wanted; 0 = flat', 'SIDE'),
      label: text(32, 'short name of the signal'),
    },
  },
  VenueIdBound: {
    id: 24,
    version: 1,
    doc: 'execution -> journal: what a negative key in venueOrderId or venueTradeId means, before its first use in a run.',
    fields: {
      key: f64('the key, below zero'),
      textBytes: i32('bytes of the text'),
      text: text(64, 'the id as the venue wrote it'),
    },
  },
  LatencySample: {
    id: 30,
    version: 2,
    readableFrom: 2,
    doc: 'execution -> supervisor: the hops of one order.',
    fields: {
      intentSeq: f64('intent number'),
      ...ORDER_HOPS,
      sentNs: f64('monoNs when the order bytes were handed to the socket'),
      ackedNs: f64('monoNs of the venue answer; 0 = not yet'),
      ...APPROVAL_TAKEN,
      executionTakenNs: f64('monoNs when the execution turn that took it in began'),
      ...INSTRUMENT,
    },
  },
  Command: {
    id: 40,
    version: 1,
    doc: 'supervisor -> actors: kill, pause, cancel all, drills.',
    fields: {
      commandSeq: f64('number of the command'),
      argument: f64('meaning depends on the command'),
      kind: i32('what to do', 'COMMAND'),
      instrumentIndex: i32('instrument; -1 = all'),
    },
  },
  CommandAnswer: {
    id: 43,
    version: 1,
    doc: 'actors -> supervisor, supervisor -> journal: what became of a command.',
    fields: {
      commandSeq: f64('number of the command'),
      atNs: f64('monoNs of the turn that took the command in'),
      turn: f64('turns the actor had completed before that one, over all its incarnations'),
      value: f64('a number that belongs to the answer; its meaning depends on the command'),
      outcome: i32('what became of it', 'COMMAND_OUTCOME'),
      reason: i32('why it was refused', 'COMMAND_REASON'),
      text: text(96, 'detail for people; may be empty'),
    },
  },
  ConnectionChanged: {
    id: 41,
    version: 1,
    doc: 'market-data, execution -> journal, api: a venue connection changed state.',
    fields: {
      eventNs: f64('monoNs when it happened'),
      attempt: f64('connection attempt since the last live state'),
      kind: i32('which socket', 'CONNECTION_KIND'),
      state: i32('state now', 'CONNECTION_STATE'),
    },
  },
  GapRecord: {
    id: 42,
    version: 1,
    doc: 'market-data, orderbook -> journal, api: data is missing here.',
    fields: {
      eventNs: f64('monoNs when it happened'),
      expectedUpdateId: f64('id that should have come'),
      gotUpdateId: f64('id that came'),
      ...INSTRUMENT,
      reason: i32('why', 'GAP_REASON'),
    },
  },
  OrderIntent: {
    id: 50,
    version: 1,
    doc: 'intent log: written before the order bytes leave; what recovery starts from.',
    fields: {
      intentSeq: f64('intent number'),
      replacedIntentSeq: f64('order it replaces; 0 = none'),
      priceTicks: ORDER_TERMS.priceTicks,
      qtyLots: ORDER_TERMS.qtyLots,
      epochUs: f64('wall clock, microseconds'),
      ...INSTRUMENT,
      instrumentEpoch: ORDER_TERMS.instrumentEpoch,
      strategyIndex: ORDER_TERMS.strategyIndex,
      side: ORDER_TERMS.side,
      orderType: ORDER_TERMS.orderType,
      timeInForce: ORDER_TERMS.timeInForce,
      flags: ORDER_TERMS.flags,
      attempt: i32('attempt number of this intent, from 1'),
      clientId: text(40, 'client order id derived from the intent'),
    },
  },
  JournalStart: {
    id: 51,
    version: 1,
    doc: 'journal: opens each run; recovery applies only to the same account.',
    fields: {
      epochUs: f64('wall clock at engine start, microseconds'),
      instrumentCount: i32('instruments in this run'),
      mode: text(16, 'mode of the run'),
      venue: text(24, 'venue of the run'),
      accountId: text(64, 'account the orders belong to'),
    },
  },
  InstrumentRecord: {
    id: 52,
    version: 4,
    doc: 'journal: meaning of an instrument index in this run.',
    fields: {
      tickUnits: f64('tick in 10^-priceDecimals'),
      lotUnits: f64('lot in 10^-qtyDecimals'),
      ...INSTRUMENT,
      instrumentEpoch: i32('metadata epoch'),
      priceDecimals: i32('price digits'),
      qtyDecimals: i32('size digits'),
      contractUnits: since(2, f64('contract in 10^-contractDecimals; 1 on spot')),
      contractDecimals: since(2, i32('contract digits')),
      settleDecimals: since(2, i32('digits of the cash unit of an inverse contract')),
      kind: since(2, i32('what is traded', 'INSTRUMENT_KIND')),
      payoff: since(2, i32('how value follows price', 'PAYOFF')),
      symbol: widened(2, 24, text(40, 'venue symbol')),
      venue: since(2, text(24, "venue that lists it; before version 2 the run's")),
      baseAsset: since(2, text(16, 'asset that is bought and sold')),
      quoteAsset: since(2, text(16, 'asset that prices are in')),
      settleAsset: since(2, text(16, 'asset of profit and margin')),
      accountId: since(3, text(64, "account that trades it; before version 3 the run's")),
      buyMinShare: since(4, f64('lowest price of a buy as a share of the reference, in 10^-shareDecimals')),
      buyMaxShare: since(4, f64('highest price of a buy')),
      sellMinShare: since(4, f64('lowest price of a sell')),
      sellMaxShare: since(4, f64('highest price of a sell')),
      fundingIntervalMs: since(4, f64('time between two fundings, ms; 0 = none')),
      bandReference: since(4, i32('price the band is a share of; 0 = no band', 'BAND_REFERENCE')),
      bandAverageMinutes: since(4, i32('minutes an average looks back')),
      shareDecimals: since(4, i32('digits of the shares')),
      status: since(4, i32('which new orders the venue takes', 'VENUE_STATUS')),
      marginMode: since(4, i32('whose margin covers a position', 'MARGIN_MODE')),
      feeAsset: since(4, text(16, 'asset fees are taken in; empty = each fill says')),
    },
  },
  DeadLetter: {
    id: 60,
    version: 1,
    doc: 'runner -> journal: a record that ended its actor; its first bytes follow as text.',
    fields: {
      eventNs: f64('monoNs when it happened'),
      poisonType: i32('template id of the record'),
      poisonBytes: i32('its length'),
      ring: text(40, 'ring it came from'),
      payload: text(256, 'its first 256 bytes'),
    },
  },
  LogRecord: {
    id: 61,
    version: 1,
    doc: 'any actor -> supervisor: a line for the log, formatted elsewhere.',
    fields: {
      eventNs: f64('monoNs when it happened'),
      value: f64('a number that belongs to the line'),
      level: i32('severity', 'LOG_LEVEL'),
      instrumentIndex: i32('instrument; -1 = none'),
      message: text(120, 'what happened'),
    },
  },
};
