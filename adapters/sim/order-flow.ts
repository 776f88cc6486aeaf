/**
 * The market's other participants: a seeded stream of orders that makes one instrument look alive.
 *
 * Arrivals are a marked Hawkes process (exponential kernel, Ogata thinning), so activity comes in bursts and
 * trades excite more activity than quotes do. A fair value does a mean-reverting walk with a slow drift and three
 * volatility regimes; orders lean towards it: takers buy below it, makers pull quotes that it has run over, and
 * the gap a sweep leaves is quoted shut again. Everything is a function of the seed and of simulated time, never
 * of the wall clock, so a seed replays the same market.
 */
import { Prng } from '../../engine/core/prng.ts';
import type { Instrument } from './instruments.ts';
import type { Market } from './market.ts';
import type { OrderKind, OrderTerms, Side, TimeInForce } from './matching-engine.ts';
import { BUY, EngineOrder, SELL } from './matching-engine.ts';

/** Owner id of everything the flow places. */
export const FLOW_OWNER_ID = 0;

/** Share of events that are caused by earlier ones (the branching ratio of the Hawkes process). */
const BRANCHING_RATIO = 0.65;
/** Decay of the excitement one event causes, per second. */
const EXCITEMENT_DECAY_PER_S = 8;
/** Excitement never exceeds this multiple of the mean rate, so that a burst stays bounded. */
const EXCITEMENT_MAX_MULTIPLE = 8;
/** A trade excites this many times as much as the average event, a quote this many. Mean about 1. */
const TRADE_EXCITEMENT = 3.7;
const QUOTE_EXCITEMENT = 0.7;

/** Volatility and activity multipliers, and mean duration, of the regimes: calm, normal, wild. */
const REGIME_VOLATILITY = [0.5, 1, 2.5] as const;
const REGIME_ACTIVITY = [0.6, 1, 2.2] as const;
const REGIME_MEAN_S = [27, 24, 9] as const;

/** Pull of the fair value towards the opening price, and decay of its drift, per second. */
const FAIR_REVERSION_PER_S = 1 / 600;
const DRIFT_DECAY_PER_S = 1 / 5;
/** A market that follows another: how much of the volatility is its own, and how fast it comes back, per second. */
const BASIS_SHARE = 0.2;
const BASIS_REVERSION_PER_S = 1 / 20;
/** Stationary drift in units of the volatility. */
const DRIFT_SHARE = 0.6;

/** Orders the flow keeps on the book, both sides together, and the floor per side. */
const RESTING_ORDERS_TARGET = 700;
const RESTING_ORDERS_MAX = 1400;
/** Takers above this many typical orders are compared with what rests on the other side. */
const LARGE_TAKER = 8;
/** Levels a side keeps: below this the flow adds instead of cancelling. */
const SIDE_LEVELS_MIN = 8;
/** Resting orders farther from the fair value than this share are withdrawn first. */
const FAR_SHARE = 0.02;

/** A seeded participant crowd for one market. Single-threaded; `step` does one event. */
export class OrderFlow<Detail> {
  /** Simulated time of the next event, microseconds since the flow opened. */
  nextEventUs: number;
  eventCount: number;
  readonly #market: Market<Detail>;
  readonly #instrument: Instrument;
  readonly #detail: Detail;
  readonly #prng: Prng;
  readonly #meanPerS: number;
  readonly #anchor: (() => number) | null;
  readonly #resting: EngineOrder<Detail>[] = [];
  #excitementPerS: number;
  #lastUs: number;
  #regime: 0 | 1 | 2;
  #regimeEndUs: number;
  /** Logarithm of fair value over opening price. */
  #fairLog: number;
  #driftPerS: number;
  #lastTakerSide: Side;
  #traded: boolean;

  /**
   * @param detail what the flow's orders carry for the exchange's bookkeeping
   * @param eventsPerSecond mean rate; 0 makes a still market that only has its opening book
   * @param anchor price in ticks that the fair value follows, wandering around it a little; null = it goes its own way
   */
  constructor(
    market: Market<Detail>,
    detail: Detail,
    seed: number,
    eventsPerSecond: number,
    anchor: (() => number) | null = null,
  ) {
    this.#market = market;
    this.#instrument = market.instrument;
    this.#detail = detail;
    this.#prng = new Prng(seedFor(seed, market.instrument.symbol));
    this.#meanPerS = eventsPerSecond;
    this.#anchor = anchor;
    this.#excitementPerS = 0;
    this.#lastUs = 0;
    this.#regime = 1;
    this.#regimeEndUs = 0;
    this.#fairLog = 0;
    this.#driftPerS = 0;
    this.#lastTakerSide = BUY;
    this.#traded = false;
    this.nextEventUs = Number.POSITIVE_INFINITY;
    this.eventCount = 0;
  }

  /** Orders of the flow resting on the book. */
  get restingCount(): number {
    return this.#resting.length;
  }

  /** Lays the opening book, if wanted, and schedules the first event. */
  open(epochMs: number, withBook: boolean): void {
    if (withBook) this.#layBook(epochMs);
    if (this.#meanPerS > 0) this.#schedule();
  }

  #layBook(epochMs: number): void {
    const open = this.#instrument.openingPriceTicks;
    this.#add(BUY, open - 1, this.#size(2), epochMs);
    this.#add(SELL, open, this.#size(2), epochMs);
    for (let index = 1; index < RESTING_ORDERS_TARGET / 2; index++) {
      this.#add(BUY, open - 1 - this.#offsetTicks(), this.#size(1), epochMs);
      this.#add(SELL, open + this.#offsetTicks(), this.#size(1), epochMs);
    }
  }

  /** Does the event due at `nextEventUs`, stamped `epochMs`, and schedules the one after. */
  step(epochMs: number): void {
    this.eventCount++;
    this.#moveFair(this.nextEventUs);
    this.#traded = false;
    this.#act(epochMs);
    this.#lastUs = this.nextEventUs;
    this.#schedule();
  }

  /** The event due at `nextEventUs` does not happen: the market takes no orders. */
  skip(): void {
    this.#moveFair(this.nextEventUs);
    this.#traded = false;
    this.#lastUs = this.nextEventUs;
    this.#schedule();
  }

  /** Whether the market takes orders now. */
  get isOpen(): boolean {
    return this.#market.status === 'TRADING';
  }

  /** Must be told when an order of the flow leaves the book by a fill. */
  forget(order: EngineOrder<Detail>): void {
    const slot = order.slot;
    if (slot < 0) return;
    const last = this.#resting.pop()!;
    if (last !== order) {
      this.#resting[slot] = last;
      last.slot = slot;
    }
    order.slot = -1;
  }

  /** Fair value in ticks, not rounded. */
  get fairTicks(): number {
    const base = this.#anchor === null ? this.#instrument.openingPriceTicks : this.#anchor();
    return base * Math.exp(this.#fairLog);
  }

  #schedule(): void {
    const activity = REGIME_ACTIVITY[this.#regime];
    const basePerS = this.#meanPerS * (1 - BRANCHING_RATIO) * activity;
    const mark = this.#traded ? TRADE_EXCITEMENT : QUOTE_EXCITEMENT;
    let excitement = this.#excitementPerS + BRANCHING_RATIO * EXCITEMENT_DECAY_PER_S * mark;
    excitement = Math.min(excitement, EXCITEMENT_MAX_MULTIPLE * this.#meanPerS);
    let waitS = 0;
    for (;;) {
      const boundPerS = basePerS + excitement;
      const stepS = this.#prng.nextExponential(1 / boundPerS);
      waitS += stepS;
      excitement *= Math.exp(-EXCITEMENT_DECAY_PER_S * stepS);
      if (this.#prng.nextFloat() * boundPerS <= basePerS + excitement) break;
    }
    this.#excitementPerS = excitement;
    this.nextEventUs = this.#lastUs + Math.max(1, Math.round(waitS * 1e6));
  }

  #moveFair(nowUs: number): void {
    const prng = this.#prng;
    if (nowUs >= this.#regimeEndUs) {
      const roll = prng.nextFloat();
      this.#regime = roll < 0.4 ? 0 : roll < 0.8 ? 1 : 2;
      this.#regimeEndUs = nowUs + Math.round(prng.nextExponential(REGIME_MEAN_S[this.#regime]) * 1e6);
    }
    const stepS = (nowUs - this.#lastUs) / 1e6;
    const volatility = this.#instrument.flow.volatilityBps * 1e-4 * REGIME_VOLATILITY[this.#regime];
    const sigma = this.#anchor === null ? volatility : volatility * BASIS_SHARE;
    const driftNoise = sigma * DRIFT_SHARE * Math.sqrt(2 * DRIFT_DECAY_PER_S * stepS);
    this.#driftPerS += -this.#driftPerS * DRIFT_DECAY_PER_S * stepS + driftNoise * prng.nextNormal();
    const reversionPerS = this.#anchor === null ? FAIR_REVERSION_PER_S : BASIS_REVERSION_PER_S;
    const pull = -this.#fairLog * reversionPerS + this.#driftPerS;
    this.#fairLog += pull * stepS + sigma * Math.sqrt(stepS) * prng.nextNormal();
  }

  #act(epochMs: number): void {
    const market = this.#market;
    const prng = this.#prng;
    const fair = this.fairTicks;
    if (market.bidTicks === 0 || market.askTicks === 0) {
      this.#refill(epochMs, fair);
      return;
    }
    const middle = (market.bidTicks + market.askTicks) / 2;
    // The touch holds until the fair value has left it by about half a basis point.
    const scale = Math.max(1.5, fair * 0.5e-4);
    const pressure = Math.max(-4, Math.min(4, (fair - middle) / scale));
    const roll = prng.nextFloat();
    if (Math.abs(pressure) > 1 && roll < 0.15) {
      this.#sweep(epochMs, fair, pressure);
    } else if (roll < 0.07) {
      this.#take(epochMs, pressure);
    } else {
      const fullness = this.#resting.length / RESTING_ORDERS_TARGET;
      const cancelShare = Math.min(0.85, 0.46 * fullness * fullness);
      if (prng.nextFloat() < cancelShare) this.#withdraw(epochMs, fair, pressure);
      else this.#quote(epochMs, fair, pressure);
    }
  }

  /** A side is empty: somebody took it all. Quote it again around the fair value. */
  #refill(epochMs: number, fair: number): void {
    const market = this.#market;
    const side: Side = market.bidTicks === 0 ? BUY : SELL;
    const fairTicks = Math.round(fair);
    const price =
      side === BUY
        ? Math.min(fairTicks - 1, market.askTicks === 0 ? fairTicks - 1 : market.askTicks - 1)
        : Math.max(fairTicks + 1, market.bidTicks + 1);
    this.#add(side, price, this.#size(2), epochMs);
  }

  /** An informed taker clears the levels the fair value has run over. */
  #sweep(epochMs: number, fair: number, pressure: number): void {
    const side: Side = pressure > 0 ? BUY : SELL;
    const limit = side === BUY ? Math.floor(fair) : Math.ceil(fair);
    const lots = this.#size(4 + 2 * Math.abs(pressure));
    this.#send(this.#terms(side, 'LIMIT', 'IOC', limit, lots), epochMs);
    this.#lastTakerSide = side;
    this.#traded = true;
  }

  /** An ordinary market order: sides persist, and lean towards the fair value. */
  #take(epochMs: number, pressure: number): void {
    const prng = this.#prng;
    const buyShare = 0.5 + 0.22 * Math.tanh(pressure) + (this.#lastTakerSide === BUY ? 0.2 : -0.2);
    const side: Side = prng.nextFloat() < buyShare ? BUY : SELL;
    const lots = this.#bounded(side === BUY ? SELL : BUY, this.#size(0.1, 2));
    this.#send(this.#terms(side, 'MARKET', 'GTC', 0, lots), epochMs);
    this.#lastTakerSide = side;
    this.#traded = true;
  }

  /**
   * A taker leaves at least half of what rests on the other side. The tail of the sizes is longer than the book: one
   * order in some hundred thousand would take every quote and then fill whatever an account left 10% away.
   */
  #bounded(side: Side, lots: number): number {
    if (lots < this.#instrument.flow.typicalLots * LARGE_TAKER) return lots;
    let restingLots = 0;
    for (const level of this.#market.engine.levels(side)) restingLots += level.totalLots;
    return Math.max(1, Math.min(lots, Math.floor(restingLots / 2)));
  }

  #quote(epochMs: number, fair: number, pressure: number): void {
    const prng = this.#prng;
    const market = this.#market;
    const side: Side = prng.nextFloat() < 0.5 + 0.08 * Math.tanh(pressure) ? BUY : SELL;
    const spread = market.askTicks - market.bidTicks;
    const sign = side === BUY ? 1 : -1;
    const touch = side === BUY ? market.bidTicks : market.askTicks;
    const isWide = spread > Math.max(2, this.#instrument.flow.typicalOffsetTicks / 16);
    const roll = prng.nextFloat();
    let price: number;
    let scale = 1;
    if (spread > 1 && roll < (isWide ? 0.6 : 0.25)) {
      // Inside the spread: who the fair value favours goes right up to the other side.
      const isFavoured = pressure * sign > 0;
      price = touch + sign * (isFavoured || spread === 2 ? spread - 1 : 1 + prng.nextInt(spread - 1));
    } else if (roll < 0.5) {
      price = touch;
      scale = 1.5;
    } else {
      price = touch - sign * this.#offsetTicks();
    }
    const isFar = Math.abs(price - fair) > fair * FAR_SHARE;
    if (isFar || this.#resting.length >= RESTING_ORDERS_MAX) this.#withdraw(epochMs, fair, pressure);
    else this.#add(side, price, this.#size(scale), epochMs);
  }

  /** Cancels near the touch, first on the side the fair value threatens; strays far away go at once. */
  #withdraw(epochMs: number, fair: number, pressure: number): void {
    const prng = this.#prng;
    if (this.#resting.length === 0) return;
    if (Math.abs(pressure) > 0.5 && prng.nextFloat() < 0.5) {
      const threatened: Side = pressure > 0 ? SELL : BUY;
      const order = this.#market.engine.best(threatened)?.tail ?? null;
      if (order !== null && order.ownerId === FLOW_OWNER_ID && this.#mayThin(threatened)) {
        this.#cancel(order, epochMs);
        return;
      }
    }
    let chosen = this.#resting[prng.nextInt(this.#resting.length)];
    for (let tries = 0; tries < 3; tries++) {
      const other = this.#resting[prng.nextInt(this.#resting.length)];
      const otherGap = Math.abs(other.priceTicks - fair);
      const chosenGap = Math.abs(chosen.priceTicks - fair);
      if (otherGap > fair * FAR_SHARE) {
        chosen = other;
        break;
      }
      if (otherGap < chosenGap) chosen = other;
    }
    if (this.#mayThin(chosen.side)) this.#cancel(chosen, epochMs);
  }

  #mayThin(side: Side): boolean {
    return this.#market.engine.levels(side).length > SIDE_LEVELS_MIN;
  }

  #cancel(order: EngineOrder<Detail>, epochMs: number): void {
    this.forget(order);
    this.#market.cancel(order, epochMs);
  }

  #add(side: Side, priceTicks: number, lots: number, epochMs: number): void {
    const market = this.#market;
    let price = Math.max(1, priceTicks);
    if (side === BUY && market.askTicks > 0) price = Math.min(price, market.askTicks - 1);
    if (side === SELL && market.bidTicks > 0) price = Math.max(price, market.bidTicks + 1);
    if (price < 1) return;
    const order = this.#send(this.#terms(side, 'LIMIT', 'GTC', price, lots), epochMs);
    if (!order.isWorking) return;
    order.slot = this.#resting.length;
    this.#resting.push(order);
  }

  #send(terms: OrderTerms, epochMs: number): EngineOrder<Detail> {
    const order = new EngineOrder<Detail>(terms, this.#market.nextOrderId(), FLOW_OWNER_ID, this.#detail);
    this.#market.submit(order, epochMs);
    return order;
  }

  #terms(
    side: Side,
    kind: OrderKind,
    timeInForce: TimeInForce,
    priceTicks: number,
    qtyLots: number,
  ): OrderTerms {
    return { side, kind, timeInForce, stpMode: 'NONE', priceTicks, qtyLots };
  }

  /** Log-normal size, in lots. Takers' sizes spread wider than makers': most are tiny, a few are large. */
  #size(scale: number, sigma: number = 1): number {
    const lots = this.#instrument.flow.typicalLots * scale * 0.6 * Math.exp(sigma * this.#prng.nextNormal());
    return Math.max(1, Math.min(this.#instrument.maxMarketLots, Math.round(lots)));
  }

  /** Distance behind the touch: heavy-tailed (Lomax), at least one tick. */
  #offsetTicks(): number {
    const spread = this.#instrument.flow.typicalOffsetTicks * 2;
    const offset = spread * (Math.pow(1 - this.#prng.nextFloat(), -0.55) - 1);
    return 1 + Math.floor(Math.min(offset, this.#instrument.openingPriceTicks * FAR_SHARE * 0.9));
  }
}

/** The instrument's own seed: adding a symbol does not change the others. */
export function seedFor(seed: number, symbol: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < symbol.length; index++) {
    hash = Math.imul(hash ^ symbol.charCodeAt(index), 0x01000193);
  }
  return (hash ^ Math.imul(seed, 0x9e3779b1)) >>> 0;
}
