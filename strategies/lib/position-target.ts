import { ORDER_TYPE, SIDE, TIME_IN_FORCE } from 'shrike/strategy';
import type { Instrument, OrderReportView, StrategyContext } from 'shrike/strategy';
import { OrderSize } from './order-size.ts';

/** How a position target turns into orders. */
export interface PositionTargetConfig {
  /** Value of a full position, in quote-asset money. */
  readonly notional: number;
  /** Ticks beyond the touch an order may pay. */
  readonly slippageTicks: number;
  readonly allowShort: boolean;
}

/**
 * Moves one instrument's position to a target (long, flat, short) by marketable IOC limit orders, one at a time: while
 * an order's fate is open, nothing else is sent. What an IOC order did not get is asked for again on the next call.
 */
export class PositionTarget {
  private readonly instrument: Instrument;
  private readonly config: PositionTargetConfig;
  private readonly fullSize: OrderSize;
  private pendingOrderId: number;

  constructor(instrument: Instrument, config: PositionTargetConfig) {
    this.instrument = instrument;
    this.config = config;
    this.fullSize = new OrderSize(instrument, config.notional);
    this.pendingOrderId = 0;
  }

  /** Whether an order is on its way. */
  get isPending(): boolean {
    return this.pendingOrderId !== 0;
  }

  /** Takes in a report of one of the strategy's orders. */
  onReport(report: OrderReportView): void {
    if (report.instrumentIndex !== this.instrument.index) return;
    if (report.isTerminal) {
      if (report.orderId === this.pendingOrderId) this.pendingOrderId = 0;
    } else if (this.pendingOrderId === 0) {
      // An order of before a restart: nothing new until it has ended.
      this.pendingOrderId = report.orderId;
    }
  }

  /** Moves towards `direction` (1 long, 0 flat, -1 short); the order's id, 0 when none is needed or possible now. */
  moveTo(context: StrategyContext, direction: number): number {
    if (this.isPending) return 0;
    const book = context.book(this.instrument.index);
    if (book === null || book.bidTicks <= 0 || book.askTicks <= 0) return 0;
    const wanted = direction < 0 && !this.config.allowShort ? 0 : direction;
    const targetLots = wanted * this.fullSize.lotsAt(book.midTicks);
    const deltaLots = targetLots - context.position(this.instrument.index).netLots;
    const qtyLots = Math.min(Math.abs(deltaLots), this.instrument.maxQtyLots);
    const isBuy = deltaLots > 0;
    const slippage = isBuy ? this.config.slippageTicks : -this.config.slippageTicks;
    const priceTicks = (isBuy ? book.askTicks : book.bidTicks) + slippage;
    if (qtyLots < this.instrument.minQtyLots || qtyLots === 0 || priceTicks <= 0) return 0;
    if (qtyLots * priceTicks < this.instrument.minNotionalCash) return 0;
    const orderId = context.submit(
      this.instrument.index,
      isBuy ? SIDE.buy : SIDE.sell,
      ORDER_TYPE.limit,
      TIME_IN_FORCE.ioc,
      priceTicks,
      qtyLots,
    );
    if (orderId <= 0) return 0;
    this.pendingOrderId = orderId;
    return orderId;
  }
}
