import { describe, expect, it } from 'vitest';
import { BACK_PRESSURED } from '../../engine/ipc/ring.ts';
import { RingRig } from '../fixtures/ring-rig.ts';

const hold = (rig: RingRig, fill: number): boolean => {
  const at = rig.publication.tryClaim(fill, 8);
  if (at === BACK_PRESSURED) return false;
  rig.publication.view.u8.fill(fill, at, at + 8);
  rig.publication.commitHeld();
  return true;
};

const taken = (rig: RingRig): number[] => {
  const types: number[] = [];
  rig.subscription.poll((type, view, at) => {
    expect(view.u8[at]).toBe(type);
    types.push(type);
  }, 100);
  return types;
};

describe('held records', () => {
  it('are seen all at once, in order, by publish or by the next commit', () => {
    const rig = new RingRig(1024);
    for (const fill of [1, 2, 3]) hold(rig, fill);
    expect(taken(rig)).toEqual([]);
    expect(rig.monitor().read().published).toBe(0);
    rig.publication.publish();
    expect(taken(rig)).toEqual([1, 2, 3]);
    hold(rig, 4);
    rig.publish(5, 8, 5);
    expect(taken(rig)).toEqual([4, 5]);
    expect(rig.monitor().read()).toMatchObject({ published: 5, consumed: 5, depth: 0 });
  });

  it('cost nothing to publish when there are none', () => {
    const rig = new RingRig(64);
    rig.publication.publish();
    expect(taken(rig)).toEqual([]);
    expect(rig.monitor().read().published).toBe(0);
  });

  it('are published when the ring is full, so that the consumer can make room', () => {
    const rig = new RingRig(64);
    let held = 0;
    while (hold(rig, held + 1)) held++;
    expect(held).toBe(4);
    expect(taken(rig)).toEqual([1, 2, 3, 4]);
    expect(hold(rig, 9)).toBe(true);
  });

  it('were never there when their producer dies before publishing', () => {
    const rig = new RingRig(256);
    rig.publish(1, 8, 1);
    hold(rig, 2);
    hold(rig, 3);
    rig.attachPublication();
    rig.publish(4, 8, 4);
    expect(taken(rig)).toEqual([1, 4]);
    expect(rig.monitor().read()).toMatchObject({ published: 2, consumed: 2 });
  });

  it.each([0, 0x7fff_ffe0 | 0, -32])(
    'are all there and all counted when their producer dies at any step of publishing, from position %i',
    (start) => {
      for (let step = 0; step < 6; step++) {
        const rig = new RingRig(64, start);
        rig.publish(1, 24, 1);
        expect(rig.subscription.poll(() => undefined, 10)).toBe(1);
        hold(rig, 2);
        hold(rig, 3);
        rig.killAt(step, () => rig.publication.publish());
        // At the store itself and at the instruction behind it, where the tail has moved and nothing is counted yet.
        const hasTail = rig.tail() !== rig.head();
        rig.attachPublication();
        expect(taken(rig)).toEqual(hasTail ? [2, 3] : []);
        expect(rig.monitor().read()).toMatchObject({ published: hasTail ? 3 : 1, depth: 0 });
      }
    },
  );

  it('are counted by the successor when their producer dies between the tail and the count', () => {
    const rig = new RingRig(64, 40);
    hold(rig, 1);
    hold(rig, 2);
    // Padding to the end of the data area lies between these two: it is no record.
    const tail = (rig.tail() + 16 + 8 + 16) | 0;
    rig.words[0] = tail;
    rig.attachPublication();
    expect(rig.monitor().read().published).toBe(2);
    expect(taken(rig)).toEqual([1, 2]);
  });
});
