/**
 * Momentum: goes with the return of the last `lookback` bars. Long when it is above `thresholdBps`, short when it is below
 * minus that, flat inside half of it, otherwise as before. Parameters (defaults):
 *   barMs 100, lookback 10, thresholdBps 0.5 a fast setting that has something to do within seconds; the classic one is
 *                                            1000, 20, 5
 *   notional 100                             value of a full position in the quote asset
 *   slippageTicks 2                          ticks beyond the touch an order may pay
 *   allowShort true                          false: long or flat
 *   respectBias false                        true: with a bias frame, only positions in its direction, from |bias| 20 on;
 *                                            without one there is no filter, and the signal says so
 */
import { Lookback, SIDE } from 'shrike/strategy';
import type {
  BiasView,
  ClosedBarView,
  Instrument,
  OrderReportView,
  Strategy,
  StrategyContext,
  StrategyParams,
} from 'shrike/strategy';
import { ParamReader } from './lib/params.ts';
import { POSITION_TARGET_DEFAULTS, PositionTarget } from './lib/position-target.ts';

/** |bias| from which the slow path has a view (signals.md, section 3). */
const BIAS_VIEW_MIN = 20;
const BPS = 10_000;

interface MomentumConfig {
  readonly barMs: number;
  readonly lookback: number;
  readonly thresholdBps: number;
  readonly notional: number;
  readonly slippageTicks: number;
  readonly allowShort: boolean;
  readonly respectBias: boolean;
}

function readConfig(params: StrategyParams): MomentumConfig {
  const reader = new ParamReader('momentum', params);
  const config: MomentumConfig = {
    barMs: reader.integer('barMs', 100, 10, 86_400_000),
    lookback: reader.integer('lookback', 10, 1, 10_000),
    thresholdBps: reader.number('thresholdBps', 0.5, 0.001, 10_000),
    notional: reader.number('notional', POSITION_TARGET_DEFAULTS.notional, 0.01, 1e9),
    slippageTicks: reader.integer('slippageTicks', POSITION_TARGET_DEFAULTS.slippageTicks, 0, 1_000_000),
    allowShort: reader.flag('allowShort', POSITION_TARGET_DEFAULTS.allowShort),
    respectBias: reader.flag('respectBias', false),
  };
  reader.finish();
  return config;
}

/** One instrument's window and target. */
class Leg {
  readonly closes: Lookback;
  readonly target: PositionTarget;
  direction: number;

  constructor(instrument: Instrument, config: MomentumConfig) {
    this.closes = new Lookback(config.lookback);
    this.target = new PositionTarget(instrument, config);
    this.direction = 0;
  }
}

class Momentum implements Strategy {
  private readonly config: MomentumConfig;
  private readonly legs: Leg[];

  constructor(config: MomentumConfig, instruments: readonly Instrument[]) {
    this.config = config;
    this.legs = instruments.map((instrument) => new Leg(instrument, config));
  }

  onStart(context: StrategyContext): void {
    for (const instrument of context.instruments) context.subscribeBars(instrument.index, this.config.barMs);
  }

  onInstrument(context: StrategyContext, instrument: Instrument): void {
    this.legs.push(new Leg(instrument, this.config));
    context.subscribeBars(instrument.index, this.config.barMs);
  }

  onBar(context: StrategyContext, bar: ClosedBarView): void {
    const leg = this.legs[bar.instrumentIndex];
    if (!bar.isComplete) {
      // A return across a hole in the data is no return.
      leg.closes.reset();
      return;
    }
    leg.closes.update(bar.closeTicks);
    if (!leg.closes.isReady) return;
    const returnBps = (bar.closeTicks / leg.closes.value - 1) * BPS;
    const bias = this.config.respectBias ? context.bias(bar.instrumentIndex) : null;
    const direction = filterByBias(directionOf(returnBps, leg.direction, this.config.thresholdBps), bias);
    if (direction !== leg.direction) {
      leg.direction = direction;
      const side = direction === 0 ? 0 : direction > 0 ? SIDE.buy : SIDE.sell;
      const label = this.config.respectBias ? biasLabel(bias) : 'momentum';
      context.signal(bar.instrumentIndex, side, returnBps, bar.closeTicks, label);
    }
    leg.target.moveTo(context, direction);
  }

  onReport(_context: StrategyContext, report: OrderReportView): void {
    this.legs[report.instrumentIndex].target.onReport(report);
  }
}

function directionOf(returnBps: number, before: number, thresholdBps: number): number {
  if (returnBps > thresholdBps) return 1;
  if (returnBps < -thresholdBps) return -1;
  return Math.abs(returnBps) < thresholdBps / 2 ? 0 : before;
}

/** With a bias frame only its direction counts; without one there is no filter. */
function filterByBias(direction: number, bias: BiasView | null): number {
  if (bias === null) return direction;
  return direction * bias.value >= BIAS_VIEW_MIN ? direction : 0;
}

function biasLabel(bias: BiasView | null): string {
  if (bias === null) return 'momentum, bias none';
  if (bias.value >= BIAS_VIEW_MIN) return 'momentum, bias up';
  return bias.value <= -BIAS_VIEW_MIN ? 'momentum, bias down' : 'momentum, bias neutral';
}

/** Makes the strategy. @throws Error listing every bad parameter */
export function createStrategy(params: StrategyParams, instruments: readonly Instrument[]): Strategy {
  return new Momentum(readConfig(params), instruments);
}
