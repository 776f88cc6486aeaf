import type { SharedBookReader } from '../../book/shared-book.ts';
import type { Instrument } from '../../core/instrument.ts';
import { OrderFlowScore } from '../../strategy/signals/order-flow-score.ts';
import type { OrderFlowConfig } from '../../strategy/signals/order-flow-score.ts';
import { VIEW_CLASS } from '../../strategy/signals/view-class.ts';
import type { ContextOrderFlow } from '../symbol/context.ts';
import { wireNumber } from '../symbol/wire-number.ts';

/** Books are looked at this often: an eighth of the time in which half of a change comes through. */
const LOOK_MS = 250;

const CLASS_TEXTS: Readonly<Record<number, string>> = {
  [VIEW_CLASS.strongSell]: 'STRONG_SELL',
  [VIEW_CLASS.moderateSell]: 'MODERATE_SELL',
  [VIEW_CLASS.neutral]: 'NEUTRAL',
  [VIEW_CLASS.moderateBuy]: 'MODERATE_BUY',
  [VIEW_CLASS.strongBuy]: 'STRONG_BUY',
};

/**
 * The order-flow scores of the slow path, from the shared books. It looks by its own clock and copies what it reads, so
 * the hot path pays nothing; the score's average counts the time that passed, not the updates. Analysis thread.
 */
export class OrderFlowWatch {
  private readonly books: SharedBookReader;
  private readonly config: OrderFlowConfig;
  /** Epoch milliseconds at monoNs 0. */
  private readonly originMs: number;
  private readonly scores: Map<number, OrderFlowScore> = new Map();
  private nextNs = -Infinity;

  constructor(books: SharedBookReader, config: OrderFlowConfig, originMs: number) {
    this.books = books;
    this.config = config;
    this.originMs = originMs;
  }

  /** Looks at the books when it is time. */
  poll(instruments: readonly Instrument[], nowNs: number): void {
    if (nowNs < this.nextNs) return;
    this.nextNs = nowNs + LOOK_MS * 1e6;
    for (const { index } of instruments) this.look(index, nowNs);
  }

  /** The score of an instrument, as it goes over the wire, or null while there is none that is worth something. */
  read({ index }: Instrument, nowNs: number): ContextOrderFlow | null {
    const score = this.scores.get(index);
    if (score === undefined || !score.isValidAt(nowNs)) return null;
    const ageMs = Math.max(0, Math.round((nowNs - score.atNs) / 1e6));
    return { score: wireNumber(score.score) ?? 0, class: CLASS_TEXTS[score.viewClass], ageMs, cvd: null };
  }

  private look(index: number, nowNs: number): void {
    const { books } = this;
    let score = this.scores.get(index);
    if (score === undefined) this.scores.set(index, (score = new OrderFlowScore(this.config)));
    if (!books.read(index)) {
      score.withdraw();
      return;
    }
    // A book that nobody changed is as old as it is; what counts is how old its data was when it came.
    if (score.isThere && books.recvNs === score.atNs) return;
    const sinceRecvMs = (nowNs - books.recvNs) / 1e6;
    // Since the venue made it, where that is longer; snapshots bear no venue time.
    const sinceMadeMs = books.exchangeTsMs > 0 ? this.originMs + nowNs / 1e6 - books.exchangeTsMs : 0;
    score.update(books, Math.max(sinceRecvMs, sinceMadeMs));
  }
}
