import type { InstrumentStats } from '../../api/engine-stats.ts';
import type { SharedPricesReader } from '../../book/shared-prices.ts';
import { formatDecimal } from '../../core/decimal.ts';
import { instrumentName, ticksToPrice } from '../../core/instrument.ts';
import type { Instrument } from '../../core/instrument.ts';
import { BandTicks, REFERENCE_EXTRA_DECIMALS } from '../../core/price-band.ts';
import type { PriceBand } from '../../core/price-band.ts';
import { BAND_REFERENCE } from '../../messages/enums.ts';

const RATE_DECIMALS = 8;

type BandStats = NonNullable<InstrumentStats['priceBand']>;

/** What people are told of an instrument: what the venue lets one do in it, under which terms, at which prices now. */
export function instrumentStats(instrument: Instrument, prices: SharedPricesReader): InstrumentStats {
  const { index, venue, kind, status, epoch, priceBand, fundingIntervalMs } = instrument;
  const isRead = prices.read(index);
  const hasFunding = isRead && prices.nextFundingMs > 0;
  return {
    symbol: instrumentName(instrument),
    venue,
    kind,
    status,
    epoch,
    priceBand: priceBand === null ? null : bandStats(instrument, priceBand, isRead ? prices : null),
    funding:
      fundingIntervalMs === 0 && !hasFunding
        ? null
        : {
            intervalMs: fundingIntervalMs,
            rate: hasFunding ? formatDecimal(prices.fundingRateE8, RATE_DECIMALS) : null,
            nextAtMs: hasFunding ? prices.nextFundingMs : null,
          },
    markPrice: isRead && prices.markUnits > 0 ? unitsText(instrument, prices.markUnits) : null,
  };
}

function unitsText({ priceDecimals }: Instrument, units: number): string {
  return formatDecimal(units, priceDecimals + REFERENCE_EXTRA_DECIMALS);
}

function bandStats(instrument: Instrument, band: PriceBand, prices: SharedPricesReader | null): BandStats {
  const share = (value: number): string => formatDecimal(value, band.shareDecimals);
  return {
    reference: band.reference,
    averageMinutes: band.averageMinutes,
    buy: [share(band.buyMinShare), share(band.buyMaxShare)],
    sell: [share(band.sellMinShare), share(band.sellMaxShare)],
    prices: prices === null ? null : bandPrices(instrument, band, prices),
  };
}

function bandPrices(
  instrument: Instrument,
  band: PriceBand,
  prices: SharedPricesReader,
): BandStats['prices'] {
  const { tickUnits } = instrument;
  const unitsPerTick = tickUnits * 10 ** REFERENCE_EXTRA_DECIMALS;
  const reference = prices.bandReference(BAND_REFERENCE[band.reference], unitsPerTick);
  if (reference <= 0) return null;
  const ticks = new BandTicks(band, tickUnits);
  const ends = (isBuy: boolean): readonly [string, string] => [
    ticksToPrice(instrument, ticks.minTicks(isBuy, reference)),
    ticksToPrice(instrument, ticks.maxTicks(isBuy, reference)),
  ];
  return { reference: unitsText(instrument, reference), buy: ends(true), sell: ends(false) };
}
