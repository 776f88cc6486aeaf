// hot path: no allocation after start
import type { Prng } from '../../core/prng.ts';

/**
 * Where the durations of one leg come from. constant: always the same. samples: recorded ones, in the order they were
 * recorded and from the beginning again after the last, because slow moments come in rows. lognormal: a fitted
 * distribution, `shiftMs + exp(mu + sigma x N(0, 1))` milliseconds.
 */
export type LatencySpec =
  | { readonly kind: 'constant'; readonly ms: number }
  | { readonly kind: 'samples'; readonly ms: readonly number[] }
  | { readonly kind: 'lognormal'; readonly shiftMs: number; readonly mu: number; readonly sigma: number };

/**
 * The three latencies of hftbacktest's documentation ("Latency Models"): feed, from the venue's event to its arrival here;
 * entry, from sending a request to its arrival at the venue; response, from there to the arrival of the answer here.
 */
export interface LatencyProfile {
  readonly feed: LatencySpec;
  readonly entry: LatencySpec;
  readonly response: LatencySpec;
}

/** Draws durations of one leg. One thread. */
export class LatencySource {
  private readonly samplesNs: Float64Array;
  private readonly random: Prng;
  private readonly shiftNs: number;
  private readonly mu: number;
  private readonly sigma: number;
  private readonly isLognormal: boolean;
  private place: number;

  constructor(spec: LatencySpec, random: Prng) {
    this.random = random;
    this.isLognormal = spec.kind === 'lognormal';
    this.samplesNs =
      spec.kind === 'lognormal'
        ? new Float64Array(0)
        : Float64Array.from(spec.kind === 'constant' ? [spec.ms] : spec.ms, (ms) => ms * 1e6);
    this.shiftNs = spec.kind === 'lognormal' ? spec.shiftMs * 1e6 : 0;
    this.mu = spec.kind === 'lognormal' ? spec.mu : 0;
    this.sigma = spec.kind === 'lognormal' ? spec.sigma : 0;
    this.place = 0;
  }

  /** The next duration, nanoseconds. */
  nextNs(): number {
    if (this.isLognormal)
      return this.shiftNs + Math.exp(this.mu + this.sigma * this.random.nextNormal()) * 1e6;
    const drawn = this.samplesNs[this.place];
    this.place = this.place + 1 < this.samplesNs.length ? this.place + 1 : 0;
    return drawn;
  }
}
