import type { InstrumentStats } from '../../api/engine-stats.ts';
import { formatDecimal } from '../../core/decimal.ts';
import { instrumentName } from '../../core/instrument.ts';
import type { Instrument } from '../../core/instrument.ts';
import type { PriceBand } from '../../core/price-band.ts';

/** What people are told of an instrument: what the venue lets one do in it, and under which terms. Pure. */
export function instrumentStats(instrument: Instrument): InstrumentStats {
  const { venue, kind, status, epoch, priceBand, fundingIntervalMs } = instrument;
  return {
    symbol: instrumentName(instrument),
    venue,
    kind,
    status,
    epoch,
    priceBand: priceBand === null ? null : bandStats(priceBand),
    funding: fundingIntervalMs === 0 ? null : { intervalMs: fundingIntervalMs },
  };
}

function bandStats(band: PriceBand): NonNullable<InstrumentStats['priceBand']> {
  const share = (value: number): string => formatDecimal(value, band.shareDecimals);
  return {
    reference: band.reference,
    averageMinutes: band.averageMinutes,
    buy: [share(band.buyMinShare), share(band.buyMaxShare)],
    sell: [share(band.sellMinShare), share(band.sellMaxShare)],
  };
}
