// hot path: no allocation after start
import { powerOfTen } from '../../../engine/core/decimal.ts';
import { REFERENCE_EXTRA_DECIMALS } from '../../../engine/core/price-band.ts';
import { INSTRUMENTS_MAX } from '../../../engine/core/limits.ts';
import type { Instrument } from '../../../engine/core/instrument.ts';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  REFUSAL,
  scanDecimal,
  skipValue,
} from '../scan/byte-scan.ts';
import { SymbolTable, UNKNOWN_SYMBOL } from '../scan/symbol-table.ts';
import { ACTION, SLOT_BITS, SLOT_MASK } from './frame-grammar.ts';
import type { FrameGrammar, MessageLayout } from './frame-grammar.ts';
import { FIELD_COUNT, FIELD, FRAME } from './frame-fields.ts';
import { LevelWords, textUnitsPerStep, WordPattern, WordReader } from '../scan/word-scan.ts';

/*
 * Reads market-data frames in a venue's grammar byte by byte, raw or inside {"stream":..,"data":..}. Only the
 * compact form the venue sends is understood; anything else is UNEXPECTED and left to JSON.parse. Functions
 * return positions or codes (small integers); numbers that may be large go to a Float64Array: a returned or
 * passed double would be boxed, and boxes are garbage.
 */

const STREAM_PREFIX: WordPattern = new WordPattern('{"stream":"');
const DATA_PREFIX: WordPattern = new WordPattern(',"data":');
/** What stands behind the symbol in the stream name under which the recorder puts a REST snapshot. */
export const SNAPSHOT_STREAM = '@depthSnapshot';
const SNAPSHOT_STREAM_END: WordPattern = new WordPattern(`${SNAPSHOT_STREAM}"`);
const AT_SIGN = 0x40;
const LEVELS: number = ACTION.levels << SLOT_BITS;
const MINUS = 0x2d;
const LETTER_N = 0x6e;
/** Digits of a funding rate. */
const RATE_DECIMALS = 8;
/** Instead of a price: the venue has none. */
const NO_PRICE = -1;

/** Reads frames; the results stay in its fields until the next `scan`. One per feed. */
export class FrameScanner {
  /** See FIELD. */
  readonly numbers: Float64Array;
  /** The engine's index of each of the feed's instruments, by their places. */
  readonly indexes: Int32Array;
  /** Place of the last frame's instrument; -1 for snapshots and control messages. */
  instrumentIndex: number;
  /** 1 when the buyer's order rested (the aggressor sold). */
  isBuyerMaker: number;
  /** Levels found by the last `scanLevels`. */
  bidCount: number;
  askCount: number;
  /** [0]: sizes of the last frame that were no whole lots and were cut down to some. */
  readonly offGrid: Int32Array;
  /** Digits of prices beside the book that are finer than we keep them; nobody looks. */
  private readonly finer: Int32Array = new Int32Array(1);
  private readonly eventPrefix: WordPattern;
  private readonly events: readonly MessageLayout[];
  private readonly barePrefix: WordPattern | null;
  private readonly bareLayout: MessageLayout;
  private readonly snapshotPrefix: WordPattern;
  private readonly bidsKey: WordPattern;
  private readonly asksKey: WordPattern;
  private readonly snapshotBidsKey: WordPattern;
  private readonly snapshotAsksKey: WordPattern;
  private readonly controlPrefixes: readonly WordPattern[];
  private symbols: SymbolTable;
  private streamSymbols: SymbolTable;
  /** By place; null = removed. */
  private readonly names: (string | null)[] = [];
  /** Symbols behind their colon, in quotes: most frames are about the same instrument as the one before. */
  private readonly symbolPatterns: WordPattern[] = [];
  private lastInstrument: number;
  private readonly priceDecimals: Int32Array = new Int32Array(INSTRUMENTS_MAX);
  private readonly qtyDecimals: Int32Array = new Int32Array(INSTRUMENTS_MAX);
  private readonly tickUnits: Float64Array = new Float64Array(INSTRUMENTS_MAX);
  private readonly lotUnits: Float64Array = new Float64Array(INSTRUMENTS_MAX);
  private readonly priceTextUnits: Float64Array = new Float64Array(INSTRUMENTS_MAX);
  private readonly qtyTextUnits: Float64Array = new Float64Array(INSTRUMENTS_MAX);
  private readonly levelWords: LevelWords;
  private readonly reader: WordReader;
  private levelsAt: number;
  private isSnapshot: boolean;
  private isWrapped: boolean;
  private levelCount: number;

  constructor(instruments: readonly Instrument[], grammar: FrameGrammar) {
    const { bare, levels, snapshot } = grammar;
    const key = (name: string): WordPattern => new WordPattern(`,"${name}":`);
    this.numbers = new Float64Array(FIELD_COUNT);
    this.indexes = new Int32Array(INSTRUMENTS_MAX);
    this.instrumentIndex = -1;
    this.isBuyerMaker = 0;
    this.bidCount = 0;
    this.askCount = 0;
    this.offGrid = new Int32Array(1);
    this.eventPrefix = new WordPattern(`{"${grammar.eventKey}":"`);
    this.events = grammar.events;
    this.barePrefix = bare === null ? null : new WordPattern(bare.prefix);
    this.bareLayout = bare?.layout ?? grammar.events[0];
    this.snapshotPrefix = new WordPattern(`{"${snapshot.id}":`);
    this.bidsKey = key(levels[0]);
    this.asksKey = key(levels[1]);
    this.snapshotBidsKey = key(snapshot.levels[0]);
    this.snapshotAsksKey = key(snapshot.levels[1]);
    this.controlPrefixes = grammar.control.map((text) => new WordPattern(text));
    this.symbols = new SymbolTable([]);
    this.streamSymbols = new SymbolTable([]);
    this.lastInstrument = UNKNOWN_SYMBOL;
    for (const instrument of instruments) this.addTerms(instrument);
    this.indexSymbols();
    this.levelWords = new LevelWords();
    this.reader = new WordReader();
    this.levelsAt = 0;
    this.isSnapshot = false;
    this.isWrapped = false;
    this.levelCount = 0;
  }

  /** Reads an instrument more, in the next place. */
  add(instrument: Instrument): void {
    this.addTerms(instrument);
    this.indexSymbols();
  }

  /** Knows the instrument in that place no more. */
  remove(place: number): void {
    this.names[place] = null;
    this.lastInstrument = UNKNOWN_SYMBOL;
    this.indexSymbols();
  }

  private addTerms(instrument: Instrument): void {
    const { index, symbol, priceDecimals, qtyDecimals, tickUnits, lotUnits } = instrument;
    const place = this.names.length;
    powerOfTen(priceDecimals);
    powerOfTen(qtyDecimals);
    this.names.push(symbol);
    this.symbolPatterns.push(new WordPattern(`:"${symbol}"`));
    this.indexes[place] = index;
    this.priceDecimals[place] = priceDecimals;
    this.qtyDecimals[place] = qtyDecimals;
    this.tickUnits[place] = tickUnits;
    this.lotUnits[place] = lotUnits;
    this.priceTextUnits[place] = textUnitsPerStep(priceDecimals, tickUnits);
    this.qtyTextUnits[place] = textUnitsPerStep(qtyDecimals, lotUnits);
  }

  private indexSymbols(): void {
    // No frame names what stands for a removed symbol.
    const names = this.names.map((name, place) => name ?? `\0${place}`);
    this.symbols = new SymbolTable(names);
    this.streamSymbols = new SymbolTable(names.map((name) => name.toLowerCase()));
  }

  /**
   * Says what the frame in bytes[start, end) is (FRAME) or why not (REFUSAL). Trades and quotes are read
   * completely; depth updates and snapshots up to their levels, which `scanLevels` reads.
   */
  scan(bytes: Uint8Array, start: number, end: number): number {
    this.instrumentIndex = -1;
    this.offGrid[0] = 0;
    this.reader.turnTo(bytes);
    let at = start;
    this.isWrapped = this.reader.matches(at, STREAM_PREFIX);
    if (this.isWrapped) {
      at = this.reader.skipText(at + STREAM_PREFIX.length, end);
      if (at < 0 || !this.reader.matches(at, DATA_PREFIX)) return REFUSAL.unexpected;
      at += DATA_PREFIX.length;
    }
    if (this.reader.matches(at, this.eventPrefix)) {
      return this.scanEvent(bytes, at + this.eventPrefix.length, end);
    }
    if (this.barePrefix !== null && this.reader.matches(at, this.barePrefix)) {
      return this.scanMessage(bytes, at, end, this.bareLayout, OPEN_BRACE);
    }
    if (this.reader.matches(at, this.snapshotPrefix)) {
      return this.scanSnapshot(bytes, at + this.snapshotPrefix.length, end);
    }
    for (let index = 0; index < this.controlPrefixes.length; index++) {
      if (this.reader.matches(at, this.controlPrefixes[index])) return FRAME.control;
    }
    return REFUSAL.unexpected;
  }

  /**
   * Reads the levels of the depth update or snapshot that `scan` just read into (priceTicks, qtyLots) pairs
   * from `out[slot]` on: bids, then asks, at most `levelsMax`. Returns the position behind the frame, or a
   * REFUSAL.
   */
  scanLevels(
    bytes: Uint8Array,
    end: number,
    instrumentIndex: number,
    out: Float64Array,
    slot: number,
    levelsMax: number,
  ): number {
    this.reader.turnTo(bytes);
    let at = this.levelsAt;
    const bidsKey = this.isSnapshot ? this.snapshotBidsKey : this.bidsKey;
    const asksKey = this.isSnapshot ? this.snapshotAsksKey : this.asksKey;
    if (!this.reader.matches(at, bidsKey)) return REFUSAL.unexpected;
    at = this.scanSide(bytes, at + bidsKey.length, instrumentIndex, out, slot, levelsMax);
    if (at < 0) return at;
    this.bidCount = this.levelCount;
    if (!this.reader.matches(at, asksKey)) return REFUSAL.unexpected;
    const asksSlot = slot + this.bidCount * 2;
    const room = levelsMax - this.bidCount;
    at = this.scanSide(bytes, at + asksKey.length, instrumentIndex, out, asksSlot, room);
    if (at < 0) return at;
    this.askCount = this.levelCount;
    return this.scanEnd(bytes, at, end);
  }

  /** The instrument in whose name bytes[start, end) is a recorded snapshot, or -1. */
  snapshotInstrument(bytes: Uint8Array, start: number, end: number): number {
    this.reader.turnTo(bytes);
    if (!this.reader.matches(start, STREAM_PREFIX)) return UNKNOWN_SYMBOL;
    const from = start + STREAM_PREFIX.length;
    let to = from;
    while (to < end && bytes[to] !== AT_SIGN && bytes[to] !== QUOTE) to++;
    if (!this.reader.matches(to, SNAPSHOT_STREAM_END)) return UNKNOWN_SYMBOL;
    return this.streamSymbols.find(bytes, from, to);
  }

  /** One side, `[["p","q"],...]`; the count goes to `levelCount`. */
  private scanSide(
    bytes: Uint8Array,
    start: number,
    instrumentIndex: number,
    out: Float64Array,
    slotStart: number,
    levelsMax: number,
  ): number {
    const priceDecimals = this.priceDecimals[instrumentIndex];
    const qtyDecimals = this.qtyDecimals[instrumentIndex];
    const tickUnits = this.tickUnits[instrumentIndex];
    const lotUnits = this.lotUnits[instrumentIndex];
    const priceTextUnits = this.priceTextUnits[instrumentIndex];
    const qtyTextUnits = this.qtyTextUnits[instrumentIndex];
    const { reader, levelWords } = this;
    const { view, base } = reader;
    let at = start;
    let slot = slotStart;
    let count = 0;
    this.levelCount = 0;
    if (bytes[at] !== OPEN_BRACKET) return REFUSAL.unexpected;
    if (bytes[at + 1] === CLOSE_BRACKET) return at + 2;
    for (;;) {
      const wordsEnd = base + bytes.length;
      const room = levelsMax - count;
      at = levelWords.scan(view, base + at, wordsEnd, priceTextUnits, qtyTextUnits, out, slot, room) - base;
      count += levelWords.count;
      slot += levelWords.count * 2;
      if (levelWords.isWhole) {
        this.levelCount = count;
        return at;
      }
      /* On `[` of the side or `,` between levels. */
      if (bytes[at + 1] !== OPEN_BRACKET || bytes[at + 2] !== QUOTE) return REFUSAL.unexpected;
      if (count === levelsMax) return REFUSAL.tooManyLevels;
      at = scanDecimal(bytes, at + 3, priceDecimals, tickUnits, out, slot, null);
      if (at < 0) return at;
      if (bytes[at] !== COMMA || bytes[at + 1] !== QUOTE) return REFUSAL.unexpected;
      at = scanDecimal(bytes, at + 2, qtyDecimals, lotUnits, out, slot + 1, this.offGrid);
      if (at < 0) return at;
      if (bytes[at] !== CLOSE_BRACKET) return REFUSAL.unexpected;
      slot += 2;
      count++;
      at++;
      if (bytes[at] === COMMA) continue;
      if (bytes[at] !== CLOSE_BRACKET) return REFUSAL.unexpected;
      this.levelCount = count;
      return at + 1;
    }
  }

  /** The rest of the object (fields nobody asked for) and of its wrapping; the frame must end there. */
  private scanEnd(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (bytes[at] === COMMA) {
      if (bytes[at + 1] !== QUOTE) return REFUSAL.unexpected;
      at = this.reader.skipText(at + 2, end);
      if (at < 0 || bytes[at] !== COLON) return REFUSAL.unexpected;
      at = skipValue(bytes, at + 1, end);
      if (at < 0) return at;
    }
    if (bytes[at] !== CLOSE_BRACE) return REFUSAL.unexpected;
    at++;
    if (this.isWrapped) {
      if (bytes[at] !== CLOSE_BRACE) return REFUSAL.unexpected;
      at++;
    }
    return at === end ? at : REFUSAL.unexpected;
  }

  /** `at` is on the event's name. */
  private scanEvent(bytes: Uint8Array, at: number, end: number): number {
    const { events } = this;
    for (let index = 0; index < events.length; index++) {
      const layout = events[index];
      if (!this.reader.matches(at, layout.namePattern)) continue;
      const from = at + layout.namePattern.length;
      if (layout.hasFields) return this.scanMessage(bytes, from, end, layout, COMMA);
      const tail = this.scanEnd(bytes, from, end);
      return tail < 0 ? tail : layout.frame;
    }
    return REFUSAL.unexpected;
  }

  private scanSymbol(bytes: Uint8Array, at: number, end: number): number {
    const last = this.lastInstrument;
    if (last !== UNKNOWN_SYMBOL && this.reader.matches(at - 1, this.symbolPatterns[last])) {
      this.instrumentIndex = last;
      return at - 1 + this.symbolPatterns[last].length;
    }
    if (bytes[at] !== QUOTE) return REFUSAL.unexpected;
    const next = this.reader.skipText(at + 1, end);
    if (next < 0) return next;
    const found = this.symbols.find(bytes, at + 1, next - 1);
    if (found === UNKNOWN_SYMBOL) return REFUSAL.unknownSymbol;
    this.instrumentIndex = found;
    this.lastInstrument = found;
    return next;
  }

  /** Price text; needs the symbol before it. */
  private scanPrice(bytes: Uint8Array, at: number, slot: number): number {
    const instrument = this.instrumentIndex;
    if (instrument < 0 || bytes[at] !== QUOTE) return REFUSAL.unexpected;
    const decimals = this.priceDecimals[instrument];
    return scanDecimal(bytes, at + 1, decimals, this.tickUnits[instrument], this.numbers, slot, null);
  }

  private scanQty(bytes: Uint8Array, at: number, slot: number): number {
    const instrument = this.instrumentIndex;
    if (instrument < 0 || bytes[at] !== QUOTE) return REFUSAL.unexpected;
    const decimals = this.qtyDecimals[instrument];
    const lotUnits = this.lotUnits[instrument];
    return scanDecimal(bytes, at + 1, decimals, lotUnits, this.numbers, slot, this.offGrid);
  }

  /** A price off the grid, or null; needs the symbol before it. Digits finer than what is kept are cut off. */
  private scanExact(bytes: Uint8Array, at: number, end: number, slot: number): number {
    const instrument = this.instrumentIndex;
    if (bytes[at] === LETTER_N) {
      this.numbers[slot] = NO_PRICE;
      return skipValue(bytes, at, end);
    }
    if (instrument < 0 || bytes[at] !== QUOTE) return REFUSAL.unexpected;
    const decimals = this.priceDecimals[instrument] + REFERENCE_EXTRA_DECIMALS;
    return scanDecimal(bytes, at + 1, decimals, 1, this.numbers, slot, this.finer);
  }

  /** A signed rate; an empty text is 0. */
  private scanRate(bytes: Uint8Array, at: number, slot: number): number {
    if (bytes[at] !== QUOTE) return REFUSAL.unexpected;
    if (bytes[at + 1] === QUOTE) {
      this.numbers[slot] = 0;
      return at + 2;
    }
    const isNegative = bytes[at + 1] === MINUS;
    const from = isNegative ? at + 2 : at + 1;
    const next = scanDecimal(bytes, from, RATE_DECIMALS, 1, this.numbers, slot, this.finer);
    if (isNegative) this.numbers[slot] = 0 - this.numbers[slot];
    return next;
  }

  /**
   * A message's fields, the first of them behind `opener`: completely, or up to the levels, which come behind
   * everything that is needed.
   */
  private scanMessage(
    bytes: Uint8Array,
    start: number,
    end: number,
    layout: MessageLayout,
    opener: number,
  ): number {
    const { actions, needs, optionalSlots } = layout;
    for (let index = 0; index < optionalSlots.length; index++) this.numbers[optionalSlots[index]] = 0;
    let at = start;
    let has = 0;
    let before = opener;
    while (bytes[at] === before && bytes[at + 1] === QUOTE) {
      let valueAt = at + 5;
      let action = 0;
      if (bytes[at + 3] === QUOTE && bytes[at + 4] === COLON) action = actions[bytes[at + 2] & 0x7f];
      else {
        valueAt = this.reader.skipText(at + 2, end);
        if (valueAt < 0 || bytes[valueAt] !== COLON) return REFUSAL.unexpected;
        if (valueAt === at + 5) action = pairAction(layout, (bytes[at + 2] << 8) | bytes[at + 3]);
        valueAt++;
      }
      if (action === LEVELS) {
        if ((has & needs) !== needs || at >= end) return REFUSAL.unexpected;
        this.isSnapshot = false;
        this.levelsAt = at;
        return layout.frame;
      }
      const next =
        action === 0 ? skipValue(bytes, valueAt, end) : this.scanValue(bytes, valueAt, end, action);
      if (next < 0) return next;
      if (action !== 0) has |= 1 << (action & SLOT_MASK);
      at = next;
      before = COMMA;
    }
    if ((has & needs) !== needs) return REFUSAL.unexpected;
    const tail = this.scanEnd(bytes, at, end);
    return tail < 0 ? tail : layout.frame;
  }

  /** The value at `at`, into its place. */
  private scanValue(bytes: Uint8Array, at: number, end: number, action: number): number {
    const slot = action & SLOT_MASK;
    switch (action >> SLOT_BITS) {
      case ACTION.integer:
        return this.reader.scanInteger(at, this.numbers, slot);
      case ACTION.price:
        return this.scanPrice(bytes, at, slot);
      case ACTION.qty:
        return this.scanQty(bytes, at, slot);
      case ACTION.symbol:
        return this.scanSymbol(bytes, at, end);
      case ACTION.exact:
        return this.scanExact(bytes, at, end, slot);
      case ACTION.rate:
        return this.scanRate(bytes, at, slot);
      default:
        /* true or false */
        if (bytes[at] !== 0x74 && bytes[at] !== 0x66) return REFUSAL.unexpected;
        this.isBuyerMaker = bytes[at] === 0x74 ? 1 : 0;
        return skipValue(bytes, at, end);
    }
  }

  /** `at` is on the id; fields between it and the levels are left out. */
  private scanSnapshot(bytes: Uint8Array, at: number, end: number): number {
    let next = this.reader.scanInteger(at, this.numbers, FIELD.lastId);
    while (next >= 0 && bytes[next] === COMMA && !this.reader.matches(next, this.snapshotBidsKey)) {
      next = this.skipField(bytes, next, end);
    }
    if (next < 0) return next;
    this.isSnapshot = true;
    this.levelsAt = next;
    return FRAME.snapshot;
  }

  /** A field nobody asked for; `at` is on the comma before it. */
  private skipField(bytes: Uint8Array, at: number, end: number): number {
    const colon = this.reader.skipText(at + 2, end);
    if (colon < 0 || bytes[colon] !== COLON) return REFUSAL.unexpected;
    return skipValue(bytes, colon + 1, end);
  }
}

/** What to do with a key of two letters. */
function pairAction({ pairs, pairActions }: MessageLayout, pair: number): number {
  for (let index = 0; index < pairs.length; index++) if (pairs[index] === pair) return pairActions[index];
  return 0;
}
