import { enginePartsOf } from '../config/engine-parts.ts';
import type { Instrument } from '../../core/instrument.ts';
import type { BookStats } from '../../book/instrument-book.ts';
import { lotsToQty, ticksToPrice } from '../../core/instrument.ts';
import { setTimeout as wait } from 'node:timers/promises';
import { TIMER_MS_MAX } from '../../core/long-timer.ts';
import type { EngineStats } from '../../api/engine-stats.ts';
import { recvNsOf } from '../../market-data/capture-file.ts';
import type { Capture } from '../../market-data/capture-file.ts';
import { FRAME_OUTCOMES } from '../../market-data/counters.ts';
import { GAP_REASON, nameOf } from '../../messages/enums.ts';
import { CliError } from '../cli/cli-error.ts';
import { fillOptions } from '../fills/fill-settings.ts';
import type { EngineConfig } from '../config/config-types.ts';
import { EngineLog } from '../run/engine-log.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { printJson, printNote, printText } from '../cli/output.ts';
import { ReplaySession } from './replay-session.ts';
import { readInputs } from './read-inputs.ts';
import type { ReplayInput } from './replay-input.ts';
import type { ReplayOptions } from '../cli/run-options.ts';
import { StatsCollector } from '../run/stats.ts';
import { checkStrategyParams, plannedStrategy, prepareStrategy } from '../strategy/strategy-check.ts';
import type { PreparedStrategy } from '../strategy/strategy-check.ts';
import { summaryText } from '../run/summary-text.ts';
import { table } from '../cli/text-table.ts';

const PROGRESS_MS = 1_000;
/** Frames between two looks at the wall clock. */
const FRAMES_PER_LOOK = 4_096;

/** One book after a replay. */
interface BookSummary {
  /** Whether it could be shown at the end of the recording, and why not (GAP_REASON by name). */
  readonly isValid: boolean;
  readonly hiddenReason: string | null;
  /** Why it stayed hidden and what helps, in one sentence. */
  readonly hint: string | null;
  readonly updates: number;
  readonly snapshots: number;
  readonly gaps: number;
  readonly resyncs: number;
  readonly crossed: number;
  /** Times the price left the range that the snapshot covered. */
  readonly coverageLost: number;
  readonly staleDropped: number;
  readonly bestBid: string;
  readonly bestBidQty: string;
  readonly bestAsk: string;
  readonly bestAskQty: string;
  readonly levels: { readonly bid: number; readonly ask: number };
}

/** What a replay adds to the summary of a run. */
interface ReplaySummary extends EngineStats {
  readonly file: string;
  /** Where a file does not follow on the one before it. */
  readonly breaks: readonly string[];
  readonly book: Readonly<Record<string, BookSummary>>;
  readonly topMatches: number;
  readonly topMismatches: number;
  /** SHA-256 over all records of the forward rings. */
  readonly digest: string;
  readonly forwardRecords: number;
  /** Every frame by what became of it; the outcomes add up to `total`. */
  readonly frames: Readonly<Record<string, number>>;
  readonly wallMs: number;
  /** Over the whole file, from a cold start: the compiler's warm-up is in it. */
  readonly framesPerSecond: number;
  /** Over the second half of the frames. */
  readonly framesPerSecondWarm: number;
  readonly recordedMs: number;
}

/** Replays capture files through the five actors; returns the exit code. Main thread. */
export async function replayFiles(
  files: readonly string[],
  config: EngineConfig,
  options: ReplayOptions,
): Promise<number> {
  const log = new EngineLog(config);
  fillOptions(config);
  const strategy = await prepareStrategy(enginePartsOf(config).strategies[0]);
  const summaries: ReplaySummary[] = [];
  try {
    for (const input of await readInputs(files, config.venue.name, options.snapshot)) {
      await checkStrategyParams(strategy, input.instruments);
      summaries.push(await replayOne(input, config, options, strategy, log));
    }
  } finally {
    await strategy.probe.close();
  }
  if (options.json)
    printJson(summaries.length === 1 ? summaries[0] : { schema: 'shrike.replays/1', replays: summaries });
  else for (const summary of summaries) printText(replayText(summary));
  return summaries.every((summary) => summary.invariantViolations === 0) ? EXIT.ok : EXIT.failure;
}

async function replayOne(
  { capture, instruments, breaks }: ReplayInput,
  config: EngineConfig,
  options: ReplayOptions,
  strategy: PreparedStrategy,
  log: EngineLog,
): Promise<ReplaySummary> {
  printNote(
    `${capture.path}: ${capture.frameCount} frames, ${instruments.map(({ symbol }) => symbol).join(', ')}`,
  );
  for (const text of breaks) printNote(text);
  const session = new ReplaySession(
    config,
    instruments,
    capture.firstEpochUs,
    plannedStrategy(strategy),
    log,
  );
  await session.start();
  const beganMs = performance.now(); // arch-ok: the speed of the replay itself, outside the engine's time
  const halfwayMs = await playFrames(capture, session, options.speed);
  const wallMs = performance.now() - beganMs; // arch-ok: as above
  session.finish();
  const failure = session.failure();
  if (failure !== null) throw new CliError('REPLAY_FAILED', `an actor failed: ${failure}`, EXIT.failure);
  const stats = new StatsCollector(session, {
    topology: 'invoker',
    strategyName: strategy.name,
    originMs: 0,
  }).collect();
  const summary = summarise(capture, breaks, session, stats, wallMs, beganMs + wallMs - halfwayMs);
  for (const [symbol, { hint }] of Object.entries(summary.book)) {
    if (hint !== null) printNote(`${symbol}: ${hint}`);
  }
  return summary;
}

/** Plays all frames; returns when (performance.now) the second half began. */
async function playFrames(capture: Capture, session: ReplaySession, speed: number | null): Promise<number> {
  const beganMs = performance.now(); // arch-ok: pacing and progress of the replay, outside the engine's time
  let shownMs = beganMs;
  let halfwayMs = beganMs;
  const half = Math.floor(capture.frameCount / 2);
  let played = 0;
  for (const block of capture.blocks) {
    for (let index = 0; index < block.count; index++) {
      const recvNs = recvNsOf(block, index, capture.firstEpochUs);
      if (speed !== null) await pace(recvNs / 1e6 / speed, beganMs);
      session.frame(block.bytes, block.starts[index], block.lengths[index], recvNs);
      played++;
      if (played === half) halfwayMs = performance.now(); // arch-ok: as above
      if (played % FRAMES_PER_LOOK !== 0) continue;
      const nowMs = performance.now(); // arch-ok: as above
      if (nowMs - shownMs < PROGRESS_MS) continue;
      shownMs = nowMs;
      printNote(`${Math.round((100 * played) / capture.frameCount)} % of ${capture.frameCount} frames`);
    }
  }
  return halfwayMs;
}

async function pace(dueMs: number, beganMs: number): Promise<void> {
  let aheadMs = beganMs + dueMs - performance.now(); // arch-ok: as above
  while (aheadMs > 1) {
    await wait(Math.min(aheadMs, TIMER_MS_MAX));
    aheadMs = beganMs + dueMs - performance.now(); // arch-ok: as above
  }
}

function summarise(
  capture: Capture,
  breaks: readonly string[],
  session: ReplaySession,
  stats: EngineStats,
  wallMs: number,
  secondHalfMs: number,
): ReplaySummary {
  const feed = stats.counters['market-data'];
  const frames: Record<string, number> = { total: capture.frameCount };
  let accounted = 0;
  for (const outcome of FRAME_OUTCOMES) {
    frames[outcome] = feed[outcome]!;
    accounted += feed[outcome];
  }
  const books = session.plan.instruments.map((instrument) => session.bookStats(instrument.index));
  // Counted for the whole feed, so it can be told to a book only where there is one.
  const staleBefore = books.length === 1 ? feed['depthStale'] : 0;
  const violations = [...stats.violations];
  if (accounted !== capture.frameCount) {
    violations.push(`${capture.frameCount} frames were read and ${accounted} accounted for`);
  }
  return {
    ...stats,
    violations,
    invariantViolations: violations.length,
    file: capture.path,
    breaks,
    book: Object.fromEntries(
      session.plan.instruments.map((instrument) => [
        instrument.symbol,
        bookOf(session, instrument, staleBefore),
      ]),
    ),
    topMatches: books.reduce((sum, { topMatches }) => sum + topMatches, 0),
    topMismatches: books.reduce((sum, { topMismatches }) => sum + topMismatches, 0),
    digest: session.digest.finish(),
    forwardRecords: session.digest.recordCount(),
    frames,
    wallMs: Math.round(wallMs * 10) / 10,
    framesPerSecond: Math.round((capture.frameCount * 1000) / wallMs),
    framesPerSecondWarm: Math.round((Math.ceil(capture.frameCount / 2) * 1000) / secondHalfMs),
    recordedMs: Math.round(session.clock.nowNs() / 1e6),
  };
}

/** @param staleBefore updates the feed's continuity rules dropped before the book saw them */
function bookOf(session: ReplaySession, instrument: Instrument, staleBefore: number): BookSummary {
  const stats = session.bookStats(instrument.index);
  return {
    isValid: stats.isValid,
    hint: stats.isValid ? null : hiddenHint(stats),
    hiddenReason: stats.isValid ? null : nameOf(GAP_REASON, stats.reason),
    updates: stats.updates,
    snapshots: stats.snapshots,
    gaps: stats.gaps,
    resyncs: stats.resyncs,
    crossed: stats.crossed,
    coverageLost: stats.coverageLost,
    staleDropped: stats.staleDropped + staleBefore,
    bestBid: ticksToPrice(instrument, stats.bidTicks),
    bestBidQty: lotsToQty(instrument, stats.bidLots),
    bestAsk: ticksToPrice(instrument, stats.askTicks),
    bestAskQty: lotsToQty(instrument, stats.askLots),
    levels: { bid: stats.bidLevels, ask: stats.askLevels },
  };
}

/** Why a book stayed hidden, and what helps. */
function hiddenHint({ reason, snapshots }: BookStats): string {
  const helps =
    'give one with --snapshot FILE (the answer to a REST depth request), or the recording before this one first';
  if (snapshots === 0) return `the book stays hidden: there is no snapshot to build it from; ${helps}`;
  if (reason === GAP_REASON.coverage) {
    return 'the book is hidden: the price left the range that its snapshot covered, and no later snapshot is recorded';
  }
  return `the book is hidden (${nameOf(GAP_REASON, reason)}), and no later snapshot is recorded`;
}

function replayText(summary: ReplaySummary): string {
  const rows = Object.entries(summary.book).map(([symbol, book]) => [
    symbol,
    ...[book.updates, book.gaps, book.resyncs, book.crossed, book.staleDropped].map(String),
    book.bestBid,
    book.bestAsk,
    `${book.levels.bid}/${book.levels.ask}`,
    book.hiddenReason === null ? 'valid' : `hidden: ${book.hiddenReason}`,
  ]);
  const outcomes = Object.entries(summary.frames).filter(([name, count]) => count > 0 || name === 'total');
  return [
    summaryText(summary),
    table([
      ['book', 'updates', 'gaps', 'resyncs', 'crossed', 'stale', 'best bid', 'best ask', 'levels', 'state'],
      ...rows,
    ]),
    `frames: ${outcomes.map(([name, count]) => `${name} ${count}`).join(', ')}`,
    `book against bookTicker: ${summary.topMatches} agree, ${summary.topMismatches} differ`,
    [
      `${summary.framesPerSecond} frames/s from a cold start`,
      `${summary.framesPerSecondWarm} frames/s in the second half`,
      `${summary.wallMs} ms for ${summary.recordedMs} ms recorded`,
    ].join(', '),
    `digest ${summary.digest} over ${summary.forwardRecords} records`,
  ].join('\n\n');
}
