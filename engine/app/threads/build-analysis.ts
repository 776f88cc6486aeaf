import { AnalysisActor } from '../../analysis/analysis-actor.ts';
import { BiasWriter } from '../../analysis/bias-frame.ts';
import { openBiasPool } from '../../analysis/bias-pool.ts';
import { analysisConfig } from './actor-settings.ts';
import type { Actor } from '../../runtime/actor.ts';
import type { BuildContext } from './build-context.ts';

/** Builds the analysis actor. */
export function buildActor(context: BuildContext): Actor {
  const { plan, wiring } = context;
  const { config } = plan;
  const instruments = context.instruments();
  const slots = wiring.instrumentSlots();
  return new AnalysisActor({
    trades: context.ringsFrom('orderbook').map((ring) => wiring.subscription(ring, null)),
    tradesRings: context.ringsFrom('orderbook').map((ring) => wiring.monitorNamed(ring)),
    instruments,
    instrumentCount: () => slots.count(),
    bias: new BiasWriter(wiring.buffer, wiring.region('state:bias'), context.instrumentsMax()),
    counters: wiring.counters('analysis'),
    config: analysisConfig(config),
    openPool: () =>
      openBiasPool({ threads: config.analysis.poolThreads, queueMax: context.instrumentsMax() }),
  });
}
