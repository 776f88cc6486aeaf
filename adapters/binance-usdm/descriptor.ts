import type { VenueDescriptor } from '../venue-kit/venue-descriptor.ts';

/** Binance USD-M futures: recordings are replayed and orders can be sent; live market data is not there yet. */
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
    feed: null,
    instruments: async () => (await import('./instruments.ts')).fetchBinanceUsdmInstruments,
    candles: null,
    gateway: async () => (await import('./venue.ts')).createBinanceUsdmVenue,
    account: null,
    practice: null,
  },
};
