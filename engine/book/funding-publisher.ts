// hot path: no allocation after start
import { INSTRUMENTS_MAX } from '../core/limits.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import type { Publication } from '../ipc/ring.ts';
import { FUNDING_UPDATED, FUNDING_UPDATED_BYTES, FundingUpdated } from '../messages/codecs.ts';
import { BOOK_COUNTER } from './counters.ts';
import { FUNDING_CHANGE, FUNDING_WORD } from './shared-prices.ts';
import type { SharedPricesWriter } from './shared-prices.ts';

/** The bits of rings that have not been told: strategies by their place, then the journal. */
const JOURNAL_BIT: number = 1 << 30;

/**
 * Tells of changed funding: strategies of every change, the journal of every period. What finds no room is told later, in
 * its newest form. Owned by the orderbook actor, one thread.
 */
export class FundingPublisher {
  private readonly toStrategies: readonly Publication[];
  private readonly toJournal: Publication;
  private readonly prices: SharedPricesWriter;
  private readonly counters: CounterBlock;
  private readonly record: FundingUpdated = new FundingUpdated();
  private readonly untold: Int32Array = new Int32Array(INSTRUMENTS_MAX);
  private readonly intervals: Float64Array = new Float64Array(INSTRUMENTS_MAX);
  private readonly venueMs: Float64Array = new Float64Array(INSTRUMENTS_MAX);
  private readonly allStrategies: number;
  private waiting: number;

  constructor(
    toStrategies: readonly Publication[],
    toJournal: Publication,
    prices: SharedPricesWriter,
    counters: CounterBlock,
  ) {
    this.toStrategies = toStrategies;
    this.toJournal = toJournal;
    this.prices = prices;
    this.counters = counters;
    this.allStrategies = (1 << toStrategies.length) - 1;
    this.waiting = 0;
  }

  /** Whether anybody has not been told yet. */
  get hasWaiting(): boolean {
    return this.waiting > 0;
  }

  /** The interval that records name from now on. At start and when terms change. */
  setPeriod(instrumentIndex: number, intervalMs: number): void {
    this.intervals[instrumentIndex] = intervalMs;
  }

  /** Tells of a FUNDING_CHANGE of the instrument; `atMs[0]` is the venue's time of it. */
  publish(instrumentIndex: number, change: number, atMs: Float64Array): void {
    this.counters.increment(BOOK_COUNTER.fundings);
    this.venueMs[instrumentIndex] = atMs[0];
    if (this.untold[instrumentIndex] === 0) this.waiting++;
    this.untold[instrumentIndex] |= this.allStrategies;
    if (change === FUNDING_CHANGE.period) this.untold[instrumentIndex] |= JOURNAL_BIT;
    this.tell(instrumentIndex);
  }

  /** Tells what waited as far as there is room; returns how many instruments. */
  flush(): number {
    if (this.waiting === 0) return 0;
    let told = 0;
    for (let index = 0; index < INSTRUMENTS_MAX; index++) {
      if (this.untold[index] !== 0 && this.tell(index)) told++;
    }
    return told;
  }

  /** True when nobody is left to be told. */
  private tell(instrumentIndex: number): boolean {
    const { untold, toStrategies } = this;
    for (let place = 0; place < toStrategies.length; place++) {
      const bit = 1 << place;
      if ((untold[instrumentIndex] & bit) === 0) continue;
      if (this.send(toStrategies[place], instrumentIndex)) untold[instrumentIndex] &= ~bit;
    }
    if ((untold[instrumentIndex] & JOURNAL_BIT) !== 0 && this.send(this.toJournal, instrumentIndex)) {
      untold[instrumentIndex] &= ~JOURNAL_BIT;
    }
    if (untold[instrumentIndex] !== 0) return false;
    this.waiting--;
    return true;
  }

  private send(ring: Publication, instrumentIndex: number): boolean {
    const at = ring.tryClaim(FUNDING_UPDATED, FUNDING_UPDATED_BYTES);
    if (at < 0) return false;
    const words = this.prices.words(instrumentIndex);
    const record = this.record.wrap(ring.view, at);
    record.fundingRateE8 = words[FUNDING_WORD.rateE8];
    record.nextFundingMs = words[FUNDING_WORD.nextMs];
    record.intervalMs = this.intervals[instrumentIndex];
    record.exchangeTsMs = this.venueMs[instrumentIndex];
    record.recvNs = words[FUNDING_WORD.statedNs];
    record.instrumentIndex = instrumentIndex;
    ring.commit();
    return true;
  }
}
