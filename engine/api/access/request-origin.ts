import type { IncomingHttpHeaders } from 'node:http';
import type { ApiErrorCode } from '../engine-stats.ts';

/** The api cannot serve; the code says why. */
export class ApiError extends Error {
  override readonly name: string = 'ApiError';
  readonly code: ApiErrorCode;

  constructor(code: ApiErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Where the engine listens, and which pages may use it. */
export interface BindPolicy {
  /** Address listened on. */
  readonly host: string;
  /** Origins of browser pages let in besides the api's own, e.g. "https://dash.example". */
  readonly allowedOrigins: readonly string[];
}

/** Why a request is turned away whoever sends it. */
export type OriginRefusal = 'FOREIGN_HOST' | 'FOREIGN_ORIGIN';

/** Whether `host` (name or address, without port) is this machine only. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return bare === 'localhost' || bare === '::1' || /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/.test(bare);
}

/** @throws ApiError when the address is open to others: keys would go over the network in the clear. Before anything starts. */
export function checkBind({ host }: BindPolicy): void {
  if (isLoopback(host)) return;
  throw new ApiError(
    'API_UNPROTECTED_BIND',
    `api.host ${host} can be reached from other machines and nothing encrypts what goes there: listen on 127.0.0.1`,
  );
}

/**
 * Why these headers may not use the engine, or null. The host name is checked on a loopback bind, so that no web page
 * reaches it through a name of its own (DNS rebinding); the origin, so that no foreign page does anything.
 */
export function originRefusal(
  { host: bound, allowedOrigins }: BindPolicy,
  headers: IncomingHttpHeaders,
): OriginRefusal | null {
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  if (isLoopback(bound) && !isLoopback(host)) return 'FOREIGN_HOST';
  const { origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode } = headers;
  if (origin !== undefined && !allowedOrigins.includes(origin)) {
    if (!URL.canParse(origin) || new URL(origin).host !== headers.host) return 'FOREIGN_ORIGIN';
  }
  // A link from elsewhere may open a page; anything else that another site caused may not come in.
  const isForeign = site === 'cross-site' || site === 'same-site';
  if (isForeign && mode !== 'navigate' && origin === undefined) return 'FOREIGN_ORIGIN';
  return null;
}
