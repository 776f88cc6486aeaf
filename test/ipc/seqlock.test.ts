import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { SeqlockCell, seqlockBytes } from '../../engine/ipc/seqlock.ts';

const VALUES = 8;

function cell(): SeqlockCell {
  return new SeqlockCell(new SharedArrayBuffer(seqlockBytes(VALUES)), 0, VALUES);
}

describe('seqlock cell', () => {
  it('gives back what was written, and its version tells whether anything was written since', () => {
    const one = cell();
    const into = new Float64Array(VALUES);
    const before = one.version();
    one.beginWrite();
    one.values.set([1, 2, 3]);
    one.endWrite();
    expect(one.version()).not.toBe(before);
    expect(one.version() % 2).toBe(0);
    expect(one.tryRead(into, 3)).toBe(true);
    expect([...into.subarray(0, 3)]).toEqual([1, 2, 3]);
    expect(one.adopt()).toBe(false);
  });

  it('is unreadable while a writer is inside, also a dead one, until the next complete write', () => {
    const one = cell();
    const into = new Float64Array(VALUES);
    one.beginWrite();
    one.values[0] = 9;
    expect(one.tryRead(into, 1)).toBe(false);
    // The writer dies here; its successor takes over.
    expect(one.adopt()).toBe(true);
    one.beginWrite();
    expect(one.tryRead(into, 1)).toBe(false);
    one.values[0] = 10;
    one.endWrite();
    expect(one.tryRead(into, 1)).toBe(true);
    expect(into[0]).toBe(10);
    expect(one.adopt()).toBe(false);
  });

  it('goes on through the wrap of its Int32 sequence', () => {
    const buffer = new SharedArrayBuffer(seqlockBytes(1));
    new Int32Array(buffer)[0] = 0x7fff_fffe;
    const one = new SeqlockCell(buffer, 0, 1);
    const into = new Float64Array(1);
    for (let value = 1; value < 10; value++) {
      one.beginWrite();
      expect(one.tryRead(into, 1)).toBe(false);
      one.values[0] = value;
      one.endWrite();
      expect(one.tryRead(into, 1)).toBe(true);
      expect(into[0]).toBe(value);
    }
  });

  it('refuses a place that is no multiple of 8', () => {
    expect(() => new SeqlockCell(new SharedArrayBuffer(128), 4, 1)).toThrow(/multiple of 8/);
  });

  it('never shows a reader half of one write and half of another', async () => {
    const READS = 2_000_000;
    const DISTINCT = 500;
    const cellOffset = 128;
    const buffer = new SharedArrayBuffer(1024);
    const progress = { name: 'progress', byteOffset: 0, byteLength: 64 };
    const words = new Int32Array(buffer, 0, 4);
    const worker = new Worker(new URL('../stress/ring-peer.ts', import.meta.url), {
      workerData: { role: 'writeCell', count: 0, buffer, progress, cellOffset },
    });
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    const one = new SeqlockCell(buffer, cellOffset, VALUES);
    const into = new Float64Array(VALUES);
    let reads = 0;
    let torn = 0;
    let wentBack = 0;
    let last = 0;
    let distinct = 0;
    while (reads < READS || distinct < DISTINCT) {
      for (let count = 0; count < 10_000; count++) {
        if (!one.tryRead(into, VALUES)) continue;
        reads += 1;
        const value = into[0];
        for (let index = 1; index < VALUES; index++) if (into[index] !== value * (index + 1)) torn += 1;
        if (value < last) wentBack += 1;
        if (value !== last) distinct += 1;
        last = value;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    Atomics.store(words, 3, 1);
    await exited;
    expect(torn).toBe(0);
    expect(wentBack).toBe(0);
    expect(one.tryRead(into, VALUES)).toBe(true);
    expect(into[0]).toBe(words[0]);
  });
});
