/** Codes of the strategy actor's entries in the error log. */
export const STRATEGY_ERROR = {
  /** A strategy threw and was switched off. */
  faulted: 3001,
} as const;
