import { createBinanceSpotFeed } from '../../../adapters/binance-spot/feed.ts';
import { MarketDataActor } from '../../market-data/market-data-actor.ts';
import type { Actor } from '../../runtime/actor.ts';
import type { BuildContext } from './build-context.ts';

/** Builds the market-data actor with its feed. */
export function buildActor(context: BuildContext): Actor {
  const { plan, wiring } = context;
  const venue = plan.config.venues[plan.config.venue.name];
  const createFeed =
    context.overrides.createFeed ??
    createBinanceSpotFeed({
      endpoints: plan.endpoints,
      depthIntervalMs: venue.depthIntervalMs,
      snapshotLimit: venue.snapshotLevels,
      requestTimeoutMs: venue.requestTimeoutMs,
      reconnectMinMs: venue.reconnectMinMs,
      reconnectMaxMs: venue.reconnectMaxMs,
      rotateAfterMs: venue.rotateAfterMs,
      ...(context.overrides.link === undefined ? {} : { link: context.overrides.link }),
    });
  return new MarketDataActor({
    instruments: plan.instruments,
    clock: context.clock,
    random: context.random(),
    counters: wiring.counters(context.self),
    errors: wiring.errors(),
    output: context.outputTo('orderbook'),
    resyncRequests: context.inputFrom('orderbook'),
    commands: context.commands(),
    answers: context.answers(),
    journal: context.outputTo('journal'),
    api: context.outputTo('api'),
    kick: context.kick,
    createFeed,
    recorder: context.overrides.recorder ?? null,
    staleMs: context.overrides.createFeed === undefined ? plan.config.book.staleMs : 0,
  });
}
