import type { ClockOrigin } from '../../core/clock.ts';
import { regionOf } from '../../ipc/memory-map.ts';
import { JournalError } from '../../journal/journal-error.ts';
import { pruneJournal } from '../../journal/prune.ts';
import { recoverState } from '../../journal/recovery.ts';
import type { RecoveredState } from '../../journal/recovery.ts';
import { GONE_STRATEGY, runStrategy } from '../../journal/run-strategies.ts';
import type { RunStrategy } from '../../journal/run-strategies.ts';
import { openStateDirectory } from '../../journal/state-directory.ts';
import { labelOf } from '../../runtime/actor.ts';
import { actorsOf } from '../../runtime/topology.ts';
import { IntentCounter } from '../../strategy/intent-counter.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import type { EngineConfig } from '../config/config-types.ts';
import { statePlaceOf } from '../config/engine-parts.ts';
import type { PlannedStrategy } from '../strategy/planned-strategy.ts';
import { labelledName } from '../threads/wiring.ts';
import type { SharedMemory } from '../threads/wiring.ts';
import type { EngineLog } from './engine-log.ts';
import { StateSeeder, strategyIndexOf } from './state-seeder.ts';
import { seedRiskState } from './risk-state-watch.ts';
import { checkUntraded } from './untraded.ts';
import type { VenueSession } from './venue-session.ts';

const US_PER_DAY = 86_400_000_000;

/** The state folder of a run, with what the journal knew already put into shared memory. */
export interface EngineState {
  readonly journalDirectory: string;
  /** Folder of this mode and venue. */
  readonly directory: string;
  /** The highest intent number ever used; 0 = none. */
  readonly highestIntentSeq: number;
  /** When the engine first traded this account, epoch microseconds. */
  readonly accountSinceEpochUs: number;
  /** Sets the numbers that this run's intents and fills begin after. Once, before the threads start. */
  startIntentsAfter(intentSeq: number): void;
  release(): void;
}

/**
 * Takes the state folder and rebuilds positions, fill ledger and open orders from the journal, before any thread runs:
 * start is recovery. Throws CliError: 75 when another engine has the folder, 78 when the state cannot be used.
 */
export function openEngineState(
  config: EngineConfig,
  session: VenueSession,
  strategies: readonly Pick<PlannedStrategy, 'name' | 'params'>[],
  memory: SharedMemory,
  clockOrigin: ClockOrigin,
  log: EngineLog,
): EngineState {
  const identity = statePlaceOf(config);
  const state = asCliError(() => openStateDirectory(config.state.dir, identity, clockOrigin.epochUs));
  try {
    const accountIds = session.accounts.map(({ accountId }) => accountId);
    const recovered = asCliError(() => recoverState(state.journal, accountIds));
    report(recovered, log);
    asCliError(() => {
      const byLabel = Object.fromEntries(session.accounts.map(({ label, accountId }) => [label, accountId]));
      checkUntraded(recovered, session.instruments, byLabel, config, log);
      const now = strategies.map(({ name, params }, index) => runStrategy(index, name, params));
      new StateSeeder(memory, session, now).seed(recovered);
      seedRiskState(memory, recovered.riskState, log);
      reportGone(recovered, now, log);
    });
    if (config.journal.keepDays > 0) {
      prune(state.journal, clockOrigin.epochUs - config.journal.keepDays * US_PER_DAY, log);
    }
    return {
      journalDirectory: state.journal,
      directory: state.directory,
      highestIntentSeq: recovered.highestIntentSeq,
      accountSinceEpochUs: recovered.runs === 0 ? clockOrigin.epochUs : recovered.firstRunEpochUs,
      startIntentsAfter: (intentSeq) => {
        seedIntents(memory, intentSeq, recovered.highestFillSeq);
      },
      release: () => state.release(),
    };
  } catch (error) {
    state.release();
    throw error;
  }
}

/** What is recovered is in use already: a journal that cannot be pruned stays as it is. */
function prune(journalDirectory: string, olderThanUs: number, log: EngineLog): void {
  try {
    const { checkpoint, removed, difference } = pruneJournal(journalDirectory, olderThanUs);
    if (difference !== null) log.warn(`the journal was not pruned: ${difference}`);
    const bytes = removed.reduce((sum, file) => sum + file.bytes, 0);
    if (removed.length > 0)
      log.info(`the journal was pruned: ${removed.length} files, ${bytes} bytes`, { checkpoint });
  } catch (error) {
    log.warn(`the journal was not pruned: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Every strategy actor counts on from the highest number that any of them ever gave out. */
function seedIntents({ buffer, map, topology }: SharedMemory, intentSeq: number, fillSeq: number): void {
  const actors = actorsOf(topology, 'strategy');
  for (const [place, actor] of actors.entries()) {
    const region = regionOf(map, labelledName('state:intents', labelOf(actor)));
    new IntentCounter(buffer, region, actors.length, place).startAfter(intentSeq, fillSeq);
  }
}

function asCliError<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    const passes = error.code === 'STATE_LOCKED' || error.code === 'JOURNAL_NO_SPACE';
    const exitCode = passes ? EXIT.retry : EXIT.config;
    throw new CliError(error.code, error.message, exitCode);
  }
}

function report(recovered: RecoveredState, log: EngineLog): void {
  const { fills, openOrders, positions, archivedTo, cutTails, damagedCheckpoints, disagreements } = recovered;
  if (archivedTo !== null) log.info(`the journal of another account was moved to ${archivedTo}`);
  for (const damage of damagedCheckpoints) log.warn(`damaged checkpoint, read without it: ${damage}`);
  for (const cut of cutTails) log.warn('a torn end of the journal was cut and kept aside', { cut });
  for (const sentence of disagreements) log.warn(sentence);
  if (recovered.runs === 0) return;
  log.info(
    `recovered ${positions.length} positions from ${fills} fills of ${recovered.runs} runs; ${openOrders.length} orders may be open`,
  );
}

function reportGone({ openOrders }: RecoveredState, now: readonly RunStrategy[], log: EngineLog): void {
  const gone = openOrders.filter((order) => strategyIndexOf(order, now) === GONE_STRATEGY);
  if (gone.length === 0) return;
  const names = [...new Set(gone.map(({ strategy }) => strategy?.name || 'of no name'))].join(', ');
  log.warn(
    `${gone.length} orders that may be open belong to strategies that do not run (${names}): they are cancelled`,
  );
}
