import type { VenueDescriptor } from '../venue-kit/venue-descriptor.ts';

/** The embedded exchange: a market of its own, spoken to in the words of Binance Spot. */
export const SIM: VenueDescriptor = {
  id: 'sim',
  title: 'the embedded exchange',
  isPlayMoney: true,
  defaults: { rest: null, stream: null, wsApi: null, depthIntervalMs: 100, instrumentsPollMs: 1_000 },
  parts: { of: 'binance-spot' },
};

/** A second embedded exchange with a market of its own, for engines that trade at two venues. */
export const SIM_B: VenueDescriptor = { ...SIM, id: 'sim-b', title: 'the second embedded exchange' };
