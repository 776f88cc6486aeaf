import type { Clock } from '../../engine/core/clock.ts';
import type { Instrument } from '../../engine/core/instrument.ts';
import type { Prng } from '../../engine/core/prng.ts';
import { FramedSocket } from '../net/framed-socket.ts';
import type { OpenFramedSocket } from '../net/framed-socket.ts';
import { MemorySocket } from '../net/memory-socket.ts';
import type { PracticeExchange } from '../venue-kit/venue-descriptor.ts';
import type { VenueRest } from '../venue-kit/session/exchange-link.ts';
import { REHEARSAL_ID_FIRST, RehearsalMarket, writeRehearsalId } from './rehearsal-frames.ts';
import type { RestAnswer } from '../venue-kit/request/rest-client.ts';
import type { SnapshotClient } from '../venue-kit/book/snapshot-client.ts';

const BLOCK_BYTES = 65_536;
/** Bytes an order's answer may take; what finds less room is not answered. */
const ANSWER_BYTES_MAX = 4_096;
const FRAME_TEXT = 0x81;
const LENGTH_16 = 126;
const HEADER_BYTES = 4;
/** Header, 16-bit length and key of a client's frame; order requests are longer than 125 bytes. */
const REQUEST_HEADER_BYTES = 8;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACE = 0x7d;

const text = (characters: string): Buffer => Buffer.from(characters);
const KEY_ID = text('"id":');
const KEY_CLIENT_ID = text('"newClientOrderId":');
const KEY_SIDE = text('"side":');
const KEY_PRICE = text('"price":');
const KEY_QTY = text('"quantity":');
const METHOD_PLACE = text('"method":"order.place"');

/** Generous limits: how fast is practised is the engine's business. */
const RATE_LIMITS =
  '"rateLimits":[' +
  '{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":100000000,"count":1},' +
  '{"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":100000000,"count":1},' +
  '{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":100000000,"count":1},' +
  '{"rateLimitType":"RAW_REQUESTS","interval":"MINUTE","intervalNum":5,"limit":100000000,"count":1}]';

/** One socket of the engine's and the memory between us. */
interface Line {
  readonly framed: FramedSocket;
  readonly memory: MemorySocket;
}

/**
 * An exchange without network, clock or matching, in the engine's own thread: market frames when it is told to, every
 * order filled at its price. It exists so that the code of the hot path can be practised, with real frames, real
 * signatures and real reports, and no way to the outside. One thread.
 */
export class RehearsalExchange implements PracticeExchange {
  /** Orders taken in so far. */
  orderCount: number;
  readonly openSocket: OpenFramedSocket;
  readonly snapshots: Pick<SnapshotClient, 'fetch' | 'close'>;
  readonly rest: VenueRest;
  private readonly market: RehearsalMarket;
  private stream: Line | null;
  private orders: Line | null;
  private nextFrame: number;
  private lastId: number;
  private tradeId: number;
  private readonly block: Buffer = Buffer.alloc(BLOCK_BYTES);
  private readonly request: Buffer = Buffer.alloc(BLOCK_BYTES);
  private readonly answers: Buffer = Buffer.alloc(BLOCK_BYTES);
  private answersEnd: number;
  private readonly ackParts: readonly Buffer[];
  private readonly newParts: readonly Buffer[];
  private readonly tradeParts: readonly Buffer[];
  private readonly ids: Buffer = Buffer.alloc(32, 0x30);
  /** [from, end) of the values found in the request: id, client id, side, price, quantity. */
  private readonly found: Int32Array = new Int32Array(10);

  constructor(instrument: Instrument, clock: Clock, random: Prng) {
    this.market = new RehearsalMarket(instrument, random);
    this.orderCount = 0;
    this.stream = null;
    this.orders = null;
    this.nextFrame = 0;
    this.lastId = REHEARSAL_ID_FIRST;
    this.tradeId = REHEARSAL_ID_FIRST;
    this.answersEnd = 0;
    const { symbol, quoteAsset } = instrument;
    this.ackParts = ackParts(symbol);
    this.newParts = reportParts(symbol, quoteAsset, false);
    this.tradeParts = reportParts(symbol, quoteAsset, true);
    this.openSocket = (url, options, handlers): FramedSocket => {
      const isStream = url.includes('/stream?');
      const memory = new MemorySocket({
        onText: (request) => this.answerText(request),
        onFrame: (frame) => this.takeOrder(frame),
      });
      const framed = new FramedSocket(url, options, handlers, memory);
      if (isStream) this.stream = { framed, memory };
      else this.orders = { framed, memory };
      setImmediate(() => memory.open());
      return framed;
    };
    this.snapshots = {
      fetch: () => Promise.resolve(this.market.snapshot(this.lastId)),
      close: () => {},
    };
    const empty: RestAnswer = { status: 200, body: [], usedWeight: -1, retryAfterMs: 0 };
    this.rest = {
      serverTimeMs: () => Promise.resolve(Math.floor(clock.epochUs() / 1_000)),
      signedGet: () => Promise.resolve(empty),
      close: () => {},
    };
  }

  /** The next thing that happens at the exchange: waiting answers, else a market frame. */
  step(): void {
    if (this.answersEnd > 0) this.sendAnswers();
    else this.sendFrame();
  }

  private sendFrame(): void {
    if (this.stream === null || this.stream.memory.readyState !== 1) return;
    const { bytes, firstIdAt, lastIdAt } = this.market.frames[this.nextFrame];
    this.nextFrame = this.nextFrame + 1 === this.market.frames.length ? 0 : this.nextFrame + 1;
    this.block.set(bytes);
    if (firstIdAt >= 0) {
      writeRehearsalId(this.block, firstIdAt, this.lastId + 1);
      this.lastId += 3;
    } else this.tradeId++;
    writeRehearsalId(this.block, lastIdAt, firstIdAt >= 0 ? this.lastId : this.tradeId);
    this.stream.framed.receive(this.block, bytes.length);
  }

  private sendAnswers(): void {
    const length = this.answersEnd;
    this.answersEnd = 0;
    if (this.orders === null) return;
    this.block.set(this.answers.subarray(0, length));
    this.orders.framed.receive(this.block, length);
  }

  /** Requests off the order path, once at a start: logon, subscription, what is open. */
  private answerText(request: string): void {
    const { id, method } = JSON.parse(request) as { readonly id: number; readonly method: string };
    const isList = method === 'openOrders.status' || method === 'myTrades';
    const result = isList ? '[]' : '{"subscriptionId":0}';
    const payload = Buffer.from(`{"id":${id},"status":200,"result":${result},${RATE_LIMITS}}`);
    const frame = Buffer.alloc(HEADER_BYTES + payload.length);
    frame[0] = FRAME_TEXT;
    frame[1] = LENGTH_16;
    frame.writeUInt16BE(payload.length, 2);
    payload.copy(frame, HEADER_BYTES);
    setImmediate(() => this.orders?.framed.receive(frame, frame.length));
  }

  /** A placement is acknowledged and filled; anything else of the order path stays unanswered. */
  private takeOrder(frame: Uint8Array): void {
    const length = frame.length - REQUEST_HEADER_BYTES;
    if (length <= 0) return;
    const { request, found } = this;
    for (let index = 0; index < length; index++) {
      request[index] = frame[REQUEST_HEADER_BYTES + index] ^ frame[4 + (index & 3)];
    }
    request[length] = 0;
    if (request.indexOf(METHOD_PLACE, 0) < 0 || this.answersEnd + ANSWER_BYTES_MAX > BLOCK_BYTES) return;
    this.orderCount++;
    this.find(KEY_ID, 0);
    this.find(KEY_CLIENT_ID, 2);
    this.find(KEY_SIDE, 4);
    this.find(KEY_PRICE, 6);
    this.find(KEY_QTY, 8);
    if (found[1] <= found[0] || found[3] <= found[2]) return;
    this.tradeId++;
    writeRehearsalId(this.ids, 0, this.tradeId);
    this.answer(this.ackParts);
    this.answer(this.newParts);
    this.answer(this.tradeParts);
  }

  /** Where the value of a key stands in the request, without white space and quotes; the request repeats no key. */
  private find(key: Buffer, slot: number): void {
    const { request, found } = this;
    const keyAt = request.indexOf(key, 0);
    found[slot] = 0;
    found[slot + 1] = 0;
    if (keyAt < 0) return;
    let from = keyAt + key.length;
    while (request[from] === SPACE || request[from] === QUOTE) from++;
    let end = from;
    while (request[end] !== QUOTE && request[end] !== COMMA && request[end] !== BRACE && request[end] !== 0)
      end++;
    found[slot] = from;
    found[slot + 1] = end;
  }

  /** Writes one frame behind the others: constants, and between them the values their markers name. */
  private answer(parts: readonly Buffer[]): void {
    const { answers } = this;
    const start = this.answersEnd;
    let at = start + HEADER_BYTES;
    for (let index = 0; index < parts.length; index++) {
      const part = parts[index];
      if (part.length === 1) {
        at = this.value(part[0], at);
        continue;
      }
      answers.set(part, at);
      at += part.length;
    }
    const length = at - start - HEADER_BYTES;
    answers[start] = FRAME_TEXT;
    answers[start + 1] = LENGTH_16;
    answers[start + 2] = length >> 8;
    answers[start + 3] = length & 0xff;
    this.answersEnd = at;
  }

  private value(marker: number, at: number): number {
    if (marker === ORDER_ID) {
      this.ids.copy(this.answers, at, 0, ID_BYTES);
      return at + ID_BYTES;
    }
    const from = this.found[marker];
    const end = this.found[marker + 1];
    this.request.copy(this.answers, at, from, end);
    return at + end - from;
  }
}

const ID_BYTES = 11;
/** Markers: a part of one byte; even ones are slots of `found`. */
const ORDER_ID = 99;
const MARKERS: Readonly<Record<string, number>> = {
  id: 0,
  client: 2,
  side: 4,
  price: 6,
  qty: 8,
  order: ORDER_ID,
};

/** `{name}` in a template becomes a marker. */
function partsOf(template: string): Buffer[] {
  return template
    .split(/(<[a-z]+>)/)
    .map((part) => (part.startsWith('<') ? Buffer.of(MARKERS[part.slice(1, -1)]) : Buffer.from(part)));
}

function ackParts(symbol: string): Buffer[] {
  return partsOf(
    `{"id":<id>,"status":200,"result":{"symbol":"${symbol}","orderId":<order>,"orderListId":-1,` +
      `"clientOrderId":"<client>","transactTime":1723161255208},${RATE_LIMITS}}`,
  );
}

function reportParts(symbol: string, quoteAsset: string, isTrade: boolean): Buffer[] {
  const zero = '0.00000000';
  const [lastQty, lastPrice] = isTrade ? ['<qty>', '<price>'] : [zero, zero];
  const [type, status] = isTrade ? ['TRADE', 'FILLED'] : ['NEW', 'NEW'];
  const fee = isTrade ? `"n":"${zero}","N":"${quoteAsset}"` : '"n":"0","N":null';
  return partsOf(
    `{"subscriptionId":0,"event":{"e":"executionReport","E":1723161255208,"s":"${symbol}","c":"<client>","S":"<side>",` +
      `"o":"LIMIT","f":"IOC","q":"<qty>","p":"<price>","P":"${zero}","F":"${zero}","g":-1,"C":"",` +
      `"x":"${type}","X":"${status}","r":"NONE","i":<order>,"l":"${lastQty}","z":"${lastQty}","L":"${lastPrice}",` +
      `${fee},"T":1723161255208,"t":${isTrade ? '<order>' : '-1'},"I":8641984,"w":false,"m":false,"M":${isTrade},` +
      `"O":1723161255208,"Z":"${zero}","Y":"${zero}","Q":"${zero}","W":1723161255208,"V":"NONE"}}`,
  );
}
