import { InstrumentSlots } from '../../ipc/instrument-slots.ts';
import { regionOf } from '../../ipc/memory-map.ts';
import { StrategyHosts } from '../../ipc/strategy-hosts.ts';
import { labelOf } from '../../runtime/actor.ts';
import { actorsOf } from '../../runtime/topology.ts';
import type { EnginePlan } from '../threads/thread-plan.ts';

/** Puts the instruments of the start where every thread finds them. Main thread, before the threads start. */
export function placeInstruments({ memory, instruments }: Pick<EnginePlan, 'memory' | 'instruments'>): void {
  const slots = new InstrumentSlots(memory.buffer, regionOf(memory.map, 'state:instruments'));
  for (const instrument of instruments) slots.add(instrument);
}

/** Writes down which strategy actor hosts which strategy. Main thread, before the threads start. */
export function hostStrategies({ memory, strategies }: Pick<EnginePlan, 'memory' | 'strategies'>): void {
  const { buffer, map, topology } = memory;
  const hosts = new StrategyHosts(buffer, regionOf(map, 'state:strategy-hosts'));
  const labels = actorsOf(topology, 'strategy').map(labelOf);
  for (const [index, { actor }] of strategies.entries()) hosts.set(index, labels.indexOf(actor));
}
