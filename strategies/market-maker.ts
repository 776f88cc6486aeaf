/**
 * Market maker: quotes both sides around a reservation price that leans against its inventory.
 *
 * M. Avellaneda and S. Stoikov, High-frequency trading in a limit order book, Quantitative Finance 8(3), 2008, equations 29
 * and 30: reservation price r = s - q g v t, and a distance of bid and ask of g v t + (2/g) ln(1 + g/k), where s is the mid, q
 * the inventory, g the aversion to risk, v the variance of the mid per second, t the time left and k how fast fills become
 * rarer with the distance. Here s is followed in basis points of the mid and q counts orders, so that the same numbers do
 * for any instrument; the market never closes, so the time left is a constant (horizonMs).
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
import { OrderSize } from './lib/order-size.ts';
import { RestingOrder } from './lib/resting-order.ts';

const PARAMETERS = {
  notional: {
    is: 'number',
    default: 100,
    min: 0.01,
    max: 1e9,
    unit: 'of the quote asset',
    text: 'Value of a quote.',
  },
  maxInventory: {
    is: 'number',
    default: 500,
    min: 0.01,
    max: 1e9,
    unit: 'of the quote asset',
    text: 'Most a position may be worth: beyond it only the side that lowers it is quoted.',
  },
  riskAversion: {
    is: 'number',
    default: 0.1,
    min: 1e-6,
    max: 100,
    unit: 'per bps',
    text: 'How much quotes lean against the inventory, and widen with volatility (g).',
  },
  fillDecay: {
    is: 'number',
    default: 0.5,
    min: 1e-4,
    max: 1_000,
    unit: 'per bps',
    text: 'How fast fills become rarer with the distance from the mid (k).',
  },
  horizonMs: {
    is: 'integer',
    default: 10_000,
    min: 100,
    max: 86_400_000,
    unit: 'ms',
    text: 'Time over which inventory is a risk (t).',
  },
  halfSpreadBpsMin: {
    is: 'number',
    default: 0,
    min: 0,
    max: 10_000,
    unit: 'bps',
    text: 'Least distance of a quote from the reservation price; below the maker fee every round trip loses.',
  },
  sampleMs: {
    is: 'integer',
    default: 1_000,
    min: 10,
    max: 3_600_000,
    unit: 'ms',
    text: 'Distance of the mids that volatility is measured by.',
  },
  volatilityMs: {
    is: 'integer',
    default: 60_000,
    min: 100,
    max: 86_400_000,
    unit: 'ms',
    text: 'Time over which an old mid loses half of its weight in it.',
  },
  toleranceBps: {
    is: 'number',
    default: 0.5,
    min: 0,
    max: 1_000,
    unit: 'bps',
    text: 'A quote stays while it is no further than this from where it should be.',
  },
  refreshMs: {
    is: 'integer',
    default: 250,
    min: 0,
    max: 3_600_000,
    unit: 'ms',
    text: 'Least time between two quotes of a side.',
  },
} as const;

type Parameters = ParameterValues<typeof PARAMETERS>;

const BPS = 10_000;
const NS_PER_MS = 1e6;
const NS_PER_S = 1e9;
/** Mids measured before the first quote. */
const SAMPLES_MIN = 10;
const NOTHING: Readonly<Record<string, number>> = {};

/** Places of a leg's numbers that change. */
const VARIANCE = 0;
const SAMPLED_NS = 1;
const SAMPLED_MID = 2;
const BID_NS = 3;
const ASK_NS = 4;
const BID_TARGET = 5;
const ASK_TARGET = 6;

/** What belongs to one instrument. */
class Leg {
  readonly instrument: Instrument;
  readonly size: OrderSize;
  readonly bid: RestingOrder;
  readonly ask: RestingOrder;
  readonly maxCash: number;
  /** In an array, because a fraction in a field is a new object at every store. */
  readonly numbers: Float64Array = new Float64Array(7);
  samples: number;

  constructor(instrument: Instrument, { notional, maxInventory }: Parameters) {
    this.instrument = instrument;
    this.size = new OrderSize(instrument, notional);
    this.bid = new RestingOrder(instrument.index, SIDE.buy);
    this.ask = new RestingOrder(instrument.index, SIDE.sell);
    this.maxCash = maxInventory / cashUnitValue(instrument);
    this.samples = 0;
  }
}

class MarketMaker implements Strategy {
  private readonly parameters: Parameters;
  private readonly legs: PerInstrument<Leg>;
  /** Weight of a new sample of the variance. */
  private readonly weight: number;

  constructor(setup: StrategySetup<Parameters>) {
    const { parameters } = setup;
    this.parameters = parameters;
    this.legs = setup.perInstrument((instrument) => new Leg(instrument, parameters));
    this.weight = 1 - 0.5 ** (parameters.sampleMs / parameters.volatilityMs);
  }

  onBook(context: StrategyContext, book: BookView): void {
    const leg = this.legs.of(book.instrumentIndex);
    if (book.bidTicks <= 0 || book.askTicks <= 0) {
      this.withdraw(context, leg);
      return;
    }
    this.sample(context, leg, book);
    if (leg.samples < SAMPLES_MIN) {
      context.explain(leg.instrument.index, 'volatility is not known yet', NOTHING);
      return;
    }
    this.quote(context, leg, book);
  }

  /** What cannot be seen is not quoted. */
  onBookHidden(context: StrategyContext, instrumentIndex: number): void {
    const leg = this.legs.of(instrumentIndex);
    leg.samples = 0;
    this.withdraw(context, leg);
  }

  onReport(context: StrategyContext, report: OrderReportView): void {
    const leg = this.legs.of(report.instrumentIndex);
    if (leg.bid.onReport(report) || leg.ask.onReport(report) || report.isTerminal) return;
    // A quote of an earlier thread: nobody knows why it stands where it does.
    context.cancel(report.orderId);
  }

  /** Takes the mid into the variance, every sampleMs. The first mid and the first after a gap only begin. */
  private sample(context: StrategyContext, leg: Leg, book: BookView): void {
    const { numbers } = leg;
    const { nowNs } = context;
    const sampleNs = this.parameters.sampleMs * NS_PER_MS;
    const elapsedNs = nowNs - numbers[SAMPLED_NS];
    if (leg.samples > 0 && elapsedNs < sampleNs) return;
    const mid = book.midTicks;
    if (leg.samples > 0) {
      const moved = (BPS * (mid - numbers[SAMPLED_MID])) / mid;
      const perSecond = (moved * moved * NS_PER_S) / elapsedNs;
      // The mean of all at first, then the moving average.
      const weight = Math.max(this.weight, 1 / leg.samples);
      numbers[VARIANCE] += weight * (perSecond - numbers[VARIANCE]);
    } else numbers[VARIANCE] = 0;
    numbers[SAMPLED_NS] = nowNs;
    numbers[SAMPLED_MID] = mid;
    leg.samples++;
  }

  private quote(context: StrategyContext, leg: Leg, book: BookView): void {
    const { riskAversion, fillDecay, horizonMs, halfSpreadBpsMin } = this.parameters;
    const mid = book.midTicks;
    const lots = leg.size.lotsAt(book.bidTicks);
    const { netLots } = context.position(leg.instrument.index);
    const risk = (riskAversion * leg.numbers[VARIANCE] * horizonMs) / 1_000;
    const half = Math.max(halfSpreadBpsMin, risk / 2 + Math.log1p(riskAversion / fillDecay) / riskAversion);
    const reservation = -(netLots / lots) * risk;
    leg.numbers[BID_TARGET] = Math.min(
      Math.floor(mid + (mid * (reservation - half)) / BPS),
      book.askTicks - 1,
    );
    leg.numbers[ASK_TARGET] = Math.max(
      Math.ceil(mid + (mid * (reservation + half)) / BPS),
      book.bidTicks + 1,
    );
    const mostLots = leg.maxCash / mid;
    if (netLots + lots > mostLots) leg.numbers[BID_TARGET] = 0;
    if (lots - netLots > mostLots) leg.numbers[ASK_TARGET] = 0;
    this.keep(context, leg, leg.bid, BID_TARGET, BID_NS, lots);
    this.keep(context, leg, leg.ask, ASK_TARGET, ASK_NS, lots);
  }

  /** Keeps one side at its target; 0 or less = nowhere. Fractions stay in the array: handed over they would be objects. */
  private keep(
    context: StrategyContext,
    leg: Leg,
    order: RestingOrder,
    targetPlace: number,
    timePlace: number,
    lots: number,
  ): void {
    const { toleranceBps, refreshMs } = this.parameters;
    const priceTicks = leg.numbers[targetPlace];
    if (order.isOpen) {
      const away = Math.abs(order.priceTicks - priceTicks);
      if (priceTicks <= 0 || away > (toleranceBps / BPS) * priceTicks) order.cancel(context);
      return;
    }
    if (priceTicks <= 0 || context.nowNs - leg.numbers[timePlace] < refreshMs * NS_PER_MS) return;
    if (order.post(context, priceTicks, lots)) leg.numbers[timePlace] = context.nowNs;
  }

  private withdraw(context: StrategyContext, leg: Leg): void {
    leg.bid.cancel(context);
    leg.ask.cancel(context);
  }
}

/** The strategy. */
export const strategy: StrategyDefinition<typeof PARAMETERS> = {
  name: 'market-maker',
  version: '1.0.0',
  text: 'quotes both sides around a price that leans against its inventory (Avellaneda-Stoikov), post-only and within limits',
  parameters: PARAMETERS,
  create: (setup) => new MarketMaker(setup),
};

/** Makes the strategy. Throws Error listing every bad parameter. */
export const createStrategy: CreateStrategy = strategyFrom(strategy);
