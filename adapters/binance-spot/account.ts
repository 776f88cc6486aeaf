import type { AccountRequest } from '../venue-kit/venue-descriptor.ts';
import { RequestSigner } from '../binance-kit/request-signer.ts';
import type { RestAnswer } from '../venue-kit/request/rest-client.ts';
import { binanceRest } from '../binance-kit/rest-protocol.ts';
import { RestClient } from '../venue-kit/request/rest-client.ts';

/** One asset of the account; decimal text as the venue writes it. */
export interface AccountBalance {
  readonly asset: string;
  readonly free: string;
  readonly locked: string;
}

/** The account behind an API key at one moment. */
export interface VenueAccount {
  /** The venue's own id of the account (`uid`). */
  readonly accountId: string;
  readonly canTrade: boolean;
  /** e.g. SPOT. */
  readonly accountType: string;
  readonly permissions: readonly string[];
  /** Fee rates as fractions of the traded value, as the venue states them; "" = not told. */
  readonly makerFeeRate: string;
  readonly takerFeeRate: string;
  /** Assets with something in them. */
  readonly balances: readonly AccountBalance[];
}

/** Why the account could not be read. */
export class VenueAccountError extends Error {
  override readonly name: string = 'VenueAccountError';
  /** CREDENTIALS_REFUSED: the key is the problem; VENUE_UNAVAILABLE: no answer; VENUE_ERROR: an answer that cannot be used. */
  readonly code: 'CREDENTIALS_REFUSED' | 'VENUE_UNAVAILABLE' | 'VENUE_ERROR';

  constructor(code: VenueAccountError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** -1022 bad signature, -2014 bad key format, -2015 unknown key, address or permission. */
const KEY_CODES: ReadonlySet<unknown> = new Set([-1002, -1022, -2014, -2015]);

/**
 * Reads the account of an API key (`GET /api/v3/account`, weight 20). Main thread, at start and in `doctor`.
 * @throws VenueAccountError
 */
export async function fetchBinanceSpotAccount(options: AccountRequest): Promise<VenueAccount> {
  const client = new RestClient({
    ...options,
    protocol: binanceRest('/api/v3/time'),
    signer: new RequestSigner(options.credentials),
  });
  try {
    const venueMs = await client.serverTimeMs();
    return accountOf(await client.signedGet('/api/v3/account', { omitZeroBalances: 'true' }, venueMs));
  } catch (error) {
    if (error instanceof VenueAccountError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new VenueAccountError('VENUE_UNAVAILABLE', message);
  } finally {
    client.close();
  }
}

function accountOf({ status, body }: RestAnswer): VenueAccount {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  if (status !== 200) {
    const isKey = status === 401 || KEY_CODES.has(fields['code']);
    const said = typeof fields['msg'] === 'string' ? fields['msg'] : 'no reason given';
    throw new VenueAccountError(
      isKey ? 'CREDENTIALS_REFUSED' : 'VENUE_ERROR',
      `the account request was answered ${status}: ${said}`,
    );
  }
  const { uid } = fields;
  if (typeof uid !== 'number' && typeof uid !== 'string') {
    throw new VenueAccountError('VENUE_ERROR', 'the account answer names no uid');
  }
  const rates = (fields['commissionRates'] ?? {}) as Record<string, unknown>;
  return {
    accountId: String(uid),
    canTrade: fields['canTrade'] === true,
    accountType: textOf(fields['accountType']),
    permissions: listOf(fields['permissions']).map(textOf),
    makerFeeRate: textOf(rates['maker']),
    takerFeeRate: textOf(rates['taker']),
    balances: listOf(fields['balances']).map((entry) => {
      const balance = (entry ?? {}) as Record<string, unknown>;
      return {
        asset: textOf(balance['asset']),
        free: textOf(balance['free']),
        locked: textOf(balance['locked']),
      };
    }),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
