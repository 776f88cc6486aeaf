import type { FillTapAccount } from '../../book/fill-tap.ts';
import { OrderBookActor } from '../../book/orderbook-actor.ts';
import { SharedBookWriter } from '../../book/shared-book.ts';
import { SharedPricesWriter } from '../../book/shared-prices.ts';
import { LevelWatchReader } from '../../ipc/level-watch.ts';
import { TelemetryInterestReader } from '../../ipc/telemetry-interest.ts';
import type { Actor } from '../../runtime/actor.ts';
import type { BuildContext } from './build-context.ts';

/** Builds the orderbook actor. */
export function buildActor(context: BuildContext): Actor {
  const { wiring } = context;
  return new OrderBookActor({
    name: context.self,
    instruments: context.laneInstruments(),
    instrumentAt: context.instrumentAt,
    clock: context.clock,
    counters: wiring.counters(context.self),
    commands: context.commands(),
    answers: context.answers(),
    feedToBook: context.inputFrom('market-data'),
    bookToFeed: context.outputTo('market-data'),
    booksToStrategies: context.outputsTo('strategy'),
    bookToAnalysis: context.outputTo('analysis'),
    toJournal: context.outputTo('journal'),
    toApi: context.outputTo('api'),
    telemetry: new TelemetryInterestReader(wiring.buffer, wiring.region('state:telemetry')),
    sharedBook: new SharedBookWriter(wiring.buffer, wiring.region('state:books'), context.instrumentsMax()),
    prices: new SharedPricesWriter(wiring.buffer, wiring.region('state:prices')),
    fillAccounts: fillAccounts(context),
  });
}

/** Who is told of the levels at which simulated orders rest: all accounts, if the topology has rings for it, or none. */
function fillAccounts(context: BuildContext): FillTapAccount[] {
  const { plan, wiring } = context;
  return context.outputsTo('execution').map((ring, place) => {
    const region = wiring.labelled('state:level-watch', plan.accounts[place].label);
    return { ring, watch: new LevelWatchReader(wiring.buffer, region) };
  });
}
