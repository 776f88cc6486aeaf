/**
 * Tick taker: an order on every `everyUpdates`-th book update of an instrument, buying and selling in turn, never more than
 * `maxOpenPerInstrument` orders on their way. Made to measure latency and to keep an engine busy in drills, not to earn
 * anything. Parameters (defaults):
 *   everyUpdates 10              book updates per order
 *   notional 50                  value of an order in the quote asset
 *   maxOpenPerInstrument 1       orders whose fate is open
 *   slippageTicks 0              ticks beyond the touch
 */
import { ORDER_TYPE, SIDE, TIME_IN_FORCE } from 'shrike/strategy';
import type {
  BookView,
  Instrument,
  OrderReportView,
  Strategy,
  StrategyContext,
  StrategyParams,
} from 'shrike/strategy';
import { ParamReader } from './lib/params.ts';
import { OrderSize } from './lib/order-size.ts';

/** How much the size of an order may have changed since the position was bought. */
const SIZE_DRIFT = 0.05;

class TickTaker implements Strategy {
  private readonly everyUpdates: number;
  private readonly maxOpen: number;
  private readonly slippageTicks: number;
  private readonly sizes: OrderSize[];
  private readonly notional: number;
  private updateCounts: Float64Array;
  private openCounts: Float64Array;
  private hasSubmitted: boolean;

  constructor(params: StrategyParams, instruments: readonly Instrument[]) {
    const reader = new ParamReader('tick-taker', params);
    this.everyUpdates = reader.integer('everyUpdates', 10, 1, 1_000_000);
    this.maxOpen = reader.integer('maxOpenPerInstrument', 1, 1, 100);
    this.slippageTicks = reader.integer('slippageTicks', 0, 0, 1_000_000);
    const notional = reader.number('notional', 50, 0.01, 1e9);
    this.notional = notional;
    reader.finish();
    this.sizes = instruments.map((instrument) => new OrderSize(instrument, notional));
    this.updateCounts = new Float64Array(instruments.length);
    this.openCounts = new Float64Array(instruments.length);
    this.hasSubmitted = false;
  }

  onInstrument(_context: StrategyContext, instrument: Instrument): void {
    this.sizes.push(new OrderSize(instrument, this.notional));
    this.updateCounts = Float64Array.of(...this.updateCounts, 0);
    this.openCounts = Float64Array.of(...this.openCounts, 0);
  }

  onBook(context: StrategyContext, book: BookView): void {
    const index = book.instrumentIndex;
    this.updateCounts[index] += 1;
    if (this.updateCounts[index] < this.everyUpdates || this.openCounts[index] >= this.maxOpen) return;
    if (book.bidTicks <= this.slippageTicks || book.askTicks <= 0) return;
    this.updateCounts[index] = 0;
    // The position itself says whose turn it is, so it stays near flat whatever fails to fill.
    const netLots = context.position(index).netLots;
    const isBuy = netLots <= 0;
    const priceTicks = isBuy ? book.askTicks + this.slippageTicks : book.bidTicks - this.slippageTicks;
    const lots = this.sizes[index].lotsAt(priceTicks);
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
    this.openCounts[index] += 1;
  }

  onReport(_context: StrategyContext, report: OrderReportView): void {
    const index = report.instrumentIndex;
    if (report.isTerminal) {
      if (this.openCounts[index] > 0) this.openCounts[index] -= 1;
    } else if (!this.hasSubmitted && report.state === report.previousState) {
      // Left open by an earlier incarnation.
      this.openCounts[index] += 1;
    }
  }
}

/** Makes the strategy. @throws Error listing every bad parameter */
export function createStrategy(params: StrategyParams, instruments: readonly Instrument[]): Strategy {
  return new TickTaker(params, instruments);
}
