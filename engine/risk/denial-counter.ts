import { REASON } from '../messages/enums.ts';
import { RISK_COUNTER } from './counters.ts';

/** The counter that a denial for this REASON raises beside `denied`. */
export function counterOf(reason: number): number {
  switch (reason) {
    case REASON.maxOrderQty:
    case REASON.maxOrderNotional:
    case REASON.minNotional:
      return RISK_COUNTER.deniedOrderSize;
    case REASON.maxPosition:
      return RISK_COUNTER.deniedPosition;
    case REASON.maxOpenOrders:
    case REASON.orderTableFull:
      return RISK_COUNTER.deniedOpenOrders;
    case REASON.orderRate:
      return RISK_COUNTER.deniedRate;
    case REASON.selfCross:
      return RISK_COUNTER.deniedSelfCross;
    case REASON.priceBand:
      return RISK_COUNTER.deniedPriceBand;
    case REASON.venueStatus:
      return RISK_COUNTER.deniedVenueStatus;
    case REASON.venuePriceBand:
      return RISK_COUNTER.deniedVenueBand;
    case REASON.paused:
    case REASON.reducing:
      return RISK_COUNTER.deniedGrowth;
    case REASON.bookInvalid:
      return RISK_COUNTER.deniedBook;
    case REASON.latencyBudget:
      return RISK_COUNTER.deniedLatency;
    case REASON.unknownInstrument:
    case REASON.staleInstrument:
    case REASON.badPrice:
    case REASON.badQuantity:
      return RISK_COUNTER.deniedMalformed;
    default:
      return RISK_COUNTER.deniedHalted;
  }
}
