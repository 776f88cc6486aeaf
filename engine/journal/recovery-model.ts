import {
  FILL,
  Fill,
  INSTRUMENT_RECORD,
  InstrumentRecord,
  JOURNAL_START,
  JournalStart,
  ORDER_INTENT,
  ORDER_UPDATE,
  OrderIntent,
  OrderUpdate,
  POSITION_UPDATED,
  PositionUpdated,
  RISK_STATE,
  RiskState,
  STRATEGY_RECORD,
  StrategyRecord,
  VENUE_ID_BOUND,
  VenueIdBound,
} from '../messages/codecs.ts';
import { ORDER_STATE, PAYOFF } from '../messages/enums.ts';
import { messageNameOf } from '../messages/describe.ts';
import { presentRecord, presentVersion, readabilityOf } from '../messages/record-upgrade.ts';
import type { PresentRecord } from '../messages/record-upgrade.ts';
import { instrumentKey } from '../core/instrument.ts';
import { isTerminalState } from '../execution/order-table.ts';
import { JournalError, NEWER_ENGINE_HINT } from './journal-error.ts';
import type {
  FilledLots,
  JournaledFill,
  JournaledOrder,
  JournaledPosition,
  JournaledTrade,
  RunInstrument,
} from './journaled-facts.ts';
import { ownerOf } from './fill-owners.ts';
import type { LogName } from './segment-files.ts';
import type { ScannedRecord } from './segment-scan.ts';
import { NumberRanges } from './number-ranges.ts';
import { readRiskState } from './risk-state-record.ts';
import type { JournaledRiskState } from './risk-state-record.ts';
import type { FoldedPosition, FoldedShare } from './position-fold.ts';
import { UNNAMED_STRATEGY } from './run-strategies.ts';
import type { RunStrategy } from './run-strategies.ts';
import { areSameUnits, rescaleLots } from './units.ts';
import { VenueIdBindings } from './venue-id-bindings.ts';
import type { JournaledVenueId } from './venue-id-bindings.ts';

/** A run while a log is walked. Instruments of older formats do not name their venue and account. */
export interface WalkedRun {
  readonly venue: string;
  readonly accountId: string;
  readonly accounts: Set<string>;
  readonly byIndex: Map<number, RunInstrument>;
  /** By index; empty in older formats. */
  readonly strategies: Map<number, RunStrategy>;
}

/** Records before any start of a run belong to none. */
const NO_RUN: WalkedRun = {
  venue: '',
  accountId: '',
  accounts: new Set(),
  byIndex: new Map(),
  strategies: new Map(),
};

const UNDERSTOOD: ReadonlySet<number> = new Set([
  FILL,
  INSTRUMENT_RECORD,
  JOURNAL_START,
  ORDER_INTENT,
  ORDER_UPDATE,
  POSITION_UPDATED,
  RISK_STATE,
  STRATEGY_RECORD,
  VENUE_ID_BOUND,
]);

/** Collects what recovery needs while the logs are walked. At start, main thread. */
export class RecoveryModel {
  /** The accounts of each run, as each log names them. */
  readonly accountsByRun: Set<string>[] = [];
  readonly runs: Set<number> = new Set();
  /** Trades a checkpoint stands for: they are in its positions already. By fill number. */
  settledTrades: readonly JournaledTrade[] = [];
  /** Positions of those trades, by the instrument's key. */
  readonly settledPositions: Map<string, FoldedPosition> = new Map();
  /** What each strategy has of them. */
  settledShares: readonly FoldedShare[] = [];
  /** Those of the trades whose orders have no record before the checkpoint. */
  settledLots: readonly FilledLots[] = [];
  /** Orders that ended so long ago that nothing more is kept of them: what comes late about one is passed over. */
  closedOrders: NumberRanges = new NumberRanges();
  readonly fills: JournaledFill[] = [];
  readonly orders: Map<number, JournaledOrder> = new Map();
  readonly positions: Map<string, JournaledPosition> = new Map();
  /** The newest meaning of each instrument, by its key. */
  readonly instruments: Map<string, RunInstrument> = new Map();
  highestIntentSeq = 0;
  highestFillSeq = 0;
  duplicateFills = 0;
  /** The newest; null = none was ever written. */
  riskState: JournaledRiskState | null = null;
  /** Repeated records that a checkpoint stands for. */
  settledRepeats = 0;
  private readonly seenFillSeqs: Set<number> = new Set();
  private readonly seenTrades: Set<string> = new Set();
  /** The run being walked, per log. */
  readonly runOf: Map<LogName, WalkedRun> = new Map();
  /** Only the journal's own log has records with ids of the venue. */
  readonly venueIds: VenueIdBindings = new VenueIdBindings();
  private readonly bound: VenueIdBound = new VenueIdBound();
  private readonly start: JournalStart = new JournalStart();
  private readonly instrument: InstrumentRecord = new InstrumentRecord();
  private readonly strategy: StrategyRecord = new StrategyRecord();
  private readonly fill: Fill = new Fill();
  private readonly update: OrderUpdate = new OrderUpdate();
  private readonly intent: OrderIntent = new OrderIntent();
  private readonly position: PositionUpdated = new PositionUpdated();
  private readonly risk: RiskState = new RiskState();

  /**
   * Takes one record in; records that say nothing about orders and positions are passed over. Older versions are read
   * as what they said then. @throws JournalError JOURNAL_VERSION for a record of a newer engine
   */
  take(record: ScannedRecord): void {
    requireReadable(record);
    if (record.isRepeat || !UNDERSTOOD.has(record.type)) return;
    const { type, version, log, payloadAt, byteLength } = record;
    const present = presentRecord(type, version, log, payloadAt, byteLength);
    if (present === null)
      throw new JournalError('JOURNAL_CORRUPT', `${place(record)}: ${byteLength} bytes are no whole record`);
    switch (type) {
      case JOURNAL_START:
        return this.takeStart(record, present);
      case INSTRUMENT_RECORD:
        return this.takeInstrument(record, present);
      case STRATEGY_RECORD:
        return this.takeStrategy(record, present);
      case FILL:
        return this.takeFill(record, present);
      case ORDER_UPDATE:
        return this.takeUpdate(record, present);
      case POSITION_UPDATED:
        return this.takePosition(record, present);
      case RISK_STATE:
        this.riskState = readRiskState(this.risk.wrap(present.view, present.byteOffset));
        return;
      case VENUE_ID_BOUND: {
        const { key, text } = this.bound.wrap(present.view, present.byteOffset);
        return this.venueIds.bind(key, text);
      }
      default:
        return this.takeIntent(record, present);
    }
  }

  private takeStart(record: ScannedRecord, from: PresentRecord): void {
    const start = this.start.wrap(from.view, from.byteOffset);
    const { venue, accountId } = start;
    const accounts = new Set([accountId]);
    this.accountsByRun.push(accounts);
    this.runs.add(start.epochUs);
    this.runOf.set(record.segment.log, {
      venue,
      accountId,
      accounts,
      byIndex: new Map(),
      strategies: new Map(),
    });
    if (record.segment.log === 'journal') this.venueIds.startRun(start.epochUs);
  }

  private takeInstrument(record: ScannedRecord, from: PresentRecord): void {
    const text = this.instrument.wrap(from.view, from.byteOffset);
    const { symbol, tickUnits, lotUnits, priceDecimals, qtyDecimals } = text;
    const { contractUnits, contractDecimals, settleDecimals, payoff, instrumentIndex } = text;
    const run = this.runOf.get(record.segment.log) ?? NO_RUN;
    const venue = text.venue === '' ? run.venue : text.venue;
    const accountId = text.accountId === '' ? run.accountId : text.accountId;
    run.accounts.add(accountId);
    const instrument: RunInstrument = {
      venue,
      symbol,
      accountId,
      key: instrumentKey(venue, symbol, accountId),
      tickUnits,
      lotUnits,
      priceDecimals,
      qtyDecimals,
      // Not said before version 2: everything was spot.
      contractUnits: contractUnits === 0 ? 1 : contractUnits,
      contractDecimals,
      settleDecimals,
      payoff: payoff === PAYOFF.inverse ? 'inverse' : 'linear',
    };
    run.byIndex.set(instrumentIndex, instrument);
    this.instruments.set(instrument.key, instrument);
  }

  private takeStrategy(record: ScannedRecord, from: PresentRecord): void {
    const { strategyIndex: index, name, paramsCrc } = this.strategy.wrap(from.view, from.byteOffset);
    this.runOf.get(record.segment.log)?.strategies.set(index, { index, name, paramsCrc });
  }

  private takeFill(record: ScannedRecord, from: PresentRecord): void {
    const fill = this.fill.wrap(from.view, from.byteOffset);
    const instrument = this.meaningOf(record, fill.instrumentIndex);
    const { fillSeq, intentSeq, side, priceTicks, qtyLots, feeCash, exchangeTsMs } = fill;
    const venueOrderId = this.idOf(record, fill.venueOrderId);
    const venueTradeId = this.idOf(record, fill.venueTradeId);
    this.highestIntentSeq = Math.max(this.highestIntentSeq, intentSeq);
    this.highestFillSeq = Math.max(this.highestFillSeq, fillSeq);
    const trade = { instrument, fillSeq, intentSeq, venueOrderId, venueTradeId, side, exchangeTsMs };
    if (this.isSeen(trade)) {
      this.duplicateFills += 1;
      return;
    }
    this.see(trade);
    const strategies = this.runOf.get(record.segment.log)?.strategies ?? NO_RUN.strategies;
    const owner = ownerOf(fill.strategyIndex, strategies);
    this.fills.push({ ...trade, priceTicks, qtyLots, feeCash, owner });
  }

  private isSeen(trade: JournaledTrade): boolean {
    if (this.seenFillSeqs.has(trade.fillSeq)) return true;
    return trade.venueTradeId !== 0 && this.seenTrades.has(keyOfTrade(trade));
  }

  /** From now on the trade is a repetition. */
  see(trade: JournaledTrade): void {
    this.seenFillSeqs.add(trade.fillSeq);
    this.seenTrades.add(keyOfTrade(trade));
  }

  private takeUpdate(record: ScannedRecord, from: PresentRecord): void {
    const update = this.update.wrap(from.view, from.byteOffset);
    if (update.intentSeq === 0) return;
    const order = this.orderOf(record, update.intentSeq, update.instrumentIndex);
    if (order === null) return;
    order.strategyIndex = update.strategyIndex;
    order.strategy = this.strategyOf(record, update.strategyIndex);
    order.side = update.side;
    order.orderType = update.orderType;
    order.timeInForce = update.timeInForce;
    order.flags = update.flags;
    order.priceTicks = update.priceTicks;
    order.qtyLots = update.qtyLots;
    if (update.venueOrderId !== 0) order.venueOrderId = this.idOf(record, update.venueOrderId);
    order.reportedLots = Math.max(order.reportedLots, update.cumQtyLots);
    if (!isTerminalState(order.lastState)) order.lastState = update.state;
  }

  private takeIntent(record: ScannedRecord, from: PresentRecord): void {
    const intent = this.intent.wrap(from.view, from.byteOffset);
    const isNew = !this.orders.has(intent.intentSeq);
    const order = this.orderOf(record, intent.intentSeq, intent.instrumentIndex);
    if (order === null) return;
    order.clientId = intent.clientId;
    order.replacedIntentSeq = intent.replacedIntentSeq;
    order.intentEpochUs = intent.epochUs;
    if (!isNew) return;
    order.strategyIndex = intent.strategyIndex;
    order.strategy = this.strategyOf(record, intent.strategyIndex);
    order.side = intent.side;
    order.orderType = intent.orderType;
    order.timeInForce = intent.timeInForce;
    order.flags = intent.flags;
    order.priceTicks = intent.priceTicks;
    order.qtyLots = intent.qtyLots;
  }

  private takePosition(record: ScannedRecord, from: PresentRecord): void {
    const position = this.position.wrap(from.view, from.byteOffset);
    const instrument = this.meaningOf(record, position.instrumentIndex);
    const { fillSeq, netLots, costCash, realisedCash } = position;
    this.positions.set(instrument.key, { fillSeq, netLots, costCash, realisedCash, instrument });
  }

  /** null = the order was closed long ago. */
  private orderOf(record: ScannedRecord, intentSeq: number, instrumentIndex: number): JournaledOrder | null {
    const instrument = this.meaningOf(record, instrumentIndex);
    const lastEpochUs = record.header.startEpochUs + record.monoNs / 1000;
    this.highestIntentSeq = Math.max(this.highestIntentSeq, intentSeq);
    if (this.closedOrders.has(intentSeq)) return null;
    const known = this.orders.get(intentSeq);
    if (known !== undefined) {
      known.lastEpochUs = Math.max(known.lastEpochUs, lastEpochUs);
      // The terms are those of the reports: an intent says nothing of the units they are in.
      if (record.segment.log === 'journal') changeUnits(known, instrument);
      return known;
    }
    const order: JournaledOrder = {
      intentSeq,
      instrument,
      clientId: '',
      replacedIntentSeq: 0,
      venueOrderId: 0,
      strategyIndex: -1,
      strategy: null,
      side: 0,
      orderType: 0,
      timeInForce: 0,
      flags: 0,
      priceTicks: 0,
      qtyLots: 0,
      filledLots: 0,
      reportedLots: 0,
      lastState: ORDER_STATE.initialized,
      intentEpochUs: 0,
      lastEpochUs,
    };
    this.orders.set(intentSeq, order);
    return order;
  }

  private idOf(record: ScannedRecord, key: number): JournaledVenueId {
    const id = this.venueIds.idOf(key);
    if (id === undefined)
      throw new JournalError(
        'JOURNAL_CORRUPT',
        `${place(record)}: venue id ${key} has no meaning in this run`,
      );
    return id;
  }

  private strategyOf(record: ScannedRecord, index: number): RunStrategy | null {
    const strategies = this.runOf.get(record.segment.log)?.strategies;
    if (index < 0 || strategies === undefined || strategies.size === 0) return null;
    return strategies.get(index) ?? UNNAMED_STRATEGY;
  }

  private meaningOf(record: ScannedRecord, instrumentIndex: number): RunInstrument {
    const instrument = this.runOf.get(record.segment.log)?.byIndex.get(instrumentIndex);
    if (instrument === undefined)
      throw new JournalError(
        'JOURNAL_CORRUPT',
        `${place(record)}: instrument ${instrumentIndex} has no meaning in this run`,
      );
    return instrument;
  }
}

/** What is filled so far was counted in the units of the order's records so far. */
function changeUnits(order: JournaledOrder, to: RunInstrument): void {
  const from = order.instrument;
  order.instrument = to;
  if (order.filledLots === 0 || areSameUnits(from, to)) return;
  order.filledLots = rescaleLots(order.filledLots, from, to, `order ${order.intentSeq}`);
}

/** No id has a line break, so no two trades are written alike. */
function keyOfTrade({ instrument, venueTradeId, venueOrderId, intentSeq }: JournaledTrade): string {
  return `${instrument.key}\n${venueTradeId}\n${venueOrderId}\n${intentSeq}`;
}

/** A newer engine may have said something here that changes what one owns: nothing is guessed, nothing is touched. */
function requireReadable(record: ScannedRecord): void {
  const { type, version } = record;
  const readability = readabilityOf(type, version);
  if (readability === 'readable') return;
  const name = messageNameOf(type);
  const what =
    name === undefined
      ? `a record of the unknown type ${type}`
      : `${name} is written with message version ${version}, this engine reads ${presentVersion(type)}`;
  const hint = readability === 'newer' ? NEWER_ENGINE_HINT : 'no released engine wrote that';
  throw new JournalError('JOURNAL_VERSION', `${place(record)}: ${what}; ${hint}`);
}

function place(record: ScannedRecord): string {
  return `${record.segment.file}:${record.offset}`;
}
