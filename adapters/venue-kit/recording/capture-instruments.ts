import type { Instrument, SpotTerms } from '../../../engine/core/instrument.ts';
import { CaptureError } from '../../../engine/market-data/capture-error.ts';
import type { Capture, CaptureBlock } from '../../../engine/market-data/capture-file.ts';

/*
 * Instruments of a recording that holds no exchangeInfo: symbols from the frames, decimals from the numbers.
 * The rule: fraction digits are counted without trailing zeros. Price decimals are the most that any price
 * uses; size decimals the fewest that hold 999 of 1000 sizes (zeros left out), because real books show a few
 * sizes finer than the lot, which the decoder cuts down and counts. Tick and lot are one unit of the last
 * digit. A recording that never shows the last digit of the true tick gives a coarser tick, which its own
 * numbers still fit.
 */

const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const ZERO = 0x30;
const NINE = 0x39;
const DOT = 0x2e;
const SYMBOL_KEY: Buffer = Buffer.from('"s":"');
const QTY_LOTS_MAX: number = 2 ** 40;
const DIGITS_MAX = 15;
const SIZES_HELD = 0.999;
/** Quote assets by which a symbol is cut in two; longest match wins, unknown ones leave the quote empty. */
const QUOTE_ASSETS: readonly string[] =
  'FDUSD USDT USDC TUSD BUSD USD1 BTC ETH BNB EUR GBP TRY BRL JPY'.split(' ');

/** What a recording tells of an instrument. */
export type RecordedTerms = Omit<SpotTerms, 'venue'>;

/** How many numbers use how many fraction digits, by that count. */
interface Digits {
  readonly price: Float64Array;
  readonly qty: Float64Array;
}

function noDigits(): Digits {
  return { price: new Float64Array(DIGITS_MAX + 1), qty: new Float64Array(DIGITS_MAX + 1) };
}

/** The fewest digits that hold the given share of the numbers. */
function digitsFor(counts: Float64Array, share: number): number {
  const needed = counts.reduce((sum, count) => sum + count, 0) * share;
  let held = 0;
  for (let digits = 0; digits < counts.length; digits++) {
    held += counts[digits];
    if (held >= needed) return digits;
  }
  return DIGITS_MAX;
}

function isPriceKey(key: number): boolean {
  return key === 0x70 || key === 0x62 || key === 0x61; // p, b, a
}

function isQtyKey(key: number): boolean {
  return key === 0x71 || key === 0x42 || key === 0x41; // q, B, A
}

/**
 * Counts the digits of the quoted decimals in bytes[start, end). A level is ["price","size"]; fields go by
 * their key.
 */
function noteDecimals(bytes: Buffer, start: number, end: number, digits: Digits): void {
  for (let at = start + 1; at < end; at++) {
    if (bytes[at] !== QUOTE || bytes[at + 1] < ZERO || bytes[at + 1] > NINE) continue;
    const before = bytes[at - 1];
    const key = before === COLON ? bytes[at - 3] : 0;
    let pointAt = -1;
    let lastDigitAt = -1;
    let to = at + 1;
    for (; to < end && bytes[to] !== QUOTE; to++) {
      if (bytes[to] === DOT) pointAt = to;
      else if (bytes[to] !== ZERO) lastDigitAt = to;
    }
    at = to;
    const used = pointAt < 0 || lastDigitAt < pointAt ? 0 : lastDigitAt - pointAt;
    if (lastDigitAt < 0) continue;
    if (before === OPEN_BRACKET || isPriceKey(key)) digits.price[Math.min(used, DIGITS_MAX)]++;
    else if (before === COMMA || isQtyKey(key)) digits.qty[Math.min(used, DIGITS_MAX)]++;
  }
}

function symbolIn(bytes: Buffer, start: number, end: number): string | null {
  const at = bytes.subarray(start, end).indexOf(SYMBOL_KEY);
  if (at < 0) return null;
  const from = start + at + SYMBOL_KEY.length;
  const to = bytes.indexOf(QUOTE, from);
  return to < 0 || to > end ? null : bytes.toString('utf8', from, to);
}

/** Messages whose prices are off the grid: they say nothing of its digits. */
const OFF_GRID: readonly Buffer[] = ['avgPrice', 'referencePrice', 'markPriceUpdate'].map((name) =>
  Buffer.from(`"${name}"`),
);

function isOffGrid(bytes: Buffer, start: number, end: number): boolean {
  const frame = bytes.subarray(start, end);
  return OFF_GRID.some((name) => frame.includes(name));
}

function noteBlock(block: CaptureBlock, bySymbol: Map<string, Digits>, unnamed: Digits): void {
  for (let index = 0; index < block.count; index++) {
    const start = block.starts[index];
    const end = start + block.lengths[index];
    const symbol = symbolIn(block.bytes, start, end);
    let digits = unnamed;
    if (symbol !== null) {
      const known = bySymbol.get(symbol);
      digits = known ?? noDigits();
      if (known === undefined) bySymbol.set(symbol, digits);
    }
    if (!isOffGrid(block.bytes, start, end)) noteDecimals(block.bytes, start, end, digits);
  }
}

/**
 * The instruments of a recording, in the order of their first appearance. Not on hot threads.
 * @param make adds what a recording cannot tell: the venue, the kind of contract
 * @param symbols only these; default: all
 * @throws CaptureError when there are none
 */
export function recordedInstruments(
  capture: Capture,
  make: (terms: RecordedTerms) => Instrument,
  symbols?: readonly string[],
): Instrument[] {
  const bySymbol = new Map<string, Digits>();
  const unnamed = noDigits();
  for (const block of capture.blocks) noteBlock(block, bySymbol, unnamed);
  const wanted = [...bySymbol].filter(([symbol]) => symbols === undefined || symbols.includes(symbol));
  if (wanted.length === 0) {
    throw new CaptureError('CAPTURE_NO_INSTRUMENTS', capture.path, 'no frame names a symbol that is wanted');
  }
  /* Snapshots name no symbol; with one instrument they are its own. */
  if (wanted.length === 1) {
    const [, digits] = wanted[0];
    for (let count = 0; count <= DIGITS_MAX; count++) {
      digits.price[count] += unnamed.price[count];
      digits.qty[count] += unnamed.qty[count];
    }
  }
  return wanted.map(([symbol, digits], index) => {
    const quoteAsset =
      QUOTE_ASSETS.find((asset) => symbol.endsWith(asset) && symbol.length > asset.length) ?? '';
    return make({
      index,
      symbol,
      baseAsset: symbol.slice(0, symbol.length - quoteAsset.length),
      quoteAsset,
      priceDecimals: digitsFor(digits.price, 1),
      tickUnits: 1,
      qtyDecimals: digitsFor(digits.qty, SIZES_HELD),
      lotUnits: 1,
      minQtyLots: 1,
      maxQtyLots: QTY_LOTS_MAX,
      minNotionalCash: 0,
      epoch: 1,
    });
  });
}
