import { MarketDataActor } from '../../market-data/market-data-actor.ts';
import type { Actor, ActorName } from '../../runtime/actor.ts';
import type { FeedOptions } from '../../../adapters/venue-kit/feed/market-feed.ts';
import type { FeedFactory } from '../../market-data/feed-port.ts';
import { loadVenuePart } from '../venues/venue-registry.ts';
import { laneOf } from './build-context.ts';
import type { BuildContext, BuildOverrides } from './build-context.ts';
import type { EnginePlan } from './thread-plan.ts';

/** Loads the venue's feed, unless another takes its place; returns what builds the actor. */
export async function prepare(
  plan: EnginePlan,
  name: ActorName,
  overrides: BuildOverrides,
): Promise<(context: BuildContext) => Actor> {
  if (overrides.createFeed !== undefined) {
    const { createFeed } = overrides;
    return (context) => buildActor(context, createFeed);
  }
  const { venue } = laneOf(plan, name);
  const createVenueFeed = await loadVenuePart(venue, 'feed', 'live market data');
  return (context) => buildActor(context, createVenueFeed(feedOptions(context)));
}

function feedOptions(context: BuildContext): FeedOptions {
  const { plan, overrides } = context;
  const lane = context.lane();
  const venue = plan.config.venues[lane.venue];
  return {
    endpoints: lane.endpoints,
    depthIntervalMs: venue.depthIntervalMs,
    snapshotLimit: venue.snapshotLevels,
    requestTimeoutMs: venue.requestTimeoutMs,
    reconnectMinMs: venue.reconnectMinMs,
    reconnectMaxMs: venue.reconnectMaxMs,
    rotateAfterMs: venue.rotateAfterMs,
    ...(overrides.link === undefined ? {} : { link: overrides.link }),
  };
}

/** Builds the market-data actor with its feed. */
function buildActor(context: BuildContext, createFeed: FeedFactory): Actor {
  const { plan, wiring } = context;
  return new MarketDataActor({
    name: context.self,
    instruments: context.laneInstruments(),
    instrumentAt: context.instrumentAt,
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
