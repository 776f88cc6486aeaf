import type { EngineConfig } from '../config/config-types.ts';
import { QUEUE_MODELS } from '../fills/fill-settings.ts';

/** The model a backtest takes where the configuration leaves it open. */
const DEFAULT_MODEL = { frames: 'power', candles: 'through' } as const;

/** The configuration with a model of its own. */
export function withModel(config: EngineConfig, model: string): EngineConfig {
  return {
    ...config,
    mode: 'paper',
    fills: { ...config.fills, model: model as EngineConfig['fills']['model'] },
  };
}

/**
 * The configuration of a backtest: paper fills by the chosen model. Candles say nothing of queues and are as old as they
 * are long, so there a resting order fills when its price was traded through, and no price is stale.
 */
export function backtestConfig(config: EngineConfig, kind: 'frames' | 'candles'): EngineConfig {
  const { model } = config.fills;
  const chosen = withModel(config, model === 'auto' ? DEFAULT_MODEL[kind] : model);
  return kind === 'frames' ? chosen : { ...chosen, fills: { ...chosen.fills, staleMs: 0 } };
}

/** The queue models that are plausible for such data, from the fewest fills to the most. */
export function plausibleModels(kind: 'frames' | 'candles'): readonly string[] {
  return kind === 'frames' ? Object.keys(QUEUE_MODELS) : ['through', 'at'];
}
