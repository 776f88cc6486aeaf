import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { ApiErrorCode } from './engine-stats.ts';

/** The api cannot serve; the code says why. */
export class ApiError extends Error {
  override readonly name: string = 'ApiError';
  readonly code: ApiErrorCode;

  constructor(code: ApiErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Who may read the engine. */
export interface AccessPolicy {
  /** Address listened on. */
  readonly host: string;
  /** Demanded of every request when set; null = none is needed (loopback only). */
  readonly authToken: string | null;
  /** Origins of browser pages let in besides the api's own, e.g. "https://dash.example". */
  readonly allowedOrigins: readonly string[];
}

/** Why a request is turned away. */
export type AccessRefusal = 'FOREIGN_HOST' | 'FOREIGN_ORIGIN' | 'UNAUTHORIZED';

const BEARER_PROTOCOL = 'bearer.';

/** Whether `host` (name or address, without port) is this machine only. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return bare === 'localhost' || bare === '::1' || /^127(?:\.\d{1,3}){3}$/.test(bare);
}

/** @throws ApiError when the address is open to others and nothing protects it. Call before anything starts. */
export function checkBind(policy: AccessPolicy): void {
  if (isLoopback(policy.host) || (policy.authToken !== null && policy.authToken !== '')) return;
  throw new ApiError(
    'API_UNPROTECTED_BIND',
    `api.host ${policy.host} can be reached from other machines and no token protects it: ` +
      'listen on 127.0.0.1, or give the api a token',
  );
}

function equalText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

/** A token as a header or, for browsers, as the subprotocol "bearer.<token>"; never in the URL, which gets logged. */
function tokenOf(headers: IncomingHttpHeaders): string | null {
  const { authorization } = headers;
  if (authorization !== undefined && /^bearer /i.test(authorization)) return authorization.slice(7).trim();
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const bearer = offered.find((name) => name.startsWith(BEARER_PROTOCOL));
  return bearer === undefined ? null : bearer.slice(BEARER_PROTOCOL.length);
}

/**
 * Why these headers may not read the engine, or null. The host name is checked on a loopback bind, so that no web page
 * reaches it through a name of its own (DNS rebinding); the origin, so that no foreign page opens the feed.
 */
export function accessRefusal(policy: AccessPolicy, headers: IncomingHttpHeaders): AccessRefusal | null {
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  if (isLoopback(policy.host) && !isLoopback(host)) return 'FOREIGN_HOST';
  const { origin } = headers;
  if (origin !== undefined && !policy.allowedOrigins.includes(origin)) {
    if (!URL.canParse(origin) || new URL(origin).host !== headers.host) return 'FOREIGN_ORIGIN';
  }
  if (policy.authToken === null) return null;
  const token = tokenOf(headers);
  return token !== null && equalText(token, policy.authToken) ? null : 'UNAUTHORIZED';
}
