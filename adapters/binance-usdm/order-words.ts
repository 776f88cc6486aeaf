import { ORDER_TYPE, TIME_IN_FORCE } from '../../engine/messages/enums.ts';
import type { OrderVariant, OrderWords } from '../venue-kit/request/order-encoder.ts';
import { FIELD } from '../venue-kit/request/request-template.ts';

function limit(orderType: number, timeInForce: number | null, word: string): OrderVariant {
  const params = [
    { name: 'type', value: 'LIMIT' },
    { name: 'timeInForce', value: word },
  ];
  return { orderType, timeInForce, params };
}

/**
 * Order requests of Binance USD-M futures (websocket-api: "New Order", "Cancel Order"). ACK is what placements are answered
 * with unless they ask for more: fills come from the private stream alone. The position side is not sent: in one-way mode
 * there is one. `order.modify` keeps the order and its client id, so it is no replacement of one intent by another.
 */
export const BINANCE_USDM_ORDERS: OrderWords = {
  variants: [
    limit(ORDER_TYPE.limit, TIME_IN_FORCE.gtc, 'GTC'),
    limit(ORDER_TYPE.limit, TIME_IN_FORCE.ioc, 'IOC'),
    limit(ORDER_TYPE.limit, TIME_IN_FORCE.fok, 'FOK'),
    limit(ORDER_TYPE.limitMaker, null, 'GTX'),
    { orderType: ORDER_TYPE.market, timeInForce: null, params: [{ name: 'type', value: 'MARKET' }] },
  ],
  method: { place: 'order.place', cancel: 'order.cancel', replace: '' },
  placement: [],
  reduceOnly: { name: 'reduceOnly', value: 'true' },
  /* A cancelled order keeps its client id. */
  cancel: (isByOrderId) => [
    isByOrderId
      ? { name: 'orderId', field: FIELD.targetOrderId }
      : { name: 'origClientOrderId', field: FIELD.targetClientId },
  ],
  replace: null,
  recvWindowMs: 5_000,
};
