// hot path: no allocation after start
import { POLL_LIMIT } from '../core/limits.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import type { RecordHandler, RecordView } from '../ipc/ring.ts';
import { FILL, Fill, ORDER_UPDATE, OrderUpdate } from '../messages/codecs.ts';
import { ORDER_STATE } from '../messages/enums.ts';
import type { BracketDesk } from './bracket-desk.ts';
import { STRATEGY_COUNTER } from './counters.ts';
import type { OrderDesk } from './order-desk.ts';
import { isEnded, NO_ORDER } from './own-orders.ts';
import type { PositionViews } from './position-views.ts';
import type { StrategyDependencies } from './strategy-dependencies.ts';
import type { StrategyRoster } from './strategy-roster.ts';
import type { Turn } from './turn.ts';
import { FillSnapshot, ReportSnapshot } from './views.ts';

/** Takes what risk and execution report, and tells it to the strategy whose order it is. One thread. */
export class StrategyReports {
  private readonly deps: StrategyDependencies;
  private readonly counters: CounterBlock;
  private readonly turn: Turn;
  private readonly desk: OrderDesk;
  private readonly positions: PositionViews;
  private readonly brackets: BracketDesk;
  private readonly roster: StrategyRoster;
  private readonly reportView: ReportSnapshot = new ReportSnapshot();
  private readonly fillView: FillSnapshot = new FillSnapshot();
  private readonly update: OrderUpdate = new OrderUpdate();
  private readonly fill: Fill = new Fill();
  private readonly onRecord: RecordHandler;
  private account: number;

  constructor(
    deps: StrategyDependencies,
    turn: Turn,
    desk: OrderDesk,
    positions: PositionViews,
    brackets: BracketDesk,
    roster: StrategyRoster,
  ) {
    this.deps = deps;
    this.counters = deps.counters;
    this.turn = turn;
    this.desk = desk;
    this.positions = positions;
    this.brackets = brackets;
    this.roster = roster;
    this.onRecord = this.handle.bind(this);
    this.account = 0;
  }

  /** Takes what waits, bounded; returns how many. */
  poll(): number {
    let workCount = this.deps.riskToStrategy.poll(this.onRecord, POLL_LIMIT);
    const { executionsToStrategy } = this.deps;
    for (let account = 0; account < executionsToStrategy.length; account++) {
      this.account = account;
      workCount += executionsToStrategy[account].poll(this.onRecord, POLL_LIMIT);
    }
    return workCount;
  }

  /** Tells a strategy of an order that an earlier incarnation left open. */
  reportAdopted(slot: number): void {
    const orders = this.desk.orders;
    const host = this.roster.find(orders.strategyIndex[slot]);
    if (!orders.isOpen(slot) || host === null || host.isFaulted) return;
    const view = this.reportView;
    view.loadOpen(orders, slot);
    host.callReport(view);
  }

  private handle(type: number, view: RecordView, byteOffset: number): void {
    switch (type) {
      case ORDER_UPDATE:
        this.onOrderUpdate(this.update.wrap(view, byteOffset));
        return;
      case FILL:
        this.onFill(this.fill.wrap(view, byteOffset));
        return;
      default:
        this.counters.increment(STRATEGY_COUNTER.unknownTemplate);
    }
  }

  private onOrderUpdate(update: OrderUpdate): void {
    const strategyIndex = update.strategyIndex;
    this.noteWait(update);
    // Orders of others, and of strategies this run does not host, are risk's and the operator's business.
    if (strategyIndex < 0 || update.intentSeq <= 0) return;
    const slot = this.desk.onUpdate(update);
    const isOfBracket = this.brackets.owns(update.intentSeq);
    const view = this.reportView;
    view.load(update, isEnded(update.state));
    if (isOfBracket) this.brackets.onReport(view);
    const host = this.roster.find(strategyIndex);
    if (host === null || host.isFaulted) {
      // The engine closes the position of a bracket, whatever became of its strategy.
      if (slot !== NO_ORDER && !isOfBracket) this.desk.cancelOrphan(slot, update.reason);
      return;
    }
    this.counters.increment(STRATEGY_COUNTER.reports);
    host.callReport(view);
  }

  /** Only risk denies. */
  private noteWait(update: OrderUpdate): void {
    const waits = this.deps.reportWaits;
    if (waits === undefined) return;
    const isFromRisk = update.state === ORDER_STATE.denied;
    const ring = isFromRisk ? waits.fromRisk : waits.fromExecutions[this.account];
    ring.record(this.turn.nowNs - update.eventNs);
  }

  private onFill(fill: Fill): void {
    const instrumentIndex = fill.instrumentIndex;
    if (!(instrumentIndex >= 0 && instrumentIndex < this.deps.instruments.length)) {
      this.counters.increment(STRATEGY_COUNTER.badInstrument);
      return;
    }
    if (!this.deps.intents.takeFill(fill.fillSeq, this.accountOf(instrumentIndex))) {
      this.counters.increment(STRATEGY_COUNTER.fillsRepeated);
      return;
    }
    this.positions.noteFill(fill);
    const view = this.fillView;
    view.load(fill);
    this.brackets.onFill(view);
    const host = this.roster.find(fill.strategyIndex);
    if (host === null) return;
    this.counters.increment(STRATEGY_COUNTER.fills);
    host.callFill(view);
  }

  private accountOf(instrumentIndex: number): number {
    const { accountOf } = this.deps;
    return accountOf === undefined ? 0 : accountOf[instrumentIndex];
  }
}
