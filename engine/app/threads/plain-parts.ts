import type { VenueEndpoints } from '../../market-data/feed-port.ts';
import type { PlannedStrategy } from '../strategy/planned-strategy.ts';
import type { EnginePlan } from './thread-plan.ts';

/** What an engine with one lane, one account and one strategy is made of. */
export interface PlainParts {
  readonly venue: string;
  readonly endpoints: VenueEndpoints;
  readonly accountId: string;
  readonly strategy: Omit<PlannedStrategy, 'actor'>;
}

/** The lists of a plan for one of each: replays, rehearsals, benches. Pure. */
export function plainParts(parts: PlainParts): Pick<EnginePlan, 'lanes' | 'accounts' | 'strategies' | 'io'> {
  const { venue, endpoints, accountId, strategy } = parts;
  const place = { label: '', venue, endpoints };
  return {
    lanes: [place],
    accounts: [{ ...place, accountId, sinceEpochUs: 0 }],
    strategies: [{ ...strategy, actor: '' }],
    io: { mode: 'stream', reason: 'no sockets of a venue' },
  };
}
