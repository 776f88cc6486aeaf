import type { JournaledRiskState } from './risk-state-record.ts';
import { NOBODYS } from './fill-owners.ts';
import type { FoldedPosition, FoldedShare } from './position-fold.ts';
import { NumberRanges } from './number-ranges.ts';
import { RecoveryModel } from './recovery-model.ts';
import type {
  FilledLots,
  JournaledOrder,
  JournaledPosition,
  JournaledTrade,
  RunInstrument,
} from './journaled-facts.ts';
import type { LogName } from './segment-files.ts';
import type { LogPlace } from './segment-scan.ts';
import type { RunStrategy } from './run-strategies.ts';
import { isOver } from './settled-books.ts';
import type { SettledBooks } from './settled-books.ts';

/** The end of what a checkpoint stands for, in each log; a log without one is not touched. */
export type LogEnds = Readonly<Partial<Record<LogName, LogPlace>>>;

/** The run at the end of a log: what its later records take for granted. */
export interface OpenRun {
  readonly log: LogName;
  readonly venue: string;
  readonly accountId: string;
  readonly accounts: readonly string[];
  readonly instruments: readonly (readonly [index: number, instrument: RunInstrument])[];
  /** Absent in checkpoints of engines that named no strategies. */
  readonly strategies?: readonly RunStrategy[];
}

/**
 * Everything recovery knows from the records up to a place in each log, so that those records may go. Trade keys are all
 * kept, since no venue's ids are known to grow for sure; of orders that ended long ago only the numbers are kept, as ranges.
 */
export interface Checkpoint {
  readonly ends: LogEnds;
  /** The different sets of accounts that had runs together. */
  readonly accountsByRun: readonly (readonly string[])[];
  /** Wall clocks of the runs' starts, microseconds. */
  readonly runs: readonly number[];
  readonly highestIntentSeq: number;
  readonly highestFillSeq: number;
  readonly duplicateFills: number;
  readonly repeatedRecords: number;
  readonly openRuns: readonly OpenRun[];
  readonly venueIdRun: number;
  readonly venueIds: readonly (readonly [key: number, text: string])[];
  readonly instruments: readonly RunInstrument[];
  readonly positions: readonly FoldedPosition[];
  /** What each strategy has of the positions. Absent in checkpoints of engines that did not tell them apart. */
  readonly shares?: readonly FoldedShare[];
  readonly reportedPositions: readonly JournaledPosition[];
  readonly orders: readonly JournaledOrder[];
  readonly closedOrders: NumberRanges['ranges'];
  readonly trades: readonly JournaledTrade[];
  /** Fills of orders whose own records come after the ends. */
  readonly unmatchedFills: readonly FilledLots[];
  /** Absent in checkpoints of engines that did not write it down. */
  readonly riskState?: JournaledRiskState;
}

/**
 * The checkpoint of a model whose records end at `ends`. Equal knowledge gives equal checkpoints, in whatever order it came.
 * @param isClosed of an order that is over: whether its number is all that is kept
 */
export function takeCheckpoint(
  model: RecoveryModel,
  books: SettledBooks,
  ends: LogEnds,
  repeatedRecords: number,
  isClosed: (order: JournaledOrder) => boolean,
): Checkpoint {
  const orders = [...model.orders.values()].sort((a, b) => a.intentSeq - b.intentSeq);
  const closed = new Set(orders.filter((order) => isOver(order) && isClosed(order)));
  return {
    ends,
    accountsByRun: differentSets(model.accountsByRun),
    runs: [...model.runs].sort((a, b) => a - b),
    highestIntentSeq: model.highestIntentSeq,
    highestFillSeq: model.highestFillSeq,
    duplicateFills: model.duplicateFills,
    repeatedRecords: model.settledRepeats + repeatedRecords,
    openRuns: sortedByKey(model.runOf).map(([log, { venue, accountId, accounts, byIndex, strategies }]) => ({
      log,
      venue,
      accountId,
      accounts: [...accounts].sort(),
      instruments: [...byIndex].sort(([a], [b]) => a - b),
      strategies: [...strategies.values()].sort((a, b) => a.index - b.index),
    })),
    venueIdRun: model.venueIds.run,
    venueIds: model.venueIds.entries(),
    instruments: sortedByKey(model.instruments).map(([, instrument]) => instrument),
    positions: sortedByKey(books.positions).map(([, fold]) => fold.folded()),
    shares: books.shares.folded(),
    reportedPositions: sortedByKey(model.positions).map(([, position]) => position),
    orders: orders.filter((order) => !closed.has(order)),
    closedOrders: model.closedOrders.with([...closed].map(({ intentSeq }) => intentSeq)).ranges,
    trades: books.trades.map(tradeOnly),
    unmatchedFills: books.unmatched.map(({ intentSeq, instrument, qtyLots }) => ({
      intentSeq,
      instrument,
      qtyLots,
    })),
    ...(model.riskState === null ? {} : { riskState: model.riskState }),
  };
}

/** What is counted already is not kept again. */
function tradeOnly(trade: JournaledTrade): JournaledTrade {
  const { instrument, fillSeq, intentSeq, venueOrderId, venueTradeId, exchangeTsMs, side } = trade;
  return { instrument, fillSeq, intentSeq, venueOrderId, venueTradeId, exchangeTsMs, side };
}

function differentSets(sets: readonly ReadonlySet<string>[]): string[][] {
  const different = new Map(sets.map((set) => [JSON.stringify([...set].sort()), [...set].sort()]));
  return sortedByKey(different).map(([, accounts]) => accounts);
}

function sortedByKey<Key extends string, Value>(map: ReadonlyMap<Key, Value>): [Key, Value][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A model that has taken in what the checkpoint stands for. */
export function modelFrom(checkpoint: Checkpoint | null): RecoveryModel {
  const model = new RecoveryModel();
  if (checkpoint === null) return model;
  for (const accounts of checkpoint.accountsByRun) model.accountsByRun.push(new Set(accounts));
  for (const run of checkpoint.runs) model.runs.add(run);
  model.highestIntentSeq = checkpoint.highestIntentSeq;
  model.highestFillSeq = checkpoint.highestFillSeq;
  model.duplicateFills = checkpoint.duplicateFills;
  model.settledRepeats = checkpoint.repeatedRecords;
  model.riskState = checkpoint.riskState ?? null;
  for (const { log, venue, accountId, accounts, instruments, strategies = [] } of checkpoint.openRuns) {
    const run = {
      venue,
      accountId,
      accounts: new Set(accounts),
      byIndex: new Map(instruments),
      strategies: new Map(strategies.map((strategy) => [strategy.index, strategy])),
    };
    model.runOf.set(log, run);
    model.accountsByRun.push(run.accounts);
  }
  model.venueIds.startRun(checkpoint.venueIdRun);
  for (const [key, text] of checkpoint.venueIds) model.venueIds.bind(key, text);
  for (const instrument of checkpoint.instruments) model.instruments.set(instrument.key, instrument);
  for (const position of checkpoint.positions) model.settledPositions.set(position.instrument.key, position);
  model.settledShares =
    checkpoint.shares ?? checkpoint.positions.map((position) => ({ owner: NOBODYS, position }));
  for (const position of checkpoint.reportedPositions) model.positions.set(position.instrument.key, position);
  for (const order of checkpoint.orders) {
    // Not said in checkpoints of engines that named no strategies.
    model.orders.set(order.intentSeq, { ...order, strategy: order.strategy ?? null });
  }
  model.closedOrders = new NumberRanges(checkpoint.closedOrders);
  model.settledTrades = checkpoint.trades;
  model.settledLots = checkpoint.unmatchedFills;
  for (const trade of checkpoint.trades) model.see(trade);
  return model;
}
