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

/**
 * Codes of errors.md (binance-spot-api-docs, 2026-07). Within a code the rules with a text come first; a code that is
 * not here is a plain refusal when its status is 4xx and ambiguous otherwise.
 */
export const ERROR_RULES: readonly ErrorRule[] = [
  ambiguous(-1000, REASON.ackTimeout),
  ambiguous(-1001, REASON.ackTimeout),
  fatal(-1002),
  rateLimited(-1003),
  /* "An unexpected response was received from the message bus. Execution status unknown." */
  ambiguous(-1006, REASON.ackTimeout),
  /* "Timeout waiting for response from backend server. Send status unknown; execution status unknown." */
  ambiguous(-1007, REASON.ackTimeout),
  retryable(-1008, REASON.venueBusy),
  rejected(-1013, REASON.filterFailure),
  rejected(-1014, REASON.venueRejected),
  rateLimited(-1015),
  retryable(-1016, REASON.venueBusy),
  rejected(-1020, REASON.venueRejected),
  retryable(TIMESTAMP_REFUSED, REASON.timestampOutsideWindow),
  fatal(-1022),
  rateLimited(-1034),
  fatal(-1099),
  rejected(-1100, REASON.venueRejected),
  rejected(-1102, REASON.venueRejected),
  rejected(-1111, REASON.filterFailure),
  rejected(-1121, REASON.unknownInstrument),
  rejected(-1145, REASON.venueRejected),
  rejected(-2010, REASON.insufficientBalance, 'Account has insufficient balance'),
  rejected(-2010, REASON.wouldTake, 'Order would immediately match and take'),
  /* An order with this id is open: ours, if an earlier attempt of the same intent went unanswered. */
  ambiguous(-2010, REASON.duplicateClientId, 'Duplicate order sent'),
  rejected(-2010, REASON.venueStatus, 'Market is closed'),
  fatal(-2010, 'This action is disabled on this account'),
  rejected(-2010, REASON.unauthorized, 'This symbol is not permitted for this account'),
  rejected(-2010, REASON.venueRejected),
  rejected(-2011, REASON.unknownOrder, 'Unknown order sent'),
  rejected(-2011, REASON.venueRejected),
  rejected(-2013, REASON.unknownOrder),
  fatal(-2014),
  fatal(-2015),
  rejected(-2021, REASON.venueRejected),
  rejected(-2022, REASON.venueRejected),
  rejected(-2026, REASON.unknownOrder),
  rejected(-2035, REASON.none),
  rejected(-2036, REASON.none),
  rejected(-2038, REASON.venueRejected),
  rejected(-2039, REASON.unknownOrder),
];

/** What an error answer of Binance Spot means. */
export const BINANCE_SPOT_ERRORS: ErrorTable = new ErrorTable(ERROR_RULES);
