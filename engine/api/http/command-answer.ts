import { z } from 'zod';
import type { CommandResult } from '../../control/command.ts';
import { RequestProblem } from './problem.ts';
import type { ProblemCode } from './problem.ts';
import type { RouteAnswer } from './route.ts';

/** Longest and usual time an acting call waits for what came of it, ms. */
export const COMMAND_WAIT_MS = 5_000;
/** Commands that take longer by their nature are answered by 202 after this. */
export const SLOW_WAIT_MS = 2_000;

/** What every acting call takes beside its own: 0 answers at once, and the command's own page tells the end. */
export const COMMAND_QUERY: z.ZodType<{ readonly waitMs?: number | undefined }> = z.strictObject({
  waitMs: z.coerce.number().int().min(0).max(COMMAND_WAIT_MS).optional(),
});

/** The answer to a command. */
export const COMMAND_ANSWER_BODY: z.ZodType = z.strictObject({
  commandId: z.string(),
  kind: z.string(),
  outcome: z.enum(['applied', 'partly', 'pending', 'refused', 'unknown']),
  reason: z.string(),
  message: z.string(),
  atMs: z.number().nullable(),
  turn: z.number().nullable(),
  details: z.record(z.string(), z.unknown()),
});

/** Statuses of an answer to a command; refusals are problems. */
export const COMMAND_ANSWERS: Readonly<Record<number, z.ZodType>> = {
  200: COMMAND_ANSWER_BODY,
  202: COMMAND_ANSWER_BODY,
};

/** Reasons of the desk and its handlers as problems; every other one is REFUSED under its own name. */
const PROBLEM_OF: Readonly<Record<string, ProblemCode>> = {
  busy: 'DESK_BUSY',
  bad_argument: 'VALIDATION',
  bad_command_id: 'VALIDATION',
  confirm_missing: 'CONFIRM_MISSING',
  command_id_conflict: 'IDEMPOTENCY_CONFLICT',
  symbol_unknown: 'SYMBOL_UNKNOWN',
  symbol_ambiguous: 'SYMBOL_AMBIGUOUS',
  unknown_strategy: 'STRATEGY_UNKNOWN',
  unknownStrategy: 'STRATEGY_UNKNOWN',
  audit_unavailable: 'AUDIT_UNAVAILABLE',
};

/** The body that tells of a command. */
export function commandBody(result: CommandResult): Record<string, unknown> {
  const { commandId, kind, outcome, reason, message, atMs, steps, details = {} } = result;
  const turn = steps.at(-1)?.turn ?? -1;
  return { commandId, kind, outcome, reason, message, atMs, turn: turn < 0 ? null : turn, details };
}

/** The answer to who gave a command. @param isSlow it takes its time by its nature @throws RequestProblem when it was refused */
export function answerOf(
  result: CommandResult | null,
  commandId: string,
  kind: string,
  waitMs: number,
  isSlow: boolean,
): RouteAnswer {
  if (result === null) return unanswered(commandId, kind, waitMs, isSlow);
  const { outcome, reason, message, details } = result;
  if (outcome !== 'refused') {
    const isSettled = outcome === 'applied' || outcome === 'partly';
    return { status: isSettled ? 200 : 202, body: commandBody(result), headers: placeOf(commandId) };
  }
  const code = PROBLEM_OF[reason] ?? 'REFUSED';
  const named = code === 'REFUSED' ? reason.replaceAll(/([a-z])([A-Z])/g, '$1_$2').toUpperCase() : code;
  throw new RequestProblem(code, message, {
    named,
    commandId,
    ...(details === undefined ? {} : { inputs: details }),
  });
}

function unanswered(commandId: string, kind: string, waitMs: number, isSlow: boolean): RouteAnswer {
  if (!isSlow && waitMs > 0) {
    const detail = `the engine did not answer within ${waitMs} ms; GET /api/v1/commands/${commandId} tells what came of it`;
    throw new RequestProblem('COMMAND_TIMEOUT', detail, { commandId });
  }
  const body = {
    commandId,
    kind,
    outcome: 'pending',
    reason: 'none',
    message: 'it is in work; the command itself tells the end',
    atMs: null,
    turn: null,
    details: {},
  };
  return { status: 202, body, headers: placeOf(commandId) };
}

function placeOf(commandId: string): Record<string, string> {
  return { location: `/api/v1/commands/${encodeURIComponent(commandId)}` };
}
