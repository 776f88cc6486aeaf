/** What both kinds of markets need of an exchange's API edges. */
import type { Drills } from './drills.ts';
import type { OrderLimit, WeightLimit } from './rate-limits.ts';
import type { KeyRing } from './request-auth.ts';
import type { RawParams } from './request-params.ts';

/** An account as far as the API edges know it. */
export interface ApiAccount {
  readonly orderLimit: OrderLimit;
}

/** What the edges share, whatever is traded behind them. */
export interface ApiCore {
  readonly accounts: readonly ApiAccount[];
  readonly keys: KeyRing;
  readonly weight: WeightLimit;
  readonly drills: Drills;
}

/** A result that already is JSON text. */
export class RawJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** One call of a method. `account` is set for signed methods only. */
export interface Call<State extends ApiCore> {
  readonly state: State;
  readonly account: State['accounts'][number] | undefined;
  readonly params: RawParams;
  readonly nowMs: number;
}

/** A call of a signed method. */
export interface SignedCall<State extends ApiCore> extends Call<State> {
  readonly account: State['accounts'][number];
}

/** What proves who asks: nothing, the key alone, or a signature. */
export type Security = 'none' | 'key' | 'signed';

/** One method of an API. */
export interface ApiMethod<State extends ApiCore> {
  /** Request weight, also when it depends on the parameters. */
  readonly weight: number | ((params: RawParams) => number);
  readonly security: Security;
  /** Order requests cost no weight when they succeed, and report the ORDERS counters. */
  readonly isOrder: boolean;
  readonly run: (call: Call<State>) => unknown;
}

/** The same call, with its account. @throws Error when the edge forgot it */
export function withAccount<State extends ApiCore>(call: Call<State>): SignedCall<State> {
  if (call.account === undefined) throw new Error('a signed method was called without an account');
  return { ...call, account: call.account };
}
