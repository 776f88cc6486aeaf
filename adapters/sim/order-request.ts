/** What a new-order request asks for, read and checked field by field in Binance's order. */
import { ApiError, missingParameter, notRequired } from './api-error.ts';
import type { RequestedAmounts } from './filters.ts';
import type { OrderKind, StpMode, TimeInForce } from './matching-engine.ts';
import { BUY, SELL } from './matching-engine.ts';
import type { RawParams } from './request-params.ts';
import {
  optionalChoice,
  optionalClientId,
  optionalUnits,
  requiredText,
  requiredUnits,
} from './request-params.ts';

/** Order types the exchange takes. */
export const ORDER_TYPES: readonly OrderKind[] = ['LIMIT', 'LIMIT_MAKER', 'MARKET'];
/** Self-trade prevention modes the exchange takes; the first is the default. */
export const STP_MODES: readonly StpMode[] = ['NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'];
const TIMES_IN_FORCE: readonly TimeInForce[] = ['GTC', 'IOC', 'FOK'];

/** A new order as asked for. */
export interface OrderRequest {
  readonly symbol: string;
  readonly amounts: RequestedAmounts;
  readonly timeInForce: TimeInForce;
  readonly stpMode: StpMode;
  readonly clientOrderId: string | undefined;
  readonly responseType: 'ACK' | 'RESULT' | 'FULL';
}

/** Reads a new-order request; throws ApiError naming the first parameter that is wrong. */
export function readOrderRequest(params: RawParams): OrderRequest {
  const symbol = requiredText(params, 'symbol');
  requiredText(params, 'side');
  const side = optionalChoice(params, 'side', ['BUY', 'SELL'], -1117, 'Invalid side.');
  requiredText(params, 'type');
  const kind = optionalChoice(params, 'type', ORDER_TYPES, -1116, 'Invalid orderType.')!;
  const timeInForce = optionalChoice(params, 'timeInForce', TIMES_IN_FORCE, -1115, 'Invalid timeInForce.');
  const stpMode = optionalChoice(
    params,
    'selfTradePreventionMode',
    STP_MODES,
    -1130,
    "Data sent for parameter 'selfTradePreventionMode' is not valid.",
  );
  const responseType = optionalChoice(
    params,
    'newOrderRespType',
    ['ACK', 'RESULT', 'FULL'],
    -1132,
    "Invalid data sent for a parameter 'newOrderRespType'.",
  );
  const amounts = readAmounts(params, kind);
  if (kind === 'LIMIT' && timeInForce === undefined) throw missingParameter('timeInForce');
  if (kind !== 'LIMIT' && timeInForce !== undefined) throw notRequired('timeInForce');
  for (const name of ['stopPrice', 'trailingDelta', 'icebergQty', 'pegPriceType']) {
    if (params[name] !== undefined) throw notRequired(name);
  }
  return {
    symbol,
    amounts: { ...amounts, kind, side: side === 'BUY' ? BUY : SELL },
    timeInForce: timeInForce ?? 'GTC',
    stpMode: stpMode ?? 'NONE',
    clientOrderId: optionalClientId(params, 'newClientOrderId'),
    responseType: responseType ?? (kind === 'LIMIT_MAKER' ? 'ACK' : 'FULL'),
  };
}

interface Amounts {
  readonly priceUnits: number;
  readonly qtyUnits: number;
  readonly quoteUnits: number;
}

function readAmounts(params: RawParams, kind: OrderKind): Amounts {
  if (kind !== 'MARKET') {
    const qtyUnits = requiredUnits(params, 'quantity');
    const priceUnits = requiredUnits(params, 'price');
    if (params['quoteOrderQty'] !== undefined) throw notRequired('quoteOrderQty');
    return { priceUnits, qtyUnits, quoteUnits: 0 };
  }
  if (params['price'] !== undefined) throw notRequired('price');
  const qtyUnits = optionalUnits(params, 'quantity');
  const quoteUnits = optionalUnits(params, 'quoteOrderQty');
  if (qtyUnits === undefined && quoteUnits === undefined) {
    throw new ApiError(-1102, "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!");
  }
  if (qtyUnits !== undefined && quoteUnits !== undefined) {
    throw new ApiError(
      -1128,
      "Combination of optional parameters invalid. Recommendation: 'quantity' and 'quoteOrderQty' cannot both be sent.",
    );
  }
  return { priceUnits: 0, qtyUnits: qtyUnits ?? 0, quoteUnits: quoteUnits ?? 0 };
}
