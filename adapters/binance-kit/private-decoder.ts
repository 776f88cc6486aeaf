// hot path: no allocation after start
import { PRIVATE_FRAME } from '../venue-kit/gateway/private-protocol.ts';
import { RATE_COST } from '../venue-kit/limits/rate-budget.ts';
import { LIMITS_READ_MAX, StatedLimits } from '../venue-kit/limits/stated-limits.ts';
import { JSON_KIND, JsonCursor } from '../venue-kit/scan/json-cursor.ts';
import { ScannedValues } from '../venue-kit/scan/scanned-values.ts';

/* Places of scanned values. Below 128: what an event is made of, by the ASCII code of its one-letter key. */

/** Keys of an event that have a place: their code is below this. */
export const EVENT_END = 128;

/** Values of an answer's object, relative to one of the bases below. */
export const RESULT = {
  orderId: 0,
  clientOrderId: 1,
  origClientOrderId: 2,
  transactTime: 3,
  executedQty: 4,
  status: 5,
  code: 6,
  msg: 7,
  symbol: 8,
  updateTime: 9,
} as const;

/** Where `result` stands. */
export const AT_RESULT = 128;
/** Where `error` stands. */
export const AT_ERROR = 144;
/** Single values. */
export const AT_ID = 192;
export const AT_STATUS = 193;
export const AT_RETRY_AFTER = 194;
/** From here on places belong to the venue. */
export const AT_OWN = 195;
const PLACES = 216;

const text = (characters: string): Uint8Array => Buffer.from(characters);

const KEY_ID = text('id');
const KEY_STATUS = text('status');
const KEY_RESULT = text('result');
const KEY_ERROR = text('error');
const KEY_RATE_LIMITS = text('rateLimits');
const KEY_ORDER_ID = text('orderId');
const KEY_CLIENT_ID = text('clientOrderId');
const KEY_ORIGINAL_ID = text('origClientOrderId');
const KEY_TRANSACT_TIME = text('transactTime');
const KEY_UPDATE_TIME = text('updateTime');
const KEY_EXECUTED = text('executedQty');
const KEY_SYMBOL = text('symbol');
const KEY_CODE = text('code');
const KEY_MSG = text('msg');
const KEY_DATA = text('data');
const KEY_RETRY_AFTER = text('retryAfter');
const KEY_LIMIT_TYPE = text('rateLimitType');
const KEY_INTERVAL = text('interval');
const KEY_INTERVAL_NUM = text('intervalNum');
const KEY_LIMIT = text('limit');
const KEY_COUNT = text('count');

const ZERO = 0x30;
/** Numbers of so many digits are exact whatever the digits are. */
const EXACT_DIGITS_MAX = 15;

/**
 * Scans private frames of Binance's: notes where the wanted values stand, in any order of keys, and reads them on demand,
 * so that the frequent frames (acknowledgements, reports of orders) cost no object. This class knows the answers of the
 * WebSocket API; how an event looks is the venue's. Values belong to the last `decode`; the frame's bytes must not change
 * meanwhile. One thread.
 */
export abstract class PrivateDecoder extends ScannedValues {
  protected readonly cursor: JsonCursor = new JsonCursor();
  /** The answer's `result` is an object or null (1), an array (2), or was absent (0). */
  private resultShape: number;
  /** Objects met so far, a bit each. */
  private seenObjects: number;
  /** Of an answer. */
  readonly limits: StatedLimits = new StatedLimits();

  private readonly eventNameAt: number;
  private readonly reportName: Uint8Array;

  /** @param eventNameAt place of an event's name; `reportName` is the name of a report */
  constructor(eventNameAt: number, reportName: Uint8Array) {
    super(PLACES);
    this.eventNameAt = eventNameAt;
    this.reportName = reportName;
    this.resultShape = 0;
    this.seenObjects = 0;
  }

  /** Scans one frame, `bytes[from..end)`; a PRIVATE_FRAME. */
  decode(bytes: Uint8Array, from: number = 0, end: number = bytes.length): number {
    const { cursor } = this;
    this.beginScan(bytes);
    this.resultShape = 0;
    this.limits.count = 0;
    this.seenObjects = 0;
    cursor.begin(bytes, from, end);
    if (!cursor.openObject()) return PRIVATE_FRAME.malformed;
    let isFirst = true;
    while (cursor.nextKey(isFirst)) {
      isFirst = false;
      this.topLevelValue();
    }
    if (cursor.failed || !cursor.isAtEnd()) return PRIVATE_FRAME.malformed;
    const { eventNameAt } = this;
    if (this.kindAt(eventNameAt) === JSON_KIND.text) {
      return this.isText(eventNameAt, this.reportName) ? PRIVATE_FRAME.report : PRIVATE_FRAME.otherEvent;
    }
    if (this.kindAt(AT_ID) === JSON_KIND.none || this.kindAt(AT_STATUS) !== JSON_KIND.number)
      return PRIVATE_FRAME.other;
    return PRIVATE_FRAME.response;
  }

  /** Whether the answer's `result` is an array: a list the scanner does not take apart. */
  get isListResult(): boolean {
    return this.resultShape === 2;
  }

  /** The name of the event last decoded. Allocates. */
  eventName(bytes: Buffer): string {
    return bytes.toString('latin1', this.fromOf(this.eventNameAt), this.toOf(this.eventNameAt));
  }

  /** Reads the value of a key of an event that the cursor stands at; false, and nothing read, when it is none. */
  protected abstract eventValue(): boolean;

  /** As `eventValue`, for a key of an answer that this class does not know; `base` is that of its object. */
  protected abstract ownAnswerValue(base: number): boolean;

  /** Notes the value that comes next at this place. */
  protected store(place: number): void {
    const { cursor } = this;
    if (!cursor.value()) return;
    /* A text with escapes is not its bytes: the caller's slower way reads it. */
    if (cursor.kind === JSON_KIND.text && cursor.hasEscape) cursor.fail();
    this.note(place, cursor);
  }

  private topLevelValue(): void {
    const { cursor } = this;
    if (this.eventValue()) return;
    if (cursor.is(KEY_ID)) this.store(AT_ID);
    else if (cursor.is(KEY_STATUS)) this.store(AT_STATUS);
    else if (cursor.is(KEY_RESULT)) this.resultValue();
    else if (cursor.is(KEY_ERROR)) this.orderObject(AT_ERROR);
    else if (cursor.is(KEY_RATE_LIMITS)) this.rateLimits();
    else cursor.value();
  }

  private resultValue(): void {
    const { cursor } = this;
    this.resultShape = 1;
    if (this.orderObject(AT_RESULT)) return;
    if (cursor.kind === JSON_KIND.composite) this.resultShape = 2;
  }

  /** A second object of the same name would mix two: JSON's rule (the last one counts) is left to the slower way. */
  protected isFirstAt(bit: number): boolean {
    if ((this.seenObjects & bit) !== 0) return this.cursor.fail();
    this.seenObjects |= bit;
    return true;
  }

  /** Notes the values of an order, a cancelReplace or an error object; false when no object stands there. */
  protected orderObject(base: number): boolean {
    const { cursor } = this;
    if (!this.isFirstAt(1 << (base >> 4))) return false;
    if (!cursor.openObject()) {
      cursor.value();
      return false;
    }
    let isFirst = true;
    while (cursor.nextKey(isFirst)) {
      isFirst = false;
      this.orderValue(base);
    }
    return true;
  }

  private orderValue(base: number): void {
    const { cursor } = this;
    if (cursor.is(KEY_ORDER_ID)) this.store(base + RESULT.orderId);
    else if (cursor.is(KEY_CLIENT_ID)) this.store(base + RESULT.clientOrderId);
    else if (cursor.is(KEY_ORIGINAL_ID)) this.store(base + RESULT.origClientOrderId);
    else if (cursor.is(KEY_TRANSACT_TIME)) this.store(base + RESULT.transactTime);
    else if (cursor.is(KEY_EXECUTED)) this.store(base + RESULT.executedQty);
    else if (cursor.is(KEY_STATUS)) this.store(base + RESULT.status);
    else if (cursor.is(KEY_SYMBOL)) this.store(base + RESULT.symbol);
    else if (cursor.is(KEY_UPDATE_TIME)) this.store(base + RESULT.updateTime);
    else if (cursor.is(KEY_CODE)) this.store(base + RESULT.code);
    else if (cursor.is(KEY_MSG)) this.store(base + RESULT.msg);
    else if (cursor.is(KEY_RETRY_AFTER)) this.store(AT_RETRY_AFTER);
    else if (base === AT_ERROR && cursor.is(KEY_DATA)) this.orderObject(AT_RESULT);
    else if (!this.ownAnswerValue(base)) cursor.value();
  }

  private rateLimits(): void {
    const { cursor } = this;
    if (!cursor.openArray()) {
      cursor.value();
      return;
    }
    let isFirst = true;
    while (cursor.nextElement(isFirst)) {
      isFirst = false;
      if (!this.rateLimit()) cursor.value();
    }
  }

  private rateLimit(): boolean {
    const { cursor, limits } = this;
    if (limits.count === LIMITS_READ_MAX || !cursor.openObject()) return false;
    const index = limits.count;
    let unitMs = NaN;
    let intervalCount = NaN;
    let isKnown = false;
    limits.limit[index] = NaN;
    limits.used[index] = NaN;
    let isFirst = true;
    while (cursor.nextKey(isFirst)) {
      isFirst = false;
      if (cursor.is(KEY_LIMIT_TYPE)) isKnown = this.limitTypeValue(index);
      else if (cursor.is(KEY_INTERVAL)) unitMs = this.intervalValue();
      else if (cursor.is(KEY_INTERVAL_NUM)) intervalCount = this.smallInteger();
      else if (cursor.is(KEY_LIMIT)) limits.limit[index] = this.smallInteger();
      else if (cursor.is(KEY_COUNT)) limits.used[index] = this.smallInteger();
      else cursor.value();
    }
    const windowMs = unitMs * intervalCount;
    /* NaN fails every comparison: a limit that lacks a part is not used. */
    if (isKnown && windowMs > 0 && limits.limit[index] > 0 && limits.used[index] >= 0) {
      limits.windowMs[index] = windowMs;
      limits.count++;
    }
    return true;
  }

  /** ORDERS, REQUEST_WEIGHT, RAW_REQUESTS by their first letters; whether it is a limit at all. */
  private limitTypeValue(index: number): boolean {
    const { cursor, limits } = this;
    if (!cursor.value() || cursor.to - cursor.from < 3) return false;
    const first = cursor.bytes[cursor.from];
    const isWeight = cursor.bytes[cursor.from + 1] === 0x45;
    if (first === 0x4f) limits.cost[index] = RATE_COST.orders;
    else if (first !== 0x52) limits.cost[index] = -1;
    else limits.cost[index] = isWeight ? RATE_COST.weight : RATE_COST.requests;
    return true;
  }

  /** SECOND, MINUTE, HOUR, DAY by their first letter. */
  private intervalValue(): number {
    const { cursor } = this;
    if (!cursor.value() || cursor.to === cursor.from) return NaN;
    switch (cursor.bytes[cursor.from]) {
      case 0x53:
        return 1_000;
      case 0x4d:
        return 60_000;
      case 0x48:
        return 3_600_000;
      case 0x44:
        return 86_400_000;
      default:
        return NaN;
    }
  }

  /** A whole number within the exact range; NaN otherwise. */
  private smallInteger(): number {
    const { cursor } = this;
    if (!cursor.value() || cursor.kind !== JSON_KIND.number || cursor.to - cursor.from > EXACT_DIGITS_MAX)
      return NaN;
    let value = 0;
    for (let at = cursor.from; at < cursor.to; at++) {
      const digit = cursor.bytes[at] - ZERO;
      if (digit < 0 || digit > 9) return NaN;
      value = value * 10 + digit;
    }
    return value;
  }
}
