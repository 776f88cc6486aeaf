import { regionOf } from '../../ipc/memory-map.ts';
import { StrategyHosts } from '../../ipc/strategy-hosts.ts';
import { labelOf } from '../../runtime/actor.ts';
import { actorsOf } from '../../runtime/topology.ts';
import type { EnginePlan } from '../threads/thread-plan.ts';

/** Writes down which strategy actor hosts which strategy. Main thread, before the threads start. */
export function hostStrategies({ memory, strategies }: Pick<EnginePlan, 'memory' | 'strategies'>): void {
  const { buffer, map, topology } = memory;
  const hosts = new StrategyHosts(buffer, regionOf(map, 'state:strategy-hosts'));
  const labels = actorsOf(topology, 'strategy').map(labelOf);
  for (const [index, { actor }] of strategies.entries()) hosts.set(index, labels.indexOf(actor));
}
