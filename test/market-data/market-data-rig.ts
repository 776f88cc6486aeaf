import { SimulatedClock } from '../../engine/core/clock.ts';
import type { Clock } from '../../engine/core/clock.ts';
import { spotInstrument } from '../../engine/core/instrument.ts';
import type { Instrument } from '../../engine/core/instrument.ts';
import { Prng } from '../../engine/core/prng.ts';
import { COUNTER_BLOCK_BYTES, CounterBlock } from '../../engine/ipc/counters.ts';
import { ERROR_LOG_BYTES, ErrorLog } from '../../engine/ipc/error-log.ts';
import { MemoryMapBuilder } from '../../engine/ipc/memory-map.ts';
import { Publication, ringBytes, Subscription } from '../../engine/ipc/ring.ts';
import type { RingDeclaration } from '../../engine/ipc/ring.ts';
import { FRAME_OUTCOMES, MARKET_DATA_COUNTERS } from '../../engine/market-data/counters.ts';
import type { FeedContext } from '../../engine/market-data/feed-port.ts';
import {
  BOOK_DELTA,
  BOOK_RESET,
  BookDelta,
  BookReset,
  QUOTE_TICK,
  QuoteTick,
  TRADE_TICK,
  TradeTick,
  VENUE_PRICES,
  VenuePrices,
} from '../../engine/messages/codecs.ts';
import type { CodecView } from '../../engine/messages/codec-view.ts';
import { DELTA_FLAG } from '../../engine/messages/enums.ts';
import { SHARED_DATA } from '../fixtures/shared-data.ts';

/** Where the recordings are, when they are there. */
export const DATA_DIR: string = SHARED_DATA;

/** An instrument for tests: two price and five size digits unless said otherwise. */
export function testInstrument(index: number, symbol: string, changes: Partial<Instrument> = {}): Instrument {
  return spotInstrument({
    index,
    venue: 'sim',
    symbol,
    baseAsset: symbol.slice(0, 3),
    quoteAsset: symbol.slice(3),
    priceDecimals: 2,
    tickUnits: 1,
    qtyDecimals: 5,
    lotUnits: 1,
    minQtyLots: 1,
    maxQtyLots: 1e12,
    minNotionalCash: 0,
    epoch: 1,
    ...changes,
  });
}

/** A record of the delta ring as plain data; the records of a long frame are put together. */
export type Seen =
  | {
      kind: 'depth' | 'snapshot';
      instrument: number;
      first: number;
      last: number;
      tsMs: number;
      recvNs: number;
      bids: [number, number][];
      asks: [number, number][];
      records: number;
    }
  | { kind: 'reset'; instrument: number; reason: number; expected: number; got: number }
  | {
      kind: 'trade';
      instrument: number;
      id: number;
      price: number;
      qty: number;
      side: number;
      tsMs: number;
      recvNs: number;
    }
  | { kind: 'quote'; instrument: number; id: number; numbers: number[]; recvNs: number };

/** A VenuePrices record as plain data. */
export type SeenPrices = Readonly<
  Record<'average' | 'reference' | 'mark' | 'index' | 'rateE8' | 'nextMs', number>
> & {
  readonly instrument: number;
  readonly tsMs: number;
};

type SeenDepth = Extract<Seen, { records: number }>;

/** Rings and context for a decoder or feed under test. */
export class MarketDataRig {
  readonly clock: SimulatedClock = new SimulatedClock(0);
  readonly context: FeedContext;
  readonly counters: CounterBlock;
  readonly errors: ErrorLog;
  readonly seen: Seen[] = [];
  /** Prices beside the book, apart from all others: they come by the clock. */
  readonly stated: SeenPrices[] = [];
  readonly gaps: { instrument: number; reason: number; expected: number; got: number }[] = [];
  readonly states: number[] = [];
  readonly output: Publication;
  readonly reader: Subscription;
  kicks = 0;
  onKick: () => void = () => undefined;
  private readonly delta = new BookDelta();
  private readonly reset = new BookReset();
  private readonly trade = new TradeTick();
  private readonly quote = new QuoteTick();
  private readonly prices = new VenuePrices();
  private open: SeenDepth | null = null;

  constructor(instruments: readonly Instrument[], capacityBytes: number = 1 << 22, clock?: Clock) {
    const builder = new MemoryMapBuilder();
    const ring = builder.reserve('ring', ringBytes(capacityBytes));
    const counters = builder.reserve('counters', COUNTER_BLOCK_BYTES);
    const errors = builder.reserve('errors', ERROR_LOG_BYTES);
    const buffer = new SharedArrayBuffer(builder.seal().byteLength);
    const declaration: RingDeclaration = { name: 'feed-to-book', policy: 'lossless', capacityBytes };
    this.output = new Publication(buffer, ring, declaration, null);
    this.reader = new Subscription(buffer, ring, declaration);
    this.counters = new CounterBlock(buffer, counters);
    this.errors = new ErrorLog(buffer, errors);
    this.context = {
      instruments,
      output: this.output,
      clock: clock ?? this.clock,
      random: new Prng(1),
      counters: this.counters,
      errors: this.errors,
      kick: () => {
        this.kicks++;
        this.onKick();
      },
      onConnection: (state) => this.states.push(state),
      onGap: (instrument, reason, expected, got) => this.gaps.push({ instrument, reason, expected, got }),
    };
  }

  count(name: keyof typeof MARKET_DATA_COUNTERS): number {
    return this.counters.readAll(MARKET_DATA_COUNTERS)[name];
  }

  /** Frames with an outcome: equal to `frames` when nothing disappeared. */
  outcomeSum(): number {
    const all = this.counters.readAll(MARKET_DATA_COUNTERS);
    return FRAME_OUTCOMES.reduce((sum, name) => sum + all[name], 0);
  }

  /** Reads everything in the ring into `seen` and returns it. */
  drain(): Seen[] {
    while (this.reader.poll((type, view, at) => this.note(type, view, at), 1_000) > 0);
    return this.seen;
  }

  /** Empties the ring without looking. */
  discard(): void {
    while (this.reader.poll(() => undefined, 1_000) > 0);
  }

  private note(type: number, view: CodecView, at: number): void {
    if (type === BOOK_DELTA) {
      this.noteDelta(view, this.delta.wrap(view, at));
    } else if (type === BOOK_RESET) {
      const {
        instrumentIndex: instrument,
        reason,
        expectedUpdateId,
        gotUpdateId,
      } = this.reset.wrap(view, at);
      this.seen.push({ kind: 'reset', instrument, reason, expected: expectedUpdateId, got: gotUpdateId });
    } else if (type === TRADE_TICK) {
      const record = this.trade.wrap(view, at);
      this.seen.push({
        kind: 'trade',
        instrument: record.instrumentIndex,
        id: record.tradeId,
        price: record.priceTicks,
        qty: record.qtyLots,
        side: record.side,
        tsMs: record.exchangeTsMs,
        recvNs: record.recvNs,
      });
    } else if (type === QUOTE_TICK) {
      const record = this.quote.wrap(view, at);
      const numbers = [record.bidTicks, record.bidLots, record.askTicks, record.askLots];
      const { instrumentIndex: instrument, updateId: id, recvNs } = record;
      this.seen.push({ kind: 'quote', instrument, id, numbers, recvNs });
    } else if (type === VENUE_PRICES) {
      const record = this.prices.wrap(view, at);
      this.stated.push({
        instrument: record.instrumentIndex,
        average: record.averageUnits,
        reference: record.referenceUnits,
        mark: record.markUnits,
        index: record.indexUnits,
        rateE8: record.fundingRateE8,
        nextMs: record.nextFundingMs,
        tsMs: record.exchangeTsMs,
      });
    } else {
      throw new Error(`unexpected record type ${type}`);
    }
  }

  private noteDelta(view: CodecView, record: BookDelta): void {
    const isFirst = (record.flags & DELTA_FLAG.first) !== 0;
    if (isFirst !== (this.open === null)) throw new Error('records of long frames do not chain');
    this.open ??= {
      kind: (record.flags & DELTA_FLAG.snapshot) !== 0 ? 'snapshot' : 'depth',
      instrument: record.instrumentIndex,
      first: record.firstUpdateId,
      last: record.lastUpdateId,
      tsMs: record.exchangeTsMs,
      recvNs: record.recvNs,
      bids: [],
      asks: [],
      records: 0,
    };
    const open = this.open;
    open.records++;
    for (let level = 0; level < record.bidCount + record.askCount; level++) {
      const word = record.levelsAt8 + level * 2;
      (level < record.bidCount ? open.bids : open.asks).push([view.f64[word], view.f64[word + 1]]);
    }
    if ((record.flags & DELTA_FLAG.last) === 0) return;
    this.seen.push(open);
    this.open = null;
  }
}
