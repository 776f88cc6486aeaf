// hot path: no allocation after start
import { INSTRUMENTS_MAX } from '../core/limits.ts';
import type { Feed } from './feed-port.ts';

/**
 * A book that is confirmed by snapshot and still does not move is looked at less and less often, up to this
 * factor.
 */
const QUIET_FACTOR_MAX = 16;
/** How often per stale period the ages are looked at. */
const LOOKS_PER_PERIOD = 4;
const NS_PER_MS = 1e6;

/**
 * Liveness by data age: a book whose updates stop while others go on is stale (dead stream or quiet market),
 * all books without updates are a dead feed. A stale book is built again from a snapshot; if nothing moves
 * after that either, the market is quiet, and the limit of that book doubles until it moves.
 */
export class DataAge {
  private readonly feed: Feed;
  private readonly staleNs: number;
  private readonly lastDataNs: Float64Array;
  private readonly limitFactors: Int32Array;
  /** 1 = reported stale; nothing more is said until data come. */
  private readonly reported: Int32Array;
  private nextLookNs: number;

  /** @param staleMs 0 switches the watch off, e.g. in replays, where nothing can be asked for */
  constructor(feed: Feed, staleMs: number) {
    this.feed = feed;
    this.staleNs = staleMs * NS_PER_MS;
    this.lastDataNs = new Float64Array(INSTRUMENTS_MAX);
    this.limitFactors = new Int32Array(INSTRUMENTS_MAX).fill(1);
    this.reported = new Int32Array(INSTRUMENTS_MAX);
    this.nextLookNs = 0;
  }

  isDue(nowNs: number): boolean {
    return this.staleNs > 0 && nowNs >= this.nextLookNs;
  }

  /** Begins a look over all instruments. */
  begin(nowNs: number): void {
    this.nextLookNs = nowNs + this.staleNs / LOOKS_PER_PERIOD;
  }

  /** Whether a book's data stopped; said once per silence. */
  becameStale(instrumentIndex: number, nowNs: number): boolean {
    const lastNs = this.feed.lastDataNs(instrumentIndex);
    if (lastNs === 0) return false;
    if (lastNs !== this.lastDataNs[instrumentIndex]) this.noteMoved(instrumentIndex, lastNs);
    if (this.reported[instrumentIndex] === 1) return false;
    if (nowNs - lastNs <= this.staleNs * this.limitFactors[instrumentIndex]) return false;
    this.reported[instrumentIndex] = 1;
    const factor = this.limitFactors[instrumentIndex];
    if (factor < QUIET_FACTOR_MAX) this.limitFactors[instrumentIndex] = factor * 2;
    return true;
  }

  /** Whether no instrument had data within the plain limit. */
  isDead(nowNs: number, instrumentCount: number): boolean {
    let sawData = false;
    for (let index = 0; index < instrumentCount; index++) {
      const lastNs = this.feed.lastDataNs(index);
      if (lastNs === 0) continue;
      sawData = true;
      if (nowNs - lastNs <= this.staleNs) return false;
    }
    return sawData;
  }

  /**
   * The first data after a report is the snapshot that was asked for; what comes after that is the market.
   */
  private noteMoved(instrumentIndex: number, lastNs: number): void {
    this.lastDataNs[instrumentIndex] = lastNs;
    if (this.reported[instrumentIndex] === 1) this.reported[instrumentIndex] = 0;
    else this.limitFactors[instrumentIndex] = 1;
  }
}
