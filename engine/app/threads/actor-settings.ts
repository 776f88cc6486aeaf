import { requireTimeframe } from '../../analysis/bars/timeframe.ts';
import type { AnalysisConfig } from '../../analysis/analysis-dependencies.ts';
import { LocalTimes } from '../../analysis/schedule/local-times.ts';
import type { ExecutionOptions } from '../../execution/execution-actor.ts';
import { riskLimitsFrom } from '../../risk/risk-limits.ts';
import type { RiskOptions } from '../../risk/risk-dependencies.ts';
import { CliError } from '../cli/cli-error.ts';
import type { EngineConfig } from '../config/config-types.ts';
import { EXIT } from '../cli/exit-codes.ts';
import type { EnginePlan, PlannedAccount } from './thread-plan.ts';

/** How often execution compares itself with the venue while all is well. */
const RECONCILE_INTERVAL_NS = 30e9;
const ANALYSIS_REFRESH_MS = 1_000;
const ANALYSIS_TIMEOUT_MS = 30_000;

/** The slow path's settings from the config. */
export function analysisConfig(config: EngineConfig): AnalysisConfig {
  const { timeframes, feeBps, reportTimes, reportTimeZone } = config.analysis;
  return {
    timeframes: timeframes.map(requireTimeframe),
    refreshMs: ANALYSIS_REFRESH_MS,
    taskTimeoutMs: ANALYSIS_TIMEOUT_MS,
    feeBps,
    reports: reportTimes.length === 0 ? null : new LocalTimes(reportTimes, reportTimeZone),
  };
}

/** Risk's limits in ticks, lots and cash. Throws CliError with every problem of the config. */
export function riskOptions(plan: Pick<EnginePlan, 'config' | 'instruments'>): RiskOptions {
  const result = riskLimitsFrom(plan.config.risk, plan.instruments);
  if (!result.ok) throw new CliError('RISK_LIMITS', result.problems.join('\n'), EXIT.config);
  return { limits: result.limits, latencyBudgetNs: plan.config.risk.latencyBudgetUs * 1_000 };
}

/** Execution's settings from the config, in nanoseconds. */
export function executionOptions(plan: EnginePlan, account: PlannedAccount): ExecutionOptions {
  const { execution } = plan.config;
  return {
    namespace: execution.namespace,
    ackTimeoutNs: execution.ackTimeoutMs * 1e6,
    queryIntervalNs: execution.unknownQueryIntervalMs * 1e6,
    notFoundGraceNs: execution.notFoundGraceMs * 1e6,
    reconcileIntervalNs: RECONCILE_INTERVAL_NS,
    // Trades by hand from before the engine had this account are none of its positions.
    ignoreFillsBeforeMs: Math.floor(account.sinceEpochUs / 1000),
  };
}
