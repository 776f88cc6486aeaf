/** Codes of the market-data actor's entries in the error log. */
export const MARKET_DATA_ERROR = {
  connectionLost: 2001,
  snapshotFailed: 2002,
  streamRequestRefused: 2003,
} as const;
