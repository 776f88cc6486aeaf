import { counterIndexes } from '../ipc/counters.ts';
import type { CounterIndexes } from '../ipc/counters.ts';

/** The risk actor's counters and what a rise of each means. */
export const RISK_COUNTERS = {
  requested: 'new orders and replacements strategies asked for',
  approved: 'order and replace requests passed to execution',
  denied: 'requests denied, all reasons together',
  deniedHalted: 'denials because of kill switch, cancel-only, lost journal or missing reconciliation',
  deniedGrowth:
    'denials because the order could let a position grow while positions may only shrink, or trading is paused',
  deniedMalformed:
    'denials because instrument, price or size make no sense: a strategy error or stale metadata',
  deniedOrderSize: 'denials because the order was too large or too small by quantity or value',
  deniedPosition: 'denials because the worst case would cross the position limit',
  deniedOpenOrders: 'denials because too many orders were open, or every slot was taken',
  deniedRate: 'denials because orders came too fast',
  deniedSelfCross: 'denials because the order could have traded with an open order of our own',
  deniedPriceBand: 'denials because the price was too far from the market',
  deniedVenueStatus:
    'denials because the venue takes no such orders in the instrument: halted, closed and the like',
  deniedVenueBand: "denials because the price was outside of the venue's band",
  bandsUnknown:
    "limit prices that could not be compared with the venue's band because its reference price has not come yet; the venue compares them",
  deniedBook: 'denials because the book was hidden',
  deniedLatency:
    'denials because the tick behind the request was too old, or orders have been too slow lately',
  repeatedWishes: 'requests decided before and answered the same again: this actor was restarted',
  poisonedWishes: 'requests on which this actor failed and that were put aside; their strategy is told',
  cancels: 'cancels passed to execution; never denied',
  cancelsForNothing: 'cancels of orders risk holds no reservation for; passed on all the same',
  fills: 'fills taken into positions',
  repeatedFills: 'fills seen before, passed over by their sequence',
  outsideFills: 'fills of orders that are not ours; positions follow them',
  positionBreaches: 'fills that left a position beyond its limit: outside trading or late fills',
  reservationsAdopted: 'open orders found at a start without a reservation: taken over from the order table',
  reservationsRepaired: 'reservations given back by the audit because their order had ended unheard',
  kills: 'times the kill switch was thrown',
  reductions: 'times a limit or an operator let positions only shrink',
  growingCancels:
    'open orders cancelled because they could let a position grow while positions may only shrink',
  stopsByDrawdown: 'times trading was stopped because the loss from the peak was too large',
  stopsByDailyLoss: 'times trading was stopped because the loss of the day was too large',
  stopsByLossesInARow: 'times trading was stopped because too many round trips in a row were lost',
  stopsByRejectRate: 'times trading was stopped because the venue refused too many orders within a minute',
  heldWishes:
    'turns in which no request was taken because execution took no more approvals or the outbox was nearly full',
  heldReports: 'turns without reports because the outbox was nearly full: journal or strategy is stuck',
  badInstrument: 'reports that name no instrument of this run: a wiring error',
  commandsUnknown: 'commands this actor does not know',
  unknownTemplate: 'records of a kind this actor does not take: a wiring or version error',
} as const;

/** Index of each counter. */
export const RISK_COUNTER: CounterIndexes<typeof RISK_COUNTERS> = counterIndexes(RISK_COUNTERS);
