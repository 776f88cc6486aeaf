// hot path: no allocation after start
import { clamp } from '../../core/clamp.ts';
import { SIDE } from '../../messages/enums.ts';
import { ALIGNMENT, alignmentOf, sizeMultiplierOf } from './alignment.ts';
import { isFalseBreakout } from './order-flow-filters.ts';
import type { ScalpingConfig } from './scalping-config.ts';
import { ScalpingTechnicals } from './scalping-technicals.ts';
import { VIEW_CLASS, viewClassOf } from './view-class.ts';

const NS_PER_MS = 1e6;

/** Why a scalping signal is there: bits. */
export const SIGNAL_REASON = {
  trend: 1,
  squeezeRelease: 2,
  vwapReversion: 4,
  orderFlow: 8,
  trendWithBias: 16,
  alignment: 32,
  conflict: 64,
} as const;

/** What became of a setup: a signal, or why none. */
export const SETUP = {
  signal: 0,
  /** Indicators are not warm. */
  warmingUp: 1,
  /** The book is not there, or has an empty side. */
  noBook: 2,
  /** No technical setup on either side. */
  noSetup: 3,
  /** A setup, but no valid order-flow score. */
  noScore: 4,
  /** A setup, but order flow is not with it. */
  scoreTooWeak: 5,
  /** A breakout that order flow stands strongly against. */
  falseBreakout: 6,
  /** Hybrid: the bias is neutral or points the other way. */
  againstBias: 7,
  /** Hybrid: on the wrong side of the frame's key level. */
  beyondKeyLevel: 8,
  /** The last signal of this side still lives, or its setup has not ended since. */
  repeated: 9,
  /** Stop or target would lie at a price of 0 or below. */
  noRoom: 10,
} as const;

/** What a setup is judged by; NaN = absent. */
export const SCALPING_INPUT = {
  bidTicks: 0,
  askTicks: 1,
  score: 2,
  bias: 3,
  keyLevelTicks: 4,
  nowNs: 5,
} as const;
const INPUT = SCALPING_INPUT;

const CONFIDENCE = 0;
const ENTRY = 1;
const STOP = 2;
const TARGET = 3;
const SCORE = 4;
const EXPIRES_NS = 5;

/**
 * The scalping signal of one instrument (signals.md section 4). Feed `technicals` with trades and closed bars, fill in
 * `inputs`, call `judge`. After SETUP.signal the getters describe the signal. A setup makes one signal: the next one
 * comes when the setup has ended in between, or the signal has expired. One thread.
 */
export class ScalpingSignal {
  readonly technicals: ScalpingTechnicals;
  readonly inputs: Float64Array = new Float64Array(6).fill(NaN);
  /** SIDE of the signal, or of the setup that was turned down; 0 = none. */
  side: number;
  /** SIGNAL_REASON bits. */
  reasons: number;
  /** ALIGNMENT of order flow and bias. */
  alignment: number;
  /** VIEW_CLASS of the score. */
  viewClass: number;
  /** Whether to enter at the other side's price instead of resting at the own one. */
  isMarketable: boolean;
  private readonly config: ScalpingConfig;
  private readonly figures: Float64Array = new Float64Array(6);
  /** monoNs until which a side's last signal lives, by SIDE; below the present once its setup has ended. */
  private readonly livesUntilNs: Float64Array = new Float64Array(3).fill(-Infinity);

  constructor(config: ScalpingConfig) {
    this.config = config;
    this.technicals = new ScalpingTechnicals(config);
    this.side = 0;
    this.reasons = 0;
    this.alignment = ALIGNMENT.noView;
    this.viewClass = VIEW_CLASS.neutral;
    this.isMarketable = false;
  }

  /** 0..100. */
  get confidence(): number {
    return this.figures[CONFIDENCE];
  }

  get entryTicks(): number {
    return this.figures[ENTRY];
  }

  get stopTicks(): number {
    return this.figures[STOP];
  }

  get targetTicks(): number {
    return this.figures[TARGET];
  }

  get score(): number {
    return this.figures[SCORE];
  }

  /** monoNs from which the signal must no longer be traded. */
  get expiresNs(): number {
    return this.figures[EXPIRES_NS];
  }

  /** By what the size is multiplied before risk. */
  get sizeMultiplier(): number {
    return sizeMultiplierOf(this.alignment, this.config.multipliers);
  }

  /** Judges the present; a SETUP. */
  judge(): number {
    const { technicals, inputs } = this;
    this.side = 0;
    if (!technicals.isReady) return SETUP.warmingUp;
    if (!(inputs[INPUT.bidTicks] > 0 && inputs[INPUT.askTicks] > inputs[INPUT.bidTicks])) return SETUP.noBook;
    technicals.measure();
    const long = this.setupOf(1);
    const side = long !== 0 ? SIDE.buy : SIDE.sell;
    const setup = long !== 0 ? long : this.setupOf(-1);
    // A side whose setup has ended may signal again at once.
    if (setup === 0) this.livesUntilNs.fill(-Infinity);
    else this.livesUntilNs[side === SIDE.buy ? SIDE.sell : SIDE.buy] = -Infinity;
    if (setup === 0) return SETUP.noSetup;
    this.side = side;
    this.reasons = setup;
    const refusal = this.refusalOf(side, setup);
    return refusal === SETUP.signal ? this.describe(side, setup) : refusal;
  }

  /** SIGNAL_REASON bits of the technical setup in a direction (1 long, -1 short); 0 = there is none. */
  private setupOf(direction: number): number {
    const { technicals, config } = this;
    if (!(technicals.trend * direction > 0)) return 0;
    const rsi = technicals.rsiNow;
    const strength = direction > 0 ? rsi : 100 - rsi;
    if (!(strength >= config.rsiLow && strength <= config.rsiHigh)) return 0;
    const isRelease = technicals.released === direction;
    const isReversion =
      technicals.vwapDeviations * direction <= -config.vwapDeviations && technicals.rsiTurn === direction;
    if (!isRelease && !isReversion) return 0;
    return (
      SIGNAL_REASON.trend |
      (isRelease ? SIGNAL_REASON.squeezeRelease : 0) |
      (isReversion ? SIGNAL_REASON.vwapReversion : 0)
    );
  }

  private refusalOf(side: number, setup: number): number {
    const { inputs, config } = this;
    const direction = side === SIDE.buy ? 1 : -1;
    const score = inputs[INPUT.score];
    if (Number.isNaN(score)) return SETUP.noScore;
    const isBreakout = (setup & SIGNAL_REASON.squeezeRelease) !== 0;
    if (isBreakout && isFalseBreakout(side, score, config.falseBreakoutScore)) return SETUP.falseBreakout;
    if (score * direction < config.scoreFrom) return SETUP.scoreTooWeak;
    const bias = inputs[INPUT.bias];
    if (config.isHybrid && !Number.isNaN(bias)) {
      if (!(bias * direction >= config.thresholds.moderateFrom)) return SETUP.againstBias;
      const level = inputs[INPUT.keyLevelTicks];
      const entry = side === SIDE.buy ? inputs[INPUT.bidTicks] : inputs[INPUT.askTicks];
      if ((entry - level) * direction <= 0) return SETUP.beyondKeyLevel;
    }
    return inputs[INPUT.nowNs] < this.livesUntilNs[side] ? SETUP.repeated : SETUP.signal;
  }

  /** Fills in the figures; a SETUP. */
  private describe(side: number, setup: number): number {
    const { inputs, config, figures, technicals } = this;
    const direction = side === SIDE.buy ? 1 : -1;
    const bidTicks = inputs[INPUT.bidTicks];
    const askTicks = inputs[INPUT.askTicks];
    const spread = askTicks - bidTicks;
    const score = inputs[INPUT.score];
    const bias = inputs[INPUT.bias];
    this.viewClass = viewClassOf(score, config.thresholds);
    this.alignment = alignmentOf(score, bias, config.thresholds);
    const isStrong = Math.abs(this.viewClass) === VIEW_CLASS.strongBuy;
    this.isMarketable = isStrong && spread <= config.takeSpreadTicks;
    const takes = this.isMarketable === (side === SIDE.buy);
    const entry = takes ? askTicks : bidTicks;
    const distance = Math.ceil(
      Math.max(config.stopAtr * technicals.atr, config.stopTicksMin, config.stopSpreadsMin * spread),
    );
    figures[ENTRY] = entry;
    figures[STOP] = entry - direction * distance;
    figures[TARGET] = entry + direction * Math.round(config.reward * distance);
    if (!(figures[STOP] > 0 && figures[TARGET] > 0)) return SETUP.noRoom;
    figures[SCORE] = score;
    figures[EXPIRES_NS] = inputs[INPUT.nowNs] + config.expiresMs * NS_PER_MS;
    this.livesUntilNs[side] = figures[EXPIRES_NS];
    const isWithBias = bias * direction >= config.thresholds.moderateFrom;
    this.reasons =
      setup |
      SIGNAL_REASON.orderFlow |
      (isWithBias ? SIGNAL_REASON.trendWithBias : 0) |
      alignmentBit(this.alignment);
    this.rate(isWithBias);
    return SETUP.signal;
  }

  private rate(isWithBias: boolean): void {
    const { figures, alignment, reasons } = this;
    const weights = this.config.confidence;
    let confidence = weights.base + weights.perScore * Math.abs(figures[SCORE]);
    if (isWithBias) confidence += weights.trendWithBias;
    if ((reasons & SIGNAL_REASON.squeezeRelease) !== 0) confidence += weights.release;
    if (alignment === ALIGNMENT.moderateConflict) confidence += weights.moderateConflict;
    if (alignment === ALIGNMENT.strongConflict) confidence += weights.strongConflict;
    figures[CONFIDENCE] = clamp(confidence, 0, 100);
  }
}

function alignmentBit(alignment: number): number {
  switch (alignment) {
    case ALIGNMENT.strongAlignment:
    case ALIGNMENT.moderateAlignment:
      return SIGNAL_REASON.alignment;
    case ALIGNMENT.moderateConflict:
    case ALIGNMENT.strongConflict:
      return SIGNAL_REASON.conflict;
    default:
      return 0;
  }
}
