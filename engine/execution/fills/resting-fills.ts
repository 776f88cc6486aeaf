// hot path: no allocation after start
import { SIDE } from '../../messages/enums.ts';
import { aheadAfterChange, QUEUE_MODEL } from './queue-model.ts';
import type { QueueModel } from './queue-model.ts';
import type { RestingOrders } from './resting-orders.ts';

/** Takes a fill of a resting order in; false when it could not: then it did not happen. */
export type OnRestingFill = (slot: number, priceTicks: number, qtyLots: number) => boolean;

/**
 * Fills resting orders from what the market prints. Own orders are not in the recorded market, so a print that reaches
 * one is taken to have met it before whoever stood behind. However many own orders it meets, one print fills no more
 * than its own lots. Best price first, then the oldest. One thread.
 */
export class RestingFills {
  private readonly orders: RestingOrders;
  private readonly model: QueueModel;
  private readonly onFill: OnRestingFill;

  constructor(orders: RestingOrders, model: QueueModel, onFill: OnRestingFill) {
    this.orders = orders;
    this.model = model;
    this.onFill = onFill;
  }

  /**
   * A public trade. A seller's print meets the bids: an order at a better price was traded through and fills as far as
   * the print reaches; one at the print's price fills by what is left of the print behind the lots ahead of it.
   */
  onTrade(instrumentIndex: number, aggressor: number, priceTicks: number, qtyLots: number): void {
    const side = aggressor === SIDE.buy ? SIDE.sell : SIDE.buy;
    const sign = side === SIDE.buy ? 1 : -1;
    const { orders } = this;
    let leftLots = qtyLots;
    let slot = orders.best(instrumentIndex, side);
    while (slot >= 0) {
      const after = orders.next[slot];
      const distance = (orders.priceTicks[slot] - priceTicks) * sign;
      if (distance < 0) return;
      const reachLots = distance > 0 ? leftLots : this.reachAtPrice(slot, leftLots);
      if (distance === 0) orders.tradedLots[slot] += qtyLots;
      const fillLots = Math.min(orders.leavesLots[slot], Math.floor(reachLots));
      if (fillLots > 0 && this.fill(slot, fillLots)) leftLots -= fillLots;
      slot = after;
    }
  }

  /** The market shows another size at a price. `isKnown` false: nothing is known of this price. */
  onLevel(
    instrumentIndex: number,
    side: number,
    priceTicks: number,
    qtyLots: number,
    isKnown: boolean,
  ): void {
    const sign = side === SIDE.buy ? 1 : -1;
    const { orders } = this;
    for (let slot = orders.best(instrumentIndex, side); slot >= 0; slot = orders.next[slot]) {
      const distance = (orders.priceTicks[slot] - priceTicks) * sign;
      if (distance < 0) return;
      if (distance === 0 && isKnown) this.moveQueue(slot, qtyLots);
    }
  }

  /** Fills a resting order by lots that the opposite side shows at its price or better. */
  fillCrossed(slot: number, qtyLots: number): boolean {
    return this.fill(slot, Math.min(this.orders.leavesLots[slot], qtyLots));
  }

  /** How many lots of a print at the order's price come through to it; moves the queue ahead. */
  private reachAtPrice(slot: number, printLots: number): number {
    const { orders, model } = this;
    if (model.kind === QUEUE_MODEL.through) return 0;
    if (model.kind === QUEUE_MODEL.at) return printLots;
    const ahead = orders.aheadLots[slot];
    if (Number.isNaN(ahead)) return 0;
    orders.aheadLots[slot] = Math.max(0, ahead - printLots);
    return printLots - ahead;
  }

  private moveQueue(slot: number, qtyLots: number): void {
    const { orders } = this;
    const ahead = orders.aheadLots[slot];
    orders.aheadLots[slot] = Number.isNaN(ahead)
      ? qtyLots
      : aheadAfterChange(this.model, ahead, orders.levelLots[slot], qtyLots, orders.tradedLots[slot]);
    orders.levelLots[slot] = qtyLots;
    orders.tradedLots[slot] = 0;
  }

  private fill(slot: number, qtyLots: number): boolean {
    const { orders } = this;
    if (qtyLots <= 0 || !this.onFill(slot, orders.priceTicks[slot], qtyLots)) return false;
    orders.leavesLots[slot] -= qtyLots;
    return true;
  }
}
