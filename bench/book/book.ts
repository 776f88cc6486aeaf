import { OrderBook as LimitOrderBook, Side } from 'nodejs-order-book';
import { L2Book } from '../../engine/book/l2-book.ts';
import { powerOfTen } from '../../engine/core/decimal.ts';
import { priceToTicks } from '../../engine/core/instrument.ts';
import type { Instrument } from '../../engine/core/instrument.ts';
import type { Bench, BenchOptions, BenchResult } from '../harness/comparison.ts';
import { makeCcxtBook } from '../codec/ccxt-parser.ts';
import type { FrameSet, MarketFrames } from '../codec/market-frames.ts';
import { loadMarketFrames } from '../codec/market-frames.ts';
import { microMethod, microRival, SMOKE_MICRO } from '../harness/micro.ts';
import type { MicroSettings } from '../harness/micro.ts';
import { comparePaired } from '../harness/paired-rounds.ts';
import type { ComparisonPlan } from '../harness/paired-rounds.ts';

const FULL_MICRO: MicroSettings = { timeMs: 250, passesMin: 3, warmupMs: 100, warmupPassesMin: 1 };
const DELTAS_MAX = 3_000;
const SMOKE_DELTAS = 100;

/** The snapshot and every delta, levels as (ticks, lots) pairs one behind the other: bids, then asks. */
interface Tape {
  readonly words: Float64Array;
  /** Step 0 is the snapshot. Step i's levels begin at words[starts[i]]. */
  readonly starts: Int32Array;
  readonly bidCounts: Int32Array;
  readonly askCounts: Int32Array;
  readonly steps: number;
}

/** What a rival offers: build from the snapshot, apply a delta, show the touch. All prices are ticks, sizes lots. */
interface BookRival {
  load(tape: Tape): void;
  apply(tape: Tape, step: number): void;
  /** Writes bid ticks, bid lots, ask ticks, ask lots. */
  top(out: Float64Array): void;
}

interface RawBook {
  readonly lastUpdateId?: number;
  readonly u?: number;
  readonly bids?: readonly (readonly [string, string])[];
  readonly asks?: readonly (readonly [string, string])[];
  readonly b?: readonly (readonly [string, string])[];
  readonly a?: readonly (readonly [string, string])[];
}

function parseBooks(set: FrameSet): RawBook[] {
  return Array.from({ length: set.count }, (_, index) => {
    const parsed = JSON.parse(set.bytes.toString('latin1', set.starts[index], set.ends[index])) as RawBook & {
      data?: RawBook;
    };
    return parsed.data ?? parsed;
  });
}

/** Sizes finer than a lot do occur on real books; what is finer is cut. */
function lotsOf({ qtyDecimals, lotUnits }: Instrument, qty: string): number {
  return Math.floor((Number(qty) * powerOfTen(qtyDecimals)) / lotUnits + 1e-6);
}

/** The snapshot and the deltas behind it; JSON.parse, because decoding is another bench. */
function tapeOf(frames: MarketFrames, deltasMax: number): Tape {
  const [snapshot] = parseBooks(frames.snapshot);
  const deltas = parseBooks(frames.depth).filter(({ u = 0 }) => u > (snapshot.lastUpdateId ?? 0));
  const books = [snapshot, ...deltas.slice(0, deltasMax)];
  const words: number[] = [];
  const starts = new Int32Array(books.length);
  const bidCounts = new Int32Array(books.length);
  const askCounts = new Int32Array(books.length);
  const push = (instrument: Instrument, levels: readonly (readonly [string, string])[]): number => {
    for (const [price, qty] of levels) words.push(priceToTicks(instrument, price), lotsOf(instrument, qty));
    return levels.length;
  };
  for (const [step, { bids, asks, b = bids ?? [], a = asks ?? [] }] of books.entries()) {
    starts[step] = words.length;
    bidCounts[step] = push(frames.instrument, b);
    askCounts[step] = push(frames.instrument, a);
  }
  return { words: Float64Array.from(words), starts, bidCounts, askCounts, steps: books.length };
}

class ShrikeBook implements BookRival {
  private readonly book = new L2Book();

  load({ words, starts, bidCounts, askCounts }: Tape): void {
    this.book.startSnapshot();
    this.book.loadLevels(words, starts[0], bidCounts[0], askCounts[0]);
    this.book.finishSnapshot(0);
  }

  apply({ words, starts, bidCounts, askCounts }: Tape, step: number): void {
    this.book.applyLevels(words, starts[step], bidCounts[step], askCounts[step]);
  }

  top(out: Float64Array): void {
    out[0] = this.book.bidTicks;
    out[1] = this.book.bidLots;
    out[2] = this.book.askTicks;
    out[3] = this.book.askLots;
  }
}

class CcxtBook implements BookRival {
  private book = makeCcxtBook();

  load(tape: Tape): void {
    this.book = makeCcxtBook();
    this.apply(tape, 0);
  }

  apply({ words, starts, bidCounts, askCounts }: Tape, step: number): void {
    const { bids, asks } = this.book;
    const asksAt = starts[step] + bidCounts[step] * 2;
    const end = asksAt + askCounts[step] * 2;
    for (let at = starts[step]; at < asksAt; at += 2) bids.store(words[at], words[at + 1]);
    for (let at = asksAt; at < end; at += 2) asks.store(words[at], words[at + 1]);
  }

  top(out: Float64Array): void {
    const [bid] = this.book.bids;
    const [ask] = this.book.asks;
    out[0] = bid[0];
    out[1] = bid[1];
    out[2] = ask[0];
    out[3] = ask[1];
  }
}

/** A Map a side, sorted whenever the touch is asked for. */
class MapBook implements BookRival {
  private readonly bids = new Map<number, number>();
  private readonly asks = new Map<number, number>();

  load(tape: Tape): void {
    this.bids.clear();
    this.asks.clear();
    this.apply(tape, 0);
  }

  apply({ words, starts, bidCounts, askCounts }: Tape, step: number): void {
    const asksAt = starts[step] + bidCounts[step] * 2;
    const end = asksAt + askCounts[step] * 2;
    for (let at = starts[step]; at < asksAt; at += 2) this.set(this.bids, words[at], words[at + 1]);
    for (let at = asksAt; at < end; at += 2) this.set(this.asks, words[at], words[at + 1]);
  }

  top(out: Float64Array): void {
    const [bid] = [...this.bids].sort((a, b) => b[0] - a[0]);
    const [ask] = [...this.asks].sort((a, b) => a[0] - b[0]);
    out[0] = bid[0];
    out[1] = bid[1];
    out[2] = ask[0];
    out[3] = ask[1];
  }

  private set(side: Map<number, number>, price: number, qty: number): void {
    if (qty === 0) side.delete(price);
    else side.set(price, qty);
  }
}

/** What nodejs-order-book keeps to itself: its public way to the touch builds the whole depth. */
interface BookSides {
  readonly bids: { maxPriceQueue(): PriceQueue };
  readonly asks: { minPriceQueue(): PriceQueue };
}

interface PriceQueue {
  price(): number;
  volume(): number;
}

/**
 * A matching engine used as a book: one order a level. Touched levels are removed first, on both sides, and set
 * afterwards, so that no state in between crosses and trades.
 */
class MatchingBook implements BookRival {
  private book = new LimitOrderBook();

  load(tape: Tape): void {
    this.book = new LimitOrderBook();
    this.apply(tape, 0);
  }

  apply({ words, starts, bidCounts, askCounts }: Tape, step: number): void {
    const start = starts[step];
    const asksAt = start + bidCounts[step] * 2;
    const end = asksAt + askCounts[step] * 2;
    for (let at = start; at < end; at += 2) this.book.cancel(this.idOf(words[at], at < asksAt));
    for (let at = start; at < end; at += 2) {
      const size = words[at + 1];
      if (size === 0) continue;
      const isBid = at < asksAt;
      const id = this.idOf(words[at], isBid);
      this.book.limit({ id, side: isBid ? Side.BUY : Side.SELL, size, price: words[at] });
    }
  }

  top(out: Float64Array): void {
    const { bids, asks } = this.book as unknown as BookSides;
    const bid = bids.maxPriceQueue();
    const ask = asks.minPriceQueue();
    out[0] = bid.price();
    out[1] = bid.volume();
    out[2] = ask.price();
    out[3] = ask.volume();
  }

  private idOf(price: number, isBid: boolean): string {
    return `${isBid ? 'b' : 'a'}${price}`;
  }
}

/** Builds the book and follows all deltas, looking at the touch after each. */
function passOf(rival: BookRival, tape: Tape): () => number {
  const top = new Float64Array(4);
  return () => {
    let sum = 0;
    rival.load(tape);
    for (let step = 1; step < tape.steps; step++) {
      rival.apply(tape, step);
      rival.top(top);
      sum = (Math.imul(sum, 31) + top[0] + top[1] * 3 + top[2] * 7 + top[3] * 11) | 0;
    }
    return sum;
  };
}

async function run(options: BenchOptions): Promise<BenchResult> {
  const settings = options.isSmoke ? SMOKE_MICRO : FULL_MICRO;
  const frames = await loadMarketFrames(options.isSmoke);
  const tape = tapeOf(frames, options.isSmoke ? SMOKE_DELTAS : DELTAS_MAX);
  const deltas = tape.steps - 1;
  const rival = (name: string, book: BookRival): ReturnType<typeof microRival> =>
    microRival(name, deltas, passOf(book, tape), settings);
  const plan: ComparisonPlan = {
    title: 'book, deltas to top of book',
    unit: 'ns/delta',
    better: 'lower',
    method:
      `snapshot of ${tape.bidCounts[0] + tape.askCounts[0]} levels and ${deltas} deltas a pass ` +
      `(${((tape.words.length / 2 - tape.bidCounts[0] - tape.askCounts[0]) / deltas).toFixed(1)} levels each), the touch ` +
      `read after every delta; ${microMethod(settings)}`,
    rivals: [
      rival('shrike L2Book', new ShrikeBook()),
      rival('ccxt OrderBook', new CcxtBook()),
      rival('nodejs-order-book', new MatchingBook()),
      rival('Map + sort', new MapBook()),
    ],
  };
  const notes = [
    `frames: ${frames.source}`,
    'all rivals get the same integers; nodejs-order-book is a matching engine, one order a level',
  ];
  return { name: book.name, summary: book.summary, comparisons: [await comparePaired(plan, options)], notes };
}

/** Recorded deltas to the top of the book. */
export const book: Bench = {
  name: 'book',
  summary: 'recorded deltas to top of book, against ccxt OrderBook, nodejs-order-book and a Map with sort',
  run,
};
