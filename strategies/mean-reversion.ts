/**
 * Mean reversion: Bollinger bands on bars. Long below the lower band, short above the upper one, out at the middle
 * (signals.md section 5).
 */
import { Bollinger, SIDE, strategyFrom } from 'shrike/strategy';
import type {
  ClosedBarView,
  CreateStrategy,
  Instrument,
  OrderReportView,
  ParameterValues,
  PerInstrument,
  Strategy,
  StrategyContext,
  StrategyDefinition,
  StrategySetup,
} from 'shrike/strategy';
import { PositionTarget } from './lib/position-target.ts';
import type { PositionTargetConfig } from './lib/position-target.ts';

const PARAMETERS = {
  barMs: { is: 'integer', default: 250, min: 10, max: 86_400_000, unit: 'ms', text: 'Length of a bar.' },
  period: {
    is: 'integer',
    default: 20,
    min: 2,
    max: 10_000,
    unit: 'bars',
    text: 'Bars the bands are made of.',
  },
  width: {
    is: 'number',
    default: 2,
    min: 0.1,
    max: 10,
    unit: 'standard deviations',
    text: 'Distance of a band from the middle.',
  },
  notional: {
    is: 'number',
    default: 100,
    min: 0.01,
    max: 1e9,
    unit: 'of the quote asset',
    text: 'Value of a full position.',
  },
  slippageTicks: {
    is: 'integer',
    default: 2,
    min: 0,
    max: 1_000_000,
    unit: 'ticks',
    text: 'How far beyond the touch an order may pay.',
  },
  allowShort: { is: 'flag', default: true, text: 'Off: long or flat.' },
} as const;

type Parameters = ParameterValues<typeof PARAMETERS>;

/** One instrument's target and where it stands. */
class Leg {
  readonly target: PositionTarget;
  direction: number;

  constructor(instrument: Instrument, config: PositionTargetConfig) {
    this.target = new PositionTarget(instrument, config);
    this.direction = 0;
  }
}

class MeanReversion implements Strategy {
  private readonly bands: PerInstrument<Bollinger>;
  private readonly legs: PerInstrument<Leg>;

  constructor(setup: StrategySetup<Parameters>) {
    const { barMs, period, width } = setup.parameters;
    this.bands = setup.ofCloses(barMs, () => new Bollinger(period, width));
    this.legs = setup.perInstrument((instrument) => new Leg(instrument, setup.parameters));
  }

  onBar(context: StrategyContext, bar: ClosedBarView): void {
    const leg = this.legs.of(bar.instrumentIndex);
    const bands = this.bands.of(bar.instrumentIndex);
    const close = bar.closeTicks;
    const direction = directionOf(close, bands, leg.direction);
    if (direction !== leg.direction) {
      leg.direction = direction;
      const side = direction === 0 ? 0 : direction > 0 ? SIDE.buy : SIDE.sell;
      const { middle, deviation } = bands;
      const strength = deviation > 0 ? (middle - close) / deviation : 0;
      context.signal(bar.instrumentIndex, side, strength, close, 'mean-reversion');
    }
    leg.target.moveTo(context, direction);
  }

  onReport(_context: StrategyContext, report: OrderReportView): void {
    this.legs.of(report.instrumentIndex).target.onReport(report);
  }
}

function directionOf(close: number, bands: Bollinger, before: number): number {
  if (close < bands.lower) return 1;
  if (close > bands.upper) return -1;
  const hasReturned = before > 0 ? close >= bands.middle : close <= bands.middle;
  return before !== 0 && hasReturned ? 0 : before;
}

/** The strategy. */
export const strategy: StrategyDefinition<typeof PARAMETERS> = {
  name: 'mean-reversion',
  version: '1.0.0',
  text: 'buys below the lower Bollinger band, sells above the upper one, and is out again at the middle',
  parameters: PARAMETERS,
  create: (setup) => new MeanReversion(setup),
};

/** Makes the strategy. Throws Error listing every bad parameter. */
export const createStrategy: CreateStrategy = strategyFrom(strategy);
