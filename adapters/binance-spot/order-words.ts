import { ORDER_TYPE, TIME_IN_FORCE } from '../../engine/messages/enums.ts';
import type { OrderVariant, OrderWords } from '../venue-kit/request/order-encoder.ts';
import { FIELD } from '../venue-kit/request/request-template.ts';

function limit(timeInForce: number, word: string): OrderVariant {
  const params = [
    { name: 'type', value: 'LIMIT' },
    { name: 'timeInForce', value: word },
  ];
  return { orderType: ORDER_TYPE.limit, timeInForce, params };
}

/**
 * Order requests of Binance Spot (web-socket-api.md, "Trading requests"). The answer to every placement is asked for as ACK: fills then
 * come from the user data stream alone and the answer is short to scan.
 */
export const BINANCE_SPOT_ORDERS: OrderWords = {
  variants: [
    limit(TIME_IN_FORCE.gtc, 'GTC'),
    limit(TIME_IN_FORCE.ioc, 'IOC'),
    limit(TIME_IN_FORCE.fok, 'FOK'),
    {
      orderType: ORDER_TYPE.limitMaker,
      timeInForce: null,
      params: [{ name: 'type', value: 'LIMIT_MAKER' }],
    },
    { orderType: ORDER_TYPE.market, timeInForce: null, params: [{ name: 'type', value: 'MARKET' }] },
  ],
  method: { place: 'order.place', cancel: 'order.cancel', replace: 'order.cancelReplace' },
  reduceOnly: null,
  placement: [{ name: 'newOrderRespType', value: 'ACK' }],
  /* Every cancel names the id the order is known under afterwards (the venue would make one up): derived from the intent,
     so that a cancelled order can be found and recognised after a loss of memory. */
  cancel: (isByOrderId) => [
    isByOrderId
      ? { name: 'orderId', field: FIELD.targetOrderId }
      : { name: 'origClientOrderId', field: FIELD.targetClientId },
    { name: 'newClientOrderId', field: FIELD.cancelId },
  ],
  replace: (isByOrderId) => [
    { name: 'cancelReplaceMode', value: 'STOP_ON_FAILURE' },
    isByOrderId
      ? { name: 'cancelOrderId', field: FIELD.targetOrderId }
      : { name: 'cancelOrigClientOrderId', field: FIELD.targetClientId },
    { name: 'cancelNewClientOrderId', field: FIELD.cancelId },
  ],
  /* web-socket-api.md, "Timing security". */
  recvWindowMs: 5_000,
};
