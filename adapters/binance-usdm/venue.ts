import type { VenueContext, VenueGateway } from '../../engine/execution/venue-port.ts';
import { BinanceQueries } from '../binance-kit/account-queries.ts';
import { RequestSigner } from '../binance-kit/request-signer.ts';
import { binanceRest } from '../binance-kit/rest-protocol.ts';
import { BinanceSession } from '../binance-kit/ws-api-session.ts';
import { OrderGateway } from '../venue-kit/gateway/order-gateway.ts';
import type { GatewayParts } from '../venue-kit/gateway/private-protocol.ts';
import type { ReportLookup } from '../venue-kit/gateway/report-lookup.ts';
import type { RequestOutcomes } from '../venue-kit/gateway/request-outcomes.ts';
import { OrderEncoder } from '../venue-kit/request/order-encoder.ts';
import type { GatewayOptions } from '../venue-kit/venue-descriptor.ts';
import { BINANCE_USDM_GUARD, BINANCE_USDM_REPORTS, prepareUsdmAccount } from './account-side.ts';
import { BINANCE_USDM_ACCOUNT, BINANCE_USDM_SUBSCRIPTION } from './account-words.ts';
import { RATE_PAUSE_MS, RATE_WINDOWS } from './limits.ts';
import { BINANCE_USDM_ORDERS } from './order-words.ts';
import { BinanceUsdmPrivate } from './private-protocol.ts';

/** Makes the venue's private side; to be called on the execution actor's thread. */
export function createBinanceUsdmVenue(options: GatewayOptions): (context: VenueContext) => VenueGateway {
  return (context) => new OrderGateway(options, context, partsOf);
}

function partsOf(
  options: GatewayOptions,
  context: VenueContext,
  lookup: ReportLookup,
  outcomes: RequestOutcomes,
): GatewayParts {
  const signer = new RequestSigner(options.credentials);
  return {
    rateWindows: RATE_WINDOWS,
    ratePauseMs: RATE_PAUSE_MS,
    rest: binanceRest('/fapi/v1/time'),
    signer,
    session: new BinanceSession('binance-usdm', BINANCE_USDM_SUBSCRIPTION, signer, options.recvWindowMs),
    queries: new BinanceQueries(BINANCE_USDM_ACCOUNT, options.namespace),
    writer: new OrderEncoder(BINANCE_USDM_ORDERS, context.instruments, options),
    frames: new BinanceUsdmPrivate(context, lookup, outcomes),
    reports: BINANCE_USDM_REPORTS,
    guard: BINANCE_USDM_GUARD,
    prepare: prepareUsdmAccount(options),
  };
}
