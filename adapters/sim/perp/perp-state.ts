/** Everything the API edges of the perpetuals share. */
import type { ApiCore } from '../api-core.ts';
import type { PerpAccount, PerpMark } from './perp-account.ts';
import type { PerpDesk } from './perp-desk.ts';
import type { PerpRisk } from './perp-risk.ts';
import type { PerpUsers } from './perp-users.ts';

/** The perpetuals of a running exchange, by role. */
export interface PerpState extends ApiCore {
  readonly accounts: readonly PerpAccount[];
  /** By symbol; each knows its market. */
  readonly marks: ReadonlyMap<string, PerpMark>;
  readonly desk: PerpDesk;
  readonly users: PerpUsers;
  readonly risk: PerpRisk;
}
