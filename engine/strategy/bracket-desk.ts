// hot path: no allocation after start
import type { CounterBlock } from '../ipc/counters.ts';
import { ORDER_TYPE, SIDE, TIME_IN_FORCE } from '../messages/enums.ts';
import { BRACKET_END, BRACKET_STATE, BRACKETS_MAX } from './bracket-table.ts';
import type { BracketTable } from './bracket-table.ts';
import { STRATEGY_COUNTER } from './counters.ts';
import type { OrderDesk } from './order-desk.ts';
import { NO_ORDER } from './own-orders.ts';
import type { BracketPlan, BracketView, FillView, OrderReportView } from './strategy-api.ts';
import { SUBMIT_REFUSED } from './strategy-api.ts';
import type { Turn } from './turn.ts';

/** Time between two attempts to close a position that could not be closed at once. */
const RETRY_NS = 50e6;
/** How long a request of a thread that was replaced may be on its way to execution, which may be restarting as well. */
const SETTLE_NS = 10e9;
const NO_SLOT = -1;

/** A bracket as its strategy sees it: the slot it stands on. */
export class BracketSnapshot implements BracketView {
  slot = 0;
  private readonly table: BracketTable;

  constructor(table: BracketTable) {
    this.table = table;
  }

  get bracketId(): number {
    return this.table.id[this.slot];
  }

  get instrumentIndex(): number {
    return this.table.instrumentIndex[this.slot];
  }

  get side(): number {
    return this.table.side[this.slot];
  }

  get state(): number {
    return this.table.state[this.slot];
  }

  get end(): number {
    return this.table.end[this.slot];
  }

  get stopTicks(): number {
    return this.table.stopTicks[this.slot];
  }

  get targetTicks(): number {
    return this.table.targetTicks[this.slot];
  }

  get filledLots(): number {
    return this.table.filledLots[this.slot];
  }

  get openLots(): number {
    return this.table.openLots(this.slot);
  }

  get profitCash(): number {
    return 0 - this.table.costCash[this.slot];
  }

  get feesCash(): number {
    return this.table.feesCash[this.slot];
  }
}

/**
 * Brackets: an entry, and what closes the position it makes: a resting target, a stop and a time stop that are watched
 * here. Stops are not orders of the venue: they work while this actor gets books. A position whose strategy is switched
 * off goes on being watched. One thread.
 */
export class BracketDesk {
  private readonly table: BracketTable;
  private readonly desk: OrderDesk;
  private readonly turn: Turn;
  private readonly counters: CounterBlock;
  private readonly onEnded: (strategyIndex: number, slot: number) => void;
  private activeCount: number;
  /** The bracket whose strategy is being told that it ended: it can be changed no more. */
  private endingSlot: number;
  /** monoNs when orders that nothing was heard of have ended; Infinity = there are none. */
  private readonly settleNs: Float64Array = new Float64Array(1).fill(Infinity);

  /** @param onEnded called with the strategy and the slot, which is free when it returns */
  constructor(
    table: BracketTable,
    desk: OrderDesk,
    turn: Turn,
    counters: CounterBlock,
    onEnded: (strategyIndex: number, slot: number) => void,
  ) {
    this.table = table;
    this.desk = desk;
    this.turn = turn;
    this.counters = counters;
    this.onEnded = onEnded;
    this.activeCount = 0;
    this.endingSlot = NO_SLOT;
    for (let slot = 0; slot < BRACKETS_MAX; slot++) {
      if (table.state[slot] !== BRACKET_STATE.free) this.activeCount++;
    }
  }

  get isIdle(): boolean {
    return this.activeCount === 0;
  }

  /** Opens a bracket; its id, which is that of its entry order, or a SUBMIT_REFUSED code. */
  open(strategyIndex: number, instrumentIndex: number, plan: BracketPlan): number {
    const { table } = this;
    const slot = table.freeSlot();
    if (slot < 0) {
      this.counters.increment(STRATEGY_COUNTER.bracketsFull);
      return SUBMIT_REFUSED.backPressured;
    }
    if (!isSound(plan)) {
      this.counters.increment(STRATEGY_COUNTER.requestsBad);
      return SUBMIT_REFUSED.badArgument;
    }
    // Before its entry is sent: a thread that dies in between must not leave an order without a bracket.
    this.enter(slot, this.desk.nextOrderId(), strategyIndex, instrumentIndex, plan);
    const orderId = this.desk.submit(
      strategyIndex,
      instrumentIndex,
      plan.side,
      plan.isMarketable ? ORDER_TYPE.limit : ORDER_TYPE.limitMaker,
      plan.isMarketable ? TIME_IN_FORCE.ioc : TIME_IN_FORCE.gtc,
      plan.entryTicks,
      plan.qtyLots,
    );
    if (orderId <= 0) {
      table.state[slot] = BRACKET_STATE.free;
      return orderId;
    }
    this.activeCount++;
    this.counters.increment(STRATEGY_COUNTER.bracketsOpened);
    return orderId;
  }

  private enter(
    slot: number,
    orderId: number,
    strategyIndex: number,
    instrumentIndex: number,
    plan: BracketPlan,
  ): void {
    const { table, turn } = this;
    table.id[slot] = orderId;
    table.entryOrderId[slot] = orderId;
    table.targetOrderId[slot] = 0;
    table.exitOrderId[slot] = 0;
    table.stopTicks[slot] = plan.stopTicks;
    table.hardStopTicks[slot] = plan.hardStopTicks ?? plan.stopTicks;
    table.targetTicks[slot] = plan.targetTicks;
    table.slippageTicks[slot] = plan.slippageTicks;
    table.filledLots[slot] = 0;
    table.closedLots[slot] = 0;
    table.costCash[slot] = 0;
    table.feesCash[slot] = 0;
    table.entryExpiresNs[slot] = plan.entryExpiresNs;
    table.timeStopNs[slot] = plan.timeStopNs;
    table.deadlineNs[slot] = Infinity;
    table.nextTryNs[slot] = turn.nowNs;
    table.strategyIndex[slot] = strategyIndex;
    table.instrumentIndex[slot] = instrumentIndex;
    table.side[slot] = plan.side;
    table.end[slot] = BRACKET_END.none;
    table.isHeld[slot] = 0;
    table.state[slot] = BRACKET_STATE.entering;
  }

  /** Whether an order belongs to a bracket. */
  owns(orderId: number): boolean {
    return this.activeCount > 0 && this.table.slotOfOrder(orderId) >= 0;
  }

  /** The slot of a strategy's bracket; -1 when it has ended. */
  slotOf(strategyIndex: number, id: number): number {
    const slot = this.table.slotOf(strategyIndex, id);
    return slot === this.endingSlot ? NO_SLOT : slot;
  }

  /** Brackets a strategy has. */
  countOf(strategyIndex: number): number {
    if (this.activeCount === 0) return 0;
    const { table } = this;
    let count = 0;
    for (let slot = 0; slot < BRACKETS_MAX; slot++) {
      if (table.state[slot] !== BRACKET_STATE.free && table.strategyIndex[slot] === strategyIndex) count++;
    }
    return count;
  }

  /** Ends a bracket at once; false when it is not there. */
  close(slot: number): boolean {
    if (slot < 0) return false;
    this.exit(slot, BRACKET_END.asked);
    return true;
  }

  /** Lets the stop wait for the hard stop, or no more. */
  hold(slot: number, isHeld: boolean): void {
    if (slot >= 0) this.table.isHeld[slot] = isHeld ? 1 : 0;
  }

  /** Moves the stop; false for a bad price. A hard stop that would lie before it moves with it. */
  moveStop(slot: number, stopTicks: number): boolean {
    if (slot < 0 || !Number.isSafeInteger(stopTicks) || stopTicks <= 0) return false;
    const { table } = this;
    const isLong = table.side[slot] === SIDE.buy;
    table.stopTicks[slot] = stopTicks;
    if (isLong === table.hardStopTicks[slot] > stopTicks) table.hardStopTicks[slot] = stopTicks;
    return true;
  }

  /** Forgets a removed strategy's brackets: its position stays as it is. */
  forget(strategyIndex: number): void {
    const { table } = this;
    for (let slot = 0; slot < BRACKETS_MAX; slot++) {
      if (table.state[slot] === BRACKET_STATE.free || table.strategyIndex[slot] !== strategyIndex) continue;
      table.state[slot] = BRACKET_STATE.free;
      this.activeCount--;
    }
  }

  /**
   * A new incarnation of the actor has found the open orders. A bracket's order that is not among them has ended, or is
   * still on its way to execution: its report will tell. What nothing was heard of until SETTLE_NS later has ended.
   */
  settle(): void {
    if (this.hasUnknownOrders()) this.settleNs[0] = this.turn.nowNs + SETTLE_NS;
  }

  private hasUnknownOrders(): boolean {
    const { table } = this;
    for (let slot = 0; slot < BRACKETS_MAX; slot++) {
      if (table.state[slot] === BRACKET_STATE.free) continue;
      const isKnown =
        this.isKnown(table.entryOrderId[slot]) &&
        this.isKnown(table.targetOrderId[slot]) &&
        this.isKnown(table.exitOrderId[slot]);
      if (!isKnown) return true;
    }
    return false;
  }

  private isKnown(orderId: number): boolean {
    return orderId === 0 || this.desk.orders.find(orderId) !== NO_ORDER;
  }

  private endUnknownOrders(): void {
    const { table } = this;
    this.settleNs[0] = Infinity;
    for (let slot = 0; slot < BRACKETS_MAX; slot++) {
      if (table.state[slot] === BRACKET_STATE.free) continue;
      this.endUnknown(slot, table.entryOrderId[slot]);
      this.endUnknown(slot, table.targetOrderId[slot]);
      this.endUnknown(slot, table.exitOrderId[slot]);
    }
  }

  private endUnknown(slot: number, orderId: number): void {
    if (!this.isKnown(orderId)) this.onOrderEnded(slot, orderId);
  }

  /** A fill of any order; before its strategy hears of it. */
  onFill(fill: FillView): void {
    if (this.activeCount === 0) return;
    const { table } = this;
    const slot = table.slotOfOrder(fill.orderId);
    if (slot < 0) return;
    const isEntry = fill.orderId === table.entryOrderId[slot];
    const cash = fill.priceTicks * fill.qtyLots;
    table.costCash[slot] += fill.side === SIDE.buy ? cash : -cash;
    table.feesCash[slot] += fill.feeCash;
    if (!isEntry) {
      table.closedLots[slot] += fill.qtyLots;
      return;
    }
    if (table.filledLots[slot] === 0 && table.timeStopNs[slot] > 0) {
      table.deadlineNs[slot] = this.turn.nowNs + table.timeStopNs[slot];
    }
    table.filledLots[slot] += fill.qtyLots;
  }

  /** A report of any order; before its strategy hears of it. */
  onReport(report: OrderReportView): void {
    if (this.activeCount === 0 || !report.isTerminal) return;
    const slot = this.table.slotOfOrder(report.orderId);
    if (slot >= 0) this.onOrderEnded(slot, report.orderId);
  }

  /** A valid book. */
  onBook(instrumentIndex: number, bidTicks: number, askTicks: number): void {
    if (this.activeCount === 0 || bidTicks <= 0 || askTicks <= 0) return;
    const { table } = this;
    for (let slot = 0; slot < BRACKETS_MAX; slot++) {
      if (table.state[slot] === BRACKET_STATE.free || table.instrumentIndex[slot] !== instrumentIndex)
        continue;
      this.watch(slot, bidTicks, askTicks);
    }
  }

  /** Time passes: entries expire. What needs a price waits for the next book. */
  onTime(): void {
    if (this.activeCount === 0) return;
    const { table } = this;
    const { nowNs } = this.turn;
    if (nowNs >= this.settleNs[0]) this.endUnknownOrders();
    for (let slot = 0; slot < BRACKETS_MAX; slot++) {
      if (table.state[slot] !== BRACKET_STATE.entering || nowNs < table.entryExpiresNs[slot]) continue;
      this.cancelAgain(slot);
    }
  }

  private watch(slot: number, bidTicks: number, askTicks: number): void {
    const { table } = this;
    if (table.state[slot] === BRACKET_STATE.exiting) {
      this.sendExit(slot, bidTicks, askTicks);
      return;
    }
    if (table.openLots(slot) <= 0) return;
    const isLong = table.side[slot] === SIDE.buy;
    // What the position would be closed at.
    const touch = isLong ? bidTicks : askTicks;
    const stop = table.isHeld[slot] === 1 ? table.hardStopTicks[slot] : table.stopTicks[slot];
    const target = table.targetTicks[slot];
    let end: number = BRACKET_END.none;
    if (isLong ? touch <= stop : touch >= stop) end = BRACKET_END.stop;
    else if (this.turn.nowNs >= table.deadlineNs[slot]) end = BRACKET_END.time;
    // With the target resting at the venue the market fills it; without it (the entry still works) it is taken here.
    else if (table.targetOrderId[slot] === 0 && (isLong ? touch >= target : touch <= target)) {
      end = BRACKET_END.target;
    }
    if (end !== BRACKET_END.none) {
      this.exit(slot, end);
      this.sendExit(slot, bidTicks, askTicks);
    } else if (table.state[slot] === BRACKET_STATE.open && table.targetOrderId[slot] === 0) {
      this.restTarget(slot);
    }
  }

  /** Begins to close: no order of the bracket may be left that opens or closes anything beside the exit. */
  private exit(slot: number, end: number): void {
    const { table } = this;
    if (table.state[slot] !== BRACKET_STATE.exiting) {
      table.end[slot] = end;
      table.nextTryNs[slot] = -Infinity;
    }
    table.state[slot] = BRACKET_STATE.exiting;
    this.cancelAgain(slot);
    this.endIfDone(slot);
  }

  private sendExit(slot: number, bidTicks: number, askTicks: number): void {
    const { table } = this;
    const { nowNs } = this.turn;
    if (table.state[slot] !== BRACKET_STATE.exiting || nowNs < table.nextTryNs[slot]) return;
    if (table.entryOrderId[slot] !== 0 || table.targetOrderId[slot] !== 0) {
      this.cancelAgain(slot);
      return;
    }
    if (table.exitOrderId[slot] !== 0) return;
    const lots = table.openLots(slot);
    if (lots <= 0) return;
    const isLong = table.side[slot] === SIDE.buy;
    const price = isLong ? bidTicks - table.slippageTicks[slot] : askTicks + table.slippageTicks[slot];
    const orderId = this.desk.submit(
      table.strategyIndex[slot],
      table.instrumentIndex[slot],
      isLong ? SIDE.sell : SIDE.buy,
      ORDER_TYPE.limit,
      TIME_IN_FORCE.ioc,
      price > 0 ? price : 1,
      lots,
    );
    table.nextTryNs[slot] = nowNs + RETRY_NS;
    if (orderId > 0) table.exitOrderId[slot] = orderId;
    else this.counters.increment(STRATEGY_COUNTER.bracketExitsRetried);
  }

  private restTarget(slot: number): void {
    const { table } = this;
    const { nowNs } = this.turn;
    if (nowNs < table.nextTryNs[slot]) return;
    table.nextTryNs[slot] = nowNs + RETRY_NS;
    const orderId = this.desk.submit(
      table.strategyIndex[slot],
      table.instrumentIndex[slot],
      table.side[slot] === SIDE.buy ? SIDE.sell : SIDE.buy,
      ORDER_TYPE.limit,
      TIME_IN_FORCE.gtc,
      table.targetTicks[slot],
      table.openLots(slot),
    );
    if (orderId > 0) table.targetOrderId[slot] = orderId;
  }

  private onOrderEnded(slot: number, orderId: number): void {
    const { table } = this;
    // What waited for this order goes with the next book.
    if (orderId !== table.exitOrderId[slot]) table.nextTryNs[slot] = -Infinity;
    if (orderId === table.entryOrderId[slot]) {
      table.entryOrderId[slot] = 0;
      if (table.state[slot] === BRACKET_STATE.entering) {
        table.state[slot] = BRACKET_STATE.open;
        if (table.openLots(slot) > 0) this.restTarget(slot);
        else table.end[slot] = BRACKET_END.notFilled;
      }
    } else if (orderId === table.targetOrderId[slot]) {
      table.targetOrderId[slot] = 0;
      if (table.openLots(slot) <= 0 && table.state[slot] === BRACKET_STATE.open)
        table.end[slot] = BRACKET_END.target;
    } else if (orderId === table.exitOrderId[slot]) {
      table.exitOrderId[slot] = 0;
      if (table.openLots(slot) > 0) this.counters.increment(STRATEGY_COUNTER.bracketExitsRetried);
    }
    this.endIfDone(slot);
  }

  private endIfDone(slot: number): void {
    const { table } = this;
    const hasOrders =
      table.entryOrderId[slot] !== 0 || table.targetOrderId[slot] !== 0 || table.exitOrderId[slot] !== 0;
    if (hasOrders || table.openLots(slot) > 0 || table.state[slot] === BRACKET_STATE.free) return;
    this.counters.increment(STRATEGY_COUNTER.bracketsEnded);
    this.endingSlot = slot;
    this.onEnded(table.strategyIndex[slot], slot);
    this.endingSlot = NO_SLOT;
    table.state[slot] = BRACKET_STATE.free;
    this.activeCount--;
  }

  /** Cancels entry and target; again after a while, since a cancel may find no room or be lost. */
  private cancelAgain(slot: number): void {
    const { table } = this;
    const { nowNs } = this.turn;
    const hasOrders = table.entryOrderId[slot] !== 0 || table.targetOrderId[slot] !== 0;
    if (!hasOrders || nowNs < table.nextTryNs[slot]) return;
    table.nextTryNs[slot] = nowNs + RETRY_NS;
    this.cancelOrder(slot, table.entryOrderId[slot]);
    this.cancelOrder(slot, table.targetOrderId[slot]);
  }

  private cancelOrder(slot: number, orderId: number): void {
    if (orderId > 0 && this.desk.orders.find(orderId) !== NO_ORDER) {
      this.desk.cancel(this.table.strategyIndex[slot], orderId);
    }
  }
}

/** Stop and target on the right sides of the entry, whole and positive. */
function isSound(plan: BracketPlan): boolean {
  const { side, entryTicks, stopTicks, targetTicks, slippageTicks, timeStopNs } = plan;
  const hardStopTicks = plan.hardStopTicks ?? stopTicks;
  const direction = side === SIDE.buy ? 1 : -1;
  return (
    (side === SIDE.buy || side === SIDE.sell) &&
    Number.isSafeInteger(stopTicks) &&
    stopTicks > 0 &&
    Number.isSafeInteger(targetTicks) &&
    targetTicks > 0 &&
    Number.isSafeInteger(hardStopTicks) &&
    hardStopTicks > 0 &&
    Number.isSafeInteger(slippageTicks) &&
    slippageTicks >= 0 &&
    timeStopNs >= 0 &&
    !Number.isNaN(plan.entryExpiresNs) &&
    (entryTicks - stopTicks) * direction > 0 &&
    (targetTicks - entryTicks) * direction > 0 &&
    (stopTicks - hardStopTicks) * direction >= 0
  );
}
