import { powerOfTen } from '../../engine/core/decimal.ts';
import { SimulatedClock } from '../../engine/core/clock.ts';
import type { Instrument } from '../../engine/core/instrument.ts';
import { COUNTER_BLOCK_BYTES, CounterBlock } from '../../engine/ipc/counters.ts';
import { MemoryMapBuilder } from '../../engine/ipc/memory-map.ts';
import { Publication, ringBytes, Subscription } from '../../engine/ipc/ring.ts';
import type { RecordHandler, RecordView, RingDeclaration } from '../../engine/ipc/ring.ts';
import {
  BOOK_DELTA,
  BOOK_DELTA_BYTES,
  BookDelta,
  QUOTE_TICK,
  QUOTE_TICK_BYTES,
  QuoteTick,
  TRADE_TICK,
  TRADE_TICK_BYTES,
  TradeTick,
} from '../../engine/messages/codecs.ts';
import { DELTA_FLAG, SIDE } from '../../engine/messages/enums.ts';

const RING_BYTES: number = 1 << 20;
const LEVEL_BYTES = 16;
const RECORDS_PER_DRAIN = 16;
const POLL = 1_024;
const DECLARATION: RingDeclaration = { name: 'feed-to-book', policy: 'lossless', capacityBytes: RING_BYTES };

/** The ring of a decoder, with a consumer that adds up everything that arrives. One thread. */
export class RecordSink {
  readonly publication: Publication;
  readonly counters: CounterBlock;
  readonly clock: SimulatedClock = new SimulatedClock(0);
  private readonly subscription: Subscription;
  private readonly handler: RecordHandler;
  private readonly delta = new BookDelta();
  private readonly quote = new QuoteTick();
  private readonly trade = new TradeTick();
  private readonly priceScale: number;
  private readonly qtyScale: number;
  private sum = 0;
  /** Of a long frame's records so far: our decoder cuts it into several, the rivals write one. */
  private levelsSum = 0;
  private undrained = 0;

  constructor(instrument: Instrument) {
    const builder = new MemoryMapBuilder();
    const ring = builder.reserve('ring', ringBytes(RING_BYTES));
    const counters = builder.reserve('counters', COUNTER_BLOCK_BYTES);
    const buffer = new SharedArrayBuffer(builder.seal().byteLength);
    this.publication = new Publication(buffer, ring, DECLARATION, null);
    this.subscription = new Subscription(buffer, ring, DECLARATION);
    this.counters = new CounterBlock(buffer, counters);
    this.priceScale = powerOfTen(instrument.priceDecimals) / instrument.tickUnits;
    this.qtyScale = powerOfTen(instrument.qtyDecimals) / instrument.lotUnits;
    this.handler = (type, view, byteOffset) => this.add(type, view, byteOffset);
  }

  /** A frame was written: now and then the consumer runs. */
  wrote(): void {
    if (++this.undrained < RECORDS_PER_DRAIN) return;
    this.undrained = 0;
    this.subscription.poll(this.handler, POLL);
  }

  /** Empties the ring and returns the sum of everything since the last call. */
  finish(): number {
    while (this.subscription.poll(this.handler, POLL) > 0);
    const sum = this.sum;
    this.sum = 0;
    return sum;
  }

  /** Price as a float to ticks: what a program on floats must do to get the same record. */
  ticks(price: number): number {
    return Math.round(price * this.priceScale);
  }

  /** Size as a float to lots; what is finer than a lot is cut, as our decoder does. */
  lots(qty: number): number {
    return Math.floor(qty * this.qtyScale + 1e-6);
  }

  /** Opens a depth record; the caller fills the levels from the returned f64 index on, then `commit`s. */
  openDelta(
    firstId: number,
    lastId: number,
    exchangeTsMs: number,
    bidCount: number,
    askCount: number,
  ): number {
    const bytes = BOOK_DELTA_BYTES + (bidCount + askCount) * LEVEL_BYTES;
    const at = this.publication.tryClaim(BOOK_DELTA, bytes);
    const delta = this.delta.wrap(this.publication.view, at);
    delta.firstUpdateId = firstId;
    delta.lastUpdateId = lastId;
    delta.exchangeTsMs = exchangeTsMs;
    delta.recvNs = 0;
    delta.decodedNs = this.clock.nowNs();
    delta.instrumentIndex = 0;
    delta.flags = DELTA_FLAG.first | DELTA_FLAG.last;
    delta.bidCount = bidCount;
    delta.askCount = askCount;
    return delta.levelsAt8;
  }

  commit(): void {
    this.publication.commit();
  }

  writeQuote(updateId: number, bid: number, bidQty: number, ask: number, askQty: number): void {
    const at = this.publication.tryClaim(QUOTE_TICK, QUOTE_TICK_BYTES);
    const quote = this.quote.wrap(this.publication.view, at);
    quote.updateId = updateId;
    quote.bidTicks = this.ticks(bid);
    quote.bidLots = this.lots(bidQty);
    quote.askTicks = this.ticks(ask);
    quote.askLots = this.lots(askQty);
    quote.exchangeTsMs = 0;
    quote.recvNs = 0;
    quote.decodedNs = this.clock.nowNs();
    quote.instrumentIndex = 0;
    this.publication.commit();
  }

  writeTrade(tradeId: number, price: number, qty: number, tradeMs: number, isSell: boolean): void {
    const at = this.publication.tryClaim(TRADE_TICK, TRADE_TICK_BYTES);
    const trade = this.trade.wrap(this.publication.view, at);
    trade.priceTicks = this.ticks(price);
    trade.qtyLots = this.lots(qty);
    trade.tradeId = tradeId;
    trade.exchangeTsMs = tradeMs;
    trade.recvNs = 0;
    trade.decodedNs = this.clock.nowNs();
    trade.bookedNs = 0;
    trade.instrumentIndex = 0;
    trade.side = isSell ? SIDE.sell : SIDE.buy;
    this.publication.commit();
  }

  private add(type: number, view: RecordView, byteOffset: number): void {
    if (type === BOOK_DELTA) {
      const delta = this.delta.wrap(view, byteOffset);
      const { f64 } = view;
      let sum = delta.bidCount + delta.askCount * 3;
      if ((delta.flags & DELTA_FLAG.first) !== 0) {
        sum += delta.firstUpdateId + delta.lastUpdateId + delta.exchangeTsMs;
      }
      const end = delta.levelsAt8 + (delta.bidCount + delta.askCount) * 2;
      for (let word = delta.levelsAt8; word < end; word++) sum += f64[word];
      this.levelsSum += sum;
      if ((delta.flags & DELTA_FLAG.last) === 0) return;
      this.mix(this.levelsSum);
      this.levelsSum = 0;
    } else if (type === QUOTE_TICK) {
      const quote = this.quote.wrap(view, byteOffset);
      this.mix(quote.updateId + quote.bidTicks + quote.bidLots + quote.askTicks + quote.askLots);
    } else if (type === TRADE_TICK) {
      const trade = this.trade.wrap(view, byteOffset);
      this.mix(trade.tradeId + trade.priceTicks + trade.qtyLots + trade.exchangeTsMs + trade.side);
    }
  }

  /** Depends on the order of the records; stays within 32 bits. */
  private mix(value: number): void {
    this.sum = (Math.imul(this.sum, 31) + (value % 0x7fff_ffff)) | 0;
  }
}
