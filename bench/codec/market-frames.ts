import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { instrumentsOfCapture } from '../../adapters/binance-spot/recorded-instruments.ts';
import type { Instrument } from '../../engine/core/instrument.ts';
import { Prng } from '../../engine/core/prng.ts';
import { CAPTURE_SOURCE, CaptureBuilder } from '../../engine/market-data/capture-file.ts';
import type { Capture } from '../../engine/market-data/capture-file.ts';
import { readCapture } from '../../engine/market-data/capture-reader.ts';

/** Frames of one channel, one behind the other. */
export interface FrameSet {
  readonly bytes: Buffer;
  /** Frame i is bytes[starts[i], ends[i]). */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly count: number;
}

/** What the market benches work on: one instrument's recorded or made-up frames. */
export interface MarketFrames {
  readonly source: string;
  readonly instrument: Instrument;
  readonly depth: FrameSet;
  readonly quotes: FrameSet;
  readonly trades: FrameSet;
  /** The REST snapshot the depth updates build on. */
  readonly snapshot: FrameSet;
}

const RECORDING = 'captures/binance-spot-btcusdt-20240808.frames.gz';
const SYNTHETIC_FRAMES = 20_000;
const SYNTHETIC_LEVELS = 1_000;
const SYNTHETIC_SEED = 20240808;
/** Frames per channel in smoke runs. */
const SMOKE_FRAMES = 300;

/** Where recordings are looked for. */
function dataDir(): string {
  return process.env['MARKET_DATA_DIR'] ?? resolve(import.meta.dirname, '../../..', 'shared', 'data');
}

type Channel = 'depth' | 'quotes' | 'trades' | 'snapshot';

function channelOf(head: string): Channel | null {
  if (head.includes('"depthUpdate"')) return 'depth';
  if (head.includes('"e":"trade"')) return 'trades';
  if (head.includes('"lastUpdateId"')) return 'snapshot';
  return head.includes('"u":') ? 'quotes' : null;
}

function collect(capture: Capture, channel: Channel, framesMax: number): FrameSet {
  const parts: Buffer[] = [];
  for (const block of capture.blocks) {
    for (let index = 0; index < block.count && parts.length < framesMax; index++) {
      const start = block.starts[index];
      const frame = block.bytes.subarray(start, start + block.lengths[index]);
      if (channelOf(frame.toString('latin1', 0, 80)) === channel) parts.push(frame);
    }
  }
  const ends = new Uint32Array(parts.length);
  let end = 0;
  for (const [index, part] of parts.entries()) ends[index] = end += part.length;
  const starts = ends.map((to, index) => to - parts[index].length);
  return { bytes: Buffer.concat(parts), starts, ends, count: parts.length };
}

/** A recording under the data folder; null where it is absent. */
export async function loadRecording(file: string): Promise<Capture | null> {
  const path = join(dataDir(), file);
  return existsSync(path) ? await readCapture(path) : null;
}

/** The recording when it is there, otherwise frames of our own making. */
export async function loadMarketFrames(isSmoke: boolean): Promise<MarketFrames> {
  const recording = await loadRecording(RECORDING);
  const isRecorded = recording !== null;
  const capture = recording ?? syntheticCapture();
  const framesMax = isSmoke ? SMOKE_FRAMES : Infinity;
  return {
    source: isRecorded ? RECORDING : `${SYNTHETIC_FRAMES} frames made up from seed ${SYNTHETIC_SEED}`,
    instrument: instrumentsOfCapture(capture)[0],
    depth: collect(capture, 'depth', framesMax),
    quotes: collect(capture, 'quotes', framesMax),
    trades: collect(capture, 'trades', framesMax),
    snapshot: collect(capture, 'snapshot', 1),
  };
}

/** A random walk in Binance's words: bids below the middle, asks above, so that the book never crosses. */
class SyntheticMarket {
  private readonly random: Prng = new Prng(SYNTHETIC_SEED);
  private middle = 6_180_000;
  private updateId = 1_000;
  private tradeId = 1;

  /** The first frame: levels on every tick near the middle. */
  snapshot(): string {
    const side = (sign: number): string =>
      Array.from({ length: SYNTHETIC_LEVELS }, (_, step) =>
        this.level(this.middle + sign * (step + 1)),
      ).join();
    return `{"lastUpdateId":${this.updateId},"bids":[${side(-1)}],"asks":[${side(1)}]}`;
  }

  frame(): string {
    const kind = this.below(10);
    if (kind < 2) return this.depth();
    return kind < 4 ? this.trade() : this.quote();
  }

  private depth(): string {
    const first = this.updateId + 1;
    this.updateId += 1 + this.below(8);
    const crossed = this.middle;
    this.middle += this.below(5) - 2;
    const side = (sign: number): string => {
      /* By price: a frame names each once. */
      const levels = new Map<number, string>();
      for (let count = 1 + this.below(12); count > 0; count--) {
        const ticks = this.middle + sign * (1 + this.below(200));
        levels.set(ticks, this.level(ticks, this.below(3) === 0));
      }
      /* What the walk stepped over is gone. */
      const step = Math.sign(this.middle - crossed);
      for (let ticks = crossed; step !== 0 && ticks !== this.middle + step; ticks += step) {
        levels.set(ticks, this.level(ticks, true));
      }
      return [...levels.values()].join();
    };
    const ids = `"U":${first},"u":${this.updateId}`;
    const data = `{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT",${ids},"b":[${side(-1)}],"a":[${side(1)}]}`;
    return `{"stream":"btcusdt@depth@100ms","data":${data}}`;
  }

  private trade(): string {
    const price = this.price(this.middle);
    const maker = this.below(2) === 0;
    const data =
      `{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":${this.tradeId++},"p":"${price}","q":"${this.size()}",` +
      `"T":1723161255342,"m":${maker},"M":true}`;
    return `{"stream":"btcusdt@trade","data":${data}}`;
  }

  private quote(): string {
    const bid = `"b":"${this.price(this.middle - 1)}","B":"${this.size()}"`;
    const ask = `"a":"${this.price(this.middle + 1)}","A":"${this.size()}"`;
    return `{"stream":"btcusdt@bookTicker","data":{"u":${this.updateId},"s":"BTCUSDT",${bid},${ask}}}`;
  }

  private level(ticks: number, isRemoved = false): string {
    return `["${this.price(ticks)}","${isRemoved ? '0.00000000' : this.size()}"]`;
  }

  private price(ticks: number): string {
    return `${Math.floor(ticks / 100)}.${String(ticks % 100).padStart(2, '0')}000000`;
  }

  private size(): string {
    return `${this.below(9)}.${String(1 + this.below(99_999)).padStart(5, '0')}000`;
  }

  private below(bound: number): number {
    return this.random.nextUint32() % bound;
  }
}

/** A recording of our own making. */
export function syntheticCapture(): Capture {
  const market = new SyntheticMarket();
  const builder = new CaptureBuilder();
  const name = builder.nameIndexOf('');
  for (let index = 0; index < SYNTHETIC_FRAMES; index++) {
    const bytes = Buffer.from(index === 0 ? market.snapshot() : market.frame());
    builder.add(bytes, 0, bytes.length, 1_723_161_255_000_000 + index * 1_000, 0, CAPTURE_SOURCE.frame, name);
  }
  return builder.finish('synthetic');
}
