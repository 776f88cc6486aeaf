// hot path: no allocation after start
import { clamp } from '../../core/clamp.ts';
import { freshnessOf, SCORE_VALID_MS } from './freshness.ts';
import { VIEW_THRESHOLDS, viewClassOf } from './view-class.ts';
import type { ViewThresholds } from './view-class.ts';

/*
 * The order-flow score of a book, -100..100, positive = buyers (signals.md section 1). Over the first `levels` of a side:
 *   I = clamp(10 * EMA(100 (Vb - Va) / (Vb + Va)), -100, 100)   Vb, Va volumes; the EMA halves in `halfLifeMs`
 *   R = 100 (nb - na) / (nb + na)                               nb, na counts of orders, or of levels where none are told
 *   S = 100 t sgn(0.5 I + 0.3 R), t = clamp(1 - spread in bps of mid / spreadRefBps, 0, 1)
 *   score = clamp(0.5 I + 0.3 R + 0.2 S, -100, 100)
 * The factors are those of the configuration. Where a book shows `levels` levels on both sides and no counts of orders, R
 * is 0.
 */

const NS_PER_MS = 1e6;

/** What the score is made with. */
export interface OrderFlowConfig extends ViewThresholds {
  /** Levels of each side; at most what a shared book has. */
  readonly levels: number;
  readonly halfLifeMs: number;
  readonly spreadRefBps: number;
  /** By what the smoothed imbalance is multiplied to make I. */
  readonly imbalanceGain: number;
  /** Shares of I, R and S in the score. */
  readonly imbalanceWeight: number;
  readonly ordersWeight: number;
  readonly tightnessWeight: number;
  /** Age from which a score is worth nothing. */
  readonly validMs: number;
  /** Data older than this when it comes gives no score; a score older than this has low confidence. */
  readonly dataAgeMaxMs: number;
  /** Below this age a score can have high confidence. */
  readonly highAgeMs: number;
}

export const ORDER_FLOW_DEFAULTS: OrderFlowConfig = {
  ...VIEW_THRESHOLDS,
  levels: 10,
  halfLifeMs: 2_000,
  spreadRefBps: 2,
  imbalanceGain: 10,
  imbalanceWeight: 0.5,
  ordersWeight: 0.3,
  tightnessWeight: 0.2,
  validMs: SCORE_VALID_MS,
  dataAgeMaxMs: 10_000,
  highAgeMs: 1_000,
};

/** How far a score is to be believed. */
export const CONFIDENCE = { low: 0, medium: 1, high: 2 } as const;

/** The book as the score reads it; level 0 is the touch. Sizes in lots, prices in ticks, time in monoNs. */
export interface DepthView {
  readonly bidCount: number;
  readonly askCount: number;
  readonly recvNs: number;
  bidTicksAt(level: number): number;
  bidLotsAt(level: number): number;
  askTicksAt(level: number): number;
  askLotsAt(level: number): number;
}

/** Places in `OrderFlowScore.inputs`. */
export const ORDER_FLOW_INPUT = {
  bidLots: 0,
  askLots: 1,
  bidOrders: 2,
  askOrders: 3,
  bidTicks: 4,
  askTicks: 5,
  /** monoNs of the book update. */
  atNs: 6,
  /** How old its data was when it came. */
  dataAgeMs: 7,
} as const;
const INPUT = ORDER_FLOW_INPUT;

const SCORE = 0;
const IMBALANCE = 1;
const ORDERS = 2;
const TIGHTNESS = 3;
const SMOOTHED = 4;
const AT_NS = 5;

/**
 * The score of one instrument, updated in O(levels) per book update. Without a score its figures are NaN: absent, never
 * 0. One thread.
 */
export class OrderFlowScore {
  /** Sums over the range that is scored: for books of single orders, whose owner fills them in and calls `take`. */
  readonly inputs: Float64Array = new Float64Array(8);
  private readonly config: OrderFlowConfig;
  private readonly decayPerNs: number;
  private readonly figures: Float64Array = new Float64Array(6).fill(NaN);

  constructor(config: OrderFlowConfig = ORDER_FLOW_DEFAULTS) {
    this.config = config;
    this.decayPerNs = Math.LN2 / (config.halfLifeMs * NS_PER_MS);
  }

  /** Whether there is a score at all; `freshnessAt` says what it is still worth. */
  get isThere(): boolean {
    return !Number.isNaN(this.figures[SCORE]);
  }

  /** -100..100. */
  get score(): number {
    return this.figures[SCORE];
  }

  /** I: the smoothed imbalance of volumes, -100..100. */
  get imbalance(): number {
    return this.figures[IMBALANCE];
  }

  /** R: the imbalance of order counts, -100..100. */
  get orders(): number {
    return this.figures[ORDERS];
  }

  /** S: the tightness of the spread with the sign of the rest, -100..100. */
  get tightness(): number {
    return this.figures[TIGHTNESS];
  }

  /** VIEW_CLASS. */
  get viewClass(): number {
    return viewClassOf(this.figures[SCORE], this.config);
  }

  /** monoNs of the book update the score came from. */
  get atNs(): number {
    return this.figures[AT_NS];
  }

  /**
   * Takes in a valid book.
   * @param dataAgeMs how old its data was when it came
   */
  update(book: DepthView, dataAgeMs: number): void {
    this.inputs[INPUT.dataAgeMs] = dataAgeMs;
    this.updateAged(book);
  }

  /** The same with the age in `inputs`: a number that is handed over may become an object on the way. */
  updateAged(book: DepthView): void {
    const { inputs } = this;
    const { levels, dataAgeMaxMs } = this.config;
    if (inputs[INPUT.dataAgeMs] > dataAgeMaxMs) {
      this.withdraw();
      return;
    }
    const bidEnd = book.bidCount < levels ? book.bidCount : levels;
    const askEnd = book.askCount < levels ? book.askCount : levels;
    let bidLots = 0;
    let askLots = 0;
    let bidOrders = 0;
    let askOrders = 0;
    for (let level = 0; level < bidEnd; level++) {
      const lots = book.bidLotsAt(level);
      bidLots += lots;
      if (lots > 0) bidOrders++;
    }
    for (let level = 0; level < askEnd; level++) {
      const lots = book.askLotsAt(level);
      askLots += lots;
      if (lots > 0) askOrders++;
    }
    inputs[INPUT.bidLots] = bidLots;
    inputs[INPUT.askLots] = askLots;
    inputs[INPUT.bidOrders] = bidOrders;
    inputs[INPUT.askOrders] = askOrders;
    inputs[INPUT.bidTicks] = book.bidTicksAt(0);
    inputs[INPUT.askTicks] = book.askTicksAt(0);
    inputs[INPUT.atNs] = book.recvNs;
    this.take();
  }

  /** Scores `inputs`. An empty side gives no score and leaves the average as it was. */
  take(): void {
    const { inputs, figures, config } = this;
    const bidLots = inputs[INPUT.bidLots];
    const askLots = inputs[INPUT.askLots];
    if (!(bidLots > 0 && askLots > 0)) {
      this.withdraw();
      return;
    }
    this.smooth((100 * (bidLots - askLots)) / (bidLots + askLots));
    const imbalance = clamp(config.imbalanceGain * figures[SMOOTHED], -100, 100);
    const bidOrders = inputs[INPUT.bidOrders];
    const ordersSum = bidOrders + inputs[INPUT.askOrders];
    const orders = ordersSum > 0 ? (100 * (bidOrders - inputs[INPUT.askOrders])) / ordersSum : 0;
    const lean = config.imbalanceWeight * imbalance + config.ordersWeight * orders;
    const bidTicks = inputs[INPUT.bidTicks];
    const askTicks = inputs[INPUT.askTicks];
    const spreadBps = (20_000 * (askTicks - bidTicks)) / (askTicks + bidTicks);
    const tightness = 100 * clamp(1 - spreadBps / config.spreadRefBps, 0, 1) * Math.sign(lean);
    figures[IMBALANCE] = imbalance;
    figures[ORDERS] = orders;
    figures[TIGHTNESS] = tightness;
    figures[SCORE] = clamp(lean + config.tightnessWeight * tightness, -100, 100);
    figures[AT_NS] = inputs[INPUT.atNs];
  }

  /** The book is hidden or its data too old: no score. The average goes on from where it was, by the time that passed. */
  withdraw(): void {
    const { figures } = this;
    figures[SCORE] = NaN;
    figures[IMBALANCE] = NaN;
    figures[ORDERS] = NaN;
    figures[TIGHTNESS] = NaN;
  }

  /** Whether there is a score that is still worth something at `nowNs`. */
  isValidAt(nowNs: number): boolean {
    return this.isThere && nowNs - this.figures[AT_NS] < this.config.validMs * NS_PER_MS;
  }

  /** What the score is worth at `nowNs`, 1 to 0; 0 without one. */
  freshnessAt(nowNs: number): number {
    return this.isThere ? freshnessOf((nowNs - this.figures[AT_NS]) / NS_PER_MS, this.config.validMs) : 0;
  }

  /**
   * CONFIDENCE at `nowNs`. High: new, strong, and both I and R have its sign. Low: old, or weak while I and R have
   * opposite signs. A part that is 0 has no sign.
   */
  confidenceAt(nowNs: number): number {
    const { figures, config } = this;
    if (!this.isThere) return CONFIDENCE.low;
    const ageMs = (nowNs - figures[AT_NS]) / NS_PER_MS;
    const score = figures[SCORE];
    const sign = Math.sign(score);
    const imbalanceSign = Math.sign(figures[IMBALANCE]);
    const ordersSign = Math.sign(figures[ORDERS]);
    const isStrong = Math.abs(score) >= config.strongFrom;
    if (ageMs < config.highAgeMs && isStrong && imbalanceSign === sign && ordersSign === sign) {
      return CONFIDENCE.high;
    }
    const isSplit = imbalanceSign * ordersSign < 0 && Math.abs(score) < config.moderateFrom;
    return ageMs > config.dataAgeMaxMs || isSplit ? CONFIDENCE.low : CONFIDENCE.medium;
  }

  private smooth(imbalancePct: number): void {
    const { figures, inputs } = this;
    const before = figures[SMOOTHED];
    const passedNs = inputs[INPUT.atNs] - figures[AT_NS];
    if (Number.isNaN(before)) {
      figures[SMOOTHED] = imbalancePct;
      return;
    }
    const kept = passedNs > 0 ? Math.exp(-passedNs * this.decayPerNs) : 1;
    figures[SMOOTHED] = imbalancePct + kept * (before - imbalancePct);
  }
}
