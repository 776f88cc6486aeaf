import type { AccountWords } from '../binance-kit/account-queries.ts';
import type { SubscriptionWords } from '../binance-kit/ws-api-session.ts';

/** Queries of Binance Spot (web-socket-api.md, rest-api.md). */
export const BINANCE_SPOT_ACCOUNT: AccountWords = {
  order: { method: 'order.status', path: '/api/v3/order', weight: 4 },
  openOrders: { method: 'openOrders.status', path: '/api/v3/openOrders', weight: 6 },
  trades: { method: 'myTrades', path: '/api/v3/myTrades', weight: 20 },
  tradesOfOrderWeight: 5,
  isRenamedByCancel: true,
  isBuyer: 'isBuyer',
  isMaker: 'isMaker',
};

/** The user data stream of Binance Spot comes over the WebSocket API connection (user-data-stream.md). */
export const BINANCE_SPOT_SUBSCRIPTION: SubscriptionWords = {
  carriesReports: true,
  /* The venue pings every 20 s. */
  pingEveryMs: 0,
  method: 'userDataStream.subscribe',
  signedMethod: 'userDataStream.subscribe.signature',
  params: null,
  /* The subscription is there already, which is what was wanted. */
  alreadyCode: -2035,
};
