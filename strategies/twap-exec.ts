/**
 * TWAP execution: moves the position of every instrument to a target, evenly over a time. The time is cut into slices; in each,
 * what is due rests at the touch first, and what has not been filled near its end is taken. The target is a position, not an
 * amount to trade: a strategy that starts again goes on from what there is and never trades it twice.
 */
import { cashUnitValue, SIDE, strategyFrom } from 'shrike/strategy';
import type {
  BookView,
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
import { RestingOrder } from './lib/resting-order.ts';

const PARAMETERS = {
  target: {
    is: 'number',
    default: 500,
    min: -1e9,
    max: 1e9,
    unit: 'of the quote asset',
    text: 'Value of the position at the end, at the mid of the beginning; negative = short, 0 = none.',
  },
  durationMs: {
    is: 'integer',
    default: 60_000,
    min: 100,
    max: 86_400_000,
    unit: 'ms',
    text: 'Time it takes.',
  },
  slices: {
    is: 'integer',
    default: 12,
    min: 1,
    max: 10_000,
    unit: 'slices',
    text: 'Parts the time is cut into.',
  },
  restShare: {
    is: 'number',
    default: 0.7,
    min: 0,
    max: 1,
    unit: 'of a slice',
    text: 'Time in which an order rests at the touch, before what is left is taken; 1 = nothing is taken.',
  },
  limitBps: {
    is: 'number',
    default: 50,
    min: 0,
    max: 10_000,
    unit: 'bps',
    text: 'Most a price may be worse than the mid of the beginning; beyond it execution waits.',
  },
  slippageTicks: {
    is: 'integer',
    default: 2,
    min: 0,
    max: 1_000_000,
    unit: 'ticks',
    text: 'How far beyond the touch taking may pay.',
  },
  refreshMs: {
    is: 'integer',
    default: 250,
    min: 0,
    max: 3_600_000,
    unit: 'ms',
    text: 'Least time between two orders that rest.',
  },
} as const;

type Parameters = ParameterValues<typeof PARAMETERS>;

const BPS = 10_000;
const NS_PER_MS = 1e6;
const NOTHING: Readonly<Record<string, number>> = {};

/** Places of a leg's numbers. */
const BEGAN_NS = 0;
const ARRIVAL_MID = 1;
const POSTED_NS = 2;

/** What belongs to one instrument. */
class Leg {
  readonly instrument: Instrument;
  readonly buy: RestingOrder;
  readonly sell: RestingOrder;
  readonly numbers: Float64Array = new Float64Array(3);
  isBegun: boolean;
  isDone: boolean;
  /** Position at the beginning and at the end. */
  fromLots: number;
  toLots: number;
  /** Slice whose order is in the market. */
  slice: number;
  /** Orders of an earlier thread that are being cancelled. */
  readonly strays: Set<number> = new Set();

  constructor(instrument: Instrument) {
    this.instrument = instrument;
    this.buy = new RestingOrder(instrument.index, SIDE.buy);
    this.sell = new RestingOrder(instrument.index, SIDE.sell);
    this.isBegun = false;
    this.isDone = false;
    this.fromLots = 0;
    this.toLots = 0;
    this.slice = 0;
  }
}

class TwapExec implements Strategy {
  private readonly parameters: Parameters;
  private readonly legs: PerInstrument<Leg>;

  constructor(setup: StrategySetup<Parameters>) {
    this.parameters = setup.parameters;
    this.legs = setup.perInstrument((instrument) => new Leg(instrument));
  }

  onBook(context: StrategyContext, book: BookView): void {
    const leg = this.legs.of(book.instrumentIndex);
    if (leg.isDone || leg.strays.size > 0 || book.bidTicks <= 0 || book.askTicks <= 0) return;
    if (!leg.isBegun) this.begin(context, leg, book);
    this.work(context, leg, book);
  }

  onBookHidden(context: StrategyContext, instrumentIndex: number): void {
    const leg = this.legs.of(instrumentIndex);
    leg.buy.cancel(context);
    leg.sell.cancel(context);
  }

  onReport(context: StrategyContext, report: OrderReportView): void {
    const leg = this.legs.of(report.instrumentIndex);
    if (leg.buy.onReport(report) || leg.sell.onReport(report)) return;
    // An order of an earlier thread: its fills are in the position once it has ended.
    if (report.isTerminal) leg.strays.delete(report.orderId);
    else if (report.state === report.previousState) {
      leg.strays.add(report.orderId);
      context.cancel(report.orderId);
    }
  }

  private begin(context: StrategyContext, leg: Leg, book: BookView): void {
    const { instrument, numbers } = leg;
    numbers[BEGAN_NS] = context.nowNs;
    numbers[ARRIVAL_MID] = book.midTicks;
    leg.fromLots = context.position(instrument.index).netLots;
    leg.toLots = Math.round(this.parameters.target / cashUnitValue(instrument) / book.midTicks);
    leg.isBegun = true;
    const side = leg.toLots === leg.fromLots ? 0 : leg.toLots > leg.fromLots ? SIDE.buy : SIDE.sell;
    context.signal(instrument.index, side, leg.toLots - leg.fromLots, book.midTicks, 'twap begins');
  }

  private work(context: StrategyContext, leg: Leg, book: BookView): void {
    const { durationMs, slices, restShare } = this.parameters;
    const { instrument, numbers } = leg;
    const sliceNs = (durationMs * NS_PER_MS) / slices;
    const elapsedNs = context.nowNs - numbers[BEGAN_NS];
    const slice = Math.min(slices, Math.floor(elapsedNs / sliceNs) + 1);
    const isOver = elapsedNs >= durationMs * NS_PER_MS;
    const isBuy = leg.toLots > leg.fromLots;
    const order = isBuy ? leg.buy : leg.sell;
    const touch = isBuy ? book.bidTicks : book.askTicks;
    const isTaking = restShare < 1 && elapsedNs >= (slice - 1 + restShare) * sliceNs;
    if (order.isOpen) {
      if (slice !== leg.slice || isTaking || order.priceTicks !== touch) order.cancel(context);
      return;
    }
    const dueLots = leg.fromLots + Math.round(((leg.toLots - leg.fromLots) * slice) / slices);
    const missing = dueLots - context.position(instrument.index).netLots;
    const lots = Math.min(isBuy ? missing : -missing, instrument.maxQtyLots);
    if (lots < Math.max(1, instrument.minQtyLots) || lots * touch < instrument.minNotionalCash) {
      // Less than an order waits for the next slice; at the end it stays.
      if (isOver) this.end(context, leg, book);
      return;
    }
    leg.slice = slice;
    this.send(context, leg, isBuy, isTaking, book, lots);
  }

  /** Rests at the touch, or takes. */
  private send(
    context: StrategyContext,
    leg: Leg,
    isBuy: boolean,
    isTaking: boolean,
    book: BookView,
    lots: number,
  ): void {
    const { slippageTicks, refreshMs } = this.parameters;
    const { numbers, instrument } = leg;
    const order = isBuy ? leg.buy : leg.sell;
    const priceTicks = isBuy === isTaking ? book.askTicks : book.bidTicks;
    if (!this.isWithin(leg, priceTicks)) {
      context.explain(instrument.index, 'the price is beyond its limit', NOTHING);
      return;
    }
    if (isTaking) {
      order.take(context, priceTicks + (isBuy ? slippageTicks : -slippageTicks), lots);
      return;
    }
    if (numbers[POSTED_NS] > 0 && context.nowNs - numbers[POSTED_NS] < refreshMs * NS_PER_MS) return;
    if (order.post(context, priceTicks, lots)) numbers[POSTED_NS] = context.nowNs;
  }

  /** Whether a price is no worse than the limit allows. */
  private isWithin({ numbers, toLots, fromLots }: Leg, priceTicks: number): boolean {
    const { limitBps } = this.parameters;
    const worse = (BPS * (priceTicks - numbers[ARRIVAL_MID])) / numbers[ARRIVAL_MID];
    return (toLots > fromLots ? worse : -worse) <= limitBps;
  }

  private end(context: StrategyContext, leg: Leg, book: BookView): void {
    leg.isDone = true;
    const left = leg.toLots - context.position(leg.instrument.index).netLots;
    context.signal(leg.instrument.index, 0, left, book.midTicks, 'twap is done');
  }
}

/** The strategy. */
export const strategy: StrategyDefinition<typeof PARAMETERS> = {
  name: 'twap-exec',
  version: '1.0.0',
  text: 'moves a position to a target evenly over a time: rests at the touch, takes what is left of each slice',
  parameters: PARAMETERS,
  create: (setup) => new TwapExec(setup),
};

/** Makes the strategy. Throws Error listing every bad parameter. */
export const createStrategy: CreateStrategy = strategyFrom(strategy);
