// hot path: no allocation after start
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
  FUNDING_UPDATED,
  FundingUpdated,
  TRADE_TICK,
  TradeTick,
} from '../messages/codecs.ts';
import { BOOK_FLAG, COMMAND, COMMAND_REASON, GAP_REASON } from '../messages/enums.ts';
import type { ActorName, TimedActor } from '../runtime/actor.ts';
import { BarService } from './bar-service.ts';
import { BiasWatch } from './bias-watch.ts';
import { BracketDesk } from './bracket-desk.ts';
import { BracketTable } from './bracket-table.ts';
import { STRATEGY_COUNTER } from './counters.ts';
import { EquityBook } from './equity-book.ts';
import { FaultDesk } from './fault-desk.ts';
import type { HostedStrategy, StrategyServices } from './hosted-strategy.ts';
import { OrderDesk } from './order-desk.ts';
import { NO_ORDER } from './own-orders.ts';
import { OrderFlowBoard } from './order-flow-board.ts';
import { PositionViews } from './position-views.ts';
import { SignalMail } from './signal-mail.ts';
import { SIGNAL_SETTINGS } from './signals/signal-settings.ts';
import type { StrategyDependencies } from './strategy-dependencies.ts';
import { StrategyLog } from './strategy-log.ts';
import type { ClosedBarView } from './strategy-api.ts';
import { StrategyMemory } from './strategy-memory.ts';
import { StrategyOutbox } from './strategy-outbox.ts';
import { StrategyReports } from './strategy-reports.ts';
import { StrategyRoster } from './strategy-roster.ts';
import { Turn } from './turn.ts';
import { BookSnapshot, FundingSnapshot, HealthSnapshot, TradeSnapshot } from './views.ts';
import { VenuePricesSnapshot } from './venue-prices-snapshot.ts';

const ALL = -1;

/**
 * Hosts the strategies: shows them books, trades, bars, timers and reports, one at a time, and passes their requests to
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
  private readonly outbox: StrategyOutbox;
  private readonly mail: SignalMail = new SignalMail();
  private readonly brackets: BracketDesk;
  private readonly equity: EquityBook;
  private readonly biasWatch: BiasWatch;
  private readonly reports: StrategyReports;
  /** 1 = the strategies know the instrument's book as valid. */
  private readonly isHealthy: Uint8Array = new Uint8Array(INSTRUMENTS_MAX);
  private readonly health: HealthSnapshot = new HealthSnapshot();
  private readonly orderFlow: OrderFlowBoard;
  private readonly roster: StrategyRoster;
  private readonly hosts: readonly HostedStrategy[];
  private readonly book: BookSnapshot;
  private readonly seenVersions: Int32Array;
  private readonly tradeView: TradeSnapshot = new TradeSnapshot();
  private readonly bookUpdated: BookUpdated = new BookUpdated();
  private readonly trade: TradeTick = new TradeTick();
  private readonly command: Command = new Command();
  private readonly answers: CommandAnswers;
  private readonly faultDesk: FaultDesk;
  private readonly funding: FundingUpdated = new FundingUpdated();
  private readonly fundingView: FundingSnapshot = new FundingSnapshot();
  private readonly onMarketRecord: RecordHandler;
  private readonly onCommandRecord: RecordHandler;
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
    this.positions = new PositionViews(deps.positions, deps.strategyPositions, instrumentsMax);
    this.outbox = new StrategyOutbox(deps);
    const log = new StrategyLog(deps.toSupervisor, this.turn);
    this.faultDesk = new FaultDesk(deps, this.turn, this.desk, log);
    this.equity = new EquityBook(deps.positions, deps.instruments, instrumentsMax, deps.startEquity ?? 0);
    this.biasWatch = new BiasWatch(deps.bias, instrumentsMax);
    const bracketTable = deps.brackets ?? BracketTable.unshared();
    this.brackets = new BracketDesk(
      bracketTable,
      this.desk,
      this.turn,
      deps.counters,
      this.handleBracketEnd.bind(this),
    );
    this.book = new BookSnapshot(deps.sharedBook);
    const signalSettings = deps.signalSettings ?? SIGNAL_SETTINGS;
    this.orderFlow = new OrderFlowBoard(instrumentsMax, signalSettings.orderFlow, this.turn, deps.clock);
    this.seenVersions = new Int32Array(INSTRUMENTS_MAX);
    const services: StrategyServices = {
      instruments: deps.instruments,
      instrumentsMax,
      turn: this.turn,
      counters: deps.counters,
      desk: this.desk,
      bars: this.bars,
      positions: this.positions,
      bias: deps.bias,
      lookup: new BookSnapshot(deps.lookupBook),
      outbox: this.outbox,
      mail: this.mail,
      log,
      prices: new VenuePricesSnapshot(deps.prices, deps.instruments),
      equity: this.equity,
      brackets: this.brackets,
      bracketTable,
      intents: deps.intents,
      memory: deps.memory ?? StrategyMemory.unshared(),
      seed: deps.seed ?? 1,
      originMs: deps.clock.epochUs() / 1_000 - deps.clock.nowNs() / 1e6,
      orderFlow: this.orderFlow,
      signalSettings,
      turnWord: deps.turnWord,
      faults: deps.faults,
      onFault: this.faultDesk.onFault,
      onLateFailure: this.faultDesk.onLateFailure,
    };
    this.roster = new StrategyRoster(deps.strategies, services, deps.loadStrategy ?? null);
    this.hosts = this.roster.hosts;
    this.reports = new StrategyReports(
      deps,
      this.turn,
      this.desk,
      this.positions,
      this.brackets,
      this.roster,
    );
    this.onMarketRecord = this.handleMarket.bind(this);
    this.onCommandRecord = this.handleCommand.bind(this);
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
    this.brackets.settle();
    for (const host of this.hosts) host.callStart();
    for (const slot of adopted) this.reports.reportAdopted(slot);
    this.cancelOrphans();
  }

  /** The lengths of the bars that strategies ask for. Allocates: for tools on the actor's thread. */
  barIntervalsMs(): number[] {
    return this.bars.intervalsMs();
  }

  /** The bars by activity that strategies ask for, in words. Allocates: as above. */
  barActivities(): string[] {
    return this.bars.activities();
  }

  /** At a time given as a number: for a caller that turns this actor by hand. */
  doWork(nowNs: number): number {
    this.turnNs[0] = nowNs;
    return this.takeTurn();
  }

  takeTurn(): number {
    this.turn.carryNothing();
    this.faultDesk.take(this.hosts);
    let workCount = this.deps.commands.poll(this.onCommandRecord, POLL_LIMIT);
    workCount += this.reports.poll();
    const { booksToStrategy } = this.deps;
    workCount += this.desk.flushCancels();
    workCount += this.outbox.flush();
    for (let lane = 0; lane < booksToStrategy.length; lane++) {
      if (this.outbox.isEmpty) workCount += booksToStrategy[lane].poll(this.onMarketRecord, POLL_LIMIT);
      else this.counters.increment(STRATEGY_COUNTER.journalHeldBack);
    }
    this.turn.carryNothing();
    this.brackets.onTime();
    workCount += this.tellSignals();
    if (this.biasWatch.isDue(this.turn.nowNs)) workCount += this.tellBiases();
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
      !this.outbox.isEmpty ||
      this.mail.waiting > 0 ||
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
    this.equity.noteTouch(instrumentIndex, book.bidTicks, book.askTicks);
    if (this.isHealthy[instrumentIndex] === 0) this.tellHealth(instrumentIndex, true, GAP_REASON.none);
    for (let index = 0; index < this.hosts.length; index++) this.hosts[index].callBook(book);
    // After the strategies: what they think of this book may hold a stop or move it.
    this.brackets.onBook(instrumentIndex, book.bidTicks, book.askTicks);
  }

  private onBookHidden(instrumentIndex: number, reason: number): void {
    // A crossed book is our own finding about depth; the trades went on arriving.
    if (reason !== GAP_REASON.crossed) this.bars.noteGap(instrumentIndex);
    this.counters.increment(STRATEGY_COUNTER.booksHidden);
    this.orderFlow.onHidden(instrumentIndex);
    this.equity.noteTouch(instrumentIndex, 0, 0);
    this.turn.carryNothing();
    for (let index = 0; index < this.hosts.length; index++) {
      this.hosts[index].callBookHidden(instrumentIndex, reason);
    }
    this.tellHealth(instrumentIndex, false, reason);
  }

  private tellHealth(instrumentIndex: number, isBookValid: boolean, reason: number): void {
    const { health } = this;
    this.isHealthy[instrumentIndex] = isBookValid ? 1 : 0;
    health.instrumentIndex = instrumentIndex;
    health.isBookValid = isBookValid;
    health.reason = reason;
    for (let index = 0; index < this.hosts.length; index++) this.hosts[index].callHealth(health);
  }

  /** Those that wait now: a signal made by hearing of one is told in the next turn. */
  private tellSignals(): number {
    const waiting = this.mail.waiting;
    for (let count = 0; count < waiting; count++) {
      const signal = this.mail.take();
      for (let index = 0; index < this.hosts.length; index++) {
        if (this.hosts[index].index !== signal.strategyIndex) this.hosts[index].callSignal(signal);
      }
    }
    return waiting;
  }

  private tellBiases(): number {
    const { biasWatch } = this;
    const { nowNs } = this.turn;
    biasWatch.begin(nowNs);
    let isWanted = false;
    for (let index = 0; index < this.hosts.length; index++) if (this.hosts[index].wantsBias) isWanted = true;
    if (!isWanted) return 0;
    let told = 0;
    for (let instrument = 0; instrument < this.deps.instruments.length; instrument++) {
      if (!biasWatch.hasChanged(instrument, nowNs)) continue;
      told++;
      for (let index = 0; index < this.hosts.length; index++) this.hosts[index].callBias(instrument);
    }
    return told;
  }

  private handleBracketEnd(strategyIndex: number, slot: number): void {
    this.roster.find(strategyIndex)?.callBracket(slot);
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

  private handleBar(bar: ClosedBarView, wantedBy: Uint8Array): void {
    this.counters.increment(STRATEGY_COUNTER.bars);
    if (!bar.isComplete) this.counters.increment(STRATEGY_COUNTER.barsIncomplete);
    for (let index = 0; index < this.hosts.length; index++) {
      if (wantedBy[this.hosts[index].index] !== 0) this.hosts[index].callBar(bar);
    }
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
      case COMMAND.changeStrategy:
        return this.changeStrategy(command.argument);
      case COMMAND.removeStrategy:
        this.roster.remove(command.argument);
        this.brackets.forget(command.argument);
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

  /** Makes a strategy anew; it is told of the orders it has, as after the replacement of its thread. */
  private changeStrategy(strategyIndex: number): number {
    const reason = this.roster.change(strategyIndex);
    this.answers.detail = this.roster.problem;
    if (reason !== COMMAND_REASON.none) return reason;
    const { strategyIndex: owners } = this.desk.orders;
    for (let slot = 0; slot < owners.length; slot++)
      if (owners[slot] === strategyIndex) this.reports.reportAdopted(slot);
    return COMMAND_REASON.none;
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

  /** Whether this actor keeps the orders of that strategy. */
  private isHere(strategyIndex: number): boolean {
    if (strategyIndex < 0) return false;
    const { strategyHosts, place } = this.deps;
    return strategyHosts === undefined || strategyHosts.actorOf(strategyIndex) === (place ?? 0);
  }

  private isInstrument(instrumentIndex: number): boolean {
    if (instrumentIndex >= 0 && instrumentIndex < this.deps.instruments.length) return true;
    this.counters.increment(STRATEGY_COUNTER.badInstrument);
    return false;
  }
}
