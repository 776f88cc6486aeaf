// hot path: no allocation after start
import type { Clock } from '../core/clock.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import type { Region } from '../ipc/memory-map.ts';
import { OUTBOX_FULL, Outbox, outboxBytes } from '../ipc/outbox.ts';
import { BACK_PRESSURED } from '../ipc/ring.ts';
import type { Publication, RecordView } from '../ipc/ring.ts';
import type { StrategyHosts } from '../ipc/strategy-hosts.ts';
import {
  APPROVED_CANCEL,
  APPROVED_CANCEL_BYTES,
  APPROVED_ORDER,
  APPROVED_ORDER_BYTES,
  APPROVED_REPLACE,
  APPROVED_REPLACE_BYTES,
  ApprovedCancel,
  ApprovedOrder,
  ApprovedReplace,
  ORDER_UPDATE,
  ORDER_UPDATE_BYTES,
  OrderUpdate,
  POISONED_REQUEST,
  POISONED_REQUEST_BYTES,
  POSITION_UPDATED,
  POSITION_UPDATED_BYTES,
  PoisonedRequest,
  PositionUpdated,
} from '../messages/codecs.ts';
import type { CancelRequest, OrderRequest, ReplaceRequest } from '../messages/codecs.ts';
import { ORDER_STATE } from '../messages/enums.ts';
import { RISK_COUNTER } from './counters.ts';
import type { PositionReader } from './positions.ts';
import type { Reservations } from './reservations.ts';

/** Approvals risk can owe execution: one batch of requests and more. */
export const RISK_APPROVALS_RECORDS = 1_024;
/** Denials and positions risk can owe strategy and journal. */
export const RISK_REPORTS_RECORDS = 4_096;

const TO_JOURNAL = 1;
const TO_API = 2;
/** Bit of the first strategy actor; the others follow. */
const TO_FIRST_STRATEGY = 4;

/** The rings risk reports on. */
export interface RiskDestinations {
  /** Of all strategy actors, in their order. */
  readonly toStrategies: readonly Publication[];
  readonly toJournal: Publication;
  readonly toApi: Publication;
}

/** Bytes of shared memory of the approvals outbox. */
export function riskApprovalsBytes(): number {
  return outboxBytes(RISK_APPROVALS_RECORDS);
}

/** Bytes of shared memory of the reports outbox. */
export function riskReportsBytes(): number {
  return outboxBytes(RISK_REPORTS_RECORDS);
}

/** Attaches the approvals outbox, towards execution: a ring per account, in their order. */
export function openRiskApprovals(
  buffer: SharedArrayBuffer,
  region: Region,
  toExecutions: readonly Publication[],
): Outbox {
  return new Outbox(buffer, region, RISK_APPROVALS_RECORDS, toExecutions);
}

/** Attaches the reports outbox, towards strategy, journal and api. */
export function openRiskReports(buffer: SharedArrayBuffer, region: Region, to: RiskDestinations): Outbox {
  return new Outbox(buffer, region, RISK_REPORTS_RECORDS, [to.toJournal, to.toApi, ...to.toStrategies]);
}

/** Writes what risk says. Approvals go straight into their ring while it has room, else through the outbox, in order. */
export class RiskMessages {
  private readonly approvals: Outbox;
  private readonly reports: Outbox;
  private readonly toExecutions: readonly Publication[];
  private readonly hosts: StrategyHosts;
  private readonly clock: Clock;
  private readonly counters: CounterBlock;
  private readonly order: ApprovedOrder = new ApprovedOrder();
  private readonly cancel: ApprovedCancel = new ApprovedCancel();
  private readonly replacement: ApprovedReplace = new ApprovedReplace();
  private readonly poisoned: PoisonedRequest = new PoisonedRequest();
  private readonly update: OrderUpdate = new OrderUpdate();
  private readonly position: PositionUpdated = new PositionUpdated();
  /** When the present turn began; in an array, because a double stored in a field is a new object. */
  readonly turnNs: Float64Array = new Float64Array(1);
  /** [0]: when a request is approved; as a number handed over it would be boxed. */
  private readonly approved: Float64Array = new Float64Array(1);
  private isDirect: boolean;
  private claimedRing: Publication;
  private claimedAt: number;

  constructor(
    approvals: Outbox,
    reports: Outbox,
    toExecutions: readonly Publication[],
    hosts: StrategyHosts,
    clock: Clock,
    counters: CounterBlock,
  ) {
    this.approvals = approvals;
    this.reports = reports;
    this.toExecutions = toExecutions;
    this.hosts = hosts;
    this.claimedRing = toExecutions[0];
    this.clock = clock;
    this.counters = counters;
    this.isDirect = false;
    this.claimedAt = 0;
  }

  /** Moves what is owed as far as the rings have room; how many records. */
  deliver(): number {
    return this.approvals.deliver() + this.reports.deliver();
  }

  hasBacklog(): boolean {
    return this.approvals.backlog() > 0 || this.reports.backlog() > 0;
  }

  /** Whether execution's ring took everything so far: only then is another request decided. */
  approvalsAreOut(): boolean {
    return this.approvals.backlog() === 0;
  }

  /** Denials and positions that can still be written. */
  reportsRoom(): number {
    return this.reports.room();
  }

  /** Whether execution has taken every approval in. */
  executionHasAll(): boolean {
    if (this.approvals.backlog() > 0) return false;
    for (let account = 0; account < this.toExecutions.length; account++) {
      if (!this.toExecutions[account].isDrained()) return false;
    }
    return true;
  }

  /** @param account place of the account whose execution gets it */
  approveOrder(request: OrderRequest, account: number): void {
    const view = this.claim(APPROVED_ORDER, APPROVED_ORDER_BYTES, account);
    const order = this.order.wrap(view, this.claimedAt);
    order.intentSeq = request.intentSeq;
    order.recvNs = request.recvNs;
    order.decodedNs = request.decodedNs;
    order.bookedNs = request.bookedNs;
    order.signalledNs = request.signalledNs;
    this.clock.stamp(this.approved, 0);
    order.approvedNs = this.approved[0];
    order.priceTicks = request.priceTicks;
    order.qtyLots = request.qtyLots;
    order.instrumentIndex = request.instrumentIndex;
    order.instrumentEpoch = request.instrumentEpoch;
    order.strategyIndex = request.strategyIndex;
    order.side = request.side;
    order.orderType = request.orderType;
    order.timeInForce = request.timeInForce;
    order.flags = request.flags;
    order.bookTakenNs = request.bookTakenNs;
    order.strategyTakenNs = request.strategyTakenNs;
    order.riskTakenNs = this.turnNs[0];
    this.commit();
    this.counters.increment(RISK_COUNTER.approved);
  }

  approveReplace(request: ReplaceRequest, account: number): void {
    const view = this.claim(APPROVED_REPLACE, APPROVED_REPLACE_BYTES, account);
    const order = this.replacement.wrap(view, this.claimedAt);
    order.intentSeq = request.intentSeq;
    order.replacedIntentSeq = request.replacedIntentSeq;
    order.recvNs = request.recvNs;
    order.decodedNs = request.decodedNs;
    order.bookedNs = request.bookedNs;
    order.signalledNs = request.signalledNs;
    this.clock.stamp(this.approved, 0);
    order.approvedNs = this.approved[0];
    order.priceTicks = request.priceTicks;
    order.qtyLots = request.qtyLots;
    order.instrumentIndex = request.instrumentIndex;
    order.instrumentEpoch = request.instrumentEpoch;
    order.strategyIndex = request.strategyIndex;
    order.side = request.side;
    order.orderType = request.orderType;
    order.timeInForce = request.timeInForce;
    order.flags = request.flags;
    order.bookTakenNs = request.bookTakenNs;
    order.strategyTakenNs = request.strategyTakenNs;
    order.riskTakenNs = this.turnNs[0];
    this.commit();
    this.counters.increment(RISK_COUNTER.approved);
  }

  approveCancel(request: CancelRequest, account: number): void {
    const view = this.claim(APPROVED_CANCEL, APPROVED_CANCEL_BYTES, account);
    const cancel = this.cancel.wrap(view, this.claimedAt);
    cancel.intentSeq = request.intentSeq;
    cancel.recvNs = request.recvNs;
    cancel.decodedNs = request.decodedNs;
    cancel.bookedNs = request.bookedNs;
    cancel.signalledNs = request.signalledNs;
    this.clock.stamp(this.approved, 0);
    cancel.approvedNs = this.approved[0];
    cancel.instrumentIndex = request.instrumentIndex;
    cancel.strategyIndex = request.strategyIndex;
    this.commit();
    this.counters.increment(RISK_COUNTER.cancels);
  }

  /** Cancels an order that no strategy wants cancelled: the one that `slot` of the reservations holds back for. */
  cancelOwn(reservations: Reservations, slot: number, account: number): void {
    const view = this.claim(APPROVED_CANCEL, APPROVED_CANCEL_BYTES, account);
    const cancel = this.cancel.wrap(view, this.claimedAt);
    cancel.intentSeq = reservations.intentAt(slot);
    cancel.recvNs = 0;
    cancel.decodedNs = 0;
    cancel.bookedNs = 0;
    cancel.signalledNs = 0;
    this.clock.stamp(this.approved, 0);
    cancel.approvedNs = this.approved[0];
    cancel.instrumentIndex = reservations.instrumentAt(slot);
    cancel.strategyIndex = -1;
    this.commit();
    this.counters.increment(RISK_COUNTER.cancels);
  }

  /** Passes on that an order request ended this actor's predecessor; execution knows whether it had been approved. */
  orderPoisoned(request: OrderRequest, account: number): void {
    this.poisonedOrder(request, 0, account);
  }

  /** As `orderPoisoned`, for a request to replace an order. */
  replacePoisoned(request: ReplaceRequest, account: number): void {
    this.poisonedOrder(request, request.replacedIntentSeq, account);
  }

  private poisonedOrder(
    request: OrderRequest | ReplaceRequest,
    replacedIntentSeq: number,
    account: number,
  ): void {
    const view = this.claim(POISONED_REQUEST, POISONED_REQUEST_BYTES, account);
    const poisoned = this.poisoned.wrap(view, this.claimedAt);
    poisoned.intentSeq = request.intentSeq;
    poisoned.replacedIntentSeq = replacedIntentSeq;
    poisoned.priceTicks = request.priceTicks;
    poisoned.qtyLots = request.qtyLots;
    poisoned.instrumentIndex = request.instrumentIndex;
    poisoned.instrumentEpoch = request.instrumentEpoch;
    poisoned.strategyIndex = request.strategyIndex;
    poisoned.side = request.side;
    poisoned.orderType = request.orderType;
    poisoned.timeInForce = request.timeInForce;
    poisoned.flags = request.flags;
    poisoned.isCancel = 0;
    this.commit();
  }

  /** As `orderPoisoned`, for a cancel request. */
  cancelPoisoned(request: CancelRequest, account: number): void {
    const view = this.claim(POISONED_REQUEST, POISONED_REQUEST_BYTES, account);
    const poisoned = this.poisoned.wrap(view, this.claimedAt);
    poisoned.intentSeq = request.intentSeq;
    poisoned.replacedIntentSeq = 0;
    poisoned.priceTicks = 0;
    poisoned.qtyLots = 0;
    poisoned.instrumentIndex = request.instrumentIndex;
    poisoned.instrumentEpoch = 0;
    poisoned.strategyIndex = request.strategyIndex;
    poisoned.side = 0;
    poisoned.orderType = 0;
    poisoned.timeInForce = 0;
    poisoned.flags = 0;
    poisoned.isCancel = 1;
    this.commit();
  }

  /** Tells strategy, journal and api that a request was denied. There is room: the owner looks before it polls. */
  deny(request: OrderRequest | ReplaceRequest, reason: number, nowNs: number): void {
    const host = this.hosts.actorOf(request.strategyIndex);
    const mask = host < 0 ? TO_JOURNAL | TO_API : TO_JOURNAL | TO_API | (TO_FIRST_STRATEGY << host);
    const at = this.reports.tryClaim(ORDER_UPDATE, ORDER_UPDATE_BYTES, mask);
    if (at === OUTBOX_FULL) return;
    const update = this.update.wrap(this.reports.view, at);
    update.intentSeq = request.intentSeq;
    update.venueOrderId = 0;
    update.priceTicks = request.priceTicks;
    update.qtyLots = request.qtyLots;
    update.cumQtyLots = 0;
    update.eventNs = nowNs;
    update.exchangeTsMs = 0;
    update.instrumentIndex = request.instrumentIndex;
    update.strategyIndex = request.strategyIndex;
    update.side = request.side;
    update.orderType = request.orderType;
    update.timeInForce = request.timeInForce;
    update.state = ORDER_STATE.denied;
    update.previousState = ORDER_STATE.initialized;
    update.reason = reason;
    update.venueCode = 0;
    update.flags = request.flags;
    this.reports.commit();
  }

  /** Tells journal and api of the position just read into `positions`. */
  positionUpdated(instrumentIndex: number, positions: PositionReader, nowNs: number): void {
    const at = this.reports.tryClaim(POSITION_UPDATED, POSITION_UPDATED_BYTES, TO_JOURNAL | TO_API);
    if (at === OUTBOX_FULL) return;
    const position = this.position.wrap(this.reports.view, at);
    position.fillSeq = positions.lastFillSeq;
    position.netLots = positions.netLots;
    position.costCash = positions.costCash;
    position.realisedCash = positions.realisedCash;
    position.feesCash = positions.feesCash;
    position.boughtLots = positions.boughtLots;
    position.soldLots = positions.soldLots;
    position.eventNs = nowNs;
    position.instrumentIndex = instrumentIndex;
    this.reports.commit();
  }

  private claim(type: number, byteLength: number, account: number): RecordView {
    if (this.approvals.backlog() === 0) {
      const ring = this.toExecutions[account];
      const at = ring.tryClaim(type, byteLength);
      if (at !== BACK_PRESSURED) {
        this.isDirect = true;
        this.claimedRing = ring;
        this.claimedAt = at;
        return ring.view;
      }
    }
    this.isDirect = false;
    this.claimedAt = this.approvals.tryClaim(type, byteLength, 1 << account);
    return this.approvals.view;
  }

  private commit(): void {
    if (this.isDirect) this.claimedRing.commit();
    else this.approvals.commit();
  }
}
