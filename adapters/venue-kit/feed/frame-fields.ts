/** What a market-data frame is. */
export const FRAME = {
  depth: 1,
  quote: 2,
  trade: 3,
  aggTrade: 4,
  snapshot: 5,
  control: 6,
  shutdown: 7,
  other: 8,
  /** Prices the venue states beside its book. */
  prices: 9,
} as const;

/** Places of a frame's numbers. */
export const FIELD = {
  eventMs: 0,
  firstId: 1,
  lastId: 2,
  tradeId: 3,
  tradeMs: 4,
  priceTicks: 5,
  qtyLots: 6,
  bidTicks: 7,
  bidLots: 8,
  askTicks: 9,
  askLots: 10,
  /** Last id of the update before, where the venue names it. */
  previousId: 11,
  /* Of FRAME.prices; 0 = not said, -1 = the venue has none. */
  averageUnits: 12,
  referenceUnits: 13,
  markUnits: 14,
  indexUnits: 15,
  fundingRateE8: 16,
  nextFundingMs: 17,
} as const;

/** How many there are. */
export const FIELD_COUNT = 18;

/** What a message of FRAME.prices does not say is 0. */
export const PRICE_FIELDS: readonly number[] = [
  FIELD.eventMs,
  FIELD.averageUnits,
  FIELD.referenceUnits,
  FIELD.markUnits,
  FIELD.indexUnits,
  FIELD.fundingRateE8,
  FIELD.nextFundingMs,
];
