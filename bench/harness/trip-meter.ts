import { invariant } from '../../engine/core/assert.ts';
import { clockNs } from '../ring/ring-job.ts';
import type { RingFigures, RingJob } from '../ring/ring-job.ts';

/**
 * Times round trips, one after the other (a closed loop: no trip starts before the last ended). Without silence the
 * end of a trip is the start of the next, one reading of the clock each; with silence each trip is stamped at both ends.
 */
export class TripMeter {
  readonly total: number;
  private readonly warmupTrips: number;
  private readonly silenceNs: number;
  private readonly latenciesNs: Float64Array;
  private checksum: number;
  private trip: number;
  private lastNs: number;

  constructor(job: RingJob) {
    this.total = job.warmupTrips + job.trips;
    this.warmupTrips = job.warmupTrips;
    this.silenceNs = job.silenceNs;
    this.latenciesNs = new Float64Array(job.trips);
    this.checksum = 0;
    this.trip = 0;
    this.lastNs = clockNs();
  }

  /** Before a ping leaves. The warm-up has no silence, or the optimiser would not be through with it. */
  depart(): void {
    if (this.silenceNs === 0 || this.trip < this.warmupTrips) return;
    const until = clockNs() + this.silenceNs;
    let nowNs = clockNs();
    while (nowNs < until) nowNs = clockNs();
    this.lastNs = nowNs;
  }

  /** The answer to the trip's ping is here; `value` is what it carried. */
  arrive(value: number): void {
    const nowNs = clockNs();
    invariant(value === this.trip, 'an answer belongs to the last ping');
    const measured = this.trip - this.warmupTrips;
    if (measured >= 0) this.latenciesNs[measured] = nowNs - this.lastNs;
    this.checksum = (Math.imul(this.checksum, 31) + value) | 0;
    this.trip++;
    this.lastNs = nowNs;
  }

  figures(): RingFigures {
    return { spansNs: this.latenciesNs, checksum: this.checksum };
  }
}
