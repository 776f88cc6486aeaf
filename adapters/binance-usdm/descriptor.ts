import type { VenueDescriptor } from '../venue-kit/venue-descriptor.ts';

/** Binance USD-M futures: market data, recordings and order entry; there are no candles of the past yet. */
export const BINANCE_USDM: VenueDescriptor = {
  id: 'binance-usdm',
  title: 'Binance USD-M futures',
  isPlayMoney: false,
  defaults: {
    rest: 'https://fapi.binance.com',
    stream: 'wss://fstream.binance.com',
    wsApi: 'wss://ws-fapi.binance.com/ws-fapi/v1',
    depthIntervalMs: 100,
    instrumentsPollMs: 30_000,
  },
  parts: {
    decoder: async () => (await import('./recording.ts')).createBinanceUsdmReplayDecoder,
    recordedInstruments: async () => (await import('./recording.ts')).instrumentsOfUsdmCapture,
    feed: async () => (await import('./feed.ts')).createBinanceUsdmFeed,
    instruments: async () => (await import('./instruments.ts')).fetchBinanceUsdmInstruments,
    candles: null,
    gateway: async () => (await import('./venue.ts')).createBinanceUsdmVenue,
    account: null,
    practice: null,
  },
};
