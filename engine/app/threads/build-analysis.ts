import { join, resolve } from 'node:path';
import { AnalysisActor } from '../../analysis/analysis-actor.ts';
import type { CandleFetcher } from '../../analysis/bars/candle-port.ts';
import { BiasWriter } from '../../analysis/bias-frame.ts';
import { PortfolioTable } from '../../analysis/portfolio/portfolio-table.ts';
import { ContextTable } from '../../analysis/context-table.ts';
import { ScheduleTable } from '../../analysis/schedule/status-table.ts';
import type { HistorySource } from '../../analysis/live/history-source.ts';
import { OrderFlowWatch } from '../../analysis/live/order-flow-watch.ts';
import { storeSource } from '../../analysis/live/store-source.ts';
import { openStoreWriter } from '../../analysis/live/store-writer.ts';
import { openShardPool } from '../../analysis/live/shard-pool.ts';
import { LiveBook } from '../../analysis/live/live-book.ts';
import { SignalTable } from '../../analysis/signals/signal-table.ts';
import type { Actor } from '../../runtime/actor.ts';
import { readCandleSource } from '../analysis/candle-source.ts';
import { reportWriter } from '../analysis/report-files.ts';
import { venueParts } from '../venues/venue-registry.ts';
import { analysisConfig } from './actor-settings.ts';
import type { BuildContext } from './build-context.ts';
import type { EnginePlan } from './thread-plan.ts';

/** Error code of what the slow path could not have and goes on without. */
const ANALYSIS_CODE = 4001;

type CreateFetcher = (rest: string, timeoutMs: number) => CandleFetcher;

/** Loads the venues' candle endpoints and the files of candles; returns what builds the actor. */
export async function prepare(plan: EnginePlan): Promise<(context: BuildContext) => Actor> {
  const { askVenue, candles, storeBars } = plan.config.analysis;
  const keepsBars = storeBars === 'always' || (storeBars === 'auto' && !plan.isPlayMoney);
  const storeFolder = keepsBars ? join(plan.config.state.dir, 'bars') : null;
  const creators = new Map<string, CreateFetcher>();
  for (const { venue } of plan.lanes) {
    const load = venueParts(venue).candles;
    if (askVenue && load !== null && !creators.has(venue)) creators.set(venue, await load());
  }
  const history: HistorySource[] = storeFolder === null ? [] : [storeSource(storeFolder)];
  if (candles.length > 0) history.push(await readCandleSource(candles.map((file) => resolve(file))));
  return (context) => buildActor(context, creators, history, storeFolder);
}

function buildActor(
  context: BuildContext,
  creators: ReadonlyMap<string, CreateFetcher>,
  history: readonly HistorySource[],
  storeFolder: string | null,
): Actor {
  const { plan, wiring } = context;
  const { config } = plan;
  const slots = wiring.instrumentSlots();
  const books = context.sharedBookReader();
  const live = new LiveBook(context.sharedBookReader(), config.analysis.signalNotional);
  const originMs = context.clock.epochUs() / 1_000 - context.clock.nowNs() / 1e6;
  const flow = new OrderFlowWatch(context.sharedBookReader(), config.signals.orderFlow, originMs);
  const lanes = new Map(plan.lanes.map((lane) => [lane.label, lane]));
  return new AnalysisActor({
    trades: context.ringsFrom('orderbook').map((ring) => wiring.subscription(ring, null)),
    tradesRings: context.ringsFrom('orderbook').map((ring) => wiring.monitorNamed(ring)),
    instruments: context.instruments(),
    completeInstruments: (instruments) => slots.complete(instruments),
    isTraded: (index) => slots.isActive(index),
    isFeedWhole: (index) => books.readTouch(index),
    watchLive: (instruments, nowNs) => flow.poll(instruments, nowNs),
    liveOf: (instrument, nowNs) => ({
      liquidity: live.liquidity(instrument, nowNs),
      orderFlow: flow.read(instrument, nowNs),
    }),
    refusalsOf: (instrument, direction, minuteAtr, nowNs) =>
      live.refusals(instrument, direction, minuteAtr, nowNs),
    clock: context.clock,
    bias: new BiasWriter(wiring.buffer, wiring.region('state:bias'), context.instrumentsMax()),
    counters: wiring.counters('analysis'),
    config: analysisConfig(config),
    openPool: () => openShardPool({ shards: config.analysis.poolThreads }),
    openFetcher: ({ lane, venue }) => {
      const { endpoints } = lanes.get(lane)!;
      return creators.get(venue)?.(endpoints.rest, config.venues[venue].requestTimeoutMs) ?? null;
    },
    history,
    openStore: storeFolder === null ? null : () => openStoreWriter(storeFolder),
    writeReport: reportWriter(config),
    commands: wiring.subscription('commands-to-analysis', null),
    answers: {
      ring: wiring.publication('answers-from-analysis'),
      turns: wiring.actorControl('analysis'),
    },
    contexts: new ContextTable(wiring.buffer, wiring.region('state:contexts'), context.instrumentsMax()),
    table: new ScheduleTable(wiring.buffer, wiring.region('state:schedule'), context.instrumentsMax()),
    signals: new SignalTable(wiring.buffer, wiring.region('state:signals'), context.instrumentsMax()),
    portfolio: new PortfolioTable(wiring.buffer, wiring.region('state:portfolio'), context.instrumentsMax()),
    onFailure: (reason) =>
      wiring.errors().record(ANALYSIS_CODE, `ANALYSIS_WITHOUT ${reason}`, wiring.clock.nowNs()),
  });
}
