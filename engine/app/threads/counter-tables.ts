import { ANALYSIS_COUNTERS } from '../../analysis/analysis-counters.ts';
import { ORDERBOOK_COUNTERS } from '../../book/counters.ts';
import { EXECUTION_COUNTERS } from '../../execution/counters.ts';
import { API_COUNTERS } from '../../api/api-counters.ts';
import type { CounterTable } from '../../ipc/counters.ts';
import { JOURNAL_COUNTERS } from '../../journal/journal-actor.ts';
import { MARKET_DATA_COUNTERS } from '../../market-data/counters.ts';
import { RISK_COUNTERS } from '../../risk/counters.ts';
import type { ActorKind } from '../../runtime/actor.ts';
import { STRATEGY_COUNTERS } from '../../strategy/counters.ts';

/** The counters of each kind of actor: names, places and the sentence that says what a rise means. */
export const COUNTER_TABLES: Readonly<Record<ActorKind, CounterTable>> = {
  'market-data': MARKET_DATA_COUNTERS,
  orderbook: ORDERBOOK_COUNTERS,
  strategy: STRATEGY_COUNTERS,
  risk: RISK_COUNTERS,
  execution: EXECUTION_COUNTERS,
  journal: JOURNAL_COUNTERS,
  analysis: ANALYSIS_COUNTERS,
  api: API_COUNTERS,
};
