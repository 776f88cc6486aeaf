import { BINANCE_SPOT_GRAMMAR } from '../../adapters/binance-spot/feed-protocol.ts';
import { FRAME } from '../../adapters/venue-kit/feed/frame-fields.ts';
import { FrameScanner } from '../../adapters/venue-kit/feed/frame-scanner.ts';
import { RecordWriter } from '../../adapters/venue-kit/feed/record-writer.ts';
import { ccxtSymbol, makeCcxtParser } from './ccxt-parser.ts';
import type { Bench, BenchOptions, BenchResult } from '../harness/comparison.ts';
import type { FrameSet, MarketFrames } from './market-frames.ts';
import { loadMarketFrames } from './market-frames.ts';
import { microMethod, microRival, SMOKE_MICRO } from '../harness/micro.ts';
import type { MicroSettings } from '../harness/micro.ts';
import { comparePaired } from '../harness/paired-rounds.ts';
import type { ComparisonPlan } from '../harness/paired-rounds.ts';
import { RecordSink } from '../harness/record-sink.ts';

const FULL_MICRO: MicroSettings = { timeMs: 250, passesMin: 5, warmupMs: 150, warmupPassesMin: 3 };
/** Frames one pass goes through at most: a pass of milliseconds is less often interrupted than one of tenths of seconds. */
const PASS_FRAMES_MAX = 3_000;

type TakeFrame = (bytes: Buffer, start: number, end: number) => void;

/** A pass over a channel's frames; the consumer behind the ring belongs to every rival alike. */
function passOver(frames: FrameSet, sink: RecordSink, take: TakeFrame): () => number {
  const { bytes, starts, ends } = frames;
  const count = Math.min(frames.count, PASS_FRAMES_MAX);
  return () => {
    for (let index = 0; index < count; index++) {
      take(bytes, starts[index], ends[index]);
      sink.wrote();
    }
    return sink.finish();
  };
}

function shrikeTaker({ instrument }: MarketFrames, sink: RecordSink): TakeFrame {
  const scanner = new FrameScanner([instrument], BINANCE_SPOT_GRAMMAR);
  const times = new Float64Array(2);
  const writer = new RecordWriter(sink.publication, scanner, sink.clock, sink.counters, times);
  return (bytes, start, end) => {
    switch (scanner.scan(bytes, start, end)) {
      case FRAME.depth:
        writer.writeDepth(bytes, end, scanner.instrumentIndex, 0, 0);
        break;
      case FRAME.quote:
        writer.writeQuote(0);
        break;
      case FRAME.trade:
        writer.writeTrade(0);
        break;
      default:
        throw new Error('a frame of another kind');
    }
  };
}

type TextLevel = readonly [string, string];

interface DepthMessage {
  readonly E: number;
  readonly U: number;
  readonly u: number;
  readonly b: readonly TextLevel[];
  readonly a: readonly TextLevel[];
}

interface QuoteMessage {
  readonly u: number;
  readonly b: string;
  readonly B: string;
  readonly a: string;
  readonly A: string;
}

interface TradeMessage {
  readonly t: number;
  readonly p: string;
  readonly q: string;
  readonly T: number;
  readonly m: boolean;
}

/** The message in a frame, taken out of its stream wrapping. */
function parseData(bytes: Buffer, start: number, end: number): unknown {
  const parsed = JSON.parse(bytes.toString('latin1', start, end)) as { readonly data?: unknown };
  return parsed.data ?? parsed;
}

function jsonTakers(sink: RecordSink): Readonly<Record<'depth' | 'quotes' | 'trades', TakeFrame>> {
  const f64 = sink.publication.view.f64;
  const writeSide = (levels: readonly TextLevel[], at: number): number => {
    let word = at;
    for (const [price, qty] of levels) {
      f64[word] = sink.ticks(Number(price));
      f64[word + 1] = sink.lots(Number(qty));
      word += 2;
    }
    return word;
  };
  return {
    depth: (bytes, start, end) => {
      const message = parseData(bytes, start, end) as DepthMessage;
      const at = sink.openDelta(message.U, message.u, message.E, message.b.length, message.a.length);
      writeSide(message.a, writeSide(message.b, at));
      sink.commit();
    },
    quotes: (bytes, start, end) => {
      const message = parseData(bytes, start, end) as QuoteMessage;
      sink.writeQuote(message.u, Number(message.b), Number(message.B), Number(message.a), Number(message.A));
    },
    trades: (bytes, start, end) => {
      const message = parseData(bytes, start, end) as TradeMessage;
      sink.writeTrade(message.t, Number(message.p), Number(message.q), message.T, message.m);
    },
  };
}

/** Collects what ccxt's delta handler stores. */
class CollectedSide {
  readonly prices: number[] = [];
  readonly amounts: number[] = [];

  store(price: number, amount: number): void {
    this.prices.push(price);
    this.amounts.push(amount);
  }

  clear(): void {
    this.prices.length = 0;
    this.amounts.length = 0;
  }
}

function ccxtTakers(
  frames: MarketFrames,
  sink: RecordSink,
): Readonly<Record<'depth' | 'quotes' | 'trades', TakeFrame>> {
  const parser = makeCcxtParser(frames.instrument);
  const market = parser.market(ccxtSymbol(frames.instrument));
  const book = { bids: new CollectedSide(), asks: new CollectedSide() };
  const f64 = sink.publication.view.f64;
  const writeSide = ({ prices, amounts }: CollectedSide, at: number): number => {
    for (let index = 0; index < prices.length; index++) {
      f64[at + index * 2] = sink.ticks(prices[index]);
      f64[at + index * 2 + 1] = sink.lots(amounts[index]);
    }
    return at + prices.length * 2;
  };
  return {
    depth: (bytes, start, end) => {
      const message = parseData(bytes, start, end) as DepthMessage;
      book.bids.clear();
      book.asks.clear();
      parser.handleOrderBookMessage(null, message, book);
      const { bids, asks } = book;
      const at = sink.openDelta(message.U, message.u, message.E, bids.prices.length, asks.prices.length);
      writeSide(asks, writeSide(bids, at));
      sink.commit();
    },
    quotes: (bytes, start, end) => {
      const message = parseData(bytes, start, end) as QuoteMessage;
      const { bid, bidVolume, ask, askVolume } = parser.parseWsTicker(message, 'spot');
      sink.writeQuote(message.u, bid, bidVolume, ask, askVolume);
    },
    trades: (bytes, start, end) => {
      const message = parseData(bytes, start, end) as TradeMessage;
      const { id, price, amount, timestamp, side } = parser.parseWsTrade(message, market);
      sink.writeTrade(Number(id), price, amount, timestamp, side === 'sell');
    },
  };
}

function planFor(
  channel: 'depth' | 'quotes' | 'trades',
  frames: MarketFrames,
  isSmoke: boolean,
): ComparisonPlan {
  const settings = isSmoke ? SMOKE_MICRO : FULL_MICRO;
  const set = frames[channel];
  const count = Math.min(set.count, PASS_FRAMES_MAX);
  const byteLength = count === 0 ? 0 : set.ends[count - 1] - set.starts[0];
  const sinks = [0, 1, 2].map(() => new RecordSink(frames.instrument));
  const rival = (name: string, sink: RecordSink, take: TakeFrame): ReturnType<typeof microRival> =>
    microRival(name, count, passOver(set, sink, take), settings);
  return {
    title: `decode, ${channel}`,
    unit: 'ns/frame',
    better: 'lower',
    method: `${count} frames a pass, ${Math.round(byteLength / count)} bytes each; ${microMethod(settings)}`,
    rivals: [
      rival('shrike scanner', sinks[0], shrikeTaker(frames, sinks[0])),
      rival('JSON.parse + Number', sinks[1], jsonTakers(sinks[1])[channel]),
      rival('JSON.parse + ccxt parser', sinks[2], ccxtTakers(frames, sinks[2])[channel]),
    ],
  };
}

async function run(options: BenchOptions): Promise<BenchResult> {
  const frames = await loadMarketFrames(options.isSmoke);
  const comparisons = [];
  for (const channel of ['depth', 'quotes', 'trades'] as const) {
    comparisons.push(await comparePaired(planFor(channel, frames, options.isSmoke), options));
  }
  const notes = [
    `frames: ${frames.source}`,
    'every rival writes the same record (integer ticks and lots) to the same kind of ring, read by the same consumer',
  ];
  return { name: decode.name, summary: decode.summary, comparisons, notes };
}

/** Recorded frames to ring records. */
export const decode: Bench = {
  name: 'decode',
  summary: "frame bytes to ring records per channel, against JSON.parse + Number and ccxt's parsers",
  run,
};
