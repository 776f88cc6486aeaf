import type { SharedBookReader } from '../book/shared-book.ts';
import type { SharedPricesReader } from '../book/shared-prices.ts';
import type { AnswerRoute } from '../control/command-answers.ts';
import type { Clock } from '../core/clock.ts';
import type { Instrument } from '../core/instrument.ts';
import type { OrderTableReader } from '../execution/order-table.ts';
import type { BuriedRecord } from '../ipc/buried-record.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import type { Outbox } from '../ipc/outbox.ts';
import type { Publication, Subscription } from '../ipc/ring.ts';
import type { StrategyHosts } from '../ipc/strategy-hosts.ts';
import type { WaitHistogram } from '../ipc/wait-histogram.ts';
import type { Breakers } from './breakers.ts';
import type { PositionWriter } from './positions.ts';
import type { Reservations } from './reservations.ts';
import type { InstrumentLimits, RiskLimits } from './risk-limits.ts';
import type { StrategyPositionWriter } from './strategy-positions.ts';
import type { RiskTradingState, TradingStateReader } from './trading-state.ts';

/** Settings of risk beside its limits. */
export interface RiskOptions {
  readonly limits: RiskLimits;
  /** Greatest age of the tick behind an order request; 0 = any. */
  readonly latencyBudgetNs: number;
}

/** An instrument that is added. */
export interface RiskInstrument {
  readonly instrument: Instrument;
  readonly limits: InstrumentLimits;
  /** Place of its account. */
  readonly account: number;
}

/** What the risk actor is made with; shared-memory parts are attached anew for every incarnation. */
export interface RiskDependencies {
  readonly clock: Clock;
  readonly instruments: readonly Instrument[];
  /** Whether an instrument was not removed; absent = none ever is. */
  readonly isTraded?: (index: number) => boolean;
  /** What risk needs of an instrument that is added while it runs; absent = none is. */
  readonly newInstrument?: (index: number) => RiskInstrument;
  readonly counters: CounterBlock;
  readonly positions: PositionWriter;
  /** The same fills, by the strategy whose orders they filled. */
  readonly strategyPositions: StrategyPositionWriter;
  readonly reservations: Reservations;
  readonly breakers: Breakers;
  readonly trading: RiskTradingState;
  /** Of all accounts, in their order: for what was open before this start, and for the audit. */
  readonly orders: readonly OrderTableReader[];
  /** Place of the account that trades an instrument, by instrument index; absent = there is one account. */
  readonly accountOf?: Int32Array;
  /** The trading state of each account, in their order. */
  readonly accounts: readonly TradingStateReader[];
  /** Absent = one strategy actor hosts all strategies. */
  readonly strategyHosts?: StrategyHosts;
  readonly book: SharedBookReader;
  readonly prices: SharedPricesReader;
  /** Made by `openRiskApprovals` and `openRiskReports`. */
  readonly approvals: Outbox;
  readonly reports: Outbox;
  /** risk-to-execution of every account, in their order. */
  readonly toExecutions: readonly Publication[];
  /** The request on which the predecessor died. */
  readonly buriedRequest: BuriedRecord;
  /** strategy-to-risk of every strategy actor. */
  readonly fromStrategies: readonly Subscription[];
  /** execution-to-risk of every account, in their order. */
  readonly fromExecutions: readonly Subscription[];
  /** commands-to-risk. */
  readonly commands: Subscription;
  /** Absent = commands are not answered. */
  readonly answers?: AnswerRoute;
  readonly options: RiskOptions;
  /** How long each execution's reports were on their way; absent = not measured. */
  readonly reportWaits?: readonly WaitHistogram[];
}
