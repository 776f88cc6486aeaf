/**
 * Mean reversion: Bollinger bands on bars. Long below the lower band, short above the upper one, out at the middle.
 * Parameters (defaults):
 *   barMs 250, period 20, width 2   bands over the closes of 20 bars, 2 standard deviations wide
 *   notional 100, slippageTicks 2, allowShort true   as for momentum
 */
import { Bollinger, SIDE } from 'shrike/strategy';
import type {
  ClosedBarView,
  Instrument,
  OrderReportView,
  Strategy,
  StrategyContext,
  StrategyParams,
} from 'shrike/strategy';
import { ParamReader } from './lib/params.ts';
import { POSITION_TARGET_DEFAULTS, PositionTarget } from './lib/position-target.ts';

interface MeanReversionConfig {
  readonly barMs: number;
  readonly period: number;
  readonly width: number;
  readonly notional: number;
  readonly slippageTicks: number;
  readonly allowShort: boolean;
}

function readConfig(params: StrategyParams): MeanReversionConfig {
  const reader = new ParamReader('mean-reversion', params);
  const config: MeanReversionConfig = {
    barMs: reader.integer('barMs', 250, 10, 86_400_000),
    period: reader.integer('period', 20, 2, 10_000),
    width: reader.number('width', 2, 0.1, 10),
    notional: reader.number('notional', POSITION_TARGET_DEFAULTS.notional, 0.01, 1e9),
    slippageTicks: reader.integer('slippageTicks', POSITION_TARGET_DEFAULTS.slippageTicks, 0, 1_000_000),
    allowShort: reader.flag('allowShort', POSITION_TARGET_DEFAULTS.allowShort),
  };
  reader.finish();
  return config;
}

/** One instrument's bands and target. */
class Leg {
  readonly bands: Bollinger;
  readonly target: PositionTarget;
  direction: number;

  constructor(instrument: Instrument, config: MeanReversionConfig) {
    this.bands = new Bollinger(config.period, config.width);
    this.target = new PositionTarget(instrument, config);
    this.direction = 0;
  }
}

class MeanReversion implements Strategy {
  private readonly config: MeanReversionConfig;
  private readonly legs: Leg[];

  constructor(config: MeanReversionConfig, instruments: readonly Instrument[]) {
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
      leg.bands.reset();
      return;
    }
    const close = bar.closeTicks;
    leg.bands.update(close);
    if (!leg.bands.isReady) return;
    const direction = directionOf(close, leg.bands, leg.direction);
    if (direction !== leg.direction) {
      leg.direction = direction;
      const side = direction === 0 ? 0 : direction > 0 ? SIDE.buy : SIDE.sell;
      const { middle, deviation } = leg.bands;
      const strength = deviation > 0 ? (middle - close) / deviation : 0;
      context.signal(bar.instrumentIndex, side, strength, close, 'mean-reversion');
    }
    leg.target.moveTo(context, direction);
  }

  onReport(_context: StrategyContext, report: OrderReportView): void {
    this.legs[report.instrumentIndex].target.onReport(report);
  }
}

function directionOf(close: number, bands: Bollinger, before: number): number {
  if (close < bands.lower) return 1;
  if (close > bands.upper) return -1;
  const hasReturned = before > 0 ? close >= bands.middle : close <= bands.middle;
  return before !== 0 && hasReturned ? 0 : before;
}

/** Makes the strategy. @throws Error listing every bad parameter */
export function createStrategy(params: StrategyParams, instruments: readonly Instrument[]): Strategy {
  return new MeanReversion(readConfig(params), instruments);
}
