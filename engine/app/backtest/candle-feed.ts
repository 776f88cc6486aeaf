import type { Feed, FeedContext } from '../../market-data/feed-port.ts';
import type { Instrument } from '../../core/instrument.ts';
import { invariant } from '../../core/assert.ts';
import {
  BOOK_DELTA,
  BOOK_DELTA_BYTES,
  BOOK_RESET,
  BOOK_RESET_BYTES,
  BookDelta,
  BookReset,
  TRADE_TICK,
  TRADE_TICK_BYTES,
  TradeTick,
} from '../../messages/codecs.ts';
import { CONNECTION_STATE, DELTA_FLAG, GAP_REASON, SIDE } from '../../messages/enums.ts';

/** Levels per side of a made-up book. */
const LEVELS = 5;
const WHOLE_SNAPSHOT =
  DELTA_FLAG.snapshot |
  DELTA_FLAG.first |
  DELTA_FLAG.last |
  DELTA_FLAG.bidsComplete |
  DELTA_FLAG.asksComplete;

/** A closed candle in ticks and lots. */
export interface CandlePrints {
  readonly openTimeMs: number;
  readonly lengthMs: number;
  readonly openTicks: number;
  readonly highTicks: number;
  readonly lowTicks: number;
  readonly closeTicks: number;
  readonly volumeLots: number;
}

/**
 * Market data made from closed candles: their prints, all told when the candle has closed, and a book around a price. On
 * the session's thread; whoever plays turns the actors after each candle, so the ring always has room.
 */
export class CandleFeed implements Feed {
  private readonly context: FeedContext;
  private readonly lastNs: Float64Array;
  private readonly trade: TradeTick = new TradeTick();
  private readonly delta: BookDelta = new BookDelta();
  private readonly reset: BookReset = new BookReset();
  private tradeId = 0;
  private updateId = 0;

  constructor(context: FeedContext) {
    this.context = context;
    this.lastNs = new Float64Array(context.instruments.length);
  }

  start(): void {
    this.context.onConnection(CONNECTION_STATE.live, 1);
  }

  /**
   * The four prints of a candle: open, the extremes (the one against its direction first), close, a quarter of the volume
   * each, the rest of the division with the close. Times of the venue lie evenly within the candle.
   */
  prints(place: number, candle: CandlePrints, nowNs: number): void {
    const { openTicks, highTicks, lowTicks, closeTicks, volumeLots, openTimeMs, lengthMs } = candle;
    if (volumeLots === 0) return;
    const isUp = closeTicks >= openTicks;
    const quarter = Math.floor(volumeLots / 4);
    const third = Math.floor(lengthMs / 3);
    const first = isUp ? lowTicks : highTicks;
    const second = isUp ? highTicks : lowTicks;
    const main = isUp ? SIDE.buy : SIDE.sell;
    const other = isUp ? SIDE.sell : SIDE.buy;
    this.print(place, openTicks, quarter, main, openTimeMs, nowNs);
    this.print(place, first, quarter, other, openTimeMs + third, nowNs);
    this.print(place, second, quarter, main, openTimeMs + 2 * third, nowNs);
    this.print(place, closeTicks, volumeLots - 3 * quarter, main, openTimeMs + lengthMs - 1, nowNs);
  }

  /** A book of LEVELS levels a side, `halfTicks` from the price and from each other, `levelLots` each. */
  book(
    place: number,
    priceTicks: number,
    halfTicks: number,
    levelLots: number,
    exchangeTsMs: number,
    nowNs: number,
  ): void {
    const { output, instruments } = this.context;
    const at = output.tryClaim(BOOK_DELTA, BOOK_DELTA_BYTES + LEVELS * 2 * 16);
    invariant(at >= 0, 'the ring of a candle feed has room for a book');
    const delta = this.delta.wrap(output.view, at);
    const words = output.view.f64;
    const bidTicks = Math.max(LEVELS, Math.min(Math.floor(priceTicks - halfTicks), priceTicks - 1));
    const askTicks = Math.max(Math.ceil(priceTicks + halfTicks), bidTicks + 1);
    const step = Math.max(1, Math.round(halfTicks));
    delta.firstUpdateId = ++this.updateId;
    delta.lastUpdateId = this.updateId;
    delta.exchangeTsMs = exchangeTsMs;
    delta.recvNs = nowNs;
    delta.decodedNs = nowNs;
    delta.instrumentIndex = instruments[place].index;
    delta.flags = WHOLE_SNAPSHOT;
    delta.bidCount = LEVELS;
    delta.askCount = LEVELS;
    let word = delta.levelsAt8;
    for (let level = 0; level < LEVELS; level++, word += 2) {
      words[word] = Math.max(1, bidTicks - level * step);
      words[word + 1] = levelLots;
    }
    for (let level = 0; level < LEVELS; level++, word += 2) {
      words[word] = askTicks + level * step;
      words[word + 1] = levelLots;
    }
    output.commit();
    this.lastNs[place] = nowNs;
  }

  /** Candles are missing: the book is hidden until the next one. */
  hole(place: number, nowNs: number): void {
    const { output, instruments, onGap } = this.context;
    onGap(place, GAP_REASON.sequenceGap, 0, 0);
    const at = output.tryClaim(BOOK_RESET, BOOK_RESET_BYTES);
    invariant(at >= 0, 'the ring of a candle feed has room for a reset');
    const reset = this.reset.wrap(output.view, at);
    reset.recvNs = nowNs;
    reset.expectedUpdateId = 0;
    reset.gotUpdateId = 0;
    reset.instrumentIndex = instruments[place].index;
    reset.reason = GAP_REASON.sequenceGap;
    output.commit();
  }

  doWork(): number {
    return 0;
  }

  hasWork(): boolean {
    return false;
  }

  resync(): void {
    /* The next candle brings a whole book. */
  }

  refresh(): void {
    /* As above. */
  }

  lastDataNs(place: number): number {
    return this.lastNs[place];
  }

  dropConnections(): void {
    /* There are none. */
  }

  close(): void {
    /* Nothing is open. */
  }

  private print(
    place: number,
    priceTicks: number,
    qtyLots: number,
    side: number,
    timeMs: number,
    nowNs: number,
  ): void {
    const { output, instruments } = this.context;
    const at = output.tryClaim(TRADE_TICK, TRADE_TICK_BYTES);
    invariant(at >= 0, 'the ring of a candle feed has room for a trade');
    const trade = this.trade.wrap(output.view, at);
    trade.priceTicks = priceTicks;
    trade.qtyLots = qtyLots;
    trade.tradeId = ++this.tradeId;
    trade.exchangeTsMs = timeMs;
    trade.recvNs = nowNs;
    trade.decodedNs = nowNs;
    trade.bookedNs = 0;
    trade.bookTakenNs = 0;
    trade.instrumentIndex = instruments[place].index;
    trade.side = side;
    output.commit();
  }
}

/** How many levels a side of a made-up book has, for those who say what is assumed. */
export const CANDLE_BOOK_LEVELS: number = LEVELS;

/** Prices and sizes of candles as whole ticks and lots of an instrument. */
export function toTicks(instrument: Instrument, price: number): number {
  return Math.round(price * 10 ** instrument.priceDecimals);
}

/** The same of a size. */
export function toLots(instrument: Instrument, qty: number): number {
  return Math.round(qty * 10 ** instrument.qtyDecimals);
}
