// hot path: no allocation after start
import type { Clock } from '../core/clock.ts';
import type { OrderFlowView } from './strategy-api.ts';
import { ORDER_FLOW_INPUT, OrderFlowScore } from './signals/order-flow-score.ts';
import type { OrderFlowConfig } from './signals/order-flow-score.ts';
import type { Turn } from './turn.ts';
import type { BookSnapshot } from './views.ts';

const NS_PER_MS = 1e6;

/** A score as strategies see it: what it is, and what it is worth in this turn. */
class ScoreView implements OrderFlowView {
  readonly flow: OrderFlowScore;
  private readonly turn: Turn;

  constructor(config: OrderFlowConfig, turn: Turn) {
    this.flow = new OrderFlowScore(config);
    this.turn = turn;
  }

  get score(): number {
    return this.flow.score;
  }

  get viewClass(): number {
    return this.flow.viewClass;
  }

  get imbalance(): number {
    return this.flow.imbalance;
  }

  get orders(): number {
    return this.flow.orders;
  }

  get tightness(): number {
    return this.flow.tightness;
  }

  get ageMs(): number {
    return (this.turn.nowNs - this.flow.atNs) / NS_PER_MS;
  }

  get weight(): number {
    return this.flow.freshnessAt(this.turn.nowNs);
  }

  get confidence(): number {
    return this.flow.confidenceAt(this.turn.nowNs);
  }
}

/**
 * The order-flow scores of the instruments that a strategy has asked about, from then on updated with every book that is
 * shown. Asking the first time allocates; nothing else does. One thread.
 */
export class OrderFlowBoard {
  private readonly views: (ScoreView | null)[];
  private readonly config: OrderFlowConfig;
  private readonly turn: Turn;
  /** Epoch milliseconds at monoNs 0. */
  private readonly originMs: number;

  constructor(instrumentCount: number, config: OrderFlowConfig, turn: Turn, clock: Clock) {
    this.views = Array.from({ length: instrumentCount }, () => null);
    this.config = config;
    this.turn = turn;
    this.originMs = clock.epochUs() / 1_000 - clock.nowNs() / NS_PER_MS;
  }

  /** Takes in a valid book, if anybody wants to know. */
  onBook(book: BookSnapshot): void {
    const view = this.views[book.instrumentIndex];
    if (view === null) return;
    const { inputs } = view.flow;
    const nowMs = this.turn.nowNs / NS_PER_MS;
    inputs[ORDER_FLOW_INPUT.dataAgeMs] = nowMs - book.recvNs / NS_PER_MS;
    // Since the venue made it, where that is longer; snapshots bear no venue time.
    const sinceMadeMs = this.originMs + nowMs - book.exchangeTsMs;
    if (book.exchangeTsMs > 0 && sinceMadeMs > inputs[ORDER_FLOW_INPUT.dataAgeMs]) {
      inputs[ORDER_FLOW_INPUT.dataAgeMs] = sinceMadeMs;
    }
    view.flow.updateAged(book);
  }

  /** The book is hidden. */
  onHidden(instrumentIndex: number): void {
    this.views[instrumentIndex]?.flow.withdraw();
  }

  /**
   * The score of an instrument, or null while there is none.
   * @param lookup read for the first answer
   */
  view(instrumentIndex: number, lookup: BookSnapshot): OrderFlowView | null {
    let view = this.views[instrumentIndex];
    if (view === undefined) return null;
    if (view === null) {
      view = new ScoreView(this.config, this.turn);
      this.views[instrumentIndex] = view;
      if (lookup.load(instrumentIndex)) this.onBook(lookup);
    }
    return view.flow.isValidAt(this.turn.nowNs) ? view : null;
  }
}
