// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import type { OrderRequest, ReplaceRequest } from '../messages/codecs.ts';
import { ORDER_TYPE, REASON, SIDE } from '../messages/enums.ts';
import {
  canGrow,
  checkExposure,
  checkGrowth,
  checkLatency,
  checkTerms,
  checkTrading,
  checkValue,
  checkVenueBand,
  checkVenueStatus,
  worstBookTicks,
} from './checks.ts';
import { RISK_COUNTER } from './counters.ts';
import type { RiskDependencies } from './risk-dependencies.ts';
import type { TradedInstruments } from './traded-instruments.ts';

/** What the checks read; see RiskDependencies. */
type CheckedState = Pick<
  RiskDependencies,
  'accounts' | 'accountOf' | 'book' | 'prices' | 'positions' | 'reservations' | 'counters' | 'options'
>;

/** All checks of an order request, in their order: the first that fails is the answer. One thread: risk's. */
export class RequestChecks {
  private readonly state: CheckedState;
  private readonly instruments: TradedInstruments;
  private readonly turnNs: Float64Array;

  /** @param turnNs [0] is the time of the turn; a cell, because a number argument would be boxed every turn */
  constructor(state: CheckedState, instruments: TradedInstruments, turnNs: Float64Array) {
    this.state = state;
    this.instruments = instruments;
    this.turnNs = turnNs;
  }

  /** Place of the account that trades an instrument; that of an unknown one is the first. */
  accountOf(instrumentIndex: number): number {
    const { accountOf } = this.state;
    return accountOf === undefined ? 0 : (accountOf[instrumentIndex] ?? 0);
  }

  /** A REASON. One that passes takes a token of the order rate. */
  check(request: OrderRequest | ReplaceRequest, isReplace: boolean): number {
    const { book, options, reservations } = this.state;
    const index = request.instrumentIndex;
    if (!this.instruments.isTraded(index)) return REASON.unknownInstrument;
    const halted = checkTrading(this.state.accounts[this.accountOf(index)]);
    if (halted !== REASON.none) return halted;
    const untaken = checkVenueStatus(request, this.instruments.statuses[index]);
    if (untaken !== REASON.none) return untaken;
    const instrument = this.instruments.list[index];
    const malformed = checkTerms(request, instrument);
    if (malformed !== REASON.none) return malformed;
    const banded = this.bandReason(request);
    if (banded !== REASON.none) return banded;
    const limits = this.instruments.limits[index];
    if (request.qtyLots > limits.maxOrderLots) return REASON.maxOrderQty;
    const isRead = request.orderType === ORDER_TYPE.market ? book.read(index) : book.readTouch(index);
    if (!isRead) return REASON.bookInvalid;
    const value = checkValue(request, instrument, limits, book);
    if (value !== REASON.none) return value;
    const late = checkLatency(request.recvNs, this.turnNs[0], options.latencyBudgetNs);
    if (late !== REASON.none) return late;
    const exposure = this.exposureReason(request, isReplace);
    if (exposure !== REASON.none) return exposure;
    const isInTime = reservations.takeRateToken(options.limits.maxOrdersPerSecond, this.turnNs);
    return isInTime ? REASON.none : REASON.orderRate;
  }

  /** Without a reference price nothing is known of the band; the venue refuses what is outside, which does no harm. */
  private bandReason(request: OrderRequest | ReplaceRequest): number {
    const { instruments } = this;
    const index = request.instrumentIndex;
    const band = instruments.bands[index];
    if (band === null) return REASON.none;
    const { prices, counters } = this.state;
    const referenceUnits = prices.read(index)
      ? prices.bandReference(instruments.bandReferences[index], instruments.unitsPerTick[index])
      : 0;
    if (referenceUnits > 0) return checkVenueBand(request, band, referenceUnits);
    counters.increment(RISK_COUNTER.bandsUnknown);
    return REASON.none;
  }

  /** Old and new order of a replacement may both fill; only their number counts once. */
  private exposureReason(request: OrderRequest | ReplaceRequest, isReplace: boolean): number {
    const index = request.instrumentIndex;
    const { reservations, positions } = this.state;
    invariant(positions.read(index), 'the writer of a position can always read it');
    const isBuy = request.side === SIDE.buy;
    const openLots = isBuy ? reservations.openBuyLots(index) : reservations.openSellLots(index);
    const openCount = reservations.openCount(index) - (isReplace ? 1 : 0);
    const { netLots } = positions;
    if (canGrow(request, netLots, openLots)) {
      const stopped = checkGrowth(this.state.accounts[this.accountOf(index)]);
      if (stopped !== REASON.none) return stopped;
      if (this.state.options.limits.deniesSelfCross && this.crossesOwn(request)) return REASON.selfCross;
    }
    return checkExposure(request, this.instruments.limits[index], netLots, openLots, openCount);
  }

  /**
   * Whether the order could trade with one of ours that rests. Asked only of orders that could let a position grow: an exit
   * is left to what the venue does about such trades. The book is that of the value check.
   */
  private crossesOwn(request: OrderRequest | ReplaceRequest): boolean {
    const { reservations, book } = this.state;
    const { instrumentIndex, side, orderType } = request;
    const isBuy = side === SIDE.buy;
    const ownTicks = reservations.bestRestingTicks(instrumentIndex, isBuy ? SIDE.sell : SIDE.buy);
    if (ownTicks === 0) return false;
    const reachesTicks =
      orderType === ORDER_TYPE.market ? worstBookTicks(book, side, request.qtyLots) : request.priceTicks;
    return isBuy ? reachesTicks >= ownTicks : reachesTicks <= ownTicks;
  }
}
