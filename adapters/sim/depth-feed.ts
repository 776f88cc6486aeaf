/** The changes of one market's book between two diff-depth events. */
import type { Market } from './market.ts';
import type { Side } from './matching-engine.ts';
import { BUY } from './matching-engine.ts';
import { changedLevelsText } from './stream-text.ts';

/** One diff-depth event of a market; `previousId` is the last id of the event before. */
export type DepthText<Detail> = (
  market: Market<Detail>,
  epochMs: number,
  firstId: number,
  previousId: number,
  bidsText: string,
  asksText: string,
) => string;

/**
 * Gathers level changes and turns them into `depthUpdate` events whose ids chain: the first id of an event is the
 * last id of the one before, plus one. An interval without a change sends nothing.
 */
export class DepthFeed<Detail = unknown> {
  readonly intervalMs: number;
  readonly #market: Market<Detail>;
  readonly #depthText: DepthText<Detail>;
  readonly #bids: Map<number, number> = new Map();
  readonly #asks: Map<number, number> = new Map();
  #firstId: number;
  #previousId: number;
  #nextMs: number;
  #isSkipping: boolean;

  /** @param intervalMs time between events; 0 sends one whenever `due` is asked after a change */
  constructor(market: Market<Detail>, intervalMs: number, depthText: DepthText<Detail>) {
    this.#market = market;
    this.#depthText = depthText;
    this.intervalMs = intervalMs;
    this.#firstId = market.updateId + 1;
    this.#previousId = market.updateId;
    this.#nextMs = 0;
    this.#isSkipping = false;
  }

  /** Notes that a level changed. */
  add(side: Side, priceTicks: number, totalLots: number): void {
    (side === BUY ? this.#bids : this.#asks).set(priceTicks, totalLots);
  }

  /** The event due at `nowMs`, if any. */
  due(nowMs: number): string | undefined {
    if (nowMs < this.#nextMs) return undefined;
    if (this.intervalMs > 0) this.#nextMs = nowMs - (nowMs % this.intervalMs) + this.intervalMs;
    if (this.#bids.size === 0 && this.#asks.size === 0) return undefined;
    const { instrument, updateId } = this.#market;
    const text = this.#isSkipping
      ? undefined
      : this.#depthText(
          this.#market,
          nowMs,
          this.#firstId,
          this.#previousId,
          changedLevelsText(instrument, this.#bids, true),
          changedLevelsText(instrument, this.#asks, false),
        );
    this.#isSkipping = false;
    this.#bids.clear();
    this.#asks.clear();
    this.#firstId = updateId + 1;
    this.#previousId = updateId;
    return text;
  }

  /** Swallows the next event, leaving a gap in the ids. */
  skipNext(): void {
    this.#isSkipping = true;
  }
}
