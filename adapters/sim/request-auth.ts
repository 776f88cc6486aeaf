/**
 * API keys and request signatures. Binance's two payload rules differ and clients mix them up:
 * REST signs query string + body in the order sent, percent-encoded, without the key; the WebSocket API signs all
 * params but `signature`, sorted by name, not percent-encoded, with the key among them.
 */
import type { KeyObject } from 'node:crypto';
import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import {
  badKeyFormat,
  invalidSignature,
  illegalCharacters,
  missingParameter,
  rejectedKey,
  timestampAhead,
  timestampLate,
} from './api-error.ts';
import type { RawParams } from './request-params.ts';
import { optionalText, requiredText } from './request-params.ts';

/** Default and largest `recvWindow`, and how far ahead of the server a request may be, in milliseconds. */
const RECV_WINDOW_DEFAULT_MS = 5000;
const RECV_WINDOW_MAX_MS = 60_000;
const AHEAD_MAX_MS = 1000;

/** DER prefix of a PKCS#8 Ed25519 private key; the 32-byte seed follows (RFC 8410). */
const ED25519_PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Test credentials of one account. Play money: they are printed on purpose. */
export interface ExchangeCredentials {
  readonly apiKey: string;
  readonly hmacSecret: string;
  readonly ed25519ApiKey: string;
  readonly ed25519PrivateKeyPem: string;
  readonly accountId: string;
}

/** What the exchange knows of one API key. */
export interface ApiKey {
  readonly apiKey: string;
  /** Index of the account the key belongs to. */
  readonly accountIndex: number;
  readonly scheme: 'hmac' | 'ed25519';
  /** HMAC secret; empty for Ed25519. */
  readonly secret: string;
  /** Ed25519 public key; null for HMAC. */
  readonly publicKey: KeyObject | null;
}

/** Makes an account's credentials from a text: equal texts give equal keys. */
export function createCredentials(text: string, accountId: string): ExchangeCredentials {
  const seed = createHash('sha256').update(`ed25519/${text}`).digest();
  const privateKey = createPrivateKey({
    key: Buffer.concat([ED25519_PKCS8_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  return {
    apiKey: token(`key/${text}`),
    hmacSecret: token(`secret/${text}`),
    ed25519ApiKey: token(`ed25519-key/${text}`),
    ed25519PrivateKeyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }),
    accountId,
  };
}

/** 64 letters and digits, as Binance keys look. */
function token(text: string): string {
  return createHash('sha512')
    .update(text)
    .digest('base64')
    .replaceAll(/[^a-zA-Z0-9]/g, 'x')
    .slice(0, 64);
}

/** The keys an exchange accepts. */
export class KeyRing {
  readonly #keys: Map<string, ApiKey> = new Map();

  /** Registers both keys of an account. */
  add(credentials: ExchangeCredentials, accountIndex: number): void {
    this.#keys.set(credentials.apiKey, {
      apiKey: credentials.apiKey,
      accountIndex,
      scheme: 'hmac',
      secret: credentials.hmacSecret,
      publicKey: null,
    });
    this.#keys.set(credentials.ed25519ApiKey, {
      apiKey: credentials.ed25519ApiKey,
      accountIndex,
      scheme: 'ed25519',
      secret: '',
      publicKey: createPublicKey(credentials.ed25519PrivateKeyPem),
    });
  }

  /** The key, or error -2014 / -2015. */
  find(apiKey: string | undefined): ApiKey {
    if (apiKey === undefined || !/^[a-zA-Z0-9]{64}$/.test(apiKey)) throw badKeyFormat();
    const key = this.#keys.get(apiKey);
    if (key === undefined) throw rejectedKey();
    return key;
  }
}

/** The text a WebSocket API request signs. */
export function wsApiPayload(params: RawParams): string {
  return Object.keys(params)
    .filter((name) => name !== 'signature')
    .toSorted()
    .map((name) => `${name}=${optionalText(params, name) ?? ''}`)
    .join('&');
}

/** The text a REST request signs, and the signature found in it. */
export interface RestPayload {
  readonly text: string;
  /** Percent-decoded; undefined when not sent. */
  readonly signature: string | undefined;
}

/** Splits the signature off a REST request's raw query string and form body. */
export function restPayload(query: string, body: string): RestPayload {
  const pairs = [splitSignature(query), splitSignature(body)];
  const signature = pairs.find((pair) => pair.signature !== undefined)?.signature;
  return { text: pairs[0].text + pairs[1].text, signature };
}

function splitSignature(part: string): RestPayload {
  const kept: string[] = [];
  let signature: string | undefined;
  for (const pair of part.split('&')) {
    if (pair.startsWith('signature=')) signature = percentDecoded(pair.slice('signature='.length));
    else if (pair !== '') kept.push(pair);
  }
  return { text: kept.join('&'), signature };
}

/** Percent-decoded text, or the text itself when its encoding is broken. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Hex HMAC-SHA256, the signature of an HMAC key. */
export function hmacSignature(secret: string, payload: string): string {
  return createHmac('sha256', secret).update(payload, 'utf8').digest('hex');
}

/** Error -1022 unless `signature` is the key's signature of `payload`. */
export function verifySignature(key: ApiKey, payload: string, signature: string | undefined): void {
  if (signature === undefined) throw missingParameter('signature');
  const holds =
    key.publicKey === null
      ? equalTexts(hmacSignature(key.secret, payload), signature.toLowerCase())
      : isEd25519Valid(key.publicKey, payload, signature);
  if (!holds) throw invalidSignature();
}

function equalTexts(expected: string, actual: string): boolean {
  const left = Buffer.from(expected);
  const right = Buffer.from(actual);
  return left.length === right.length && timingSafeEqual(left, right);
}

function isEd25519Valid(publicKey: KeyObject, payload: string, signature: string): boolean {
  const bytes = Buffer.from(signature, 'base64');
  return bytes.length === 64 && verify(null, Buffer.from(payload, 'utf8'), publicKey, bytes);
}

/** Error -1021 unless the request's `timestamp` (ms or us) lies within its `recvWindow` of the server's clock. */
export function checkTimestamp(params: RawParams, serverMs: number): void {
  const text = requiredText(params, 'timestamp');
  if (!/^[0-9]{1,20}$/.test(text)) throw illegalCharacters('timestamp', '^[0-9]{1,20}$');
  const sent = Number(text);
  const sentMs = sent > 1e15 ? sent / 1000 : sent;
  const windowText = optionalText(params, 'recvWindow');
  const windowMs = windowText === undefined ? RECV_WINDOW_DEFAULT_MS : Number(windowText);
  if (Number.isNaN(windowMs)) throw illegalCharacters('recvWindow', '^[0-9]{1,20}$');
  if (windowMs > RECV_WINDOW_MAX_MS) throw illegalCharacters('recvWindow', '^[0-9]{1,5}$');
  if (sentMs >= serverMs + AHEAD_MAX_MS) throw timestampAhead();
  if (serverMs - sentMs > windowMs) throw timestampLate();
}
