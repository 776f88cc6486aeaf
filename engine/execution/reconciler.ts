// hot path: no allocation after start
import { INSTRUMENTS_MAX } from '../core/limits.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import type { ExecutionTradingState } from '../risk/trading-state.ts';
import { EXECUTION_COUNTER } from './counters.ts';
import type { FillLedger } from './fill-ledger.ts';
import type { OrderKeeper } from './order-keeper.ts';
import { isOpenState } from './order-table.ts';
import { SEND } from './venue-port.ts';
import type { VenueGateway } from './venue-port.ts';

/** Queries one turn may send, so that a reconciliation never holds up a cancel. */
const QUERIES_PER_TURN = 4;

const IDLE = 0;
const TO_SEND = 1;
const AWAITED = 2;

/** Times of reconciliation. */
export interface ReconcilerOptions {
  /** The instruments whose orders are compared. */
  readonly instrumentIndexes: readonly number[];
  /** How long an answer is awaited before the question is asked again. */
  readonly answerTimeoutNs: number;
  /** Distance between reconciliations while all is well; 0 = only at start, reconnect and command. */
  readonly intervalNs: number;
}

/**
 * Compares own orders and fills with the venue: open orders and missed fills per instrument, and every order that has
 * not ended by its client id. New orders wait for the end of it; cancels never do. One thread.
 */
export class Reconciler {
  private readonly keeper: OrderKeeper;
  private readonly fills: FillLedger;
  private readonly trading: ExecutionTradingState;
  private readonly gateway: VenueGateway;
  private readonly counters: CounterBlock;
  private readonly options: ReconcilerOptions;
  private readonly indexes: number[];
  private readonly openOrdersQuery: Int32Array;
  private readonly fillsQuery: Int32Array;
  private readonly openOrdersDeadlineNs: Float64Array;
  private readonly fillsDeadlineNs: Float64Array;
  /** Last trade id known when the question was sent: what a complete answer confirms. */
  private readonly fillsAskedAt: Float64Array;
  /** The same as the exchange time of the last trade, ms. */
  private readonly fillsAskedAtMs: Float64Array;
  private isActive: boolean;
  private isWanted: boolean;
  private isFillsWanted: boolean;
  private nextTimerNs: number;

  constructor(
    keeper: OrderKeeper,
    fills: FillLedger,
    trading: ExecutionTradingState,
    gateway: VenueGateway,
    counters: CounterBlock,
    options: ReconcilerOptions,
  ) {
    this.keeper = keeper;
    this.fills = fills;
    this.trading = trading;
    this.gateway = gateway;
    this.counters = counters;
    this.options = options;
    const places = INSTRUMENTS_MAX;
    this.indexes = [...options.instrumentIndexes];
    this.openOrdersQuery = new Int32Array(places);
    this.fillsQuery = new Int32Array(places);
    this.openOrdersDeadlineNs = new Float64Array(places);
    this.fillsDeadlineNs = new Float64Array(places);
    this.fillsAskedAt = new Float64Array(places);
    this.fillsAskedAtMs = new Float64Array(places);
    this.isActive = false;
    this.isWanted = true;
    this.isFillsWanted = false;
    this.nextTimerNs = 0;
  }

  /** Orders of this instrument are compared too from now on. */
  addInstrument(instrumentIndex: number): void {
    if (this.indexes.includes(instrumentIndex)) return;
    this.indexes.push(instrumentIndex);
    this.openOrdersQuery[instrumentIndex] = TO_SEND;
    this.wantFills(instrumentIndex);
  }

  /** Nothing may be taken for granted any more: compare again before new orders leave. */
  require(): void {
    this.trading.setReconciled(false);
    this.isWanted = true;
    this.isActive = false;
  }

  /** Asks for the fills of an instrument: the venue's cumulative size and ours differ, or a fill had no room. */
  wantFills(instrumentIndex: number): void {
    if (this.fillsQuery[instrumentIndex] === IDLE) this.fillsQuery[instrumentIndex] = TO_SEND;
    this.isFillsWanted = true;
  }

  /** A fill could not be taken in: the answer under way confirms nothing, ask again. */
  fillDeferred(instrumentIndex: number): void {
    this.fillsQuery[instrumentIndex] = TO_SEND;
    this.isFillsWanted = true;
  }

  openOrdersAnswered(instrumentIndex: number): void {
    this.openOrdersQuery[instrumentIndex] = IDLE;
  }

  fillsAnswered(instrumentIndex: number): void {
    if (this.fillsQuery[instrumentIndex] !== AWAITED) return;
    this.fillsQuery[instrumentIndex] = IDLE;
    this.fills.noteCompared(instrumentIndex, this.fillsAskedAt[instrumentIndex]);
    this.fills.noteComparedUntil(instrumentIndex, this.fillsAskedAtMs[instrumentIndex]);
  }

  /** Whether a turn would do something. */
  hasWork(): boolean {
    return (this.isWanted || this.isActive || this.isFillsWanted) && this.gateway.isReady();
  }

  /** A bounded turn at the time in [0] of `turnNs`; the number of things done. */
  doWork(turnNs: Float64Array): number {
    if (!this.gateway.isReady()) return 0;
    const nowNs = turnNs[0];
    if (!this.isActive && !this.isWanted && this.timerIsDue(nowNs)) this.wantAll();
    if (this.isWanted) this.begin(nowNs);
    if (!this.isActive && !this.isFillsWanted) return 0;
    const sent = this.sendQueries(nowNs);
    if (this.isActive && this.isComplete()) this.finish(nowNs);
    return sent;
  }

  /** The periodic look at fills and open orders; trading goes on meanwhile. */
  private wantAll(): void {
    const instrumentIndexes = this.indexes;
    for (let place = 0; place < instrumentIndexes.length; place++) {
      const index = instrumentIndexes[place];
      if (this.fillsQuery[index] === IDLE) this.fillsQuery[index] = TO_SEND;
      if (this.openOrdersQuery[index] === IDLE) this.openOrdersQuery[index] = TO_SEND;
    }
    this.isFillsWanted = true;
    this.counters.increment(EXECUTION_COUNTER.reconciliations);
  }

  private timerIsDue(nowNs: number): boolean {
    if (this.options.intervalNs === 0 || nowNs < this.nextTimerNs) return false;
    this.nextTimerNs = nowNs + this.options.intervalNs;
    return true;
  }

  private begin(nowNs: number): void {
    this.isWanted = false;
    this.isActive = true;
    const instrumentIndexes = this.indexes;
    for (let place = 0; place < instrumentIndexes.length; place++) {
      this.openOrdersQuery[instrumentIndexes[place]] = TO_SEND;
      this.fillsQuery[instrumentIndexes[place]] = TO_SEND;
    }
    this.isFillsWanted = true;
    const orders = this.keeper.orders;
    for (let slot = 0; slot < orders.state.length; slot++) {
      const isOpen = isOpenState(orders.state[slot]);
      orders.reconcilePending[slot] = isOpen ? 1 : 0;
      if (!isOpen) continue;
      orders.queryWanted[slot] = 1;
      orders.queryDueNs[slot] = nowNs;
    }
    this.keeper.wakeAt(nowNs);
    this.counters.increment(EXECUTION_COUNTER.reconciliations);
  }

  private sendQueries(nowNs: number): number {
    let sent = 0;
    let isOpen = false;
    const instrumentIndexes = this.indexes;
    const { answerTimeoutNs } = this.options;
    for (let place = 0; place < instrumentIndexes.length; place++) {
      const index = instrumentIndexes[place];
      if (this.fillsQuery[index] === AWAITED && nowNs >= this.fillsDeadlineNs[index])
        this.fillsQuery[index] = TO_SEND;
      if (this.fillsQuery[index] === TO_SEND && sent < QUERIES_PER_TURN) {
        this.fillsAskedAt[index] = this.fills.lastTradeId(index);
        this.fillsAskedAtMs[index] = this.fills.lastTradeMs(index);
        const afterId = this.fills.comparedUpTo(index);
        const sinceMs = this.fills.comparedUntilMs(index);
        if (this.gateway.queryFills(index, afterId, nowNs, sinceMs) !== SEND.sent) return sent;
        this.fillsQuery[index] = AWAITED;
        this.fillsDeadlineNs[index] = nowNs + answerTimeoutNs;
        sent++;
      }
      if (this.openOrdersQuery[index] === AWAITED && nowNs >= this.openOrdersDeadlineNs[index]) {
        this.openOrdersQuery[index] = TO_SEND;
      }
      if (this.openOrdersQuery[index] === TO_SEND && sent < QUERIES_PER_TURN) {
        if (this.gateway.queryOpenOrders(index, nowNs) !== SEND.sent) return sent;
        this.openOrdersQuery[index] = AWAITED;
        this.openOrdersDeadlineNs[index] = nowNs + answerTimeoutNs;
        sent++;
      }
      isOpen ||= this.fillsQuery[index] !== IDLE || this.openOrdersQuery[index] !== IDLE;
    }
    if (!isOpen) this.isFillsWanted = false;
    return sent;
  }

  private isComplete(): boolean {
    const instrumentIndexes = this.indexes;
    for (let place = 0; place < instrumentIndexes.length; place++) {
      const index = instrumentIndexes[place];
      if (this.fillsQuery[index] !== IDLE || this.openOrdersQuery[index] !== IDLE) return false;
    }
    const pending = this.keeper.orders.reconcilePending;
    for (let slot = 0; slot < pending.length; slot++) if (pending[slot] === 1) return false;
    return true;
  }

  private finish(nowNs: number): void {
    this.isActive = false;
    this.nextTimerNs = nowNs + this.options.intervalNs;
    this.trading.setReconciled(true);
  }
}
