import type { ActorCalls, CallAnswer } from './actor-calls.ts';

/**
 * What became of a command. `partly`: some of it took effect, the message says what did not. `pending`: it took effect
 * and its consequence is not complete yet. `unknown`: it may or may not have taken effect.
 */
export type CommandOutcome = 'applied' | 'partly' | 'pending' | 'refused' | 'unknown';

/** Plain arguments of a command, as they come from a command line, a socket or a request body. */
export type CommandArgs = Readonly<Record<string, unknown>>;

/** A command as it is given. */
export interface CommandRequest {
  /** Chosen by who gives it, 1..128 visible characters: the same id is carried out once and answered the same way. */
  readonly commandId: string;
  readonly kind: string;
  readonly args: CommandArgs;
  /** Who gives it: cli, api, signal, engine. */
  readonly source: string;
}

/** What the handler of a kind says came of it. */
export interface CommandReport {
  readonly outcome: CommandOutcome;
  /** A code of PROBLEM, or a COMMAND_REASON by name; "none" when nothing is wrong. */
  readonly reason: string;
  /** One sentence for people. */
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** What the actors answered, in the order of the steps. */
  readonly steps: readonly CallAnswer[];
}

/** The answer to a command. */
export interface CommandResult extends CommandReport {
  readonly commandId: string;
  readonly kind: string;
  readonly source: string;
  /** Wall clock when it was settled, ms since the epoch. */
  readonly atMs: number;
}

/** One kind of command: who carries it out. */
export interface CommandKind {
  readonly kind: string;
  /** Halts, pauses, cancels and removals of risk: never kept waiting by anything else. */
  readonly lowersRisk?: true;
  /** `source` says who gives it. May throw CommandRefusal; anything else thrown is a defect and is told as `unknown`. */
  run(args: CommandArgs, calls: ActorCalls, source: string): Promise<CommandReport>;
}

/** Problem codes of the desk itself. */
export const PROBLEM = {
  none: 'none',
  busy: 'busy',
  unknownKind: 'unknown_kind',
  badId: 'bad_command_id',
  idConflict: 'command_id_conflict',
  badArgument: 'bad_argument',
  confirmMissing: 'confirm_missing',
  timeout: 'timeout',
  defect: 'defect',
} as const;

/** Thrown by a handler that refuses a command before anything was done. */
export class CommandRefusal extends Error {
  override readonly name: string = 'CommandRefusal';
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The report of a command that stands for these steps: applied only when every step was. */
export function reportOf(
  steps: readonly CallAnswer[],
  message: string,
  details?: Readonly<Record<string, unknown>>,
): CommandReport {
  const extra = details === undefined ? {} : { details };
  const failed = steps.filter(({ outcome }) => outcome !== 'applied');
  if (failed.length === 0) return { outcome: 'applied', reason: PROBLEM.none, message, steps, ...extra };
  const [first] = failed;
  const said = failed.map(({ actor, text, reason }) => `${actor}: ${text === '' ? reason : text}`).join('; ');
  return { outcome: worstOf(steps), reason: reasonOf(first), message: said, steps, ...extra };
}

function reasonOf({ outcome, reason }: CallAnswer): string {
  if (outcome === 'busy') return PROBLEM.busy;
  return outcome === 'unknown' ? PROBLEM.timeout : reason;
}

function worstOf(steps: readonly CallAnswer[]): CommandOutcome {
  if (steps.some(({ outcome }) => outcome === 'unknown')) return 'unknown';
  return steps.some(({ outcome }) => outcome === 'applied') ? 'partly' : 'refused';
}
