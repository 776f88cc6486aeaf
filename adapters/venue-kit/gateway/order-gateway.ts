// hot path: no allocation after start (frames that are no acknowledgement or report of an order excepted)
import type { Instrument } from '../../../engine/core/instrument.ts';
import type { VenueContext, VenueGateway } from '../../../engine/execution/venue-port.ts';
import { VENUE_COUNTER } from '../../../engine/execution/venue-port.ts';
import { REASON } from '../../../engine/messages/enums.ts';
import { RATE_COST, RateBudget } from '../limits/rate-budget.ts';
import { ClockKeeper } from '../limits/clock-keeper.ts';
import { VenueClock } from '../limits/venue-clock.ts';
import { QueryDesk } from '../query/query-desk.ts';
import { ClientIdReader } from '../request/client-id.ts';
import { InFlightTable } from '../request/in-flight-table.ts';
import { RestClient } from '../request/rest-client.ts';
import type { VenueRest } from '../session/exchange-link.ts';
import type { SessionOwner } from '../session/order-session.ts';
import { OrderSession } from '../session/order-session.ts';
import type { GatewayOptions } from '../venue-descriptor.ts';
import { AccountDesk } from './account-desk.ts';
import { AccountSide } from './account-side.ts';
import { canonicalFrame } from './canonical-frame.ts';
import type { GatewayParts, PrivateProtocol } from './private-protocol.ts';
import { PRIVATE_EVENT, PRIVATE_FRAME } from './private-protocol.ts';
import { ReportLookup } from './report-lookup.ts';
import { RequestDesk } from './request-desk.ts';
import { RequestOutcomes } from './request-outcomes.ts';

const KEY_REFUSED_STATUS = 401;
const BANNED_STATUS = 418;
const TOO_MANY_STATUS = 429;
/** Code of the error log. */
const MARGIN_CALL = 5005;

/** Makes a venue's parts, on the execution actor's thread. */
export type MakeParts = (
  options: GatewayOptions,
  context: VenueContext,
  lookup: ReportLookup,
  outcomes: RequestOutcomes,
) => GatewayParts;

/**
 * Order entry, reports and queries of a venue whose words are its parts. Requests are written from templates and handed to
 * the socket in the caller's turn; frames are scanned and reported in the turn they arrive, followed by a kick. One thread.
 */
export class OrderGateway implements VenueGateway, SessionOwner {
  private readonly context: VenueContext;
  private readonly parts: GatewayParts;
  private readonly frames: PrivateProtocol;
  private readonly inFlight: InFlightTable = new InFlightTable(1);
  private readonly budget: RateBudget;
  private readonly lookup: ReportLookup;
  private readonly outcomes: RequestOutcomes;
  private readonly session: OrderSession;
  private readonly desk: RequestDesk;
  private readonly queries: QueryDesk;
  private readonly account: AccountSide;
  private readonly rest: VenueRest;
  private readonly venueClock: VenueClock;
  private readonly clockKeeper: ClockKeeper;
  /** When the bytes now being read arrived. */
  private readonly recvNs: Float64Array = new Float64Array(1);
  private isStarted: boolean;
  private isClosed: boolean;

  constructor(options: GatewayOptions, context: VenueContext, makeParts: MakeParts) {
    const clientIds = new ClientIdReader(options.namespace);
    const { inFlight } = this;
    const venueClock = new VenueClock(context.clock);
    this.context = context;
    this.venueClock = venueClock;
    this.lookup = new ReportLookup(context, clientIds);
    this.outcomes = new RequestOutcomes(context, inFlight);
    const parts = makeParts(options, context, this.lookup, this.outcomes);
    const budget = new RateBudget(parts.rateWindows);
    this.parts = parts;
    this.frames = parts.frames;
    this.budget = budget;
    this.rest = options.link?.rest ?? restOf(options, parts);
    const sessionOptions = { ...options, url: options.endpoints.wsApi };
    this.session = new OrderSession(sessionOptions, context, this, parts.session, venueClock, inFlight);
    const { session, rest } = this;
    this.desk = new RequestDesk(
      context,
      parts.writer,
      session,
      budget,
      venueClock,
      inFlight,
      options.requestTimeoutMs,
    );
    const transport = {
      isSocketUp: () => session.canOrder,
      askSocket: session.ask.bind(session),
      askRest: rest.signedGet.bind(rest),
    };
    this.queries = new QueryDesk(context, parts.queries, transport, budget, venueClock, clientIds);
    const accountDesk = new AccountDesk(context, rest, budget, venueClock, parts.queries.usedWeightWindowMs);
    this.account = new AccountSide(options, context, parts, accountDesk, this);
    this.clockKeeper = new ClockKeeper(context, venueClock, () => rest.serverTimeMs());
    this.isStarted = false;
    this.isClosed = false;
  }

  start(nowNs: number): void {
    this.isStarted = true;
    this.session.open();
    this.clockKeeper.doWork(nowNs);
  }

  doWork(turnNs: Float64Array): number {
    if (!this.isStarted || this.isClosed) return 0;
    const nowNs = turnNs[0];
    let work = 0;
    for (let at = this.inFlight.oldestDue(nowNs); at >= 0; at = this.inFlight.oldestDue(nowNs)) {
      this.context.counters.increment(VENUE_COUNTER.venueTimeouts);
      this.outcomes.giveUp(at, REASON.ackTimeout, nowNs);
      work++;
    }
    work += this.session.expire(nowNs) + this.clockKeeper.doWork(nowNs);
    return this.venueClock.isKnown ? work + this.account.doWork(nowNs) : work;
  }

  /** Time-outs are met by the regular turns; frames kick. */
  hasWork(): boolean {
    return false;
  }

  isReady(): boolean {
    const { session } = this;
    return session.canOrder && session.hearsReports && this.venueClock.isKnown && this.account.isReady;
  }

  place(slot: number, nowNs: number): number {
    return this.isReady() ? this.desk.place(slot, nowNs) : this.desk.refuseUnready();
  }

  /** Cancels leave also while no reports are heard. */
  cancel(slot: number, nowNs: number): number {
    const canCancel = this.session.canOrder && this.venueClock.isKnown;
    return canCancel ? this.desk.cancel(slot, nowNs) : this.desk.refuseUnready();
  }

  replace(slot: number, replacedSlot: number, nowNs: number): number {
    return this.isReady() ? this.desk.replace(slot, replacedSlot, nowNs) : this.desk.refuseUnready();
  }

  queryOrder(slot: number, nowNs: number): number {
    return this.queries.queryOrder(slot, nowNs);
  }

  queryOpenOrders(instrumentIndex: number, nowNs: number): number {
    return this.queries.queryOpenOrders(instrumentIndex, nowNs);
  }

  queryFills(instrumentIndex: number, afterVenueTradeId: number, nowNs: number, sinceMs: number): number {
    return this.queries.queryFills(instrumentIndex, afterVenueTradeId, nowNs, sinceMs);
  }

  encodeOnly(kind: number, slot: number, replacedSlot: number, nowNs: number): number {
    return this.desk.encodeOnly(kind, slot, replacedSlot, nowNs);
  }

  addInstrument(instrument: Instrument): void {
    this.parts.writer.addInstrument(instrument);
    this.lookup.addInstrument(instrument);
    this.queries.addInstrument(instrument);
    this.account.addInstrument(instrument);
  }

  dropConnections(): void {
    this.session.dropConnection();
    this.account.dropConnection();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.clockKeeper.close();
    this.queries.close();
    this.session.close();
    void this.account.close().then(() => this.rest.close());
  }

  /** Answers and reports that arrived together were received together, however long the first ones keep us. */
  onRead(): void {
    this.recvNs[0] = this.context.clock.nowNs();
  }

  /** A frame of the order connection, in the turn it arrived. */
  onFrame(bytes: Buffer, from: number, end: number): void {
    this.take(bytes, from, end, true);
    this.context.kick();
  }

  onLost(): void {
    const nowNs = this.context.clock.nowNs();
    for (let at = this.inFlight.oldestDue(Infinity); at >= 0; at = this.inFlight.oldestDue(Infinity)) {
      this.outcomes.giveUp(at, REASON.disconnected, nowNs);
    }
  }

  onClockDoubted(): void {
    this.clockKeeper.doubt();
  }

  private take(bytes: Buffer, from: number, end: number, mayRetry: boolean): void {
    switch (this.frames.decode(bytes, from, end)) {
      case PRIVATE_FRAME.report:
        this.frames.readReport(bytes, this.recvNs[0]);
        return;
      case PRIVATE_FRAME.response:
        this.answer(bytes, from, end);
        return;
      case PRIVATE_FRAME.otherEvent:
        this.otherEvent(bytes);
        return;
      case PRIVATE_FRAME.malformed: {
        const canonical = mayRetry ? canonicalFrame(bytes, from, end) : null;
        if (canonical === null) this.context.counters.increment(VENUE_COUNTER.venueMalformedFrames);
        else {
          this.context.counters.increment(VENUE_COUNTER.venueSlowParses);
          this.take(canonical, 0, canonical.length, false);
        }
        return;
      }
      default:
        this.context.counters.increment(VENUE_COUNTER.venueUnknownFrames);
    }
  }

  private answer(bytes: Buffer, from: number, end: number): void {
    const { frames, inFlight } = this;
    const recvNs = this.recvNs[0];
    const id = frames.requestId();
    const status = frames.status();
    const at = inFlight.find(id);
    if (at >= 0) {
      frames.readAnswer(bytes, at, recvNs);
      if (frames.isClockRefused) this.clockKeeper.doubt();
    }
    if (this.venueClock.isKnown) this.learnLimits(status, this.venueClock.epochMsAt(recvNs));
    if (at >= 0 || this.session.takeAnswer(id, bytes, from, end)) return;
    this.context.counters.increment(VENUE_COUNTER.venueLateAnswers);
    /* Without an id: the key was revoked, which ends the session's rights. */
    if (id !== id && status === KEY_REFUSED_STATUS) this.session.dropConnection('key refused');
  }

  /** The venue's own counts correct ours; requests still out are not in them yet. */
  private learnLimits(status: number, epochMs: number): void {
    const { inFlight, budget } = this;
    const { limits } = this.frames;
    for (let index = 0; index < limits.count; index++) {
      const cost = limits.cost[index];
      if (cost < 0) continue;
      const pending = cost === RATE_COST.orders ? inFlight.placementCount : inFlight.count;
      budget.observe(cost, limits.windowMs[index], limits.limit[index], limits.used[index], pending, epochMs);
    }
    if (status !== BANNED_STATUS && status !== TOO_MANY_STATUS) return;
    this.context.counters.increment(VENUE_COUNTER.venueRateWarnings);
    const untilMs = this.frames.retryAtMs();
    budget.blockUntil(untilMs > epochMs ? untilMs : epochMs + this.parts.ratePauseMs);
  }

  private otherEvent(bytes: Buffer): void {
    const { counters, errors } = this.context;
    switch (this.frames.eventOf(bytes)) {
      case PRIVATE_EVENT.account:
        counters.increment(VENUE_COUNTER.venueAccountEvents);
        return;
      case PRIVATE_EVENT.reportsEnded:
        if (!this.account.reportsEnded()) this.session.subscriptionEnded();
        return;
      case PRIVATE_EVENT.nothing:
        return;
      case PRIVATE_EVENT.marginCall:
        counters.increment(VENUE_COUNTER.venueMarginCalls);
        errors.record(MARGIN_CALL, 'MARGIN_CALL: the venue asks for more margin', this.recvNs[0]);
        return;
      case PRIVATE_EVENT.goingDown:
        this.session.rotate();
        return;
      case PRIVATE_EVENT.outside:
        counters.increment(VENUE_COUNTER.venueOutsideReports);
        return;
      default:
        counters.increment(VENUE_COUNTER.venueUnknownFrames);
    }
  }
}

function restOf(
  { endpoints, requestTimeoutMs, recvWindowMs }: GatewayOptions,
  parts: GatewayParts,
): VenueRest {
  return new RestClient({
    rest: endpoints.rest,
    protocol: parts.rest,
    timeoutMs: requestTimeoutMs,
    recvWindowMs,
    signer: parts.signer,
  });
}
