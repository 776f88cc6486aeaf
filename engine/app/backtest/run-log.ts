/** What a backtest keeps of a run: everything its report is made of. Prices in ticks, sizes in lots, money in cash units. */

/** One fill as the engine heard of it. */
export interface LoggedFill {
  readonly atNs: number;
  readonly intentSeq: number;
  readonly instrumentIndex: number;
  readonly strategyIndex: number;
  /** SIDE. */
  readonly side: number;
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly feeCash: number;
  readonly isMaker: boolean;
  /** Mid of the book when it was heard of; of the last valid book where it was hidden; NaN = there was none yet. */
  readonly midTicks: number;
  /** How far the mid had moved in the order's direction after each MARKOUT_MS, in ticks; NaN = the data ended before. */
  readonly markoutTicks: number[];
}

/** One order from its wish to its end. */
export interface LoggedOrder {
  readonly intentSeq: number;
  readonly instrumentIndex: number;
  readonly strategyIndex: number;
  readonly side: number;
  readonly orderType: number;
  readonly timeInForce: number;
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly sentNs: number;
  /** Mid of the book when it was sent; NaN = there was none yet. */
  readonly midTicks: number;
  /** ORDER_STATE and REASON as last told. */
  state: number;
  reason: number;
  cumQtyLots: number;
  /** NaN = never. */
  firstFillNs: number;
  endNs: number;
}

/** Distances after a fill at which the mid is looked at again. */
export const MARKOUT_MS: readonly number[] = [1_000, 10_000, 60_000];

/** The account at one moment, in the quote asset. */
export interface EquityPoint {
  readonly atNs: number;
  /** Profit since the start, after fees and funding. */
  readonly equity: number;
  /** Value of the open positions at the mid, signs ignored. */
  readonly exposure: number;
  /** Mid of the first instrument; NaN = there was none yet. */
  readonly midTicks: number;
}

/** One decision of a strategy, for telling two runs apart: an order asked for, cancelled or replaced, or a signal. */
export interface Decision {
  readonly atNs: number;
  readonly text: string;
}

/** Everything of one run. */
export interface RunLog {
  readonly fills: readonly LoggedFill[];
  readonly orders: readonly LoggedOrder[];
  readonly equity: readonly EquityPoint[];
  readonly decisions: readonly Decision[];
  readonly signalCount: number;
  /** Received funding, in the quote asset; negative = paid. */
  readonly funding: number;
  /** Realised and open profit at the end before fees and funding, in the quote asset. */
  readonly gross: number;
  /** Mid at the end by instrument index; NaN = there never was one. */
  readonly markTicks: readonly number[];
}
