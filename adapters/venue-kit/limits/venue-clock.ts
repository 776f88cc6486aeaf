import type { Clock } from '../../../engine/core/clock.ts';

/** Readings of one measurement; the one with the shortest way there and back counts. */
const SAMPLES = 3;

/** Reads the venue's clock once, epoch ms. */
export type ReadVenueTime = () => Promise<number>;

/**
 * The venue's clock as far as we know it: requests carry its epoch milliseconds and it refuses those more than a second
 * ahead or older than their window. Measured over REST; between measurements it runs with ours. One thread.
 */
export class VenueClock {
  private readonly clock: Clock;
  /** Venue epoch ms at monoNs 0; NaN until measured. */
  private zeroMs: number;
  private offset: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.zeroMs = NaN;
    this.offset = 0;
  }

  /** Whether a measurement has succeeded. */
  get isKnown(): boolean {
    return this.zeroMs === this.zeroMs;
  }

  /** Venue clock minus ours, milliseconds. */
  get offsetMs(): number {
    return this.offset;
  }

  /** The venue's epoch ms at `nowNs`. Rounded down: late by less than a millisecond is harmless, ahead is refused. */
  epochMsAt(nowNs: number): number {
    return Math.floor(this.zeroMs + nowNs / 1e6);
  }

  /** Measures the offset; false (and the old offset stays) when no reading came back. */
  async measure(read: ReadVenueTime): Promise<boolean> {
    let shortestNs = Infinity;
    for (let sample = 0; sample < SAMPLES; sample++) {
      const beforeNs = this.clock.nowNs();
      let venueMs: number;
      try {
        venueMs = await read();
      } catch {
        continue;
      }
      const wayNs = this.clock.nowNs() - beforeNs;
      if (wayNs >= shortestNs) continue;
      shortestNs = wayNs;
      const middleNs = beforeNs + wayNs / 2;
      this.zeroMs = venueMs - middleNs / 1e6;
    }
    if (shortestNs === Infinity) return false;
    const ourZeroMs = this.clock.epochUs() / 1_000 - this.clock.nowNs() / 1e6;
    this.offset = this.zeroMs - ourZeroMs;
    return true;
  }
}
