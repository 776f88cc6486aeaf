import type { FillOwner } from './fill-owners.ts';
import type { RunStrategy } from './run-strategies.ts';
import type { InstrumentUnits } from './units.ts';
import type { JournaledVenueId } from './venue-id-bindings.ts';

/** An instrument as one run knew it. */
export interface RunInstrument extends InstrumentUnits {
  readonly venue: string;
  readonly symbol: string;
  readonly accountId: string;
  /** `venue:symbol@account`: what names it in every run, whatever its index was. */
  readonly key: string;
}

/** A venue trade of ours as journaled, its instrument resolved. */
export interface JournaledTrade {
  readonly instrument: RunInstrument;
  readonly fillSeq: number;
  readonly intentSeq: number;
  readonly venueOrderId: JournaledVenueId;
  readonly venueTradeId: JournaledVenueId;
  /** Venue time, ms; 0 = not known. */
  readonly exchangeTsMs: number;
  readonly side: number;
}

/** One fill as journaled. */
export interface JournaledFill extends JournaledTrade {
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly feeCash: number;
  readonly owner: FillOwner;
}

/** What one fill adds to its order. */
export type FilledLots = Pick<JournaledFill, 'intentSeq' | 'instrument' | 'qtyLots'>;

/** Everything the logs say about one order. */
export interface JournaledOrder {
  readonly intentSeq: number;
  instrument: RunInstrument;
  clientId: string;
  replacedIntentSeq: number;
  venueOrderId: JournaledVenueId;
  strategyIndex: number;
  /** What its run called the strategy; null = the run names none, or the order is of none. */
  strategy: RunStrategy | null;
  side: number;
  orderType: number;
  timeInForce: number;
  flags: number;
  priceTicks: number;
  qtyLots: number;
  /** Sum of distinct fills. */
  filledLots: number;
  /** Largest cumulative size a report named. */
  reportedLots: number;
  /** Last ORDER_STATE reported; initialized when there is only the intent. A terminal one stays. */
  lastState: number;
  intentEpochUs: number;
  /** Wall clock of the last record on it, microseconds. */
  lastEpochUs: number;
}

/** A position as the risk actor said it was after a fill: a cross-check of what recovery computes. */
export interface JournaledPosition {
  readonly fillSeq: number;
  readonly netLots: number;
  readonly costCash: number;
  readonly realisedCash: number;
  readonly instrument: RunInstrument;
}
