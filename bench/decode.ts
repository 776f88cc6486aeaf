/**
 * Decoding of recorded Binance Spot frames into ring records against JSON.parse + Number, on one thread.
 * Usage: node bench/decode.ts CAPTURE [rounds]. Prints one JSON line per round; quote the ratio, not the
 * rate.
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
import type { Capture } from '../engine/market-data/capture-file.ts';
import { readCapture } from '../engine/market-data/capture-reader.ts';
import { ReplayFeed } from '../engine/market-data/replay-feed.ts';

const RING_BYTES: number = 1 << 22;
const POLL = 4_096;

/**
 * Decodes a whole capture through a replay feed with a consumer that only counts; returns frames per second.
 */
function decodeRate(capture: Capture): { framesPerSecond: number; records: number } {
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
  const startedMs = performance.now();
  for (const block of capture.blocks) {
    for (let index = 0; index < block.count; index++) {
      const recvNs = recvNsOf(block, index, capture.firstEpochUs);
      clock.advanceTo(recvNs);
      feed.push(block.bytes, block.starts[index], block.lengths[index], recvNs);
      reader.poll(onRecord, POLL);
    }
  }
  return { framesPerSecond: (capture.frameCount * 1e3) / (performance.now() - startedMs), records };
}

/** The usual way: text, JSON.parse, Number for every price and size. */
function jsonRate(capture: Capture): { framesPerSecond: number; sum: number } {
  let sum = 0;
  const startedMs = performance.now();
  for (const block of capture.blocks) {
    for (let index = 0; index < block.count; index++) {
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
  return { framesPerSecond: (capture.frameCount * 1e3) / (performance.now() - startedMs), sum };
}

const path = process.argv[2];
if (path === undefined) throw new Error('usage: node bench/decode.ts CAPTURE [rounds]');
const capture = await readCapture(path);
for (let round = 0; round < Number(process.argv[3] ?? 5); round++) {
  const scanned = decodeRate(capture);
  const parsed = jsonRate(capture);
  const line = {
    round,
    frames: capture.frameCount,
    scannedPerSecond: Math.round(scanned.framesPerSecond),
    parsedPerSecond: Math.round(parsed.framesPerSecond),
    ratio: Number((scanned.framesPerSecond / parsed.framesPerSecond).toFixed(2)),
    records: scanned.records,
    sum: Math.round(parsed.sum),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
