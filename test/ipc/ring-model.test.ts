import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BACK_PRESSURED } from '../../engine/ipc/ring.ts';
import { Killed, RingRig } from '../fixtures/ring-rig.ts';

/** A record as the model keeps it: type, and every byte of its payload. */
interface Item {
  readonly type: number;
  readonly byteLength: number;
  readonly fill: number;
}

type Step =
  | { readonly do: 'publish'; readonly byteLength: number }
  | { readonly do: 'trim'; readonly byteLength: number; readonly toBytes: number }
  | { readonly do: 'abort'; readonly byteLength: number }
  | { readonly do: 'poll'; readonly limit: number }
  | { readonly do: 'pollThrow'; readonly limit: number; readonly at: number }
  | { readonly do: 'writerDiesOpen'; readonly byteLength: number }
  | { readonly do: 'writerDiesAt'; readonly byteLength: number; readonly atomicStep: number }
  | { readonly do: 'readerDiesIn'; readonly limit: number; readonly at: number }
  | { readonly do: 'readerDiesAt'; readonly limit: number; readonly atomicStep: number };

const CAPACITY = 256;
const byteLength = fc.nat(CAPACITY / 2 - 8);
const limit = fc.integer({ min: 1, max: 6 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('publish' as const), byteLength }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('trim' as const), byteLength, toBytes: byteLength }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), byteLength }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('poll' as const), limit }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pollThrow' as const), limit, at: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('writerDiesOpen' as const), byteLength }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('writerDiesAt' as const), byteLength, atomicStep: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('readerDiesIn' as const), limit, at: fc.nat(3) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('readerDiesAt' as const), limit, atomicStep: fc.nat(3) }),
  },
);

/** The ring against an array. */
class ModelRun {
  private readonly rig: RingRig;
  private readonly queue: Item[] = [];
  private delivered: Item[] = [];
  private nextFill = 1;
  private published = 0;

  constructor(startPosition: number) {
    this.rig = new RingRig(CAPACITY, startPosition);
  }

  run(current: Step): void {
    switch (current.do) {
      case 'publish':
        return this.write(current.byteLength, (item) => {
          this.rig.publication.commit();
          this.push(item);
        });
      case 'trim':
        return this.write(current.byteLength, (item) => {
          const toBytes = Math.min(current.toBytes, item.byteLength);
          this.rig.publication.commitTrimmed(toBytes);
          this.push({ ...item, byteLength: toBytes });
        });
      case 'abort':
        return this.write(current.byteLength, () => this.rig.publication.abort());
      case 'writerDiesOpen':
        return this.write(current.byteLength, () => this.rig.attachPublication());
      case 'writerDiesAt':
        return this.writerDiesAt(current.byteLength, current.atomicStep);
      case 'poll':
        return this.poll(current.limit);
      case 'pollThrow':
        return this.pollThrow(current.limit, current.at);
      case 'readerDiesIn':
        return this.readerDiesIn(current.limit, current.at);
      default:
        return this.readerDiesAt(current.limit, current.atomicStep);
    }
  }

  finish(): void {
    const { published, consumed } = this.rig.monitor().read();
    expect(this.rig.monitor().countWaiting()).toBe(this.queue.length);
    expect(published - consumed).toBe(this.queue.length);
    while (this.queue.length > 0) this.poll(64);
    expect(this.rig.subscription.hasWork()).toBe(false);
    expect(this.rig.publication.isDrained()).toBe(true);
    // What is reported as lost or waiting must be so, whoever died.
    expect(this.rig.monitor().read()).toMatchObject({
      published: this.published,
      consumed: this.published,
      depth: 0,
    });
  }

  private push(item: Item): void {
    this.queue.push(item);
    this.published += 1;
  }

  private newItem(bytes: number): Item {
    const fill = (this.nextFill++ & 127) + 1;
    return { type: fill, byteLength: bytes, fill };
  }

  private write(bytes: number, end: (item: Item) => void): void {
    const item = this.newItem(bytes);
    const at = this.rig.publication.tryClaim(item.type, bytes);
    if (at === BACK_PRESSURED) {
      // A ring with no record in it takes any record; a full one is really full.
      expect(this.queue.length).toBeGreaterThan(0);
      return;
    }
    expect(at % 8).toBe(0);
    this.rig.publication.view.u8.fill(item.fill, at, at + bytes);
    end(item);
  }

  private writerDiesAt(bytes: number, atomicStep: number): void {
    const item = this.newItem(bytes);
    const tailBefore = this.rig.tail();
    let wasPublished = false;
    const died = this.rig.killAt(atomicStep, () => {
      const at = this.rig.publication.tryClaim(item.type, bytes);
      if (at === BACK_PRESSURED) return;
      this.rig.publication.view.u8.fill(item.fill, at, at + bytes);
      this.rig.publication.commit();
      wasPublished = true;
    });
    expect(this.rig.tail() !== tailBefore).toBe(wasPublished);
    if (wasPublished) this.push(item);
    if (died) this.rig.attachPublication();
  }

  private readonly handler = (type: number, view: { u8: Uint8Array }, at: number, bytes: number): void => {
    const fill = view.u8[at];
    for (let index = 0; index < bytes; index++) expect(view.u8[at + index]).toBe(fill);
    this.delivered.push({ type, byteLength: bytes, fill: bytes === 0 ? type : fill });
  };

  private poll(most: number): void {
    this.delivered = [];
    const count = this.rig.subscription.poll(this.handler, most);
    // Up to the limit; the tail is looked at again only when what was known is used up.
    expect(count).toBeLessThanOrEqual(Math.min(most, this.queue.length));
    expect(count > 0).toBe(this.queue.length > 0);
    expect(this.delivered).toEqual(this.queue.splice(0, count));
  }

  private pollThrow(most: number, throwAt: number): void {
    this.delivered = [];
    let hasThrown = false;
    const call = (): number =>
      this.rig.subscription.poll((type, view, at, bytes) => {
        this.handler(type, view, at, bytes);
        if (this.delivered.length <= throwAt) return;
        hasThrown = true;
        throw new RangeError('handler');
      }, most);
    try {
      call();
      expect(hasThrown).toBe(false);
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
    }
    // The record that threw counts as consumed: it cannot kill twice.
    expect(this.delivered).toEqual(this.queue.splice(0, this.delivered.length));
  }

  /** Killed inside the handler of record `at`: that record, and no other, comes again. */
  private readerDiesIn(most: number, at: number): void {
    this.delivered = [];
    const bytes = new Uint8Array(this.rig.buffer);
    let frozen: Uint8Array | null = null;
    try {
      this.rig.subscription.poll((type, view, offset, length) => {
        this.handler(type, view, offset, length);
        if (this.delivered.length <= at) return;
        frozen = bytes.slice();
        throw new Killed();
      }, most);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
    if (frozen !== null) bytes.set(frozen);
    this.rig.attachSubscription();
    const handled = frozen === null ? this.delivered.length : this.delivered.length - 1;
    expect(this.delivered).toEqual(this.queue.slice(0, this.delivered.length));
    this.queue.splice(0, handled);
  }

  private readerDiesAt(most: number, atomicStep: number): void {
    this.delivered = [];
    const died = this.rig.killAt(atomicStep, () => this.rig.subscription.poll(this.handler, most));
    this.rig.attachSubscription();
    const handled = this.delivered.length;
    expect(this.delivered).toEqual(this.queue.splice(0, handled));
    if (died && handled > 0) {
      // The end of a batch is published, or known through the in-flight position: nothing comes again.
      expect(this.rig.head() === this.rig.tail()).toBe(this.queue.length === 0);
    }
  }
}

it('behaves like an array, whoever dies at whatever step, from any position', () => {
  const position = fc
    .oneof(fc.constant(0), fc.constant(0x7fff_fff8 | 0), fc.constant(-8), fc.integer())
    .map((value) => value & ~7);
  fc.assert(
    fc.property(position, fc.array(step, { maxLength: 60 }), (start, steps) => {
      const model = new ModelRun(start);
      for (const current of steps) model.run(current);
      model.finish();
    }),
    { numRuns: 1500, seed: 7_2026 },
  );
});
