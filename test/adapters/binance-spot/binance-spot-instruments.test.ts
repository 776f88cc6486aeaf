import { afterEach, describe, expect, it } from 'vitest';
import {
  fetchBinanceSpotInstruments,
  parseBinanceSpotInstruments,
} from '../../../adapters/binance-spot/instruments.ts';
import { cashToText, priceToTicks, qtyToLots } from '../../../engine/core/instrument.ts';
import { StubVenue } from '../../execution/stub-venue.ts';

const venues: StubVenue[] = [];
afterEach(() => {
  for (const venue of venues.splice(0)) venue.close();
});

function symbolAnswer(symbol: string, filters: object[]): object {
  const assets = { baseAsset: symbol.slice(0, 3), quoteAsset: symbol.slice(3) };
  return { symbol, status: 'TRADING', ...assets, baseAssetPrecision: 8, quoteAssetPrecision: 8, filters };
}

const BTC = symbolAnswer('BTCUSDT', [
  {
    filterType: 'PRICE_FILTER',
    minPrice: '0.01000000',
    maxPrice: '1000000.00000000',
    tickSize: '0.01000000',
  },
  { filterType: 'LOT_SIZE', minQty: '0.00001000', maxQty: '9000.00000000', stepSize: '0.00001000' },
  { filterType: 'NOTIONAL', minNotional: '5.00000000', applyMinToMarket: true, avgPriceMins: 5 },
  {
    filterType: 'PERCENT_PRICE_BY_SIDE',
    bidMultiplierUp: '1.2',
    bidMultiplierDown: '0.2',
    askMultiplierUp: '5',
    askMultiplierDown: '0.8',
    avgPriceMins: 5,
  },
]);
const COARSE = symbolAnswer('ABCXYZ', [
  { filterType: 'PRICE_FILTER', tickSize: '0.05000000' },
  { filterType: 'LOT_SIZE', minQty: '15.00000000', maxQty: '0.00000000', stepSize: '10.00000000' },
  { filterType: 'MIN_NOTIONAL', minNotional: '0.70000000' },
]);
const FREE = symbolAnswer('FREUSDT', [{ filterType: 'PRICE_FILTER', tickSize: '0.00000000' }]);
const TEXT = JSON.stringify({ timezone: 'UTC', symbols: [FREE, COARSE, BTC] });

describe('Binance Spot instruments', () => {
  it('come from exchangeInfo in the order asked for, with grid, limits and smallest value', () => {
    const [btc, coarse, free] = parseBinanceSpotInstruments(TEXT, ['BTCUSDT', 'ABCXYZ', 'FREUSDT']);
    expect(btc).toEqual({
      index: 0,
      lane: '',
      account: '',
      symbol: 'BTCUSDT',
      baseAsset: 'BTC',
      quoteAsset: 'USDT',
      priceDecimals: 2,
      tickUnits: 1,
      qtyDecimals: 5,
      lotUnits: 1,
      minQtyLots: 1,
      maxQtyLots: 900_000_000,
      minNotionalCash: 50_000_000,
      venue: 'binance-spot',
      kind: 'spot',
      payoff: 'linear',
      settleAsset: 'USDT',
      feeAsset: null,
      marginMode: 'none',
      contractUnits: 1,
      contractDecimals: 0,
      settleDecimals: 0,
      priceBand: {
        reference: 'average',
        averageMinutes: 5,
        shareDecimals: 1,
        buyMinShare: 2,
        buyMaxShare: 12,
        sellMinShare: 8,
        sellMaxShare: 50,
      },
      fundingIntervalMs: 0,
      status: 'trading',
      epoch: 1,
    });
    expect(cashToText(btc, btc.minNotionalCash)).toBe('5.0000000');
    expect(coarse).toMatchObject({ index: 1, priceDecimals: 2, tickUnits: 5, qtyDecimals: 0, lotUnits: 10 });
    expect(coarse).toMatchObject({ minQtyLots: 2, minNotionalCash: 2 });
    expect(priceToTicks(coarse, '1.15')).toBe(23);
    expect(qtyToLots(coarse, '30')).toBe(3);
    expect(free).toMatchObject({
      priceDecimals: 8,
      tickUnits: 1,
      qtyDecimals: 8,
      minQtyLots: 1,
      minNotionalCash: 0,
    });
  });

  it('have the status the venue gives them; a word nobody knows takes no orders', () => {
    const status = (change: object): string => {
      const text = JSON.stringify({ symbols: [{ ...symbolAnswer('BTCUSDT', []), ...change }] });
      return parseBinanceSpotInstruments(text, ['BTCUSDT'])[0].status;
    };
    expect(status({ status: 'HALT' })).toBe('halted');
    expect(status({ status: 'BREAK' })).toBe('halted');
    expect(status({ status: 'CANCEL_ONLY' })).toBe('cancel-only');
    expect(status({ status: 'SOMETHING_NEW' })).toBe('unknown');
    expect(status({ isSpotTradingAllowed: true })).toBe('trading');
    expect(status({ isSpotTradingAllowed: false })).toBe('halted');
  });

  it('have one band for both sides, or that of the last price, where the venue says so', () => {
    const band = (filter: object): unknown => {
      const text = JSON.stringify({ symbols: [symbolAnswer('BTCUSDT', [filter])] });
      return parseBinanceSpotInstruments(text, ['BTCUSDT'])[0].priceBand;
    };
    const both = { filterType: 'PERCENT_PRICE', multiplierUp: '1.3000', multiplierDown: '0.7000' };
    expect(band({ ...both, avgPriceMins: 0 })).toEqual({
      reference: 'last',
      averageMinutes: 0,
      shareDecimals: 1,
      buyMinShare: 7,
      buyMaxShare: 13,
      sellMinShare: 7,
      sellMaxShare: 13,
    });
    expect(band({ filterType: 'LOT_SIZE', stepSize: '1' })).toBe(null);
    expect(() => band({ filterType: 'PERCENT_PRICE_BY_SIDE', avgPriceMins: 5 })).toThrow(
      /filters of "BTCUSDT": PERCENT_PRICE_BY_SIDE has no bidMultiplierDown/,
    );
  });

  it('says which symbol is not listed and what is wrong with an answer', () => {
    expect(() => parseBinanceSpotInstruments(TEXT, ['BTCUSDT', 'NOPE'])).toThrow(/does not list "NOPE"/);
    expect(() => parseBinanceSpotInstruments('{', ['BTCUSDT'])).toThrow(/exchangeInfo is not/);
    expect(() => parseBinanceSpotInstruments('{"symbols":[{"symbol":1}]}', ['BTCUSDT'])).toThrow(/symbol/);
    const odd = JSON.stringify({
      symbols: [symbolAnswer('ODDUSDT', [{ filterType: 'PRICE_FILTER', tickSize: 'x' }])],
    });
    expect(() => parseBinanceSpotInstruments(odd, ['ODDUSDT'])).toThrow(/filters of "ODDUSDT"/);
  });

  it('are asked for by symbol, and every failure has its code', async () => {
    const venue = await StubVenue.start();
    venues.push(venue);
    const { rest } = venue.endpoints;
    const ask = async (timeoutMs = 5_000): Promise<string> => {
      try {
        return (await fetchBinanceSpotInstruments(rest, ['BTCUSDT'], timeoutMs))[0].symbol;
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    venue.answer = () => ({ body: TEXT });
    expect(await ask()).toBe('BTCUSDT');
    expect(decodeURIComponent(venue.requests[0])).toBe('/api/v3/exchangeInfo?symbols=["BTCUSDT"]');
    venue.answer = () => ({ status: 400, body: '{"code":-1121,"msg":"Invalid symbol."}' });
    expect(await ask()).toBe('UNKNOWN_SYMBOL');
    venue.answer = () => ({ status: 418, body: '{"code":-1003,"msg":"banned"}' });
    expect(await ask()).toBe('VENUE_REFUSED');
    venue.answer = () => ({ status: 502, body: '<html>' });
    expect(await ask()).toBe('VENUE_REFUSED');
    venue.answer = () => ({ body: '<html>' });
    expect(await ask()).toBe('VENUE_BAD_ANSWER');
    venue.answer = () => ({ hangs: true });
    expect(await ask(50)).toBe('VENUE_UNREACHABLE');
    venue.close();
    expect(await ask()).toBe('VENUE_UNREACHABLE');
  });
});
