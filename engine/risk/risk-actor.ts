// hot path: no allocation after start
import { CommandAnswers } from '../control/command-answers.ts';
import { invariant } from '../core/assert.ts';
import { ORDERS_MAX, POLL_LIMIT } from '../core/limits.ts';
import type { OrderTableReader } from '../execution/order-table.ts';
import { SLOT_FREE, isOpenState, isTerminalState } from '../execution/order-table.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import { anyHasWork } from '../ipc/any-work.ts';
import type { RecordHandler, RecordView } from '../ipc/ring.ts';
import { StrategyHosts } from '../ipc/strategy-hosts.ts';
import {
  CANCEL_REQUEST,
  COMMAND as COMMAND_TYPE,
  CancelRequest,
  Command,
  FILL,
  Fill,
  ORDER_REQUEST,
  ORDER_UPDATE,
  OrderRequest,
  OrderUpdate,
  REPLACE_REQUEST,
  ReplaceRequest,
} from '../messages/codecs.ts';
import { COMMAND, COMMAND_REASON, KILL_REASON, ORDER_FLAG, ORDER_STATE, REASON } from '../messages/enums.ts';
import type { TimedActor } from '../runtime/actor.ts';
import { RISK_COUNTER } from './counters.ts';
import { restingTicksOf } from './best-ticks.ts';
import { counterOf } from './denial-counter.ts';
import type { PositionWriter } from './positions.ts';
import type { Reservations } from './reservations.ts';
import type { RiskDependencies } from './risk-dependencies.ts';
import { TradedInstruments } from './traded-instruments.ts';
import { RiskMessages } from './risk-messages.ts';
import type { RiskTradingState } from './trading-state.ts';
import { RequestChecks } from './request-checks.ts';
import { TradingStops } from './trading-stops.ts';

const AUDIT_INTERVAL_NS = 5_000_000_000;
/** The report of an end this old, with nothing left in the ring, was lost. */
const AUDIT_AGE_NS = 1_000_000_000;

/**
 * The only publisher of approved orders. Keeps positions from fills and the worst case of everything open, checks every
 * request against them, lets every cancel pass.
 */
export class RiskActor implements TimedActor {
  readonly name = 'risk';
  readonly turnNs: Float64Array;
  private readonly deps: RiskDependencies;
  private readonly counters: CounterBlock;
  private readonly positions: PositionWriter;
  private readonly reservations: Reservations;
  private readonly stops: TradingStops;
  private readonly trading: RiskTradingState;
  private readonly messages: RiskMessages;
  private readonly instruments: TradedInstruments;
  private readonly checks: RequestChecks;
  private readonly onCommand: RecordHandler;
  private readonly onReport: RecordHandler;
  private onRequest: RecordHandler;
  private readonly isOver: (intentSeq: number, reservedNs: number) => boolean;
  private readonly command: Command = new Command();
  private readonly answers: CommandAnswers;
  private readonly update: OrderUpdate = new OrderUpdate();
  private readonly fill: Fill = new Fill();
  private readonly order: OrderRequest = new OrderRequest();
  private readonly cancel: CancelRequest = new CancelRequest();
  private readonly replacement: ReplaceRequest = new ReplaceRequest();
  private reportingAccount: number;
  private nextAuditNs: number;

  constructor(deps: RiskDependencies) {
    const { limits } = deps.options;
    invariant(limits.instruments.length === deps.instruments.length, 'every instrument has its risk limits');
    this.deps = deps;
    this.counters = deps.counters;
    this.positions = deps.positions;
    this.reservations = deps.reservations;
    this.trading = deps.trading;
    this.messages = new RiskMessages(
      deps.approvals,
      deps.reports,
      deps.toExecutions,
      deps.strategyHosts ?? StrategyHosts.unshared(),
      deps.clock,
      deps.counters,
    );
    this.turnNs = this.messages.turnNs;
    this.answers = new CommandAnswers(deps.answers, this.turnNs);
    this.instruments = new TradedInstruments(deps.instruments, limits.instruments, deps.isTraded);
    this.checks = new RequestChecks(deps, this.instruments, this.turnNs);
    this.stops = new TradingStops(deps, limits, this.instruments, this.messages, (index) =>
      this.checks.accountOf(index),
    );
    this.onCommand = (type, view, byteOffset): void => this.handleCommand(type, view, byteOffset);
    this.onReport = (type, view, byteOffset): void => this.handleReport(type, view, byteOffset);
    this.onRequest = (type, view, byteOffset): void => this.handleRequest(type, view, byteOffset);
    this.isOver = (intentSeq, reservedNs): boolean => this.reservationIsOver(intentSeq, reservedNs);
    this.reportingAccount = 0;
    this.nextAuditNs = 0;
  }

  /** Start and restart are one path: what is open in the order table is held back, whichever run approved it. */
  onStart(nowNs: number): void {
    this.turnNs[0] = nowNs;
    this.nextAuditNs = nowNs + AUDIT_AGE_NS;
    this.messages.deliver();
    this.tellBuriedRequest();
    for (let index = 0; index < this.instruments.list.length; index++) this.stops.beginTrips(index);
    for (const orders of this.deps.orders) this.adoptOpen(orders, nowNs);
    this.stops.onStart();
  }

  private adoptOpen(orders: OrderTableReader, nowNs: number): void {
    for (let slot = 0; slot < ORDERS_MAX; slot++) {
      if (!isOpenState(Atomics.load(orders.state, slot))) continue;
      const intentSeq = orders.intentSeq[slot];
      if (this.reservations.has(intentSeq)) continue;
      const isHeld = this.reservations.reserve(
        intentSeq,
        orders.instrumentIndex[slot],
        orders.side[slot],
        orders.qtyLots[slot],
        // What the table calls filled may not have reached the position yet; the fill's report lowers it.
        0,
        restingTicksOf(orders.orderType[slot], orders.timeInForce[slot], orders.priceTicks[slot]),
        nowNs,
      );
      invariant(isHeld, 'there are as many reservations as orders');
      this.counters.increment(RISK_COUNTER.reservationsAdopted);
    }
  }

  /** At a time given as a number: for whoever turns this actor by hand. */
  doWork(nowNs: number): number {
    this.turnNs[0] = nowNs;
    return this.takeTurn();
  }

  takeTurn(): number {
    const nowNs = this.turnNs[0];
    const deps = this.deps;
    let work = deps.commands.poll(this.onCommand, POLL_LIMIT);
    work += this.messages.deliver();
    for (let account = 0; account < deps.fromExecutions.length; account++) {
      this.reportingAccount = account;
      if (this.messages.reportsRoom() < POLL_LIMIT) this.counters.increment(RISK_COUNTER.heldReports);
      else work += deps.fromExecutions[account].poll(this.onReport, POLL_LIMIT);
    }
    work += this.stops.takeTurn();
    if (nowNs >= this.nextAuditNs) this.audit(nowNs);
    for (let place = 0; place < deps.fromStrategies.length; place++) {
      if (this.messages.approvalsAreOut() && this.messages.reportsRoom() >= POLL_LIMIT) {
        work += deps.fromStrategies[place].poll(this.onRequest, POLL_LIMIT);
      } else {
        this.counters.increment(RISK_COUNTER.heldWishes);
      }
    }
    return work + this.messages.deliver();
  }

  hasWork(): boolean {
    const { commands, fromExecutions, fromStrategies } = this.deps;
    return (
      commands.hasWork() ||
      anyHasWork(fromExecutions) ||
      anyHasWork(fromStrategies) ||
      this.messages.hasBacklog()
    );
  }

  onClose(): void {
    this.messages.deliver();
  }

  private handleRequest(type: number, view: RecordView, byteOffset: number): void {
    switch (type) {
      case ORDER_REQUEST: {
        const request = this.order.wrap(view, byteOffset);
        const reason = this.decide(request, false);
        if (reason === REASON.none)
          this.messages.approveOrder(request, this.checks.accountOf(request.instrumentIndex));
        else this.denied(request, reason);
        return;
      }
      case CANCEL_REQUEST: {
        const request = this.cancel.wrap(view, byteOffset);
        if (!this.reservations.has(request.intentSeq))
          this.counters.increment(RISK_COUNTER.cancelsForNothing);
        this.messages.approveCancel(request, this.checks.accountOf(request.instrumentIndex));
        return;
      }
      case REPLACE_REQUEST: {
        const request = this.replacement.wrap(view, byteOffset);
        const reason = this.decide(request, true);
        if (reason === REASON.none)
          this.messages.approveReplace(request, this.checks.accountOf(request.instrumentIndex));
        else this.denied(request, reason);
        return;
      }
      default:
        this.counters.increment(RISK_COUNTER.unknownTemplate);
    }
  }

  /** What ended the predecessor is not tried again: execution tells its strategy, and what was held back is free then. */
  private tellBuriedRequest(): void {
    const { buriedRequest } = this.deps;
    if (!buriedRequest.isKept()) return;
    const { view, type } = buriedRequest;
    this.counters.increment(RISK_COUNTER.poisonedWishes);
    const { messages } = this;
    if (type === ORDER_REQUEST) {
      const request = this.order.wrap(view, 0);
      messages.orderPoisoned(request, this.checks.accountOf(request.instrumentIndex));
    } else if (type === CANCEL_REQUEST) {
      const request = this.cancel.wrap(view, 0);
      messages.cancelPoisoned(request, this.checks.accountOf(request.instrumentIndex));
    } else if (type === REPLACE_REQUEST) {
      const request = this.replacement.wrap(view, 0);
      messages.replacePoisoned(request, this.checks.accountOf(request.instrumentIndex));
    }
    buriedRequest.clear();
  }

  /** Decides once: a request that comes again because this actor died gets the answer it got, and one reservation. */
  private decide(request: OrderRequest | ReplaceRequest, isReplace: boolean): number {
    const intentSeq = request.intentSeq;
    if (this.reservations.wasDecidedLast(intentSeq)) {
      this.counters.increment(RISK_COUNTER.repeatedWishes);
      return this.reservations.lastDecision();
    }
    this.counters.increment(RISK_COUNTER.requested);
    // A reservation without a decision: the predecessor died between the two.
    let reason: number = REASON.none;
    if (!this.reservations.has(intentSeq)) {
      reason = this.checks.check(request, isReplace);
      if (reason === REASON.none && !this.reserve(request)) reason = REASON.orderTableFull;
    }
    this.reservations.noteDecision(intentSeq, reason);
    return reason;
  }

  private reserve(request: OrderRequest | ReplaceRequest): boolean {
    return this.reservations.hold(request, this.turnNs);
  }

  private denied(request: OrderRequest | ReplaceRequest, reason: number): void {
    this.counters.increment(RISK_COUNTER.denied);
    this.counters.increment(counterOf(reason));
    this.messages.deny(request, reason, this.turnNs[0]);
  }

  private handleReport(type: number, view: RecordView, byteOffset: number): void {
    switch (type) {
      case ORDER_UPDATE:
        this.handleUpdate(this.update.wrap(view, byteOffset));
        return;
      case FILL:
        this.handleFill(this.fill.wrap(view, byteOffset));
        return;
      default:
        this.counters.increment(RISK_COUNTER.unknownTemplate);
    }
  }

  private handleUpdate(update: OrderUpdate): void {
    this.deps.reportWaits?.[this.reportingAccount].record(this.turnNs[0] - update.eventNs);
    if ((update.flags & ORDER_FLAG.external) !== 0) return;
    const intentSeq = update.intentSeq;
    if (isTerminalState(update.state)) {
      if (update.state === ORDER_STATE.rejected) this.stops.noteReject();
      this.reservations.release(intentSeq);
      return;
    }
    if (this.reservations.has(intentSeq) || !this.isTraded(update.instrumentIndex)) return;
    // Open at the venue and not held back: recovered by execution after this actor had started.
    const { instrumentIndex, side, qtyLots, cumQtyLots } = update;
    const restingTicks = restingTicksOf(update.orderType, update.timeInForce, update.priceTicks);
    const [nowNs] = this.turnNs;
    if (
      this.reservations.reserve(intentSeq, instrumentIndex, side, qtyLots, cumQtyLots, restingTicks, nowNs)
    ) {
      this.counters.increment(RISK_COUNTER.reservationsAdopted);
      this.stops.lookAgain();
    }
  }

  private handleFill(fill: Fill): void {
    const index = fill.instrumentIndex;
    if (!this.isTraded(index)) return;
    const { positions } = this;
    const { fillSeq, side, priceTicks, qtyLots, feeCash } = fill;
    const [nowNs] = this.turnNs;
    // Its owner's position first: whoever sees a fill in the account's position finds it in the owner's too.
    this.deps.strategyPositions.applyFillOf(
      fill.strategyIndex,
      index,
      fillSeq,
      side,
      priceTicks,
      qtyLots,
      feeCash,
      nowNs,
    );
    const isNew = positions.applyFill(index, fillSeq, side, priceTicks, qtyLots, feeCash, nowNs);
    // Also for a repetition: the predecessor may have died between the position and the reservation.
    if (fill.intentSeq > 0) this.reservations.fillTo(fill.intentSeq, fill.cumQtyLots);
    if (!isNew) this.counters.increment(RISK_COUNTER.repeatedFills);
    else {
      this.counters.increment(RISK_COUNTER.fills);
      if (fill.strategyIndex < 0) this.counters.increment(RISK_COUNTER.outsideFills);
      this.stops.noteFill(index);
      if (Math.abs(positions.netLots) > this.instruments.limits[index].maxPositionLots) {
        this.counters.increment(RISK_COUNTER.positionBreaches);
      }
    }
    if (fillSeq === positions.lastFillSeq) this.messages.positionUpdated(index, positions, nowNs);
  }

  private isTraded(instrumentIndex: number): boolean {
    if (this.instruments.isKnown(instrumentIndex)) return true;
    this.counters.increment(RISK_COUNTER.badInstrument);
    return false;
  }

  private handleCommand(type: number, view: RecordView, byteOffset: number): void {
    if (type !== COMMAND_TYPE) {
      this.counters.increment(RISK_COUNTER.unknownTemplate);
      return;
    }
    const command = this.command.wrap(view, byteOffset);
    this.answers.give(command.commandSeq, this.carryOut(command));
  }

  /** Carries a command out; a COMMAND_REASON. */
  private carryOut({ kind, instrumentIndex, argument }: Command): number {
    switch (kind) {
      case COMMAND.addInstrument:
        return this.addInstrument(instrumentIndex);
      case COMMAND.removeInstrument:
        this.instruments.close(instrumentIndex);
        return COMMAND_REASON.none;
      case COMMAND.updateInstrument:
        return this.updateInstrument(instrumentIndex);
      case COMMAND.addStrategy:
        this.deps.strategyPositions.giveUp(argument);
        return COMMAND_REASON.none;
      case COMMAND.kill:
        this.stops.kill(KILL_REASON.command);
        return COMMAND_REASON.none;
      case COMMAND.reduce:
        this.stops.reduce(argument === 0 ? KILL_REASON.command : argument);
        return COMMAND_REASON.none;
      case COMMAND.resume:
        this.stops.resume();
        return COMMAND_REASON.none;
      case COMMAND.pause:
        this.trading.setPaused(true);
        return COMMAND_REASON.none;
      case COMMAND.unpause:
        this.trading.setPaused(false);
        return COMMAND_REASON.none;
      case COMMAND.cancelOnly:
        this.trading.setCancelOnly(true);
        return COMMAND_REASON.none;
      case COMMAND.throwNow:
        invariant(false, 'drill: the risk actor was told to throw');
        return COMMAND_REASON.none;
      case COMMAND.hangNow:
        this.hang();
        return COMMAND_REASON.none;
      case COMMAND.throwOnWish:
        this.onRequest = (): void => invariant(false, 'drill: the risk actor was told to throw on a request');
        return COMMAND_REASON.none;
      case COMMAND.hangOnWish:
        this.onRequest = (): void => this.hang();
        return COMMAND_REASON.none;
      case COMMAND.cancelAll:
      case COMMAND.reconcile:
      case COMMAND.drain:
      case COMMAND.dropFeed:
      case COMMAND.flush:
        return COMMAND_REASON.none;
      default:
        this.counters.increment(RISK_COUNTER.commandsUnknown);
        return COMMAND_REASON.unknownCommand;
    }
  }

  private addInstrument(instrumentIndex: number): number {
    const { newInstrument, accountOf } = this.deps;
    if (newInstrument === undefined || accountOf === undefined) return COMMAND_REASON.unknownCommand;
    for (let index = this.instruments.list.length; index <= instrumentIndex; index++) {
      const { instrument, limits, account } = newInstrument(index);
      accountOf[index] = account;
      this.instruments.add(instrument, limits);
      this.stops.beginTrips(index);
    }
    this.instruments.open(instrumentIndex);
    return COMMAND_REASON.none;
  }

  private updateInstrument(instrumentIndex: number): number {
    const { newInstrument } = this.deps;
    if (newInstrument === undefined || !this.instruments.isKnown(instrumentIndex))
      return COMMAND_REASON.unknownCommand;
    this.instruments.update(instrumentIndex, newInstrument(instrumentIndex).instrument);
    return COMMAND_REASON.none;
  }

  /** Gives back what is held for orders whose end went by unheard (a poisoned report). */
  private audit(nowNs: number): void {
    if (anyHasWork(this.deps.fromExecutions)) return;
    this.nextAuditNs = nowNs + AUDIT_INTERVAL_NS;
    const repaired = this.reservations.releaseIf(this.isOver);
    this.counters.add(RISK_COUNTER.reservationsRepaired, repaired);
  }

  private reservationIsOver(intentSeq: number, reservedNs: number): boolean {
    if (this.turnNs[0] - reservedNs < AUDIT_INTERVAL_NS) return false;
    for (const orders of this.deps.orders) {
      const slot = orders.scanForIntent(intentSeq);
      if (slot >= 0) return this.orderIsOver(orders, slot);
    }
    return this.messages.executionHasAll();
  }

  private orderIsOver(orders: OrderTableReader, slot: number): boolean {
    const state = orders.state[slot];
    if (state === SLOT_FREE || !isTerminalState(state)) return false;
    return orders.reportedState[slot] === state && this.turnNs[0] - orders.lastEventNs[slot] > AUDIT_AGE_NS;
  }

  /** Drill: an endless loop. The watchdog ends the thread. */
  private hang(): void {
    let turns = 0;
    for (;;) turns = (turns + 1) | 0;
  }
}
