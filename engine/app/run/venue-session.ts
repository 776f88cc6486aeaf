import { startExchangeThread } from '../../../adapters/sim/exchange-host.ts';
import type { ExchangeHandle } from '../../../adapters/sim/exchange-host.ts';
import type { Instrument } from '../../core/instrument.ts';
import type { VenueEndpoints } from '../../market-data/feed-port.ts';
import { CliError } from '../cli/cli-error.ts';
import type { EngineConfig } from '../config/config-types.ts';
import { loadCredentials } from '../config/credentials.ts';
import type { ApiKey } from '../../../adapters/venue-kit/signing/api-key.ts';
import { loadVenuePart, venueOf } from '../venues/venue-registry.ts';
import { EXIT } from '../cli/exit-codes.ts';

/** A venue made ready for a run: where it is, what it trades, who we are there. Main thread. */
export interface VenueSession {
  readonly endpoints: VenueEndpoints;
  /** null in paper mode: nothing that could act is kept in memory. */
  readonly credentials: ApiKey | null;
  readonly instruments: readonly Instrument[];
  /** The account the orders belong to; names the journal. */
  readonly accountId: string;
  readonly isPlayMoney: boolean;
  /** The embedded exchange when this session started one. */
  readonly exchange: ExchangeHandle | null;
  close(): Promise<void>;
}

/**
 * Opens the venue of the configuration: starts the embedded exchange where it is wanted, asks for instruments and, when
 * orders will be signed, for the account. Throws CliError (exit 69, 77 or 78) that names what is wrong.
 */
export async function openVenueSession(config: EngineConfig): Promise<VenueSession> {
  const { endpoints } = config.venues[config.venue.name];
  const exchange = endpoints.rest === null ? await startEmbedded(config) : null;
  try {
    return await openSession(config, exchange);
  } catch (error) {
    await exchange?.close();
    throw error;
  }
}

async function openSession(config: EngineConfig, exchange: ExchangeHandle | null): Promise<VenueSession> {
  const venue = config.venues[config.venue.name];
  const endpoints = exchange === null ? (venue.endpoints as VenueEndpoints) : exchange.urls;
  const fetchInstruments = await loadVenuePart(config.venue.name, 'instruments', 'live market data');
  const listed = await asVenueError(endpoints.rest, () =>
    fetchInstruments(endpoints.rest, config.symbols, venue.requestTimeoutMs),
  );
  const instruments = listed.map((instrument) => ({ ...instrument, venue: config.venue.name }));
  const credentials = config.mode === 'paper' ? null : sessionCredentials(config, exchange);
  const accountId = await accountOf(config, endpoints, credentials, exchange);
  return {
    endpoints,
    credentials,
    instruments,
    accountId,
    isPlayMoney: venueOf(config.venue.name).isPlayMoney,
    exchange,
    close: async () => exchange?.close(),
  };
}

async function accountOf(
  config: EngineConfig,
  endpoints: VenueEndpoints,
  credentials: ApiKey | null,
  exchange: ExchangeHandle | null,
): Promise<string> {
  // A simulated account on a fresh embedded exchange is a fresh account: its market has nothing to do with the last one.
  if (credentials === null) return exchange === null ? `${config.mode}-1` : exchange.credentials.accountId;
  const fetchAccount = await loadVenuePart(config.venue.name, 'account', 'accounts');
  const account = await asVenueError(endpoints.rest, () =>
    fetchAccount({
      rest: endpoints.rest,
      credentials,
      recvWindowMs: config.venues[config.venue.name].recvWindowMs,
      timeoutMs: config.venues[config.venue.name].requestTimeoutMs,
    }),
  );
  return account.accountId;
}

function sessionCredentials(config: EngineConfig, exchange: ExchangeHandle | null): ApiKey {
  if (exchange === null) return loadCredentials(config, config.venue.name);
  const { ed25519ApiKey, ed25519PrivateKeyPem } = exchange.credentials;
  return { kind: 'ed25519', apiKey: ed25519ApiKey, privateKeyPem: ed25519PrivateKeyPem };
}

async function startEmbedded(config: EngineConfig): Promise<ExchangeHandle> {
  const { ordersPer10s, ordersPerDay, seed, ...settings } = config.exchange;
  try {
    return await startExchangeThread({
      seed: seed ?? config.seed,
      symbols: config.symbols,
      ...settings,
      limits: { ordersPer10s, ordersPerDay },
    });
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'EXCHANGE_FAILED';
    const message = error instanceof Error ? error.message : String(error);
    const isConfig = code === 'EXCHANGE_UNKNOWN_SYMBOL' || code === 'EXCHANGE_BAD_OPTION';
    throw new CliError(
      code,
      `the embedded exchange: ${message}`,
      isConfig ? EXIT.config : EXIT.venueUnavailable,
    );
  }
}

async function asVenueError<T>(address: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof CliError) throw error;
    const { code, message } = error as { code?: string; message?: string };
    if (code === 'UNKNOWN_SYMBOL') throw new CliError(code, message ?? '', EXIT.config);
    if (code === 'CREDENTIALS_REFUSED') {
      throw new CliError(code, `the venue at ${address} refuses the key: ${message ?? ''}`, EXIT.credentials);
    }
    throw new CliError(
      code ?? 'VENUE_UNAVAILABLE',
      `the venue at ${address} does not answer as it should: ${message ?? String(error)}`,
      EXIT.venueUnavailable,
    );
  }
}
