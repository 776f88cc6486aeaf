import type { SharedBookReader } from '../book/shared-book.ts';
import type { SharedPricesReader } from '../book/shared-prices.ts';
import type { AnswerRoute } from '../control/command-answers.ts';
import type { Clock } from '../core/clock.ts';
import type { Instrument } from '../core/instrument.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import type { ErrorLog } from '../ipc/error-log.ts';
import type { Publication, Subscription } from '../ipc/ring.ts';
import type { StrategyHosts } from '../ipc/strategy-hosts.ts';
import type { TelemetryInterestReader } from '../ipc/telemetry-interest.ts';
import type { TurnWord } from '../ipc/turn-word.ts';
import type { WaitHistogram } from '../ipc/wait-histogram.ts';
import type { ActorName } from '../runtime/actor.ts';
import type { BiasSource } from './bias-source.ts';
import type { BracketTable } from './bracket-table.ts';
import type { StrategySpec } from './hosted-strategy.ts';
import type { IntentCounter } from './intent-counter.ts';
import type { OpenOrderSource } from './own-orders.ts';
import type { PositionSource, StrategyPositionSource } from './position-source.ts';
import type { StrategyMemory } from './strategy-memory.ts';
import type { SignalSettings } from './signals/signal-settings.ts';
import type { LoadStrategy } from './strategy-roster.ts';
import type { StrategyFaults } from './strategy-faults.ts';

/** Everything the strategy actor is joined to; made by the composition root for its thread. */
export interface StrategyDependencies {
  /** Absent = the only one of its kind. */
  readonly name?: ActorName;
  /** By index; the actor adds what comes later. */
  readonly instruments: Instrument[];
  /** An instrument that is added while the actor runs; absent = none is. */
  readonly instrumentAt?: (index: number) => Instrument;
  readonly strategies: readonly StrategySpec[];
  /** Loads a strategy that is added while the engine runs; absent = none can be. */
  readonly loadStrategy?: LoadStrategy;
  readonly clock: Clock;
  readonly counters: CounterBlock;
  readonly errors: ErrorLog;
  readonly commands: Subscription;
  /** Absent = commands are not answered. */
  readonly answers?: AnswerRoute;
  readonly riskToStrategy: Subscription;
  /** Of every account, in their order. */
  readonly executionsToStrategy: readonly Subscription[];
  /** Of every lane. */
  readonly booksToStrategy: readonly Subscription[];
  readonly strategyToRisk: Publication;
  readonly toJournal: Publication;
  readonly toApi: Publication;
  readonly toSupervisor: Publication;
  /** Two readers of the shared books: one for the book being shown, one for `context.book`. */
  readonly sharedBook: SharedBookReader;
  readonly lookupBook: SharedBookReader;
  readonly prices: SharedPricesReader;
  readonly positions: PositionSource;
  readonly strategyPositions: StrategyPositionSource;
  readonly bias: BiasSource;
  readonly intents: IntentCounter;
  /** Of every account, in their order. */
  readonly openOrders: readonly OpenOrderSource[];
  /** Place of the account that trades an instrument, by instrument index; absent = there is one account. */
  readonly accountOf?: Int32Array;
  /** Which strategy actor hosts which strategy, and which of them this is; absent = this one hosts all. */
  readonly strategyHosts?: StrategyHosts;
  readonly place?: number;
  /** Where the thread says whose turn it is. */
  readonly turnWord: TurnWord;
  /** Who is switched off. */
  readonly faults: StrategyFaults;
  /** Absent = the defaults. */
  readonly signalSettings?: SignalSettings;
  /** Where brackets are kept; absent = they end with this actor. */
  readonly brackets?: BracketTable;
  /** What strategies keep for their next incarnation; absent = it ends with this actor. */
  readonly memory?: StrategyMemory;
  /** Equity at the start, in units of a quote asset; absent = 0. */
  readonly startEquity?: number;
  /** Of everything random; absent = 1. */
  readonly seed?: number;
  /** Who listens to telemetry; null = assume that all topics are wanted. */
  readonly telemetry: TelemetryInterestReader | null;
  /** How long reports were on their way; absent = not measured. */
  readonly reportWaits?: {
    /** Of every account, in their order. */
    readonly fromExecutions: readonly WaitHistogram[];
    readonly fromRisk: WaitHistogram;
  };
}
