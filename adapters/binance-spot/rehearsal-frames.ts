import { lotsToQty, ticksToPrice } from '../../engine/core/instrument.ts';
import type { Instrument } from '../../engine/core/instrument.ts';
import type { Prng } from '../../engine/core/prng.ts';

/** Update and trade ids have this many digits for ever, so that they can be written over. */
const ID_DIGITS = 11;
export const REHEARSAL_ID_FIRST = 50_000_000_000;
/** Different frames; a lap leaves the book as it was. */
const FRAMES = 48;
const LEVELS = 60;
const LEVELS_MAX = 12;
/** Decimals the venue writes whatever the instrument needs. */
const VENUE_DECIMALS = 8;
/** Where the made-up market stands, in ticks: seven digits, as the big ones have. */
const BID_TICKS = 6_000_000;
const LOTS_MAX = 50_000;
/** Room for the header of a frame of up to 64 KiB. */
const HEADER_BYTES = 4;

/** One market frame as it comes over the wire, its header included, and where its ids stand. */
export interface RehearsalFrame {
  readonly bytes: Buffer;
  /** Byte places of ids to be written over; -1 = the frame has none. */
  readonly firstIdAt: number;
  readonly lastIdAt: number;
}

function eightDecimals(text: string): string {
  const point = text.indexOf('.');
  const decimals = point < 0 ? 0 : text.length - point - 1;
  return `${text}${point < 0 ? '.' : ''}${'0'.repeat(VENUE_DECIMALS - decimals)}`;
}

/** A server's text frame (RFC 6455, 5.2) with a 16-bit length. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const frame = Buffer.alloc(HEADER_BYTES + payload.length);
  frame[0] = 0x81;
  frame[1] = 126;
  frame.writeUInt16BE(payload.length, 2);
  payload.copy(frame, HEADER_BYTES);
  return frame;
}

/** Overwrites the ID_DIGITS digits at `at`. */
export function writeRehearsalId(bytes: Buffer, at: number, id: number): void {
  let rest = id;
  for (let place = at + ID_DIGITS - 1; place >= at; place--) {
    const digit = rest % 10;
    bytes[place] = 0x30 + digit;
    rest = (rest - digit) / 10;
  }
}

/**
 * A made-up market of one instrument in the venue's words: depth differences of one to two dozen levels whose top moves,
 * best bid and ask, trades. Nobody trades on it: it is what an engine practises with.
 */
export class RehearsalMarket {
  readonly frames: readonly RehearsalFrame[];
  private readonly instrument: Instrument;
  private readonly stream: string;

  constructor(instrument: Instrument, random: Prng) {
    this.instrument = instrument;
    this.stream = instrument.symbol.toLowerCase();
    const frames: RehearsalFrame[] = [];
    for (let number = 0; number < FRAMES; number++) {
      frames.push(this.depth(number, random));
      if (number % 4 === 1) frames.push(this.quote(number));
      if (number % 4 === 3) frames.push(this.trade());
    }
    this.frames = frames;
  }

  /** What the exchange answers when the book is asked for; the next depth frame follows `lastId`. */
  snapshot(lastId: number): Buffer {
    const side = (direction: number, first: number): string =>
      Array.from({ length: LEVELS }, (_, level) => this.level(first + direction * level, 1 + level)).join(
        ',',
      );
    const text = `{"lastUpdateId":${lastId},"bids":[${side(-1, BID_TICKS)}],"asks":[${side(1, BID_TICKS + 1)}]}`;
    return Buffer.from(text);
  }

  private price(ticks: number): string {
    return eightDecimals(ticksToPrice(this.instrument, ticks));
  }

  private qty(lots: number): string {
    return eightDecimals(lotsToQty(this.instrument, lots));
  }

  private level(ticks: number, lots: number): string {
    return `["${this.price(ticks)}","${this.qty(lots)}"]`;
  }

  /** Every second frame the best ask goes, every other one it is back. */
  private depth(number: number, random: Prng): RehearsalFrame {
    const side = (direction: number, first: number, topLots: number): string => {
      const levels = [this.level(first, topLots)];
      let ticks = first;
      const count = random.nextInt(LEVELS_MAX);
      for (let added = 0; added < count; added++) {
        ticks += direction * (1 + random.nextInt(3));
        levels.push(this.level(ticks, 1 + random.nextInt(LOTS_MAX)));
      }
      return levels.join(',');
    };
    const bids = side(-1, BID_TICKS, 1 + random.nextInt(LOTS_MAX));
    const asks = side(1, BID_TICKS + 1, number % 2 === 0 ? 0 : 1 + random.nextInt(LOTS_MAX));
    const id = '0'.repeat(ID_DIGITS);
    const text =
      `{"stream":"${this.stream}@depth@100ms","data":{"e":"depthUpdate","E":1723161255208,` +
      `"s":"${this.instrument.symbol}","U":${id},"u":${id},"b":[${bids}],"a":[${asks}]}}`;
    const bytes = textFrame(text);
    return { bytes, firstIdAt: bytes.indexOf('"U":') + 4, lastIdAt: bytes.indexOf('"u":') + 4 };
  }

  private quote(number: number): RehearsalFrame {
    const id = '0'.repeat(ID_DIGITS);
    const text =
      `{"stream":"${this.stream}@bookTicker","data":{"u":${id},"s":"${this.instrument.symbol}",` +
      `"b":"${this.price(BID_TICKS)}","B":"${this.qty(number + 1)}",` +
      `"a":"${this.price(BID_TICKS + 1)}","A":"${this.qty(number + 2)}"}}`;
    const bytes = textFrame(text);
    return { bytes, firstIdAt: -1, lastIdAt: bytes.indexOf('"u":') + 4 };
  }

  private trade(): RehearsalFrame {
    const id = '0'.repeat(ID_DIGITS);
    const text =
      `{"stream":"${this.stream}@trade","data":{"e":"trade","E":1723161255208,"s":"${this.instrument.symbol}",` +
      `"t":${id},"p":"${this.price(BID_TICKS)}","q":"${this.qty(7)}","T":1723161255208,"m":true,"M":true}}`;
    const bytes = textFrame(text);
    return { bytes, firstIdAt: -1, lastIdAt: bytes.indexOf('"t":') + 4 };
  }
}
