// hot path: no allocation after start (measurements excepted, one in ten minutes)
import type { VenueContext } from '../../../engine/execution/venue-port.ts';
import { VENUE_COUNTER } from '../../../engine/execution/venue-port.ts';
import type { ReadVenueTime, VenueClock } from './venue-clock.ts';

const REFRESH_NS = 600e9;
const RETRY_NS = 1e9;

/** Measures the venue's clock at start, from time to time, and when it is doubted. One thread. */
export class ClockKeeper {
  private readonly context: VenueContext;
  private readonly venueClock: VenueClock;
  private readonly readTime: ReadVenueTime;
  /** When it is measured next; a cell, because a field would be boxed with every change. */
  private readonly dueNs: Float64Array = new Float64Array(1);
  private isMeasuring: boolean;
  private isClosed: boolean;

  constructor(context: VenueContext, venueClock: VenueClock, readTime: ReadVenueTime) {
    this.context = context;
    this.venueClock = venueClock;
    this.readTime = readTime;
    this.isMeasuring = false;
    this.isClosed = false;
  }

  /** Measures if it is time; the work count. */
  doWork(nowNs: number): number {
    if (nowNs < this.dueNs[0] || this.isMeasuring) return 0;
    this.isMeasuring = true;
    void this.measure();
    return 1;
  }

  /** The venue found a time stamp wrong: measure at the next turn. */
  doubt(): void {
    this.dueNs[0] = 0;
  }

  close(): void {
    this.isClosed = true;
  }

  private async measure(): Promise<void> {
    const { counters, clock, kick } = this.context;
    this.dueNs[0] = clock.nowNs() + RETRY_NS;
    const isMeasured = await this.venueClock.measure(this.readTime);
    this.isMeasuring = false;
    if (this.isClosed) return;
    if (isMeasured) counters.set(VENUE_COUNTER.venueClockOffsetMs, this.venueClock.offsetMs);
    else counters.increment(VENUE_COUNTER.venueClockFailures);
    this.dueNs[0] = clock.nowNs() + (isMeasured ? REFRESH_NS : RETRY_NS);
    kick();
  }
}
