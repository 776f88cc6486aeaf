/** Read access to the bias frames (analysis/bias-frame.ts has it); fields belong to the last instrument read. */
export interface BiasSource {
  read(instrumentIndex: number): boolean;
  readonly value: number;
  readonly version: number;
  readonly validUntilNs: number;
  /** Key levels in ticks; NaN = the frame names none. */
  readonly supportTicks: number;
  readonly resistanceTicks: number;
  readonly pocTicks: number;
  /** The nearest strong level. */
  readonly keyLevelTicks: number;
}
