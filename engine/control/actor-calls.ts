import { COMMANDS_OPEN_MAX, COMMANDS_OPEN_RESERVE, POLL_LIMIT } from '../core/limits.ts';
import type { Clock } from '../core/clock.ts';
import type { Publication, RecordHandler, Subscription } from '../ipc/ring.ts';
import {
  COMMAND,
  COMMAND_ANSWER,
  COMMAND_ANSWER_BYTES,
  COMMAND_BYTES,
  Command,
  CommandAnswer,
} from '../messages/codecs.ts';
import { COMMAND_OUTCOME, COMMAND_REASON, nameOf } from '../messages/enums.ts';

/**
 * What became of one call of one actor. `unknown`: no answer came in time, so it may or may not have taken effect, and
 * may still. `busy`: it was not sent at all.
 */
export type CallOutcome = 'applied' | 'refused' | 'unknown' | 'busy';

/** An actor's answer to one call. */
export interface CallAnswer {
  readonly actor: string;
  readonly outcome: CallOutcome;
  /** Name in COMMAND_REASON; "none" unless refused. */
  readonly reason: string;
  readonly text: string;
  readonly value: number;
  /** Turns the actor had completed before the one that took the command in; -1 when it did not answer. */
  readonly turn: number;
  /** monoNs of that turn; 0 when it did not answer. */
  readonly atNs: number;
}

/** The two rings between the desk and one actor. */
export interface ActorLink {
  readonly commands: Publication;
  readonly answers: Subscription;
}

/** One call of an actor. */
export interface ActorCall {
  readonly actor: string;
  /** A COMMAND. */
  readonly kind: number;
  readonly argument?: number;
  /** -1 or absent = all, or none. */
  readonly instrumentIndex?: number;
  /** Halts, pauses and cancels have places of their own, so that nothing else keeps them waiting. */
  readonly lowersRisk?: boolean;
  readonly timeoutMs?: number;
}

interface OpenCall {
  readonly call: ActorCall;
  readonly deadlineNs: number;
  readonly settle: (answer: CallAnswer) => void;
  isOverdue: boolean;
}

const TIMEOUT_MS = 3_000;

/**
 * Sends numbered commands to the actors and brings their answers back. Bounded per actor, so that an answer always finds
 * room in its ring. Main thread; `poll` is its only way to move on.
 */
export class ActorCalls {
  /** Called with each call that begins to wait: its owner must `poll`. */
  onWaiting: () => void = () => {};
  /** Called when an answer comes whose time was over; its command was told as unknown. */
  onLate: (answer: CallAnswer) => void = () => {};
  private readonly links: ReadonlyMap<string, ActorLink>;
  private readonly clock: Clock;
  private readonly journal: Publication | null;
  private readonly open: Map<number, OpenCall> = new Map();
  private readonly openOf: Map<string, number> = new Map();
  private readonly command: Command = new Command();
  private readonly answer: CommandAnswer = new CommandAnswer();
  private readonly copy: CommandAnswer = new CommandAnswer();
  private readonly onAnswer: RecordHandler;
  private lastSeq: number;
  private answering = '';

  /**
   * @param lastSeq numbers begin after this one; higher in every run, so that a number names one command for ever
   * @param journal where commands and answers are written down; a full ring loses the copy, not the command
   */
  constructor(
    links: ReadonlyMap<string, ActorLink>,
    clock: Clock,
    lastSeq: number,
    journal: Publication | null,
  ) {
    this.links = links;
    this.clock = clock;
    this.lastSeq = lastSeq;
    this.journal = journal;
    this.onAnswer = (type, view, byteOffset): void => {
      if (type === COMMAND_ANSWER) this.take(this.answer.wrap(view, byteOffset));
    };
  }

  /** Whether an answer is awaited. */
  get isAwaited(): boolean {
    for (const { isOverdue } of this.open.values()) if (!isOverdue) return true;
    return false;
  }

  /** Tells an actor something and waits for nothing; false when there is no room. */
  tell(call: ActorCall): boolean {
    return this.send(call) > 0;
  }

  /** Resolves with the actor's answer, or with `unknown` when none came in time. Never rejects. */
  ask(call: ActorCall): Promise<CallAnswer> {
    const limit = COMMANDS_OPEN_MAX + (call.lowersRisk === true ? COMMANDS_OPEN_RESERVE : 0);
    if ((this.openOf.get(call.actor) ?? 0) >= limit) return Promise.resolve(busy(call.actor));
    const seq = this.send(call);
    if (seq === 0) return Promise.resolve(busy(call.actor));
    const deadlineNs = this.clock.nowNs() + (call.timeoutMs ?? TIMEOUT_MS) * 1e6;
    this.openOf.set(call.actor, (this.openOf.get(call.actor) ?? 0) + 1);
    return new Promise((resolve) => {
      this.open.set(seq, { call, deadlineNs, settle: resolve, isOverdue: false });
      this.onWaiting();
    });
  }

  /** Takes in the answers that have come and gives up what has waited too long. Returns how many answers came. */
  poll(): number {
    let count = 0;
    for (const [actor, { answers }] of this.links) {
      this.answering = actor;
      count += answers.poll(this.onAnswer, POLL_LIMIT);
    }
    if (this.open.size > 0) this.giveUpOverdue();
    return count;
  }

  /** The number given, 0 when there is no room. */
  private send({ actor, kind, argument = 0, instrumentIndex = -1 }: ActorCall): number {
    const ring = this.links.get(actor)!.commands;
    const at = ring.tryClaim(COMMAND, COMMAND_BYTES);
    if (at < 0) return 0;
    const seq = ++this.lastSeq;
    this.fill(ring, at, seq, kind, argument, instrumentIndex);
    const copyAt = this.journal?.tryClaim(COMMAND, COMMAND_BYTES) ?? -1;
    if (copyAt >= 0) this.fill(this.journal!, copyAt, seq, kind, argument, instrumentIndex);
    return seq;
  }

  private fill(
    ring: Publication,
    at: number,
    seq: number,
    kind: number,
    argument: number,
    instrumentIndex: number,
  ): void {
    const command = this.command.wrap(ring.view, at);
    command.commandSeq = seq;
    command.argument = argument;
    command.kind = kind;
    command.instrumentIndex = instrumentIndex;
    ring.commit();
  }

  private take(answer: CommandAnswer): void {
    const seq = answer.commandSeq;
    this.writeDown(answer);
    const open = this.open.get(seq);
    // Told without waiting, or answered before: an actor that died after its answer takes the command in again.
    if (open === undefined) return;
    this.open.delete(seq);
    this.openOf.set(open.call.actor, (this.openOf.get(open.call.actor) ?? 1) - 1);
    const given: CallAnswer = {
      actor: this.answering,
      outcome: answer.outcome === COMMAND_OUTCOME.applied ? 'applied' : 'refused',
      reason: nameOf(COMMAND_REASON, answer.reason),
      text: answer.text,
      value: answer.value,
      turn: answer.turn,
      atNs: answer.atNs,
    };
    if (open.isOverdue) this.onLate(given);
    else open.settle(given);
  }

  private writeDown(answer: CommandAnswer): void {
    if (this.journal === null) return;
    const at = this.journal.tryClaim(COMMAND_ANSWER, COMMAND_ANSWER_BYTES);
    if (at < 0) return;
    const copy = this.copy.wrap(this.journal.view, at);
    copy.commandSeq = answer.commandSeq;
    copy.atNs = answer.atNs;
    copy.turn = answer.turn;
    copy.value = answer.value;
    copy.outcome = answer.outcome;
    copy.reason = answer.reason;
    copy.text = answer.text;
    this.journal.commit();
  }

  /** An overdue call keeps its place: its answer may still come and needs its room in the ring. */
  private giveUpOverdue(): void {
    const nowNs = this.clock.nowNs();
    for (const open of this.open.values()) {
      if (open.isOverdue || open.deadlineNs > nowNs) continue;
      open.isOverdue = true;
      open.settle(unanswered(open.call.actor, 'unknown', 'no answer in time'));
    }
  }
}

function busy(actor: string): CallAnswer {
  return unanswered(actor, 'busy', 'too many commands are open');
}

function unanswered(actor: string, outcome: CallOutcome, text: string): CallAnswer {
  return { actor, outcome, reason: 'none', text, value: 0, turn: -1, atNs: 0 };
}
