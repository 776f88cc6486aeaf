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
} from '../messages/codecs.ts';
import { ORDER_STATE } from '../messages/enums.ts';
import { SCHEMA } from '../messages/schema.ts';
import { isTerminalState } from '../execution/order-table.ts';
import { JournalError } from './journal-error.ts';
import type { LogName } from './segment-files.ts';
import type { ScannedRecord } from './segment-scan.ts';
import type { InstrumentUnits } from './units.ts';

/** An instrument as one run knew it. */
export interface RunInstrument extends InstrumentUnits {
  readonly symbol: string;
}

/** One fill as journaled, its instrument resolved. */
export interface JournaledFill {
  readonly instrument: RunInstrument;
  readonly fillSeq: number;
  readonly intentSeq: number;
  readonly venueOrderId: number;
  readonly venueTradeId: number;
  readonly side: number;
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly feeCash: number;
}

/** Everything the logs say about one order. */
export interface JournaledOrder {
  readonly intentSeq: number;
  instrument: RunInstrument;
  clientId: string;
  replacedIntentSeq: number;
  venueOrderId: number;
  strategyIndex: number;
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
}

/** A position as the risk actor said it was after a fill: a cross-check of what recovery computes. */
export interface JournaledPosition {
  readonly fillSeq: number;
  readonly netLots: number;
  readonly costCash: number;
  readonly realisedCash: number;
  readonly instrument: RunInstrument;
}

const VERSIONS: ReadonlyMap<number, number> = new Map(
  Object.values(SCHEMA).map((spec) => [spec.id, spec.version]),
);
const UNDERSTOOD: ReadonlySet<number> = new Set([
  FILL,
  INSTRUMENT_RECORD,
  JOURNAL_START,
  ORDER_INTENT,
  ORDER_UPDATE,
  POSITION_UPDATED,
]);

/** Collects what recovery needs while the logs are walked. At start, main thread. */
export class RecoveryModel {
  readonly accounts: Set<string> = new Set();
  readonly runs: Set<number> = new Set();
  readonly fills: JournaledFill[] = [];
  readonly orders: Map<number, JournaledOrder> = new Map();
  readonly positions: Map<string, JournaledPosition> = new Map();
  /** The newest meaning of each symbol. */
  readonly instruments: Map<string, RunInstrument> = new Map();
  highestIntentSeq = 0;
  highestFillSeq = 0;
  duplicateFills = 0;
  private readonly seenFillSeqs: Set<number> = new Set();
  private readonly seenTrades: Set<string> = new Set();
  private readonly byIndex: Record<LogName, Map<number, RunInstrument>> = {
    journal: new Map(),
    intents: new Map(),
  };
  private readonly start: JournalStart = new JournalStart();
  private readonly instrument: InstrumentRecord = new InstrumentRecord();
  private readonly fill: Fill = new Fill();
  private readonly update: OrderUpdate = new OrderUpdate();
  private readonly intent: OrderIntent = new OrderIntent();
  private readonly position: PositionUpdated = new PositionUpdated();

  /** Takes one record in; records that say nothing about orders and positions are passed over. */
  take(record: ScannedRecord): void {
    if (record.isRepeat || !UNDERSTOOD.has(record.type)) return;
    const version = VERSIONS.get(record.type);
    if (record.version !== version)
      throw new JournalError(
        'JOURNAL_CORRUPT',
        `${place(record)}: written with message version ${record.version}, this engine reads ${version}`,
      );
    switch (record.type) {
      case JOURNAL_START:
        return this.takeStart(record);
      case INSTRUMENT_RECORD:
        return this.takeInstrument(record);
      case FILL:
        return this.takeFill(record);
      case ORDER_UPDATE:
        return this.takeUpdate(record);
      case POSITION_UPDATED:
        return this.takePosition(record);
      default:
        return this.takeIntent(record);
    }
  }

  private takeStart(record: ScannedRecord): void {
    const start = this.start.wrap(record.log, record.payloadAt);
    this.accounts.add(start.accountId);
    this.runs.add(start.epochUs);
    this.byIndex[record.segment.log].clear();
  }

  private takeInstrument(record: ScannedRecord): void {
    const { symbol, tickUnits, lotUnits, priceDecimals, qtyDecimals, instrumentIndex } = this.instrument.wrap(
      record.log,
      record.payloadAt,
    );
    const instrument = { symbol, tickUnits, lotUnits, priceDecimals, qtyDecimals };
    this.byIndex[record.segment.log].set(instrumentIndex, instrument);
    this.instruments.set(symbol, instrument);
  }

  private takeFill(record: ScannedRecord): void {
    const fill = this.fill.wrap(record.log, record.payloadAt);
    const instrument = this.meaningOf(record, fill.instrumentIndex);
    const { fillSeq, intentSeq, venueOrderId, venueTradeId, side, priceTicks, qtyLots, feeCash } = fill;
    this.highestIntentSeq = Math.max(this.highestIntentSeq, intentSeq);
    this.highestFillSeq = Math.max(this.highestFillSeq, fillSeq);
    const trade = `${instrument.symbol}/${venueTradeId}/${venueOrderId}/${intentSeq}`;
    if (this.seenFillSeqs.has(fillSeq) || (venueTradeId !== 0 && this.seenTrades.has(trade))) {
      this.duplicateFills += 1;
      return;
    }
    this.seenFillSeqs.add(fillSeq);
    this.seenTrades.add(trade);
    this.fills.push({
      instrument,
      fillSeq,
      intentSeq,
      venueOrderId,
      venueTradeId,
      side,
      priceTicks,
      qtyLots,
      feeCash,
    });
  }

  private takeUpdate(record: ScannedRecord): void {
    const update = this.update.wrap(record.log, record.payloadAt);
    if (update.intentSeq === 0) return;
    const order = this.orderOf(update.intentSeq, this.meaningOf(record, update.instrumentIndex));
    order.strategyIndex = update.strategyIndex;
    order.side = update.side;
    order.orderType = update.orderType;
    order.timeInForce = update.timeInForce;
    order.flags = update.flags;
    order.priceTicks = update.priceTicks;
    order.qtyLots = update.qtyLots;
    if (update.venueOrderId !== 0) order.venueOrderId = update.venueOrderId;
    order.reportedLots = Math.max(order.reportedLots, update.cumQtyLots);
    if (!isTerminalState(order.lastState)) order.lastState = update.state;
  }

  private takeIntent(record: ScannedRecord): void {
    const intent = this.intent.wrap(record.log, record.payloadAt);
    const isNew = !this.orders.has(intent.intentSeq);
    const order = this.orderOf(intent.intentSeq, this.meaningOf(record, intent.instrumentIndex));
    order.clientId = intent.clientId;
    order.replacedIntentSeq = intent.replacedIntentSeq;
    order.intentEpochUs = intent.epochUs;
    if (!isNew) return;
    order.strategyIndex = intent.strategyIndex;
    order.side = intent.side;
    order.orderType = intent.orderType;
    order.timeInForce = intent.timeInForce;
    order.flags = intent.flags;
    order.priceTicks = intent.priceTicks;
    order.qtyLots = intent.qtyLots;
  }

  private takePosition(record: ScannedRecord): void {
    const position = this.position.wrap(record.log, record.payloadAt);
    const instrument = this.meaningOf(record, position.instrumentIndex);
    const { fillSeq, netLots, costCash, realisedCash } = position;
    this.positions.set(instrument.symbol, { fillSeq, netLots, costCash, realisedCash, instrument });
  }

  private orderOf(intentSeq: number, instrument: RunInstrument): JournaledOrder {
    this.highestIntentSeq = Math.max(this.highestIntentSeq, intentSeq);
    const known = this.orders.get(intentSeq);
    if (known !== undefined) {
      known.instrument = instrument;
      return known;
    }
    const order: JournaledOrder = {
      intentSeq,
      instrument,
      clientId: '',
      replacedIntentSeq: 0,
      venueOrderId: 0,
      strategyIndex: -1,
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
    };
    this.orders.set(intentSeq, order);
    return order;
  }

  private meaningOf(record: ScannedRecord, instrumentIndex: number): RunInstrument {
    const instrument = this.byIndex[record.segment.log].get(instrumentIndex);
    if (instrument === undefined)
      throw new JournalError(
        'JOURNAL_CORRUPT',
        `${place(record)}: instrument ${instrumentIndex} has no meaning in this run`,
      );
    return instrument;
  }
}

function place(record: ScannedRecord): string {
  return `${record.segment.file}:${record.offset}`;
}
