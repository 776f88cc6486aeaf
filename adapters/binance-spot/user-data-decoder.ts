// hot path: no allocation after start
import { PRIVATE_FRAME } from '../venue-kit/gateway/private-protocol.ts';
import { RATE_COST } from '../venue-kit/limits/rate-budget.ts';
import { LIMITS_READ_MAX, StatedLimits } from '../venue-kit/limits/stated-limits.ts';
import { JSON_KIND, JsonCursor } from '../venue-kit/scan/json-cursor.ts';
import { ScannedValues } from '../venue-kit/scan/scanned-values.ts';

/* Places of scanned values. Events: the ASCII code of their one-letter key; the expiry reason `eR` has its own. */
export const EVENT_EXPIRY_REASON = 1;
/** Name of an event. */
export const EVENT_TYPE = 0x65;
const EVENT_END = 128;
const EVENT_BIT = 1;

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
} as const;

/** Where `result` stands. */
export const AT_RESULT = 128;
/** Where `error` stands. */
export const AT_ERROR = 144;
/** Where `cancelResponse` and `newOrderResponse` of a cancelReplace stand (in `result` or `error.data`). */
export const AT_CANCEL = 160;
export const AT_NEW = 176;
/** Single values. */
export const AT_ID = 192;
export const AT_STATUS = 193;
export const AT_CANCEL_RESULT = 194;
export const AT_NEW_RESULT = 195;
export const AT_RETRY_AFTER = 196;
const PLACES = 200;

const text = (characters: string): Uint8Array => Buffer.from(characters);

const KEY_ID = text('id');
const KEY_STATUS = text('status');
const KEY_RESULT = text('result');
const KEY_ERROR = text('error');
const KEY_EVENT = text('event');
const KEY_RATE_LIMITS = text('rateLimits');
const KEY_SUBSCRIPTION = text('subscriptionId');
const KEY_EXPIRY_REASON = text('eR');
const KEY_ORDER_ID = text('orderId');
const KEY_CLIENT_ID = text('clientOrderId');
const KEY_ORIGINAL_ID = text('origClientOrderId');
const KEY_TRANSACT_TIME = text('transactTime');
const KEY_EXECUTED = text('executedQty');
const KEY_SYMBOL = text('symbol');
const KEY_CODE = text('code');
const KEY_MSG = text('msg');
const KEY_DATA = text('data');
const KEY_CANCEL_RESULT = text('cancelResult');
const KEY_NEW_RESULT = text('newOrderResult');
const KEY_CANCEL_RESPONSE = text('cancelResponse');
const KEY_NEW_RESPONSE = text('newOrderResponse');
const KEY_RETRY_AFTER = text('retryAfter');
const KEY_LIMIT_TYPE = text('rateLimitType');
const KEY_INTERVAL = text('interval');
const KEY_INTERVAL_NUM = text('intervalNum');
const KEY_LIMIT = text('limit');
const KEY_COUNT = text('count');
const EXECUTION_REPORT = text('executionReport');

const ZERO = 0x30;
/** Numbers of so many digits are exact whatever the digits are. */
const EXACT_DIGITS_MAX = 15;

/**
 * Scans the frames of the WebSocket API connection: notes where the wanted values stand, in any order of keys, and reads
 * them on demand, so that the frequent frames (acknowledgements, execution reports) cost no object. Values belong to the
 * last `decode`; the frame's bytes must not change meanwhile. One thread.
 */
export class UserDataDecoder extends ScannedValues {
  private readonly cursor: JsonCursor = new JsonCursor();
  /** The answer's `result` is an object or null (1), an array (2), or was absent (0). */
  private resultShape: number;
  /** Objects met so far, a bit each. */
  private seenObjects: number;
  /** Of an answer. */
  readonly limits: StatedLimits = new StatedLimits();

  constructor() {
    super(PLACES);
    this.resultShape = 0;
    this.seenObjects = 0;
  }

  /** Scans one frame, `bytes[from..end)`; a PRIVATE_FRAME: a report is an executionReport, whose EVENT values are set. */
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
    if (this.kindAt(EVENT_TYPE) === JSON_KIND.text) {
      return this.isText(EVENT_TYPE, EXECUTION_REPORT) ? PRIVATE_FRAME.report : PRIVATE_FRAME.otherEvent;
    }
    if (this.kindAt(AT_ID) === JSON_KIND.none || this.kindAt(AT_STATUS) !== JSON_KIND.number)
      return PRIVATE_FRAME.other;
    return PRIVATE_FRAME.response;
  }

  /** Whether the answer's `result` is an array: a list the scanner does not take apart. */
  get isListResult(): boolean {
    return this.resultShape === 2;
  }

  private topLevelValue(): void {
    const { cursor } = this;
    if (cursor.is(KEY_EVENT)) this.eventObject();
    else if (cursor.is(KEY_SUBSCRIPTION)) cursor.value();
    else if (cursor.is(KEY_ID)) this.store(AT_ID);
    else if (cursor.is(KEY_STATUS)) this.store(AT_STATUS);
    else if (cursor.is(KEY_RESULT)) this.resultValue();
    else if (cursor.is(KEY_ERROR)) this.orderObject(AT_ERROR);
    else if (cursor.is(KEY_RATE_LIMITS)) this.rateLimits();
    else cursor.value();
  }

  private store(place: number): void {
    const { cursor } = this;
    if (!cursor.value()) return;
    /* A text with escapes is not its bytes: the caller's slower way reads it. */
    if (cursor.kind === JSON_KIND.text && cursor.hasEscape) cursor.fail();
    this.note(place, cursor);
  }

  private eventObject(): void {
    const { cursor } = this;
    if (!this.isFirstAt(EVENT_BIT)) return;
    if (!cursor.openObject()) {
      cursor.value();
      return;
    }
    let isFirst = true;
    for (;;) {
      const key = cursor.compactPair(isFirst);
      if (key >= 0) this.note(key, cursor);
      else if (!cursor.nextKey(isFirst)) return;
      else if (cursor.to - cursor.from === 1 && cursor.bytes[cursor.from] < EVENT_END) {
        this.store(cursor.bytes[cursor.from]);
      } else if (cursor.is(KEY_EXPIRY_REASON)) this.store(EVENT_EXPIRY_REASON);
      else cursor.value();
      isFirst = false;
    }
  }

  private resultValue(): void {
    const { cursor } = this;
    this.resultShape = 1;
    if (this.orderObject(AT_RESULT)) return;
    if (cursor.kind === JSON_KIND.composite) this.resultShape = 2;
  }

  /** A second object of the same name would mix two: JSON's rule (the last one counts) is left to the slower way. */
  private isFirstAt(bit: number): boolean {
    if ((this.seenObjects & bit) !== 0) return this.cursor.fail();
    this.seenObjects |= bit;
    return true;
  }

  /** Notes the values of an order, a cancelReplace or an error object; false when no object stands there. */
  private orderObject(base: number): boolean {
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
    else if (cursor.is(KEY_CODE)) this.store(base + RESULT.code);
    else if (cursor.is(KEY_MSG)) this.store(base + RESULT.msg);
    else if (cursor.is(KEY_CANCEL_RESULT)) this.store(AT_CANCEL_RESULT);
    else if (cursor.is(KEY_NEW_RESULT)) this.store(AT_NEW_RESULT);
    else if (cursor.is(KEY_RETRY_AFTER)) this.store(AT_RETRY_AFTER);
    else if (cursor.is(KEY_CANCEL_RESPONSE)) this.orderObject(AT_CANCEL);
    else if (cursor.is(KEY_NEW_RESPONSE)) this.orderObject(AT_NEW);
    else if (base === AT_ERROR && cursor.is(KEY_DATA)) this.orderObject(AT_RESULT);
    else cursor.value();
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
