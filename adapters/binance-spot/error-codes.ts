// hot path: no allocation after start
import { REASON } from '../../engine/messages/enums.ts';

/** How sure the venue's answer makes us of what happened to a request. */
export const CERTAINTY = {
  /** The request had no effect. */
  refused: 0,
  /** The request may have had an effect: ask. */
  ambiguous: 1,
} as const;

/** "Timestamp for this request is outside of the recvWindow", or ahead of the venue's clock. */
export const TIMESTAMP_REFUSED = -1021;

/** One line of the code table; `text` narrows a family of codes by the beginning of its message. */
export interface ErrorRule {
  readonly code: number;
  readonly text: string | null;
  readonly reason: number;
  readonly certainty: number;
  /** The same request may be sent again later without a change by us. */
  readonly isRetryable: boolean;
}

function refused(code: number, reason: number, text: string | null = null): ErrorRule {
  return { code, text, reason, certainty: CERTAINTY.refused, isRetryable: false };
}

function retryable(code: number, reason: number): ErrorRule {
  return { code, text: null, reason, certainty: CERTAINTY.refused, isRetryable: true };
}

function ambiguous(code: number, reason: number, text: string | null = null): ErrorRule {
  return { code, text, reason, certainty: CERTAINTY.ambiguous, isRetryable: true };
}

/**
 * Codes of errors.md (binance-spot-api-docs, 2026-07). Within a code the rules with a text come first; a code that is
 * not here is a plain refusal when its status is 4xx and ambiguous otherwise.
 */
export const ERROR_RULES: readonly ErrorRule[] = [
  ambiguous(-1000, REASON.ackTimeout),
  ambiguous(-1001, REASON.ackTimeout),
  refused(-1002, REASON.unauthorized),
  retryable(-1003, REASON.rateLimited),
  /* "An unexpected response was received from the message bus. Execution status unknown." */
  ambiguous(-1006, REASON.ackTimeout),
  /* "Timeout waiting for response from backend server. Send status unknown; execution status unknown." */
  ambiguous(-1007, REASON.ackTimeout),
  retryable(-1008, REASON.venueBusy),
  refused(-1013, REASON.filterFailure),
  refused(-1014, REASON.venueRejected),
  retryable(-1015, REASON.rateLimited),
  retryable(-1016, REASON.venueBusy),
  refused(-1020, REASON.venueRejected),
  retryable(TIMESTAMP_REFUSED, REASON.timestampOutsideWindow),
  refused(-1022, REASON.unauthorized),
  retryable(-1034, REASON.rateLimited),
  refused(-1099, REASON.unauthorized),
  refused(-1100, REASON.venueRejected),
  refused(-1102, REASON.venueRejected),
  refused(-1111, REASON.filterFailure),
  refused(-1121, REASON.unknownInstrument),
  refused(-1145, REASON.venueRejected),
  refused(-2010, REASON.insufficientBalance, 'Account has insufficient balance'),
  refused(-2010, REASON.wouldTake, 'Order would immediately match and take'),
  /* An order with this id is open: ours, if an earlier attempt of the same intent went unanswered. */
  ambiguous(-2010, REASON.duplicateClientId, 'Duplicate order sent'),
  refused(-2010, REASON.venueStatus, 'Market is closed'),
  refused(-2010, REASON.unauthorized, 'This action is disabled on this account'),
  refused(-2010, REASON.unauthorized, 'This symbol is not permitted for this account'),
  refused(-2010, REASON.venueRejected),
  refused(-2011, REASON.unknownOrder, 'Unknown order sent'),
  refused(-2011, REASON.venueRejected),
  refused(-2013, REASON.unknownOrder),
  refused(-2014, REASON.unauthorized),
  refused(-2015, REASON.unauthorized),
  refused(-2021, REASON.venueRejected),
  refused(-2022, REASON.venueRejected),
  refused(-2026, REASON.unknownOrder),
  refused(-2035, REASON.none),
  refused(-2036, REASON.none),
  refused(-2038, REASON.venueRejected),
  refused(-2039, REASON.unknownOrder),
];

const OTHER_REFUSAL: ErrorRule = refused(0, REASON.venueRejected);
const OTHER_AMBIGUITY: ErrorRule = ambiguous(0, REASON.ackTimeout);
/** Status 418 and 429 refuse before anything is looked at. */
const RATE_LIMIT_REFUSAL: ErrorRule = retryable(0, REASON.rateLimited);

const RULE_TEXTS: readonly (Uint8Array | null)[] = ERROR_RULES.map((rule) =>
  rule.text === null ? null : Buffer.from(rule.text),
);

/** Status from which on the venue itself does not know what happened. */
const SERVER_ERROR_STATUS = 500;

/**
 * What an error answer means. `message` is bytes[from..to), matched by its beginning; `status` is the HTTP or WebSocket
 * API status. Any thread.
 */
export function classifyError(
  status: number,
  code: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): ErrorRule {
  if (status >= SERVER_ERROR_STATUS) return OTHER_AMBIGUITY;
  if (status === 418 || status === 429)
    return code === -1015 ? ruleOf(-1015, bytes, from, to) : RATE_LIMIT_REFUSAL;
  return ruleOf(code, bytes, from, to);
}

function ruleOf(code: number, bytes: Uint8Array, from: number, to: number): ErrorRule {
  for (let index = 0; index < ERROR_RULES.length; index++) {
    const rule = ERROR_RULES[index];
    if (rule.code !== code) continue;
    const text = RULE_TEXTS[index];
    if (text === null || startsWith(bytes, from, to, text)) return rule;
  }
  return OTHER_REFUSAL;
}

function startsWith(bytes: Uint8Array, from: number, to: number, text: Uint8Array): boolean {
  if (to - from < text.length) return false;
  for (let index = 0; index < text.length; index++) if (bytes[from + index] !== text[index]) return false;
  return true;
}
