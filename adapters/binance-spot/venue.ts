// hot path: no allocation after start (frames that are no acknowledgement or execution report excepted)
import type { Instrument } from '../../engine/core/instrument.ts';
import type { VenueContext, VenueGateway } from '../../engine/execution/venue-port.ts';
import { ENCODE_KIND, SEND, VENUE_COUNTER } from '../../engine/execution/venue-port.ts';
import { REASON } from '../../engine/messages/enums.ts';
import type { RateWindowSpec } from '../venue-kit/limits/rate-budget.ts';
import { RATE_COST, RateBudget } from '../venue-kit/limits/rate-budget.ts';
import { AnswerReader } from './answer-reader.ts';
import { ClientIdReader } from '../venue-kit/request/client-id.ts';
import { canonicalFrame, eventNameOf } from './private-frame-fallback.ts';
import type { GatewayOptions } from '../venue-kit/venue-descriptor.ts';
import type { VenueRest } from '../venue-kit/session/exchange-link.ts';
import { InFlightTable, REQUEST_KIND } from '../venue-kit/request/in-flight-table.ts';
import { OrderEncoder } from './order-encoder.ts';
import { QueryDesk } from '../venue-kit/query/query-desk.ts';
import { TIMESTAMP_REFUSED } from './error-codes.ts';
import { BinanceSpotQueries } from './query-protocol.ts';
import { ReportReader } from './report-reader.ts';
import { RequestSigner } from './request-signer.ts';
import { FIELD } from '../venue-kit/request/request-template.ts';
import { BINANCE_SPOT_REST } from './rest-protocol.ts';
import { RestClient } from '../venue-kit/request/rest-client.ts';
import { AT_ID, AT_RETRY_AFTER, AT_STATUS, FRAME, LIMIT_TYPE, UserDataDecoder } from './user-data-decoder.ts';
import { VenueClock } from '../venue-kit/limits/venue-clock.ts';
import type { SessionOwner } from '../venue-kit/session/order-session.ts';
import { OrderSession } from '../venue-kit/session/order-session.ts';
import { BinanceSpotSession } from './session-protocol.ts';

/**
 * Limits of Binance Spot (rest-api.md, examples of `rateLimits`) until the venue's answers name its own; a tenth of the
 * request weight is kept for cancels. Cancels do not count as orders there.
 */
const RATE_WINDOWS: readonly RateWindowSpec[] = [
  { cost: RATE_COST.weight, windowMs: 60_000, limit: 6_000, reserve: 600 },
  { cost: RATE_COST.orders, windowMs: 10_000, limit: 50, reserve: 0 },
  { cost: RATE_COST.orders, windowMs: 86_400_000, limit: 160_000, reserve: 0 },
  { cost: RATE_COST.requests, windowMs: 300_000, limit: 300_000, reserve: 30_000 },
];

const CLOCK_REFRESH_NS = 600e9;
const CLOCK_RETRY_NS = 1e9;
/** Pause after a 429 that does not say how long: the weight window is a minute. */
const RATE_PAUSE_MS = 60_000;
const KEY_REFUSED_STATUS = 401;

/** RATE_COST of each LIMIT_TYPE; -1 = not ours to count. */
const COST_OF_LIMIT: Int32Array = new Int32Array([-1, -1, -1, -1, -1]);
COST_OF_LIMIT[LIMIT_TYPE.orders] = RATE_COST.orders;
COST_OF_LIMIT[LIMIT_TYPE.requestWeight] = RATE_COST.weight;
COST_OF_LIMIT[LIMIT_TYPE.rawRequests] = RATE_COST.requests;

/** Makes the venue's private side; to be called on the execution actor's thread. */
export function createBinanceSpotVenue(options: GatewayOptions): (context: VenueContext) => VenueGateway {
  return (context) => new BinanceSpotVenue(options, context);
}

/**
 * Order entry, user data and queries of Binance Spot. Requests are written from templates and handed to the socket in
 * the caller's turn; frames are scanned and reported in the turn they arrive, followed by a kick. One thread.
 */
class BinanceSpotVenue implements VenueGateway, SessionOwner {
  private readonly context: VenueContext;
  private readonly requestTimeoutNs: number;
  private readonly decoder: UserDataDecoder = new UserDataDecoder();
  private readonly inFlight: InFlightTable = new InFlightTable(1);
  private readonly budget: RateBudget = new RateBudget(RATE_WINDOWS);
  private readonly encoder: OrderEncoder;
  private readonly reports: ReportReader;
  private readonly answers: AnswerReader;
  private readonly session: OrderSession;
  private readonly queries: QueryDesk;
  private readonly rest: VenueRest;
  private readonly venueClock: VenueClock;
  /** When the bytes now being read arrived. */
  private readonly recvNs: Float64Array = new Float64Array(1);
  private clockDueNs: number;
  private isMeasuring: boolean;
  private isStarted: boolean;
  private isClosed: boolean;

  constructor(options: GatewayOptions, context: VenueContext) {
    const signer = new RequestSigner(options.credentials);
    const clientIds = new ClientIdReader(options.namespace);
    this.context = context;
    this.requestTimeoutNs = options.requestTimeoutMs * 1e6;
    this.encoder = new OrderEncoder(context.instruments, options);
    this.reports = new ReportReader(context, clientIds);
    this.answers = new AnswerReader(context, this.inFlight);
    this.venueClock = new VenueClock(context.clock);
    this.rest =
      options.link?.rest ??
      new RestClient({
        rest: options.endpoints.rest,
        protocol: BINANCE_SPOT_REST,
        timeoutMs: options.requestTimeoutMs,
        recvWindowMs: options.recvWindowMs,
        signer,
      });
    const { budget, inFlight, venueClock } = this;
    const session = new BinanceSpotSession(signer, options.recvWindowMs);
    const sessionOptions = { ...options, url: options.endpoints.wsApi };
    this.session = new OrderSession(sessionOptions, context, this, session, venueClock, inFlight);
    const transport = {
      isSocketUp: () => this.session.canOrder,
      askSocket: this.session.ask.bind(this.session),
      askRest: this.rest.signedGet.bind(this.rest),
    };
    const queries = new BinanceSpotQueries(options.namespace);
    this.queries = new QueryDesk(context, queries, transport, budget, venueClock, clientIds);
    this.clockDueNs = 0;
    this.isMeasuring = false;
    this.isStarted = false;
    this.isClosed = false;
  }

  start(nowNs: number): void {
    this.isStarted = true;
    this.session.open();
    this.measureClock(nowNs);
  }

  doWork(turnNs: Float64Array): number {
    if (!this.isStarted || this.isClosed) return 0;
    const nowNs = turnNs[0];
    let work = 0;
    for (let at = this.inFlight.oldestDue(nowNs); at >= 0; at = this.inFlight.oldestDue(nowNs)) {
      this.context.counters.increment(VENUE_COUNTER.venueTimeouts);
      this.answers.giveUp(at, REASON.ackTimeout, nowNs);
      work++;
    }
    work += this.session.expire(nowNs);
    if (nowNs >= this.clockDueNs && !this.isMeasuring) {
      this.measureClock(nowNs);
      work++;
    }
    return work;
  }

  /** Time-outs are met by the regular turns; frames kick. */
  hasWork(): boolean {
    return false;
  }

  isReady(): boolean {
    return this.session.canOrder && this.session.hearsReports && this.venueClock.isKnown;
  }

  place(slot: number, nowNs: number): number {
    if (!this.isReady()) return this.refuseUnready();
    const epochMs = this.venueClock.epochMsAt(nowNs);
    const refusal = this.reserve(1, false, epochMs);
    if (refusal !== SEND.sent) return refusal;
    const bytes = this.encodePlace(slot, epochMs);
    return this.hand(bytes, REQUEST_KIND.place, slot, -1, epochMs, nowNs);
  }

  cancel(slot: number, nowNs: number): number {
    if (!this.session.canOrder || !this.venueClock.isKnown) return this.refuseUnready();
    const epochMs = this.venueClock.epochMsAt(nowNs);
    const refusal = this.reserve(0, true, epochMs);
    if (refusal !== SEND.sent) return refusal;
    return this.hand(this.encodeCancel(slot, epochMs), REQUEST_KIND.cancel, slot, -1, epochMs, nowNs);
  }

  replace(slot: number, replacedSlot: number, nowNs: number): number {
    if (!this.isReady()) return this.refuseUnready();
    const epochMs = this.venueClock.epochMsAt(nowNs);
    const refusal = this.reserve(1, false, epochMs);
    if (refusal !== SEND.sent) return refusal;
    const bytes = this.encodeReplace(slot, replacedSlot, epochMs);
    return this.hand(bytes, REQUEST_KIND.replace, slot, replacedSlot, epochMs, nowNs);
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
    const epochMs = this.venueClock.isKnown
      ? this.venueClock.epochMsAt(nowNs)
      : Math.floor(this.context.clock.epochUs() / 1_000);
    let bytes: Buffer | null = null;
    if (kind === ENCODE_KIND.place) bytes = this.encodePlace(slot, epochMs);
    else if (kind === ENCODE_KIND.cancel) bytes = this.encodeCancel(slot, epochMs);
    else if (kind === ENCODE_KIND.replace) bytes = this.encodeReplace(slot, replacedSlot, epochMs);
    this.inFlight.skipId();
    return bytes === null ? SEND.unsupported : bytes.length;
  }

  addInstrument(instrument: Instrument): void {
    this.encoder.addInstrument(instrument);
    this.reports.addInstrument(instrument);
    this.answers.addInstrument(instrument);
    this.queries.addInstrument(instrument);
  }

  dropConnections(): void {
    this.session.dropConnection();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.queries.close();
    this.session.close();
    this.rest.close();
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
      this.answers.giveUp(at, REASON.disconnected, nowNs);
    }
  }

  onClockDoubted(): void {
    this.clockDueNs = 0;
  }

  private take(bytes: Buffer, from: number, end: number, mayRetry: boolean): void {
    switch (this.decoder.decode(bytes, from, end)) {
      case FRAME.report:
        this.reports.read(this.decoder, bytes, this.recvNs[0]);
        return;
      case FRAME.response:
        this.answer(bytes, from, end);
        return;
      case FRAME.otherEvent:
        this.otherEvent(bytes);
        return;
      case FRAME.malformed: {
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
    const { decoder, inFlight, context } = this;
    const recvNs = this.recvNs[0];
    const id = decoder.integer(AT_ID);
    const status = decoder.integer(AT_STATUS);
    const at = inFlight.find(id);
    if (at >= 0) {
      this.answers.read(decoder, bytes, at, recvNs);
      if (this.answers.lastCode === TIMESTAMP_REFUSED) this.clockDueNs = 0;
    }
    if (this.venueClock.isKnown) this.learnLimits(status, this.venueClock.epochMsAt(recvNs));
    if (at >= 0 || this.session.takeAnswer(id, bytes, from, end)) return;
    context.counters.increment(VENUE_COUNTER.venueLateAnswers);
    /* Without an id: the key was revoked, which ends the session's rights (web-socket-api.md, "Session authentication"). */
    if (id !== id && status === KEY_REFUSED_STATUS) this.session.dropConnection('key refused');
  }

  /** The venue's own counts correct ours; requests still out are not in them yet. */
  private learnLimits(status: number, epochMs: number): void {
    const { decoder, inFlight, budget } = this;
    for (let index = 0; index < decoder.rateLimitCount; index++) {
      const cost = COST_OF_LIMIT[decoder.limitType[index]];
      if (cost < 0) continue;
      const pending = cost === RATE_COST.orders ? inFlight.placementCount : inFlight.count;
      const windowMs = decoder.limitWindowMs[index];
      budget.observe(cost, windowMs, decoder.limitMax[index], decoder.limitCount[index], pending, epochMs);
    }
    if (status !== 418 && status !== 429) return;
    this.context.counters.increment(VENUE_COUNTER.venueRateWarnings);
    const untilMs = decoder.integer(AT_RETRY_AFTER);
    budget.blockUntil(untilMs > epochMs ? untilMs : epochMs + RATE_PAUSE_MS);
  }

  private otherEvent(bytes: Buffer): void {
    const { counters } = this.context;
    switch (eventNameOf(this.decoder, bytes)) {
      case 'outboundAccountPosition':
      case 'balanceUpdate':
      case 'externalLockUpdate':
        counters.increment(VENUE_COUNTER.venueAccountEvents);
        return;
      case 'eventStreamTerminated':
        this.session.subscriptionEnded();
        return;
      case 'serverShutdown':
        this.session.rotate();
        return;
      case 'listStatus':
        counters.increment(VENUE_COUNTER.venueOutsideReports);
        return;
      default:
        counters.increment(VENUE_COUNTER.venueUnknownFrames);
    }
  }

  private encodePlace(slot: number, epochMs: number): Buffer | null {
    const { orders } = this.context;
    this.setTerms(slot, epochMs);
    return this.encoder.place(
      orders.instrumentIndex[slot],
      orders.side[slot],
      orders.orderType[slot],
      orders.timeInForce[slot],
    );
  }

  private encodeCancel(slot: number, epochMs: number): Buffer {
    this.setTarget(slot, epochMs);
    return this.encoder.cancel(this.context.orders.instrumentIndex[slot]);
  }

  private encodeReplace(slot: number, replacedSlot: number, epochMs: number): Buffer | null {
    const { orders } = this.context;
    this.setTarget(replacedSlot, epochMs);
    this.setTerms(slot, epochMs);
    return this.encoder.replace(
      orders.instrumentIndex[slot],
      orders.side[slot],
      orders.orderType[slot],
      orders.timeInForce[slot],
    );
  }

  private setTerms(slot: number, epochMs: number): void {
    const { values } = this.encoder;
    const { orders } = this.context;
    values[FIELD.requestId] = this.inFlight.nextId;
    values[FIELD.timestamp] = epochMs;
    values[FIELD.clientId] = orders.intentSeq[slot];
    values[FIELD.price] = orders.priceTicks[slot];
    values[FIELD.qty] = orders.qtyLots[slot];
  }

  private setTarget(slot: number, epochMs: number): void {
    const { values } = this.encoder;
    const { orders } = this.context;
    values[FIELD.requestId] = this.inFlight.nextId;
    values[FIELD.timestamp] = epochMs;
    values[FIELD.targetOrderId] = orders.venueOrderId[slot];
    values[FIELD.targetClientId] = orders.intentSeq[slot];
  }

  /** Room in the in-flight table and in the rate budget, which is charged. */
  private reserve(orderCount: number, isUrgent: boolean, epochMs: number): number {
    if (this.inFlight.isFull()) {
      this.context.counters.increment(VENUE_COUNTER.venueInFlightFull);
      return SEND.rateLimited;
    }
    if (this.budget.acquire(1, orderCount, isUrgent, epochMs) === 0) return SEND.sent;
    this.context.counters.increment(VENUE_COUNTER.venueRateLimited);
    return SEND.rateLimited;
  }

  private hand(
    bytes: Buffer | null,
    kind: number,
    slot: number,
    replacedSlot: number,
    epochMs: number,
    nowNs: number,
  ): number {
    if (bytes === null || !this.session.send(bytes)) {
      this.budget.refund(1, kind === REQUEST_KIND.cancel ? 0 : 1, epochMs);
      return bytes === null ? SEND.unsupported : this.refuseUnready();
    }
    const { orders, counters } = this.context;
    const { inFlight } = this;
    const at = inFlight.add(kind, slot, replacedSlot);
    inFlight.intentSeq[at] = orders.intentSeq[slot];
    inFlight.replacedIntentSeq[at] = replacedSlot < 0 ? 0 : orders.intentSeq[replacedSlot];
    inFlight.deadlineNs[at] = nowNs + this.requestTimeoutNs;
    counters.increment(VENUE_COUNTER.venueRequestsSent);
    return SEND.sent;
  }

  private refuseUnready(): number {
    this.context.counters.increment(VENUE_COUNTER.venueSendRefused);
    return SEND.notConnected;
  }

  private measureClock(nowNs: number): void {
    this.isMeasuring = true;
    this.clockDueNs = nowNs + CLOCK_RETRY_NS;
    void this.remeasure();
  }

  private async remeasure(): Promise<void> {
    const isMeasured = await this.venueClock.measure(() => this.rest.serverTimeMs());
    this.isMeasuring = false;
    if (this.isClosed) return;
    const { counters, clock, kick } = this.context;
    if (isMeasured) {
      this.clockDueNs = clock.nowNs() + CLOCK_REFRESH_NS;
      counters.set(VENUE_COUNTER.venueClockOffsetMs, this.venueClock.offsetMs);
    } else {
      this.clockDueNs = clock.nowNs() + CLOCK_RETRY_NS;
      counters.increment(VENUE_COUNTER.venueClockFailures);
    }
    kick();
  }
}
