import { lotsToQty, ticksToPrice } from '../../../engine/core/instrument.ts';
import type { Instrument } from '../../../engine/core/instrument.ts';
import type { Prng } from '../../../engine/core/prng.ts';
import { REHEARSAL_ID, REHEARSAL_ID_DIGITS } from './rehearsal-words.ts';
import type { LevelText, RehearsalWords } from './rehearsal-words.ts';
import { textFrame } from './text-frame.ts';

/** The first id; all later ones have as many digits. */
export const REHEARSAL_ID_FIRST = 50_000_000_000;
/** Different frames; a lap leaves the book as it was. */
const FRAMES = 48;
const LEVELS = 60;
const LEVELS_MAX = 12;
/** Where the made-up market stands, in ticks: seven digits, as the big ones have. */
const BID_TICKS = 6_000_000;
const LOTS_MAX = 50_000;

/** One market frame as it comes over the wire, its header included, and where its ids stand. */
export interface RehearsalFrame {
  readonly bytes: Buffer;
  /** Byte places of ids to be written over; -1 = the frame has none. */
  readonly firstIdAt: number;
  readonly lastIdAt: number;
}

/** Overwrites the REHEARSAL_ID_DIGITS digits at `at`. */
export function writeRehearsalId(bytes: Uint8Array, at: number, id: number): void {
  let rest = id;
  for (let place = at + REHEARSAL_ID_DIGITS - 1; place >= at; place--) {
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
  private readonly words: RehearsalWords;

  constructor(instrument: Instrument, words: RehearsalWords, random: Prng) {
    this.instrument = instrument;
    this.words = words;
    const frames: RehearsalFrame[] = [];
    for (let number = 0; number < FRAMES; number++) {
      frames.push(this.depth(number, random));
      if (number % 4 === 1) frames.push(this.quote(number));
      if (number % 4 === 3) frames.push(frameOf(words.trade(instrument, this.level(BID_TICKS, 7))));
    }
    this.frames = frames;
  }

  /** What the exchange answers when the book is asked for; the next depth frame follows `lastId`. */
  snapshot(lastId: number): Buffer {
    const side = (direction: number, first: number): LevelText[] =>
      Array.from({ length: LEVELS }, (_, level) => this.level(first + direction * level, 1 + level));
    return Buffer.from(this.words.snapshot(lastId, side(-1, BID_TICKS), side(1, BID_TICKS + 1)));
  }

  private level(ticks: number, lots: number): LevelText {
    const { instrument } = this;
    const { decimals } = this.words;
    return [
      withDecimals(ticksToPrice(instrument, ticks), decimals),
      withDecimals(lotsToQty(instrument, lots), decimals),
    ];
  }

  /** Every second frame the best ask goes, every other one it is back. */
  private depth(number: number, random: Prng): RehearsalFrame {
    const side = (direction: number, first: number, topLots: number): LevelText[] => {
      const levels = [this.level(first, topLots)];
      let ticks = first;
      const count = random.nextInt(LEVELS_MAX);
      for (let added = 0; added < count; added++) {
        ticks += direction * (1 + random.nextInt(3));
        levels.push(this.level(ticks, 1 + random.nextInt(LOTS_MAX)));
      }
      return levels;
    };
    const bids = side(-1, BID_TICKS, 1 + random.nextInt(LOTS_MAX));
    const asks = side(1, BID_TICKS + 1, number % 2 === 0 ? 0 : 1 + random.nextInt(LOTS_MAX));
    return frameOf(this.words.depth(this.instrument, bids, asks));
  }

  private quote(number: number): RehearsalFrame {
    const bid = this.level(BID_TICKS, number + 1);
    const ask = this.level(BID_TICKS + 1, number + 2);
    return frameOf(this.words.quote(this.instrument, bid, ask));
  }
}

function withDecimals(text: string, count: number): string {
  const point = text.indexOf('.');
  const decimals = point < 0 ? 0 : text.length - point - 1;
  return `${text}${point < 0 ? '.' : ''}${'0'.repeat(count - decimals)}`;
}

/** The frame, with zeros where its ids are to be. */
function frameOf(text: string): RehearsalFrame {
  const zeros = '0'.repeat(REHEARSAL_ID_DIGITS);
  const place = (id: string, other: string): number => textFrame(text.replace(other, zeros)).indexOf(id);
  return {
    bytes: textFrame(text.replace(REHEARSAL_ID.first, zeros).replace(REHEARSAL_ID.last, zeros)),
    firstIdAt: place(REHEARSAL_ID.first, REHEARSAL_ID.last),
    lastIdAt: place(REHEARSAL_ID.last, REHEARSAL_ID.first),
  };
}
