import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BookSide } from '../../engine/book/book-side.ts';
import { L2Book } from '../../engine/book/l2-book.ts';

type Op = readonly [priceTicks: number, qtyLots: number];

/** The reference: a map of prices, bounded the same way. */
class NaiveSide {
  readonly levels = new Map<number, number>();
  dropped = 0;
  /** Worst price kept when a level was given up last: beyond it nothing is known. */
  private edge: number | null = null;
  private readonly sign: number;
  private readonly capacity: number;

  constructor(sign: 1 | -1, capacity: number) {
    this.sign = sign;
    this.capacity = capacity;
  }

  set([price, qty]: Op): void {
    if (qty === 0) this.levels.delete(price);
    else this.levels.set(price, qty);
    if (this.levels.size <= this.capacity) return;
    const [dropped] = this.sorted().at(-1)!;
    this.levels.delete(dropped);
    this.dropped++;
    if (this.isCovered(dropped)) this.edge = this.sorted().at(-1)![0];
  }

  /** What may be shown, best first: the levels up to the edge. */
  covered(): Op[] {
    return this.sorted().filter(([price]) => this.isCovered(price));
  }

  private isCovered(price: number): boolean {
    return this.edge === null || (price - this.edge) * this.sign >= 0;
  }

  /** Best first. */
  sorted(): Op[] {
    return [...this.levels].sort(([a], [b]) => (b - a) * this.sign);
  }
}

function levelsOf(side: BookSide): Op[] {
  return side.keptLevels();
}

/** What a reader of the book sees. */
function shownLevelsOf(side: BookSide): Op[] {
  return Array.from(
    { length: side.count },
    (_, depth) => [side.priceTicksAt(depth), side.qtyLotsAt(depth)] as const,
  );
}

const op = (prices: number): fc.Arbitrary<Op> =>
  fc.tuple(
    fc.integer({ min: 1, max: prices }),
    fc.oneof(
      { arbitrary: fc.constant(0), weight: 1 },
      { arbitrary: fc.integer({ min: 1, max: 1e9 }), weight: 2 },
    ),
  );

describe('a book side', () => {
  for (const sign of [1, -1] as const) {
    const name = sign === 1 ? 'bids' : 'asks';
    test(`${name}: any changes leave the levels of a map-based reference, in order, within the bound`, () => {
      const run = fc.property(
        fc.array(op(200), { maxLength: 400 }),
        fc.constantFrom(1, 2, 7, 60, 1_000),
        (ops, capacity) => {
          const side = new BookSide(sign, capacity);
          const naive = new NaiveSide(sign, capacity);
          for (const change of ops) {
            side.set(...change);
            naive.set(change);
          }
          expect(levelsOf(side)).toEqual(naive.sorted());
          expect(shownLevelsOf(side)).toEqual(naive.covered());
          expect(side.priceTicksAt(side.count)).toBe(0);
          expect(side.droppedCount).toBe(naive.dropped);
          expect(side.volumeLots(5)).toBe(
            naive
              .sorted()
              .slice(0, 5)
              .reduce((sum, [, qty]) => sum + qty, 0),
          );
          for (const [price] of ops) expect(side.qtyLotsOf(price)).toBe(naive.levels.get(price) ?? 0);
        },
      );
      fc.assert(run, { numRuns: 400, seed: 3 });
    });

    test(`${name}: a snapshot in any order, with repeats and beyond the bound, gives the best levels`, () => {
      const order = fc.constantFrom('falling', 'rising', 'as is');
      const run = fc.property(
        fc.array(op(300), { maxLength: 300 }),
        order,
        fc.constantFrom(3, 50, 1_000),
        (ops, wanted, capacity) => {
          const levels = ops.filter(([, qty]) => qty > 0);
          const unique = [...new Map(levels)].map(([price, qty]) => [price, qty] as const);
          if (wanted === 'falling') unique.sort(([a], [b]) => (b - a) * sign);
          if (wanted === 'rising') unique.sort(([a], [b]) => (a - b) * sign);
          const input = wanted === 'as is' ? levels : unique;
          const side = new BookSide(sign, capacity);
          const naive = new NaiveSide(sign, capacity);
          side.set(1_000, 5);
          side.startLoading();
          for (const level of input) side.load(...level);
          side.finishLoading();
          if (wanted !== 'as is' || levels.length <= capacity) {
            for (const level of unique) naive.levels.set(...level);
            expect(levelsOf(side)).toEqual(naive.sorted().slice(0, capacity));
          } else {
            const got = levelsOf(side);
            expect(got.length).toBeLessThanOrEqual(capacity);
            expect(got.map(([price]) => price)).toEqual(
              got.map(([price]) => price).sort((a, b) => (b - a) * sign),
            );
          }
          side.set(150, 77);
          expect(side.qtyLotsOf(150) === 77 || side.count === capacity).toBe(true);
        },
      );
      fc.assert(run, { numRuns: 400, seed: 5 });
    });
  }
});

describe('a book', () => {
  test('takes levels out of a record: bids, then asks; refuses and counts what is no level', () => {
    const book = new L2Book(100);
    const words = Float64Array.of(0, 0, 100, 5, 99, 6, 101, 7, -1, 3, 102, NaN, 103, -4);
    book.startSnapshot();
    book.loadLevels(words, 2, 2, 4);
    book.finishSnapshot(42);
    expect([book.bidTicks, book.bidLots, book.askTicks, book.askLots]).toEqual([100, 5, 101, 7]);
    expect([book.bids.count, book.asks.count, book.badLevelCount, book.updateId]).toEqual([2, 1, 3, 42]);
    expect(book.isCrossed()).toBe(false);
    book.applyLevels(Float64Array.of(101, 1), 0, 1, 0);
    expect(book.isCrossed()).toBe(true);
    book.applyLevels(Float64Array.of(101, 0), 0, 0, 1);
    expect(book.isCrossed()).toBe(false);
  });
});
