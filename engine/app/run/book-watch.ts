import type { Instrument } from '../../core/instrument.ts';
import { lotsToQty, ticksToPrice, instrumentName } from '../../core/instrument.ts';
import { SharedBookReader } from '../../book/shared-book.ts';
import type { TopOfBookStats } from '../../api/engine-stats.ts';
import type { InstrumentSlots } from '../../ipc/instrument-slots.ts';
import type { Wiring } from '../threads/wiring.ts';

/** The tops of the shared books as the main thread looks at them. */
export class BookWatch {
  private readonly reader: SharedBookReader;
  private readonly slots: InstrumentSlots;
  private readonly instruments: readonly Instrument[];

  constructor(wiring: Wiring, instruments: readonly Instrument[]) {
    this.slots = wiring.instrumentSlots();
    this.reader = new SharedBookReader(wiring.buffer, wiring.region('state:books'), this.slots.max);
    this.instruments = instruments;
  }

  /** Whether every book can be read now; those of removed instruments need not. */
  areAllValid(): boolean {
    return this.instruments.every(({ index }) => !this.slots.isActive(index) || this.reader.readTouch(index));
  }

  /** The mid in ticks, half ticks included; null while the book is hidden or one-sided. */
  midTicks(instrumentIndex: number): number | null {
    if (!this.reader.readTouch(instrumentIndex)) return null;
    const bidTicks = this.reader.bidTicksAt(0);
    const askTicks = this.reader.askTicksAt(0);
    return bidTicks > 0 && askTicks > 0 ? (bidTicks + askTicks) / 2 : null;
  }

  /** The top of one book as text. */
  top(instrument: Instrument): TopOfBookStats {
    const isValid = this.reader.readTouch(instrument.index);
    const price = (ticks: number): string => (ticks > 0 ? ticksToPrice(instrument, ticks) : '');
    const qty = (lots: number): string => (lots > 0 ? lotsToQty(instrument, lots) : '');
    return {
      symbol: instrumentName(instrument),
      isValid,
      bid: price(this.reader.bidTicksAt(0)),
      bidQty: qty(this.reader.bidLotsAt(0)),
      ask: price(this.reader.askTicksAt(0)),
      askQty: qty(this.reader.askLotsAt(0)),
    };
  }
}
