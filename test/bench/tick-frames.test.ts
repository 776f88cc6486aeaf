/** The frames a tick-to-order run is made of: for ever sendable, never crossed, with the order each calls for. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasWords } from '../../bench/harness/comparison.ts';
import { loadMarketFrames } from '../../bench/codec/market-frames.ts';
import { syntheticBurst } from '../../bench/tick/tick-burst.ts';
import { buildTickLoop, TICK_ID_HALF, TICK_KIND, writeDigits } from '../../bench/tick/tick-frames.ts';
import type { TickLoop } from '../../bench/tick/tick-frames.ts';
import { priceToTicks } from '../../engine/core/instrument.ts';

type Level = readonly [string, string];

interface Depth {
  readonly b: readonly Level[];
  readonly a: readonly Level[];
}

function apply(side: Map<string, string>, levels: readonly Level[]): void {
  for (const [price, qty] of levels) {
    if (Number(qty) === 0) side.delete(price);
    else side.set(price, qty);
  }
}

function sorted(side: ReadonlyMap<string, string>): [string, string][] {
  return [...side].sort(([a], [b]) => Number(a) - Number(b));
}

/** Takes a plain book through one lap; `after` sees it behind each frame. */
function lap(
  loop: TickLoop,
  after: (frame: number, bestBid: number, bestAsk: number) => void,
): { begin: [string, string][][]; end: [string, string][][] } {
  const snapshot = JSON.parse(Buffer.from(loop.snapshot).toString('latin1')) as {
    readonly bids: readonly Level[];
    readonly asks: readonly Level[];
  };
  const bids = new Map(snapshot.bids);
  const asks = new Map(snapshot.asks);
  const begin = [sorted(bids), sorted(asks)];
  for (let frame = 0; frame < loop.count; frame++) {
    const text = Buffer.from(loop.bytes.subarray(loop.starts[frame], loop.ends[frame])).toString('latin1');
    const { data } = JSON.parse(text) as { readonly data: Depth };
    if (loop.kinds[frame] !== TICK_KIND.depth) continue;
    apply(bids, data.b);
    apply(asks, data.a);
    const prices = (side: ReadonlyMap<string, string>): number[] => [...side.keys()].map(Number);
    after(frame, Math.max(...prices(bids)), Math.min(...prices(asks)));
  }
  return { begin, end: [sorted(bids), sorted(asks)] };
}

describe.each([
  ['depth frames and those that undo them', async () => buildTickLoop(await loadMarketFrames(true), 60)],
  ['a burst and frames that undo it', async () => syntheticBurst().loop],
])('a loop of %s', (_name, load) => {
  it('ends with the book it began with, never crosses, and knows the best ask after every frame', async () => {
    const loop = await load();
    let frames = 0;
    const { begin, end } = lap(loop, (frame, bestBid, bestAsk) => {
      frames++;
      expect(bestBid).toBeLessThan(bestAsk);
      const text = bestAsk.toFixed(loop.instrument.priceDecimals);
      expect(loop.askTicks[frame]).toBe(priceToTicks(loop.instrument, text));
    });
    expect(frames).toBeGreaterThan(40);
    expect(end).toEqual(begin);
  });

  it('has room for its ids where they are written', async () => {
    const loop = await load();
    for (let frame = 0; frame < loop.count; frame++) {
      const text = Buffer.from(loop.bytes.subarray(loop.starts[frame], loop.ends[frame])).toString('latin1');
      const id = (at: number): string => /^\d+/.exec(text.slice(at))?.[0] ?? '';
      const isTrade = loop.kinds[frame] === TICK_KIND.trade;
      expect(id(loop.lastIdAt[frame])).toHaveLength(isTrade ? 10 : 11);
      if (loop.kinds[frame] === TICK_KIND.depth) expect(id(loop.firstIdAt[frame])).toHaveLength(11);
    }
  });
});

it('writes numbers in two halves as text would', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 99_999 }),
      fc.integer({ min: 0, max: TICK_ID_HALF - 1 }),
      (high, low) => {
        const bytes = Buffer.from('#'.repeat(13));
        writeDigits(bytes, 1, 11, high, low);
        expect(bytes.toString()).toBe(`#${String(high * TICK_ID_HALF + low).padStart(11, '0')}#`);
      },
    ),
  );
});

it('finds whole words only', () => {
  const title = 'tick-to-order, 10000 ticks/s fused, spin';
  expect(hasWords(title, ['fused', '10000'])).toBe(true);
  expect(hasWords(title, ['1000'])).toBe(false);
  expect(hasWords(title, ['tick-to-order', 'spin'])).toBe(true);
  expect(hasWords(title, [])).toBe(true);
});
