/**
 * Momentum: goes with the return of the last `lookback` bars. Long when it is above `thresholdBps`, short when it is below
 * minus that, flat inside half of it, otherwise as before (signals.md section 5). The defaults are a fast setting that has
 * something to do within seconds; the classic one is barMs 1000, lookback 20, thresholdBps 5.
 */
import { Lookback, SIDE, strategyFrom } from 'shrike/strategy';
import type {
  BiasView,
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

/** |bias| from which the slow path has a view (signals.md, section 3). */
const BIAS_VIEW_MIN = 20;
const BPS = 10_000;

const PARAMETERS = {
  barMs: { is: 'integer', default: 100, min: 10, max: 86_400_000, unit: 'ms', text: 'Length of a bar.' },
  lookback: { is: 'integer', default: 10, min: 1, max: 10_000, unit: 'bars', text: 'Bars the return is of.' },
  thresholdBps: {
    is: 'number',
    default: 0.5,
    min: 0.001,
    max: 10_000,
    unit: 'bps',
    text: 'Return from which a position is taken; inside half of it the position is given up.',
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
  respectBias: {
    is: 'flag',
    default: false,
    text: 'While there is a bias, only positions in its direction, from |bias| 20 on; the signal says so.',
  },
} as const;

type Parameters = ParameterValues<typeof PARAMETERS>;

class Momentum implements Strategy {
  private readonly parameters: Parameters;
  private readonly closes: PerInstrument<Lookback>;
  private readonly legs: PerInstrument<Leg>;

  constructor(setup: StrategySetup<Parameters>) {
    const { parameters } = setup;
    this.parameters = parameters;
    this.closes = setup.ofCloses(parameters.barMs, () => new Lookback(parameters.lookback));
    this.legs = setup.perInstrument((instrument) => new Leg(instrument, parameters));
  }

  onBar(context: StrategyContext, bar: ClosedBarView): void {
    const { parameters } = this;
    const leg = this.legs.of(bar.instrumentIndex);
    const returnBps = (bar.closeTicks / this.closes.of(bar.instrumentIndex).value - 1) * BPS;
    const bias = parameters.respectBias ? context.bias(bar.instrumentIndex) : null;
    const direction = filterByBias(directionOf(returnBps, leg.direction, parameters.thresholdBps), bias);
    if (direction !== leg.direction) {
      leg.direction = direction;
      const side = direction === 0 ? 0 : direction > 0 ? SIDE.buy : SIDE.sell;
      const label = parameters.respectBias ? biasLabel(bias) : 'momentum';
      context.signal(bar.instrumentIndex, side, returnBps, bar.closeTicks, label);
    }
    leg.target.moveTo(context, direction);
  }

  onReport(_context: StrategyContext, report: OrderReportView): void {
    this.legs.of(report.instrumentIndex).target.onReport(report);
  }
}

/** One instrument's target and where it stands. */
class Leg {
  readonly target: PositionTarget;
  direction: number;

  constructor(instrument: Instrument, config: PositionTargetConfig) {
    this.target = new PositionTarget(instrument, config);
    this.direction = 0;
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

/** The strategy. */
export const strategy: StrategyDefinition<typeof PARAMETERS> = {
  name: 'momentum',
  version: '1.0.0',
  text: 'goes with the return of the last bars: long above a threshold, short below, flat in between',
  parameters: PARAMETERS,
  create: (setup) => new Momentum(setup),
};

/** Makes the strategy. Throws Error listing every bad parameter. */
export const createStrategy: CreateStrategy = strategyFrom(strategy);
