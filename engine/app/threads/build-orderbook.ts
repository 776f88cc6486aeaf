import { OrderBookActor } from '../../book/orderbook-actor.ts';
import { SharedBookWriter } from '../../book/shared-book.ts';
import { TelemetryInterestReader } from '../../ipc/telemetry-interest.ts';
import type { Actor } from '../../runtime/actor.ts';
import type { BuildContext } from './build-context.ts';

/** Builds the orderbook actor. */
export function buildActor(context: BuildContext): Actor {
  const { plan, wiring } = context;
  return new OrderBookActor({
    instruments: plan.instruments,
    clock: context.clock,
    counters: wiring.counters('orderbook'),
    commands: context.input('commands-to-orderbook', 'orderbook'),
    answers: context.answers('orderbook'),
    feedToBook: context.input('feed-to-book', 'orderbook'),
    bookToFeed: context.output('book-to-feed'),
    bookToStrategy: context.output('book-to-strategy'),
    bookToAnalysis: context.output('book-to-analysis'),
    toJournal: context.output('orderbook-to-journal'),
    toApi: context.output('orderbook-to-api'),
    telemetry: new TelemetryInterestReader(wiring.buffer, wiring.region('state:telemetry')),
    sharedBook: new SharedBookWriter(wiring.buffer, wiring.region('state:books'), plan.instruments.length),
  });
}
