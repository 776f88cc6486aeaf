import type { GatewayOptions } from '../../../adapters/venue-kit/venue-descriptor.ts';
import type { SharedBookReader } from '../../book/shared-book.ts';
import { PaperIds } from '../../execution/paper-ids.ts';
import { SimulatedGateway } from '../../execution/fills/simulated-gateway.ts';
import { LevelWatchWriter } from '../../ipc/level-watch.ts';
import type { Subscription } from '../../ipc/ring.ts';
import { fillOptions, simulatesQueues } from '../fills/fill-settings.ts';
import type { BuildOverrides } from './build-context.ts';
import { PaperGateway } from '../../execution/paper-gateway.ts';
import { ShadowGateway } from '../../execution/shadow-gateway.ts';
import { SilentEvents } from '../../execution/silent-events.ts';
import type { VenueContext, VenueGateway } from '../../execution/venue-port.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import type { ApiKey } from '../../../adapters/venue-kit/signing/api-key.ts';
import { actorsPulse } from './actors-pulse.ts';
import type { EnginePlan, PlannedAccount } from './thread-plan.ts';
import type { Wiring } from './wiring.ts';

/** Makes a venue's private side, on the execution actor's thread. */
export type CreateGateway = (options: GatewayOptions) => (context: VenueContext) => VenueGateway;

/**
 * The one place where modes part: paper fills here, live sends, shadow builds and signs what live would send while a
 * paper twin fills. `createGateway` is the venue's own, null in paper mode; `market` are the rings in which simulated fills
 * hear of the market. Returns what the execution actor opens its api with.
 */
export function openVenueGateway(
  plan: EnginePlan,
  account: PlannedAccount,
  credentials: ApiKey | null,
  wiring: Wiring,
  books: SharedBookReader,
  createGateway: CreateGateway | null,
  market: readonly Subscription[],
  overrides: BuildOverrides,
): (context: VenueContext) => VenueGateway {
  const openPaper = (context: VenueContext): VenueGateway => {
    if (simulatesQueues(plan.config)) {
      const watchRegion = wiring.labelled('state:level-watch', account.label);
      const inputs = {
        book: books,
        market,
        watch: new LevelWatchWriter(wiring.buffer, watchRegion),
        ids: new PaperIds(wiring.buffer, wiring.labelled('state:paper', account.label)),
      };
      const simulated = new SimulatedGateway(context, inputs, fillOptions(plan.config));
      overrides.onSimulated?.(simulated);
      return simulated;
    }
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
  const openReal = openVenue(plan, account, credentials, wiring, createGateway, overrides);
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
  wiring: Wiring,
  createGateway: CreateGateway | null,
  { link, room }: BuildOverrides,
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
    isHealthy: actorsPulse(wiring),
    isReadOnly: plan.config.mode === 'shadow',
    leverage: venue.leverage,
    marginMode: venue.marginMode,
    ...(link === undefined ? {} : { link }),
    ...(room === undefined ? {} : { room }),
  });
}
