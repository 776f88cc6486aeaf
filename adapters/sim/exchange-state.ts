/** Everything the API edges of one exchange share. */
import type { Account, ExchangeMarket } from './accounts.ts';
import type { Drills } from './drills.ts';
import type { MarketTape } from './market-tape.ts';
import type { OrderDesk } from './order-desk.ts';
import type { WeightLimit } from './rate-limits.ts';
import type { KeyRing } from './request-auth.ts';
import type { UserStreams } from './user-stream.ts';

/** The parts of a running exchange, by role. */
export interface ExchangeState {
  readonly markets: ReadonlyMap<string, ExchangeMarket>;
  readonly tapes: ReadonlyMap<string, MarketTape>;
  readonly accounts: readonly Account[];
  readonly keys: KeyRing;
  readonly desk: OrderDesk;
  readonly users: UserStreams;
  readonly weight: WeightLimit;
  readonly drills: Drills;
}
