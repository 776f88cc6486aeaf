import { LongTimer } from '../../core/long-timer.ts';
import type { Instrument } from '../../core/instrument.ts';
import type { EnginePlan } from '../threads/thread-plan.ts';
import type { Wiring } from '../threads/wiring.ts';
import type { EngineLog } from './engine-log.ts';
import { changedTerms } from './instrument-terms.ts';
import { listedInstruments } from './listed-instruments.ts';

/** A venue that does not answer is asked again after so many intervals. */
const REFUSED_FACTOR = 4;

/** What the watch looks at, and whom it tells. */
export interface InstrumentWatchParts {
  readonly plan: EnginePlan;
  readonly wiring: Wiring;
  readonly log: EngineLog;
  /** Takes in what changed; resolves when that is done. */
  readonly refresh: () => Promise<unknown>;
}

/**
 * Asks the venues from time to time whether the terms of the traded instruments changed. What it cannot learn changes
 * nothing: an instrument keeps its last known status. Main thread.
 */
export class InstrumentWatch {
  private readonly parts: InstrumentWatchParts;
  private readonly intervals: ReadonlyMap<string, number>;
  private readonly timers: Map<string, LongTimer> = new Map();
  /** Venues whose last answer was none: said once. */
  private readonly silent: Set<string> = new Set();
  private isStopped = false;

  constructor(parts: InstrumentWatchParts) {
    this.parts = parts;
    const { lanes, config } = parts.plan;
    this.intervals = new Map(lanes.map(({ venue }) => [venue, config.venues[venue].instrumentsPollMs]));
  }

  start(): void {
    for (const [venue, intervalMs] of this.intervals) this.schedule(venue, intervalMs);
  }

  stop(): void {
    this.isStopped = true;
    for (const timer of this.timers.values()) timer.stop();
  }

  private schedule(venue: string, delayMs: number): void {
    if (this.isStopped || delayMs === 0) return;
    this.timers.set(venue, new LongTimer(() => void this.look(venue, delayMs), delayMs));
  }

  private async look(venue: string, delayMs: number): Promise<void> {
    const intervalMs = this.intervals.get(venue)!;
    try {
      if (await this.hasChanged(venue)) await this.parts.refresh();
      this.silent.delete(venue);
      this.schedule(venue, intervalMs);
    } catch (error) {
      if (!this.silent.has(venue))
        this.parts.log.warn(`the terms of instruments are not known anew: ${(error as Error).message}`);
      this.silent.add(venue);
      this.schedule(venue, Math.min(delayMs * 2, intervalMs * REFUSED_FACTOR));
    }
  }

  private async hasChanged(venue: string): Promise<boolean> {
    const known = this.active(venue);
    const listed = await listedInstruments(this.parts.plan, known);
    if (this.isStopped) return false;
    return known.some((instrument, place) => changedTerms(instrument, listed[place]) !== null);
  }

  private active(venue: string): Instrument[] {
    const slots = this.parts.wiring.instrumentSlots();
    return this.parts.plan.instruments.filter((each) => each.venue === venue && slots.isActive(each.index));
  }
}
