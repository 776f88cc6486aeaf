import { ORDER_TYPE, SIDE, TIME_IN_FORCE } from 'shrike/strategy';
import type { BookView, Instrument, Strategy, StrategyContext, StrategyParams } from 'shrike/strategy';
import { WIRE_ORDER_LOTS } from './wire-ticks.ts';

/** What every client of the wire-to-wire bench does, as a strategy: an order per book update, with the heavier side. */
class WireStrategy implements Strategy {
  onBook(context: StrategyContext, book: BookView): void {
    if (book.bidTicks <= 0 || book.askTicks <= 0) return;
    const isBuy = book.bidLots >= book.askLots;
    context.submit(
      book.instrumentIndex,
      isBuy ? SIDE.buy : SIDE.sell,
      ORDER_TYPE.limit,
      TIME_IN_FORCE.ioc,
      isBuy ? book.askTicks : book.bidTicks,
      WIRE_ORDER_LOTS,
    );
  }
}

/** Makes the strategy. */
export function createStrategy(_params: StrategyParams, _instruments: readonly Instrument[]): Strategy {
  return new WireStrategy();
}
