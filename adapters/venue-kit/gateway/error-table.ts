// hot path: no allocation after start
import { REASON } from '../../../engine/messages/enums.ts';

/** What a venue's error answer says of the request it answers. */
export const ERROR_KIND = {
  /** It had no effect, and the same request would be refused again. */
  rejected: 0,
  /** It had no effect; the same request may be sent again later. */
  retryable: 1,
  /** It may have had an effect: ask. */
  ambiguous: 2,
  /** It had no effect: too much was asked. Nothing may be asked until the venue's pause is over. */
  rate: 3,
  /** It had no effect, and none will have one: the key or the account is the problem. */
  fatal: 4,
} as const;

/** One line of a venue's code table; `text` narrows a family of codes by the beginning of its message. */
export interface ErrorRule {
  readonly code: number;
  readonly text: string | null;
  /** A REASON. */
  readonly reason: number;
  /** An ERROR_KIND. */
  readonly kind: number;
}

/** A rule for a code that is a plain refusal. */
export function rejected(code: number, reason: number, text: string | null = null): ErrorRule {
  return { code, text, reason, kind: ERROR_KIND.rejected };
}

/** A rule for a refusal that time may heal. */
export function retryable(code: number, reason: number, text: string | null = null): ErrorRule {
  return { code, text, reason, kind: ERROR_KIND.retryable };
}

/** A rule for a code after which the venue has to be asked. */
export function ambiguous(code: number, reason: number, text: string | null = null): ErrorRule {
  return { code, text, reason, kind: ERROR_KIND.ambiguous };
}

/** A rule for a code of the rate limits. */
export function rateLimited(code: number): ErrorRule {
  return { code, text: null, reason: REASON.rateLimited, kind: ERROR_KIND.rate };
}

/** A rule for a code that says the key may not trade. */
export function fatal(code: number, text: string | null = null): ErrorRule {
  return { code, text, reason: REASON.unauthorized, kind: ERROR_KIND.fatal };
}

const OTHER_REFUSAL: ErrorRule = rejected(0, REASON.venueRejected);
const OTHER_AMBIGUITY: ErrorRule = ambiguous(0, REASON.ackTimeout);
const RATE_REFUSAL: ErrorRule = rateLimited(0);

/** Status from which on the venue itself does not know what happened. */
const SERVER_ERROR_STATUS = 500;
/** "You are banned" and "too many requests": refused before anything is looked at. */
const BANNED_STATUS = 418;
const TOO_MANY_STATUS = 429;

/**
 * A venue's error codes. Within a code the rules with a text come first; a code that has no rule is a plain refusal. Any
 * thread; `classify` allocates nothing.
 */
export class ErrorTable {
  private readonly rules: readonly ErrorRule[];
  private readonly texts: readonly (Uint8Array | null)[];
  private readonly definite: ReadonlySet<number>;

  /** @param definite codes that are believed also beside a status of 500 and more */
  constructor(rules: readonly ErrorRule[], definite: readonly number[] = []) {
    this.rules = rules;
    this.texts = rules.map((rule) => (rule.text === null ? null : Buffer.from(rule.text)));
    this.definite = new Set(definite);
  }

  /**
   * What an error answer means. `message` is bytes[from..to), matched by its beginning; `status` is that of HTTP or of the
   * answer on the order connection.
   */
  classify(status: number, code: number, bytes: Uint8Array, from: number, to: number): ErrorRule {
    if (status >= SERVER_ERROR_STATUS && !this.definite.has(code)) return OTHER_AMBIGUITY;
    const rule = this.ruleOf(code, bytes, from, to);
    const isRefusedUnread = status === BANNED_STATUS || status === TOO_MANY_STATUS;
    return isRefusedUnread && rule.kind !== ERROR_KIND.rate ? RATE_REFUSAL : rule;
  }

  private ruleOf(code: number, bytes: Uint8Array, from: number, to: number): ErrorRule {
    for (let index = 0; index < this.rules.length; index++) {
      const rule = this.rules[index];
      if (rule.code !== code) continue;
      const text = this.texts[index];
      if (text === null || startsWith(bytes, from, to, text)) return rule;
    }
    return OTHER_REFUSAL;
  }
}

function startsWith(bytes: Uint8Array, from: number, to: number, text: Uint8Array): boolean {
  if (to - from < text.length) return false;
  for (let index = 0; index < text.length; index++) if (bytes[from + index] !== text[index]) return false;
  return true;
}
