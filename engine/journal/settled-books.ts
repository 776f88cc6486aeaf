import { isTerminalState } from '../execution/order-table.ts';
import { JournalError } from './journal-error.ts';
import { PositionFold } from './position-fold.ts';
import type { FilledLots, JournaledOrder, JournaledTrade } from './journaled-facts.ts';
import type { RecoveryModel } from './recovery-model.ts';
import { StrategyShares } from './strategy-shares.ts';
import { areSameUnits, rescaleLots } from './units.ts';

/** What the fills of a model amount to. */
export interface SettledBooks {
  /** By the instrument's key. */
  readonly positions: ReadonlyMap<string, PositionFold>;
  /** The same fills, by whose orders they filled. */
  readonly shares: StrategyShares;
  /** All trades by fill number, those a checkpoint stood for first. */
  readonly trades: readonly JournaledTrade[];
  /** Fills of orders of which nothing else is known yet: the two logs are not cut at the same moment. */
  readonly unmatched: readonly FilledLots[];
}

/** Counts the fills into positions and orders. Once per model, when all records are in it. */
export function settle(model: RecoveryModel): SettledBooks {
  model.fills.sort((a, b) => a.fillSeq - b.fillSeq);
  refuseOlderFills(model);
  const positions = new Map<string, PositionFold>();
  for (const [key, folded] of model.settledPositions) positions.set(key, PositionFold.from(folded));
  const shares = new StrategyShares(model.settledShares);
  for (const fill of model.fills) {
    shares.apply(fill);
    const { key } = fill.instrument;
    let fold = positions.get(key);
    if (fold === undefined) {
      fold = new PositionFold(fill.instrument);
      positions.set(key, fold);
    }
    fold.apply(fill);
  }
  const lots = [...model.settledLots, ...model.fills];
  const unmatched = lots.filter((each) => !countInto(model, each));
  // Accounts number their fills independently of each other.
  const trades = [...model.settledTrades, ...model.fills].sort((a, b) => a.fillSeq - b.fillSeq);
  return { positions, shares, trades, unmatched };
}

/** Counts a fill into its order; false when no record of that order has come yet. */
function countInto(model: RecoveryModel, { intentSeq, instrument, qtyLots }: FilledLots): boolean {
  const order = model.orders.get(intentSeq);
  if (order === undefined) return intentSeq <= 0 || model.closedOrders.has(intentSeq);
  order.filledLots += areSameUnits(instrument, order.instrument)
    ? qtyLots
    : rescaleLots(qtyLots, instrument, order.instrument, `order ${intentSeq}`);
  return true;
}

/** An order is over when a terminal state was reported and all fills that report counts are here, or it is full. */
export function isOver(order: JournaledOrder): boolean {
  if (order.qtyLots > 0 && order.filledLots >= order.qtyLots) return true;
  return isTerminalState(order.lastState) && order.filledLots >= order.reportedLots;
}

/**
 * Fills count in the order of their numbers, which grow within an account, and a checkpoint's positions have counted
 * theirs.
 */
function refuseOlderFills({ fills, settledPositions }: RecoveryModel): void {
  for (const { instrument, fillSeq } of fills) {
    const counted = settledPositions.get(instrument.key)?.lastFillSeq ?? 0;
    if (fillSeq > counted) continue;
    throw new JournalError(
      'JOURNAL_CORRUPT',
      `${instrument.key}: fill ${fillSeq} comes after a checkpoint that has counted fill ${counted}: no engine numbers fills like that`,
    );
  }
}
