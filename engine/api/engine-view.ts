import type { Sessions } from './access/sessions.ts';
import type { Clock } from '../core/clock.ts';
import type { Instrument } from '../core/instrument.ts';
import type { CommandResult } from '../control/command.ts';
import type { EngineStats, LatencyReport } from './engine-stats.ts';
import type { EventHistory } from './event-history.ts';
import type { HealthReport } from './health.ts';
import type { ContextReading, HistoricalBars } from './market-past.ts';
import type { OrderHistory, OrderView } from './order-history.ts';
import type { SharedState } from './shared-state.ts';

/** What the main thread is asked for; the answers are plain data. */
export const ENGINE_QUERIES = [
  'strategies',
  'strategy',
  'analysis',
  'signals',
  'portfolio',
  'symbols',
  'risk',
  'commands',
  'command',
  'config',
] as const;

export type EngineQuery = (typeof ENGINE_QUERIES)[number];

/** A command that a request gives. */
export interface GivenCommand {
  readonly commandId: string;
  readonly kind: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly audit: CommandAudit;
}

/** Who gives a command over the api; written into the journal before it takes effect. */
export interface CommandAudit {
  /** Verb and path of the endpoint. */
  readonly what: string;
  readonly keyId: string;
  readonly address: string;
  readonly agent: string;
  readonly correlationId: string;
  /** Such a command is carried out also when nothing can be written down. */
  readonly lowersRisk: boolean;
}

/** What the endpoints know of the engine. Api thread. */
export interface EngineView {
  readonly identity: {
    readonly name: string;
    readonly version: string;
    readonly mode: string;
    readonly engineId: string;
    /** Another one each time the engine starts. */
    readonly runId: string;
    readonly node: string;
  };
  readonly clock: Clock;
  readonly shared: SharedState;
  readonly history: EventHistory;
  readonly orders: OrderHistory;
  /** Instruments that were not removed. */
  instruments(): readonly Instrument[];
  /** The instrument a name in a request means. @throws RequestProblem */
  named(symbol: string): Instrument;
  /** The engine's own name of an instrument. */
  nameOf(instrument: Instrument): string;
  /** Open orders, and those that ended since the api began to listen; oldest first. */
  allOrders(): { readonly seq: number; readonly view: OrderView }[];
  /** Sessions of browsers; loaded with the first use. */
  sessions(): Promise<Sessions>;
  /** null until the engine has reported. */
  stats(): EngineStats | null;
  latency(): Promise<LatencyReport | null>;
  healthy(): HealthReport;
  ready(): HealthReport;
  metrics(): Promise<{ readonly mediaType: string; readonly text: string }>;
  /** The timeframes that are analysed, shortest first. */
  timeframes(): readonly { readonly timeframe: string }[];
  /** Resolves after so many ms, or when the signal is aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** Telemetry that nobody had asked for so far is to come for a while. */
  wantTrades(): void;
  /** Asks the main thread; null = it did not answer in time. */
  ask(what: EngineQuery, about?: string): Promise<unknown>;
  /** Gives a command and waits at most so long; null = there was no answer by then. */
  give(command: GivenCommand, waitMs: number): Promise<CommandResult | null>;
  /** Id of the stop of trading that is in force; null = trading is not stopped. */
  haltId(): string | null;
  /** Closed bars of the bar store; null = the store has none of that symbol. */
  bars(
    instrument: Instrument,
    timeframe: string,
    fromMs: number,
    toMs: number,
  ): Promise<HistoricalBars | null>;
  /** The slow path's newest context of a symbol. */
  context(instrument: Instrument): ContextReading;
  /** What a context says, by the engine's own rules; a sentence when it is none. */
  outputOf(context: unknown, instrument: Instrument): Promise<object | string>;
  /** Correlations and losses out of what the main thread knows of the portfolio; null = too little is known. */
  portfolio(facts: unknown): Promise<object | null>;
  /** The newest report of a symbol, as JSON or as a page; null = there is none. */
  report(instrument: Instrument, form: 'json' | 'html'): Promise<string | null>;
}
