import { describe, expect, it, vi } from 'vitest';
import { BACK_PRESSURED, Publication, Subscription, ringBytes } from '../../engine/ipc/ring.ts';
import { DATA_BYTE, HEAD_BYTE, RingRig, TAIL_BYTE } from '../fixtures/ring-rig.ts';

function taken(rig: RingRig, limit = 100): number[] {
  const seen: number[] = [];
  rig.subscription.poll((type, view, at, byteLength) => {
    for (let index = 0; index < byteLength; index++) {
      if (view.u8[at + index] !== (type & 127))
        expect.unreachable(`byte ${index} of record ${type} is wrong`);
    }
    seen.push(type);
  }, limit);
  return seen;
}

describe('ring', () => {
  it('wraps at every offset, with every pair of record lengths, and takes any record when empty', () => {
    let wraps = 0;
    for (const capacity of [64, 128, 256]) {
      for (let start = 0; start < capacity; start += 8) {
        for (let first = 0; first <= capacity / 2 - 8; first += 4) {
          for (let second = 0; second <= capacity / 2 - 8; second += 4) {
            const rig = new RingRig(capacity, start);
            const place = `capacity ${capacity}, start ${start}, lengths ${first} and ${second}`;
            const isOne = rig.publish(1, first, 1);
            const isBoth = rig.publish(2, second, 2);
            const both = taken(rig).join(',');
            const isThird = rig.publish(3, second, 3);
            const third = taken(rig).join(',');
            if (!isOne || both !== (isBoth ? '1,2' : '1')) expect.unreachable(place);
            if (!isThird || third !== '3' || !rig.publication.isDrained()) expect.unreachable(place);
            if (rig.tail() >= capacity) wraps += 1;
          }
        }
      }
    }
    expect(wraps).toBeGreaterThan(1000);
  });

  it('goes on through the wrap of its Int32 positions', () => {
    for (const start of [0x7fff_ff00 | 0, 0x7fff_fff8 | 0, -0x100, -8, 0]) {
      const rig = new RingRig(128, start);
      let next = 1;
      let expected = 1;
      for (let round = 0; round < 200; round++) {
        while (rig.publish(next, next % 40, next & 127)) next += 1;
        const depth = (rig.tail() - rig.head()) | 0;
        expect(depth).toBeGreaterThan(0);
        expect(depth).toBeLessThanOrEqual(128);
        for (const type of taken(rig)) expect(type).toBe(expected++);
        expect(rig.subscription.hasWork()).toBe(false);
      }
      expect(expected).toBe(next);
      expect(rig.monitor().read()).toMatchObject({ published: next - 1, consumed: next - 1, depth: 0 });
    }
  });

  it('publishes a record after its contents, and the head after the whole batch was handled', () => {
    const rig = new RingRig(256);
    const events: string[] = [];
    const realStore = Atomics.store.bind(Atomics) as (a: Int32Array, i: number, v: number) => number;
    const data = new Int32Array(rig.buffer, DATA_BYTE);
    const spy = vi.spyOn(Atomics, 'store').mockImplementation(((
      array: Int32Array,
      index: number,
      value: number,
    ) => {
      const byte = array.byteOffset + index * 4;
      if (byte === TAIL_BYTE)
        events.push(`tail: length ${data[0]} type ${data[1]} payload ${data[2]},${data[3]}`);
      if (byte === HEAD_BYTE) events.push('head');
      return realStore(array, index, value);
    }) as typeof Atomics.store);
    try {
      const at = rig.publication.tryClaim(9, 8);
      rig.publication.view.i32[at >> 2] = 70;
      rig.publication.view.i32[(at >> 2) + 1] = 71;
      expect(rig.subscription.hasWork()).toBe(false);
      events.push('commit');
      rig.publication.commit();
      rig.publish(10, 8, 1);
      events.length = 2;
      rig.subscription.poll((type) => events.push(`handled ${type}`), 10);
    } finally {
      spy.mockRestore();
    }
    expect(events).toEqual([
      'commit',
      'tail: length 8 type 9 payload 70,71',
      'handled 9',
      'handled 10',
      'head',
    ]);
  });

  it('refuses and counts by policy when full', () => {
    for (const policy of ['lossless', 'conflate', 'drop'] as const) {
      const rig = new RingRig(64, 0, policy);
      while (rig.publish(1, 8, 1));
      expect(rig.publication.tryClaim(1, 8)).toBe(BACK_PRESSURED);
      expect(rig.monitor().read()).toEqual({
        name: 'under-test',
        policy,
        published: 4,
        consumed: 0,
        dropped: policy === 'drop' ? 2 : 0,
        conflated: policy === 'conflate' ? 2 : 0,
        backPressured: policy === 'lossless' ? 2 : 0,
        poisoned: 0,
        depth: 4,
        highWater: 64,
        capacityBytes: 64,
      });
      expect(taken(rig)).toEqual([1, 1, 1, 1]);
      expect(rig.publish(1, 8, 1)).toBe(true);
    }
  });

  it('consumes a record whose handler threw, hands it to the dead-letter handler, and delivers the next', () => {
    const rig = new RingRig(256);
    for (const type of [1, 2, 3]) rig.publish(type, 8, type);
    const buried: [number, number, number][] = [];
    rig.subscription.onPoison = (type, view, at, byteLength) => buried.push([type, view.u8[at], byteLength]);
    const poisoned = (): number =>
      rig.subscription.poll((type) => {
        if (type === 2) throw new Error('poison');
      }, 10);
    expect(poisoned).toThrow('poison');
    expect(buried).toEqual([[2, 2, 8]]);
    expect(rig.monitor().read()).toMatchObject({ consumed: 2, poisoned: 1, depth: 1 });
    expect(taken(rig)).toEqual([3]);
  });

  it('ends the batch also when the dead-letter handler throws', () => {
    const rig = new RingRig(256);
    for (const type of [1, 2, 3]) rig.publish(type, 8, type);
    rig.subscription.onPoison = (): void => {
      throw new Error('burial');
    };
    expect(() =>
      rig.subscription.poll((type) => {
        if (type === 2) throw new Error('poison');
      }, 10),
    ).toThrow('burial');
    rig.attachSubscription();
    expect(taken(rig)).toEqual([3]);
  });

  it('skips the record a hung consumer was in, once, and hands it to the dead letters', () => {
    const rig = new RingRig(256);
    const monitor = rig.monitor();
    expect(monitor.skipInFlight(() => {})).toBe(false);
    for (const type of [1, 2, 3]) rig.publish(type, 8, type);
    const bytes = new Uint8Array(rig.buffer);
    let hung = bytes.slice();
    rig.subscription.poll((type) => {
      if (type === 2) hung = bytes.slice();
    }, 10);
    bytes.set(hung);
    const letters: [number, number][] = [];
    expect(monitor.skipInFlight((type, view, at) => letters.push([type, view.u8[at]]))).toBe(true);
    expect(letters).toEqual([[2, 2]]);
    rig.attachSubscription();
    expect(taken(rig)).toEqual([3]);
    expect(monitor.read()).toMatchObject({ published: 3, consumed: 3, poisoned: 1, depth: 0 });
    expect(monitor.skipInFlight(() => {})).toBe(false);
  });

  it('does not skip when every record of the dead consumer was handled', () => {
    const rig = new RingRig(256);
    rig.publish(1, 8, 1);
    taken(rig);
    rig.publish(2, 8, 2);
    expect(rig.monitor().skipInFlight(() => expect.unreachable())).toBe(false);
    rig.attachSubscription();
    expect(taken(rig)).toEqual([2]);
  });

  it('keeps programmers from holding two claims, growing a record, or giving it no type', () => {
    const rig = new RingRig(256);
    rig.publication.tryClaim(1, 16);
    expect(() => rig.publication.tryClaim(1, 8)).toThrow(/one claim at a time/);
    expect(() => rig.publication.commitTrimmed(25)).toThrow(/cannot grow/);
    rig.publication.commitTrimmed(3);
    expect(() => rig.publication.commit()).toThrow(/needs an open claim/);
    expect(() => rig.publication.abort()).toThrow(/needs an open claim/);
    expect(() => rig.publication.tryClaim(0, 8)).toThrow(/types are positive/);
    expect(() => rig.publication.tryClaim(1, 121)).toThrow(/at most half/);
    const lengths: number[] = [];
    rig.subscription.poll((_type, _view, _at, byteLength) => lengths.push(byteLength), 9);
    expect(lengths).toEqual([3]);
  });

  it('takes only power-of-two capacities and regions of the right size', () => {
    for (const capacity of [0, 63, 65, 96, 2 ** 30, Number.NaN]) {
      expect(() => ringBytes(capacity)).toThrow(/power of two/);
    }
    const rig = new RingRig(128);
    const wrong = { ...rig.declaration, capacityBytes: 64 };
    expect(() => new Publication(rig.buffer, rig.region, wrong, null)).toThrow(/another size/);
    expect(() => new Subscription(rig.buffer, rig.region, wrong)).toThrow(/another size/);
  });
});
