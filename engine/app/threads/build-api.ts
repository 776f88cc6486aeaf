import { parentPort } from 'node:worker_threads';
import { BiasReader } from '../../analysis/bias-frame.ts';
import { SignalTableReader } from '../../analysis/signals/signal-table-reader.ts';
import { SharedBookReader } from '../../book/shared-book.ts';
import { keyFilePath } from '../../api/access/key-file.ts';
import { API_DEFAULTS, ApiActor } from '../../api/api-actor.ts';
import { VenueIdReader, venueIdTexts } from '../../execution/venue-id-reader.ts';
import { JournalCell } from '../../journal/journal-cell.ts';
import { TelemetryInterestWriter } from '../../ipc/telemetry-interest.ts';
import { PositionReader } from '../../risk/positions.ts';
import { TradingStateReader } from '../../risk/trading-state.ts';
import { isHotActor, kindOf } from '../../runtime/actor.ts';
import type { EngineConfig } from '../config/config-types.ts';
import { hasAnalysis } from '../config/engine-parts.ts';
import type { Actor } from '../../runtime/actor.ts';
import { SignalView } from '../analysis/signal-view.ts';
import { apiSources } from './api-sources.ts';
import { COUNTER_TABLES } from './counter-tables.ts';
import type { BuildContext } from './build-context.ts';

/** Builds the api over everything it shows. On the api's thread. */
export function buildActor(context: BuildContext): Actor {
  const { plan, wiring } = context;
  const { config } = plan;
  const instruments = context.instruments();
  const slots = wiring.instrumentSlots();
  const { buffer } = wiring;
  const { actors, edges, threads } = wiring.topology;
  return new ApiActor({
    subscriptions: actors.filter(isHotActor).map((actor) => wiring.subscription(`${actor}-to-api`, null)),
    instruments,
    completeInstruments: () => slots.complete(instruments),
    isTraded: (index) => slots.isActive(index),
    venueIds: venueIdTexts(
      plan.accounts.map(({ label }) => new VenueIdReader(buffer, wiring.labelled('state:venue-ids', label))),
    ),
    clock: wiring.clock,
    counters: wiring.counters('api'),
    interest: new TelemetryInterestWriter(buffer, wiring.region('state:telemetry')),
    books: new SharedBookReader(buffer, wiring.region('state:books'), context.instrumentsMax()),
    prices: context.sharedPricesReader(),
    positions: new PositionReader(buffer, wiring.region('state:positions')),
    trading: new TradingStateReader(buffer, wiring.region('state:trading')),
    journal: new JournalCell(buffer, wiring.region('state:journal')),
    bias: hasAnalysis(config)
      ? new BiasReader(buffer, wiring.region('state:bias'), context.instrumentsMax())
      : null,
    slowSignals: hasAnalysis(config)
      ? new SignalView(
          new SignalTableReader(buffer, wiring.region('state:signals'), context.instrumentsMax()),
          instruments,
        )
      : null,
    actors: threads.flatMap((thread) =>
      thread.actors.map((name) => ({ name, thread: thread.name, vitals: wiring.actorControl(name) })),
    ),
    rings: edges.map((edge) => wiring.monitor(edge)),
    counterSources: actors.map((actor) => ({
      actor,
      table: COUNTER_TABLES[kindOf(actor)],
      block: wiring.counters(actor),
    })),
    sources: apiSources(context),
    port: parentPort,
    config: {
      ...API_DEFAULTS,
      loopbackRead: readsWithoutKey(config, plan.isPlayMoney),
      keyFile: keyFilePath(config.state.dir),
      host: config.api.host,
      port: config.api.port,
      conflateMs: config.api.conflateMs,
      maxClientBufferBytes: config.api.maxClientBufferBytes,
      beatStaleMs: config.engine.watchdogMs,
    },
  });
}

/** Who is on this machine may read, unless somebody's own money is looked at. */
function readsWithoutKey({ api, mode }: EngineConfig, isPlayMoney: boolean): boolean {
  if (api.loopbackRead !== 'auto') return api.loopbackRead === 'always';
  return isPlayMoney || mode === 'paper';
}
