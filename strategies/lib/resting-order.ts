import { ORDER_TYPE, TIME_IN_FORCE } from 'shrike/strategy';
import type { OrderReportView, StrategyContext } from 'shrike/strategy';

/**
 * One order that rests on one side of one instrument, or none. While the fate of one is open no other is sent, so what may
 * be filled is never more than one order. Makes no objects after its own.
 */
export class RestingOrder {
  /** Price and lots of the order in the market; 0 = there is none. */
  priceTicks: number;
  qtyLots: number;
  private readonly instrumentIndex: number;
  private readonly side: number;
  private orderId: number;
  private isCancelling: boolean;

  /** @param side SIDE */
  constructor(instrumentIndex: number, side: number) {
    this.instrumentIndex = instrumentIndex;
    this.side = side;
    this.priceTicks = 0;
    this.qtyLots = 0;
    this.orderId = 0;
    this.isCancelling = false;
  }

  /** Whether an order is in the market or on its way. */
  get isOpen(): boolean {
    return this.orderId !== 0;
  }

  /** Sends a post-only order; false when one is open or it could not be sent. */
  post(context: StrategyContext, priceTicks: number, qtyLots: number): boolean {
    return this.send(context, ORDER_TYPE.limitMaker, TIME_IN_FORCE.gtc, priceTicks, qtyLots);
  }

  /** Sends one that takes what is there and rests no more; false as for `post`. */
  take(context: StrategyContext, priceTicks: number, qtyLots: number): boolean {
    return this.send(context, ORDER_TYPE.limit, TIME_IN_FORCE.ioc, priceTicks, qtyLots);
  }

  /** Asks once to cancel it; what finds no room is asked for again by the next call. */
  cancel(context: StrategyContext): void {
    if (this.orderId === 0 || this.isCancelling) return;
    this.isCancelling = context.cancel(this.orderId);
  }

  /** Takes a report in; whether it was of this order. */
  onReport(report: OrderReportView): boolean {
    if (report.orderId !== this.orderId) return false;
    if (report.isTerminal) {
      this.orderId = 0;
      this.priceTicks = 0;
      this.qtyLots = 0;
      this.isCancelling = false;
    } else if (report.state === report.previousState) {
      // A cancel that was lost on the way left the order as it is: it may be asked for again.
      this.isCancelling = false;
    }
    return true;
  }

  private send(
    context: StrategyContext,
    orderType: number,
    timeInForce: number,
    priceTicks: number,
    qtyLots: number,
  ): boolean {
    if (this.orderId !== 0) return false;
    const { instrumentIndex, side } = this;
    const orderId = context.submit(instrumentIndex, side, orderType, timeInForce, priceTicks, qtyLots);
    if (orderId <= 0) return false;
    this.orderId = orderId;
    this.priceTicks = priceTicks;
    this.qtyLots = qtyLots;
    return true;
  }
}
