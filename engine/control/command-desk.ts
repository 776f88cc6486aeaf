import type { Clock } from '../core/clock.ts';
import { COMMANDS_IN_WORK_MAX, COMMANDS_IN_WORK_RESERVE, COMMANDS_REMEMBERED_MAX } from '../core/limits.ts';
import type { ActorCalls } from './actor-calls.ts';
import { CommandRefusal, PROBLEM } from './command.ts';
import type { CommandKind, CommandReport, CommandRequest, CommandResult } from './command.ts';

interface Remembered {
  /** Rises with each command. */
  readonly seq: number;
  /** What was asked, to tell another command under the same id. */
  readonly body: string;
  readonly result: Promise<CommandResult>;
  /** The same when it is there; null = it is in work. */
  settled: CommandResult | null;
}

/** A command id: 1..128 visible ASCII characters. */
const COMMAND_ID = /^[\x21-\x7e]{1,128}$/;

/**
 * The one place through which a running engine is told something. Every command gets one answer: what took effect and
 * when, a refusal with its reason, or that the outcome is not known. The same id is carried out once. Main thread.
 */
export class CommandDesk {
  private readonly calls: ActorCalls;
  private readonly clock: Clock;
  private readonly kinds: ReadonlyMap<string, CommandKind>;
  private readonly remembered: Map<string, Remembered> = new Map();
  private inWork = 0;
  private lastSeq = 0;

  constructor(kinds: readonly CommandKind[], calls: ActorCalls, clock: Clock) {
    this.kinds = new Map(kinds.map((kind) => [kind.kind, kind]));
    this.calls = calls;
    this.clock = clock;
  }

  /** Kinds it takes, sorted. */
  get kindNames(): string[] {
    return [...this.kinds.keys()].sort();
  }

  /** Commands whose outcome is known, oldest first, with a number that rises. */
  recent(): { readonly seq: number; readonly result: CommandResult }[] {
    return [...this.remembered.values()].flatMap(({ seq, settled }) =>
      settled === null ? [] : [{ seq, result: settled }],
    );
  }

  /** What became of the command of that id; a null result = it is in work. */
  find(commandId: string): { readonly isKnown: boolean; readonly result: CommandResult | null } {
    const known = this.remembered.get(commandId);
    return { isKnown: known !== undefined, result: known?.settled ?? null };
  }

  /** Carries a command out, or repeats the answer it had. Never rejects. */
  submit(request: CommandRequest): Promise<CommandResult> {
    const refusal = this.refusalOf(request);
    if (refusal !== null) return Promise.resolve(this.resultOf(request, refusal));
    const body = bodyOf(request);
    const known = this.remembered.get(request.commandId);
    if (known !== undefined) {
      if (known.body === body) return known.result;
      const text = `the command id "${request.commandId}" was used for another command`;
      return Promise.resolve(this.resultOf(request, refused(PROBLEM.idConflict, text)));
    }
    const kind = this.kinds.get(request.kind)!;
    const limit = COMMANDS_IN_WORK_MAX + (kind.lowersRisk === true ? COMMANDS_IN_WORK_RESERVE : 0);
    if (this.inWork >= limit) {
      const text = `${this.inWork} commands are in work; try again`;
      return Promise.resolve(this.resultOf(request, refused(PROBLEM.busy, text)));
    }
    const result = this.carryOut(kind, request);
    const entry: Remembered = { seq: ++this.lastSeq, body, result, settled: null };
    this.remember(request.commandId, entry);
    void result.then((settled) => {
      entry.settled = settled;
    });
    return result;
  }

  private refusalOf({ commandId, kind }: CommandRequest): CommandReport | null {
    if (!COMMAND_ID.test(commandId))
      return refused(PROBLEM.badId, 'a command id has 1 to 128 visible ASCII characters');
    if (this.kinds.has(kind)) return null;
    return refused(PROBLEM.unknownKind, `no command "${kind}"; there are ${this.kindNames.join(', ')}`);
  }

  private async carryOut(kind: CommandKind, request: CommandRequest): Promise<CommandResult> {
    this.inWork++;
    try {
      return this.resultOf(request, await kind.run(request.args, this.calls, request.source));
    } catch (error) {
      if (error instanceof CommandRefusal)
        return this.resultOf(request, refused(error.reason, error.message));
      const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      // What it had done by then is not known.
      return this.resultOf(request, {
        outcome: 'unknown',
        reason: PROBLEM.defect,
        message: `the command broke off: ${text}`,
        steps: [],
      });
    } finally {
      this.inWork--;
    }
  }

  private resultOf({ commandId, kind, source }: CommandRequest, report: CommandReport): CommandResult {
    return { commandId, kind, source, atMs: Math.round(this.clock.epochUs() / 1000), ...report };
  }

  /** The oldest ids are forgotten first. */
  private remember(commandId: string, entry: Remembered): void {
    this.remembered.set(commandId, entry);
    if (this.remembered.size <= COMMANDS_REMEMBERED_MAX) return;
    const [oldest] = this.remembered.keys();
    this.remembered.delete(oldest);
  }
}

function refused(reason: string, message: string): CommandReport {
  return { outcome: 'refused', reason, message, steps: [] };
}

/** The same kind with the same arguments gives the same text, whatever their order. */
function bodyOf({ kind, args }: CommandRequest): string {
  const sorted = Object.entries(args).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([kind, sorted]);
}
