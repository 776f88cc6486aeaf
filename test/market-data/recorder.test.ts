import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createBinanceSpotDecoder } from '../../adapters/binance-spot/feed.ts';
import { namedSnapshot } from '../../adapters/venue-kit/recording/named-snapshot.ts';
import { recvNsOf } from '../../engine/market-data/capture-file.ts';
import { readCapture } from '../../engine/market-data/capture-reader.ts';
import { FrameRecorder } from '../../engine/market-data/recorder.ts';
import { MarketDataRig, testInstrument } from './market-data-rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'recorder-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('frame recorder', () => {
  it('writes frames that the capture reader gives back, with their times', async () => {
    const path = join(folder, 'x.frames.gz');
    const recorder = new FrameRecorder(path, 1_723_161_253_000_000);
    const times = new Float64Array(2);
    const bodies = Array.from(
      { length: 3_000 },
      (_, index) => `{"n":${index},"x":"${'y'.repeat(index % 900)}"}`,
    );
    for (const [index, body] of bodies.entries()) {
      times[1] = index * 1_001;
      const bytes = Buffer.from(`__${body}__`);
      recorder.take(bytes, 2, bytes.length - 2, times, 1);
    }
    recorder.flush(5e9);
    await recorder.close();
    expect(recorder.framesRecorded).toBe(bodies.length);
    expect(recorder.framesDropped).toBe(0);
    const { blocks, firstEpochUs } = await readCapture(path);
    expect(firstEpochUs).toBe(1_723_161_253_000_000);
    const [block] = blocks;
    const read = bodies.map((_, index) => {
      const start = block.starts[index];
      return block.bytes.toString('utf8', start, start + block.lengths[index]);
    });
    expect(read).toEqual(bodies);
    expect(recvNsOf(block, 2_999, firstEpochUs)).toBe(2_999 * 1_001);
  });

  it('keeps a frame on one line', async () => {
    const path = join(folder, 'lines.frames.gz');
    const recorder = new FrameRecorder(path, 1_723_161_253_000_000);
    const frame = Buffer.from('{\n"a":\r\n1}');
    recorder.take(frame, 0, frame.length, new Float64Array(1), 0);
    await recorder.close();
    const { blocks } = await readCapture(path);
    expect(blocks[0].bytes.toString()).toBe('{ "a":  1}');
  });

  it('gives frames up, counted, when the writer is too slow or a frame too large, and never waits', async () => {
    const recorder = new FrameRecorder(join(folder, 'slow.frames.gz'), 0);
    const big = Buffer.alloc(600_000, 'x');
    for (let index = 0; index < 40; index++) recorder.take(big, 0, big.length, new Float64Array(1), 0);
    expect(recorder.framesRecorded).toBe(8);
    expect(recorder.framesDropped).toBe(32);
    await recorder.close();
  });

  it('says that a file cannot be written when it is closed', async () => {
    const recorder = new FrameRecorder(join(folder, 'no', 'such', 'folder.frames.gz'), 0);
    const frame = Buffer.from('{}');
    recorder.take(frame, 0, 2, new Float64Array(1), 0);
    await expect(recorder.close()).rejects.toThrow(/ENOENT/);
  });

  it('names the symbol of a snapshot, so that recordings of several symbols replay', () => {
    const rig = new MarketDataRig([testInstrument(0, 'BTCUSDT'), testInstrument(1, 'ETHUSDT')]);
    const decoder = createBinanceSpotDecoder(rig.context, { snapshotsInStream: true });
    const body = Buffer.from('{"lastUpdateId":7,"bids":[["1.00","1"]],"asks":[]}');
    const take = (bytes: Buffer): void => void decoder.take(bytes, 0, bytes.length);
    take(namedSnapshot('ETHUSDT', body));
    take(namedSnapshot('XRPUSDT', body));
    take(Buffer.from(`{"stream":"btcusdt@depth5","data":${body.toString()}}`));
    take(body);
    expect(rig.drain()).toMatchObject([{ kind: 'snapshot', instrument: 1, last: 7 }]);
    expect(rig.count('otherFrames')).toBe(2);
    expect(rig.count('refusedSnapshot')).toBe(1);
    expect(rig.outcomeSum()).toBe(rig.count('frames'));
  });
});
