import { ALIGNMENT_MULTIPLIERS } from './alignment.ts';
import type { AlignmentMultipliers } from './alignment.ts';
import { ORDER_FLOW_DEFAULTS } from './order-flow-score.ts';
import type { OrderFlowConfig } from './order-flow-score.ts';

/** What the engine's configuration says about signals; the same for all strategies. Plain data. */
export interface SignalSettings {
  readonly orderFlow: OrderFlowConfig;
  readonly multipliers: AlignmentMultipliers;
}

export const SIGNAL_SETTINGS: SignalSettings = {
  orderFlow: ORDER_FLOW_DEFAULTS,
  multipliers: ALIGNMENT_MULTIPLIERS,
};
