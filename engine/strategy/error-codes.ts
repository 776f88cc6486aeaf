/** Codes of the strategy actor's entries in the error log. */
export const STRATEGY_ERROR = {
  /** A strategy threw and was switched off. */
  faulted: 3001,
  /** A promise that a strategy should not have returned failed. */
  late: 3002,
} as const;
