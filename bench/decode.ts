/**
 * Decoding of recorded Binance Spot frames into ring records against JSON.parse + Number, on one thread, in frames
 * per second of that thread's CPU time. Usage: node bench/decode.ts CAPTURE [rounds]. One JSON line per round and kind
 * of frame; the first rounds are warm-up. Quote the ratios.
 */
import { createBinanceSpotReplayDecoder } from '../adapters/binance-spot/frame-decoder.ts';
import { instrumentsOfCapture } from '../adapters/binance-spot/capture-instruments.ts';
import { SimulatedClock } from '../engine/core/clock.ts';
import { Prng } from '../engine/core/prng.ts';
import { COUNTER_BLOCK_BYTES, CounterBlock } from '../engine/ipc/counters.ts';
import { ERROR_LOG_BYTES, ErrorLog } from '../engine/ipc/error-log.ts';
import { MemoryMapBuilder } from '../engine/ipc/memory-map.ts';
import { Publication, ringBytes, Subscription } from '../engine/ipc/ring.ts';
import { recvNsOf } from '../engine/market-data/capture-file.ts';
import type { Capture, CaptureBlock } from '../engine/market-data/capture-file.ts';
import { readCapture } from '../engine/market-data/capture-reader.ts';
import { ReplayFeed } from '../engine/market-data/replay-feed.ts';

type Kind = 'all' | 'depth' | 'quote' | 'trade';

const KINDS: readonly Kind[] = ['all', 'depth', 'quote', 'trade'];
const RING_BYTES: number = 1 << 22;
const POLL = 4_096;

/** The kind of each frame of each block: a frame's stream name tells it; snapshots go with the depth. */
const kindsOf: WeakMap<CaptureBlock, Kind[]> = new WeakMap<CaptureBlock, Kind[]>();

function kindOfFrame(block: CaptureBlock, index: number): Kind {
  const start = block.starts[index];
  const head = block.bytes.toString('latin1', start, start + Math.min(48, block.lengths[index]));
  if (head.includes('@bookTicker')) return 'quote';
  return head.includes('@trade') ? 'trade' : 'depth';
}

function isWanted(block: CaptureBlock, index: number, kind: Kind): boolean {
  let kinds = kindsOf.get(block);
  if (kinds === undefined) {
    kinds = Array.from({ length: block.count }, (_, at) => kindOfFrame(block, at));
    kindsOf.set(block, kinds);
  }
  return kind === 'all' || kinds[index] === kind;
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e3;
}

/**
 * Decodes a whole capture through a replay feed with a consumer that only counts; returns frames per second.
 */
function decodeRate(capture: Capture, kind: Kind): { framesPerSecond: number; records: number } {
  const instruments = instrumentsOfCapture(capture);
  const builder = new MemoryMapBuilder();
  const ring = builder.reserve('ring', ringBytes(RING_BYTES));
  const counters = builder.reserve('counters', COUNTER_BLOCK_BYTES);
  const errors = builder.reserve('errors', ERROR_LOG_BYTES);
  const buffer = new SharedArrayBuffer(builder.seal().byteLength);
  const declaration = { name: 'feed-to-book', policy: 'lossless', capacityBytes: RING_BYTES } as const;
  const reader = new Subscription(buffer, ring, declaration);
  const clock = new SimulatedClock(capture.firstEpochUs);
  const feed = new ReplayFeed(
    {
      instruments,
      output: new Publication(buffer, ring, declaration, null),
      clock,
      random: new Prng(1),
      counters: new CounterBlock(buffer, counters),
      errors: new ErrorLog(buffer, errors),
      kick: () => undefined,
      onConnection: () => undefined,
      onGap: () => undefined,
    },
    createBinanceSpotReplayDecoder(),
  );
  let records = 0;
  const onRecord = (): void => {
    records++;
  };
  let frames = 0;
  const startedMs = cpuMs();
  for (const block of capture.blocks) {
    for (let index = 0; index < block.count; index++) {
      if (!isWanted(block, index, kind)) continue;
      frames++;
      const recvNs = recvNsOf(block, index, capture.firstEpochUs);
      clock.advanceTo(recvNs);
      feed.push(block.bytes, block.starts[index], block.lengths[index], recvNs);
      reader.poll(onRecord, POLL);
    }
  }
  return { framesPerSecond: (frames * 1e3) / (cpuMs() - startedMs), records };
}

/** The usual way: text, JSON.parse, Number for every price and size. */
function jsonRate(capture: Capture, kind: Kind): { framesPerSecond: number; sum: number } {
  let sum = 0;
  let frames = 0;
  const startedMs = cpuMs();
  for (const block of capture.blocks) {
    for (let index = 0; index < block.count; index++) {
      if (!isWanted(block, index, kind)) continue;
      frames++;
      const start = block.starts[index];
      const parsed = JSON.parse(block.bytes.toString('latin1', start, start + block.lengths[index]));
      const data = parsed.data ?? parsed;
      if (data.e === 'depthUpdate' || data.lastUpdateId !== undefined) {
        for (const [price, qty] of data.b ?? data.bids) sum += Number(price) + Number(qty);
        for (const [price, qty] of data.a ?? data.asks) sum += Number(price) + Number(qty);
      } else if (data.e === 'trade') sum += Number(data.p) + Number(data.q);
      else sum += Number(data.b) + Number(data.B) + Number(data.a) + Number(data.A);
    }
  }
  return { framesPerSecond: (frames * 1e3) / (cpuMs() - startedMs), sum };
}

const path = process.argv[2];
if (path === undefined) throw new Error('usage: node bench/decode.ts CAPTURE [rounds]');
const capture = await readCapture(path);
for (let round = 0; round < Number(process.argv[3] ?? 5); round++) {
  for (const kind of KINDS) {
    const scanned = decodeRate(capture, kind);
    const parsed = jsonRate(capture, kind);
    const line = {
      round,
      kind,
      scannedPerSecond: Math.round(scanned.framesPerSecond),
      parsedPerSecond: Math.round(parsed.framesPerSecond),
      ratio: Number((scanned.framesPerSecond / parsed.framesPerSecond).toFixed(2)),
      records: scanned.records,
      sum: Math.round(parsed.sum),
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}
