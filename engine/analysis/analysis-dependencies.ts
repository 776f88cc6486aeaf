import type { ContextTable } from './context-table.ts';
import type { AnswerRoute } from '../control/command-answers.ts';
import type { Clock } from '../core/clock.ts';
import type { Instrument } from '../core/instrument.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import type { RingMonitor, Subscription } from '../ipc/ring.ts';
import type { CandleFetcher } from './bars/candle-port.ts';
import type { Timeframe } from './bars/timeframe.ts';
import type { BiasWriter } from './bias-frame.ts';
import type { BarStoreWriter } from './live/bar-recorder.ts';
import type { HistorySource } from './live/history-source.ts';
import type { ReportTimes, WriteReport } from './live/report-desk.ts';
import type { ShardPool } from './live/shard-pool.ts';
import type { PortfolioTable } from './portfolio/portfolio-table.ts';
import type { ScheduleTable } from './schedule/status-table.ts';
import type { SignalTable } from './signals/signal-table.ts';
import type { LiveInputs } from './symbol/build-context.ts';

/** How the slow path works. */
export interface AnalysisConfig {
  /** Analysed; bars are built of every timeframe. */
  readonly timeframes: readonly Timeframe[];
  /** Losses, silent markets and overdue analyses are looked for this often. */
  readonly refreshMs: number;
  /** An analysis that takes longer is ended. */
  readonly taskTimeoutMs: number;
  /** Fee of entry and exit each that outcomes of signals are counted with, basis points. */
  readonly feeBps: number;
  /** When reports of all symbols are written. */
  readonly reports: ReportTimes;
}

/** What the composition root hands to the analysis actor. */
export interface AnalysisDependencies {
  /** From the books of every lane. */
  readonly trades: readonly Subscription[];
  /** Watch the same rings: they tell when trades were dropped. */
  readonly tradesRings: readonly RingMonitor[];
  readonly instruments: readonly Instrument[];
  /** Instruments added while the engine runs join the list; absent = none are. */
  readonly completeInstruments?: (instruments: Instrument[]) => void;
  /** Whether an instrument was not removed; absent = none is. */
  readonly isTraded?: (index: number) => boolean;
  /** Whether the feed of an instrument is whole now; absent = always. */
  readonly isFeedWhole?: (index: number) => boolean;
  /** Looks at the live books, in every turn; absent = there are none. */
  readonly watchLive?: (instruments: readonly Instrument[], nowNs: number) => void;
  /** What the live book says; absent = nothing. */
  readonly liveOf?: (instrument: Instrument, nowNs: number) => Pick<LiveInputs, 'liquidity' | 'orderFlow'>;
  /** What speaks against a trade to one side now, bits of TRADE_REFUSALS; absent = nobody can look. */
  readonly refusalsOf?: (
    instrument: Instrument,
    direction: 1 | -1,
    minuteAtr: number,
    nowNs: number,
  ) => number;
  readonly clock: Clock;
  readonly bias: BiasWriter;
  /** Absent = nobody shows contexts. */
  readonly contexts?: ContextTable;
  readonly counters: CounterBlock;
  readonly config: AnalysisConfig;
  /** Opens the pool at each start. */
  readonly openPool: () => ShardPool;
  /** Asks a venue for candles; null = it has no such endpoint, or shall not be asked. */
  readonly openFetcher: (instrument: Instrument) => CandleFetcher | null;
  /** Candles on this machine; the first source is trusted more. */
  readonly history: readonly HistorySource[];
  /** Where closed bars are written; null = nowhere. Opened at each start. */
  readonly openStore: (() => BarStoreWriter) | null;
  /** Writes a report down and returns the name of what it wrote; null = reports are not written. */
  readonly writeReport: WriteReport | null;
  /** What the supervisor asks for; absent = nothing. */
  readonly commands?: Subscription;
  /** Absent = commands are not answered. */
  readonly answers?: AnswerRoute;
  /** Where other threads read what was counted, and what outlives this one; null = nowhere. */
  readonly table: ScheduleTable | null;
  /** Where other threads read the signals; null = nowhere. */
  readonly signals: SignalTable | null;
  /** Where other threads read hourly closes and anomalies; null = nowhere. */
  readonly portfolio: PortfolioTable | null;
  /** Notes what went wrong and is no reason to stop. */
  readonly onFailure: (reason: string) => void;
}
