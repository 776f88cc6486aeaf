import { counterIndexes } from '../ipc/counters.ts';
import type { CounterIndexes } from '../ipc/counters.ts';
import { VENUE_COUNTERS } from './venue-counters.ts';

/** The execution actor's own counters; the gateway's stand before them in the block. */
const OWN_COUNTERS = {
  ordersPlaced: 'orders whose bytes were handed to the venue',
  ordersRefused:
    'approved orders that did not leave: halted, not reconciled, not connected or the venue link refused',
  cancelsSent: 'cancel requests handed to the venue, repetitions included',
  cancelsUnsent: 'cancel requests the venue link would not take; they are repeated',
  cancelsForNothing: 'cancels of orders that had ended or were not known',
  replacesSent: 'replace requests handed to the venue',
  duplicateIntents: 'approvals of an intent already known, passed over: an upstream actor was restarted',
  poisonedWishes:
    'requests on which risk or this actor failed and that were put aside; their strategy was told',
  orderTableFull: 'orders refused because every slot holds an open order',
  journalRefusals: 'intent records the log did not take: the disk is full or broken; trading stops',
  ordersAccepted: 'orders that came to work at the venue',
  ordersPartiallyFilled: 'orders that got their first fill without being complete',
  ordersFilled: 'orders filled completely',
  ordersCanceled: 'orders cancelled',
  ordersExpired: 'orders the venue let expire: what IOC and FOK could not fill',
  ordersRejected: 'orders that ended without ever working: refused by the venue or never sent',
  fills: 'trades of ours taken in',
  duplicateFills: 'trades reported again (answer, stream, query), passed over by trade id',
  lateFills: 'trades of orders already ended; positions changed, the order stays ended',
  overfills:
    'trades beyond the size of their order, booked as outside fills: stop and compare with the venue',
  outsideFills: 'trades of orders that are not ours: manual trading, another engine or a liquidation',
  outsideOrders: 'open orders at the venue that are not ours',
  fillsBeforeStart: 'trades from before the account was ours, passed over',
  fillsDeferred: 'trades left for a later query because the outbox was full',
  cumDisagreements:
    'cumulative sizes of the venue that differ from the sum of our fills; fills are asked for again',
  endsAwaitingFills: 'orders the venue called ended before all their fills had come',
  ackTimeouts: 'requests not answered in time; the order became unknown',
  ordersUnknown: 'orders whose fate could not be known for a while',
  queriesSent: 'orders asked about by client id',
  notFound: 'queries the venue answered with "no such order"; no evidence by itself',
  neverAccepted: 'unknown orders closed because the venue never had them, by time and repeated queries',
  absentOrders: 'acknowledged orders the venue no longer finds; kept open, look at the venue',
  zombieOrders: 'orders that had ended for us and work at the venue: cancelled there',
  transitionsRefused: 'reports that cannot follow from the state of their order; nothing was changed',
  cancelsRefused: 'cancels the venue refused; the order is asked about',
  reconciliations: 'comparisons with the venue begun: start, reconnect, command, timer',
  reportsDeferred: 'order reports put off because the outbox was full',
  backPressuredTurns: 'turns with reports that found no room: risk, strategy or journal is slow or down',
  heldWishes: 'turns without new orders because the outbox was nearly full',
  latencySamplesDropped: 'latency samples the supervisor did not get',
  redoneFills: 'fills completed after a death in their middle',
  shadowEncoded: 'requests built and signed as in live mode and not sent',
  shadowUnencoded: 'requests the live gateway could not have built: the simulated fills flatter',
  simulatedStale:
    'orders the simulated venue refused because the book was older than fills.staleMs: data is missing, look at the feed',
  simulatedFilters: 'orders the simulated venue refused by size or value, as the real one would have',
  simulatedSelfTrades: 'orders that would have met an own one at the simulated venue',
  simulatedReportsFull:
    'steps of the simulated venue put off because too many of its reports were under way: fills come late',
  venueIdsKept: 'venue ids taken in that are no plain numbers: their text is kept',
  venueIdsForgotten: 'kept venue ids given up for new ones; of no order and no remembered trade',
  venueIdsRefused:
    'venue ids that cannot be carried (too long, escaped, not UTF-8, no room): look at the venue, its ids have changed',
  commandsUnknown: 'commands this actor does not know',
  unknownTemplate: 'records of a kind this actor does not take: a wiring or version error',
} as const;

/** Every counter of the execution actor's block and what a rise of each means. */
export const EXECUTION_COUNTERS: typeof VENUE_COUNTERS & typeof OWN_COUNTERS = Object.freeze(
  Object.assign({}, VENUE_COUNTERS, OWN_COUNTERS),
);

/** Index of each counter. */
export const EXECUTION_COUNTER: CounterIndexes<typeof EXECUTION_COUNTERS> =
  counterIndexes(EXECUTION_COUNTERS);
