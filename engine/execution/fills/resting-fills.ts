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
   * @param exchangeTsMs venue time of the trade, ms; 0 = not known
   */
  onTrade(
    instrumentIndex: number,
    aggressor: number,
    priceTicks: number,
    qtyLots: number,
    exchangeTsMs = 0,
  ): void {
    const side = aggressor === SIDE.buy ? SIDE.sell : SIDE.buy;
    const sign = side === SIDE.buy ? 1 : -1;
    const { orders } = this;
    let leftLots = qtyLots;
    let slot = orders.best(instrumentIndex, side);
    while (slot >= 0) {
      const after = orders.next[slot];
      const distance = (orders.priceTicks[slot] - priceTicks) * sign;
      if (distance < 0) return;
      const reachLots = distance > 0 ? leftLots : this.reachAtPrice(slot, leftLots, qtyLots, exchangeTsMs);
      const fillLots = Math.min(orders.leavesLots[slot], Math.floor(reachLots));
      if (fillLots > 0 && this.fill(slot, fillLots)) leftLots -= fillLots;
      slot = after;
    }
  }

  /**
   * The market shows another size at a price.
   * @param isKnown false: nothing is known of this price
   * @param exchangeTsMs venue time of the book that shows it, ms; 0 = not known
   */
  onLevel(
    instrumentIndex: number,
    side: number,
    priceTicks: number,
    qtyLots: number,
    isKnown: boolean,
    exchangeTsMs = 0,
  ): void {
    const sign = side === SIDE.buy ? 1 : -1;
    const { orders } = this;
    for (let slot = orders.best(instrumentIndex, side); slot >= 0; slot = orders.next[slot]) {
      const distance = (orders.priceTicks[slot] - priceTicks) * sign;
      if (distance < 0) return;
      if (distance === 0 && isKnown) this.moveQueue(slot, qtyLots, exchangeTsMs);
    }
  }

  /** Fills a resting order by lots that the opposite side shows at its price or better. */
  fillCrossed(slot: number, qtyLots: number): boolean {
    return this.fill(slot, Math.min(this.orders.leavesLots[slot], qtyLots));
  }

  /**
   * How many lots of a print at the order's price come through to it; moves the queue ahead.
   * @param printLots what own orders before it have left of the print
   * @param tradedLots all of it
   */
  private reachAtPrice(slot: number, printLots: number, tradedLots: number, exchangeTsMs: number): number {
    const { orders, model } = this;
    const lateLots = this.lateLots(slot, printLots, exchangeTsMs);
    if (lateLots < 0) return model.kind === QUEUE_MODEL.at ? printLots : 0;
    const reachedLate = lateLots > 0 ? this.takeLate(slot, lateLots) : 0;
    const newLots = printLots - lateLots;
    orders.tradedLots[slot] += tradedLots - lateLots;
    if (model.kind === QUEUE_MODEL.through) return 0;
    if (model.kind === QUEUE_MODEL.at) return printLots;
    const ahead = orders.aheadLots[slot];
    if (Number.isNaN(ahead)) return 0;
    orders.aheadLots[slot] = Math.max(0, ahead - newLots);
    return Math.max(0, reachedLate) + (lateLots > 0 ? Math.max(0, newLots - ahead) : newLots - ahead);
  }

  /**
   * Lots of a print that the last look at the level has shown already: trades and depth come on streams of their own, and
   * a trade may come after the fall it caused. -1: it was over before the queue was first looked at, which had it in.
   */
  private lateLots(slot: number, printLots: number, exchangeTsMs: number): number {
    const { orders } = this;
    const lookMs = orders.lookMs[slot];
    if (exchangeTsMs === 0 || lookMs === 0 || exchangeTsMs > lookMs) return 0;
    if (Number.isNaN(orders.levelBefore[slot])) return exchangeTsMs < lookMs ? -1 : 0;
    return Math.min(printLots, orders.unexplainedLots[slot]);
  }

  /**
   * A trade explains a fall that was taken for cancels: the queue is counted again from before the fall, so that the lots
   * count once. Returns how many of them came through to the order.
   */
  private takeLate(slot: number, lateLots: number): number {
    const { orders, model } = this;
    const ahead = orders.aheadBefore[slot];
    orders.aheadBefore[slot] = Math.max(0, ahead - lateLots);
    orders.tradedBefore[slot] += lateLots;
    orders.unexplainedLots[slot] -= lateLots;
    const again = aheadAfterChange(
      model,
      orders.aheadBefore[slot],
      orders.levelBefore[slot],
      orders.levelLots[slot],
      orders.tradedBefore[slot],
    );
    orders.aheadLots[slot] = Math.max(0, again - orders.tradedLots[slot]);
    return lateLots - ahead;
  }

  private moveQueue(slot: number, qtyLots: number, exchangeTsMs: number): void {
    const { orders } = this;
    const ahead = orders.aheadLots[slot];
    const levelLots = orders.levelLots[slot];
    const tradedLots = orders.tradedLots[slot];
    orders.aheadLots[slot] = Number.isNaN(ahead)
      ? qtyLots
      : aheadAfterChange(this.model, ahead, levelLots, qtyLots, tradedLots);
    orders.aheadBefore[slot] = ahead;
    orders.levelBefore[slot] = levelLots;
    orders.tradedBefore[slot] = tradedLots;
    orders.unexplainedLots[slot] = Number.isNaN(levelLots)
      ? 0
      : Math.max(0, levelLots - qtyLots - tradedLots);
    orders.levelLots[slot] = qtyLots;
    orders.tradedLots[slot] = 0;
    orders.lookMs[slot] = exchangeTsMs;
  }

  private fill(slot: number, qtyLots: number): boolean {
    const { orders } = this;
    if (qtyLots <= 0 || !this.onFill(slot, orders.priceTicks[slot], qtyLots)) return false;
    orders.leavesLots[slot] -= qtyLots;
    return true;
  }
}
