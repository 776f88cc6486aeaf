/**
 * Tick taker: an order on every `everyUpdates`-th book update of an instrument, buying and selling in turn, never more than
 * `maxOpenPerInstrument` orders on their way. Made to measure latency and to keep an engine busy in drills, not to earn
 * anything.
 */
import { ORDER_TYPE, SIDE, strategyFrom, TIME_IN_FORCE } from 'shrike/strategy';
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

const PARAMETERS = {
  everyUpdates: {
    is: 'integer',
    default: 10,
    min: 1,
    max: 1_000_000,
    unit: 'book updates',
    text: 'Updates of an instrument per order.',
  },
  notional: {
    is: 'number',
    default: 50,
    min: 0.01,
    max: 1e9,
    unit: 'of the quote asset',
    text: 'Value of an order.',
  },
  maxOpenPerInstrument: {
    is: 'integer',
    default: 1,
    min: 1,
    max: 100,
    unit: 'orders',
    text: 'Orders of an instrument whose fate may be open.',
  },
  slippageTicks: {
    is: 'integer',
    default: 0,
    min: 0,
    max: 1_000_000,
    unit: 'ticks',
    text: 'How far beyond the touch an order may pay.',
  },
} as const;

type Parameters = ParameterValues<typeof PARAMETERS>;

/** How much the size of an order may have changed since the position was bought. */
const SIZE_DRIFT = 0.05;

/** What is on its way for one instrument. */
class Leg {
  readonly size: OrderSize;
  updates: number;
  openOrders: number;

  constructor(instrument: Instrument, notional: number) {
    this.size = new OrderSize(instrument, notional);
    this.updates = 0;
    this.openOrders = 0;
  }
}

class TickTaker implements Strategy {
  private readonly parameters: Parameters;
  private readonly legs: PerInstrument<Leg>;
  private hasSubmitted: boolean;

  constructor(setup: StrategySetup<Parameters>) {
    this.parameters = setup.parameters;
    this.legs = setup.perInstrument((instrument) => new Leg(instrument, setup.parameters.notional));
    this.hasSubmitted = false;
  }

  onBook(context: StrategyContext, book: BookView): void {
    const index = book.instrumentIndex;
    const leg = this.legs.of(index);
    const { everyUpdates, maxOpenPerInstrument, slippageTicks } = this.parameters;
    leg.updates++;
    if (leg.updates < everyUpdates || leg.openOrders >= maxOpenPerInstrument) return;
    if (book.bidTicks <= slippageTicks || book.askTicks <= 0) return;
    leg.updates = 0;
    // The position itself says whose turn it is, so it stays near flat whatever fails to fill.
    const netLots = context.position(index).netLots;
    const isBuy = netLots <= 0;
    const priceTicks = isBuy ? book.askTicks + slippageTicks : book.bidTicks - slippageTicks;
    const lots = leg.size.lotsAt(priceTicks);
    // Prices differ between buying and selling, and so do sizes: what was bought is sold to the last lot.
    const isOneOrder = Math.abs(netLots - lots) <= lots * SIZE_DRIFT;
    const orderId = context.submit(
      index,
      isBuy ? SIDE.buy : SIDE.sell,
      ORDER_TYPE.limit,
      TIME_IN_FORCE.ioc,
      priceTicks,
      isOneOrder ? netLots : lots,
    );
    if (orderId <= 0) return;
    this.hasSubmitted = true;
    leg.openOrders++;
  }

  onReport(_context: StrategyContext, report: OrderReportView): void {
    const leg = this.legs.of(report.instrumentIndex);
    if (report.isTerminal) {
      if (leg.openOrders > 0) leg.openOrders--;
    } else if (!this.hasSubmitted && report.state === report.previousState) {
      // Left open by an earlier incarnation.
      leg.openOrders++;
    }
  }
}

/** The strategy. */
export const strategy: StrategyDefinition<typeof PARAMETERS> = {
  name: 'tick-taker',
  version: '1.0.0',
  text: 'buys and sells in turn on every n-th book update, to measure latency and keep an engine busy',
  parameters: PARAMETERS,
  create: (setup) => new TickTaker(setup),
};

/** Makes the strategy. Throws Error listing every bad parameter. */
export const createStrategy: CreateStrategy = strategyFrom(strategy);
