import { startExchangeThread } from '../../../adapters/sim/exchange-host.ts';
import type { ExchangeHandle } from '../../../adapters/sim/exchange-host.ts';
import type { Instrument } from '../../core/instrument.ts';
import type { VenueEndpoints } from '../../market-data/feed-port.ts';
import { CliError } from '../cli/cli-error.ts';
import type { EngineConfig } from '../config/config-types.ts';
import { loadCredentials } from '../config/credentials.ts';
import { enginePartsOf } from '../config/engine-parts.ts';
import type { AccountPart, EngineParts, LanePart } from '../config/engine-parts.ts';
import type { ApiKey } from '../../../adapters/venue-kit/signing/api-key.ts';
import type { Credentials, PlannedAccount, PlannedLane } from '../threads/thread-plan.ts';
import { loadVenuePart, requireVenuePart, venueOf } from '../venues/venue-registry.ts';
import { EXIT } from '../cli/exit-codes.ts';

/** An account of a run, before the journal has said since when it is traded. */
export type SessionAccount = Omit<PlannedAccount, 'sinceEpochUs'>;

/** An embedded exchange of this run, and the account whose orders it sees in each place. */
export interface SessionExchange {
  readonly handle: ExchangeHandle;
  /** Labels of the accounts, by the exchange's own numbering. */
  readonly accounts: readonly string[];
}

/** The venues of a run made ready: where they are, what is traded, who we are there. Main thread. */
export interface VenueSession {
  readonly lanes: readonly PlannedLane[];
  readonly accounts: readonly SessionAccount[];
  /** Empty in paper mode: nothing that could act is kept in memory. */
  readonly credentials: Credentials;
  readonly instruments: readonly Instrument[];
  readonly isPlayMoney: boolean;
  /** The embedded exchanges that this session started. */
  readonly exchanges: readonly SessionExchange[];
  close(): Promise<void>;
}

/** Where a venue is, and its exchange when this run started it. */
interface OpenVenue {
  readonly venue: string;
  readonly endpoints: VenueEndpoints;
  readonly exchange: ExchangeHandle | null;
  readonly accounts: readonly AccountPart[];
}

/**
 * Opens the venues of the configuration: starts embedded exchanges where they are wanted, asks for instruments and, when
 * orders will be signed, for the accounts. Throws CliError (exit 69, 77 or 78) that names what is wrong.
 */
export async function openVenueSession(config: EngineConfig): Promise<VenueSession> {
  const parts = enginePartsOf(config);
  const venues: OpenVenue[] = [];
  const close = async (): Promise<void> => {
    for (const { exchange } of venues) await exchange?.close();
  };
  try {
    for (const venue of new Set(parts.lanes.map((lane) => lane.venue))) {
      venues.push(await openVenue(config, parts, venue, venues.length));
    }
    return await openSession(config, parts, venues, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function openVenue(
  config: EngineConfig,
  parts: EngineParts,
  venue: string,
  place: number,
): Promise<OpenVenue> {
  const { endpoints } = config.venues[venue];
  const accounts = parts.accounts.filter((account) => account.venue === venue);
  if (endpoints.rest !== null)
    return { venue, endpoints: endpoints as VenueEndpoints, exchange: null, accounts };
  const symbols = parts.lanes.filter((lane) => lane.venue === venue).flatMap((lane) => lane.symbols);
  const exchange = await startEmbedded(config, [...new Set(symbols)], accounts.length, place);
  return { venue, endpoints: exchange.urls, exchange, accounts };
}

async function openSession(
  config: EngineConfig,
  parts: EngineParts,
  venues: readonly OpenVenue[],
  close: () => Promise<void>,
): Promise<VenueSession> {
  const venueNamed = (name: string): OpenVenue => venues.find(({ venue }) => venue === name)!;
  const instruments: Instrument[] = [];
  for (const lane of parts.lanes) {
    instruments.push(
      ...(await laneInstruments(config, parts, lane, venueNamed(lane.venue), instruments.length)),
    );
  }
  const accounts: SessionAccount[] = [];
  const credentials: Record<string, ApiKey> = {};
  for (const part of parts.accounts) {
    const venue = venueNamed(part.venue);
    const key = config.mode === 'paper' ? null : sessionCredentials(config, part, venue);
    if (key !== null) credentials[part.label] = key;
    const accountId = await accountIdOf(config, part, venue, key);
    accounts.push({ label: part.label, venue: part.venue, endpoints: venue.endpoints, accountId });
  }
  return {
    lanes: parts.lanes.map(({ label, venue }) => ({ label, venue, endpoints: venueNamed(venue).endpoints })),
    accounts,
    credentials,
    instruments,
    isPlayMoney: venues.every(({ venue }) => venueOf(venue).isPlayMoney),
    exchanges: venues.flatMap(({ exchange, accounts: here }) =>
      exchange === null ? [] : [{ handle: exchange, accounts: here.map(({ label }) => label) }],
    ),
    close,
  };
}

/** The instruments of a lane, numbered from `firstIndex`. */
async function laneInstruments(
  config: EngineConfig,
  parts: EngineParts,
  lane: LanePart,
  { venue, endpoints }: OpenVenue,
  firstIndex: number,
): Promise<Instrument[]> {
  requireVenuePart(venue, 'feed', 'live market data');
  const fetchInstruments = await loadVenuePart(venue, 'instruments', 'list of instruments');
  const { requestTimeoutMs } = config.venues[venue];
  const listed = await asVenueError(endpoints.rest, () =>
    fetchInstruments(endpoints.rest, lane.symbols, requestTimeoutMs),
  );
  const account = parts.accounts[lane.account].label;
  return listed.map((instrument, place) => ({
    ...instrument,
    index: firstIndex + place,
    venue,
    lane: lane.label,
    account,
  }));
}

async function accountIdOf(
  config: EngineConfig,
  part: AccountPart,
  { venue, endpoints, exchange, accounts }: OpenVenue,
  credentials: ApiKey | null,
): Promise<string> {
  const place = accounts.indexOf(part);
  // A simulated account on a fresh embedded exchange is a fresh account: its market has nothing to do with the last one.
  if (credentials === null)
    return exchange === null ? `${config.mode}-${place + 1}` : exchange.allCredentials[place].accountId;
  const fetchAccount = await loadVenuePart(venue, 'account', 'accounts');
  const account = await asVenueError(endpoints.rest, () =>
    fetchAccount({
      rest: endpoints.rest,
      credentials,
      recvWindowMs: config.venues[venue].recvWindowMs,
      timeoutMs: config.venues[venue].requestTimeoutMs,
    }),
  );
  return account.accountId;
}

function sessionCredentials(
  config: EngineConfig,
  part: AccountPart,
  { venue, exchange, accounts }: OpenVenue,
): ApiKey {
  if (exchange === null) return loadCredentials(config, venue, process.env, part);
  const { ed25519ApiKey, ed25519PrivateKeyPem } = exchange.allCredentials[accounts.indexOf(part)];
  return { kind: 'ed25519', apiKey: ed25519ApiKey, privateKeyPem: ed25519PrivateKeyPem };
}

/** @param place of the venue among those of the run: each embedded exchange has a market of its own */
async function startEmbedded(
  config: EngineConfig,
  symbols: readonly string[],
  accountCount: number,
  place: number,
): Promise<ExchangeHandle> {
  const { ordersPer10s, ordersPerDay, seed, listed, ...settings } = config.exchange;
  // Fixed ports are those of the first one.
  const ports = place === 0 ? {} : { restPort: 0, streamPort: 0, wsApiPort: 0 };
  try {
    return await startExchangeThread({
      seed: (seed ?? config.seed) + place,
      symbols: [...new Set([...symbols, ...listed])],
      ...settings,
      ...ports,
      accountCount,
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
