import type { Instrument } from '../../core/instrument.ts';
import { cashToText, lotsToQty, instrumentName } from '../../core/instrument.ts';
import { formatDecimal } from '../../core/decimal.ts';
import type { PnlStats, PositionStats } from '../../api/engine-stats.ts';
import { PositionReader, unrealisedCash } from '../../risk/positions.ts';
import { StrategyPositionReader } from '../../risk/strategy-positions.ts';
import type { BookWatch } from './book-watch.ts';
import type { Wiring } from '../threads/wiring.ts';

/** Decimals in which sums over instruments are held; ample for every tick x lot there is. */
const SUM_DECIMALS = 18n;

/** Positions by symbol, and the sums of what they made. */
export interface PositionsAndPnl {
  readonly position: Readonly<Record<string, PositionStats>>;
  readonly pnl: PnlStats;
}

/** Of a strategy that has traded nothing. */
export const NOTHING_MADE: PositionsAndPnl = {
  position: {},
  pnl: { realised: '0', unrealised: '0', fees: '0' },
};

/** Positions and profit for people: exact decimal text made from shared integers. Main thread. */
export class PnlReport {
  private readonly accounts: PositionReader;
  private readonly shares: StrategyPositionReader;
  private readonly instruments: readonly Instrument[];
  private readonly books: BookWatch;

  constructor(wiring: Wiring, instruments: readonly Instrument[], books: BookWatch) {
    const { buffer } = wiring;
    this.accounts = new PositionReader(buffer, wiring.region('state:positions'));
    this.shares = new StrategyPositionReader(buffer, wiring.region('state:strategy-positions'));
    this.instruments = instruments;
    this.books = books;
  }

  /** The accounts'. An open position without a valid book counts as 0 unrealised. */
  read(): PositionsAndPnl {
    const { accounts } = this;
    return this.sum(accounts, ({ index }) => accounts.read(index));
  }

  /** As `read`, of one strategy, in what it has traded; null = in nothing. @param strategyIndex NOBODY = what is nobody's */
  readOf(strategyIndex: number): PositionsAndPnl | null {
    const { shares } = this;
    const found = this.sum(shares, ({ index }) => shares.readOf(strategyIndex, index) && shares.isTraded);
    return Object.keys(found.position).length === 0 ? null : found;
  }

  private sum(reader: PositionReader, read: (instrument: Instrument) => boolean): PositionsAndPnl {
    const position: Record<string, PositionStats> = {};
    let realised = 0n;
    let unrealised = 0n;
    let fees = 0n;
    for (const instrument of this.instruments) {
      if (!read(instrument)) continue;
      const openCash = this.openCash(reader, instrument);
      position[instrumentName(instrument)] = positionOf(reader, instrument, openCash);
      realised += scaledCash(instrument, reader.realisedCash);
      unrealised += scaledCash(instrument, openCash);
      fees += scaledCash(instrument, reader.feesCash);
    }
    const pnl = { realised: sumText(realised), unrealised: sumText(unrealised), fees: sumText(fees) };
    return { position, pnl };
  }

  private openCash({ netLots, costCash }: PositionReader, instrument: Instrument): number {
    const midTicks = netLots === 0 ? null : this.books.midTicks(instrument.index);
    return midTicks === null ? 0 : Math.round(unrealisedCash(netLots, costCash, midTicks));
  }
}

function positionOf(reader: PositionReader, instrument: Instrument, openCash: number): PositionStats {
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
