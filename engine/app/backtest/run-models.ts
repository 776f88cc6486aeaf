import type { EngineConfig } from '../config/config-types.ts';

/** The model a backtest takes where the configuration leaves it open. */
const BACKTEST_MODEL = 'power';

/** The configuration with a model of its own. */
export function withModel(config: EngineConfig, model: string): EngineConfig {
  return {
    ...config,
    mode: 'paper',
    fills: { ...config.fills, model: model as EngineConfig['fills']['model'] },
  };
}

/** The configuration of a backtest: paper fills by the chosen model. */
export function backtestConfig(config: EngineConfig): EngineConfig {
  return withModel(config, config.fills.model === 'auto' ? BACKTEST_MODEL : config.fills.model);
}
