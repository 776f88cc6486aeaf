import { InstrumentSlots } from '../../ipc/instrument-slots.ts';
import { regionOf } from '../../ipc/memory-map.ts';
import { StrategyHosts } from '../../ipc/strategy-hosts.ts';
import { labelOf } from '../../runtime/actor.ts';
import { actorsOf } from '../../runtime/topology.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { STRATEGY_TEXT_BYTES_MAX, StrategySlots } from '../strategy/strategy-slots.ts';
import type { EnginePlan } from '../threads/thread-plan.ts';

/** Puts the instruments of the start where every thread finds them. Main thread, before the threads start. */
export function placeInstruments({ memory, instruments }: Pick<EnginePlan, 'memory' | 'instruments'>): void {
  const slots = new InstrumentSlots(memory.buffer, regionOf(memory.map, 'state:instruments'));
  for (const instrument of instruments) slots.add(instrument);
}

/**
 * Writes down which strategies there are and which strategy actor hosts which. Main thread, before the threads start.
 * @throws CliError for a strategy whose parameters are too long
 */
export function hostStrategies({ memory, strategies }: Pick<EnginePlan, 'memory' | 'strategies'>): void {
  const { buffer, map, topology } = memory;
  const hosts = new StrategyHosts(buffer, regionOf(map, 'state:strategy-hosts'));
  const slots = new StrategySlots(buffer, regionOf(map, 'state:strategies'));
  const labels = actorsOf(topology, 'strategy').map(labelOf);
  for (const [index, strategy] of strategies.entries()) {
    if (!slots.put(index, strategy)) throw tooLong(strategy.name);
    hosts.set(index, labels.indexOf(strategy.actor));
  }
}

/** The sentence for a strategy that has no room in its slot. */
export function tooLong(name: string): CliError {
  const text = `the strategy "${name}": its path and parameters together take more than ${STRATEGY_TEXT_BYTES_MAX} bytes`;
  return new CliError('STRATEGY_PARAMS', text, EXIT.config);
}
