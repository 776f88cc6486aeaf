// hot path: no allocation after start
import { INSTRUMENTS_MAX } from '../../../engine/core/limits.ts';
import { VERDICT } from './continuity.ts';
import type { ContinuityRule } from './continuity.ts';

/*
 * When a book may be trusted. One machine per instrument:
 *
 *   waiting   no snapshot yet: updates are kept, the first one's first id is noted
 *   draining  snapshot taken: the kept updates are judged one by one, new ones queue behind them
 *   synced    updates are judged as they come
 *
 * A synced book may be refreshed: it goes on as it is while updates are applied and kept as well; the snapshot that comes
 * replaces it, and the kept updates behind the snapshot bring it to where it was.
 *
 * Decisions only: who keeps the updates and writes the records is the caller.
 */

export const SYNC_STATE = { waiting: 0, draining: 1, synced: 2 } as const;

/** What a snapshot is good for. */
export const SNAPSHOT_VERDICT = { use: 1, tooOld: 2, unneeded: 3 } as const;

const NONE = -1;

/** Continuity of the books of one feed, by instrument index, under the venue's rule. */
export class BookSync {
  private readonly rule: ContinuityRule;
  private readonly states: Int32Array;
  /** Last update id the book stands at. */
  private readonly bookIds: Float64Array;
  /** First id of the first kept update; NONE = none kept. */
  private readonly firstKeptIds: Float64Array;
  /** 1 = nothing was applied since the snapshot. */
  private readonly isFresh: Uint8Array;
  /** 1 = a snapshot is wanted for a book in good order. */
  private readonly refreshing: Uint8Array;
  /** The id up to which a refreshed book must come before it may be shown; NONE = no refresh is being drained. */
  private readonly shownIds: Float64Array;
  private refreshCount: number;

  constructor(rule: ContinuityRule) {
    this.rule = rule;
    this.states = new Int32Array(INSTRUMENTS_MAX);
    this.bookIds = new Float64Array(INSTRUMENTS_MAX).fill(NONE);
    this.firstKeptIds = new Float64Array(INSTRUMENTS_MAX).fill(NONE);
    this.isFresh = new Uint8Array(INSTRUMENTS_MAX);
    this.refreshing = new Uint8Array(INSTRUMENTS_MAX);
    this.shownIds = new Float64Array(INSTRUMENTS_MAX).fill(NONE);
    this.refreshCount = 0;
  }

  /** Whether any book wants a snapshot in the background. */
  get anyRefreshing(): boolean {
    return this.refreshCount > 0;
  }

  /** Whether a book in good order wants a snapshot: applied updates are to be kept too (`noteKept`). */
  isRefreshing(instrumentIndex: number): boolean {
    return this.refreshing[instrumentIndex] === 1;
  }

  /** Wants a snapshot for a synced book; false = the book is not in good order, its snapshot is on its way anyway. */
  startRefresh(instrumentIndex: number): boolean {
    if (this.states[instrumentIndex] !== SYNC_STATE.synced) return false;
    if (this.refreshing[instrumentIndex] === 1) return true;
    this.refreshing[instrumentIndex] = 1;
    this.firstKeptIds[instrumentIndex] = NONE;
    this.refreshCount++;
    return true;
  }

  /**
   * The oldest snapshot that the updates kept during a refresh can follow; -1 = none is kept. The first of them followed the
   * book, so a snapshot right before it is good as well.
   */
  refreshableFrom(instrumentIndex: number): number {
    const firstKeptId = this.firstKeptIds[instrumentIndex];
    return firstKeptId === NONE ? NONE : firstKeptId - this.rule.idStep;
  }

  /** Whether the update up to `lastId` still lies before what was shown ahead of the refresh. */
  isCatchingUp(instrumentIndex: number, lastId: number): boolean {
    return lastId < this.shownIds[instrumentIndex];
  }

  /** Whether a snapshot up to `lastId` would take the book back behind what is shown. */
  wouldGoBack(instrumentIndex: number, lastId: number): boolean {
    return this.refreshing[instrumentIndex] === 1 && lastId < this.bookIds[instrumentIndex];
  }

  /** A SYNC_STATE. */
  state(instrumentIndex: number): number {
    return this.states[instrumentIndex];
  }

  /** The update id the book stands at; -1 while it waits for a snapshot. */
  bookId(instrumentIndex: number): number {
    return this.bookIds[instrumentIndex];
  }

  /** First id of the first kept update; -1 = none is kept. */
  firstKeptId(instrumentIndex: number): number {
    return this.firstKeptIds[instrumentIndex];
  }

  /** The id the next update is expected to name, for reports. */
  expectedId(instrumentIndex: number): number {
    return this.bookIds[instrumentIndex] + this.rule.idStep;
  }

  /**
   * Judges the update that just arrived, its ids in `numbers`; changes nothing. While the machine waits or drains
   * the answer is `keep`: then call `noteKept`. After `apply` call `noteApplied`, after `gap` call `restart`.
   */
  judgeArrival(instrumentIndex: number, numbers: Float64Array): number {
    if (this.states[instrumentIndex] !== SYNC_STATE.synced) return VERDICT.keep;
    return this.judgeInOrder(instrumentIndex, numbers);
  }

  /** Judges an update against the book: an arriving one when synced, a kept one when draining. */
  judgeInOrder(instrumentIndex: number, numbers: Float64Array): number {
    const isFirst = this.isFresh[instrumentIndex] === 1;
    return this.rule.judge(this.bookIds, instrumentIndex, numbers, isFirst);
  }

  /** The caller keeps an update; `wasEmpty` when no other is kept. */
  noteKept(instrumentIndex: number, firstId: number, wasEmpty: boolean): void {
    if (wasEmpty) this.firstKeptIds[instrumentIndex] = firstId;
  }

  /** The caller wrote an update that was judged `apply`. */
  noteApplied(instrumentIndex: number, lastId: number): void {
    this.bookIds[instrumentIndex] = lastId;
    this.isFresh[instrumentIndex] = 0;
  }

  /** Judges a snapshot; changes nothing. */
  judgeSnapshot(instrumentIndex: number, lastUpdateId: number): number {
    const firstKeptId = this.firstKeptIds[instrumentIndex];
    if (this.refreshing[instrumentIndex] === 1) {
      /* From the snapshot to where the book stands no update may be missing. */
      const reachesBook = lastUpdateId >= this.bookIds[instrumentIndex];
      const reachesKept = firstKeptId !== NONE && lastUpdateId >= this.refreshableFrom(instrumentIndex);
      return reachesBook || reachesKept ? SNAPSHOT_VERDICT.use : SNAPSHOT_VERDICT.tooOld;
    }
    if (this.states[instrumentIndex] !== SYNC_STATE.waiting) return SNAPSHOT_VERDICT.unneeded;
    return firstKeptId !== NONE && lastUpdateId < firstKeptId
      ? SNAPSHOT_VERDICT.tooOld
      : SNAPSHOT_VERDICT.use;
  }

  /** The caller wrote a snapshot that was judged `use`; the kept updates are to be drained. */
  noteSnapshot(instrumentIndex: number, lastUpdateId: number): void {
    const isRefresh = this.refreshing[instrumentIndex] === 1;
    this.shownIds[instrumentIndex] = isRefresh ? this.bookIds[instrumentIndex] : NONE;
    this.endRefresh(instrumentIndex);
    this.bookIds[instrumentIndex] = lastUpdateId;
    this.states[instrumentIndex] = SYNC_STATE.draining;
    this.isFresh[instrumentIndex] = 1;
  }

  /** No kept update is left. */
  noteDrained(instrumentIndex: number): void {
    if (this.states[instrumentIndex] !== SYNC_STATE.draining) return;
    this.states[instrumentIndex] = SYNC_STATE.synced;
    this.firstKeptIds[instrumentIndex] = NONE;
    this.shownIds[instrumentIndex] = NONE;
  }

  /** The book is lost (gap, disconnect, resync): back to waiting, with nothing kept. */
  restart(instrumentIndex: number): void {
    this.states[instrumentIndex] = SYNC_STATE.waiting;
    this.bookIds[instrumentIndex] = NONE;
    this.firstKeptIds[instrumentIndex] = NONE;
    this.shownIds[instrumentIndex] = NONE;
    this.endRefresh(instrumentIndex);
  }

  private endRefresh(instrumentIndex: number): void {
    this.refreshCount -= this.refreshing[instrumentIndex];
    this.refreshing[instrumentIndex] = 0;
  }
}
