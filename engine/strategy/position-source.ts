/** The fields of a position that was read last. */
export interface PositionFields {
  readonly netLots: number;
  readonly costCash: number;
  readonly realisedCash: number;
  readonly feesCash: number;
  /** The newest fill the position contains. */
  readonly lastFillSeq: number;
}

/** Read access to the shared positions of the accounts (risk/positions.ts has it). */
export interface PositionSource extends PositionFields {
  read(instrumentIndex: number): boolean;
}

/** Read access to the positions of single strategies (risk/strategy-positions.ts has it). */
export interface StrategyPositionSource extends PositionFields {
  readOf(strategyIndex: number, instrumentIndex: number): boolean;
}
