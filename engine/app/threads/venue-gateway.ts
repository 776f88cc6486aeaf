import type { ExchangeLink } from '../../../adapters/venue-kit/session/exchange-link.ts';
import type { GatewayOptions } from '../../../adapters/venue-kit/venue-descriptor.ts';
import type { SharedBookReader } from '../../book/shared-book.ts';
import { PaperGateway } from '../../execution/paper-gateway.ts';
import { ShadowGateway } from '../../execution/shadow-gateway.ts';
import { SilentEvents } from '../../execution/silent-events.ts';
import type { VenueContext, VenueGateway } from '../../execution/venue-port.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import type { ApiKey } from '../../../adapters/venue-kit/signing/api-key.ts';
import type { EnginePlan, PlannedAccount } from './thread-plan.ts';
import type { Wiring } from './wiring.ts';

/** Makes a venue's private side, on the execution actor's thread. */
export type CreateGateway = (options: GatewayOptions) => (context: VenueContext) => VenueGateway;

/**
 * The one place where modes part: paper fills here, live sends, shadow builds and signs what live would send while a
 * paper twin fills. `createGateway` is the venue's own, null in paper mode. Returns what the execution actor opens its api with.
 */
export function openVenueGateway(
  plan: EnginePlan,
  account: PlannedAccount,
  credentials: ApiKey | null,
  wiring: Wiring,
  books: SharedBookReader,
  createGateway: CreateGateway | null,
  link?: Partial<ExchangeLink>,
): (context: VenueContext) => VenueGateway {
  const openPaper = (context: VenueContext): VenueGateway => {
    const { makerFeeBps, takerFeeBps, latencyMs } = plan.config.paper;
    const options = { makerFeeBps, takerFeeBps, latencyNs: latencyMs * 1e6 };
    return new PaperGateway(
      wiring.buffer,
      wiring.labelled('state:paper', account.label),
      books,
      context,
      options,
    );
  };
  if (plan.config.mode === 'paper') return openPaper;
  const openReal = openVenue(plan, account, credentials, createGateway, link);
  if (plan.config.mode === 'live') return openReal;
  return (context) => {
    const real = openReal({ ...context, events: new SilentEvents() });
    return new ShadowGateway(real, openPaper(context), context.counters);
  };
}

function openVenue(
  plan: EnginePlan,
  account: PlannedAccount,
  credentials: ApiKey | null,
  createGateway: CreateGateway | null,
  link: Partial<ExchangeLink> | undefined,
): (context: VenueContext) => VenueGateway {
  if (credentials === null || createGateway === null) {
    throw new CliError(
      'CREDENTIALS_MISSING',
      'orders cannot be signed without credentials',
      EXIT.credentials,
    );
  }
  const venue = plan.config.venues[account.venue];
  return createGateway({
    endpoints: account.endpoints,
    credentials,
    namespace: plan.config.execution.namespace,
    recvWindowMs: venue.recvWindowMs,
    requestTimeoutMs: plan.config.execution.ackTimeoutMs,
    reconnectMinMs: venue.reconnectMinMs,
    reconnectMaxMs: venue.reconnectMaxMs,
    rotateAfterMs: venue.rotateAfterMs,
    ...(link === undefined ? {} : { link }),
  });
}
