// hot path: no allocation after start
import { AT_OWN, EVENT_END, PrivateDecoder } from '../binance-kit/private-decoder.ts';

/* Places of scanned values: an event's by the ASCII code of its one-letter key; the expiry reason `eR` has its own. */
export const EVENT_EXPIRY_REASON = 1;
const EVENT_TYPE = 0x65;
const EVENT_BIT = 1;
/** Where `cancelResponse` and `newOrderResponse` of a cancelReplace stand (in `result` or `error.data`). */
export const AT_CANCEL = 160;
export const AT_NEW = 176;
export const AT_CANCEL_RESULT: number = AT_OWN;
export const AT_NEW_RESULT: number = AT_OWN + 1;

const text = (characters: string): Uint8Array => Buffer.from(characters);

const KEY_EVENT = text('event');
const KEY_SUBSCRIPTION = text('subscriptionId');
const KEY_EXPIRY_REASON = text('eR');
const KEY_CANCEL_RESULT = text('cancelResult');
const KEY_NEW_RESULT = text('newOrderResult');
const KEY_CANCEL_RESPONSE = text('cancelResponse');
const KEY_NEW_RESPONSE = text('newOrderResponse');
const EXECUTION_REPORT = text('executionReport');

/**
 * Scans the frames of Binance Spot's WebSocket API connection (user-data-stream.md, web-socket-api.md): answers, and events
 * of the user data stream, which stand in `event` with keys of one letter.
 */
export class UserDataDecoder extends PrivateDecoder {
  constructor() {
    super(EVENT_TYPE, EXECUTION_REPORT);
  }

  protected override eventValue(): boolean {
    const { cursor } = this;
    if (cursor.is(KEY_EVENT)) this.eventObject();
    else if (cursor.is(KEY_SUBSCRIPTION)) cursor.value();
    else return false;
    return true;
  }

  protected override ownAnswerValue(): boolean {
    const { cursor } = this;
    if (cursor.is(KEY_CANCEL_RESULT)) this.store(AT_CANCEL_RESULT);
    else if (cursor.is(KEY_NEW_RESULT)) this.store(AT_NEW_RESULT);
    else if (cursor.is(KEY_CANCEL_RESPONSE)) this.orderObject(AT_CANCEL);
    else if (cursor.is(KEY_NEW_RESPONSE)) this.orderObject(AT_NEW);
    else return false;
    return true;
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
}
