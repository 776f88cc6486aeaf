import type { AccountWords } from '../binance-kit/account-queries.ts';
import type { SubscriptionWords } from '../binance-kit/ws-api-session.ts';

/** Queries of Binance USD-M futures ("Query Order", "Current All Open Orders", "Account Trade List"): lists are REST only. */
export const BINANCE_USDM_ACCOUNT: AccountWords = {
  order: { method: 'order.status', path: '/fapi/v1/order', weight: 1 },
  openOrders: { method: null, path: '/fapi/v1/openOrders', weight: 1 },
  trades: { method: null, path: '/fapi/v1/userTrades', weight: 5 },
  tradesOfOrderWeight: 5,
  isRenamedByCancel: false,
  isBuyer: 'buyer',
  isMaker: 'maker',
};

/**
 * Reports come over the private stream; that the key may trade is shown by a harmless question. The venue pings every three
 * minutes only ("Websocket API General Info").
 */
export const BINANCE_USDM_SUBSCRIPTION: SubscriptionWords = {
  carriesReports: false,
  pingEveryMs: 20_000,
  method: 'v2/account.balance',
  signedMethod: 'v2/account.balance',
  params: {},
  alreadyCode: 0,
};
