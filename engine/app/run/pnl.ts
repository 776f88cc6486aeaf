import type { Instrument } from '../../core/instrument.ts';
import { cashToText, lotsToQty, instrumentName } from '../../core/instrument.ts';
import { formatDecimal } from '../../core/decimal.ts';
import type { PnlStats, PositionStats } from '../../api/engine-stats.ts';
import { PositionReader, unrealisedCash } from '../../risk/positions.ts';
import type { BookWatch } from './book-watch.ts';
import type { Wiring } from '../threads/wiring.ts';

/** Decimals in which sums over instruments are held; ample for every tick x lot there is. */
const SUM_DECIMALS = 18n;

/** Positions and profit for people: exact decimal text made from shared integers. Main thread. */
export class PnlReport {
  private readonly reader: PositionReader;
  private readonly instruments: readonly Instrument[];
  private readonly books: BookWatch;

  constructor(wiring: Wiring, instruments: readonly Instrument[], books: BookWatch) {
    this.reader = new PositionReader(wiring.buffer, wiring.region('state:positions'));
    this.instruments = instruments;
    this.books = books;
  }

  /** Positions by symbol and their sums. An open position without a valid book counts as 0 unrealised. */
  read(): { readonly position: Record<string, PositionStats>; readonly pnl: PnlStats } {
    const position: Record<string, PositionStats> = {};
    let realised = 0n;
    let unrealised = 0n;
    let fees = 0n;
    for (const instrument of this.instruments) {
      if (!this.reader.read(instrument.index)) continue;
      const openCash = this.openCash(instrument);
      position[instrumentName(instrument)] = this.positionOf(instrument, openCash);
      realised += scaledCash(instrument, this.reader.realisedCash);
      unrealised += scaledCash(instrument, openCash);
      fees += scaledCash(instrument, this.reader.feesCash);
    }
    const pnl = { realised: sumText(realised), unrealised: sumText(unrealised), fees: sumText(fees) };
    return { position, pnl };
  }

  private openCash(instrument: Instrument): number {
    const midTicks = this.reader.netLots === 0 ? null : this.books.midTicks(instrument.index);
    if (midTicks === null) return 0;
    return Math.round(unrealisedCash(this.reader.netLots, this.reader.costCash, midTicks));
  }

  private positionOf(instrument: Instrument, openCash: number): PositionStats {
    const { reader } = this;
    return {
      netLots: reader.netLots,
      qty: lotsToQty(instrument, reader.netLots),
      averagePrice: averagePriceText(instrument, reader.averageTicks()),
      realised: cashToText(instrument, reader.realisedCash),
      unrealised: cashToText(instrument, openCash),
      fees: cashToText(instrument, reader.feesCash),
      fills: reader.fillCount,
    };
  }
}

/** An average lies between ticks: two digits more than a price has. */
function averagePriceText(instrument: Instrument, averageTicks: number): string {
  if (averageTicks === 0) return '0';
  return formatDecimal(Math.round(averageTicks * instrument.tickUnits * 100), instrument.priceDecimals + 2);
}

function scaledCash(instrument: Instrument, cash: number): bigint {
  const unit = BigInt(instrument.tickUnits) * BigInt(instrument.lotUnits);
  const decimals = BigInt(instrument.priceDecimals + instrument.qtyDecimals);
  return BigInt(Math.round(cash)) * unit * 10n ** (SUM_DECIMALS - decimals);
}

function sumText(scaled: bigint): string {
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(Number(SUM_DECIMALS) + 1, '0');
  const cut = digits.length - Number(SUM_DECIMALS);
  const fraction = digits.slice(cut).replace(/0+$/, '');
  const text = fraction === '' ? digits.slice(0, cut) : `${digits.slice(0, cut)}.${fraction}`;
  return scaled < 0n ? `-${text}` : text;
}
