import type { SharedBookReader } from '../../book/shared-book.ts';
import { type Instrument, lotsToQty, ticksToPrice } from '../../core/instrument.ts';
import { type DepthSide, type Liquidity, liquidityOf } from '../metrics/liquidity.ts';
import { bookWalkSlippage, tradeRefusals } from '../signals/trade-gate.ts';

/** What the slow path asks the live books. One thread; allocates. */
export class LiveBook {
  private readonly books: SharedBookReader;
  private readonly notional: number;

  /** @param notional quote units of a trade that is looked at */
  constructor(books: SharedBookReader, notional: number) {
    this.books = books;
    this.notional = notional;
  }

  /** Liquidity of the shared levels; null while the book is hidden. */
  liquidity(instrument: Instrument, nowNs: number): Liquidity | null {
    const sides = this.read(instrument);
    return sides === null ? null : liquidityOf(sides.bids, sides.asks, this.ageMs(nowNs));
  }

  /** What speaks against a trade to one side now, bits of TRADE_REFUSALS. @param minuteAtr NaN = not known */
  refusals(instrument: Instrument, direction: 1 | -1, minuteAtr: number, nowNs: number): number {
    const { notional } = this;
    const sides = this.read(instrument);
    const dataAgeMs = sides === null ? Infinity : this.ageMs(nowNs);
    const liquidity = sides === null ? null : liquidityOf(sides.bids, sides.asks, dataAgeMs);
    if (sides === null || liquidity === null) {
      return tradeRefusals({
        spreadBps: NaN,
        depth: 0,
        notional,
        slippage: Infinity,
        atr: minuteAtr,
        dataAgeMs,
        isTrusted: false,
      });
    }
    const { prices, sizes } = direction > 0 ? sides.asks : sides.bids;
    const mid = (sides.bids.prices[0] + sides.asks.prices[0]) / 2;
    return tradeRefusals({
      spreadBps: liquidity.spreadBps,
      depth: direction > 0 ? liquidity.within10Bps.ask : liquidity.within10Bps.bid,
      notional,
      slippage: bookWalkSlippage(prices, sizes, mid, notional),
      atr: minuteAtr,
      dataAgeMs,
      isTrusted: true,
    });
  }

  private ageMs(nowNs: number): number {
    return Math.max(0, Math.round((nowNs - this.books.recvNs) / 1e6));
  }

  private read(instrument: Instrument): { bids: DepthSide; asks: DepthSide } | null {
    const { books } = this;
    if (!books.read(instrument.index)) return null;
    const price = (ticks: number): number => Number(ticksToPrice(instrument, ticks));
    const size = (lots: number): number => Number(lotsToQty(instrument, lots));
    const side = (
      count: number,
      ticksAt: (level: number) => number,
      lotsAt: (level: number) => number,
    ): DepthSide => ({
      prices: Array.from({ length: count }, (_, level) => price(ticksAt(level))),
      sizes: Array.from({ length: count }, (_, level) => size(lotsAt(level))),
    });
    return {
      bids: side(
        books.bidCount,
        (level) => books.bidTicksAt(level),
        (level) => books.bidLotsAt(level),
      ),
      asks: side(
        books.askCount,
        (level) => books.askTicksAt(level),
        (level) => books.askLotsAt(level),
      ),
    };
  }
}
