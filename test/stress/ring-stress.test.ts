import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { MemoryMapBuilder } from '../../engine/ipc/memory-map.ts';
import type { Region } from '../../engine/ipc/memory-map.ts';
import { Publication, RingMonitor, Subscription, ringBytes } from '../../engine/ipc/ring.ts';
import type { RingDeclaration } from '../../engine/ipc/ring.ts';
import { isRecord, produce, wordsOf } from './ring-peer.ts';
import type { PeerTask } from './ring-peer.ts';

const PEER = new URL('./ring-peer.ts', import.meta.url);
const STUCK_MS = 30_000;

interface Stage {
  readonly buffer: SharedArrayBuffer;
  readonly ring: { region: Region; declaration: RingDeclaration };
  readonly progress: Region;
  readonly applied: Region;
  readonly words: Int32Array;
}

function stage(capacityBytes: number, appliedWords: number): Stage {
  const declaration = { name: 'stress', policy: 'lossless', capacityBytes } as const;
  const builder = new MemoryMapBuilder();
  const region = builder.reserve('ring', ringBytes(capacityBytes));
  const progress = builder.reserve('progress', 64);
  const applied = builder.reserve('applied', Math.max(8, appliedWords * 8));
  const buffer = new SharedArrayBuffer(builder.seal().byteLength);
  const words = new Int32Array(buffer, progress.byteOffset, 4);
  return { buffer, ring: { region, declaration }, progress, applied, words };
}

function start(on: Stage, task: Pick<PeerTask, 'role' | 'count'> & Partial<PeerTask>): Worker {
  return new Worker(PEER, { workerData: { ...on, words: undefined, ...task } });
}

/** Waits until `isDone`, looking each turn of the event loop; fails when `moving` stands still. */
async function until(isDone: () => boolean, moving: () => number): Promise<void> {
  let last = moving();
  let lastMoveMs = performance.now();
  while (!isDone()) {
    if (moving() !== last) {
      last = moving();
      lastMoveMs = performance.now();
    }
    if (performance.now() - lastMoveMs > STUCK_MS) throw new Error(`nothing moves any more at ${last}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('ring between two threads', () => {
  it('passes twenty million records, each whole and in its place', async () => {
    const COUNT = 20_000_000;
    const on = stage(1 << 20, 1);
    const consumer = start(on, { role: 'consume', count: COUNT });
    const producer = start(on, { role: 'produce', count: COUNT, first: 0 });
    await Promise.all([consumer, producer].map((worker) => new Promise((done) => worker.once('exit', done))));
    expect(on.words[0]).toBe(COUNT);
    expect(on.words[1]).toBe(0);
    const monitor = new RingMonitor(on.buffer, on.ring.region, on.ring.declaration);
    expect(monitor.read()).toMatchObject({ published: COUNT, consumed: COUNT, depth: 0 });
  });

  it('leaves nothing half-open when its writer is killed between claim and commit', async () => {
    const KILLS = 25;
    const on = stage(4096, 1);
    const sub = new Subscription(on.buffer, on.ring.region, on.ring.declaration);
    let next = 0;
    let broken = 0;
    const drain = (): number =>
      sub.poll((type, view, at, bytes) => {
        if (!isRecord(next, type, view, at, bytes)) broken += 1;
        next += 1;
      }, 256);
    for (let kill = 0; kill < KILLS; kill++) {
      const writer = start(on, { role: 'produceSlowly', count: 0, first: next });
      const goal = next + 20 + kill * 13;
      await until(
        () => {
          drain();
          return next >= goal;
        },
        () => next,
      );
      await writer.terminate();
      while (drain() > 0);
    }
    expect(broken).toBe(0);
    expect(next).toBeGreaterThanOrEqual(KILLS * 20);
    const monitor = new RingMonitor(on.buffer, on.ring.region, on.ring.declaration);
    expect(monitor.read()).toMatchObject({ consumed: next, depth: 0 });
  });

  it('delivers at most the record in flight again when its reader is killed inside a batch', async () => {
    const KILLS = 25;
    const COUNT = 20_000;
    const on = stage(16_384, COUNT);
    const begun = new Int32Array(on.buffer, on.applied.byteOffset, COUNT);
    const ended = new Int32Array(on.buffer, on.applied.byteOffset + COUNT * 4, COUNT);
    const pub = new Publication(on.buffer, on.ring.region, on.ring.declaration, null);
    let published = 0;
    const offer = (): void => {
      while (published < COUNT) {
        const words = wordsOf(published);
        const at = pub.tryClaim(1 + (published & 1023), words * 4);
        if (at < 0) return;
        for (let index = 0; index < words; index++) pub.view.i32[(at >> 2) + index] = published ^ index;
        pub.commit();
        published += 1;
      }
    };
    for (let kill = 0; kill <= KILLS; kill++) {
      const reader = start(on, { role: 'consumeSlowly', count: COUNT });
      const goal = kill === KILLS ? COUNT : Math.min(COUNT, on.words[0] + 100 + kill * 11);
      await until(
        () => {
          offer();
          return kill === KILLS ? pub.isDrained() && published === COUNT : on.words[0] >= goal;
        },
        () => on.words[0],
      );
      await reader.terminate();
    }
    expect(on.words[1]).toBe(0);
    let again = 0;
    for (let number = 0; number < COUNT; number++) {
      // Begun but not ended belongs to a kill; ended twice means the thread died after the handler had returned.
      expect(ended[number]).toBeGreaterThanOrEqual(1);
      expect(begun[number]).toBeLessThanOrEqual(1 + KILLS);
      again += begun[number] - 1;
    }
    expect(again).toBeLessThanOrEqual(KILLS);
    const monitor = new RingMonitor(on.buffer, on.ring.region, on.ring.declaration);
    expect(monitor.read()).toMatchObject({ published: COUNT, consumed: COUNT, depth: 0, poisoned: 0 });
  });

  it('passes records when one thread does both, as in the fused topology', () => {
    const on = stage(4096, 1);
    const pub = new Publication(on.buffer, on.ring.region, on.ring.declaration, null);
    const sub = new Subscription(on.buffer, on.ring.region, on.ring.declaration);
    let next = 0;
    for (let round = 0; round < 100_000; round++) {
      produce(pub, round * 10, 10);
      sub.poll((type, view, at, bytes) => {
        if (!isRecord(next, type, view, at, bytes)) throw new Error(`record ${next} is broken`);
        next += 1;
      }, 64);
    }
    expect(next).toBe(1_000_000);
  });
});
