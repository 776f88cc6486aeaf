import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { z } from 'zod';
import { LATENCY_SCHEMA, STATS_SCHEMA } from '../../api/engine-stats.ts';
import type { LatencyReport } from '../../api/engine-stats.ts';
import { stateLayout } from '../../journal/state-directory.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { CONFIG_KEYS } from '../config/config-keys.ts';

/** The file of the last finished run in a state folder. */
const LAST_RUN_FILE = 'latency-last.json';
const ANSWER_TIMEOUT_MS = 5_000;
const MODES = CONFIG_KEYS.mode.of;
const VENUES = CONFIG_KEYS.venue.keys.name.of;

const count = z.number().min(0);
const percentiles = z.object({
  count,
  p50: count,
  p90: count,
  p99: count,
  p999: count,
  p9999: count,
  max: count,
});
const causes = z.object({
  gc: count,
  schedulerGap: count,
  longHandler: count,
  ringBacklog: count,
  unknown: count,
});
const cause = causes.keyof();
const lateOrder = z.object({
  intentSeq: z.number(),
  sentMs: z.number(),
  tickToOrderNs: count,
  cause,
  stages: z.array(
    z.object({
      stage: z.string(),
      ns: count,
      waitedNs: count,
      cause: cause.nullable(),
      actor: z.string().nullable(),
    }),
  ),
});
/** What of a report or of the summary of a run is needed; further keys are left out. */
const reportSchema = z.object({
  schema: z.enum([LATENCY_SCHEMA, STATS_SCHEMA]),
  atEpochMs: z.number().default(0),
  mode: z.string(),
  venue: z.string(),
  topology: z.string(),
  idle: z.string(),
  strategy: z.string(),
  durationMs: count,
  tickToOrderNs: percentiles,
  stageNs: z.object({
    recvToDecoded: percentiles,
    decodedToBooked: percentiles,
    bookedToSignalled: percentiles,
    signalledToApproved: percentiles,
    approvedToSent: percentiles,
  }),
  edgeNs: z.record(z.string(), percentiles),
  orderToAckNs: percentiles,
  orderToAckFrom: z.enum(['venue', 'paper gateway']),
  overBudget: z.object({
    budgetNs: count,
    stageBudgetNs: count,
    orders: causes,
    stages: z.record(z.string(), causes),
    halts: count.default(0),
    isHalted: z.boolean().default(false),
    pending: count,
    missedIntervals: count,
    seesRunDelay: z.boolean(),
    offenders: z.array(lateOrder),
  }),
  hdrV2: z.record(z.string(), z.string()).default({}),
});

/** A report and where it comes from, in words. */
export interface FoundReport {
  readonly report: LatencyReport;
  readonly from: string;
  readonly isRunning: boolean;
}

/**
 * Leaves the report of a finished run in its state folder for `latency`. The old one stays whole until the new one is.
 */
export function keepLatencyReport(directory: string, report: LatencyReport): void {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, LAST_RUN_FILE);
  writeFileSync(`${file}.new`, `${JSON.stringify(report)}\n`);
  renameSync(`${file}.new`, file);
}

function parseReport(text: string, source: string): LatencyReport {
  // `run --json` prints its summary as the last line.
  const line = text.trimEnd().split('\n').at(-1) ?? '';
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new CliError('LATENCY_UNREADABLE', `${source} is no JSON: ${EXPECTED}`, EXIT.failure);
  }
  const parsed = reportSchema.safeParse(value);
  if (parsed.success) return { ...parsed.data, schema: LATENCY_SCHEMA };
  const [issue] = parsed.error.issues;
  const where = issue.path.length === 0 ? '' : ` (${issue.path.join('.')}: ${issue.message})`;
  throw new CliError('LATENCY_UNREADABLE', `${source} holds no latency${where}: ${EXPECTED}`, EXIT.failure);
}

const EXPECTED = `expected the output of run --json, or a ${LAST_RUN_FILE} of a state folder`;

/** The report in a file. Throws CliError. */
export function reportOfFile(file: string): FoundReport {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError(
      'LATENCY_UNREADABLE',
      `cannot read ${file}: ${(error as Error).message}`,
      EXIT.failure,
    );
  }
  return { report: parseReport(text, file), from: file, isRunning: false };
}

/** The report of the engine whose api is at `baseUrl`; null when nothing listens there. Throws CliError. */
export async function reportOfEngine(baseUrl: string): Promise<FoundReport | null> {
  const url = new URL('/latency', baseUrl).href;
  const timeouts = { headersTimeout: ANSWER_TIMEOUT_MS, bodyTimeout: ANSWER_TIMEOUT_MS };
  let answer: Awaited<ReturnType<typeof request>>;
  try {
    answer = await request(url, timeouts);
  } catch (error) {
    if (isNobody(error)) return null;
    throw new CliError(
      'LATENCY_UNREADABLE',
      `no answer from ${url}: ${(error as Error).message}`,
      EXIT.retry,
    );
  }
  const text = await answer.body.text();
  if (answer.statusCode === 503) {
    throw new CliError('LATENCY_NOT_READY', `the engine at ${baseUrl} has nothing to report yet`, EXIT.retry);
  }
  if (answer.statusCode !== 200) {
    throw new CliError(
      'LATENCY_UNREADABLE',
      `${url} answered ${answer.statusCode}: is this the api of an engine?`,
      EXIT.failure,
    );
  }
  return { report: parseReport(text, url), from: baseUrl, isRunning: true };
}

function isNobody(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNREFUSED' || code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'EHOSTUNREACH';
}

/** The last finished run below the state folder, of the given mode and venue or of any; null when there is none. */
export function lastReport(
  stateDir: string,
  mode: string | undefined,
  venue: string | undefined,
): FoundReport | null {
  let newest: FoundReport | null = null;
  for (const oneMode of mode === undefined ? MODES : [mode]) {
    for (const oneVenue of venue === undefined ? VENUES : [venue]) {
      const { directory } = stateLayout(stateDir, { mode: oneMode, venue: oneVenue });
      const found = reportIfThere(join(directory, LAST_RUN_FILE));
      if (found === null) continue;
      if (newest === null || found.report.atEpochMs > newest.report.atEpochMs) newest = found;
    }
  }
  return newest;
}

function reportIfThere(file: string): FoundReport | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return { report: parseReport(text, file), from: file, isRunning: false };
}
