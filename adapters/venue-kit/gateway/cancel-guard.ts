// hot path: no allocation after start (requests excepted, a few a minute)
import type { Instrument } from '../../../engine/core/instrument.ts';
import type { VenueContext } from '../../../engine/execution/venue-port.ts';
import { VENUE_COUNTER } from '../../../engine/execution/venue-port.ts';
import type { RequestParams, RestAnswer } from '../request/rest-client.ts';
import type { AccountAsker } from './account-desk.ts';

/** A venue's words for its dead-man switch: all orders of a symbol are cancelled when it is not set anew in time. */
export interface CancelGuardWords {
  readonly path: string;
  readonly weight: number;
  /** Time until it goes off, ms. */
  readonly windowMs: number;
  /** @param windowMs 0 takes the switch back */
  params(symbol: string, windowMs: number): RequestParams;
  isSet(answer: RestAnswer): boolean;
}

/** The switch is set anew when this part of its time is over, and no order leaves when this part is left. */
const REFRESH_PART = 1 / 4;
const LEAST_PART = 1 / 4;
const RETRY_NS = 1e9;

/**
 * Keeps a venue's dead-man switch set for every instrument, but only while the engine is healthy: then it goes off, at the
 * venue, however dead the engine is. Until it is set everywhere no order leaves. One thread.
 */
export class CancelGuard {
  /** Whether the switch is set for every instrument, with time left. */
  isSet: boolean;
  private readonly context: VenueContext;
  private readonly words: CancelGuardWords;
  private readonly desk: AccountAsker;
  private readonly isHealthy: () => boolean;
  private readonly windowNs: number;
  private readonly symbols: string[];
  /** When each instrument's switch goes off at the venue, as far as we know: reckoned from the sending. */
  private untilNs: Float64Array;
  private readonly dueNs: Float64Array = new Float64Array(1);
  private isAsking: boolean;
  private isClosed: boolean;

  constructor(
    context: VenueContext,
    words: CancelGuardWords,
    desk: AccountAsker,
    isHealthy: () => boolean = () => true,
  ) {
    this.isSet = false;
    this.context = context;
    this.words = words;
    this.desk = desk;
    this.isHealthy = isHealthy;
    this.windowNs = words.windowMs * 1e6;
    this.symbols = context.instruments.map(({ symbol }) => symbol);
    this.untilNs = new Float64Array(this.symbols.length);
    this.isAsking = false;
    this.isClosed = false;
  }

  addInstrument({ symbol }: Instrument): void {
    this.symbols.push(symbol);
    this.untilNs = Float64Array.from([...this.untilNs, 0]);
    this.dueNs[0] = 0;
    this.isSet = false;
  }

  /** Sets what is due; the work count. */
  doWork(nowNs: number): number {
    this.isSet = this.leastUntil() - nowNs > this.windowNs * LEAST_PART;
    if (this.isClosed || this.isAsking || nowNs < this.dueNs[0]) return 0;
    this.dueNs[0] = nowNs + RETRY_NS;
    if (!this.isHealthy()) {
      this.context.counters.increment(VENUE_COUNTER.venueGuardsWithheld);
      return 0;
    }
    this.isAsking = true;
    void this.setAll();
    return 1;
  }

  /** The engine ends by itself: what others have open on the account is not cancelled. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    const set = this.symbols.filter((_symbol, place) => this.untilNs[place] > 0);
    await Promise.all(set.map((symbol) => this.send(symbol, 0)));
  }

  private async setAll(): Promise<void> {
    const { counters, clock, kick } = this.context;
    const count = this.symbols.length;
    let isEverySet = true;
    for (let place = 0; place < count && !this.isClosed; place++) {
      const sentNs = clock.nowNs();
      const answer = await this.send(this.symbols[place], this.words.windowMs);
      if (answer !== null && answer.status === 200 && this.words.isSet(answer)) {
        counters.increment(VENUE_COUNTER.venueGuardsSet);
        this.untilNs[place] = sentNs + this.windowNs;
      } else {
        counters.increment(VENUE_COUNTER.venueGuardFailures);
        isEverySet = false;
      }
    }
    this.isAsking = false;
    if (isEverySet && count === this.symbols.length)
      this.dueNs[0] = this.leastUntil() - this.windowNs * (1 - REFRESH_PART);
    kick();
  }

  private send(symbol: string, windowMs: number): Promise<RestAnswer | null> {
    const { path, weight } = this.words;
    return this.desk.signed('POST', path, this.words.params(symbol, windowMs), weight, true);
  }

  private leastUntil(): number {
    let least = Infinity;
    for (let place = 0; place < this.untilNs.length; place++)
      if (this.untilNs[place] < least) least = this.untilNs[place];
    return least;
  }
}
