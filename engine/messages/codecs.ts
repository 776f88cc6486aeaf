// Generated from schema.ts by `npm run gen`; do not edit.
// hot path: no allocation after start
import { NO_F64, NO_I32, NO_U8, readText, writeText } from './codec-view.ts';
import type { CodecView } from './codec-view.ts';

/** Template id of {@link BookDelta}. */
export const BOOK_DELTA = 1 as const;

/** Bytes of {@link BookDelta} without its levels. */
export const BOOK_DELTA_BYTES = 56 as const;

/**
 * market-data -> orderbook: levels of one frame, absolute sizes (0 removes); long frames span records.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class BookDelta {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** first venue update id the frame covers */
  get firstUpdateId(): number {
    return this.f64[this.at8];
  }
  set firstUpdateId(value: number) {
    this.f64[this.at8] = value;
  }

  /** last venue update id the frame covers */
  get lastUpdateId(): number {
    return this.f64[this.at8 + 1];
  }
  set lastUpdateId(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** venue event time, ms since the epoch; 0 = none */
  get exchangeTsMs(): number {
    return this.f64[this.at8 + 2];
  }
  set exchangeTsMs(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** monoNs when the frame was received */
  get recvNs(): number {
    return this.f64[this.at8 + 3];
  }
  set recvNs(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** monoNs when it was decoded */
  get decodedNs(): number {
    return this.f64[this.at8 + 4];
  }
  set decodedNs(value: number) {
    this.f64[this.at8 + 4] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 10];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 10] = value;
  }

  /** DELTA_FLAG bits */
  get flags(): number {
    return this.i32[this.at4 + 11];
  }
  set flags(value: number) {
    this.i32[this.at4 + 11] = value;
  }

  /** bid levels in this record */
  get bidCount(): number {
    return this.i32[this.at4 + 12];
  }
  set bidCount(value: number) {
    this.i32[this.at4 + 12] = value;
  }

  /** ask levels in this record */
  get askCount(): number {
    return this.i32[this.at4 + 13];
  }
  set askCount(value: number) {
    this.i32[this.at4 + 13] = value;
  }

  /** Index into the view's f64 of level 0's priceTicks; qtyLots follows, two words a level. */
  get levelsAt8(): number {
    return this.at8 + 7;
  }
}

/** Template id of {@link BookReset}. */
export const BOOK_RESET = 2 as const;

/** Bytes of {@link BookReset}. */
export const BOOK_RESET_BYTES = 32 as const;

/**
 * market-data -> orderbook: the book can no longer be trusted; hide it until the next snapshot.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class BookReset {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** monoNs of the finding */
  get recvNs(): number {
    return this.f64[this.at8];
  }
  set recvNs(value: number) {
    this.f64[this.at8] = value;
  }

  /** id that should have come; 0 = does not apply */
  get expectedUpdateId(): number {
    return this.f64[this.at8 + 1];
  }
  set expectedUpdateId(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** id that came */
  get gotUpdateId(): number {
    return this.f64[this.at8 + 2];
  }
  set gotUpdateId(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 6];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 6] = value;
  }

  /** why (GAP_REASON) */
  get reason(): number {
    return this.i32[this.at4 + 7];
  }
  set reason(value: number) {
    this.i32[this.at4 + 7] = value;
  }
}

/** Template id of {@link TradeTick}. */
export const TRADE_TICK = 3 as const;

/** Bytes of {@link TradeTick}. */
export const TRADE_TICK_BYTES = 72 as const;

/**
 * market-data -> orderbook -> strategy, analysis, api: one public trade.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class TradeTick {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** price in ticks */
  get priceTicks(): number {
    return this.f64[this.at8];
  }
  set priceTicks(value: number) {
    this.f64[this.at8] = value;
  }

  /** size in lots */
  get qtyLots(): number {
    return this.f64[this.at8 + 1];
  }
  set qtyLots(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** venue trade id */
  get tradeId(): number {
    return this.f64[this.at8 + 2];
  }
  set tradeId(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** venue trade time, ms since the epoch */
  get exchangeTsMs(): number {
    return this.f64[this.at8 + 3];
  }
  set exchangeTsMs(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** monoNs when the frame was received */
  get recvNs(): number {
    return this.f64[this.at8 + 4];
  }
  set recvNs(value: number) {
    this.f64[this.at8 + 4] = value;
  }

  /** monoNs when it was decoded */
  get decodedNs(): number {
    return this.f64[this.at8 + 5];
  }
  set decodedNs(value: number) {
    this.f64[this.at8 + 5] = value;
  }

  /** monoNs when the book had taken it in */
  get bookedNs(): number {
    return this.f64[this.at8 + 6];
  }
  set bookedNs(value: number) {
    this.f64[this.at8 + 6] = value;
  }

  /** monoNs when the orderbook turn that took it in began */
  get bookTakenNs(): number {
    return this.f64[this.at8 + 7];
  }
  set bookTakenNs(value: number) {
    this.f64[this.at8 + 7] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 16];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 16] = value;
  }

  /** aggressor (SIDE) */
  get side(): number {
    return this.i32[this.at4 + 17];
  }
  set side(value: number) {
    this.i32[this.at4 + 17] = value;
  }
}

/** Template id of {@link QuoteTick}. */
export const QUOTE_TICK = 4 as const;

/** Bytes of {@link QuoteTick}. */
export const QUOTE_TICK_BYTES = 72 as const;

/**
 * market-data -> orderbook: best bid and ask as the venue states them (bookTicker).
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class QuoteTick {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** venue book update id */
  get updateId(): number {
    return this.f64[this.at8];
  }
  set updateId(value: number) {
    this.f64[this.at8] = value;
  }

  /** best bid in ticks */
  get bidTicks(): number {
    return this.f64[this.at8 + 1];
  }
  set bidTicks(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** size at the best bid in lots */
  get bidLots(): number {
    return this.f64[this.at8 + 2];
  }
  set bidLots(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** best ask in ticks */
  get askTicks(): number {
    return this.f64[this.at8 + 3];
  }
  set askTicks(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** size at the best ask in lots */
  get askLots(): number {
    return this.f64[this.at8 + 4];
  }
  set askLots(value: number) {
    this.f64[this.at8 + 4] = value;
  }

  /** venue time, ms; 0 = none */
  get exchangeTsMs(): number {
    return this.f64[this.at8 + 5];
  }
  set exchangeTsMs(value: number) {
    this.f64[this.at8 + 5] = value;
  }

  /** monoNs when the frame was received */
  get recvNs(): number {
    return this.f64[this.at8 + 6];
  }
  set recvNs(value: number) {
    this.f64[this.at8 + 6] = value;
  }

  /** monoNs when it was decoded */
  get decodedNs(): number {
    return this.f64[this.at8 + 7];
  }
  set decodedNs(value: number) {
    this.f64[this.at8 + 7] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 16];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 16] = value;
  }
}

/** Template id of {@link BookUpdated}. */
export const BOOK_UPDATED = 5 as const;

/** Bytes of {@link BookUpdated}. */
export const BOOK_UPDATED_BYTES = 112 as const;

/**
 * orderbook -> strategy: the book changed; depth is in the shared snapshot.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class BookUpdated {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** venue update id the book stands at */
  get updateId(): number {
    return this.f64[this.at8];
  }
  set updateId(value: number) {
    this.f64[this.at8] = value;
  }

  /** best bid in ticks; 0 = hidden */
  get bidTicks(): number {
    return this.f64[this.at8 + 1];
  }
  set bidTicks(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** size at the best bid in lots */
  get bidLots(): number {
    return this.f64[this.at8 + 2];
  }
  set bidLots(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** best ask in ticks; 0 = hidden */
  get askTicks(): number {
    return this.f64[this.at8 + 3];
  }
  set askTicks(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** size at the best ask in lots */
  get askLots(): number {
    return this.f64[this.at8 + 4];
  }
  set askLots(value: number) {
    this.f64[this.at8 + 4] = value;
  }

  /** (bid - ask) / (bid + ask) volume over the shared levels, -1..1 */
  get imbalance(): number {
    return this.f64[this.at8 + 5];
  }
  set imbalance(value: number) {
    this.f64[this.at8 + 5] = value;
  }

  /** size-weighted mid in ticks */
  get microPriceTicks(): number {
    return this.f64[this.at8 + 6];
  }
  set microPriceTicks(value: number) {
    this.f64[this.at8 + 6] = value;
  }

  /** venue event time, ms since the epoch */
  get exchangeTsMs(): number {
    return this.f64[this.at8 + 7];
  }
  set exchangeTsMs(value: number) {
    this.f64[this.at8 + 7] = value;
  }

  /** monoNs when the frame was received */
  get recvNs(): number {
    return this.f64[this.at8 + 8];
  }
  set recvNs(value: number) {
    this.f64[this.at8 + 8] = value;
  }

  /** monoNs when it was decoded */
  get decodedNs(): number {
    return this.f64[this.at8 + 9];
  }
  set decodedNs(value: number) {
    this.f64[this.at8 + 9] = value;
  }

  /** monoNs when the book had taken it in */
  get bookedNs(): number {
    return this.f64[this.at8 + 10];
  }
  set bookedNs(value: number) {
    this.f64[this.at8 + 10] = value;
  }

  /** monoNs when the orderbook turn that took it in began */
  get bookTakenNs(): number {
    return this.f64[this.at8 + 11];
  }
  set bookTakenNs(value: number) {
    this.f64[this.at8 + 11] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 24];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 24] = value;
  }

  /** BOOK_FLAG bits */
  get flags(): number {
    return this.i32[this.at4 + 25];
  }
  set flags(value: number) {
    this.i32[this.at4 + 25] = value;
  }

  /** why the book is hidden (GAP_REASON) */
  get reason(): number {
    return this.i32[this.at4 + 26];
  }
  set reason(value: number) {
    this.i32[this.at4 + 26] = value;
  }
}

/** Template id of {@link LevelSeen}. */
export const LEVEL_SEEN = 6 as const;

/** Bytes of {@link LevelSeen}. */
export const LEVEL_SEEN_BYTES = 48 as const;

/**
 * orderbook -> execution: what the market shows at a level where a simulated order rests.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class LevelSeen {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** price in ticks */
  get priceTicks(): number {
    return this.f64[this.at8];
  }
  set priceTicks(value: number) {
    this.f64[this.at8] = value;
  }

  /** size at the price in lots; 0 = no such level */
  get qtyLots(): number {
    return this.f64[this.at8 + 1];
  }
  set qtyLots(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** venue time of the book that shows it, ms since the epoch; 0 = none */
  get exchangeTsMs(): number {
    return this.f64[this.at8 + 2];
  }
  set exchangeTsMs(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** monoNs when the frame was received */
  get recvNs(): number {
    return this.f64[this.at8 + 3];
  }
  set recvNs(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 8];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 8] = value;
  }

  /** side of the level (SIDE) */
  get side(): number {
    return this.i32[this.at4 + 9];
  }
  set side(value: number) {
    this.i32[this.at4 + 9] = value;
  }

  /** 1 = the size is known; 0 = the price is beyond what the book covers */
  get isKnown(): number {
    return this.i32[this.at4 + 10];
  }
  set isKnown(value: number) {
    this.i32[this.at4 + 10] = value;
  }
}

/** Template id of {@link DepthSeen}. */
export const DEPTH_SEEN = 9 as const;

/** Bytes of {@link DepthSeen} without its levels. */
export const DEPTH_SEEN_BYTES = 24 as const;

/**
 * orderbook -> execution: the levels behind those that are shared, best first, for a simulated order that takes more.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class DepthSeen {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** number of the question */
  get askNumber(): number {
    return this.f64[this.at8];
  }
  set askNumber(value: number) {
    this.f64[this.at8] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 2];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 2] = value;
  }

  /** side of the levels (SIDE) */
  get side(): number {
    return this.i32[this.at4 + 3];
  }
  set side(value: number) {
    this.i32[this.at4 + 3] = value;
  }

  /** levels that follow */
  get levelCount(): number {
    return this.i32[this.at4 + 4];
  }
  set levelCount(value: number) {
    this.i32[this.at4 + 4] = value;
  }

  /** Index into the view's f64 of level 0's priceTicks; qtyLots follows, two words a level. */
  get levelsAt8(): number {
    return this.at8 + 3;
  }
}

/** Template id of {@link VenuePrices}. */
export const VENUE_PRICES = 7 as const;

/** Bytes of {@link VenuePrices}. */
export const VENUE_PRICES_BYTES = 80 as const;

/**
 * market-data -> orderbook: prices beside the book. Units: 10^-(priceDecimals + 4); 0 = not said, -1 = there is none.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class VenuePrices {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** average of the last minutes */
  get averageUnits(): number {
    return this.f64[this.at8];
  }
  set averageUnits(value: number) {
    this.f64[this.at8] = value;
  }

  /** reference price that bands are shares of before the average */
  get referenceUnits(): number {
    return this.f64[this.at8 + 1];
  }
  set referenceUnits(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** mark price of a contract */
  get markUnits(): number {
    return this.f64[this.at8 + 2];
  }
  set markUnits(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** index price of a contract */
  get indexUnits(): number {
    return this.f64[this.at8 + 3];
  }
  set indexUnits(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** funding rate of the period that is running, 10^-8; may be negative */
  get fundingRateE8(): number {
    return this.f64[this.at8 + 4];
  }
  set fundingRateE8(value: number) {
    this.f64[this.at8 + 4] = value;
  }

  /** when it is paid, ms since the epoch; 0 = this message says nothing of funding */
  get nextFundingMs(): number {
    return this.f64[this.at8 + 5];
  }
  set nextFundingMs(value: number) {
    this.f64[this.at8 + 5] = value;
  }

  /** venue time, ms since the epoch; 0 = none */
  get exchangeTsMs(): number {
    return this.f64[this.at8 + 6];
  }
  set exchangeTsMs(value: number) {
    this.f64[this.at8 + 6] = value;
  }

  /** monoNs when the frame was received */
  get recvNs(): number {
    return this.f64[this.at8 + 7];
  }
  set recvNs(value: number) {
    this.f64[this.at8 + 7] = value;
  }

  /** monoNs when it was decoded */
  get decodedNs(): number {
    return this.f64[this.at8 + 8];
  }
  set decodedNs(value: number) {
    this.f64[this.at8 + 8] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 18];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 18] = value;
  }
}

/** Template id of {@link FundingUpdated}. */
export const FUNDING_UPDATED = 8 as const;

/** Bytes of {@link FundingUpdated}. */
export const FUNDING_UPDATED_BYTES = 48 as const;

/**
 * orderbook -> strategy: the funding of a perpetual changed; -> journal: a funding period began.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class FundingUpdated {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** funding rate of the period that is running, 10^-8 */
  get fundingRateE8(): number {
    return this.f64[this.at8];
  }
  set fundingRateE8(value: number) {
    this.f64[this.at8] = value;
  }

  /** when it is paid, ms since the epoch */
  get nextFundingMs(): number {
    return this.f64[this.at8 + 1];
  }
  set nextFundingMs(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** time between two fundings, ms; 0 = not known */
  get intervalMs(): number {
    return this.f64[this.at8 + 2];
  }
  set intervalMs(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** venue time of the statement, ms since the epoch */
  get exchangeTsMs(): number {
    return this.f64[this.at8 + 3];
  }
  set exchangeTsMs(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** monoNs when the frame was received */
  get recvNs(): number {
    return this.f64[this.at8 + 4];
  }
  set recvNs(value: number) {
    this.f64[this.at8 + 4] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 10];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 10] = value;
  }
}

/** Template id of {@link OrderRequest}. */
export const ORDER_REQUEST = 10 as const;

/** Bytes of {@link OrderRequest}. */
export const ORDER_REQUEST_BYTES = 112 as const;

/**
 * strategy -> risk: request for a new order.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class OrderRequest {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** engine-wide intent number, never reused */
  get intentSeq(): number {
    return this.f64[this.at8];
  }
  set intentSeq(value: number) {
    this.f64[this.at8] = value;
  }

  /** monoNs when the frame was received */
  get recvNs(): number {
    return this.f64[this.at8 + 1];
  }
  set recvNs(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** monoNs when it was decoded */
  get decodedNs(): number {
    return this.f64[this.at8 + 2];
  }
  set decodedNs(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** monoNs when the book had taken it in */
  get bookedNs(): number {
    return this.f64[this.at8 + 3];
  }
  set bookedNs(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** monoNs when the strategy asked */
  get signalledNs(): number {
    return this.f64[this.at8 + 4];
  }
  set signalledNs(value: number) {
    this.f64[this.at8 + 4] = value;
  }

  /** monoNs when risk approved */
  get approvedNs(): number {
    return this.f64[this.at8 + 5];
  }
  set approvedNs(value: number) {
    this.f64[this.at8 + 5] = value;
  }

  /** limit price in ticks; 0 for market orders */
  get priceTicks(): number {
    return this.f64[this.at8 + 6];
  }
  set priceTicks(value: number) {
    this.f64[this.at8 + 6] = value;
  }

  /** size in lots */
  get qtyLots(): number {
    return this.f64[this.at8 + 7];
  }
  set qtyLots(value: number) {
    this.f64[this.at8 + 7] = value;
  }

  /** monoNs when the orderbook turn that took it in began */
  get bookTakenNs(): number {
    return this.f64[this.at8 + 8];
  }
  set bookTakenNs(value: number) {
    this.f64[this.at8 + 8] = value;
  }

  /** monoNs when the strategy turn that took the tick in began */
  get strategyTakenNs(): number {
    return this.f64[this.at8 + 9];
  }
  set strategyTakenNs(value: number) {
    this.f64[this.at8 + 9] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 20];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 20] = value;
  }

  /** metadata epoch the numbers were made with */
  get instrumentEpoch(): number {
    return this.i32[this.at4 + 21];
  }
  set instrumentEpoch(value: number) {
    this.i32[this.at4 + 21] = value;
  }

  /** strategy that asked */
  get strategyIndex(): number {
    return this.i32[this.at4 + 22];
  }
  set strategyIndex(value: number) {
    this.i32[this.at4 + 22] = value;
  }

  /** buy or sell (SIDE) */
  get side(): number {
    return this.i32[this.at4 + 23];
  }
  set side(value: number) {
    this.i32[this.at4 + 23] = value;
  }

  /** order type (ORDER_TYPE) */
  get orderType(): number {
    return this.i32[this.at4 + 24];
  }
  set orderType(value: number) {
    this.i32[this.at4 + 24] = value;
  }

  /** time in force (TIME_IN_FORCE) */
  get timeInForce(): number {
    return this.i32[this.at4 + 25];
  }
  set timeInForce(value: number) {
    this.i32[this.at4 + 25] = value;
  }

  /** ORDER_FLAG bits */
  get flags(): number {
    return this.i32[this.at4 + 26];
  }
  set flags(value: number) {
    this.i32[this.at4 + 26] = value;
  }
}

/** Template id of {@link CancelRequest}. */
export const CANCEL_REQUEST = 11 as const;

/** Bytes of {@link CancelRequest}. */
export const CANCEL_REQUEST_BYTES = 56 as const;

/**
 * strategy -> risk: request to cancel the order of `intentSeq`.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class CancelRequest {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** intent number of the order to cancel */
  get intentSeq(): number {
    return this.f64[this.at8];
  }
  set intentSeq(value: number) {
    this.f64[this.at8] = value;
  }

  /** monoNs when the frame was received */
  get recvNs(): number {
    return this.f64[this.at8 + 1];
  }
  set recvNs(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** monoNs when it was decoded */
  get decodedNs(): number {
    return this.f64[this.at8 + 2];
  }
  set decodedNs(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** monoNs when the book had taken it in */
  get bookedNs(): number {
    return this.f64[this.at8 + 3];
  }
  set bookedNs(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** monoNs when the strategy asked */
  get signalledNs(): number {
    return this.f64[this.at8 + 4];
  }
  set signalledNs(value: number) {
    this.f64[this.at8 + 4] = value;
  }

  /** monoNs when risk approved */
  get approvedNs(): number {
    return this.f64[this.at8 + 5];
  }
  set approvedNs(value: number) {
    this.f64[this.at8 + 5] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 12];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 12] = value;
  }

  /** strategy that asked */
  get strategyIndex(): number {
    return this.i32[this.at4 + 13];
  }
  set strategyIndex(value: number) {
    this.i32[this.at4 + 13] = value;
  }
}

/** Template id of {@link ReplaceRequest}. */
export const REPLACE_REQUEST = 12 as const;

/** Bytes of {@link ReplaceRequest}. */
export const REPLACE_REQUEST_BYTES = 120 as const;

/**
 * strategy -> risk: request to replace the order of `replacedIntentSeq` by a new one.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class ReplaceRequest {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** intent number of the new order */
  get intentSeq(): number {
    return this.f64[this.at8];
  }
  set intentSeq(value: number) {
    this.f64[this.at8] = value;
  }

  /** intent number of the order to replace */
  get replacedIntentSeq(): number {
    return this.f64[this.at8 + 1];
  }
  set replacedIntentSeq(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** monoNs when the frame was received */
  get recvNs(): number {
    return this.f64[this.at8 + 2];
  }
  set recvNs(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** monoNs when it was decoded */
  get decodedNs(): number {
    return this.f64[this.at8 + 3];
  }
  set decodedNs(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** monoNs when the book had taken it in */
  get bookedNs(): number {
    return this.f64[this.at8 + 4];
  }
  set bookedNs(value: number) {
    this.f64[this.at8 + 4] = value;
  }

  /** monoNs when the strategy asked */
  get signalledNs(): number {
    return this.f64[this.at8 + 5];
  }
  set signalledNs(value: number) {
    this.f64[this.at8 + 5] = value;
  }

  /** monoNs when risk approved */
  get approvedNs(): number {
    return this.f64[this.at8 + 6];
  }
  set approvedNs(value: number) {
    this.f64[this.at8 + 6] = value;
  }

  /** limit price in ticks; 0 for market orders */
  get priceTicks(): number {
    return this.f64[this.at8 + 7];
  }
  set priceTicks(value: number) {
    this.f64[this.at8 + 7] = value;
  }

  /** size in lots */
  get qtyLots(): number {
    return this.f64[this.at8 + 8];
  }
  set qtyLots(value: number) {
    this.f64[this.at8 + 8] = value;
  }

  /** monoNs when the orderbook turn that took it in began */
  get bookTakenNs(): number {
    return this.f64[this.at8 + 9];
  }
  set bookTakenNs(value: number) {
    this.f64[this.at8 + 9] = value;
  }

  /** monoNs when the strategy turn that took the tick in began */
  get strategyTakenNs(): number {
    return this.f64[this.at8 + 10];
  }
  set strategyTakenNs(value: number) {
    this.f64[this.at8 + 10] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 22];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 22] = value;
  }

  /** metadata epoch the numbers were made with */
  get instrumentEpoch(): number {
    return this.i32[this.at4 + 23];
  }
  set instrumentEpoch(value: number) {
    this.i32[this.at4 + 23] = value;
  }

  /** strategy that asked */
  get strategyIndex(): number {
    return this.i32[this.at4 + 24];
  }
  set strategyIndex(value: number) {
    this.i32[this.at4 + 24] = value;
  }

  /** buy or sell (SIDE) */
  get side(): number {
    return this.i32[this.at4 + 25];
  }
  set side(value: number) {
    this.i32[this.at4 + 25] = value;
  }

  /** order type (ORDER_TYPE) */
  get orderType(): number {
    return this.i32[this.at4 + 26];
  }
  set orderType(value: number) {
    this.i32[this.at4 + 26] = value;
  }

  /** time in force (TIME_IN_FORCE) */
  get timeInForce(): number {
    return this.i32[this.at4 + 27];
  }
  set timeInForce(value: number) {
    this.i32[this.at4 + 27] = value;
  }

  /** ORDER_FLAG bits */
  get flags(): number {
    return this.i32[this.at4 + 28];
  }
  set flags(value: number) {
    this.i32[this.at4 + 28] = value;
  }
}

/** Template id of {@link ApprovedOrder}. */
export const APPROVED_ORDER = 13 as const;

/** Bytes of {@link ApprovedOrder}. */
export const APPROVED_ORDER_BYTES = 120 as const;

/**
 * risk -> execution: the only permission to place an order.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class ApprovedOrder {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** engine-wide intent number */
  get intentSeq(): number {
    return this.f64[this.at8];
  }
  set intentSeq(value: number) {
    this.f64[this.at8] = value;
  }

  /** monoNs when the frame was received */
  get recvNs(): number {
    return this.f64[this.at8 + 1];
  }
  set recvNs(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** monoNs when it was decoded */
  get decodedNs(): number {
    return this.f64[this.at8 + 2];
  }
  set decodedNs(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** monoNs when the book had taken it in */
  get bookedNs(): number {
    return this.f64[this.at8 + 3];
  }
  set bookedNs(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** monoNs when the strategy asked */
  get signalledNs(): number {
    return this.f64[this.at8 + 4];
  }
  set signalledNs(value: number) {
    this.f64[this.at8 + 4] = value;
  }

  /** monoNs when risk approved */
  get approvedNs(): number {
    return this.f64[this.at8 + 5];
  }
  set approvedNs(value: number) {
    this.f64[this.at8 + 5] = value;
  }

  /** limit price in ticks; 0 for market orders */
  get priceTicks(): number {
    return this.f64[this.at8 + 6];
  }
  set priceTicks(value: number) {
    this.f64[this.at8 + 6] = value;
  }

  /** size in lots */
  get qtyLots(): number {
    return this.f64[this.at8 + 7];
  }
  set qtyLots(value: number) {
    this.f64[this.at8 + 7] = value;
  }

  /** monoNs when the orderbook turn that took it in began */
  get bookTakenNs(): number {
    return this.f64[this.at8 + 8];
  }
  set bookTakenNs(value: number) {
    this.f64[this.at8 + 8] = value;
  }

  /** monoNs when the strategy turn that took the tick in began */
  get strategyTakenNs(): number {
    return this.f64[this.at8 + 9];
  }
  set strategyTakenNs(value: number) {
    this.f64[this.at8 + 9] = value;
  }

  /** monoNs when the risk turn that took it in began */
  get riskTakenNs(): number {
    return this.f64[this.at8 + 10];
  }
  set riskTakenNs(value: number) {
    this.f64[this.at8 + 10] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 22];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 22] = value;
  }

  /** metadata epoch the numbers were made with */
  get instrumentEpoch(): number {
    return this.i32[this.at4 + 23];
  }
  set instrumentEpoch(value: number) {
    this.i32[this.at4 + 23] = value;
  }

  /** strategy that asked */
  get strategyIndex(): number {
    return this.i32[this.at4 + 24];
  }
  set strategyIndex(value: number) {
    this.i32[this.at4 + 24] = value;
  }

  /** buy or sell (SIDE) */
  get side(): number {
    return this.i32[this.at4 + 25];
  }
  set side(value: number) {
    this.i32[this.at4 + 25] = value;
  }

  /** order type (ORDER_TYPE) */
  get orderType(): number {
    return this.i32[this.at4 + 26];
  }
  set orderType(value: number) {
    this.i32[this.at4 + 26] = value;
  }

  /** time in force (TIME_IN_FORCE) */
  get timeInForce(): number {
    return this.i32[this.at4 + 27];
  }
  set timeInForce(value: number) {
    this.i32[this.at4 + 27] = value;
  }

  /** ORDER_FLAG bits */
  get flags(): number {
    return this.i32[this.at4 + 28];
  }
  set flags(value: number) {
    this.i32[this.at4 + 28] = value;
  }
}

/** Template id of {@link ApprovedCancel}. */
export const APPROVED_CANCEL = 14 as const;

/** Bytes of {@link ApprovedCancel}. */
export const APPROVED_CANCEL_BYTES = 56 as const;

/**
 * risk -> execution: cancel this order; always allowed.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class ApprovedCancel {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** intent number of the order to cancel */
  get intentSeq(): number {
    return this.f64[this.at8];
  }
  set intentSeq(value: number) {
    this.f64[this.at8] = value;
  }

  /** monoNs when the frame was received */
  get recvNs(): number {
    return this.f64[this.at8 + 1];
  }
  set recvNs(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** monoNs when it was decoded */
  get decodedNs(): number {
    return this.f64[this.at8 + 2];
  }
  set decodedNs(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** monoNs when the book had taken it in */
  get bookedNs(): number {
    return this.f64[this.at8 + 3];
  }
  set bookedNs(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** monoNs when the strategy asked */
  get signalledNs(): number {
    return this.f64[this.at8 + 4];
  }
  set signalledNs(value: number) {
    this.f64[this.at8 + 4] = value;
  }

  /** monoNs when risk approved */
  get approvedNs(): number {
    return this.f64[this.at8 + 5];
  }
  set approvedNs(value: number) {
    this.f64[this.at8 + 5] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 12];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 12] = value;
  }

  /** strategy that asked */
  get strategyIndex(): number {
    return this.i32[this.at4 + 13];
  }
  set strategyIndex(value: number) {
    this.i32[this.at4 + 13] = value;
  }
}

/** Template id of {@link ApprovedReplace}. */
export const APPROVED_REPLACE = 15 as const;

/** Bytes of {@link ApprovedReplace}. */
export const APPROVED_REPLACE_BYTES = 128 as const;

/**
 * risk -> execution: permission to replace an order.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class ApprovedReplace {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** intent number of the new order */
  get intentSeq(): number {
    return this.f64[this.at8];
  }
  set intentSeq(value: number) {
    this.f64[this.at8] = value;
  }

  /** intent number of the order to replace */
  get replacedIntentSeq(): number {
    return this.f64[this.at8 + 1];
  }
  set replacedIntentSeq(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** monoNs when the frame was received */
  get recvNs(): number {
    return this.f64[this.at8 + 2];
  }
  set recvNs(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** monoNs when it was decoded */
  get decodedNs(): number {
    return this.f64[this.at8 + 3];
  }
  set decodedNs(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** monoNs when the book had taken it in */
  get bookedNs(): number {
    return this.f64[this.at8 + 4];
  }
  set bookedNs(value: number) {
    this.f64[this.at8 + 4] = value;
  }

  /** monoNs when the strategy asked */
  get signalledNs(): number {
    return this.f64[this.at8 + 5];
  }
  set signalledNs(value: number) {
    this.f64[this.at8 + 5] = value;
  }

  /** monoNs when risk approved */
  get approvedNs(): number {
    return this.f64[this.at8 + 6];
  }
  set approvedNs(value: number) {
    this.f64[this.at8 + 6] = value;
  }

  /** limit price in ticks; 0 for market orders */
  get priceTicks(): number {
    return this.f64[this.at8 + 7];
  }
  set priceTicks(value: number) {
    this.f64[this.at8 + 7] = value;
  }

  /** size in lots */
  get qtyLots(): number {
    return this.f64[this.at8 + 8];
  }
  set qtyLots(value: number) {
    this.f64[this.at8 + 8] = value;
  }

  /** monoNs when the orderbook turn that took it in began */
  get bookTakenNs(): number {
    return this.f64[this.at8 + 9];
  }
  set bookTakenNs(value: number) {
    this.f64[this.at8 + 9] = value;
  }

  /** monoNs when the strategy turn that took the tick in began */
  get strategyTakenNs(): number {
    return this.f64[this.at8 + 10];
  }
  set strategyTakenNs(value: number) {
    this.f64[this.at8 + 10] = value;
  }

  /** monoNs when the risk turn that took it in began */
  get riskTakenNs(): number {
    return this.f64[this.at8 + 11];
  }
  set riskTakenNs(value: number) {
    this.f64[this.at8 + 11] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 24];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 24] = value;
  }

  /** metadata epoch the numbers were made with */
  get instrumentEpoch(): number {
    return this.i32[this.at4 + 25];
  }
  set instrumentEpoch(value: number) {
    this.i32[this.at4 + 25] = value;
  }

  /** strategy that asked */
  get strategyIndex(): number {
    return this.i32[this.at4 + 26];
  }
  set strategyIndex(value: number) {
    this.i32[this.at4 + 26] = value;
  }

  /** buy or sell (SIDE) */
  get side(): number {
    return this.i32[this.at4 + 27];
  }
  set side(value: number) {
    this.i32[this.at4 + 27] = value;
  }

  /** order type (ORDER_TYPE) */
  get orderType(): number {
    return this.i32[this.at4 + 28];
  }
  set orderType(value: number) {
    this.i32[this.at4 + 28] = value;
  }

  /** time in force (TIME_IN_FORCE) */
  get timeInForce(): number {
    return this.i32[this.at4 + 29];
  }
  set timeInForce(value: number) {
    this.i32[this.at4 + 29] = value;
  }

  /** ORDER_FLAG bits */
  get flags(): number {
    return this.i32[this.at4 + 30];
  }
  set flags(value: number) {
    this.i32[this.at4 + 30] = value;
  }
}

/** Template id of {@link PoisonedRequest}. */
export const POISONED_REQUEST = 16 as const;

/** Bytes of {@link PoisonedRequest}. */
export const POISONED_REQUEST_BYTES = 64 as const;

/**
 * risk -> execution: the request on which risk failed; execution tells the strategy, since it alone knows whether the order left.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class PoisonedRequest {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** intent number of the new order, or of the order to cancel */
  get intentSeq(): number {
    return this.f64[this.at8];
  }
  set intentSeq(value: number) {
    this.f64[this.at8] = value;
  }

  /** intent number of the order to replace; 0 = none */
  get replacedIntentSeq(): number {
    return this.f64[this.at8 + 1];
  }
  set replacedIntentSeq(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** limit price in ticks; 0 for market orders */
  get priceTicks(): number {
    return this.f64[this.at8 + 2];
  }
  set priceTicks(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** size in lots */
  get qtyLots(): number {
    return this.f64[this.at8 + 3];
  }
  set qtyLots(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 8];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 8] = value;
  }

  /** metadata epoch the numbers were made with */
  get instrumentEpoch(): number {
    return this.i32[this.at4 + 9];
  }
  set instrumentEpoch(value: number) {
    this.i32[this.at4 + 9] = value;
  }

  /** strategy that asked */
  get strategyIndex(): number {
    return this.i32[this.at4 + 10];
  }
  set strategyIndex(value: number) {
    this.i32[this.at4 + 10] = value;
  }

  /** buy or sell (SIDE) */
  get side(): number {
    return this.i32[this.at4 + 11];
  }
  set side(value: number) {
    this.i32[this.at4 + 11] = value;
  }

  /** order type (ORDER_TYPE) */
  get orderType(): number {
    return this.i32[this.at4 + 12];
  }
  set orderType(value: number) {
    this.i32[this.at4 + 12] = value;
  }

  /** time in force (TIME_IN_FORCE) */
  get timeInForce(): number {
    return this.i32[this.at4 + 13];
  }
  set timeInForce(value: number) {
    this.i32[this.at4 + 13] = value;
  }

  /** ORDER_FLAG bits */
  get flags(): number {
    return this.i32[this.at4 + 14];
  }
  set flags(value: number) {
    this.i32[this.at4 + 14] = value;
  }

  /** 1 = it asked for a cancel */
  get isCancel(): number {
    return this.i32[this.at4 + 15];
  }
  set isCancel(value: number) {
    this.i32[this.at4 + 15] = value;
  }
}

/** Template id of {@link OrderUpdate}. */
export const ORDER_UPDATE = 20 as const;

/** Bytes of {@link OrderUpdate}. */
export const ORDER_UPDATE_BYTES = 96 as const;

/**
 * risk (denials) and execution -> risk, strategy, journal, api: an order changed state.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class OrderUpdate {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** intent number; 0 for outside orders */
  get intentSeq(): number {
    return this.f64[this.at8];
  }
  set intentSeq(value: number) {
    this.f64[this.at8] = value;
  }

  /** venue order id; 0 = not known, below 0 = the key of a VenueIdBound */
  get venueOrderId(): number {
    return this.f64[this.at8 + 1];
  }
  set venueOrderId(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** limit price in ticks */
  get priceTicks(): number {
    return this.f64[this.at8 + 2];
  }
  set priceTicks(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** order size in lots */
  get qtyLots(): number {
    return this.f64[this.at8 + 3];
  }
  set qtyLots(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** filled so far in lots */
  get cumQtyLots(): number {
    return this.f64[this.at8 + 4];
  }
  set cumQtyLots(value: number) {
    this.f64[this.at8 + 4] = value;
  }

  /** monoNs of the change */
  get eventNs(): number {
    return this.f64[this.at8 + 5];
  }
  set eventNs(value: number) {
    this.f64[this.at8 + 5] = value;
  }

  /** venue time of the change, ms; 0 = none */
  get exchangeTsMs(): number {
    return this.f64[this.at8 + 6];
  }
  set exchangeTsMs(value: number) {
    this.f64[this.at8 + 6] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 14];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 14] = value;
  }

  /** strategy that owns the order; -1 = outside order */
  get strategyIndex(): number {
    return this.i32[this.at4 + 15];
  }
  set strategyIndex(value: number) {
    this.i32[this.at4 + 15] = value;
  }

  /** buy or sell (SIDE) */
  get side(): number {
    return this.i32[this.at4 + 16];
  }
  set side(value: number) {
    this.i32[this.at4 + 16] = value;
  }

  /** order type (ORDER_TYPE) */
  get orderType(): number {
    return this.i32[this.at4 + 17];
  }
  set orderType(value: number) {
    this.i32[this.at4 + 17] = value;
  }

  /** time in force (TIME_IN_FORCE) */
  get timeInForce(): number {
    return this.i32[this.at4 + 18];
  }
  set timeInForce(value: number) {
    this.i32[this.at4 + 18] = value;
  }

  /** state now (ORDER_STATE) */
  get state(): number {
    return this.i32[this.at4 + 19];
  }
  set state(value: number) {
    this.i32[this.at4 + 19] = value;
  }

  /** state before (ORDER_STATE) */
  get previousState(): number {
    return this.i32[this.at4 + 20];
  }
  set previousState(value: number) {
    this.i32[this.at4 + 20] = value;
  }

  /** why (REASON) */
  get reason(): number {
    return this.i32[this.at4 + 21];
  }
  set reason(value: number) {
    this.i32[this.at4 + 21] = value;
  }

  /** venue error code; 0 = none */
  get venueCode(): number {
    return this.i32[this.at4 + 22];
  }
  set venueCode(value: number) {
    this.i32[this.at4 + 22] = value;
  }

  /** ORDER_FLAG bits */
  get flags(): number {
    return this.i32[this.at4 + 23];
  }
  set flags(value: number) {
    this.i32[this.at4 + 23] = value;
  }
}

/** Template id of {@link Fill}. */
export const FILL = 21 as const;

/** Bytes of {@link Fill}. */
export const FILL_BYTES = 104 as const;

/**
 * execution -> risk, strategy, journal, api: one venue trade of ours; positions change only by these.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class Fill {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** engine-wide fill number, grows by one; consumers skip what they have seen */
  get fillSeq(): number {
    return this.f64[this.at8];
  }
  set fillSeq(value: number) {
    this.f64[this.at8] = value;
  }

  /** intent number; 0 for outside orders */
  get intentSeq(): number {
    return this.f64[this.at8 + 1];
  }
  set intentSeq(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** order id the venue gave; below 0 = the key of a VenueIdBound */
  get venueOrderId(): number {
    return this.f64[this.at8 + 2];
  }
  set venueOrderId(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** trade id the venue gave, unique per instrument; below 0 = the key of a VenueIdBound */
  get venueTradeId(): number {
    return this.f64[this.at8 + 3];
  }
  set venueTradeId(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** fill price in ticks */
  get priceTicks(): number {
    return this.f64[this.at8 + 4];
  }
  set priceTicks(value: number) {
    this.f64[this.at8 + 4] = value;
  }

  /** fill size in lots */
  get qtyLots(): number {
    return this.f64[this.at8 + 5];
  }
  set qtyLots(value: number) {
    this.f64[this.at8 + 5] = value;
  }

  /** fee in cash units of the instrument */
  get feeCash(): number {
    return this.f64[this.at8 + 6];
  }
  set feeCash(value: number) {
    this.f64[this.at8 + 6] = value;
  }

  /** order filled so far in lots, this fill included */
  get cumQtyLots(): number {
    return this.f64[this.at8 + 7];
  }
  set cumQtyLots(value: number) {
    this.f64[this.at8 + 7] = value;
  }

  /** monoNs when the fill was received */
  get eventNs(): number {
    return this.f64[this.at8 + 8];
  }
  set eventNs(value: number) {
    this.f64[this.at8 + 8] = value;
  }

  /** venue trade time, ms */
  get exchangeTsMs(): number {
    return this.f64[this.at8 + 9];
  }
  set exchangeTsMs(value: number) {
    this.f64[this.at8 + 9] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 20];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 20] = value;
  }

  /** strategy that owns the order; -1 = outside order */
  get strategyIndex(): number {
    return this.i32[this.at4 + 21];
  }
  set strategyIndex(value: number) {
    this.i32[this.at4 + 21] = value;
  }

  /** side of our order (SIDE) */
  get side(): number {
    return this.i32[this.at4 + 22];
  }
  set side(value: number) {
    this.i32[this.at4 + 22] = value;
  }

  /** 1 = our order rested */
  get isMaker(): number {
    return this.i32[this.at4 + 23];
  }
  set isMaker(value: number) {
    this.i32[this.at4 + 23] = value;
  }

  /** ORDER_FLAG bits */
  get flags(): number {
    return this.i32[this.at4 + 24];
  }
  set flags(value: number) {
    this.i32[this.at4 + 24] = value;
  }
}

/** Template id of {@link PositionUpdated}. */
export const POSITION_UPDATED = 22 as const;

/** Bytes of {@link PositionUpdated}. */
export const POSITION_UPDATED_BYTES = 72 as const;

/**
 * risk -> journal, api: a position after a fill.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class PositionUpdated {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** fill that made it */
  get fillSeq(): number {
    return this.f64[this.at8];
  }
  set fillSeq(value: number) {
    this.f64[this.at8] = value;
  }

  /** signed position in lots */
  get netLots(): number {
    return this.f64[this.at8 + 1];
  }
  set netLots(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** cost basis of the open position, signed cash units */
  get costCash(): number {
    return this.f64[this.at8 + 2];
  }
  set costCash(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** realised profit before fees, cash units */
  get realisedCash(): number {
    return this.f64[this.at8 + 3];
  }
  set realisedCash(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** fees paid, cash units */
  get feesCash(): number {
    return this.f64[this.at8 + 4];
  }
  set feesCash(value: number) {
    this.f64[this.at8 + 4] = value;
  }

  /** lots bought since the start of the account */
  get boughtLots(): number {
    return this.f64[this.at8 + 5];
  }
  set boughtLots(value: number) {
    this.f64[this.at8 + 5] = value;
  }

  /** lots sold since the start of the account */
  get soldLots(): number {
    return this.f64[this.at8 + 6];
  }
  set soldLots(value: number) {
    this.f64[this.at8 + 6] = value;
  }

  /** monoNs when it happened */
  get eventNs(): number {
    return this.f64[this.at8 + 7];
  }
  set eventNs(value: number) {
    this.f64[this.at8 + 7] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 16];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 16] = value;
  }
}

/** Template id of {@link Signal}. */
export const SIGNAL = 23 as const;

/** Bytes of {@link Signal}. */
export const SIGNAL_BYTES = 128 as const;

/**
 * strategy -> journal, api: what a strategy saw and wants.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class Signal {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private u8: Uint8Array = NO_U8;
  private byteOffset = 0;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.u8 = view.u8;
    this.byteOffset = byteOffset;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** strategy-defined, positive = long */
  get strength(): number {
    return this.f64[this.at8];
  }
  set strength(value: number) {
    this.f64[this.at8] = value;
  }

  /** price it refers to, ticks */
  get priceTicks(): number {
    return this.f64[this.at8 + 1];
  }
  set priceTicks(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** monoNs when it happened */
  get eventNs(): number {
    return this.f64[this.at8 + 2];
  }
  set eventNs(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** number of the signal, which its outcome names; 0 = it has none */
  get signalSeq(): number {
    return this.f64[this.at8 + 3];
  }
  set signalSeq(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** 0..100; 0 = not said */
  get confidence(): number {
    return this.f64[this.at8 + 4];
  }
  set confidence(value: number) {
    this.f64[this.at8 + 4] = value;
  }

  /** where it is given up; 0 = not said */
  get stopTicks(): number {
    return this.f64[this.at8 + 5];
  }
  set stopTicks(value: number) {
    this.f64[this.at8 + 5] = value;
  }

  /** where it is to end; 0 = not said */
  get targetTicks(): number {
    return this.f64[this.at8 + 6];
  }
  set targetTicks(value: number) {
    this.f64[this.at8 + 6] = value;
  }

  /** order-flow score behind it, -100..100; 0 = none */
  get score(): number {
    return this.f64[this.at8 + 7];
  }
  set score(value: number) {
    this.f64[this.at8 + 7] = value;
  }

  /** monoNs from which it must not be traded; 0 = it has no lifetime */
  get expiresNs(): number {
    return this.f64[this.at8 + 8];
  }
  set expiresNs(value: number) {
    this.f64[this.at8 + 8] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 18];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 18] = value;
  }

  /** index of the strategy that saw it */
  get strategyIndex(): number {
    return this.i32[this.at4 + 19];
  }
  set strategyIndex(value: number) {
    this.i32[this.at4 + 19] = value;
  }

  /** side wanted; 0 = flat (SIDE) */
  get side(): number {
    return this.i32[this.at4 + 20];
  }
  set side(value: number) {
    this.i32[this.at4 + 20] = value;
  }

  /** class of the score, -2..2 */
  get viewClass(): number {
    return this.i32[this.at4 + 21];
  }
  set viewClass(value: number) {
    this.i32[this.at4 + 21] = value;
  }

  /** of score and bias: 0 no view, 1 2 with each other, 3 4 against */
  get alignment(): number {
    return this.i32[this.at4 + 22];
  }
  set alignment(value: number) {
    this.i32[this.at4 + 22] = value;
  }

  /** bits of what made it */
  get reasons(): number {
    return this.i32[this.at4 + 23];
  }
  set reasons(value: number) {
    this.i32[this.at4 + 23] = value;
  }

  /** short name of the signal */
  get label(): string {
    return readText(this.u8, this.byteOffset + 96, 32);
  }
  set label(value: string) {
    writeText(this.u8, this.byteOffset + 96, 32, value);
  }
}

/** Template id of {@link SignalOutcome}. */
export const SIGNAL_OUTCOME = 25 as const;

/** Bytes of {@link SignalOutcome}. */
export const SIGNAL_OUTCOME_BYTES = 40 as const;

/**
 * strategy -> journal, api: what became of a signal, and why it was not traded.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class SignalOutcome {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** number of the signal */
  get signalSeq(): number {
    return this.f64[this.at8];
  }
  set signalSeq(value: number) {
    this.f64[this.at8] = value;
  }

  /** intent number of its order; 0 = none */
  get orderId(): number {
    return this.f64[this.at8 + 1];
  }
  set orderId(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** monoNs when it was decided */
  get eventNs(): number {
    return this.f64[this.at8 + 2];
  }
  set eventNs(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 6];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 6] = value;
  }

  /** index of the strategy that decided */
  get strategyIndex(): number {
    return this.i32[this.at4 + 7];
  }
  set strategyIndex(value: number) {
    this.i32[this.at4 + 7] = value;
  }

  /** what became of it (SIGNAL_OUTCOME) */
  get outcome(): number {
    return this.i32[this.at4 + 8];
  }
  set outcome(value: number) {
    this.i32[this.at4 + 8] = value;
  }
}

/** Template id of {@link Explanation}. */
export const EXPLANATION = 26 as const;

/** Bytes of {@link Explanation}. */
export const EXPLANATION_BYTES = 168 as const;

/**
 * strategy -> journal, api: why a strategy does what it does, or does nothing, with the numbers it decided by.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class Explanation {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private u8: Uint8Array = NO_U8;
  private byteOffset = 0;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.u8 = view.u8;
    this.byteOffset = byteOffset;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** monoNs when it was said */
  get eventNs(): number {
    return this.f64[this.at8];
  }
  set eventNs(value: number) {
    this.f64[this.at8] = value;
  }

  /** how often the same was said since it was last recorded */
  get repeats(): number {
    return this.f64[this.at8 + 1];
  }
  set repeats(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** a number it was decided by */
  get value0(): number {
    return this.f64[this.at8 + 2];
  }
  set value0(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** as above */
  get value1(): number {
    return this.f64[this.at8 + 3];
  }
  set value1(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** as above */
  get value2(): number {
    return this.f64[this.at8 + 4];
  }
  set value2(value: number) {
    this.f64[this.at8 + 4] = value;
  }

  /** as above */
  get value3(): number {
    return this.f64[this.at8 + 5];
  }
  set value3(value: number) {
    this.f64[this.at8 + 5] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 12];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 12] = value;
  }

  /** index of the strategy */
  get strategyIndex(): number {
    return this.i32[this.at4 + 13];
  }
  set strategyIndex(value: number) {
    this.i32[this.at4 + 13] = value;
  }

  /** numbers given */
  get valueCount(): number {
    return this.i32[this.at4 + 14];
  }
  set valueCount(value: number) {
    this.i32[this.at4 + 14] = value;
  }

  /** the reason, in few words */
  get why(): string {
    return readText(this.u8, this.byteOffset + 64, 40);
  }
  set why(value: string) {
    writeText(this.u8, this.byteOffset + 64, 40, value);
  }

  /** name of the number */
  get name0(): string {
    return readText(this.u8, this.byteOffset + 104, 16);
  }
  set name0(value: string) {
    writeText(this.u8, this.byteOffset + 104, 16, value);
  }

  /** as above */
  get name1(): string {
    return readText(this.u8, this.byteOffset + 120, 16);
  }
  set name1(value: string) {
    writeText(this.u8, this.byteOffset + 120, 16, value);
  }

  /** as above */
  get name2(): string {
    return readText(this.u8, this.byteOffset + 136, 16);
  }
  set name2(value: string) {
    writeText(this.u8, this.byteOffset + 136, 16, value);
  }

  /** as above */
  get name3(): string {
    return readText(this.u8, this.byteOffset + 152, 16);
  }
  set name3(value: string) {
    writeText(this.u8, this.byteOffset + 152, 16, value);
  }
}

/** Template id of {@link VenueIdBound}. */
export const VENUE_ID_BOUND = 24 as const;

/** Bytes of {@link VenueIdBound}. */
export const VENUE_ID_BOUND_BYTES = 80 as const;

/**
 * execution -> journal: what a negative key in venueOrderId or venueTradeId means, before its first use in a run.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class VenueIdBound {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private u8: Uint8Array = NO_U8;
  private byteOffset = 0;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.u8 = view.u8;
    this.byteOffset = byteOffset;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** the key, below zero */
  get key(): number {
    return this.f64[this.at8];
  }
  set key(value: number) {
    this.f64[this.at8] = value;
  }

  /** bytes of the text */
  get textBytes(): number {
    return this.i32[this.at4 + 2];
  }
  set textBytes(value: number) {
    this.i32[this.at4 + 2] = value;
  }

  /** the id as the venue wrote it */
  get text(): string {
    return readText(this.u8, this.byteOffset + 16, 64);
  }
  set text(value: string) {
    writeText(this.u8, this.byteOffset + 16, 64, value);
  }
}

/** Template id of {@link LatencySample}. */
export const LATENCY_SAMPLE = 30 as const;

/** Bytes of {@link LatencySample}. */
export const LATENCY_SAMPLE_BYTES = 104 as const;

/**
 * execution -> supervisor: the hops of one order.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class LatencySample {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** intent number */
  get intentSeq(): number {
    return this.f64[this.at8];
  }
  set intentSeq(value: number) {
    this.f64[this.at8] = value;
  }

  /** monoNs when the frame was received */
  get recvNs(): number {
    return this.f64[this.at8 + 1];
  }
  set recvNs(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** monoNs when it was decoded */
  get decodedNs(): number {
    return this.f64[this.at8 + 2];
  }
  set decodedNs(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** monoNs when the book had taken it in */
  get bookedNs(): number {
    return this.f64[this.at8 + 3];
  }
  set bookedNs(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** monoNs when the strategy asked */
  get signalledNs(): number {
    return this.f64[this.at8 + 4];
  }
  set signalledNs(value: number) {
    this.f64[this.at8 + 4] = value;
  }

  /** monoNs when risk approved */
  get approvedNs(): number {
    return this.f64[this.at8 + 5];
  }
  set approvedNs(value: number) {
    this.f64[this.at8 + 5] = value;
  }

  /** monoNs when the order bytes were handed to the socket */
  get sentNs(): number {
    return this.f64[this.at8 + 6];
  }
  set sentNs(value: number) {
    this.f64[this.at8 + 6] = value;
  }

  /** monoNs of the venue answer; 0 = not yet */
  get ackedNs(): number {
    return this.f64[this.at8 + 7];
  }
  set ackedNs(value: number) {
    this.f64[this.at8 + 7] = value;
  }

  /** monoNs when the orderbook turn that took it in began */
  get bookTakenNs(): number {
    return this.f64[this.at8 + 8];
  }
  set bookTakenNs(value: number) {
    this.f64[this.at8 + 8] = value;
  }

  /** monoNs when the strategy turn that took the tick in began */
  get strategyTakenNs(): number {
    return this.f64[this.at8 + 9];
  }
  set strategyTakenNs(value: number) {
    this.f64[this.at8 + 9] = value;
  }

  /** monoNs when the risk turn that took it in began */
  get riskTakenNs(): number {
    return this.f64[this.at8 + 10];
  }
  set riskTakenNs(value: number) {
    this.f64[this.at8 + 10] = value;
  }

  /** monoNs when the execution turn that took it in began */
  get executionTakenNs(): number {
    return this.f64[this.at8 + 11];
  }
  set executionTakenNs(value: number) {
    this.f64[this.at8 + 11] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 24];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 24] = value;
  }
}

/** Template id of {@link Command}. */
export const COMMAND = 40 as const;

/** Bytes of {@link Command}. */
export const COMMAND_BYTES = 24 as const;

/**
 * supervisor -> actors: kill, pause, cancel all, drills.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class Command {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** number of the command */
  get commandSeq(): number {
    return this.f64[this.at8];
  }
  set commandSeq(value: number) {
    this.f64[this.at8] = value;
  }

  /** meaning depends on the command */
  get argument(): number {
    return this.f64[this.at8 + 1];
  }
  set argument(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** what to do (COMMAND) */
  get kind(): number {
    return this.i32[this.at4 + 4];
  }
  set kind(value: number) {
    this.i32[this.at4 + 4] = value;
  }

  /** instrument; -1 = all */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 5];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 5] = value;
  }
}

/** Template id of {@link CommandAnswer}. */
export const COMMAND_ANSWER = 43 as const;

/** Bytes of {@link CommandAnswer}. */
export const COMMAND_ANSWER_BYTES = 136 as const;

/**
 * actors -> supervisor, supervisor -> journal: what became of a command.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class CommandAnswer {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private u8: Uint8Array = NO_U8;
  private byteOffset = 0;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.u8 = view.u8;
    this.byteOffset = byteOffset;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** number of the command */
  get commandSeq(): number {
    return this.f64[this.at8];
  }
  set commandSeq(value: number) {
    this.f64[this.at8] = value;
  }

  /** monoNs of the turn that took the command in */
  get atNs(): number {
    return this.f64[this.at8 + 1];
  }
  set atNs(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** turns the actor had completed before that one, over all its incarnations */
  get turn(): number {
    return this.f64[this.at8 + 2];
  }
  set turn(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** a number that belongs to the answer; its meaning depends on the command */
  get value(): number {
    return this.f64[this.at8 + 3];
  }
  set value(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** what became of it (COMMAND_OUTCOME) */
  get outcome(): number {
    return this.i32[this.at4 + 8];
  }
  set outcome(value: number) {
    this.i32[this.at4 + 8] = value;
  }

  /** why it was refused (COMMAND_REASON) */
  get reason(): number {
    return this.i32[this.at4 + 9];
  }
  set reason(value: number) {
    this.i32[this.at4 + 9] = value;
  }

  /** detail for people; may be empty */
  get text(): string {
    return readText(this.u8, this.byteOffset + 40, 96);
  }
  set text(value: string) {
    writeText(this.u8, this.byteOffset + 40, 96, value);
  }
}

/** Template id of {@link ConnectionChanged}. */
export const CONNECTION_CHANGED = 41 as const;

/** Bytes of {@link ConnectionChanged}. */
export const CONNECTION_CHANGED_BYTES = 24 as const;

/**
 * market-data, execution -> journal, api: a venue connection changed state.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class ConnectionChanged {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** monoNs when it happened */
  get eventNs(): number {
    return this.f64[this.at8];
  }
  set eventNs(value: number) {
    this.f64[this.at8] = value;
  }

  /** connection attempt since the last live state */
  get attempt(): number {
    return this.f64[this.at8 + 1];
  }
  set attempt(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** which socket (CONNECTION_KIND) */
  get kind(): number {
    return this.i32[this.at4 + 4];
  }
  set kind(value: number) {
    this.i32[this.at4 + 4] = value;
  }

  /** state now (CONNECTION_STATE) */
  get state(): number {
    return this.i32[this.at4 + 5];
  }
  set state(value: number) {
    this.i32[this.at4 + 5] = value;
  }
}

/** Template id of {@link GapRecord}. */
export const GAP_RECORD = 42 as const;

/** Bytes of {@link GapRecord}. */
export const GAP_RECORD_BYTES = 32 as const;

/**
 * market-data, orderbook -> journal, api: data is missing here.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class GapRecord {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** monoNs when it happened */
  get eventNs(): number {
    return this.f64[this.at8];
  }
  set eventNs(value: number) {
    this.f64[this.at8] = value;
  }

  /** id that should have come */
  get expectedUpdateId(): number {
    return this.f64[this.at8 + 1];
  }
  set expectedUpdateId(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** id that came */
  get gotUpdateId(): number {
    return this.f64[this.at8 + 2];
  }
  set gotUpdateId(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 6];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 6] = value;
  }

  /** why (GAP_REASON) */
  get reason(): number {
    return this.i32[this.at4 + 7];
  }
  set reason(value: number) {
    this.i32[this.at4 + 7] = value;
  }
}

/** Template id of {@link OrderIntent}. */
export const ORDER_INTENT = 50 as const;

/** Bytes of {@link OrderIntent}. */
export const ORDER_INTENT_BYTES = 112 as const;

/**
 * intent log: written before the order bytes leave; what recovery starts from.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class OrderIntent {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private u8: Uint8Array = NO_U8;
  private byteOffset = 0;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.u8 = view.u8;
    this.byteOffset = byteOffset;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** intent number */
  get intentSeq(): number {
    return this.f64[this.at8];
  }
  set intentSeq(value: number) {
    this.f64[this.at8] = value;
  }

  /** order it replaces; 0 = none */
  get replacedIntentSeq(): number {
    return this.f64[this.at8 + 1];
  }
  set replacedIntentSeq(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** limit price in ticks; 0 for market orders */
  get priceTicks(): number {
    return this.f64[this.at8 + 2];
  }
  set priceTicks(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** size in lots */
  get qtyLots(): number {
    return this.f64[this.at8 + 3];
  }
  set qtyLots(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** wall clock, microseconds */
  get epochUs(): number {
    return this.f64[this.at8 + 4];
  }
  set epochUs(value: number) {
    this.f64[this.at8 + 4] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 10];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 10] = value;
  }

  /** metadata epoch the numbers were made with */
  get instrumentEpoch(): number {
    return this.i32[this.at4 + 11];
  }
  set instrumentEpoch(value: number) {
    this.i32[this.at4 + 11] = value;
  }

  /** strategy that asked */
  get strategyIndex(): number {
    return this.i32[this.at4 + 12];
  }
  set strategyIndex(value: number) {
    this.i32[this.at4 + 12] = value;
  }

  /** buy or sell (SIDE) */
  get side(): number {
    return this.i32[this.at4 + 13];
  }
  set side(value: number) {
    this.i32[this.at4 + 13] = value;
  }

  /** order type (ORDER_TYPE) */
  get orderType(): number {
    return this.i32[this.at4 + 14];
  }
  set orderType(value: number) {
    this.i32[this.at4 + 14] = value;
  }

  /** time in force (TIME_IN_FORCE) */
  get timeInForce(): number {
    return this.i32[this.at4 + 15];
  }
  set timeInForce(value: number) {
    this.i32[this.at4 + 15] = value;
  }

  /** ORDER_FLAG bits */
  get flags(): number {
    return this.i32[this.at4 + 16];
  }
  set flags(value: number) {
    this.i32[this.at4 + 16] = value;
  }

  /** attempt number of this intent, from 1 */
  get attempt(): number {
    return this.i32[this.at4 + 17];
  }
  set attempt(value: number) {
    this.i32[this.at4 + 17] = value;
  }

  /** client order id derived from the intent */
  get clientId(): string {
    return readText(this.u8, this.byteOffset + 72, 40);
  }
  set clientId(value: string) {
    writeText(this.u8, this.byteOffset + 72, 40, value);
  }
}

/** Template id of {@link JournalStart}. */
export const JOURNAL_START = 51 as const;

/** Bytes of {@link JournalStart}. */
export const JOURNAL_START_BYTES = 120 as const;

/**
 * journal: opens each run; recovery applies only to the same account.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class JournalStart {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private u8: Uint8Array = NO_U8;
  private byteOffset = 0;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.u8 = view.u8;
    this.byteOffset = byteOffset;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** wall clock at engine start, microseconds */
  get epochUs(): number {
    return this.f64[this.at8];
  }
  set epochUs(value: number) {
    this.f64[this.at8] = value;
  }

  /** instruments in this run */
  get instrumentCount(): number {
    return this.i32[this.at4 + 2];
  }
  set instrumentCount(value: number) {
    this.i32[this.at4 + 2] = value;
  }

  /** mode of the run */
  get mode(): string {
    return readText(this.u8, this.byteOffset + 16, 16);
  }
  set mode(value: string) {
    writeText(this.u8, this.byteOffset + 16, 16, value);
  }

  /** venue of the run */
  get venue(): string {
    return readText(this.u8, this.byteOffset + 32, 24);
  }
  set venue(value: string) {
    writeText(this.u8, this.byteOffset + 32, 24, value);
  }

  /** account the orders belong to */
  get accountId(): string {
    return readText(this.u8, this.byteOffset + 56, 64);
  }
  set accountId(value: string) {
    writeText(this.u8, this.byteOffset + 56, 64, value);
  }
}

/** Template id of {@link InstrumentRecord}. */
export const INSTRUMENT_RECORD = 52 as const;

/** Bytes of {@link InstrumentRecord}. */
export const INSTRUMENT_RECORD_BYTES = 312 as const;

/**
 * journal: meaning of an instrument index in this run.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class InstrumentRecord {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private u8: Uint8Array = NO_U8;
  private byteOffset = 0;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.u8 = view.u8;
    this.byteOffset = byteOffset;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** tick in 10^-priceDecimals */
  get tickUnits(): number {
    return this.f64[this.at8];
  }
  set tickUnits(value: number) {
    this.f64[this.at8] = value;
  }

  /** lot in 10^-qtyDecimals */
  get lotUnits(): number {
    return this.f64[this.at8 + 1];
  }
  set lotUnits(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** contract in 10^-contractDecimals; 1 on spot */
  get contractUnits(): number {
    return this.f64[this.at8 + 2];
  }
  set contractUnits(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** lowest price of a buy as a share of the reference, in 10^-shareDecimals */
  get buyMinShare(): number {
    return this.f64[this.at8 + 3];
  }
  set buyMinShare(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** highest price of a buy */
  get buyMaxShare(): number {
    return this.f64[this.at8 + 4];
  }
  set buyMaxShare(value: number) {
    this.f64[this.at8 + 4] = value;
  }

  /** lowest price of a sell */
  get sellMinShare(): number {
    return this.f64[this.at8 + 5];
  }
  set sellMinShare(value: number) {
    this.f64[this.at8 + 5] = value;
  }

  /** highest price of a sell */
  get sellMaxShare(): number {
    return this.f64[this.at8 + 6];
  }
  set sellMaxShare(value: number) {
    this.f64[this.at8 + 6] = value;
  }

  /** time between two fundings, ms; 0 = none */
  get fundingIntervalMs(): number {
    return this.f64[this.at8 + 7];
  }
  set fundingIntervalMs(value: number) {
    this.f64[this.at8 + 7] = value;
  }

  /** dense instrument index */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 16];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 16] = value;
  }

  /** metadata epoch */
  get instrumentEpoch(): number {
    return this.i32[this.at4 + 17];
  }
  set instrumentEpoch(value: number) {
    this.i32[this.at4 + 17] = value;
  }

  /** price digits */
  get priceDecimals(): number {
    return this.i32[this.at4 + 18];
  }
  set priceDecimals(value: number) {
    this.i32[this.at4 + 18] = value;
  }

  /** size digits */
  get qtyDecimals(): number {
    return this.i32[this.at4 + 19];
  }
  set qtyDecimals(value: number) {
    this.i32[this.at4 + 19] = value;
  }

  /** contract digits */
  get contractDecimals(): number {
    return this.i32[this.at4 + 20];
  }
  set contractDecimals(value: number) {
    this.i32[this.at4 + 20] = value;
  }

  /** digits of the cash unit of an inverse contract */
  get settleDecimals(): number {
    return this.i32[this.at4 + 21];
  }
  set settleDecimals(value: number) {
    this.i32[this.at4 + 21] = value;
  }

  /** what is traded (INSTRUMENT_KIND) */
  get kind(): number {
    return this.i32[this.at4 + 22];
  }
  set kind(value: number) {
    this.i32[this.at4 + 22] = value;
  }

  /** how value follows price (PAYOFF) */
  get payoff(): number {
    return this.i32[this.at4 + 23];
  }
  set payoff(value: number) {
    this.i32[this.at4 + 23] = value;
  }

  /** price the band is a share of; 0 = no band (BAND_REFERENCE) */
  get bandReference(): number {
    return this.i32[this.at4 + 24];
  }
  set bandReference(value: number) {
    this.i32[this.at4 + 24] = value;
  }

  /** minutes an average looks back */
  get bandAverageMinutes(): number {
    return this.i32[this.at4 + 25];
  }
  set bandAverageMinutes(value: number) {
    this.i32[this.at4 + 25] = value;
  }

  /** digits of the shares */
  get shareDecimals(): number {
    return this.i32[this.at4 + 26];
  }
  set shareDecimals(value: number) {
    this.i32[this.at4 + 26] = value;
  }

  /** which new orders the venue takes (VENUE_STATUS) */
  get status(): number {
    return this.i32[this.at4 + 27];
  }
  set status(value: number) {
    this.i32[this.at4 + 27] = value;
  }

  /** whose margin covers a position (MARGIN_MODE) */
  get marginMode(): number {
    return this.i32[this.at4 + 28];
  }
  set marginMode(value: number) {
    this.i32[this.at4 + 28] = value;
  }

  /** venue symbol */
  get symbol(): string {
    return readText(this.u8, this.byteOffset + 120, 40);
  }
  set symbol(value: string) {
    writeText(this.u8, this.byteOffset + 120, 40, value);
  }

  /** venue that lists it; before version 2 the run's */
  get venue(): string {
    return readText(this.u8, this.byteOffset + 160, 24);
  }
  set venue(value: string) {
    writeText(this.u8, this.byteOffset + 160, 24, value);
  }

  /** asset that is bought and sold */
  get baseAsset(): string {
    return readText(this.u8, this.byteOffset + 184, 16);
  }
  set baseAsset(value: string) {
    writeText(this.u8, this.byteOffset + 184, 16, value);
  }

  /** asset that prices are in */
  get quoteAsset(): string {
    return readText(this.u8, this.byteOffset + 200, 16);
  }
  set quoteAsset(value: string) {
    writeText(this.u8, this.byteOffset + 200, 16, value);
  }

  /** asset of profit and margin */
  get settleAsset(): string {
    return readText(this.u8, this.byteOffset + 216, 16);
  }
  set settleAsset(value: string) {
    writeText(this.u8, this.byteOffset + 216, 16, value);
  }

  /** account that trades it; before version 3 the run's */
  get accountId(): string {
    return readText(this.u8, this.byteOffset + 232, 64);
  }
  set accountId(value: string) {
    writeText(this.u8, this.byteOffset + 232, 64, value);
  }

  /** asset fees are taken in; empty = each fill says */
  get feeAsset(): string {
    return readText(this.u8, this.byteOffset + 296, 16);
  }
  set feeAsset(value: string) {
    writeText(this.u8, this.byteOffset + 296, 16, value);
  }
}

/** Template id of {@link StrategyRecord}. */
export const STRATEGY_RECORD = 53 as const;

/** Bytes of {@link StrategyRecord}. */
export const STRATEGY_RECORD_BYTES = 80 as const;

/**
 * journal: meaning of a strategy index from here on in this run.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class StrategyRecord {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private u8: Uint8Array = NO_U8;
  private byteOffset = 0;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.u8 = view.u8;
    this.byteOffset = byteOffset;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** unsigned CRC-32C of its parameters as JSON with sorted keys */
  get paramsCrc(): number {
    return this.f64[this.at8];
  }
  set paramsCrc(value: number) {
    this.f64[this.at8] = value;
  }

  /** index in this run */
  get strategyIndex(): number {
    return this.i32[this.at4 + 2];
  }
  set strategyIndex(value: number) {
    this.i32[this.at4 + 2] = value;
  }

  /** name, cut to this width */
  get name(): string {
    return readText(this.u8, this.byteOffset + 16, 64);
  }
  set name(value: string) {
    writeText(this.u8, this.byteOffset + 16, 64, value);
  }
}

/** Template id of {@link RiskState}. */
export const RISK_STATE = 54 as const;

/** Bytes of {@link RiskState}. */
export const RISK_STATE_BYTES = 56 as const;

/**
 * supervisor -> journal: what stops trading and what the breakers go by; the next run begins with it.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class RiskState {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** wall clock when it was read, microseconds */
  get epochUs(): number {
    return this.f64[this.at8];
  }
  set epochUs(value: number) {
    this.f64[this.at8] = value;
  }

  /** profit since the journal began, quote asset */
  get profit(): number {
    return this.f64[this.at8 + 1];
  }
  set profit(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** highest profit */
  get peakProfit(): number {
    return this.f64[this.at8 + 2];
  }
  set peakProfit(value: number) {
    this.f64[this.at8 + 2] = value;
  }

  /** profit when the day began */
  get dayStartProfit(): number {
    return this.f64[this.at8 + 3];
  }
  set dayStartProfit(value: number) {
    this.f64[this.at8 + 3] = value;
  }

  /** days since 1970 (UTC) that belongs to; -1 = none */
  get day(): number {
    return this.i32[this.at4 + 8];
  }
  set day(value: number) {
    this.i32[this.at4 + 8] = value;
  }

  /** whether peakProfit is known: 1, 0 */
  get hasPeak(): number {
    return this.i32[this.at4 + 9];
  }
  set hasPeak(value: number) {
    this.i32[this.at4 + 9] = value;
  }

  /** why trading is stopped until someone resumes (KILL_REASON) */
  get killReason(): number {
    return this.i32[this.at4 + 10];
  }
  set killReason(value: number) {
    this.i32[this.at4 + 10] = value;
  }

  /** whether the operator has paused trading: 1, 0 */
  get isPaused(): number {
    return this.i32[this.at4 + 11];
  }
  set isPaused(value: number) {
    this.i32[this.at4 + 11] = value;
  }

  /** round trips lost one after the other */
  get lossesInARow(): number {
    return this.i32[this.at4 + 12];
  }
  set lossesInARow(value: number) {
    this.i32[this.at4 + 12] = value;
  }

  /** why positions may only shrink until someone resumes (KILL_REASON) */
  get reduceReason(): number {
    return this.i32[this.at4 + 13];
  }
  set reduceReason(value: number) {
    this.i32[this.at4 + 13] = value;
  }
}

/** Template id of {@link ApiCall}. */
export const API_CALL = 75 as const;

/** Bytes of {@link ApiCall}. */
export const API_CALL_BYTES = 304 as const;

/**
 * supervisor -> journal: who asked the api to act, before it takes effect, and what came of it.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class ApiCall {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private u8: Uint8Array = NO_U8;
  private byteOffset = 0;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.u8 = view.u8;
    this.byteOffset = byteOffset;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** wall clock, microseconds */
  get epochUs(): number {
    return this.f64[this.at8];
  }
  set epochUs(value: number) {
    this.f64[this.at8] = value;
  }

  /** HTTP status of a call that was refused; 0 = it was let in */
  get status(): number {
    return this.i32[this.at4 + 2];
  }
  set status(value: number) {
    this.i32[this.at4 + 2] = value;
  }

  /** what came of it (API_OUTCOME) */
  get outcome(): number {
    return this.i32[this.at4 + 3];
  }
  set outcome(value: number) {
    this.i32[this.at4 + 3] = value;
  }

  /** verb and path of the endpoint */
  get what(): string {
    return readText(this.u8, this.byteOffset + 16, 64);
  }
  set what(value: string) {
    writeText(this.u8, this.byteOffset + 16, 64, value);
  }

  /** id of the key; empty = none */
  get keyId(): string {
    return readText(this.u8, this.byteOffset + 80, 16);
  }
  set keyId(value: string) {
    writeText(this.u8, this.byteOffset + 80, 16, value);
  }

  /** where it came from */
  get address(): string {
    return readText(this.u8, this.byteOffset + 96, 48);
  }
  set address(value: string) {
    writeText(this.u8, this.byteOffset + 96, 48, value);
  }

  /** program that called */
  get agent(): string {
    return readText(this.u8, this.byteOffset + 144, 64);
  }
  set agent(value: string) {
    writeText(this.u8, this.byteOffset + 144, 64, value);
  }

  /** id of the request */
  get correlationId(): string {
    return readText(this.u8, this.byteOffset + 208, 32);
  }
  set correlationId(value: string) {
    writeText(this.u8, this.byteOffset + 208, 32, value);
  }

  /** id of the command; of a refused call the code of the problem */
  get commandId(): string {
    return readText(this.u8, this.byteOffset + 240, 64);
  }
  set commandId(value: string) {
    writeText(this.u8, this.byteOffset + 240, 64, value);
  }
}

/** Template id of {@link DeadLetter}. */
export const DEAD_LETTER = 60 as const;

/** Bytes of {@link DeadLetter}. */
export const DEAD_LETTER_BYTES = 312 as const;

/**
 * runner -> journal: a record that ended its actor; its first bytes follow as text.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class DeadLetter {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private u8: Uint8Array = NO_U8;
  private byteOffset = 0;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.u8 = view.u8;
    this.byteOffset = byteOffset;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** monoNs when it happened */
  get eventNs(): number {
    return this.f64[this.at8];
  }
  set eventNs(value: number) {
    this.f64[this.at8] = value;
  }

  /** template id of the record */
  get poisonType(): number {
    return this.i32[this.at4 + 2];
  }
  set poisonType(value: number) {
    this.i32[this.at4 + 2] = value;
  }

  /** its length */
  get poisonBytes(): number {
    return this.i32[this.at4 + 3];
  }
  set poisonBytes(value: number) {
    this.i32[this.at4 + 3] = value;
  }

  /** ring it came from */
  get ring(): string {
    return readText(this.u8, this.byteOffset + 16, 40);
  }
  set ring(value: string) {
    writeText(this.u8, this.byteOffset + 16, 40, value);
  }

  /** its first 256 bytes */
  get payload(): string {
    return readText(this.u8, this.byteOffset + 56, 256);
  }
  set payload(value: string) {
    writeText(this.u8, this.byteOffset + 56, 256, value);
  }
}

/** Template id of {@link LogRecord}. */
export const LOG_RECORD = 61 as const;

/** Bytes of {@link LogRecord}. */
export const LOG_RECORD_BYTES = 144 as const;

/**
 * any actor -> supervisor: a line for the log, formatted elsewhere.
 * Flyweight: allocate once, wrap per record; valid until the ring's record is released.
 */
export class LogRecord {
  private i32: Int32Array = NO_I32;
  private f64: Float64Array = NO_F64;
  private u8: Uint8Array = NO_U8;
  private byteOffset = 0;
  private at4 = 0;
  private at8 = 0;

  wrap(view: CodecView, byteOffset: number): this {
    this.i32 = view.i32;
    this.f64 = view.f64;
    this.u8 = view.u8;
    this.byteOffset = byteOffset;
    this.at4 = byteOffset >> 2;
    this.at8 = byteOffset >> 3;
    return this;
  }

  /** monoNs when it happened */
  get eventNs(): number {
    return this.f64[this.at8];
  }
  set eventNs(value: number) {
    this.f64[this.at8] = value;
  }

  /** a number that belongs to the line */
  get value(): number {
    return this.f64[this.at8 + 1];
  }
  set value(value: number) {
    this.f64[this.at8 + 1] = value;
  }

  /** severity (LOG_LEVEL) */
  get level(): number {
    return this.i32[this.at4 + 4];
  }
  set level(value: number) {
    this.i32[this.at4 + 4] = value;
  }

  /** instrument; -1 = none */
  get instrumentIndex(): number {
    return this.i32[this.at4 + 5];
  }
  set instrumentIndex(value: number) {
    this.i32[this.at4 + 5] = value;
  }

  /** what happened */
  get message(): string {
    return readText(this.u8, this.byteOffset + 24, 120);
  }
  set message(value: string) {
    writeText(this.u8, this.byteOffset + 24, 120, value);
  }
}
