import { Prng } from '../../../engine/core/prng.ts';

/** One bar of a made-up market. */
export interface SeriesBar {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** A random walk of bars that is the same for the same seed; every seventh bar repeats the close without a trade. */
export function walkOf(seed: number, count: number): SeriesBar[] {
  const prng = new Prng(seed);
  const bars: SeriesBar[] = [];
  let close = 100;
  for (let index = 0; index < count; index++) {
    const open = close;
    if (index % 7 === 6) {
      bars.push({ open, high: open, low: open, close: open, volume: 0 });
      continue;
    }
    close = Math.max(1, open + (prng.nextFloat() - 0.5) * 4);
    const high = Math.max(open, close) + prng.nextFloat();
    const low = Math.max(0.5, Math.min(open, close) - prng.nextFloat());
    bars.push({ open, high, low, close, volume: Math.floor(prng.nextFloat() * 1000) });
  }
  return bars;
}
