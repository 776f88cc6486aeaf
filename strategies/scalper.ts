/**
 * Scalper: trades the scalping signal (signals.md section 4) with brackets. A trend of averages, and a squeeze that is
 * released or a price far from VWAP that turns, with order flow on its side; with a bias only in its direction. Each
 * position has a stop, a target and a time limit; near its stop order flow may hold it up to a hard stop, or end it.
 */
import {
  ALIGNMENT,
  BRACKET_END,
  BRACKET_STATE,
  riskLots,
  SCALPING_INPUT,
  ScalpingSignal,
  SETUP,
  SIDE,
  SIGNAL_OUTCOME,
  STOP_ACTION,
  stopActionOf,
  strategyFrom,
  cashUnitValue,
} from 'shrike/strategy';
import type {
  BookView,
  BracketPlan,
  BracketView,
  ClosedBarView,
  CreateStrategy,
  Instrument,
  ParameterValues,
  SignalSettings,
  Strategy,
  StrategyContext,
  StrategyDefinition,
  StrategySetup,
  TradeView,
} from 'shrike/strategy';
import { SCALPING_PARAMETERS, scalpingConfigOf } from './lib/scalping-parameters.ts';

const OWN_PARAMETERS = {
  riskPct: {
    is: 'number',
    default: 0.5,
    min: 0.001,
    max: 100,
    unit: '% of equity',
    text: 'Loss at the stop.',
  },
  riskCash: {
    is: 'number',
    default: 50,
    min: 0.001,
    max: 1e9,
    unit: 'of the quote asset',
    text: 'Most that may be lost at the stop.',
  },
  maxNotional: {
    is: 'number',
    default: 2_000,
    min: 0.01,
    max: 1e9,
    unit: 'of the quote asset',
    text: 'Most a position may be worth, however near its stop is.',
  },
  maxPositions: {
    is: 'integer',
    default: 3,
    min: 1,
    max: 64,
    unit: 'positions',
    text: 'Signals in the market at once.',
  },
  timeStopMs: {
    is: 'integer',
    default: 900_000,
    min: 0,
    max: 86_400_000,
    unit: 'ms',
    text: 'Longest life of a position; 0: no limit.',
  },
  minHoldMs: {
    is: 'integer',
    default: 0,
    min: 0,
    max: 86_400_000,
    unit: 'ms',
    text: 'Order flow ends no position before this.',
  },
  slippageTicks: {
    is: 'integer',
    default: 5,
    min: 0,
    max: 1_000_000,
    unit: 'ticks',
    text: 'How far beyond the touch closing may pay.',
  },
  stopProtection: {
    is: 'flag',
    default: true,
    text: 'Near its stop, order flow may hold a position or end it at once.',
  },
  protectionScore: {
    is: 'number',
    default: 50,
    min: 0,
    max: 100,
    text: 'Order-flow score that holds or ends it.',
  },
  nearStop: {
    is: 'number',
    default: 0.25,
    min: 0,
    max: 1,
    unit: 'stop distances',
    text: 'What is near the stop.',
  },
  hardStop: {
    is: 'number',
    default: 1.5,
    min: 1,
    max: 100,
    unit: 'stop distances',
    text: 'Where a held position is closed all the same.',
  },
  allowShort: { is: 'flag', default: true, text: 'Off: long or nothing.' },
} as const;

const PARAMETERS: typeof SCALPING_PARAMETERS & typeof OWN_PARAMETERS = {
  ...SCALPING_PARAMETERS,
  ...OWN_PARAMETERS,
};

type Parameters = ParameterValues<typeof PARAMETERS>;

const NS_PER_MS = 1e6;
const NOTHING: Readonly<Record<string, number>> = {};

/** Why there is no signal, by SETUP; empty = nothing to say. */
const REFUSALS: readonly string[] = refusalTexts();

function refusalTexts(): string[] {
  const texts = Object.values(SETUP).map(() => '');
  texts[SETUP.warmingUp] = 'indicators are warming up';
  texts[SETUP.noBook] = 'no book with two sides';
  texts[SETUP.noScore] = 'a setup, no order-flow score';
  texts[SETUP.scoreTooWeak] = 'a setup, order flow too weak';
  texts[SETUP.falseBreakout] = 'false breakout';
  texts[SETUP.againstBias] = 'a setup against the bias';
  texts[SETUP.beyondKeyLevel] = 'a setup beyond the key level';
  texts[SETUP.noRoom] = 'no room for stop and target';
  return texts;
}

/** A plan that is written over each time. */
class Plan implements BracketPlan {
  side = 0;
  entryTicks = 0;
  isMarketable = false;
  qtyLots = 0;
  stopTicks = 0;
  hardStopTicks = 0;
  targetTicks = 0;
  slippageTicks = 0;
  entryExpiresNs = 0;
  timeStopNs = 0;
}

/** What belongs to one instrument. */
class Leg {
  readonly instrument: Instrument;
  readonly signal: ScalpingSignal;
  readonly plan: Plan = new Plan();
  readonly explained: { score: number; bias: number; spread: number } = { score: 0, bias: 0, spread: 0 };
  /** Bracket in the market and the signal it came of; 0 = none. */
  bracketId: number;
  signalId: number;
  /** monoNs of its entry. */
  readonly times: Float64Array = new Float64Array(1);

  constructor(instrument: Instrument, parameters: Parameters, settings: SignalSettings) {
    this.instrument = instrument;
    this.signal = new ScalpingSignal(scalpingConfigOf(parameters, settings));
    this.bracketId = 0;
    this.signalId = 0;
  }
}

class Scalper implements Strategy {
  private readonly parameters: Parameters;
  private readonly legs: Leg[] = [];

  constructor(setup: StrategySetup<Parameters>) {
    this.parameters = setup.parameters;
    setup.bars(setup.parameters.barMs);
  }

  onStart(context: StrategyContext): void {
    for (const instrument of context.instruments) this.onInstrument(context, instrument);
  }

  onInstrument(context: StrategyContext, instrument: Instrument): void {
    const leg = new Leg(instrument, this.parameters, context.signalSettings);
    this.legs[instrument.index] = leg;
    this.resume(context, leg);
  }

  /** A bracket outlives the thread it was opened on, and so does a hold of its stop: it is looked after again. */
  private resume(context: StrategyContext, { instrument, plan, times }: Leg): void {
    const bracket = context.latestBracket(instrument.index);
    if (bracket === null) return;
    const { side, stopTicks, targetTicks } = bracket;
    const distance = Math.abs(targetTicks - stopTicks) / (1 + this.parameters.reward);
    this.legs[instrument.index].bracketId = bracket.bracketId;
    plan.side = side;
    plan.stopTicks = stopTicks;
    plan.entryTicks = side === SIDE.buy ? stopTicks + distance : stopTicks - distance;
    times[0] = context.nowNs;
  }

  onTrade(_context: StrategyContext, trade: TradeView): void {
    this.legs[trade.instrumentIndex].signal.technicals.onTrade(trade);
  }

  onBar(_context: StrategyContext, bar: ClosedBarView): void {
    this.legs[bar.instrumentIndex].signal.technicals.onBar(bar);
  }

  onBook(context: StrategyContext, book: BookView): void {
    const leg = this.legs[book.instrumentIndex];
    const { inputs } = leg.signal;
    const flow = context.orderFlow(book.instrumentIndex);
    const bias = context.bias(book.instrumentIndex);
    inputs[SCALPING_INPUT.bidTicks] = book.bidTicks;
    inputs[SCALPING_INPUT.askTicks] = book.askTicks;
    inputs[SCALPING_INPUT.nowNs] = context.nowNs;
    if (flow === null) inputs[SCALPING_INPUT.score] = NaN;
    else inputs[SCALPING_INPUT.score] = flow.score;
    if (bias === null) {
      inputs[SCALPING_INPUT.bias] = NaN;
      inputs[SCALPING_INPUT.keyLevelTicks] = NaN;
    } else {
      inputs[SCALPING_INPUT.bias] = bias.value;
      inputs[SCALPING_INPUT.keyLevelTicks] = bias.keyLevelTicks;
    }
    if (leg.bracketId !== 0) this.protect(context, leg);
    this.look(context, leg);
  }

  onBracket(context: StrategyContext, bracket: BracketView): void {
    const leg = this.legs[bracket.instrumentIndex];
    if (bracket.bracketId !== leg.bracketId) return;
    if (bracket.end === BRACKET_END.notFilled) {
      context.settle(bracket.instrumentIndex, leg.signalId, SIGNAL_OUTCOME.notFilled, leg.bracketId);
    }
    leg.bracketId = 0;
    leg.signalId = 0;
  }

  /** Judges the present, records a signal, and trades it or says why not. */
  private look(context: StrategyContext, leg: Leg): void {
    const { signal, instrument } = leg;
    const setup = signal.judge();
    if (setup !== SETUP.signal) {
      if (REFUSALS[setup] !== '') this.explain(context, leg, setup);
      return;
    }
    const signalId = context.propose(instrument.index, signal, 'scalping');
    const outcome = this.trade(context, leg, signalId);
    context.settle(
      instrument.index,
      signalId,
      outcome,
      outcome === SIGNAL_OUTCOME.traded ? leg.bracketId : 0,
    );
  }

  /** Opens a bracket for the signal; a SIGNAL_OUTCOME. */
  private trade(context: StrategyContext, leg: Leg, signalId: number): number {
    const { signal, instrument, plan } = leg;
    const { parameters } = this;
    if (signal.side === SIDE.sell && !parameters.allowShort) return SIGNAL_OUTCOME.refused;
    if (leg.bracketId !== 0) return SIGNAL_OUTCOME.positionOpen;
    if (signal.alignment === ALIGNMENT.strongConflict) return SIGNAL_OUTCOME.waitForAlignment;
    if (context.bracketCount >= parameters.maxPositions) return SIGNAL_OUTCOME.tooMany;
    const equity = context.equity(instrument.index);
    if (!(equity > 0)) return SIGNAL_OUTCOME.noEquity;
    const lots = this.lotsOf(leg, equity);
    if (lots === 0) return SIGNAL_OUTCOME.tooSmall;
    const direction = signal.side === SIDE.buy ? 1 : -1;
    const distance = Math.abs(signal.entryTicks - signal.stopTicks);
    const hardStop = signal.entryTicks - direction * Math.ceil(distance * parameters.hardStop);
    plan.side = signal.side;
    plan.entryTicks = signal.entryTicks;
    plan.isMarketable = signal.isMarketable;
    plan.qtyLots = lots;
    plan.stopTicks = signal.stopTicks;
    plan.hardStopTicks = hardStop > 0 ? hardStop : signal.stopTicks;
    plan.targetTicks = signal.targetTicks;
    plan.slippageTicks = parameters.slippageTicks;
    plan.entryExpiresNs = signal.expiresNs;
    plan.timeStopNs = parameters.timeStopMs * NS_PER_MS;
    const bracketId = context.openBracket(instrument.index, plan);
    if (bracketId <= 0) return SIGNAL_OUTCOME.refused;
    leg.bracketId = bracketId;
    leg.signalId = signalId;
    leg.times[0] = context.nowNs;
    return SIGNAL_OUTCOME.traded;
  }

  /** Lots whose loss at the stop is the risk budget, within what venue and parameters allow; 0 when none is. */
  private lotsOf({ signal, instrument }: Leg, equityCash: number): number {
    const { riskPct, riskCash, maxNotional } = this.parameters;
    const unit = cashUnitValue(instrument);
    const distance = Math.abs(signal.entryTicks - signal.stopTicks);
    const byRisk = riskLots(equityCash, riskPct, riskCash / unit, signal.sizeMultiplier, distance);
    const most = Math.floor(maxNotional / unit / signal.entryTicks);
    const lots = Math.min(byRisk, most, instrument.maxQtyLots);
    const isEnough =
      lots >= Math.max(instrument.minQtyLots, 1) && lots * signal.entryTicks >= instrument.minNotionalCash;
    return isEnough ? lots : 0;
  }

  /** Stop protection (signals.md section 3): what order flow says about a position near its stop. */
  private protect(context: StrategyContext, leg: Leg): void {
    const { parameters } = this;
    const bracket = context.bracket(leg.bracketId);
    if (!parameters.stopProtection || bracket === null || bracket.state !== BRACKET_STATE.open) return;
    const { plan } = leg;
    const { inputs } = leg.signal;
    const direction = plan.side === SIDE.buy ? 1 : -1;
    const touch = direction > 0 ? inputs[SCALPING_INPUT.bidTicks] : inputs[SCALPING_INPUT.askTicks];
    const left = (touch - bracket.stopTicks) * direction;
    const distance = Math.abs(plan.entryTicks - plan.stopTicks);
    const action =
      left <= parameters.nearStop * distance
        ? stopActionOf(plan.side, inputs[SCALPING_INPUT.score], parameters.protectionScore)
        : STOP_ACTION.honour;
    const heldNs = context.nowNs - leg.times[0];
    if (action === STOP_ACTION.exitNow && heldNs >= parameters.minHoldMs * NS_PER_MS) {
      context.closeBracket(leg.bracketId);
      return;
    }
    context.holdBracket(leg.bracketId, action === STOP_ACTION.hold);
  }

  private explain(context: StrategyContext, leg: Leg, setup: number): void {
    const { index } = leg.instrument;
    if (setup === SETUP.warmingUp || setup === SETUP.noBook) {
      context.explain(index, REFUSALS[setup], NOTHING);
      return;
    }
    const { inputs } = leg.signal;
    const { explained } = leg;
    explained.score = inputs[SCALPING_INPUT.score];
    explained.bias = inputs[SCALPING_INPUT.bias];
    explained.spread = inputs[SCALPING_INPUT.askTicks] - inputs[SCALPING_INPUT.bidTicks];
    context.explain(index, REFUSALS[setup], explained);
  }
}

/** The strategy. */
export const strategy: StrategyDefinition<typeof PARAMETERS> = {
  name: 'scalper',
  version: '1.0.0',
  text: 'trades squeeze releases and returns to VWAP with order flow and bias on their side, each with stop, target and time limit',
  parameters: PARAMETERS,
  onGap: 'keep',
  create: (setup) => new Scalper(setup),
};

/** Makes the strategy. Throws Error listing every bad parameter. */
export const createStrategy: CreateStrategy = strategyFrom(strategy);
