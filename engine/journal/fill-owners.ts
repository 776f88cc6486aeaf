import { UNNAMED_STRATEGY } from './run-strategies.ts';
import type { RunStrategy } from './run-strategies.ts';

/** Whose order a fill filled, as the run named it that the fill is of. */
export interface FillOwner {
  /**
   * Fills of one key make one position, over all runs: the name of the strategy; with its parameters while another of
   * the same name ran beside it; the index where the run names no strategies; "" = nobody's.
   */
  readonly key: string;
  /** In that run. */
  readonly strategyIndex: number;
  /** null = the run names none, or the fill is nobody's. */
  readonly strategy: RunStrategy | null;
}

/** Outside orders, orders of strategies that were gone, and what older checkpoints do not say. */
export const NOBODYS: FillOwner = { key: '', strategyIndex: -1, strategy: null };

/** Whose the fills of a strategy index are. @param named the strategies of the run at that moment, by index */
export function ownerOf(strategyIndex: number, named: ReadonlyMap<number, RunStrategy>): FillOwner {
  if (strategyIndex < 0) return NOBODYS;
  if (named.size === 0) return { key: `#${strategyIndex}`, strategyIndex, strategy: null };
  const strategy = named.get(strategyIndex);
  if (strategy === undefined || strategy.name === UNNAMED_STRATEGY.name) return NOBODYS;
  const { name, paramsCrc } = strategy;
  const hasNamesake = [...named.values()].some((other) => other.name === name && other !== strategy);
  return { key: hasNamesake ? `${name}\n${paramsCrc}` : name, strategyIndex, strategy };
}
