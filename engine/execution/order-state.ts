// hot path: no allocation after start
import { ORDER_STATE } from '../messages/enums.ts';

/** What can happen to an order. */
export const ORDER_EVENT = {
  /** Its bytes were handed to the venue. */
  sent: 0,
  /** No byte left: it is certainly not at the venue. */
  notSent: 1,
  denied: 2,
  /** The venue says it works (acknowledgement, status query). */
  accepted: 3,
  /** The venue refused to place it. */
  rejected: 4,
  partialFill: 5,
  fullFill: 6,
  canceled: 7,
  expired: 8,
  cancelSent: 9,
  replaceSent: 10,
  /** The venue refused the cancel or the replacement; the order is as it was. */
  cancelRefused: 11,
  /** A request's outcome cannot be known: timeout, disconnect, 5xx after the bytes left. */
  ambiguous: 12,
  /** Time and repeated targeted queries say the venue never had it. */
  neverAccepted: 13,
} as const;

/** What `nextOrderState` answers when the event cannot happen in the state: counted, never applied. */
export const TRANSITION_REFUSED = 0;

const S = ORDER_STATE;
const E = ORDER_EVENT;
const STATES = 13;
const EVENTS = 14;

type Row = readonly (readonly [event: number, next: number])[];

/** What the venue may say of any order that is not known to have ended. */
const VENUE_ENDS: Row = [
  [E.fullFill, S.filled],
  [E.canceled, S.canceled],
  [E.expired, S.expired],
];

/** Late fills are facts, but an ended order stays ended. */
function ended(state: number, sameEvent: number): Row {
  return [
    [sameEvent, state],
    [E.partialFill, state],
    [E.fullFill, state],
  ];
}

const ROWS: readonly (readonly [state: number, row: Row])[] = [
  [
    S.initialized,
    [
      ...VENUE_ENDS,
      [E.sent, S.submitted],
      [E.notSent, S.rejected],
      [E.denied, S.denied],
      [E.accepted, S.accepted],
      [E.rejected, S.rejected],
      [E.partialFill, S.partiallyFilled],
      [E.ambiguous, S.unknown],
      [E.neverAccepted, S.rejected],
    ],
  ],
  [
    S.submitted,
    [
      ...VENUE_ENDS,
      [E.notSent, S.rejected],
      [E.accepted, S.accepted],
      [E.rejected, S.rejected],
      [E.partialFill, S.partiallyFilled],
      [E.cancelSent, S.pendingCancel],
      [E.replaceSent, S.pendingReplace],
      [E.cancelRefused, S.submitted],
      [E.ambiguous, S.unknown],
    ],
  ],
  [
    S.unknown,
    [
      ...VENUE_ENDS,
      [E.accepted, S.accepted],
      [E.rejected, S.rejected],
      [E.partialFill, S.partiallyFilled],
      [E.cancelSent, S.unknown],
      [E.cancelRefused, S.unknown],
      [E.ambiguous, S.unknown],
      [E.neverAccepted, S.rejected],
    ],
  ],
  [
    S.accepted,
    [
      ...VENUE_ENDS,
      [E.accepted, S.accepted],
      [E.partialFill, S.partiallyFilled],
      [E.cancelSent, S.pendingCancel],
      [E.replaceSent, S.pendingReplace],
      [E.cancelRefused, S.accepted],
      [E.ambiguous, S.accepted],
    ],
  ],
  [
    S.partiallyFilled,
    [
      ...VENUE_ENDS,
      [E.accepted, S.partiallyFilled],
      [E.partialFill, S.partiallyFilled],
      [E.cancelSent, S.pendingCancel],
      [E.replaceSent, S.pendingReplace],
      [E.cancelRefused, S.partiallyFilled],
      [E.ambiguous, S.partiallyFilled],
    ],
  ],
  [
    S.pendingCancel,
    [
      ...VENUE_ENDS,
      [E.accepted, S.pendingCancel],
      [E.rejected, S.rejected],
      [E.partialFill, S.pendingCancel],
      [E.cancelSent, S.pendingCancel],
      [E.cancelRefused, S.accepted],
      [E.ambiguous, S.unknown],
    ],
  ],
  [
    S.pendingReplace,
    [
      ...VENUE_ENDS,
      [E.accepted, S.pendingReplace],
      [E.rejected, S.rejected],
      [E.partialFill, S.pendingReplace],
      [E.cancelSent, S.pendingCancel],
      [E.cancelRefused, S.accepted],
      [E.ambiguous, S.unknown],
    ],
  ],
  [S.denied, ended(S.denied, E.denied)],
  [S.filled, ended(S.filled, E.fullFill)],
  [S.canceled, ended(S.canceled, E.canceled)],
  [S.expired, ended(S.expired, E.expired)],
  [S.rejected, ended(S.rejected, E.rejected)],
];

function buildTable(): Int32Array {
  const table = new Int32Array(STATES * EVENTS).fill(TRANSITION_REFUSED);
  for (const [state, row] of ROWS) for (const [event, next] of row) table[state * EVENTS + event] = next;
  return table;
}

const TABLE: Int32Array = buildTable();

/**
 * The state after `event` in `state`, or TRANSITION_REFUSED. An order the venue calls working is `partiallyFilled` once
 * it has fills, so the answer depends on `cumQtyLots` where it is `accepted`. Pure; any thread.
 */
export function nextOrderState(state: number, event: number, cumQtyLots: number): number {
  const next = TABLE[state * EVENTS + event];
  return next === ORDER_STATE.accepted && cumQtyLots > 0 ? ORDER_STATE.partiallyFilled : next;
}

/** Whether a request of ours is under way whose loss would leave the order's fate open. */
export function isInFlightState(state: number): boolean {
  return state === S.submitted || state === S.pendingCancel || state === S.pendingReplace;
}
