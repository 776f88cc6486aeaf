// hot path: no allocation after start
import { AT_OWN, EVENT_END, PrivateDecoder } from '../binance-kit/private-decoder.ts';

/* Places of scanned values: what stands in the `o` of an event by the ASCII code of its one-letter key, and: */

/** `er`: why an order expired. */
export const EVENT_EXPIRY_REASON = 1;
const AT_EVENT_NAME: number = AT_OWN;
const EVENT_BIT = 1;

const text = (characters: string): Uint8Array => Buffer.from(characters);

const KEY_NAME = text('e');
const KEY_ORDER = text('o');
const KEY_EXPIRY_REASON = text('er');
const ORDER_TRADE_UPDATE = text('ORDER_TRADE_UPDATE');

/**
 * Scans the private frames of Binance USD-M futures: answers of its WebSocket API, and events of the private stream ("User
 * Data Streams"), of which ORDER_TRADE_UPDATE is taken apart.
 */
export class UsdmDecoder extends PrivateDecoder {
  constructor() {
    super(AT_EVENT_NAME, ORDER_TRADE_UPDATE);
  }

  protected override eventValue(): boolean {
    const { cursor } = this;
    if (cursor.is(KEY_NAME)) this.store(AT_EVENT_NAME);
    else if (cursor.is(KEY_ORDER)) this.orderEvent();
    else return false;
    return true;
  }

  protected override ownAnswerValue(): boolean {
    return false;
  }

  private orderEvent(): void {
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
