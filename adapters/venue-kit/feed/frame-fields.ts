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
} as const;

/** How many there are. */
export const FIELD_COUNT = 12;
