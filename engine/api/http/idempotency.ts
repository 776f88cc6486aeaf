import { createHash } from 'node:crypto';
import { RequestProblem } from './problem.ts';
import type { RouteAnswer } from './route.ts';

const KEPT_MAX = 10_000;
const KEPT_MS = 86_400_000;
/** 1..128 visible ASCII characters. */
const KEY = /^[\x21-\x7e]{1,128}$/;

interface Entry {
  readonly print: string;
  readonly sinceMs: number;
  answer: RouteAnswer | RequestProblem | null;
}

/** What a request with an Idempotency-Key leads to. */
export type IdempotentStart =
  | { readonly isReplay: true; readonly answer: RouteAnswer | RequestProblem }
  | { readonly isReplay: false; readonly settle: (answer: RouteAnswer | RequestProblem) => void };

/**
 * Answers of acting calls by caller and Idempotency-Key: the same request is carried out once and answered the same way
 * for a day. The command desk knows the ids too, so a call is not carried out twice when this thread is replaced. One thread.
 */
export class IdempotencyRegister {
  private readonly entries: Map<string, Entry> = new Map();

  /**
   * Begins a request. @param request what must be the same: verb, path, query and body
   * @throws RequestProblem for a key that is none, belongs to another request, or whose request is in work
   */
  begin(callerId: string, key: string, request: readonly unknown[], nowMs: number): IdempotentStart {
    if (!KEY.test(key))
      throw new RequestProblem('VALIDATION', 'an Idempotency-Key has 1 to 128 visible ASCII characters', {
        errors: [{ path: 'headers.idempotency-key', message: '1 to 128 visible ASCII characters' }],
      });
    const place = `${callerId} ${key}`;
    const print = createHash('sha256').update(JSON.stringify(request)).digest('base64');
    const known = this.entries.get(place);
    if (known !== undefined && nowMs - known.sinceMs < KEPT_MS) {
      if (known.print !== print)
        throw new RequestProblem('IDEMPOTENCY_CONFLICT', 'use another Idempotency-Key for another request');
      if (known.answer === null)
        throw new RequestProblem('IN_PROGRESS', 'the first request of this key is in work');
      return { isReplay: true, answer: known.answer };
    }
    const entry: Entry = { print, sinceMs: nowMs, answer: null };
    this.entries.delete(place);
    this.entries.set(place, entry);
    this.dropOldest();
    return {
      isReplay: false,
      settle: (answer) => {
        // What was turned away before anything was done may be tried again under the same key.
        if (answer instanceof RequestProblem && answer.extra.commandId === undefined)
          this.entries.delete(place);
        else entry.answer = answer;
      },
    };
  }

  private dropOldest(): void {
    if (this.entries.size <= KEPT_MAX) return;
    const [oldest] = this.entries.keys();
    this.entries.delete(oldest);
  }
}

/** The id of the command that a request with an Idempotency-Key gives: always the same one. */
export function commandIdOf(callerId: string, key: string): string {
  return `api-${createHash('sha256').update(`${callerId} ${key}`).digest('hex').slice(0, 32)}`;
}
