// hot path: no allocation after start
import { ORDER_FLAG, ORDER_TYPE, VENUE_STATUS } from './enums.ts';

/** Whether a venue takes such an order in an instrument of that VENUE_STATUS; what is not known takes none. Pure. */
export function takesOrder(status: number, orderType: number, flags: number): boolean {
  switch (status) {
    case VENUE_STATUS.trading:
      return true;
    case VENUE_STATUS['limit-only']:
      return orderType !== ORDER_TYPE.market;
    case VENUE_STATUS['post-only']:
      return orderType === ORDER_TYPE.limitMaker;
    case VENUE_STATUS['reduce-only']:
      return (flags & ORDER_FLAG.reduceOnly) !== 0;
    default:
      return false;
  }
}

/** Whether the book of an instrument of that VENUE_STATUS is expected to move. Pure. */
export function bookMoves(status: number): boolean {
  return status >= VENUE_STATUS.trading && status <= VENUE_STATUS['reduce-only'];
}
