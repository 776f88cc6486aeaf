import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matches, scanInteger, skipText } from '../../../adapters/venue-kit/scan/byte-scan.ts';
import {
  LevelWords,
  textUnitsPerStep,
  WordPattern,
  WordReader,
} from '../../../adapters/venue-kit/scan/word-scan.ts';

const SEED = 20240808;
const RUNS = 1_000;
/** The one shape that words are read in. */
const LEVEL = /^\["(\d{1,7}\.\d{8})","(\d{1,7}\.\d{8})"\]/;

/** Text somewhere inside a block of memory, with other text around it; some of it right at the block's end. */
function placed(text: string, before: number, behind: number): Buffer {
  const memory = Buffer.from(new ArrayBuffer(before + Buffer.byteLength(text) + behind)).fill('7');
  memory.write(text, before);
  return memory.subarray(before, before + Buffer.byteLength(text));
}

interface Read {
  readonly numbers: readonly number[];
  readonly isWhole: boolean;
  /** Where reading ended, in the text. */
  readonly at: number;
}

interface Grid {
  readonly decimals: number;
  readonly step: number;
}

function steps(text: string, { decimals, step }: Grid): number {
  return new Decimal(text).times(Decimal.pow(10, decimals)).div(step).toNumber();
}

/** What must be read of a side that starts with `[`: level by level by a regular expression, in Decimal. */
function naive(side: string, price: Grid, qty: Grid, levelsMax: number): Read {
  const numbers: number[] = [];
  let at = 0;
  while (numbers.length < levelsMax * 2) {
    const match = LEVEL.exec(side.slice(at + 1));
    if (match === null) break;
    const level = [steps(match[1], price), steps(match[2], qty)];
    const end = at + 1 + match[0].length;
    if (!level.every(Number.isInteger)) break;
    if (side.startsWith(']', end)) return { numbers: [...numbers, ...level], isWhole: true, at: end + 1 };
    if (!side.startsWith(',["', end)) break;
    numbers.push(...level);
    at = end;
  }
  return { numbers, isWhole: false, at };
}

function byWords(bytes: Buffer, price: Grid, qty: Grid, levelsMax: number, room = 0): Read {
  const reader = new WordReader();
  reader.turnTo(bytes);
  const { view, base } = reader;
  const words = new LevelWords();
  const out = new Float64Array(2 * levelsMax + 2);
  const end = base + bytes.length + room;
  const units = [price, qty].map(({ decimals, step }) => textUnitsPerStep(decimals, step));
  const at = words.scan(view, base, end, units[0], units[1], out, 0, levelsMax) - base;
  return { numbers: [...out.subarray(0, words.count * 2)], isWhole: words.isWhole, at };
}

const digits = (min: number, max: number): fc.Arbitrary<string> =>
  fc.stringMatching(new RegExp(`^[0-9]{${min},${max}}$`));

/** A number on a grid of few decimals, as the venue writes it. */
const venueNumber = (decimals: number): fc.Arbitrary<string> =>
  fc
    .tuple(digits(1, 7), digits(decimals, decimals))
    .map(([whole, fraction]) => `${whole}.${fraction.padEnd(8, '0')}`);

/** Shapes the venue might send one day: exponents, no fraction, other lengths, dust, signs, escapes, nothing. */
const oddNumber: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(digits(1, 12), digits(0, 12)).map(([whole, fraction]) => `${whole}.${fraction}`),
  digits(0, 18),
  fc.double({ min: 0, max: 1e25, noNaN: true }).map(String),
  fc.constantFrom('', '.', '1.', '.5', '-1.00000000', '1e-8', '0.0000000\\u0030', '1..0000000', '1.0000000:'),
  fc.string({ maxLength: 20 }),
);

/** On which the whole numbers are; others are not read in words at all. */
const grids: fc.Arbitrary<Grid> = fc
  .record({ decimals: fc.integer({ min: 0, max: 8 }), step: fc.constantFrom(1, 1, 1, 2, 5, 25, 50) })
  .filter(({ decimals, step }) => 10 ** decimals % step === 0);

describe('Words of four characters', () => {
  it('read every level in the shape of the venue, whatever its digits', () => {
    const sides = fc
      .integer({ min: 0, max: 8 })
      .chain((decimals) =>
        fc.tuple(
          fc.constant({ decimals, step: 1 }),
          fc.array(fc.tuple(venueNumber(decimals), venueNumber(decimals)), { minLength: 1, maxLength: 20 }),
          fc.nat(9),
        ),
      );
    fc.assert(
      fc.property(sides, ([grid, levels, before]) => {
        const side = JSON.stringify(levels);
        const expected = levels.flat().map((text) => steps(text, grid));
        const seen = byWords(placed(side, before, 64), grid, grid, 20, 64);
        expect(seen).toEqual({ numbers: expected, isWhole: true, at: side.length });
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  it('stop in front of the first level of another shape or off the grid', () => {
    const number = fc.oneof({ weight: 12, arbitrary: venueNumber(2) }, { weight: 1, arbitrary: oddNumber });
    const levels = fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(levels, grids, grids, fc.integer({ min: 1, max: 12 }), (texts, price, qty, levelsMax) => {
        const side = `[${texts.map(([p, q]) => `["${p}","${q}"]`).join(',')}]`;
        const seen = byWords(placed(side, 3, 64), price, qty, levelsMax, 64);
        expect(seen).toEqual(naive(side, price, qty, levelsMax));
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  it('take no byte that is wrong for a right one', () => {
    const side =
      '[["61800.01000000","0.01200000"],["1234567.89000000","123.45600000"],["9.00000000","0.00000000"]]';
    const grid = { decimals: 8, step: 1 };
    for (let at = 0; at < side.length; at++) {
      for (let byte = 0; byte < 256; byte++) {
        const bytes = placed(side, 1, 64);
        bytes[at] = byte;
        const text = bytes.toString('latin1');
        /* The first bracket is the caller's business. */
        if (at > 0) expect(byWords(bytes, grid, grid, 5, 64)).toEqual(naive(text, grid, grid, 5));
      }
    }
  });

  it('leave what stands near the end of the bytes to others, and read nothing behind it', () => {
    const side = '[["61800.01000000","0.01200000"],["61800.02000000","0.01200000"]]';
    const grid = { decimals: 2, step: 1 };
    for (let length = 0; length <= side.length; length++) {
      const seen = byWords(placed(side.slice(0, length), 5, 0), grid, { decimals: 5, step: 1 }, 9);
      expect(seen.isWhole).toBe(false);
      expect(seen.numbers).toEqual([6_180_001, 1_200].slice(0, seen.numbers.length));
    }
  });

  it('read nothing on a grid that is finer than the texts or has no whole numbers', () => {
    const side = placed('[["3.00000000","3.00000000"]]', 0, 64);
    for (const grid of [
      { decimals: 9, step: 1 },
      { decimals: 0, step: 3 },
    ]) {
      expect(byWords(side, grid, grid, 9, 64)).toEqual({ numbers: [], isWhole: false, at: 0 });
    }
  });
});

describe('A reader of words', () => {
  /** Digits, quotes, escapes and others, so that everything happens. */
  const texts = fc
    .array(
      fc.oneof(digits(0, 18), fc.constantFrom('"', '\\', ',"b":', '{"e":', 'é'), fc.string({ maxLength: 3 })),
      {
        maxLength: 6,
      },
    )
    .map((parts) => parts.join(''));

  it('equals the reading of single bytes at every place, up to the last byte', () => {
    const patterns = ['trade', ',"b":', '{"e":"depthUpdate', '1234', 'é"\\a'];
    fc.assert(
      fc.property(texts, fc.nat(9), fc.constantFrom(0, 1, 40), (text, before, behind) => {
        const bytes = placed(text, before, behind);
        const reader = new WordReader();
        reader.turnTo(bytes);
        const [byBytes, words] = [new Float64Array(1), new Float64Array(1)];
        for (let at = 0; at <= bytes.length; at++) {
          expect(reader.skipText(at, bytes.length)).toBe(skipText(bytes, at, bytes.length));
          expect(reader.scanInteger(at, words, 0)).toBe(scanInteger(bytes, at, byBytes, 0));
          expect(words).toEqual(byBytes);
          for (const pattern of [...patterns, text.slice(0, 7).padEnd(4, 'x')]) {
            const expected = matches(bytes, at, Buffer.from(pattern));
            expect(reader.matches(at, new WordPattern(pattern))).toBe(expected);
          }
        }
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  it('follows the bytes it is turned to', () => {
    const reader = new WordReader();
    const pattern = new WordPattern('trade');
    const memory = Buffer.from('tradexxxtrade');
    for (const [bytes, at, isThere] of [
      [memory, 0, true],
      [memory.subarray(8), 0, true],
      [memory.subarray(8), 1, false],
      [Buffer.from(new ArrayBuffer(8)), 0, false],
      [memory, 8, true],
    ] as const) {
      reader.turnTo(bytes);
      expect(reader.matches(at, pattern)).toBe(isThere);
    }
  });
});
