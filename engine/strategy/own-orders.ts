// hot path: no allocation after start
import { ORDERS_MAX } from '../core/limits.ts';
import { NO_SLOT, SlotIndex } from '../core/slot-index.ts';
import { ORDER_STATE } from '../messages/enums.ts';

/** No such order. */
export const NO_ORDER: number = NO_SLOT;

/** Whether the actor itself wants an order cancelled: not, as soon as there is room, said already, or said once more. */
export const CANCEL_MARK = { none: 0, waiting: 1, sent: 2, repeated: 3 } as const;

/**
 * Read access to the shared order table, in which a new incarnation of the strategy actor finds the orders of the last
 * one. Columns are indexed by slot; `visit` is called for every order that has not ended.
 */
export interface OpenOrderSource {
  readonly intentSeq: Float64Array;
  readonly priceTicks: Float64Array;
  readonly qtyLots: Float64Array;
  readonly cumQtyLots: Float64Array;
  readonly instrumentIndex: Int32Array;
  readonly strategyIndex: Int32Array;
  readonly side: Int32Array;
  readonly orderType: Int32Array;
  readonly timeInForce: Int32Array;
  readonly state: Int32Array;
  forEachOpen(visit: (slot: number) => void): void;
}

/** Whether an order in this state can change no more. */
export function isEnded(state: number): boolean {
  return state === ORDER_STATE.denied || state >= ORDER_STATE.filled;
}

/**
 * The open orders of all strategies of one actor: what is needed to cancel and replace them and to clean up after a
 * strategy that failed. Bounded by ORDERS_MAX; struct of arrays. One thread.
 */
export class OwnOrders {
  readonly intentSeq: Float64Array = new Float64Array(ORDERS_MAX);
  readonly priceTicks: Float64Array = new Float64Array(ORDERS_MAX);
  readonly qtyLots: Float64Array = new Float64Array(ORDERS_MAX);
  readonly cumQtyLots: Float64Array = new Float64Array(ORDERS_MAX);
  readonly instrumentIndex: Int32Array = new Int32Array(ORDERS_MAX);
  readonly strategyIndex: Int32Array = new Int32Array(ORDERS_MAX);
  readonly side: Int32Array = new Int32Array(ORDERS_MAX);
  readonly orderType: Int32Array = new Int32Array(ORDERS_MAX);
  readonly timeInForce: Int32Array = new Int32Array(ORDERS_MAX);
  readonly state: Int32Array = new Int32Array(ORDERS_MAX);
  /** CANCEL_MARK. */
  readonly cancelMark: Uint8Array = new Uint8Array(ORDERS_MAX);
  private readonly byIntent: SlotIndex = new SlotIndex(ORDERS_MAX);
  private readonly freeSlots: Int32Array = new Int32Array(ORDERS_MAX);
  private freeCount: number;

  constructor() {
    for (let slot = 0; slot < ORDERS_MAX; slot++) this.freeSlots[slot] = ORDERS_MAX - 1 - slot;
    this.freeCount = ORDERS_MAX;
  }

  get isFull(): boolean {
    return this.freeCount === 0;
  }

  /** The slot of an open order, or NO_ORDER. */
  find(intentSeq: number): number {
    return this.byIntent.find(intentSeq, 0);
  }

  /** Takes a slot for a new order, to be filled in by the caller; NO_ORDER when all are taken. */
  add(intentSeq: number): number {
    this.byIntent.key[0] = intentSeq;
    return this.addKey();
  }

  private addKey(): number {
    if (this.freeCount === 0) return NO_ORDER;
    const slot = this.freeSlots[--this.freeCount];
    this.intentSeq[slot] = this.byIntent.key[0];
    this.cancelMark[slot] = CANCEL_MARK.none;
    this.byIntent.setKey(0, slot);
    return slot;
  }

  /** Forgets an order that has ended. */
  remove(slot: number): void {
    this.byIntent.remove(this.intentSeq[slot], 0);
    this.intentSeq[slot] = 0;
    this.freeSlots[this.freeCount++] = slot;
  }

  /** Whether the slot holds an open order. */
  isOpen(slot: number): boolean {
    return this.intentSeq[slot] !== 0;
  }
}
