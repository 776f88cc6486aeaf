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
import { BINANCE_SPOT_ACCOUNT, BINANCE_SPOT_SUBSCRIPTION } from './account-words.ts';
import { RATE_PAUSE_MS, RATE_WINDOWS } from './limits.ts';
import { BINANCE_SPOT_ORDERS } from './order-words.ts';
import { BinanceSpotPrivate } from './private-protocol.ts';

/** Makes the venue's private side; to be called on the execution actor's thread. */
export function createBinanceSpotVenue(options: GatewayOptions): (context: VenueContext) => VenueGateway {
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
    rest: binanceRest('/api/v3/time'),
    signer,
    session: new BinanceSession('binance-spot', BINANCE_SPOT_SUBSCRIPTION, signer, options.recvWindowMs),
    queries: new BinanceQueries(BINANCE_SPOT_ACCOUNT, options.namespace),
    writer: new OrderEncoder(BINANCE_SPOT_ORDERS, context.instruments, options),
    frames: new BinanceSpotPrivate(context, lookup, outcomes),
    reports: null,
    guard: null,
    prepare: null,
  };
}
