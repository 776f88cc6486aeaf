import { REASON } from '../../engine/messages/enums.ts';
import { TIMESTAMP_REFUSED } from '../binance-kit/ws-api-session.ts';
import {
  ambiguous,
  ErrorTable,
  fatal,
  rateLimited,
  rejected,
  retryable,
} from '../venue-kit/gateway/error-table.ts';
import type { ErrorRule } from '../venue-kit/gateway/error-table.ts';

/** System throttle: refused for certain, also beside status 503 ("General Info", "HTTP Return Codes"). */
const THROTTLED = -1008;
/** "Timestamp for this request is outside of the ME recvWindow": the matching engine's own check. */
const TIMESTAMP_REFUSED_BY_ENGINE = -5028;

/** Codes of Binance USD-M futures ("Error Codes"); a code that is not here is a plain refusal below status 500. */
export const ERROR_RULES: readonly ErrorRule[] = [
  ambiguous(-1000, REASON.ackTimeout),
  ambiguous(-1001, REASON.ackTimeout),
  fatal(-1002),
  rateLimited(-1003),
  /* "An unexpected response was received from the message bus. Execution status unknown." */
  ambiguous(-1006, REASON.ackTimeout),
  /* "Timeout waiting for response from backend server. Send status unknown; execution status unknown." */
  ambiguous(-1007, REASON.ackTimeout),
  retryable(THROTTLED, REASON.venueBusy),
  rateLimited(-1015),
  retryable(-1016, REASON.venueBusy),
  retryable(TIMESTAMP_REFUSED, REASON.timestampOutsideWindow),
  fatal(-1022),
  rejected(-1102, REASON.venueRejected),
  rejected(-1111, REASON.filterFailure),
  rejected(-1116, REASON.venueRejected),
  rejected(-1121, REASON.unknownInstrument),
  rejected(-2011, REASON.unknownOrder),
  rejected(-2013, REASON.unknownOrder),
  fatal(-2014),
  fatal(-2015),
  rejected(-2018, REASON.insufficientBalance),
  rejected(-2019, REASON.insufficientBalance),
  rejected(-2021, REASON.venueRejected),
  rejected(-2022, REASON.venueRejected),
  rejected(-2025, REASON.venueRejected),
  rejected(-2027, REASON.venueRejected),
  rejected(-2028, REASON.insufficientBalance),
  rejected(-4003, REASON.filterFailure),
  rejected(-4004, REASON.filterFailure),
  rejected(-4005, REASON.filterFailure),
  rejected(-4014, REASON.filterFailure),
  rejected(-4015, REASON.venueRejected),
  rejected(-4016, REASON.venuePriceBand),
  rejected(-4023, REASON.filterFailure),
  rejected(-4024, REASON.venuePriceBand),
  rejected(-4061, REASON.venueRejected),
  rejected(-4062, REASON.venueRejected),
  /* An open order has this id: ours, if an earlier attempt of the same intent went unanswered. */
  ambiguous(-4116, REASON.duplicateClientId),
  rejected(-4118, REASON.venueRejected),
  rejected(-4131, REASON.venuePriceBand),
  rejected(-4164, REASON.filterFailure),
  rejected(-4183, REASON.venuePriceBand),
  rejected(-4184, REASON.venuePriceBand),
  rejected(-4531, REASON.venueRejected),
  rejected(-5021, REASON.expiredUnfilled),
  rejected(-5022, REASON.wouldTake),
  rejected(-5024, REASON.venueStatus),
  retryable(TIMESTAMP_REFUSED_BY_ENGINE, REASON.timestampOutsideWindow),
];

/** What an error answer of Binance USD-M means. */
export const BINANCE_USDM_ERRORS: ErrorTable = new ErrorTable(ERROR_RULES, [THROTTLED]);

/** Whether a code refuses a request because of its time stamp. */
export function isTimestampRefused(code: number): boolean {
  return code === TIMESTAMP_REFUSED || code === TIMESTAMP_REFUSED_BY_ENGINE;
}
