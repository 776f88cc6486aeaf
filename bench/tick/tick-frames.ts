import { priceToTicks } from '../../engine/core/instrument.ts';
import type { Instrument } from '../../engine/core/instrument.ts';
import type { FrameSet, MarketFrames } from '../codec/market-frames.ts';

/**
 * Depth frames that can be sent for ever: the recorded ones and then, backwards, frames that undo them. After a lap the
 * book is as it was, so every state is one the recording had and the book never crosses. Update ids have a fixed width
 * and are written into each frame as it is sent. Plain data: travels to the thread that sends.
 */
export interface TickLoop {
  readonly instrument: Instrument;
  /** The REST snapshot the first frame follows; its lastUpdateId is TICK_ID_BASE. */
  readonly snapshot: Uint8Array;
  readonly bytes: Uint8Array;
  /** Frame i is bytes[starts[i], ends[i]); its "U" and "u" stand at starts[i] + firstIdAt[i] and + lastIdAt[i]. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly firstIdAt: Uint32Array;
  readonly lastIdAt: Uint32Array;
  /** Ids a frame covers beyond its first. */
  readonly spans: Uint32Array;
  /** A TICK_KIND each: what is written into a frame, and whether an order comes of it. */
  readonly kinds: Uint8Array;
  /** Best ask price after each frame, ticks: what an order to buy at once must name. By a book of the bench's own. */
  readonly askTicks: Float64Array;
  readonly count: number;
  readonly bytesMax: number;
}

/** Depth frames get both update ids and have an order each; quotes get the book's id, trades the next trade's. */
export const TICK_KIND = { depth: 0, quote: 1, trade: 2 } as const;

/** The update id before the first frame's. Ids keep its number of digits over billions of frames. */
export const TICK_ID_BASE = 50_000_000_000;
/** Digits of an update id in the frames. */
export const TICK_ID_DIGITS = 11;
/** Ids are handled as two halves, each a small whole number: id = high x TICK_ID_HALF + low. */
export const TICK_ID_HALF = 1_000_000;

/** Price and size. */
export type Level = readonly [string, string];

interface DepthData {
  readonly U: number;
  readonly u: number;
  readonly b: readonly Level[];
  readonly a: readonly Level[];
}

const EMPTY_QTY = '0.00000000';

function textOf(set: FrameSet, index: number): string {
  return Buffer.from(set.bytes.subarray(set.starts[index], set.ends[index])).toString('latin1');
}

function depthData(text: string): DepthData {
  const parsed = JSON.parse(text) as { readonly data?: DepthData } & DepthData;
  return parsed.data ?? parsed;
}

/** Levels as they were before the frame, which is applied to `side`. */
export function applyAndUndo(side: Map<string, string>, levels: readonly Level[]): Level[] {
  const undo = levels.map(([price]): Level => [price, side.get(price) ?? EMPTY_QTY]);
  for (const [price, qty] of levels) {
    if (Number(qty) === 0) side.delete(price);
    else side.set(price, qty);
  }
  /* Undone from the last one on, should a frame name a price twice. */
  return undo.reverse();
}

/** The best ask of a book kept as text. */
export function bestAskTicks(asks: ReadonlyMap<string, string>, instrument: Instrument): number {
  let best = Infinity;
  for (const price of asks.keys()) best = Math.min(best, Number(price));
  return priceToTicks(instrument, best.toFixed(instrument.priceDecimals));
}

/** The depth frame with other levels. */
export function withLevels(text: string, bids: readonly Level[], asks: readonly Level[]): string {
  const sides = `"b":${JSON.stringify(bids)},"a":${JSON.stringify(asks)}`;
  return text.replace(/"b":\[.*\](?=\})/, () => sides);
}

/** The depth frame with ids of their final width. */
export function withIds(text: string): string {
  return text.replace(/"U":\d+,"u":\d+/, `"U":${TICK_ID_BASE},"u":${TICK_ID_BASE}`);
}

/** Builds the loop from a recording's (or made-up) depth frames, at most `framesMax` of them before it turns round. */
export function buildTickLoop(frames: MarketFrames, framesMax: number = Infinity): TickLoop {
  const snapshotText = textOf(frames.snapshot, 0);
  const snapshot = JSON.parse(snapshotText) as {
    readonly lastUpdateId: number;
    readonly bids: readonly Level[];
    readonly asks: readonly Level[];
  };
  const bids = new Map(snapshot.bids);
  const asks = new Map(snapshot.asks);
  const forward: string[] = [];
  const backward: string[] = [];
  const spans: number[] = [];
  /* Before the first frame, then after each. */
  const askTicks = [bestAskTicks(asks, frames.instrument)];
  for (let index = 0; index < frames.depth.count && forward.length < framesMax; index++) {
    const text = textOf(frames.depth, index);
    const data = depthData(text);
    if (data.u <= snapshot.lastUpdateId) continue;
    const undoneBids = applyAndUndo(bids, data.b);
    const undoneAsks = applyAndUndo(asks, data.a);
    askTicks.push(bestAskTicks(asks, frames.instrument));
    forward.push(withIds(text));
    backward.push(withIds(withLevels(text, undoneBids, undoneAsks)));
    spans.push(Math.max(0, data.u - Math.max(data.U, snapshot.lastUpdateId + 1)));
  }
  const texts = [...forward, ...backward.reverse()];
  return {
    instrument: frames.instrument,
    snapshot: Buffer.from(snapshotText.replace(/"lastUpdateId":\d+/, `"lastUpdateId":${TICK_ID_BASE}`)),
    ...packFrames(texts),
    spans: Uint32Array.from([...spans, ...spans.toReversed()]),
    kinds: new Uint8Array(texts.length),
    askTicks: Float64Array.from([...askTicks.slice(1), ...askTicks.toReversed().slice(1)]),
    count: texts.length,
  };
}

/** Texts one behind the other, with the places of their ids. */
export function packFrames(
  texts: readonly string[],
): Pick<TickLoop, 'bytes' | 'starts' | 'ends' | 'firstIdAt' | 'lastIdAt' | 'bytesMax'> {
  const ends = new Uint32Array(texts.length);
  let end = 0;
  for (const [index, text] of texts.entries()) ends[index] = end += text.length;
  return {
    bytes: Buffer.from(texts.join(''), 'latin1'),
    starts: ends.map((to, index) => to - texts[index].length),
    ends,
    firstIdAt: Uint32Array.from(texts, (text) => text.indexOf('"U":') + 4),
    lastIdAt: Uint32Array.from(texts, (text) => text.indexOf('"u":') + 4),
    bytesMax: Math.max(...texts.map((text) => text.length)),
  };
}

/** Writes high x TICK_ID_HALF + low as exactly `width` digits at `at`. Allocates nothing. */
export function writeDigits(bytes: Uint8Array, at: number, width: number, high: number, low: number): void {
  let rest = low | 0;
  for (let place = width - 1; place >= 0; place--) {
    if (place === width - 7) rest = high | 0;
    const cut = (rest / 10) | 0;
    bytes[at + place] = 0x30 + rest - cut * 10;
    rest = cut;
  }
}
