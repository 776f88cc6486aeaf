import type { StrategyParams } from '../../strategy/port.ts';

/** A strategy, loaded and tried before the start. */
export interface PlannedStrategy {
  readonly name: string;
  /** File URL of its module. */
  readonly url: string;
  readonly params: StrategyParams;
  /** Label of the strategy actor that hosts it. */
  readonly actor: string;
}
