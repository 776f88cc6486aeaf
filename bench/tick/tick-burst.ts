import { instrumentsOfCapture } from '../../adapters/binance-spot/recorded-instruments.ts';
import { recvNsOf } from '../../engine/market-data/capture-file.ts';
import type { Capture } from '../../engine/market-data/capture-file.ts';
import { loadRecording, syntheticCapture } from '../codec/market-frames.ts';
import {
  applyAndUndo,
  bestAskTicks,
  packFrames,
  TICK_ID_BASE,
  TICK_KIND,
  withIds,
  withLevels,
} from './tick-frames.ts';
import type { Level, TickLoop } from './tick-frames.ts';

/** The busiest second of a recording, followed by depth frames that undo it, so that it can be sent again and again. */
export interface Burst {
  readonly source: string;
  readonly loop: TickLoop;
  /** The first frames of the loop are the burst: so many, */
  readonly frames: number;
  /** each so long after the first. */
  readonly offsetsNs: Float64Array;
}

interface Frame {
  readonly text: string;
  readonly recvNs: number;
}

interface Data {
  readonly e?: string;
  readonly lastUpdateId?: number;
  readonly bids?: readonly Level[];
  readonly asks?: readonly Level[];
  readonly U?: number;
  readonly u?: number;
  readonly b?: readonly Level[] | string;
  readonly a?: readonly Level[] | string;
  readonly [key: string]: unknown;
}

const SECOND_NS = 1e9;
const SYNTHETIC_FRAMES = 1_362;

function framesOf(capture: Capture): Frame[] {
  return capture.blocks.flatMap((block) =>
    Array.from({ length: block.count }, (_, index) => {
      const start = block.starts[index];
      const text = block.bytes.toString('latin1', start, start + block.lengths[index]);
      return { text, recvNs: recvNsOf(block, index, 0) };
    }),
  );
}

/** Index of the first frame of the calendar second with the most frames, and how many it has. */
function busiestSecond(frames: readonly Frame[]): { first: number; count: number } {
  let best = { first: 0, count: 0 };
  let first = 0;
  for (let index = 1; index <= frames.length; index++) {
    const second = (at: number): number => Math.floor(frames[at].recvNs / SECOND_NS);
    if (index < frames.length && second(index) === second(first)) continue;
    if (index - first > best.count) best = { first, count: index - first };
    first = index;
  }
  return best;
}

function dataOf(text: string): Data {
  const parsed = JSON.parse(text) as Data & { readonly data?: Data };
  return parsed.data ?? parsed;
}

/** The frame as the spot market would send it, with its place for an id at the width the source writes. */
function spotFrame(data: Data): { text: string; kind: number } {
  const stream = String(data['s']).toLowerCase();
  if (data.e === 'depthUpdate') {
    const { e, E, s, U, u, b, a } = data;
    const text = JSON.stringify({ stream: `${stream}@depth@100ms`, data: { e, E, s, U, u, b, a } });
    return { text: withIds(text), kind: TICK_KIND.depth };
  }
  if (data.e === 'trade') {
    const { e, E, s, p, q, T, m } = data;
    const text = JSON.stringify({
      stream: `${stream}@trade`,
      data: { e, E, s, t: 3_000_000_000, p, q, T, m, M: true },
    });
    return { text, kind: TICK_KIND.trade };
  }
  const { s, b, B, a, A } = data;
  const text = JSON.stringify({ stream: `${stream}@bookTicker`, data: { u: TICK_ID_BASE, s, b, B, a, A } });
  return { text, kind: TICK_KIND.quote };
}

/** The text book at the start of the burst, and what was skipped: frames from before the recording's snapshot. */
function bookBefore(frames: readonly Frame[], end: number): [Map<string, string>, Map<string, string>] {
  const bids = new Map<string, string>();
  const asks = new Map<string, string>();
  let snapshotId = Infinity;
  const kept: Data[] = [];
  for (const { text } of frames.slice(0, end)) {
    if (text.includes('"lastUpdateId"')) {
      const { lastUpdateId, bids: bidLevels = [], asks: askLevels = [] } = dataOf(text);
      snapshotId = lastUpdateId!;
      for (const [price, qty] of bidLevels) bids.set(price, qty);
      for (const [price, qty] of askLevels) asks.set(price, qty);
    } else if (text.includes('"depthUpdate"')) kept.push(dataOf(text));
  }
  for (const data of kept) {
    if (data.u! <= snapshotId) continue;
    applyAndUndo(bids, data.b as readonly Level[]);
    applyAndUndo(asks, data.a as readonly Level[]);
  }
  return [bids, asks];
}

function sortedLevels(side: ReadonlyMap<string, string>, sign: number): Level[] {
  return [...side].sort(([a], [b]) => sign * (Number(a) - Number(b)));
}

function burstOf(
  capture: Capture,
  source: string,
  frames: readonly Frame[],
  first: number,
  count: number,
): Burst {
  const [instrument] = instrumentsOfCapture(capture);
  const [bids, asks] = bookBefore(frames, first);
  const levels = { bids: sortedLevels(bids, -1), asks: sortedLevels(asks, 1) };
  const snapshot = Buffer.from(JSON.stringify({ lastUpdateId: TICK_ID_BASE, ...levels }));
  const texts: string[] = [];
  const kinds: number[] = [];
  const askTicks: number[] = [];
  const undo: { text: string; askTicks: number }[] = [];
  for (const frame of frames.slice(first, first + count)) {
    const data = dataOf(frame.text);
    const { text, kind } = spotFrame(data);
    if (kind === TICK_KIND.depth) {
      const before = bestAskTicks(asks, instrument);
      const undoneBids = applyAndUndo(bids, data.b as readonly Level[]);
      const undoneAsks = applyAndUndo(asks, data.a as readonly Level[]);
      undo.push({ text: withLevels(text, undoneBids, undoneAsks), askTicks: before });
    }
    texts.push(text);
    kinds.push(kind);
    askTicks.push(bestAskTicks(asks, instrument));
  }
  undo.reverse();
  const all = [...texts, ...undo.map(({ text }) => text)];
  const packed = packFrames(all);
  const startNs = frames[first].recvNs;
  return {
    source,
    loop: {
      instrument,
      snapshot,
      ...packed,
      /* Trades have another id; it is looked for where the others have theirs. */
      lastIdAt: packed.lastIdAt.map((at, index) =>
        kinds[index] === TICK_KIND.trade ? all[index].indexOf('"t":') + 4 : at,
      ),
      spans: new Uint32Array(all.length),
      kinds: Uint8Array.from([...kinds, ...undo.map(() => TICK_KIND.depth)]),
      askTicks: Float64Array.from([...askTicks, ...undo.map((frame) => frame.askTicks)]),
      count: all.length,
    },
    frames: texts.length,
    offsetsNs: Float64Array.from(texts, (_, index) => Math.max(0, frames[first + index].recvNs - startNs)),
  };
}

/** The busiest second of a recording; null where it is absent. */
export async function loadBurst(file: string): Promise<Burst | null> {
  const capture = await loadRecording(file);
  if (capture === null) return null;
  const frames = framesOf(capture);
  const { first, count } = busiestSecond(frames);
  return burstOf(capture, file, frames, first, count);
}

/** A second of made-up frames, evenly spaced. */
export function syntheticBurst(): Burst {
  const capture = syntheticCapture();
  const step = SECOND_NS / SYNTHETIC_FRAMES;
  const frames = framesOf(capture)
    .slice(0, SYNTHETIC_FRAMES + 1)
    .map(({ text }, index) => ({ text, recvNs: index * step }));
  return burstOf(capture, `${SYNTHETIC_FRAMES} frames made up`, frames, 1, SYNTHETIC_FRAMES);
}
