import type { Instrument } from '../../core/instrument.ts';
import { cashUnitValue } from '../../core/instrument.ts';
import { nameOf, ORDER_STATE, ORDER_TYPE, REASON, SIDE, TIME_IN_FORCE } from '../../messages/enums.ts';
import { MARKOUT_MS } from './run-log.ts';
import type { LoggedFill, LoggedOrder } from './run-log.ts';

/** How orders fared. `null` = there was none to say it of. */
export interface FillQuality {
  readonly orders: number;
  readonly fills: number;
  /** Filled lots over ordered lots, of orders that reached the venue. */
  readonly fillRatio: number | null;
  /** Share of the traded value that rested. */
  readonly makerShare: number | null;
  /** Mean time from sending to the first fill, of orders that were sent to rest. */
  readonly timeToFillMs: number | null;
  /** Mean price paid beyond the mid at the time of sending, basis points, weighted by value; positive = cost. */
  readonly shortfallBps: number | null;
  /** Mean move of the mid in the order's direction after a fill, basis points, by distance in ms; negative = picked off. */
  readonly markoutBps: Readonly<Record<string, number | null>>;
  /** Orders that ended without a fill or were never let through, by state and reason. */
  readonly refused: Readonly<Record<string, number>>;
}

/** Sums weighted by traded value. */
class WeightedMean {
  private sum = 0;
  private weight = 0;

  add(value: number, weight: number): void {
    if (Number.isNaN(value)) return;
    this.sum += value * weight;
    this.weight += weight;
  }

  value(): number | null {
    return this.weight === 0 ? null : this.sum / this.weight;
  }
}

/** Makes the figures of a run's orders and fills. */
export function fillQuality(
  orders: readonly LoggedOrder[],
  fills: readonly LoggedFill[],
  instruments: readonly Instrument[],
): FillQuality {
  const byIntent = new Map(orders.map((order) => [order.intentSeq, order]));
  const shortfall = new WeightedMean();
  const markouts = MARKOUT_MS.map(() => new WeightedMean());
  const maker = new WeightedMean();
  for (const fill of fills) {
    const { priceTicks, qtyLots, side, midTicks } = fill;
    const value = priceTicks * qtyLots * cashUnitValue(instruments[fill.instrumentIndex]);
    const sentMid = byIntent.get(fill.intentSeq)?.midTicks ?? NaN;
    const sign = side === SIDE.buy ? 1 : -1;
    shortfall.add((1e4 * sign * (priceTicks - sentMid)) / sentMid, value);
    maker.add(fill.isMaker ? 1 : 0, value);
    fill.markoutTicks.forEach((ticks, place) => markouts[place].add((1e4 * ticks) / midTicks, value));
  }
  const sent = orders.filter(({ state }) => state !== ORDER_STATE.denied && state !== ORDER_STATE.rejected);
  const ordered = sent.reduce((sum, { qtyLots }) => sum + qtyLots, 0);
  const filled = sent.reduce((sum, { cumQtyLots }) => sum + cumQtyLots, 0);
  const waits = sent.filter(isSentToRest).filter(({ firstFillNs }) => !Number.isNaN(firstFillNs));
  const waited = waits.reduce((sum, { firstFillNs, sentNs }) => sum + firstFillNs - sentNs, 0);
  return {
    orders: orders.length,
    fills: fills.length,
    fillRatio: ordered === 0 ? null : filled / ordered,
    makerShare: maker.value(),
    timeToFillMs: waits.length === 0 ? null : waited / waits.length / 1e6,
    shortfallBps: shortfall.value(),
    markoutBps: Object.fromEntries(MARKOUT_MS.map((ms, place) => [String(ms), markouts[place].value()])),
    refused: refusedByReason(orders),
  };
}

function isSentToRest({ orderType, timeInForce }: LoggedOrder): boolean {
  return (
    orderType === ORDER_TYPE.limitMaker ||
    (orderType === ORDER_TYPE.limit && timeInForce === TIME_IN_FORCE.gtc)
  );
}

function refusedByReason(orders: readonly LoggedOrder[]): Record<string, number> {
  const counts: Record<string, number> = {};
  const ends: readonly number[] = [ORDER_STATE.denied, ORDER_STATE.rejected, ORDER_STATE.expired];
  for (const { state, reason, cumQtyLots } of orders) {
    if (!ends.includes(state) || cumQtyLots > 0) continue;
    const name = `${nameOf(ORDER_STATE, state)}: ${nameOf(REASON, reason)}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}
