// hot path: no allocation after start
import type { OwnOrders } from './own-orders.ts';
import type { SharedBookReader } from '../book/shared-book.ts';
import type { Fill, FundingUpdated, OrderUpdate, TradeTick } from '../messages/codecs.ts';
import type { BiasSource } from './bias-source.ts';
import type { PositionFields } from './position-source.ts';
import type {
  BiasView,
  BookView,
  FillView,
  FundingView,
  HealthView,
  OrderReportView,
  PositionView,
  TradeView,
} from './strategy-api.ts';

/** The book view over a reader's copy. The reader belongs to this view alone. */
export class BookSnapshot implements BookView {
  instrumentIndex: number;
  isConflated: boolean;
  private readonly reader: SharedBookReader;

  constructor(reader: SharedBookReader) {
    this.reader = reader;
    this.instrumentIndex = 0;
    this.isConflated = false;
  }

  /** Copies the instrument's book; false while it is hidden or cannot be read. */
  load(instrumentIndex: number): boolean {
    this.instrumentIndex = instrumentIndex;
    this.isConflated = false;
    return this.reader.read(instrumentIndex);
  }

  get updateId(): number {
    return this.reader.updateId;
  }

  get bidTicks(): number {
    return this.reader.bidTicksAt(0);
  }

  get bidLots(): number {
    return this.reader.bidLotsAt(0);
  }

  get askTicks(): number {
    return this.reader.askTicksAt(0);
  }

  get askLots(): number {
    return this.reader.askLotsAt(0);
  }

  get imbalance(): number {
    return this.reader.imbalance;
  }

  get microPriceTicks(): number {
    return this.reader.microPriceTicks;
  }

  get spreadTicks(): number {
    return this.hasBothSides() ? this.reader.askTicksAt(0) - this.reader.bidTicksAt(0) : 0;
  }

  get midTicks(): number {
    return this.hasBothSides() ? (this.reader.askTicksAt(0) + this.reader.bidTicksAt(0)) / 2 : 0;
  }

  get exchangeTsMs(): number {
    return this.reader.exchangeTsMs;
  }

  get recvNs(): number {
    return this.reader.recvNs;
  }

  get decodedNs(): number {
    return this.reader.decodedNs;
  }

  get bookedNs(): number {
    return this.reader.bookedNs;
  }

  get bookTakenNs(): number {
    return this.reader.bookTakenNs;
  }

  get bidCount(): number {
    return this.reader.bidCount;
  }

  get askCount(): number {
    return this.reader.askCount;
  }

  bidTicksAt(level: number): number {
    return this.reader.bidTicksAt(level);
  }

  bidLotsAt(level: number): number {
    return this.reader.bidLotsAt(level);
  }

  askTicksAt(level: number): number {
    return this.reader.askTicksAt(level);
  }

  askLotsAt(level: number): number {
    return this.reader.askLotsAt(level);
  }

  private hasBothSides(): boolean {
    return this.reader.bidCount > 0 && this.reader.askCount > 0;
  }
}

/** A reused TradeView over a copy in an array: a double stored in a field would be a new object per trade. */
export class TradeSnapshot implements TradeView {
  instrumentIndex = 0;
  side = 0;
  private readonly copy: Float64Array = new Float64Array(5);

  /** Copies a record. */
  load(trade: TradeTick): void {
    this.instrumentIndex = trade.instrumentIndex;
    this.side = trade.side;
    this.copy[0] = trade.priceTicks;
    this.copy[1] = trade.qtyLots;
    this.copy[2] = trade.tradeId;
    this.copy[3] = trade.exchangeTsMs;
    this.copy[4] = trade.recvNs;
  }

  get priceTicks(): number {
    return this.copy[0];
  }

  get qtyLots(): number {
    return this.copy[1];
  }

  get tradeId(): number {
    return this.copy[2];
  }

  get exchangeTsMs(): number {
    return this.copy[3];
  }

  get recvNs(): number {
    return this.copy[4];
  }
}

/** A reused OrderReportView. */
export class ReportSnapshot implements OrderReportView {
  orderId = 0;
  instrumentIndex = 0;
  state = 0;
  previousState = 0;
  reason = 0;
  venueCode = 0;
  side = 0;
  priceTicks = 0;
  qtyLots = 0;
  cumQtyLots = 0;
  isTerminal = false;

  /** Copies a record. */
  load(update: OrderUpdate, isTerminal: boolean): void {
    this.orderId = update.intentSeq;
    this.instrumentIndex = update.instrumentIndex;
    this.state = update.state;
    this.previousState = update.previousState;
    this.reason = update.reason;
    this.venueCode = update.venueCode;
    this.side = update.side;
    this.priceTicks = update.priceTicks;
    this.qtyLots = update.qtyLots;
    this.cumQtyLots = update.cumQtyLots;
    this.isTerminal = isTerminal;
  }

  /** An open order as it stands: what a strategy is told after a restart. */
  loadOpen(orders: OwnOrders, slot: number): void {
    this.orderId = orders.intentSeq[slot];
    this.instrumentIndex = orders.instrumentIndex[slot];
    this.state = orders.state[slot];
    this.previousState = orders.state[slot];
    this.reason = 0;
    this.venueCode = 0;
    this.side = orders.side[slot];
    this.priceTicks = orders.priceTicks[slot];
    this.qtyLots = orders.qtyLots[slot];
    this.cumQtyLots = orders.cumQtyLots[slot];
    this.isTerminal = false;
  }
}

/** A reused FillView. */
export class FillSnapshot implements FillView {
  orderId = 0;
  instrumentIndex = 0;
  side = 0;
  priceTicks = 0;
  qtyLots = 0;
  cumQtyLots = 0;
  feeCash = 0;
  isMaker = false;

  /** Copies a record. */
  load(fill: Fill): void {
    this.orderId = fill.intentSeq;
    this.instrumentIndex = fill.instrumentIndex;
    this.side = fill.side;
    this.priceTicks = fill.priceTicks;
    this.qtyLots = fill.qtyLots;
    this.cumQtyLots = fill.cumQtyLots;
    this.feeCash = fill.feeCash;
    this.isMaker = fill.isMaker === 1;
  }
}

/** A reused PositionView. */
export class PositionSnapshot implements PositionView {
  netLots = 0;
  averageTicks = 0;
  realisedCash = 0;
  feesCash = 0;

  /** Copies the position a source read last, and the lots it does not have yet. */
  load(source: PositionFields, lotsAhead: number): void {
    const held = source.netLots;
    this.netLots = held + lotsAhead;
    this.averageTicks = this.netLots === 0 || held === 0 ? 0 : source.costCash / held;
    this.realisedCash = source.realisedCash;
    this.feesCash = source.feesCash;
  }
}

/** A reused BiasView. */
export class BiasSnapshot implements BiasView {
  value = 0;
  version = 0;
  validUntilNs = 0;
  supportTicks: number = NaN;
  resistanceTicks: number = NaN;
  pocTicks: number = NaN;
  keyLevelTicks: number = NaN;

  /** Copies the frame a source read last. */
  load(source: BiasSource): void {
    this.value = source.value;
    this.version = source.version;
    this.validUntilNs = source.validUntilNs;
    this.supportTicks = source.supportTicks;
    this.resistanceTicks = source.resistanceTicks;
    this.pocTicks = source.pocTicks;
    this.keyLevelTicks = source.keyLevelTicks;
  }
}

/** A reused HealthView. */
export class HealthSnapshot implements HealthView {
  instrumentIndex = 0;
  isBookValid = false;
  reason = 0;
}

/** The view of a changed funding. */
export class FundingSnapshot implements FundingView {
  instrumentIndex: number;
  /** Rate, next time, interval: a number with a fraction in a field would be a new object each time. */
  private readonly values: Float64Array = new Float64Array(3);

  constructor() {
    this.instrumentIndex = 0;
  }

  load(funding: FundingUpdated): void {
    this.instrumentIndex = funding.instrumentIndex;
    this.values[0] = funding.fundingRateE8 / 1e8;
    this.values[1] = funding.nextFundingMs;
    this.values[2] = funding.intervalMs;
  }

  get rate(): number {
    return this.values[0];
  }

  get nextFundingMs(): number {
    return this.values[1];
  }

  get intervalMs(): number {
    return this.values[2];
  }
}
