import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import {
  BIAS_STRENGTH,
  BIAS_TIMEFRAMES,
  BiasReader,
  biasBytes,
  biasStrength,
  BiasWriter,
} from '../../engine/analysis/bias-frame.ts';
import type { BiasContent } from '../../engine/analysis/bias-frame.ts';
import { InvariantViolation } from '../../engine/core/assert.ts';
import { MemoryMapBuilder } from '../../engine/ipc/memory-map.ts';
import type { Region } from '../../engine/ipc/memory-map.ts';

function memory(instrumentCount: number): { buffer: SharedArrayBuffer; region: Region } {
  const map = new MemoryMapBuilder();
  map.reserve('before', 200);
  const region = map.reserve('bias', biasBytes(instrumentCount));
  return { buffer: new SharedArrayBuffer(map.seal().byteLength), region };
}

function content(value: number, scores: number[] = []): BiasContent {
  return { value, supportTicks: 10, resistanceTicks: NaN, pocTicks: 12, keyLevelTicks: 11, scores };
}

describe('bias frames', () => {
  test('what nobody published is absent, not zero', () => {
    const { buffer, region } = memory(2);
    const reader = new BiasReader(buffer, region, 2);
    expect(reader.read(0)).toBe(false);
    expect(reader.value).toBeNaN();
    expect(reader.isExpired(-1e15)).toBe(true);
    expect(reader.readFresh(1, 0)).toBe(false);
    expect(reader.version).toBe(0);
  });

  test('a frame is read as it was published, per instrument, with growing versions', () => {
    const { buffer, region } = memory(3);
    const writer = new BiasWriter(buffer, region, 3);
    const reader = new BiasReader(buffer, region, 3);
    expect(writer.publish(1, content(61, [5, -6]), 1_000, 5_000)).toBe(1);
    expect(reader.read(0)).toBe(false);
    expect(reader.read(2)).toBe(false);
    expect(reader.read(1)).toBe(true);
    expect(reader).toMatchObject({
      value: 61,
      strength: BIAS_STRENGTH.strongBuy,
      version: 1,
      producedNs: 1_000,
      validUntilNs: 5_000,
      supportTicks: 10,
      pocTicks: 12,
    });
    expect(reader.resistanceTicks).toBeNaN();
    expect([...reader.scores]).toEqual([5, -6, NaN, NaN, NaN, NaN, NaN]);
    expect(new BiasWriter(buffer, region, 3).publish(1, content(0), 2_000, 6_000)).toBe(2);
    expect(reader.read(1)).toBe(true);
    expect(reader).toMatchObject({ value: 0, version: 2, strength: BIAS_STRENGTH.neutral });
  });

  test('an expired frame is no bias from its last nanosecond on', () => {
    const { buffer, region } = memory(1);
    new BiasWriter(buffer, region, 1).publish(0, content(-100), 1_000, 5_000);
    const reader = new BiasReader(buffer, region, 1);
    expect(reader.readFresh(0, 4_999)).toBe(true);
    expect(reader.value).toBe(-100);
    expect(reader.readFresh(0, 5_000)).toBe(false);
    expect(reader.value).toBeNaN();
    expect(reader.read(0)).toBe(true);
    expect(reader.isExpired(5_000)).toBe(true);
  });

  test('a withdrawn frame is gone at once, and the next one goes on counting', () => {
    const { buffer, region } = memory(1);
    const writer = new BiasWriter(buffer, region, 1);
    const reader = new BiasReader(buffer, region, 1);
    writer.withdraw(0);
    expect(reader.read(0)).toBe(false);
    writer.publish(0, content(30), 0, 1e15);
    writer.withdraw(0);
    expect(reader.readFresh(0, 1)).toBe(false);
    expect(writer.publish(0, content(30), 0, 1e15)).toBe(2);
    expect(reader.readFresh(0, 1)).toBe(true);
  });

  test('a writer that died inside a write leaves no bias until its successor publishes', () => {
    const { buffer, region } = memory(1);
    const writer = new BiasWriter(buffer, region, 1);
    writer.publish(0, content(30), 0, 1e15);
    Atomics.add(new Int32Array(buffer, region.byteOffset, 1), 0, 1);
    const reader = new BiasReader(buffer, region, 1);
    expect(reader.readFresh(0, 1)).toBe(false);
    expect(reader.value).toBeNaN();
    new BiasWriter(buffer, region, 1).publish(0, content(40), 0, 1e15);
    expect(reader.readFresh(0, 1)).toBe(true);
    expect(reader).toMatchObject({ value: 40, version: 2 });
  });

  test('strength classes begin at 20 and 60 on both sides', () => {
    const classes = [-100, -60, -59.9, -20, -19.9, 0, 19.9, 20, 59.9, 60, 100].map(biasStrength);
    expect(classes).toEqual([-2, -2, -1, -1, 0, 0, 0, 1, 1, 2, 2]);
  });

  test('a value outside -100..100 or a frame that was never valid is a programming error', () => {
    const { buffer, region } = memory(1);
    const writer = new BiasWriter(buffer, region, 1);
    for (const value of [101, -100.1, NaN]) {
      expect(() => writer.publish(0, content(value), 0, 1)).toThrow(InvariantViolation);
    }
    expect(() => writer.publish(0, content(1), 5, 5)).toThrow(InvariantViolation);
    expect(new BiasReader(buffer, region, 1).read(0)).toBe(false);
  });

  test('another thread never sees half a frame', async () => {
    const { buffer, region } = memory(1);
    const frames = 300_000;
    const worker = new Worker(new URL('../fixtures/bias-writer-worker.ts', import.meta.url), {
      workerData: { buffer, region, frames },
    });
    const ended = new Promise<void>((resolve, reject) => {
      worker.once('error', reject);
      worker.once('exit', () => resolve());
    });
    const reader = new BiasReader(buffer, region, 1);
    let reads = 0;
    let lastVersion = 0;
    const deadline = performance.now() + 30_000;
    while (lastVersion < frames && performance.now() < deadline) {
      for (let round = 0; round < 1_000; round++) {
        if (!reader.read(0)) continue;
        const { version } = reader;
        const isWhole =
          reader.value === (version % 201) - 100 &&
          reader.strength === biasStrength(reader.value) &&
          reader.producedNs === version &&
          reader.validUntilNs === version + 10 &&
          reader.pocTicks === version + 2 &&
          reader.scores.every((score) => score === version);
        if (!isWhole || version < lastVersion) throw new Error(`half a frame at version ${version}`);
        lastVersion = version;
        reads++;
      }
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    await ended;
    expect(lastVersion).toBe(frames);
    expect(reads).toBeGreaterThan(1_000);
    expect(BIAS_TIMEFRAMES).toHaveLength(7);
  });
});
