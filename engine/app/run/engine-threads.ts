import type { ObserverName } from '../../runtime/actor.ts';
import { buildTopology } from '../../runtime/build-topology.ts';
import type { EngineTopology, ThreadSpec, TopologyName } from '../../runtime/topology.ts';
import type { EngineConfig } from '../config/config-types.ts';
import { enginePartsOf, hasAnalysis } from '../config/engine-parts.ts';
import { simulatesQueues } from '../fills/fill-settings.ts';

/** The topology a configuration asks for, in a layout that was chosen. Pure. */
export function engineTopology(layout: TopologyName, config: EngineConfig): EngineTopology {
  const observers: ObserverName[] = ['journal'];
  if (hasAnalysis(config)) observers.push('analysis');
  if (config.api.enabled) observers.push('api');
  const parts = enginePartsOf(config);
  return buildTopology({
    layout,
    lanes: parts.lanes.map(({ label }) => label),
    strategies: parts.strategyActors,
    accounts: parts.accounts.map(({ label }) => label),
    observers,
    groupings: [],
    simulatesQueues: simulatesQueues(config),
  });
}

/** Whether a thread only watches: such threads sleep when idle, whatever the hot path does. */
export function isObserverThread(thread: ThreadSpec): boolean {
  return ['journal', 'analysis', 'api'].includes(thread.name);
}

/** What the objects and the buffers of a thread may take, each, MB. */
export function heapMbOf(thread: ThreadSpec, { engine }: EngineConfig): number {
  return isObserverThread(thread) ? engine.observerHeapMb : engine.hotHeapMb;
}
