import type { Publication } from '../ipc/ring.ts';
import { COMMAND_ANSWER, COMMAND_ANSWER_BYTES, CommandAnswer } from '../messages/codecs.ts';
import { COMMAND_OUTCOME, COMMAND_REASON } from '../messages/enums.ts';

/** Where an actor's answers go, and what they are dated by. */
export interface AnswerRoute {
  /** `answers-from-<actor>`; the desk keeps fewer commands open than it has room for. */
  readonly ring: Publication;
  /** How many turns the actor has completed; its control block counts them over all incarnations. */
  readonly turns: { cycles(): number };
}

/**
 * An actor's way to answer commands: each command it took in gets exactly one answer, in the turn that applied it. One
 * per incarnation, on the actor's thread. Commands are rare, so nothing here is in the way of a tick.
 */
export class CommandAnswers {
  /** What the next answer says to people; the handler of the command may set it. */
  detail = '';
  private readonly route: AnswerRoute | null;
  private readonly turnNs: Float64Array;
  private readonly answer: CommandAnswer = new CommandAnswer();

  /** @param turnNs [0]: when the present turn began, monoNs; the actor's own cell */
  constructor(route: AnswerRoute | undefined, turnNs: Float64Array) {
    this.route = route ?? null;
    this.turnNs = turnNs;
  }

  /** Answers the command of that number; `reason` is a COMMAND_REASON, none = it took effect in this turn. */
  give(commandSeq: number, reason: number, value = 0): void {
    const text = this.detail;
    this.detail = '';
    // Number 0: no answer is awaited (replays).
    if (this.route === null || commandSeq === 0) return;
    const { ring, turns } = this.route;
    const at = ring.tryClaim(COMMAND_ANSWER, COMMAND_ANSWER_BYTES);
    // The desk then tells the command's outcome as unknown, and the ring has counted the refusal.
    if (at < 0) return;
    const answer = this.answer.wrap(ring.view, at);
    answer.commandSeq = commandSeq;
    answer.atNs = this.turnNs[0];
    answer.turn = turns.cycles();
    answer.value = value;
    answer.outcome = reason === COMMAND_REASON.none ? COMMAND_OUTCOME.applied : COMMAND_OUTCOME.refused;
    answer.reason = reason;
    answer.text = text;
    ring.commit();
  }
}
