// hot path: no allocation after start
import { powerOfTen } from '../../engine/core/decimal.ts';
import type { Instrument } from '../../engine/core/instrument.ts';
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
} from '../venue-kit/scan/byte-scan.ts';
import { SymbolTable, UNKNOWN_SYMBOL } from '../venue-kit/scan/symbol-table.ts';
import { LevelWords, textUnitsPerStep, WordPattern, WordReader } from '../venue-kit/scan/word-scan.ts';

/*
 * Reads Binance Spot market-data frames (web-socket-streams.md) byte by byte, raw or inside
 * {"stream":..,"data":..}. Only the compact form the venue sends is understood; anything else is UNEXPECTED
 * and left to JSON.parse. Functions return positions or codes (small integers); numbers that may be large go
 * to a Float64Array: a returned or passed double would be boxed, and boxes are garbage.
 */

/** What a frame is. */
export const FRAME = {
  depth: 1,
  quote: 2,
  trade: 3,
  aggTrade: 4,
  snapshot: 5,
  control: 6,
  shutdown: 7,
  other: 8,
} as const;

/** Places in FrameScanner.numbers. */
export const FIELD = {
  eventMs: 0,
  firstId: 1,
  lastId: 2,
  tradeId: 3,
  tradeMs: 4,
  priceTicks: 5,
  qtyLots: 6,
  bidTicks: 7,
  bidLots: 8,
  askTicks: 9,
  askLots: 10,
} as const;

const FIELDS = 11;
const STREAM_PREFIX: WordPattern = new WordPattern('{"stream":"');
const DATA_PREFIX: WordPattern = new WordPattern(',"data":');
const EVENT_PREFIX: WordPattern = new WordPattern('{"e":"');
const QUOTE_PREFIX: WordPattern = new WordPattern('{"u":');
/** What stands behind the symbol in the stream name under which the recorder puts a REST snapshot. */
export const SNAPSHOT_STREAM = '@depthSnapshot';
const SNAPSHOT_STREAM_END: WordPattern = new WordPattern(`${SNAPSHOT_STREAM}"`);
const AT_SIGN = 0x40;
const SNAPSHOT_PREFIX: WordPattern = new WordPattern('{"lastUpdateId":');
const NAME_DEPTH: WordPattern = new WordPattern('depthUpdate"');
const NAME_TRADE: WordPattern = new WordPattern('trade"');
const NAME_AGG_TRADE: WordPattern = new WordPattern('aggTrade"');
const NAME_SHUTDOWN: WordPattern = new WordPattern('serverShutdown"');
const NAME_QUOTE: WordPattern = new WordPattern('bookTicker"');
const KEY_BIDS: WordPattern = new WordPattern(',"b":');
const KEY_ASKS: WordPattern = new WordPattern(',"a":');
const KEY_SNAPSHOT_BIDS: WordPattern = new WordPattern(',"bids":');
const KEY_SNAPSHOT_ASKS: WordPattern = new WordPattern(',"asks":');
const CONTROL_PREFIXES: readonly WordPattern[] = [
  '{"result":',
  '{"id":',
  '{"code":',
  '{"error":',
  '{"msg":',
].map((text) => new WordPattern(text));

/* Bits of the fields a message must have. */
const HAS_EVENT_MS = 1;
const HAS_SYMBOL = 2;
const HAS_FIRST_ID = 4;
const HAS_LAST_ID = 8;
const HAS_TRADE_ID = 16;
const HAS_PRICE = 32;
const HAS_QTY = 64;
const HAS_MAKER = 128;
const HAS_TRADE_MS = 256;
const HAS_BID = 512;
const HAS_BID_LOTS = 1024;
const HAS_ASK = 2048;
const HAS_ASK_LOTS = 4096;
const DEPTH_NEEDS: number = HAS_EVENT_MS | HAS_SYMBOL | HAS_FIRST_ID | HAS_LAST_ID;
const TRADE_NEEDS: number = HAS_SYMBOL | HAS_TRADE_ID | HAS_PRICE | HAS_QTY | HAS_MAKER | HAS_TRADE_MS;
const QUOTE_NEEDS: number = HAS_SYMBOL | HAS_LAST_ID | HAS_BID | HAS_BID_LOTS | HAS_ASK | HAS_ASK_LOTS;

/** Reads frames; the results stay in its fields until the next `scan`. One per feed. */
export class FrameScanner {
  /** See FIELD. */
  readonly numbers: Float64Array;
  /** Instrument of the last frame; -1 for snapshots and control messages. */
  instrumentIndex: number;
  /** 1 when the buyer's order rested (the aggressor sold). */
  isBuyerMaker: number;
  /** Levels found by the last `scanLevels`. */
  bidCount: number;
  askCount: number;
  /** [0]: sizes of the last frame that were no whole lots and were cut down to some. */
  readonly offGrid: Int32Array;
  private readonly symbols: SymbolTable;
  private readonly streamSymbols: SymbolTable;
  /** Symbols behind their colon, in quotes: most frames are about the same instrument as the one before. */
  private readonly symbolPatterns: readonly WordPattern[];
  private lastInstrument: number;
  private readonly priceDecimals: Int32Array;
  private readonly qtyDecimals: Int32Array;
  private readonly tickUnits: Float64Array;
  private readonly lotUnits: Float64Array;
  private readonly priceTextUnits: Float64Array;
  private readonly qtyTextUnits: Float64Array;
  private readonly levelWords: LevelWords;
  private readonly reader: WordReader;
  private levelsAt: number;
  private isSnapshot: boolean;
  private isWrapped: boolean;
  private levelCount: number;

  constructor(instruments: readonly Instrument[]) {
    this.numbers = new Float64Array(FIELDS);
    this.instrumentIndex = -1;
    this.isBuyerMaker = 0;
    this.bidCount = 0;
    this.askCount = 0;
    this.offGrid = new Int32Array(1);
    this.symbols = new SymbolTable(instruments.map((instrument) => instrument.symbol));
    this.streamSymbols = new SymbolTable(instruments.map((instrument) => instrument.symbol.toLowerCase()));
    this.symbolPatterns = instruments.map(({ symbol }) => new WordPattern(`:"${symbol}"`));
    this.lastInstrument = UNKNOWN_SYMBOL;
    this.priceDecimals = Int32Array.from(instruments, (instrument) => instrument.priceDecimals);
    this.qtyDecimals = Int32Array.from(instruments, (instrument) => instrument.qtyDecimals);
    this.tickUnits = Float64Array.from(instruments, (instrument) => instrument.tickUnits);
    this.lotUnits = Float64Array.from(instruments, (instrument) => instrument.lotUnits);
    for (const instrument of instruments) {
      powerOfTen(instrument.priceDecimals);
      powerOfTen(instrument.qtyDecimals);
    }
    this.priceTextUnits = Float64Array.from(instruments, ({ priceDecimals, tickUnits }) =>
      textUnitsPerStep(priceDecimals, tickUnits),
    );
    this.qtyTextUnits = Float64Array.from(instruments, ({ qtyDecimals, lotUnits }) =>
      textUnitsPerStep(qtyDecimals, lotUnits),
    );
    this.levelWords = new LevelWords();
    this.reader = new WordReader();
    this.levelsAt = 0;
    this.isSnapshot = false;
    this.isWrapped = false;
    this.levelCount = 0;
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
    if (this.reader.matches(at, EVENT_PREFIX)) return this.scanEvent(bytes, at + EVENT_PREFIX.length, end);
    if (this.reader.matches(at, QUOTE_PREFIX)) {
      /* Step on the brace: the loop over the fields begins each with what comes before its key. */
      return this.scanQuote(bytes, at, end);
    }
    if (this.reader.matches(at, SNAPSHOT_PREFIX)) return this.scanSnapshot(at + SNAPSHOT_PREFIX.length);
    for (let index = 0; index < CONTROL_PREFIXES.length; index++) {
      if (this.reader.matches(at, CONTROL_PREFIXES[index])) return FRAME.control;
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
    const bidsKey = this.isSnapshot ? KEY_SNAPSHOT_BIDS : KEY_BIDS;
    const asksKey = this.isSnapshot ? KEY_SNAPSHOT_ASKS : KEY_ASKS;
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
    if (this.reader.matches(at, NAME_DEPTH)) return this.scanDepth(bytes, at + NAME_DEPTH.length, end);
    if (this.reader.matches(at, NAME_TRADE)) return this.scanTrade(bytes, at + NAME_TRADE.length, end);
    if (this.reader.matches(at, NAME_QUOTE)) return this.scanQuote(bytes, at + NAME_QUOTE.length, end);
    if (this.reader.matches(at, NAME_AGG_TRADE)) {
      const tail = this.scanEnd(bytes, at + NAME_AGG_TRADE.length, end);
      return tail < 0 ? tail : FRAME.aggTrade;
    }
    if (this.reader.matches(at, NAME_SHUTDOWN)) {
      const tail = this.scanEnd(bytes, at + NAME_SHUTDOWN.length, end);
      return tail < 0 ? tail : FRAME.shutdown;
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

  private scanDepth(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    let has = 0;
    this.isSnapshot = false;
    while (bytes[at] === COMMA && bytes[at + 1] === QUOTE) {
      let next = REFUSAL.unexpected as number;
      if (bytes[at + 3] === QUOTE && bytes[at + 4] === COLON) {
        const valueAt = at + 5;
        switch (bytes[at + 2]) {
          case 0x45: // E
            next = this.reader.scanInteger(valueAt, this.numbers, FIELD.eventMs);
            has |= HAS_EVENT_MS;
            break;
          case 0x73: // s
            next = this.scanSymbol(bytes, valueAt, end);
            has |= HAS_SYMBOL;
            break;
          case 0x55: // U
            next = this.reader.scanInteger(valueAt, this.numbers, FIELD.firstId);
            has |= HAS_FIRST_ID;
            break;
          case 0x75: // u
            next = this.reader.scanInteger(valueAt, this.numbers, FIELD.lastId);
            has |= HAS_LAST_ID;
            break;
          case 0x62: // b
            if (has !== DEPTH_NEEDS || at >= end) return REFUSAL.unexpected;
            this.levelsAt = at;
            return FRAME.depth;
          default:
            next = skipValue(bytes, valueAt, end);
        }
      } else {
        next = this.skipField(bytes, at, end);
      }
      if (next < 0) return next;
      at = next;
    }
    return REFUSAL.unexpected;
  }

  private scanTrade(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    let has = 0;
    while (bytes[at] === COMMA && bytes[at + 1] === QUOTE) {
      let next = REFUSAL.unexpected as number;
      if (bytes[at + 3] === QUOTE && bytes[at + 4] === COLON) {
        const valueAt = at + 5;
        switch (bytes[at + 2]) {
          case 0x73: // s
            next = this.scanSymbol(bytes, valueAt, end);
            has |= HAS_SYMBOL;
            break;
          case 0x74: // t
            next = this.reader.scanInteger(valueAt, this.numbers, FIELD.tradeId);
            has |= HAS_TRADE_ID;
            break;
          case 0x70: // p
            next = this.scanPrice(bytes, valueAt, FIELD.priceTicks);
            has |= HAS_PRICE;
            break;
          case 0x71: // q
            next = this.scanQty(bytes, valueAt, FIELD.qtyLots);
            has |= HAS_QTY;
            break;
          case 0x54: // T
            next = this.reader.scanInteger(valueAt, this.numbers, FIELD.tradeMs);
            has |= HAS_TRADE_MS;
            break;
          case 0x6d: // m: true or false
            if (bytes[valueAt] !== 0x74 && bytes[valueAt] !== 0x66) return REFUSAL.unexpected;
            this.isBuyerMaker = bytes[valueAt] === 0x74 ? 1 : 0;
            next = skipValue(bytes, valueAt, end);
            has |= HAS_MAKER;
            break;
          default:
            next = skipValue(bytes, valueAt, end);
        }
      } else {
        next = this.skipField(bytes, at, end);
      }
      if (next < 0) return next;
      at = next;
    }
    if (has !== TRADE_NEEDS) return REFUSAL.unexpected;
    const tail = this.scanEnd(bytes, at, end);
    return tail < 0 ? tail : FRAME.trade;
  }

  private scanQuote(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    let has = 0;
    this.numbers[FIELD.eventMs] = 0;
    while ((bytes[at] === COMMA || (at === start && bytes[at] === OPEN_BRACE)) && bytes[at + 1] === QUOTE) {
      let next = REFUSAL.unexpected as number;
      if (bytes[at + 3] === QUOTE && bytes[at + 4] === COLON) {
        const valueAt = at + 5;
        switch (bytes[at + 2]) {
          case 0x75: // u
            next = this.reader.scanInteger(valueAt, this.numbers, FIELD.lastId);
            has |= HAS_LAST_ID;
            break;
          case 0x73: // s
            next = this.scanSymbol(bytes, valueAt, end);
            has |= HAS_SYMBOL;
            break;
          case 0x62: // b
            next = this.scanPrice(bytes, valueAt, FIELD.bidTicks);
            has |= HAS_BID;
            break;
          case 0x42: // B
            next = this.scanQty(bytes, valueAt, FIELD.bidLots);
            has |= HAS_BID_LOTS;
            break;
          case 0x61: // a
            next = this.scanPrice(bytes, valueAt, FIELD.askTicks);
            has |= HAS_ASK;
            break;
          case 0x41: // A
            next = this.scanQty(bytes, valueAt, FIELD.askLots);
            has |= HAS_ASK_LOTS;
            break;
          case 0x45: // E
            next = this.reader.scanInteger(valueAt, this.numbers, FIELD.eventMs);
            break;
          default:
            next = skipValue(bytes, valueAt, end);
        }
      } else {
        next = this.skipField(bytes, at, end);
      }
      if (next < 0) return next;
      at = next;
    }
    if (has !== QUOTE_NEEDS) return REFUSAL.unexpected;
    const tail = this.scanEnd(bytes, at, end);
    return tail < 0 ? tail : FRAME.quote;
  }

  private scanSnapshot(at: number): number {
    const next = this.reader.scanInteger(at, this.numbers, FIELD.lastId);
    if (next < 0) return next;
    this.isSnapshot = true;
    this.levelsAt = next;
    return FRAME.snapshot;
  }

  /** A field with a name of more than one letter; `at` is on the comma before it. */
  private skipField(bytes: Uint8Array, at: number, end: number): number {
    const colon = this.reader.skipText(at + 2, end);
    if (colon < 0 || bytes[colon] !== COLON) return REFUSAL.unexpected;
    return skipValue(bytes, colon + 1, end);
  }
}
