import { SIMULATED_REPORTS_MAX } from '../../execution/fills/report-queue.ts';
import type { EngineConfig } from '../config/config-types.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { ReplaySession } from '../replay/replay-session.ts';
import { EngineLog } from '../run/engine-log.ts';
import { StatsCollector } from '../run/stats.ts';
import type { PlannedStrategy } from '../strategy/planned-strategy.ts';
import { readFundingFile } from './funding-schedule.ts';
import type { MarketTape } from './market-tape.ts';
import type { RunLog } from './run-log.ts';
import { RunRecorder } from './run-recorder.ts';

/** One run over one tape. Plain data: travels to worker threads. */
export interface RunSpec {
  readonly config: EngineConfig;
  readonly strategy: Omit<PlannedStrategy, 'actor'>;
  /** What the account begins with, in the quote asset: the base of returns. */
  readonly capital: number;
  /** Rows of time and rate; null = no funding. */
  readonly fundingFile: string | null;
}

/** What one run left behind. */
export interface RunOutcome {
  readonly log: RunLog;
  /** Distance of the points of the equity curve. */
  readonly stepNs: number;
  readonly digest: string;
  readonly violations: readonly string[];
  readonly warnings: readonly string[];
  readonly wallMs: number;
}

/** Distances of equity points, the shortest of which keeps a curve below POINTS_MAX. */
const STEPS_MS = [1_000, 10_000, 60_000, 300_000, 900_000, 3_600_000, 14_400_000, 86_400_000] as const;
const POINTS_MAX = 4_000;

/** The step of the equity curve for data of that length, in which nothing new is seen more often than `leastNs`. Pure. */
export function equityStepNs(spanNs: number, leastNs: number): number {
  const fits = (ms: number): boolean => ms * 1e6 >= leastNs && spanNs / (ms * 1e6) <= POINTS_MAX;
  return (STEPS_MS.find(fits) ?? STEPS_MS.at(-1)!) * 1e6;
}

/**
 * Runs the strategy over the tape with all five actors, risk included, on the calling thread. Throws CliError when an
 * actor failed.
 * @param onEvent called before each event with the count of those before it
 */
export async function runTape(
  tape: MarketTape,
  spec: RunSpec,
  onEvent: (count: number) => void,
): Promise<RunOutcome> {
  const { config, strategy, fundingFile } = spec;
  const stepNs = equityStepNs(tape.lastNs, tape.stepNs);
  const funding = fundingFile === null ? null : readFundingFile(fundingFile, tape.firstEpochUs);
  const recorder = new RunRecorder(stepNs, funding);
  const session = new ReplaySession(
    config,
    tape.instruments,
    tape.firstEpochUs,
    strategy,
    new EngineLog(config),
    recorder.listeners,
  );
  recorder.attach({ wiring: session.wiring, books: session.books, instruments: session.plan.instruments });
  await session.start(tape.createFeed);
  const beganMs = performance.now(); // arch-ok: the speed of the run itself, outside the engine's time
  let count = 0;
  tape.play(session, (nowNs) => {
    recorder.tick(nowNs);
    onEvent(count++);
  });
  const wallMs = performance.now() - beganMs; // arch-ok: as above
  session.finish();
  const failure = session.failure();
  if (failure !== null) throw new CliError('BACKTEST_FAILED', `an actor failed: ${failure}`, EXIT.failure);
  const log = recorder.finish(session.clock.nowNs());
  const stats = new StatsCollector(session, {
    topology: 'invoker',
    strategyName: strategy.name,
    originMs: 0,
  }).collect();
  return {
    log,
    stepNs,
    digest: session.digest.finish(),
    violations: stats.violations,
    warnings: runWarnings(stats.counters, session, tape),
    wallMs,
  };
}

type Counters = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What a reader of the result should know, one sentence each. */
function runWarnings(counters: Counters, session: ReplaySession, tape: MarketTape): string[] {
  const { execution, 'market-data': feed } = counters;
  const warnings = [...tape.warnings];
  const add = (count: number | undefined, text: string): void => {
    if (count !== undefined && count > 0) warnings.push(`${count} ${text}`);
  };
  add(
    feed['refusedMalformed'],
    'frames could not be read: the recording is damaged or cut off in the middle of one',
  );
  add(
    execution['simulatedStale'],
    'orders were refused because the book was older than fills.staleMs: data is missing',
  );
  add(
    execution['simulatedReportsFull'],
    `steps of the simulated venue waited because ${SIMULATED_REPORTS_MAX} of its reports were under way`,
  );
  for (const instrument of session.plan.instruments) {
    const { isValid, updates } = session.bookStats(instrument.index);
    if (!isValid)
      warnings.push(
        updates === 0
          ? `${instrument.symbol} never had a book: the data holds no snapshot (--snapshot FILE gives one)`
          : `the book of ${instrument.symbol} was hidden at the end of the data`,
      );
  }
  return warnings;
}
