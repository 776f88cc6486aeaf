// hot path: no allocation after start
import type { ClosedBar } from '../analysis/bars.ts';
import { CommandAnswers } from '../control/command-answers.ts';
import { InvariantViolation } from '../core/assert.ts';
import { INSTRUMENTS_MAX, POLL_LIMIT } from '../core/limits.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import { anyHasWork } from '../ipc/any-work.ts';
import type { RecordHandler, RecordView } from '../ipc/ring.ts';
import {
  BOOK_UPDATED,
  BookUpdated,
  COMMAND as COMMAND_TYPE,
  Command,
  FILL,
  FUNDING_UPDATED,
  Fill,
  FundingUpdated,
  ORDER_UPDATE,
  OrderUpdate,
  TRADE_TICK,
  TradeTick,
} from '../messages/codecs.ts';
import { BOOK_FLAG, COMMAND, COMMAND_REASON, GAP_REASON, ORDER_STATE } from '../messages/enums.ts';
import type { ActorName, TimedActor } from '../runtime/actor.ts';
import { BarService } from './bar-service.ts';
import { STRATEGY_COUNTER } from './counters.ts';
import { FaultDesk } from './fault-desk.ts';
import type { HostedStrategy, StrategyServices } from './hosted-strategy.ts';
import { OrderDesk } from './order-desk.ts';
import { isEnded, NO_ORDER } from './own-orders.ts';
import { OrderFlowBoard } from './order-flow-board.ts';
import { PositionViews } from './position-views.ts';
import { SignalOutbox } from './signal-outbox.ts';
import { SIGNAL_SETTINGS } from './signals/signal-settings.ts';
import type { StrategyDependencies } from './strategy-dependencies.ts';
import { StrategyRoster } from './strategy-roster.ts';
import { Turn } from './turn.ts';
import { BookSnapshot, FillSnapshot, FundingSnapshot, ReportSnapshot, TradeSnapshot } from './views.ts';
import { VenuePricesSnapshot } from './venue-prices-snapshot.ts';

const ALL = -1;

/**
 * Hosts the strategies: shows them books, trades, bars, timers and reports, one at a time, and passes their wishes to
 * risk. A strategy that throws is switched off and its orders are cancelled; the others go on.
 */
export class StrategyActor implements TimedActor {
  readonly name: ActorName;
  readonly turnNs: Float64Array;
  private readonly deps: StrategyDependencies;
  private readonly counters: CounterBlock;
  private readonly turn: Turn = new Turn();
  private readonly desk: OrderDesk;
  private readonly bars: BarService;
  private readonly positions: PositionViews;
  private readonly signals: SignalOutbox;
  private readonly faultDesk: FaultDesk;
  private readonly orderFlow: OrderFlowBoard;
  private readonly roster: StrategyRoster;
  private readonly hosts: readonly HostedStrategy[];
  private readonly book: BookSnapshot;
  private readonly seenVersions: Int32Array;
  private readonly tradeView: TradeSnapshot = new TradeSnapshot();
  private readonly reportView: ReportSnapshot = new ReportSnapshot();
  private readonly fillView: FillSnapshot = new FillSnapshot();
  private readonly bookUpdated: BookUpdated = new BookUpdated();
  private readonly trade: TradeTick = new TradeTick();
  private readonly funding: FundingUpdated = new FundingUpdated();
  private readonly fundingView: FundingSnapshot = new FundingSnapshot();
  private readonly update: OrderUpdate = new OrderUpdate();
  private readonly fill: Fill = new Fill();
  private readonly command: Command = new Command();
  private readonly answers: CommandAnswers;
  private readonly onMarketRecord: RecordHandler;
  private readonly onReportRecord: RecordHandler;
  private readonly onCommandRecord: RecordHandler;
  private reportingAccount: number;
  private isHanging: boolean;

  /** Makes the strategies. @throws what a strategy's factory throws for bad parameters */
  constructor(deps: StrategyDependencies) {
    this.name = deps.name ?? 'strategy';
    const instrumentsMax = deps.instrumentAt === undefined ? deps.instruments.length : INSTRUMENTS_MAX;
    this.deps = deps;
    this.turnNs = this.turn.times;
    this.answers = new CommandAnswers(deps.answers, this.turnNs);
    this.counters = deps.counters;
    this.desk = new OrderDesk(deps, this.turn);
    this.bars = new BarService(instrumentsMax, this.handleBar.bind(this));
    this.positions = new PositionViews(deps.positions, instrumentsMax);
    this.signals = new SignalOutbox(deps);
    this.faultDesk = new FaultDesk(deps, this.turn, this.desk);
    this.book = new BookSnapshot(deps.sharedBook);
    const signalSettings = deps.signalSettings ?? SIGNAL_SETTINGS;
    this.orderFlow = new OrderFlowBoard(instrumentsMax, signalSettings.orderFlow, this.turn, deps.clock);
    this.seenVersions = new Int32Array(INSTRUMENTS_MAX);
    const services: StrategyServices = {
      instruments: deps.instruments,
      turn: this.turn,
      desk: this.desk,
      bars: this.bars,
      positions: this.positions,
      bias: deps.bias,
      lookup: new BookSnapshot(deps.lookupBook),
      prices: new VenuePricesSnapshot(deps.prices, deps.instruments),
      signals: this.signals,
      orderFlow: this.orderFlow,
      signalSettings,
      turnWord: deps.turnWord,
      faults: deps.faults,
      onFault: this.faultDesk.onFault,
      onLateFailure: this.faultDesk.onLateFailure,
    };
    this.roster = new StrategyRoster(deps.strategies, services, deps.loadStrategy ?? null);
    this.hosts = this.roster.hosts;
    this.onMarketRecord = this.handleMarket.bind(this);
    this.onReportRecord = this.handleReport.bind(this);
    this.onCommandRecord = this.handleCommand.bind(this);
    this.reportingAccount = 0;
    this.isHanging = false;
  }

  /** Starts the strategies and reports to each the orders an earlier incarnation left open. */
  onStart(nowNs: number): void {
    this.turn.begin(nowNs);
    const adopted: number[] = [];
    for (const source of this.deps.openOrders) {
      source.forEachOpen((slot) => {
        if (!this.isHere(source.strategyIndex[slot])) return;
        const own = this.desk.adopt(source, slot);
        if (own !== NO_ORDER) adopted.push(own);
      });
    }
    for (const host of this.hosts) host.callStart();
    for (const slot of adopted) this.reportAdopted(slot);
    this.cancelOrphans();
  }

  /** At a time given as a number: for whoever turns this actor by hand. */
  doWork(nowNs: number): number {
    this.turnNs[0] = nowNs;
    return this.takeTurn();
  }

  takeTurn(): number {
    this.turn.carryNothing();
    this.faultDesk.take(this.hosts);
    let workCount = this.deps.commands.poll(this.onCommandRecord, POLL_LIMIT);
    workCount += this.deps.riskToStrategy.poll(this.onReportRecord, POLL_LIMIT);
    const { executionsToStrategy, booksToStrategy } = this.deps;
    for (let account = 0; account < executionsToStrategy.length; account++) {
      this.reportingAccount = account;
      workCount += executionsToStrategy[account].poll(this.onReportRecord, POLL_LIMIT);
    }
    workCount += this.desk.flushCancels();
    workCount += this.signals.flush();
    for (let lane = 0; lane < booksToStrategy.length; lane++) {
      if (this.signals.isEmpty) workCount += booksToStrategy[lane].poll(this.onMarketRecord, POLL_LIMIT);
      else this.counters.increment(STRATEGY_COUNTER.journalHeldBack);
    }
    this.turn.carryNothing();
    for (let index = 0; index < this.hosts.length; index++) {
      const fired = this.hosts[index].fireTimers();
      if (fired === 0) continue;
      this.counters.add(STRATEGY_COUNTER.timers, fired);
      workCount += fired;
    }
    return workCount;
  }

  hasWork(): boolean {
    return (
      this.faultDesk.hasNew ||
      this.deps.commands.hasWork() ||
      this.deps.riskToStrategy.hasWork() ||
      anyHasWork(this.deps.executionsToStrategy) ||
      anyHasWork(this.deps.booksToStrategy) ||
      this.desk.hasWaitingCancels ||
      !this.signals.isEmpty ||
      this.isTimerDue()
    );
  }

  /** Tells the strategies that it ends; what they throw now is recorded and goes no further. */
  onClose(): void {
    this.turn.carryNothing();
    for (const host of this.hosts) host.callStop();
  }

  private isTimerDue(): boolean {
    let nextDueNs = Infinity;
    for (let index = 0; index < this.hosts.length; index++) {
      const dueNs = this.hosts[index].timers.nextDueNs;
      if (dueNs < nextDueNs) nextDueNs = dueNs;
    }
    return nextDueNs !== Infinity && nextDueNs <= this.deps.clock.nowNs();
  }

  private handleMarket(type: number, view: RecordView, byteOffset: number): void {
    switch (type) {
      case BOOK_UPDATED:
        this.onBookUpdated(this.bookUpdated.wrap(view, byteOffset));
        return;
      case TRADE_TICK:
        this.onTrade(this.trade.wrap(view, byteOffset));
        return;
      case FUNDING_UPDATED:
        this.onFunding(this.funding.wrap(view, byteOffset));
        return;
      default:
        this.counters.increment(STRATEGY_COUNTER.unknownTemplate);
    }
  }

  private onBookUpdated(updated: BookUpdated): void {
    const instrumentIndex = updated.instrumentIndex;
    if (!this.isInstrument(instrumentIndex)) return;
    const flags = updated.flags;
    if ((flags & BOOK_FLAG.tradesMissed) !== 0) this.bars.noteGap(instrumentIndex);
    if ((flags & BOOK_FLAG.valid) === 0) {
      this.onBookHidden(instrumentIndex, updated.reason);
      return;
    }
    this.turn.carry(updated.recvNs, updated.decodedNs, updated.bookedNs, updated.bookTakenNs);
    this.bars.onBook(updated);
    this.showBook(instrumentIndex, updated);
  }

  /** Shows the newest book, once: updates that tell of an older state than the strategies have seen are skipped. */
  private showBook(instrumentIndex: number, updated: BookUpdated): void {
    const book = this.book;
    const version = this.deps.sharedBook.version(instrumentIndex);
    if (version === this.seenVersions[instrumentIndex]) {
      this.counters.increment(STRATEGY_COUNTER.booksSuperseded);
      return;
    }
    if (!book.load(instrumentIndex)) {
      this.counters.increment(STRATEGY_COUNTER.booksUnreadable);
      return;
    }
    this.seenVersions[instrumentIndex] = version;
    book.isConflated = (updated.flags & BOOK_FLAG.conflated) !== 0 || book.updateId !== updated.updateId;
    this.turn.carry(book.recvNs, book.decodedNs, book.bookedNs, book.bookTakenNs);
    this.counters.increment(STRATEGY_COUNTER.booksDelivered);
    this.orderFlow.onBook(book);
    for (let index = 0; index < this.hosts.length; index++) this.hosts[index].callBook(book);
  }

  private onBookHidden(instrumentIndex: number, reason: number): void {
    // A crossed book is our own finding about depth; the trades went on arriving.
    if (reason !== GAP_REASON.crossed) this.bars.noteGap(instrumentIndex);
    this.counters.increment(STRATEGY_COUNTER.booksHidden);
    this.orderFlow.onHidden(instrumentIndex);
    this.turn.carryNothing();
    for (let index = 0; index < this.hosts.length; index++) {
      this.hosts[index].callBookHidden(instrumentIndex, reason);
    }
  }

  private onTrade(trade: TradeTick): void {
    const instrumentIndex = trade.instrumentIndex;
    if (!this.isInstrument(instrumentIndex)) return;
    this.counters.increment(STRATEGY_COUNTER.trades);
    this.turn.carry(trade.recvNs, trade.decodedNs, trade.bookedNs, trade.bookTakenNs);
    this.bars.onTrade(trade);
    const view = this.tradeView;
    view.load(trade);
    for (let index = 0; index < this.hosts.length; index++) this.hosts[index].callTrade(view);
  }

  private onFunding(funding: FundingUpdated): void {
    if (!this.isInstrument(funding.instrumentIndex)) return;
    this.counters.increment(STRATEGY_COUNTER.fundings);
    this.turn.carryNothing();
    const view = this.fundingView;
    view.load(funding);
    for (let index = 0; index < this.hosts.length; index++) this.hosts[index].callFunding(view);
  }

  private handleBar(bar: ClosedBar, wantedBy: Uint8Array): void {
    this.counters.increment(STRATEGY_COUNTER.bars);
    if (!bar.isComplete) this.counters.increment(STRATEGY_COUNTER.barsIncomplete);
    for (let index = 0; index < this.hosts.length; index++) {
      if (wantedBy[this.hosts[index].index] !== 0) this.hosts[index].callBar(bar);
    }
  }

  private handleReport(type: number, view: RecordView, byteOffset: number): void {
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
    const host = this.roster.find(strategyIndex);
    if (host === null || host.isFaulted) {
      if (slot !== NO_ORDER) this.desk.cancelOrphan(slot, update.reason);
      return;
    }
    this.counters.increment(STRATEGY_COUNTER.reports);
    const view = this.reportView;
    view.orderId = update.intentSeq;
    view.instrumentIndex = update.instrumentIndex;
    view.state = update.state;
    view.previousState = update.previousState;
    view.reason = update.reason;
    view.venueCode = update.venueCode;
    view.side = update.side;
    view.priceTicks = update.priceTicks;
    view.qtyLots = update.qtyLots;
    view.cumQtyLots = update.cumQtyLots;
    view.isTerminal = isEnded(update.state);
    host.callReport(view);
  }

  /** Only risk denies. */
  private noteWait(update: OrderUpdate): void {
    const waits = this.deps.reportWaits;
    if (waits === undefined) return;
    const isFromRisk = update.state === ORDER_STATE.denied;
    const ring = isFromRisk ? waits.fromRisk : waits.fromExecutions[this.reportingAccount];
    ring.record(this.turn.nowNs - update.eventNs);
  }

  private onFill(fill: Fill): void {
    const instrumentIndex = fill.instrumentIndex;
    if (!this.isInstrument(instrumentIndex)) return;
    if (!this.deps.intents.takeFill(fill.fillSeq, this.accountOf(instrumentIndex))) {
      this.counters.increment(STRATEGY_COUNTER.fillsRepeated);
      return;
    }
    this.positions.noteFill(instrumentIndex, fill.fillSeq, fill.side, fill.qtyLots);
    const host = this.roster.find(fill.strategyIndex);
    if (host === null) return;
    this.counters.increment(STRATEGY_COUNTER.fills);
    const view = this.fillView;
    view.orderId = fill.intentSeq;
    view.instrumentIndex = instrumentIndex;
    view.side = fill.side;
    view.priceTicks = fill.priceTicks;
    view.qtyLots = fill.qtyLots;
    view.cumQtyLots = fill.cumQtyLots;
    view.feeCash = fill.feeCash;
    view.isMaker = fill.isMaker === 1;
    host.callFill(view);
  }

  private handleCommand(type: number, view: RecordView, byteOffset: number): void {
    if (type !== COMMAND_TYPE) {
      this.counters.increment(STRATEGY_COUNTER.unknownTemplate);
      return;
    }
    const command = this.command.wrap(view, byteOffset);
    this.answers.give(command.commandSeq, this.carryOut(command));
  }

  /** Carries a command out; a COMMAND_REASON. */
  private carryOut(command: Command): number {
    switch (command.kind) {
      case COMMAND.addInstrument:
        return this.addInstrument(command.instrumentIndex);
      case COMMAND.updateInstrument:
        return this.updateInstrument(command.instrumentIndex);
      case COMMAND.removeInstrument:
        this.desk.cancelAll(ALL, command.instrumentIndex);
        return COMMAND_REASON.none;
      case COMMAND.pause:
        this.turn.isPaused = true;
        return COMMAND_REASON.none;
      case COMMAND.unpause:
        this.turn.isPaused = false;
        return COMMAND_REASON.none;
      case COMMAND.cancelAll:
        this.desk.cancelAll(ALL, command.instrumentIndex);
        return COMMAND_REASON.none;
      case COMMAND.drain:
        this.turn.isPaused = true;
        this.desk.cancelAll(ALL, ALL);
        return COMMAND_REASON.none;
      case COMMAND.addStrategy:
        return this.addStrategy(command.argument);
      case COMMAND.removeStrategy:
        this.roster.remove(command.argument);
        return COMMAND_REASON.none;
      case COMMAND.throwNow:
        throw new InvariantViolation('drill: the strategy actor was told to throw');
      case COMMAND.hangNow:
        this.hang();
        return COMMAND_REASON.none;
      default:
        return COMMAND_REASON.unknownCommand;
    }
  }

  private addInstrument(instrumentIndex: number): number {
    const { instruments, instrumentAt } = this.deps;
    if (instrumentAt === undefined) return COMMAND_REASON.unknownCommand;
    while (instruments.length <= instrumentIndex) {
      const instrument = instrumentAt(instruments.length);
      instruments.push(instrument);
      for (const host of this.roster.hosts) host.callInstrument(instrument);
    }
    return COMMAND_REASON.none;
  }

  private updateInstrument(instrumentIndex: number): number {
    const { instruments, instrumentAt } = this.deps;
    if (instrumentAt === undefined || !this.isInstrument(instrumentIndex))
      return COMMAND_REASON.unknownCommand;
    const instrument = instrumentAt(instrumentIndex);
    instruments[instrumentIndex] = instrument;
    for (const host of this.roster.hosts) host.callInstrumentChanged(instrument);
    return COMMAND_REASON.none;
  }

  private addStrategy(strategyIndex: number): number {
    const reason = this.roster.add(strategyIndex);
    this.answers.detail = this.roster.problem;
    return reason;
  }

  /** A drill: only the end of the thread ends this. */
  private hang(): void {
    this.isHanging = true;
    while (this.isHanging) this.isHanging = this.name.length > 0;
  }

  /** Orders of an earlier incarnation whose strategy is not here, or has already failed. */
  private cancelOrphans(): void {
    for (let slot = 0; slot < this.desk.orders.intentSeq.length; slot++) {
      if (!this.desk.orders.isOpen(slot)) continue;
      if (this.roster.isGone(this.desk.orders.strategyIndex[slot])) this.desk.cancelOrphan(slot, 0);
    }
  }

  private reportAdopted(slot: number): void {
    const orders = this.desk.orders;
    const host = this.roster.find(orders.strategyIndex[slot]);
    if (!orders.isOpen(slot) || host === null || host.isFaulted) return;
    const view = this.reportView;
    view.loadOpen(orders, slot);
    host.callReport(view);
  }

  /** Whether this actor looks after the orders of that strategy, be it that nobody else is left to do so. */
  private isHere(strategyIndex: number): boolean {
    if (strategyIndex < 0) return false;
    const { strategyHosts, place } = this.deps;
    return strategyHosts === undefined || strategyHosts.actorOf(strategyIndex) === (place ?? 0);
  }

  private accountOf(instrumentIndex: number): number {
    const { accountOf } = this.deps;
    return accountOf === undefined ? 0 : accountOf[instrumentIndex];
  }

  private isInstrument(instrumentIndex: number): boolean {
    if (instrumentIndex >= 0 && instrumentIndex < this.deps.instruments.length) return true;
    this.counters.increment(STRATEGY_COUNTER.badInstrument);
    return false;
  }
}
