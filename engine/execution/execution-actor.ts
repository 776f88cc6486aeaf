// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import { CommandAnswers } from '../control/command-answers.ts';
import type { AnswerRoute } from '../control/command-answers.ts';
import type { Clock } from '../core/clock.ts';
import type { Instrument } from '../core/instrument.ts';
import { POLL_LIMIT } from '../core/limits.ts';
import type { Prng } from '../core/prng.ts';
import type { BuriedRecord } from '../ipc/buried-record.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import type { ErrorLog } from '../ipc/error-log.ts';
import type { Outbox } from '../ipc/outbox.ts';
import { StrategyHosts } from '../ipc/strategy-hosts.ts';
import type { Publication, RecordHandler, RecordView, Subscription } from '../ipc/ring.ts';
import {
  APPROVED_CANCEL,
  APPROVED_ORDER,
  APPROVED_REPLACE,
  ApprovedCancel,
  ApprovedOrder,
  ApprovedReplace,
  COMMAND as COMMAND_TYPE,
  Command,
  POISONED_REQUEST,
} from '../messages/codecs.ts';
import { COMMAND, COMMAND_REASON, ORDER_STATE, REASON, VENUE_STATUS } from '../messages/enums.ts';
import type { ExecutionTradingState } from '../risk/trading-state.ts';
import type { ActorName, Kick, TimedActor } from '../runtime/actor.ts';
import { EXECUTION_COUNTER } from './counters.ts';
import type { FillLedger } from './fill-ledger.ts';
import { OrderEntry } from './order-entry.ts';
import type { IntentLog } from './order-entry.ts';
import { OrderKeeper } from './order-keeper.ts';
import { OrderReports } from './order-reports.ts';
import { ORDER_EVENT, isInFlightState } from './order-state.ts';
import { SLOT_FREE, isOpenState, isTerminalState } from './order-table.ts';
import type { OrderTable } from './order-table.ts';
import { Reconciler } from './reconciler.ts';
import { PoisonedRequests } from './poisoned-requests.ts';
import type { VenueIds } from './venue-ids.ts';
import { SEND } from './venue-port.ts';
import type { VenueContext, VenueGateway } from './venue-port.ts';
import { VenueReports } from './venue-reports.ts';

/** Settings of execution; the config in nanoseconds. */
export interface ExecutionOptions {
  readonly namespace: string;
  readonly ackTimeoutNs: number;
  readonly queryIntervalNs: number;
  readonly notFoundGraceNs: number;
  /** Distance between looks at the venue's fills and open orders while all is well; 0 = none. */
  readonly reconcileIntervalNs: number;
  /** Outside trades from before this moment (epoch ms) are passed over; 0 = all count. */
  readonly ignoreFillsBeforeMs: number;
}

/** What the execution actor is made with; shared-memory parts are attached anew for every incarnation. */
export interface ExecutionDependencies {
  /** Absent = the only one of its kind. */
  readonly name?: ActorName;
  readonly clock: Clock;
  readonly random: Prng;
  /** Those that this actor's account trades. */
  readonly instruments: readonly Instrument[];
  /** An instrument that is added while the actor runs; absent = none is. */
  readonly instrumentAt?: (index: number) => Instrument;
  readonly counters: CounterBlock;
  readonly errors: ErrorLog;
  readonly kick: Kick;
  /** Attached before `orders` and `fills`, which hold ids in it. */
  readonly venueIds: VenueIds;
  readonly orders: OrderTable;
  readonly fills: FillLedger;
  readonly trading: ExecutionTradingState;
  /** Made by `openExecutionOutbox`. */
  readonly outbox: Outbox;
  /** Absent = one strategy actor hosts all strategies. */
  readonly strategyHosts?: StrategyHosts;
  /** execution-to-supervisor. */
  readonly toSupervisor: Publication;
  /** The request on which the predecessor died. */
  readonly buriedRequest: BuriedRecord;
  /** risk-to-execution. */
  readonly fromRisk: Subscription;
  /** commands-to-execution. */
  readonly commands: Subscription;
  /** Absent = commands are not answered. */
  readonly answers?: AnswerRoute;
  readonly intentLog: IntentLog;
  readonly openGateway: (context: VenueContext) => VenueGateway;
  readonly options: ExecutionOptions;
}

/** Outbox room kept for what the venue reports meanwhile: below it no new request is taken. */
const OUTBOX_RESERVE = 4 * POLL_LIMIT;

/** The owner of orders: places what risk approved, follows what the venue says, reports both. */
export class ExecutionActor implements TimedActor {
  readonly name: ActorName;
  readonly turnNs: Float64Array = new Float64Array(1);
  private readonly deps: ExecutionDependencies;
  private readonly orders: OrderTable;
  private readonly keeper: OrderKeeper;
  private readonly reports: OrderReports;
  private readonly events: VenueReports;
  private readonly instruments: Instrument[];
  private readonly gateway: VenueGateway;
  private readonly reconciler: Reconciler;
  private readonly entry: OrderEntry;
  private readonly counters: CounterBlock;
  private readonly options: ExecutionOptions;
  private readonly poisoned: PoisonedRequests;
  private onRequest: RecordHandler;
  private readonly onCommand: RecordHandler;
  private readonly order: ApprovedOrder = new ApprovedOrder();
  private readonly cancel: ApprovedCancel = new ApprovedCancel();
  private readonly replacement: ApprovedReplace = new ApprovedReplace();
  private readonly command: Command = new Command();
  private readonly answers: CommandAnswers;
  private isDraining: boolean;
  private wasKilled: boolean;
  private wasReady: boolean;

  constructor(deps: ExecutionDependencies) {
    const { orders, fills, trading, counters, options } = deps;
    this.name = deps.name ?? 'execution';
    this.deps = deps;
    this.answers = new CommandAnswers(deps.answers, this.turnNs);
    this.orders = orders;
    this.counters = counters;
    this.options = options;
    this.reports = new OrderReports(
      orders,
      deps.venueIds,
      deps.outbox,
      deps.toSupervisor,
      counters,
      deps.strategyHosts ?? StrategyHosts.unshared(),
    );
    this.keeper = new OrderKeeper(orders, fills, this.reports, trading, counters);
    this.events = new VenueReports(this.keeper, fills, this.reports, deps.clock, counters, options);
    this.instruments = [...deps.instruments];
    this.gateway = deps.openGateway({
      instruments: this.instruments,
      orders,
      venueIds: deps.venueIds,
      events: this.events,
      clock: deps.clock,
      random: deps.random,
      counters,
      errors: deps.errors,
      kick: deps.kick,
    });
    this.reconciler = new Reconciler(this.keeper, fills, trading, this.gateway, counters, {
      instrumentIndexes: deps.instruments.map(({ index }) => index),
      answerTimeoutNs: options.ackTimeoutNs,
      intervalNs: options.reconcileIntervalNs,
    });
    this.events.attach(this.gateway, this.reconciler);
    this.entry = new OrderEntry(
      this.keeper,
      fills,
      this.reports,
      trading,
      this.gateway,
      deps.intentLog,
      deps.clock,
      counters,
      options,
    );
    for (const { index, status } of this.instruments) this.entry.setVenueStatus(index, VENUE_STATUS[status]);
    this.poisoned = new PoisonedRequests(this.keeper, fills, this.reports, counters);
    this.onRequest = (type, view, byteOffset): void => this.handleRequest(type, view, byteOffset);
    this.onCommand = (type, view, byteOffset): void => this.handleCommand(type, view, byteOffset);
    this.isDraining = false;
    this.wasKilled = false;
    this.wasReady = false;
  }

  /** Start and restart are one path: finish the fill under way, report what is owed, then ask the venue. */
  onStart(nowNs: number): void {
    this.turnNs[0] = nowNs;
    const { trading } = this.deps;
    trading.setReconciled(false);
    trading.setConnected(false);
    trading.setDrained(false);
    trading.setJournalLost(false);
    this.reports.deliver();
    this.keeper.redo();
    this.poisoned.tellBuried(this.deps.buriedRequest, nowNs);
    this.adoptOrders(nowNs);
    this.gateway.start(nowNs);
  }

  /** At a time given as a number: for a caller that turns this actor by hand. */
  doWork(nowNs: number): number {
    this.turnNs[0] = nowNs;
    return this.takeTurn();
  }

  takeTurn(): number {
    const { turnNs } = this;
    let work = this.deps.commands.poll(this.onCommand, POLL_LIMIT);
    work += this.reports.deliver();
    this.keeper.redo();
    if (this.deps.trading.isKilled() !== this.wasKilled) this.followKillSwitch(turnNs[0]);
    work += this.gateway.doWork(turnNs);
    this.noteConnection();
    work += this.reconciler.doWork(turnNs);
    if (this.keeper.isDue(turnNs)) work += this.sweep(turnNs[0]);
    if (this.reports.room() > OUTBOX_RESERVE) work += this.deps.fromRisk.poll(this.onRequest, POLL_LIMIT);
    else this.counters.increment(EXECUTION_COUNTER.heldWishes);
    if (this.gateway.hasWork()) work += this.gateway.doWork(turnNs);
    work += this.reports.deliver();
    if (this.reports.backlog() > 0) this.counters.increment(EXECUTION_COUNTER.backPressuredTurns);
    else if (this.isDraining) this.deps.trading.setDrained(this.orders.openCount() === 0);
    return work;
  }

  hasWork(): boolean {
    return (
      this.deps.commands.hasWork() ||
      this.deps.fromRisk.hasWork() ||
      this.gateway.hasWork() ||
      this.reconciler.hasWork() ||
      this.reports.backlog() > 0
    );
  }

  onClose(): void {
    this.gateway.close();
    this.deps.trading.setConnected(false);
    this.deps.trading.setReconciled(false);
    this.deps.intentLog.close?.();
  }

  private handleRequest(type: number, view: RecordView, byteOffset: number): void {
    switch (type) {
      case APPROVED_ORDER:
        this.entry.place(this.order.wrap(view, byteOffset), this.turnNs[0]);
        return;
      case APPROVED_CANCEL: {
        const { intentSeq } = this.cancel.wrap(view, byteOffset);
        this.entry.cancel(this.orders.slotOfIntent(intentSeq), this.turnNs[0]);
        return;
      }
      case APPROVED_REPLACE:
        this.entry.replace(this.replacement.wrap(view, byteOffset), this.turnNs[0]);
        return;
      case POISONED_REQUEST:
        this.poisoned.tell(view, byteOffset, this.turnNs[0]);
        return;
      default:
        this.counters.increment(EXECUTION_COUNTER.unknownTemplate);
    }
  }

  private handleCommand(type: number, view: RecordView, byteOffset: number): void {
    if (type !== COMMAND_TYPE) {
      this.counters.increment(EXECUTION_COUNTER.unknownTemplate);
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
      case COMMAND.addStrategy:
        // Before an order can bear its index.
        return this.deps.intentLog.nameStrategies?.() === false ? COMMAND_REASON.failed : COMMAND_REASON.none;
      case COMMAND.removeInstrument:
        // What is still known of its orders and trades stays; risk lets no new order pass.
        return COMMAND_REASON.none;
      case COMMAND.updateInstrument:
        return this.updateInstrument(command.instrumentIndex);
      case COMMAND.kill:
      case COMMAND.cancelOnly:
        this.entry.setCancelOnly(true);
        if (command.kind === COMMAND.kill) this.cancelAll(-1, this.turnNs[0]);
        return COMMAND_REASON.none;
      case COMMAND.resume:
        this.entry.setCancelOnly(false);
        this.setDraining(false);
        return COMMAND_REASON.none;
      case COMMAND.cancelAll:
        this.cancelAll(command.instrumentIndex, this.turnNs[0]);
        return COMMAND_REASON.none;
      case COMMAND.reconcile:
        this.reconciler.require();
        return COMMAND_REASON.none;
      case COMMAND.drain:
        this.setDraining(true);
        return COMMAND_REASON.none;
      case COMMAND.dropFeed:
        this.gateway.dropConnections();
        return COMMAND_REASON.none;
      case COMMAND.throwNow:
        invariant(false, 'drill: the execution actor was told to throw');
        return COMMAND_REASON.failed;
      case COMMAND.hangNow:
        this.hang();
        return COMMAND_REASON.failed;
      case COMMAND.throwOnWish:
        this.onRequest = (): void =>
          invariant(false, 'drill: the execution actor was told to throw on a request');
        return COMMAND_REASON.none;
      case COMMAND.hangOnWish:
        this.onRequest = (): void => this.hang();
        return COMMAND_REASON.none;
      case COMMAND.pause:
      case COMMAND.unpause:
      case COMMAND.flush:
        return COMMAND_REASON.none;
      default:
        this.counters.increment(EXECUTION_COUNTER.commandsUnknown);
        return COMMAND_REASON.unknownCommand;
    }
  }

  /** The intent log begins a new file, which says what the index means, before an order can bear it. */
  private addInstrument(instrumentIndex: number): number {
    const { instrumentAt, intentLog } = this.deps;
    if (instrumentAt === undefined || this.gateway.addInstrument === undefined)
      return COMMAND_REASON.unknownCommand;
    if (this.instruments.some(({ index }) => index === instrumentIndex)) return COMMAND_REASON.none;
    if (intentLog.renew?.() === false) return COMMAND_REASON.failed;
    const instrument = instrumentAt(instrumentIndex);
    this.instruments.push(instrument);
    this.gateway.addInstrument(instrument);
    this.entry.setVenueStatus(instrumentIndex, VENUE_STATUS[instrument.status]);
    this.reconciler.addInstrument(instrumentIndex);
    return COMMAND_REASON.none;
  }

  private updateInstrument(instrumentIndex: number): number {
    const { instrumentAt } = this.deps;
    const place = this.instruments.findIndex(({ index }) => index === instrumentIndex);
    if (instrumentAt === undefined || place < 0) return COMMAND_REASON.unknownCommand;
    const instrument = instrumentAt(instrumentIndex);
    this.instruments[place] = instrument;
    this.entry.setVenueStatus(instrumentIndex, VENUE_STATUS[instrument.status]);
    return COMMAND_REASON.none;
  }

  private setDraining(isDraining: boolean): void {
    this.isDraining = isDraining;
    this.entry.setDraining(isDraining);
    this.deps.trading.setDrained(false);
  }

  /** Every own order of an instrument (-1 = all) is to go. */
  private cancelAll(instrumentIndex: number, nowNs: number): void {
    const orders = this.orders;
    for (let slot = 0; slot < orders.state.length; slot++) {
      if (!isOpenState(orders.state[slot])) continue;
      if (instrumentIndex >= 0 && orders.instrumentIndex[slot] !== instrumentIndex) continue;
      this.entry.cancel(slot, nowNs);
    }
  }

  /** Risk throws the kill switch of its own accord too (losses): the word in shared memory is the order. */
  private followKillSwitch(nowNs: number): void {
    this.wasKilled = this.deps.trading.isKilled();
    if (this.wasKilled) this.cancelAll(-1, nowNs);
    else this.entry.setCancelOnly(false);
  }

  private noteConnection(): void {
    const isReady = this.gateway.isReady();
    if (isReady === this.wasReady) return;
    this.wasReady = isReady;
    this.deps.trading.setConnected(isReady);
    if (!isReady) this.reconciler.require();
  }

  /** What a predecessor (or recovery) left: nothing in flight is certain, nothing owed is forgotten. */
  private adoptOrders(nowNs: number): void {
    const orders = this.orders;
    for (let slot = 0; slot < orders.state.length; slot++) {
      const state = orders.state[slot];
      if (state === SLOT_FREE) continue;
      if (state === ORDER_STATE.initialized) {
        this.keeper.apply(slot, ORDER_EVENT.neverAccepted, REASON.disconnected, 0, 0, nowNs);
      }
      if (state === ORDER_STATE.unknown) this.events.query(slot, nowNs);
      this.keeper.endIfFillsAreHere(slot, 0, nowNs);
    }
    this.events.requestsAreLost(REASON.disconnected, nowNs);
    this.keeper.wakeAt(nowNs);
  }

  /** Looks at every order once: timeouts, queries and cancels that are due, reports that are owed. */
  private sweep(nowNs: number): number {
    this.keeper.beginSweep();
    let work = 0;
    for (let slot = 0; slot < this.orders.state.length; slot++) {
      const state = this.orders.state[slot];
      if (state === SLOT_FREE) continue;
      if (!isTerminalState(state)) work += this.sweepOpen(slot, nowNs);
      if (this.orders.reportedState[slot] !== this.orders.state[slot]) this.reportOwed(slot, nowNs);
    }
    return work;
  }

  private sweepOpen(slot: number, nowNs: number): number {
    const orders = this.orders;
    const keeper = this.keeper;
    let work = 0;
    if (isInFlightState(orders.state[slot]) && orders.deadlineNs[slot] > 0) {
      if (orders.deadlineNs[slot] <= nowNs) {
        this.counters.increment(EXECUTION_COUNTER.ackTimeouts);
        keeper.apply(slot, ORDER_EVENT.ambiguous, REASON.ackTimeout, 0, 0, nowNs);
        work++;
      } else {
        keeper.wakeAt(orders.deadlineNs[slot]);
      }
    }
    if (orders.queryWanted[slot] === 1) work += this.queryIfDue(slot, nowNs);
    if (orders.cancelWanted[slot] === 1 && !isInFlightState(orders.state[slot])) {
      if (orders.deadlineNs[slot] <= nowNs) this.entry.sendCancel(slot, nowNs);
      else keeper.wakeAt(orders.deadlineNs[slot]);
    }
    return work;
  }

  private queryIfDue(slot: number, nowNs: number): number {
    const orders = this.orders;
    let sent = 0;
    if (orders.queryDueNs[slot] <= nowNs) {
      orders.queryDueNs[slot] = nowNs + this.options.queryIntervalNs;
      if (this.gateway.queryOrder(slot, nowNs) === SEND.sent) {
        this.counters.increment(EXECUTION_COUNTER.queriesSent);
        sent = 1;
      }
    }
    if (orders.queryWanted[slot] === 1) this.keeper.wakeAt(orders.queryDueNs[slot]);
    return sent;
  }

  private reportOwed(slot: number, nowNs: number): void {
    this.keeper.report(slot, this.orders.reportedState[slot], 0, nowNs);
  }

  /** Drill: an endless loop. The watchdog ends the thread. */
  private hang(): void {
    let turns = 0;
    for (;;) turns = (turns + 1) | 0;
  }
}
