import { ReplaceReader } from '../../adapters/binance-spot/replace-reader.ts';
import { ClientIdReader, orderClientId } from '../../adapters/venue-kit/request/client-id.ts';
import { InFlightTable, REQUEST_KIND } from '../../adapters/venue-kit/request/in-flight-table.ts';
import { BINANCE_SPOT_ORDERS } from '../../adapters/binance-spot/order-words.ts';
import { OrderEncoder } from '../../adapters/venue-kit/request/order-encoder.ts';
import { ReportReader } from '../../adapters/binance-spot/report-reader.ts';
import type { ApiKey } from '../../adapters/venue-kit/signing/api-key.ts';
import { FIELD } from '../../adapters/venue-kit/request/request-template.ts';
import { AT_ID } from '../../adapters/binance-kit/private-decoder.ts';
import { UserDataDecoder } from '../../adapters/binance-spot/user-data-decoder.ts';
import { PRIVATE_FRAME } from '../../adapters/venue-kit/gateway/private-protocol.ts';
import { ReportLookup } from '../../adapters/venue-kit/gateway/report-lookup.ts';
import { RequestOutcomes } from '../../adapters/venue-kit/gateway/request-outcomes.ts';
import { RATE_COST, RateBudget } from '../../adapters/venue-kit/limits/rate-budget.ts';
import type { RateWindowSpec } from '../../adapters/venue-kit/limits/rate-budget.ts';
import { SEND, VENUE_COUNTER } from '../../engine/execution/venue-port.ts';
import type { VenueContext, VenueGateway } from '../../engine/execution/venue-port.ts';
import { CONNECTION_KIND, CONNECTION_STATE } from '../../engine/messages/enums.ts';
import { TICK_ID_HALF, writeDigits } from './tick-frames.ts';
import { ORDER_HOP, TERMS_AT } from './tick-log.ts';
import type { TickLog } from './tick-log.ts';

/** How orders are built. */
export interface TickVenueOptions {
  readonly credentials: ApiKey;
  readonly namespace: string;
  readonly requestTimeoutNs: number;
  /** An intent number of this run: all of a run have the same number of digits. */
  readonly intentSample: number;
}

/** As many windows as at Binance, with room for everything a bench sends. */
const RATE_WINDOWS: readonly RateWindowSpec[] = [
  { cost: RATE_COST.weight, windowMs: 60_000, limit: 1e12, reserve: 600 },
  { cost: RATE_COST.orders, windowMs: 10_000, limit: 1e12, reserve: 0 },
  { cost: RATE_COST.orders, windowMs: 86_400_000, limit: 1e12, reserve: 0 },
  { cost: RATE_COST.requests, windowMs: 300_000, limit: 1e12, reserve: 30_000 },
];
/** Ids of a fixed width, so that the answers can be written over a template. */
const REQUEST_ID_FIRST = 1_000_000_000;
const REQUEST_ID_DIGITS = 10;
const ORDER_ID_FIRST = 1_000_000_000;
const ORDER_ID_DIGITS = 10;
const WAITING_MAX = 4_096;

/** A frame of the venue with places to be written over. */
class FrameTemplate {
  readonly bytes: Buffer;

  constructor(text: string) {
    this.bytes = Buffer.from(text);
  }

  placeOf(marker: string): number {
    const at = this.bytes.indexOf(marker);
    if (at < 0) throw new Error(`the template has no ${marker}`);
    return at + marker.length;
  }
}

/**
 * Order entry of Binance Spot without a socket: budget, request encoder, signature and in-flight table are the
 * adapter's and are used in the adapter's order; where it would hand the bytes to the socket they are noted with the
 * time. Each order is then answered as the venue would answer an IOC order that found nothing: an acknowledgement and
 * an execution report, both as frames through the adapter's decoder, in a later turn of the event loop. One thread.
 */
export class TickVenue implements VenueGateway {
  /** Of the requests' bytes: length of the last one and sum over all. */
  bytesSum: number;
  private readonly context: VenueContext;
  private readonly log: TickLog;
  private readonly encoder: OrderEncoder;
  private readonly budget: RateBudget = new RateBudget(RATE_WINDOWS);
  private readonly inFlight: InFlightTable = new InFlightTable(REQUEST_ID_FIRST);
  private readonly decoder: UserDataDecoder = new UserDataDecoder();
  private readonly answers: ReplaceReader;
  private readonly reports: ReportReader;
  private readonly requestTimeoutNs: number;
  private readonly ack: FrameTemplate;
  private readonly ackIdAt: number;
  private readonly ackOrderAt: number;
  private readonly report: FrameTemplate;
  private readonly reportClientAt: number;
  private readonly reportOrderAt: number;
  private readonly intentDigits: number;
  private readonly waitingIds: Int32Array = new Int32Array(WAITING_MAX);
  private readonly waitingIntents: Float64Array = new Float64Array(WAITING_MAX);
  private waitingFrom: number;
  private waitingTo: number;
  private nextOrderId: number;
  private isUp: boolean;
  /** Called when an answer waits and none did before: `deliver` is to be called in a later turn. */
  private readonly onWaiting: () => void;

  constructor(context: VenueContext, log: TickLog, options: TickVenueOptions, onWaiting: () => void) {
    const { namespace, credentials, intentSample } = options;
    const [instrument] = context.instruments;
    this.bytesSum = 0;
    this.context = context;
    this.log = log;
    this.encoder = new OrderEncoder(BINANCE_SPOT_ORDERS, context.instruments, {
      credentials,
      namespace,
      recvWindowMs: 5_000,
    });
    const lookup = new ReportLookup(context, new ClientIdReader(namespace));
    this.answers = new ReplaceReader(context, lookup, new RequestOutcomes(context, this.inFlight));
    this.reports = new ReportReader(context, lookup);
    this.requestTimeoutNs = options.requestTimeoutNs;
    const clientId = orderClientId(namespace, intentSample);
    this.intentDigits = clientId.length - namespace.length - 2;
    this.ack = new FrameTemplate(ackText(instrument.symbol, clientId));
    this.ackIdAt = this.ack.placeOf('"id":');
    this.ackOrderAt = this.ack.placeOf('"orderId":');
    this.report = new FrameTemplate(reportText(instrument.symbol, clientId));
    this.reportClientAt = this.report.placeOf('"c":"') + namespace.length + 2;
    this.reportOrderAt = this.report.placeOf('"i":');
    this.waitingFrom = 0;
    this.waitingTo = 0;
    this.nextOrderId = ORDER_ID_FIRST;
    this.isUp = false;
    this.onWaiting = onWaiting;
  }

  start(): void {
    this.isUp = true;
    this.context.events.onConnection(CONNECTION_KIND.orderEntry, CONNECTION_STATE.live, 0);
  }

  doWork(turnNs: Float64Array): number {
    const nowNs = turnNs[0];
    let work = 0;
    for (let at = this.inFlight.oldestDue(nowNs); at >= 0; at = this.inFlight.oldestDue(nowNs)) {
      this.inFlight.remove(at);
      work++;
    }
    return work;
  }

  hasWork(): boolean {
    return false;
  }

  isReady(): boolean {
    return this.isUp;
  }

  place(slot: number, nowNs: number): number {
    const { context, inFlight } = this;
    const { orders } = context;
    const epochMs = Math.floor(context.clock.epochUs() / 1_000);
    if (inFlight.isFull() || this.waitingTo - this.waitingFrom >= WAITING_MAX) return SEND.rateLimited;
    if (this.budget.acquire(1, 1, false, epochMs) !== 0) return SEND.rateLimited;
    const { values } = this.encoder;
    const requestId = inFlight.nextId;
    values[FIELD.requestId] = requestId;
    values[FIELD.timestamp] = epochMs;
    values[FIELD.clientId] = orders.intentSeq[slot];
    values[FIELD.price] = orders.priceTicks[slot];
    values[FIELD.qty] = orders.qtyLots[slot];
    const bytes = this.encoder.place(
      orders.instrumentIndex[slot],
      orders.side[slot],
      orders.orderType[slot],
      orders.timeInForce[slot],
      orders.flags[slot],
    );
    if (bytes === null) return SEND.unsupported;
    this.capture(slot, bytes);
    const at = inFlight.add(REQUEST_KIND.place, slot, -1);
    inFlight.intentSeq[at] = orders.intentSeq[slot];
    inFlight.replacedIntentSeq[at] = 0;
    inFlight.deadlineNs[at] = nowNs + this.requestTimeoutNs;
    context.counters.increment(VENUE_COUNTER.venueRequestsSent);
    this.answerLater(slot, requestId);
    return SEND.sent;
  }

  /** Hands the waiting answers over as the socket would; whether there were any. */
  deliver(): boolean {
    if (this.waitingFrom === this.waitingTo) return false;
    while (this.waitingFrom !== this.waitingTo) {
      const at = this.waitingFrom & (WAITING_MAX - 1);
      this.waitingFrom++;
      this.deliverOne(at);
    }
    this.context.kick();
    return true;
  }

  cancel(): number {
    return SEND.unsupported;
  }

  replace(): number {
    return SEND.unsupported;
  }

  queryOrder(): number {
    return SEND.unsupported;
  }

  /** The account is empty: nothing is open. */
  queryOpenOrders(instrumentIndex: number): number {
    setImmediate(() => {
      this.context.events.onOpenOrdersEnd(instrumentIndex, this.context.clock.nowNs());
      this.context.kick();
    });
    return SEND.sent;
  }

  queryFills(instrumentIndex: number): number {
    setImmediate(() => {
      this.context.events.onFillsEnd(instrumentIndex, this.context.clock.nowNs());
      this.context.kick();
    });
    return SEND.sent;
  }

  dropConnections(): void {
    /* There are none. */
  }

  close(): void {
    this.isUp = false;
  }

  /** The moment the bytes would go to the socket. */
  private capture(slot: number, bytes: Buffer): void {
    const { context, log } = this;
    const { orders } = context;
    const sentNs = context.clock.nowNs();
    this.bytesSum += bytes.length;
    const row = log.nextRow();
    if (row >= 0) {
      const rows = log.rowValues();
      rows[row + ORDER_HOP.recvNs] = orders.recvNs[slot];
      rows[row + ORDER_HOP.decodedNs] = orders.decodedNs[slot];
      rows[row + ORDER_HOP.bookedNs] = orders.bookedNs[slot];
      rows[row + ORDER_HOP.signalledNs] = orders.signalledNs[slot];
      rows[row + ORDER_HOP.approvedNs] = orders.approvedNs[slot];
      rows[row + ORDER_HOP.sentNs] = sentNs;
      rows[row + TERMS_AT] = orders.side[slot];
      rows[row + TERMS_AT + 1] = orders.priceTicks[slot];
    }
    log.commitRow();
  }

  private answerLater(slot: number, requestId: number): void {
    const isFirst = this.waitingFrom === this.waitingTo;
    const at = this.waitingTo & (WAITING_MAX - 1);
    this.waitingIds[at] = requestId;
    this.waitingIntents[at] = this.context.orders.intentSeq[slot];
    this.waitingTo++;
    if (isFirst) this.onWaiting();
  }

  private deliverOne(at: number): void {
    const orderId = this.nextOrderId++;
    writeId(this.ack.bytes, this.ackIdAt, REQUEST_ID_DIGITS, this.waitingIds[at]);
    writeId(this.ack.bytes, this.ackOrderAt, ORDER_ID_DIGITS, orderId);
    this.take(this.ack.bytes);
    this.writeIntent(at);
    writeId(this.report.bytes, this.reportOrderAt, ORDER_ID_DIGITS, orderId);
    this.take(this.report.bytes);
  }

  /** The intent's number in base 36, behind the client id's prefix. */
  private writeIntent(waiting: number): void {
    const { bytes } = this.report;
    let rest = this.waitingIntents[waiting];
    for (let place = this.intentDigits - 1; place >= 0; place--) {
      const cut = Math.floor(rest / 36);
      const digit = rest - cut * 36;
      bytes[this.reportClientAt + place] = digit < 10 ? 0x30 + digit : 0x57 + digit;
      rest = cut;
    }
  }

  /** One frame, as the adapter takes it. */
  private take(bytes: Buffer): void {
    const recvNs = this.context.clock.nowNs();
    const kind = this.decoder.decode(bytes);
    if (kind === PRIVATE_FRAME.report) this.reports.read(this.decoder, bytes, recvNs);
    else if (kind === PRIVATE_FRAME.response) {
      const at = this.inFlight.find(this.decoder.integer(AT_ID));
      if (at >= 0) this.answers.read(this.decoder, bytes, at, recvNs);
    } else throw new Error(`the decoder does not understand ${bytes.toString('latin1')}`);
  }
}

/** An id below 2^31. */
function writeId(bytes: Uint8Array, at: number, width: number, id: number): void {
  const high = (id / TICK_ID_HALF) | 0;
  writeDigits(bytes, at, width, high, id - high * TICK_ID_HALF);
}

function ackText(symbol: string, clientId: string): string {
  return (
    `{"id":${REQUEST_ID_FIRST},"status":200,"result":{"symbol":"${symbol}","orderId":${ORDER_ID_FIRST},` +
    `"orderListId":-1,"clientOrderId":"${clientId}","transactTime":1723161255208},"rateLimits":[` +
    '{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":100000000,"count":1},' +
    '{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":600000000,"count":22}]}'
  );
}

function reportText(symbol: string, clientId: string): string {
  return (
    `{"subscriptionId":0,"event":{"e":"executionReport","E":1723161255208,"s":"${symbol}","c":"${clientId}","S":"BUY",` +
    '"o":"LIMIT","f":"IOC","q":"0.00080000","p":"61837.64000000","P":"0.00000000","F":"0.00000000","g":-1,"C":"",' +
    `"x":"EXPIRED","X":"EXPIRED","r":"NONE","i":${ORDER_ID_FIRST},"l":"0.00000000","z":"0.00000000",` +
    '"L":"0.00000000","n":"0","N":null,"T":1723161255208,"t":-1,"I":8641984,"w":false,"m":false,"M":false,' +
    '"O":1723161255208,"Z":"0.00000000","Y":"0.00000000","Q":"0.00000000","W":1723161255208,"V":"NONE"}}'
  );
}
