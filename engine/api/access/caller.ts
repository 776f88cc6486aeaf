import type { Scope } from './key-record.ts';

/** Who asks. */
export interface Caller {
  readonly kind: 'key' | 'session' | 'loopback' | 'nobody';
  /** Id of the key that stands behind it; "" = none. */
  readonly keyId: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Of a session. */
  readonly sid: string | null;
  /** What X-Shrike-Csrf must hold when a call acts; null = it was not sent by a cookie. */
  readonly csrf: string | null;
  /** Where it comes from. */
  readonly address: string;
}

/** What a route asks for: nothing, a scope, or one of two. `lower`: trade or control, for what lowers risk. */
export type RouteScope = 'open' | 'login' | Scope | 'lower';

/** Whether a caller may use a route of this scope. Each scope but none implies read. */
export function mayUse({ scopes }: Caller, scope: RouteScope): boolean {
  switch (scope) {
    case 'open':
    case 'login':
      return true;
    case 'read':
      return scopes.size > 0;
    case 'lower':
      return scopes.has('trade') || scopes.has('control');
    default:
      return scopes.has(scope);
  }
}
