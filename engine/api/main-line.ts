import type { CommandResult } from '../control/command.ts';
import type { FromApi } from './api-messages.ts';
import type { EngineQuery, GivenCommand } from './engine-view.ts';

const ASK_MS = 10_000;
/** Calls without an answer; more are told that the engine does not answer. */
const OPEN_MAX = 256;

/** Questions and commands of the api on their way to the main thread and back, each with a number. Api thread. */
export class MainLine {
  private readonly post: (message: FromApi) => void;
  private readonly open: Map<number, (answer: unknown) => void> = new Map();
  private lastTicket = 0;

  constructor(post: (message: FromApi) => void) {
    this.post = post;
  }

  /** What the main thread answers; null = nothing in time. */
  ask(what: EngineQuery, about: string = ''): Promise<unknown> {
    return this.call(ASK_MS, (ticket) => ({ kind: 'ask', ticket, what, about }));
  }

  /** What came of a command; null = it is still in work after so long. */
  async give(command: GivenCommand, waitMs: number): Promise<CommandResult | null> {
    const answer = await this.call(waitMs, (ticket) => ({ kind: 'give', ticket, command }));
    return answer as CommandResult | null;
  }

  /** An answer has come; one that nobody waits for any more is dropped. */
  take(ticket: number, answer: unknown): void {
    this.open.get(ticket)?.(answer);
  }

  /** A full line still takes commands: what lowers risk must never be kept back here. */
  private call(waitMs: number, messageOf: (ticket: number) => FromApi): Promise<unknown> {
    const ticket = ++this.lastTicket;
    const message = messageOf(ticket);
    if (message.kind === 'ask' && this.open.size >= OPEN_MAX) return Promise.resolve(null);
    this.post(message);
    return new Promise((resolve) => {
      const settle = (answer: unknown): void => {
        clearTimeout(timer);
        this.open.delete(ticket);
        resolve(answer);
      };
      const timer = setTimeout(() => settle(null), waitMs);
      this.open.set(ticket, settle);
    });
  }
}
