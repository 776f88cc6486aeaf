import type { VenueDescriptor } from '../venue-kit/venue-descriptor.ts';

/** Binance Spot. */
export const BINANCE_SPOT: VenueDescriptor = {
  id: 'binance-spot',
  title: 'Binance Spot',
  isPlayMoney: false,
  defaults: {
    rest: 'https://api.binance.com',
    stream: 'wss://stream.binance.com:9443',
    wsApi: 'wss://ws-api.binance.com:443/ws-api/v3',
    depthIntervalMs: 100,
    instrumentsPollMs: 30_000,
  },
  parts: {
    decoder: async () => (await import('./feed.ts')).createBinanceSpotReplayDecoder,
    recordedInstruments: async () => (await import('./recorded-instruments.ts')).instrumentsOfCapture,
    feed: async () => (await import('./feed.ts')).createBinanceSpotFeed,
    instruments: async () => (await import('./instruments.ts')).fetchBinanceSpotInstruments,
    candles: async () => {
      const { BinanceSpotCandles } = await import('./candles.ts');
      return (rest, timeoutMs) => new BinanceSpotCandles(rest, timeoutMs);
    },
    gateway: async () => (await import('./venue.ts')).createBinanceSpotVenue,
    account: async () => (await import('./account.ts')).fetchBinanceSpotAccount,
    practice: async () => {
      const { RehearsalExchange } = await import('../venue-kit/rehearsal/rehearsal-exchange.ts');
      const { BINANCE_SPOT_REHEARSAL } = await import('./rehearsal-words.ts');
      return (instrument, clock, random) =>
        new RehearsalExchange(instrument, BINANCE_SPOT_REHEARSAL, clock, random);
    },
  },
};
