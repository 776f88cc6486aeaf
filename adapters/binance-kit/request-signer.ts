import type { ApiKey } from '../venue-kit/signing/api-key.ts';
import type { KeyObject } from 'node:crypto';
import { createHmac, sign } from 'node:crypto';
import type { RequestParams, RestSigner } from '../venue-kit/request/rest-client.ts';
import { readEd25519Key } from '../venue-kit/signing/ed25519-key.ts';

/**
 * The text a WebSocket API request signs (web-socket-api.md, "Request security"): every parameter but `signature`,
 * sorted by name, `k=v` joined by `&`, not percent-encoded.
 */
export function wsApiPayload(params: RequestParams): string {
  return Object.keys(params)
    .filter((name) => name !== 'signature')
    .sort()
    .map((name) => `${name}=${params[name]}`)
    .join('&');
}

/** The text a REST request signs: in the order of sending, percent-encoded, without the key. */
export function restPayload(params: RequestParams): string {
  return Object.entries(params)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join('&');
}

/** Signs requests off the order path: logon, subscriptions, queries. Allocates. Any thread owns its own. */
export class RequestSigner implements RestSigner {
  readonly apiKey: string;
  /** Whether `session.logon` is open to this key; it takes Ed25519 only. */
  readonly canLogOn: boolean;
  private readonly hmacSecret: string;
  private readonly privateKey: KeyObject | null;

  /** @throws Error when an Ed25519 key is no PEM private key; the message does not repeat the key */
  constructor(credentials: ApiKey) {
    this.apiKey = credentials.apiKey;
    this.canLogOn = credentials.kind === 'ed25519';
    this.hmacSecret = credentials.kind === 'hmac' ? credentials.apiSecret : '';
    this.privateKey = credentials.kind === 'ed25519' ? readEd25519Key(credentials.privateKeyPem) : null;
  }

  /** The signature of a payload: hex for HMAC, base64 for Ed25519. */
  signature(payload: string): string {
    if (this.privateKey === null) {
      return createHmac('sha256', this.hmacSecret).update(payload, 'utf8').digest('hex');
    }
    return sign(null, Buffer.from(payload, 'utf8'), this.privateKey).toString('base64');
  }

  /** The parameters with `apiKey` and `signature` for the WebSocket API. */
  signWsApi(params: RequestParams): RequestParams {
    const withKey = { ...params, apiKey: this.apiKey };
    return { ...withKey, signature: this.signature(wsApiPayload(withKey)) };
  }

  /** The query string with its signature for REST; the key travels in the header X-MBX-APIKEY. */
  signRest(params: RequestParams): string {
    const payload = restPayload(params);
    const joint = payload === '' ? '' : `${payload}&`;
    return `${joint}signature=${encodeURIComponent(this.signature(payload))}`;
  }
}
