import { TOPOLOGIES } from '../../runtime/topology.ts';
import type { ThreadSpec, TopologyName } from '../../runtime/topology.ts';
import type { EngineConfig } from '../config/config-types.ts';

const JOURNAL_THREAD: ThreadSpec = { name: 'journal', loop: 'blocking', actors: ['journal'] };
const ANALYSIS_THREAD: ThreadSpec = { name: 'analysis', loop: 'event-loop', actors: ['analysis'] };
const API_THREAD: ThreadSpec = { name: 'api', loop: 'event-loop', actors: ['api'] };

/** The engine's threads in the order of their start: sinks before sources. */
export function engineThreads(topology: TopologyName, config: EngineConfig): ThreadSpec[] {
  const observers = [JOURNAL_THREAD];
  if (config.analysis.enabled) observers.push(ANALYSIS_THREAD);
  if (config.api.enabled) observers.push(API_THREAD);
  return [...observers, ...[...TOPOLOGIES[topology]].reverse()];
}

/** Whether a thread only watches: such threads sleep when idle, whatever the hot path does. */
export function isObserverThread(thread: ThreadSpec): boolean {
  return ['journal', 'analysis', 'api'].includes(thread.name);
}
