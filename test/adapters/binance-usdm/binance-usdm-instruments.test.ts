import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import {
  fetchBinanceUsdmInstruments,
  parseBinanceUsdmInstruments,
} from '../../../adapters/binance-usdm/instruments.ts';
import { BandTicks } from '../../../engine/core/price-band.ts';
import { StubVenue } from '../../execution/stub-venue.ts';
import { DATA_DIR } from '../../market-data/market-data-rig.ts';

const venues: StubVenue[] = [];
afterEach(() => {
  for (const venue of venues.splice(0)) venue.close();
});

/** A contract as exchangeInfo lists it; the filters are those of BTCUSDT. */
function contract(symbol: string, change: object = {}): object {
  return {
    symbol,
    pair: symbol,
    contractType: 'PERPETUAL',
    status: 'TRADING',
    baseAsset: symbol.slice(0, 3),
    quoteAsset: 'USDT',
    marginAsset: 'USDT',
    pricePrecision: 2,
    quantityPrecision: 3,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: '556.80', maxPrice: '4529764', tickSize: '0.10' },
      { filterType: 'LOT_SIZE', minQty: '0.001', maxQty: '1000', stepSize: '0.001' },
      { filterType: 'MIN_NOTIONAL', notional: '100' },
      {
        filterType: 'PERCENT_PRICE',
        multiplierUp: '1.0500',
        multiplierDown: '0.9500',
        multiplierDecimal: '4',
      },
    ],
    ...change,
  };
}

const CONTRACTS = JSON.stringify({
  symbols: [
    contract('BTCUSDT'),
    contract('ETHUSDT', { status: 'SETTLING', filters: [] }),
    contract('BTCUSDT_260327', { contractType: 'CURRENT_QUARTER' }),
    contract('TSLUSDT', { contractType: 'TRADIFI_PERPETUAL', status: 'WHATEVER' }),
    contract('NEWUSDT', { status: undefined, contractStatus: 'PENDING_TRADING' }),
    contract('BADUSDT', { filters: [{ filterType: 'PRICE_FILTER', tickSize: 'x' }] }),
  ],
});
const FUNDING = JSON.stringify([
  { symbol: 'NEWUSDT', fundingIntervalHours: 4, adjustedFundingRateCap: '0.02' },
]);

describe('Binance USD-M instruments', () => {
  it('have grid, limits, assets, band around the mark price, funding interval and status', () => {
    const [btc] = parseBinanceUsdmInstruments(CONTRACTS, FUNDING, ['BTCUSDT']);
    expect(btc).toEqual({
      index: 0,
      venue: 'binance-usdm',
      symbol: 'BTCUSDT',
      kind: 'perpetual',
      payoff: 'linear',
      baseAsset: 'BTC',
      quoteAsset: 'USDT',
      settleAsset: 'USDT',
      feeAsset: 'USDT',
      marginMode: 'cross',
      priceDecimals: 1,
      tickUnits: 1,
      qtyDecimals: 3,
      lotUnits: 1,
      contractUnits: 1,
      contractDecimals: 0,
      settleDecimals: 0,
      minQtyLots: 1,
      maxQtyLots: 1_000_000,
      minNotionalCash: 1_000_000,
      priceBand: {
        reference: 'mark',
        averageMinutes: 0,
        shareDecimals: 2,
        buyMinShare: 95,
        buyMaxShare: 105,
        sellMinShare: 95,
        sellMaxShare: 105,
      },
      fundingIntervalMs: 28_800_000,
      status: 'trading',
      epoch: 1,
      lane: '',
      account: '',
    });
  });

  it('are told apart by contract type, and a status nobody knows takes no orders', () => {
    const symbols = ['ETHUSDT', 'BTCUSDT_260327', 'TSLUSDT', 'NEWUSDT'];
    const facts = parseBinanceUsdmInstruments(CONTRACTS, FUNDING, symbols).map(
      ({ kind, status, fundingIntervalMs, priceBand }) => [
        kind,
        status,
        fundingIntervalMs,
        priceBand !== null,
      ],
    );
    expect(facts).toEqual([
      ['perpetual', 'closed', 28_800_000, false],
      ['future', 'trading', 0, true],
      ['perpetual', 'unknown', 28_800_000, true],
      ['perpetual', 'pre-trading', 14_400_000, true],
    ]);
  });

  it('say which symbol is not listed and what is wrong with an answer', () => {
    const parse = (contracts: string, funding: string, symbol: string) => (): unknown =>
      parseBinanceUsdmInstruments(contracts, funding, [symbol]);
    expect(parse(CONTRACTS, FUNDING, 'NOPE')).toThrow(/does not list "NOPE"/);
    expect(parse(CONTRACTS, FUNDING, 'BADUSDT')).toThrow(/filters of "BADUSDT": not a decimal number/);
    expect(parse('{}', FUNDING, 'BTCUSDT')).toThrow(/exchangeInfo is not what it should be/);
    expect(parse(CONTRACTS, '{"x":1}', 'BTCUSDT')).toThrow(/fundingInfo is not what it should be/);
  });

  it('are asked for with their funding intervals; a refusal names list and address', async () => {
    const venue = await StubVenue.start();
    venues.push(venue);
    const { rest } = venue.endpoints;
    venue.answer = ({ pathname }) => ({ body: pathname.endsWith('fundingInfo') ? FUNDING : CONTRACTS });
    const [eth] = await fetchBinanceUsdmInstruments(rest, ['ETHUSDT'], 5_000);
    expect(eth.symbol).toBe('ETHUSDT');
    expect(venue.requests).toEqual(['/fapi/v1/exchangeInfo', '/fapi/v1/fundingInfo']);
    venue.answer = () => ({ status: 403, body: '' });
    await expect(fetchBinanceUsdmInstruments(rest, ['ETHUSDT'], 5_000)).rejects.toMatchObject({
      code: 'VENUE_REFUSED',
      message: `exchangeInfo of ${rest}: http 403`,
    });
  });

  const recording = resolve(DATA_DIR, 'captures', 'binance-usdm-20210722.jsonl.gz');
  it.skipIf(!existsSync(recording))('are read from an answer of the venue itself', () => {
    const lines = gunzipSync(readFileSync(recording)).toString().split('\n');
    const answer = lines.find((line) => line.includes('"https://fapi.binance.com/fapi/v1/exchangeInfo"'))!;
    const { data } = JSON.parse(answer) as { data: string };
    const listed = (JSON.parse(data) as { symbols: { symbol: string }[] }).symbols.map(
      ({ symbol }) => symbol,
    );
    const instruments = parseBinanceUsdmInstruments(data, '[]', listed);
    expect(instruments.length).toBe(listed.length);
    const banded = instruments.filter(({ priceBand }) => priceBand?.reference === 'mark');
    expect(banded.length).toBe(listed.length);
    for (const { priceBand, tickUnits } of banded) {
      expect(() => new BandTicks(priceBand!, tickUnits)).not.toThrow();
    }
    expect(new Set(instruments.map(({ kind }) => kind))).toEqual(new Set(['perpetual', 'future']));
    expect(instruments.find(({ symbol }) => symbol === 'BTCUSDT')).toMatchObject({
      priceDecimals: 2,
      qtyDecimals: 3,
      status: 'trading',
    });
  });
});
