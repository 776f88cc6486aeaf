import type { CounterIndexes } from '../ipc/counters.ts';
import { counterIndexes } from '../ipc/counters.ts';

/**
 * Counters of a venue gateway. They stand at the head of the execution actor's block: its own table is
 * `{ ...VENUE_COUNTERS, ...own }`, so that a gateway's indexes hold in every owner's block.
 */
export const VENUE_COUNTERS = {
  venueRequestsSent: 'Requests handed to the order socket.',
  venueSendRefused: 'Requests not sent because the connection was down or not logged on: no byte left.',
  venueRateLimited:
    'Requests not sent because a rate window was used up: the engine asks for more than the venue grants.',
  venueInFlightFull:
    'Requests not sent because too many were unanswered: the venue is slower than the engine.',
  venueAcks: 'Placements the venue acknowledged.',
  venueRejects: 'Placements, cancels and replaces the venue refused.',
  venueAmbiguous: 'Requests whose outcome is not known (timeout, disconnect, 5xx): each becomes a query.',
  venueTimeouts: 'Requests without an answer in time: the venue or the network stalls.',
  venueLateAnswers:
    'Answers to requests no longer awaited: the request timeout is shorter than the venue is slow.',
  venueReports: 'Execution reports of the user data stream.',
  venueFills: 'Fills received, repeated ones included.',
  venueOutsideReports: 'Reports of orders that are not ours: somebody else trades on the account.',
  venueOtherInstruments: 'Reports of instruments this engine does not trade.',
  venueFeesUnconverted:
    'Fees in an asset that is neither base nor quote, booked as 0: profit is overstated by them.',
  venueAccountEvents: 'Balance events of the user data stream, which positions do not follow.',
  venueSlowParses: 'Frames read with JSON.parse (answers to queries and logon): no harm off the hot path.',
  venueUnknownFrames: 'Valid frames of a kind the adapter does not act on: the venue may have changed.',
  venueMalformedFrames: 'Frames or values that could not be read: data of the venue was lost.',
  venueRateWarnings: 'Answers 418 or 429: requests stop until the venue says otherwise; a rise risks a ban.',
  venueLogonFailures: 'Logons or subscriptions the venue refused: key, permissions or clock.',
  venueReconnects: 'Order connections lost.',
  venueRotations: 'Order connections replaced before their age limit or on the notice of a shutdown.',
  venueQueriesFailed:
    'Queries without an answer over WebSocket and REST: reconciliation waits for the next one.',
  venueRestQueries: 'Queries sent over REST because the order socket was down.',
  venueClockOffsetMs:
    'Clock of the venue minus ours, milliseconds (a gauge): a jump means one of them was set.',
  venueClockFailures: 'Measurements of the venue clock that failed: the last offset stays in use.',
  venueGuardsSet: "Times the venue's dead-man switch was set: without the next one it cancels all orders.",
  venueGuardFailures: 'Times it could not be set: no new order leaves when its time runs short.',
  venueGuardsWithheld: 'Times it was not set because an actor that orders depend on was not healthy.',
  venueMarginCalls: 'Margin calls of the venue: positions may be liquidated.',
  venueForcedTrades: 'Trades the venue made with our positions: liquidations and automatic deleveraging.',
} as const;

/** Index of each venue counter in the execution actor's block. */
export const VENUE_COUNTER: CounterIndexes<typeof VENUE_COUNTERS> = counterIndexes(VENUE_COUNTERS);
