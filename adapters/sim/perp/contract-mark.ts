/** Index price, mark price and funding rate of one perpetual. */
import type { Market } from '../market.ts';
import { FUNDING_RATE_MAX, INTEREST_RATE, PREMIUM_BAND } from './perp-terms.ts';

/** Mean age of the basis in the second price of the mark, and of the premium in the funding rate, ms. */
const BASIS_MEAN_MS = 150_000;
const PREMIUM_MEAN_MS = 3_600_000;

/** What a perpetual follows: the price of its asset on the spot market, in ticks; 0 = there is none yet. */
export type IndexPrice = () => number;

/**
 * The mark price is the middle one of three, as on Binance ("Mark Price and Price Index"): the index with the funding that
 * will have been paid by the next payment, the index with the mean distance of the contract from it, and the contract's last
 * price. Single-threaded; moved by `move`.
 */
export class ContractMark<Detail> {
  readonly market: Market<Detail>;
  readonly fundingIntervalMs: number;
  indexTicks: number;
  markTicks: number;
  /** Rate of the next payment, positive: longs pay. */
  fundingRate: number;
  nextFundingMs: number;
  /** The index somebody set by hand, for drills; 0 = the market's. */
  heldIndexTicks: number;
  readonly #index: IndexPrice;
  #basisTicks: number;
  #premium: number;
  #lastMs: number;

  constructor(market: Market<Detail>, index: IndexPrice, fundingIntervalMs: number, nowMs: number) {
    this.market = market;
    this.fundingIntervalMs = fundingIntervalMs;
    this.#index = index;
    this.indexTicks = market.instrument.openingPriceTicks;
    this.markTicks = this.indexTicks;
    this.fundingRate = INTEREST_RATE;
    this.nextFundingMs = nowMs - (nowMs % fundingIntervalMs) + fundingIntervalMs;
    this.heldIndexTicks = 0;
    this.#basisTicks = 0;
    this.#premium = 0;
    this.#lastMs = nowMs;
  }

  /** Takes in where the markets are now. True when a funding is due: its rate is `fundingRate`. */
  move(nowMs: number): boolean {
    const { market } = this;
    const elapsedMs = Math.max(0, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    const index = this.heldIndexTicks > 0 ? this.heldIndexTicks : this.#index();
    if (index > 0) this.indexTicks = index;
    const isQuoted = market.bidTicks > 0 && market.askTicks > 0;
    const middle = isQuoted ? (market.bidTicks + market.askTicks) / 2 : this.indexTicks;
    this.#basisTicks +=
      (middle - this.indexTicks - this.#basisTicks) * (1 - Math.exp(-elapsedMs / BASIS_MEAN_MS));
    const premium = (middle - this.indexTicks) / this.indexTicks;
    this.#premium += (premium - this.#premium) * (1 - Math.exp(-elapsedMs / PREMIUM_MEAN_MS));
    this.fundingRate = fundingRateOf(this.#premium);
    const leftShare = Math.max(0, this.nextFundingMs - nowMs) / this.fundingIntervalMs;
    const first = this.indexTicks * (1 + this.fundingRate * leftShare);
    const second = this.indexTicks + this.#basisTicks;
    // An empty book has no price of its own to speak of.
    const third = isQuoted ? market.lastTradeTicks : second;
    this.markTicks = middleOf(first, second, third);
    return nowMs >= this.nextFundingMs;
  }

  /** The next payment, after one was made. */
  funded(nowMs: number): void {
    this.nextFundingMs = nowMs - (nowMs % this.fundingIntervalMs) + this.fundingIntervalMs;
  }
}

/** Premium plus interest less premium, the latter within a band ("Funding Rate"). */
export function fundingRateOf(premium: number): number {
  const correction = Math.max(-PREMIUM_BAND, Math.min(PREMIUM_BAND, INTEREST_RATE - premium));
  return Math.max(-FUNDING_RATE_MAX, Math.min(FUNDING_RATE_MAX, premium + correction));
}

function middleOf(first: number, second: number, third: number): number {
  return Math.max(Math.min(first, second), Math.min(Math.max(first, second), third));
}
