import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { DOORBELL_BYTES, Doorbell } from '../../engine/ipc/doorbell.ts';
import { MemoryMapBuilder } from '../../engine/ipc/memory-map.ts';
import { Publication, Subscription, ringBytes } from '../../engine/ipc/ring.ts';
import type { RingDeclaration } from '../../engine/ipc/ring.ts';

function bell(): { doorbell: Doorbell; words: Int32Array } {
  const buffer = new SharedArrayBuffer(DOORBELL_BYTES);
  const region = { name: 'bell', byteOffset: 0, byteLength: DOORBELL_BYTES };
  return { doorbell: new Doorbell(buffer, region), words: new Int32Array(buffer) };
}

describe('doorbell', () => {
  it('costs an awake owner nothing: no signal is counted', () => {
    const { doorbell, words } = bell();
    for (let count = 0; count < 10; count++) doorbell.ring();
    expect([...words.subarray(0, 2)]).toEqual([0, 0]);
  });

  it('does not let an owner sleep that was rung between announcing and sleeping', async () => {
    const { doorbell, words } = bell();
    const signal = doorbell.prepareToPark();
    doorbell.ring();
    // Without the signal these would wait for ever.
    doorbell.parkBlocking(signal, 2 ** 30);
    await doorbell.parkAsync(signal, 2 ** 30);
    expect([...words.subarray(0, 2)]).toEqual([1, 0]);
  });

  it('wakes a sleeper on the event loop, and ends a sleep nobody ends', async () => {
    const { doorbell } = bell();
    const sleeping = doorbell.parkAsync(doorbell.prepareToPark(), 2 ** 30);
    doorbell.ring();
    await sleeping;
    await doorbell.parkAsync(doorbell.prepareToPark(), 1);
    doorbell.parkBlocking(doorbell.prepareToPark(), 1);
  });

  it('forgets the announcement when the owner finds work after all', () => {
    const { doorbell, words } = bell();
    doorbell.prepareToPark();
    doorbell.cancelPark();
    doorbell.ring();
    expect([...words.subarray(0, 2)]).toEqual([0, 0]);
  });

  /** Both sides sleep without a limit after every record, so that one lost wake-up stops everything for good. */
  it.each([
    ['echo', 60_000],
    ['echoAsync', 30_000],
  ] as const)('loses no wake-up in a ping-pong with a thread that does "%s"', async (role, count) => {
    const declaration: RingDeclaration = { name: 'ping', policy: 'lossless', capacityBytes: 1024 };
    const builder = new MemoryMapBuilder();
    const ring = { region: builder.reserve('ping', ringBytes(1024)), declaration };
    const back = { region: builder.reserve('pong', ringBytes(1024)), declaration };
    const bellRegion = builder.reserve('bell', DOORBELL_BYTES);
    const backBell = builder.reserve('back-bell', DOORBELL_BYTES);
    const progress = builder.reserve('progress', 64);
    const buffer = new SharedArrayBuffer(builder.seal().byteLength);
    const worker = new Worker(new URL('../stress/ring-peer.ts', import.meta.url), {
      workerData: { role, count, buffer, ring, back, bell: bellRegion, backBell, progress },
    });
    const pub = new Publication(buffer, ring.region, declaration, new Doorbell(buffer, bellRegion));
    const sub = new Subscription(buffer, back.region, declaration);
    const own = new Doorbell(buffer, backBell);
    let answered = 0;
    for (let sent = 0; sent < count; sent++) {
      pub.tryClaim(1, 8);
      pub.commit();
      while (answered <= sent) {
        const taken = sub.poll(() => (answered += 1), 16);
        if (taken > 0) continue;
        const signal = own.prepareToPark();
        if (sub.hasWork()) own.cancelPark();
        else await own.parkAsync(signal, 2 ** 30);
      }
    }
    expect(answered).toBe(count);
    await new Promise((resolve) => worker.once('exit', resolve));
  });
});
