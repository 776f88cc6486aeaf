import type { VenueContext } from '../../../engine/execution/venue-port.ts';
import { VENUE_COUNTER } from '../../../engine/execution/venue-port.ts';
import type { RateBudget } from '../limits/rate-budget.ts';
import { RATE_COST } from '../limits/rate-budget.ts';
import type { VenueClock } from '../limits/venue-clock.ts';
import type { RequestParams, RestAnswer, RestVerb } from '../request/rest-client.ts';
import type { VenueRest } from '../session/exchange-link.ts';

/** How the parts around an order connection ask: null = no room or no answer. */
export type AccountAsker = Pick<AccountDesk, 'signed' | 'keyed'>;

/**
 * Asks a venue's REST for what concerns the account as a whole, within its rate limits. Off the order path; allocates. A
 * request that has no room, or no answer, is null: whoever asked tries again by its own timer. One thread.
 */
export class AccountDesk {
  private readonly context: VenueContext;
  private readonly rest: VenueRest;
  private readonly budget: RateBudget;
  private readonly venueClock: VenueClock;
  private readonly usedWeightWindowMs: number;

  /** @param usedWeightWindowMs length of the window that the answers' used weight counts, ms */
  constructor(
    context: VenueContext,
    rest: VenueRest,
    budget: RateBudget,
    venueClock: VenueClock,
    usedWeightWindowMs: number,
  ) {
    this.context = context;
    this.rest = rest;
    this.budget = budget;
    this.venueClock = venueClock;
    this.usedWeightWindowMs = usedWeightWindowMs;
  }

  /** A signed request. Urgent ones may use the part of the budget that is kept for cancels. */
  signed(
    verb: RestVerb,
    path: string,
    params: RequestParams,
    weight: number,
    isUrgent: boolean = false,
  ): Promise<RestAnswer | null> {
    return this.ask(weight, isUrgent, (epochMs) => this.rest.signed(verb, path, params, epochMs));
  }

  /** A request that names the key and is not signed. */
  keyed(verb: RestVerb, path: string, weight: number): Promise<RestAnswer | null> {
    return this.ask(weight, false, () => this.rest.keyed(verb, path));
  }

  private async ask(
    weight: number,
    isUrgent: boolean,
    send: (epochMs: number) => Promise<RestAnswer>,
  ): Promise<RestAnswer | null> {
    const { counters, clock } = this.context;
    if (!this.venueClock.isKnown) return null;
    const epochMs = this.venueClock.epochMsAt(clock.nowNs());
    if (this.budget.acquire(weight, 0, isUrgent, epochMs) !== 0) {
      counters.increment(VENUE_COUNTER.venueRateLimited);
      return null;
    }
    let answer: RestAnswer;
    try {
      answer = await send(epochMs);
    } catch {
      return null;
    }
    if (answer.usedWeight >= 0)
      this.budget.observe(RATE_COST.weight, this.usedWeightWindowMs, 0, answer.usedWeight, 0, epochMs);
    if (answer.retryAfterMs > 0) {
      counters.increment(VENUE_COUNTER.venueRateWarnings);
      this.budget.blockUntil(epochMs + answer.retryAfterMs);
    }
    return answer;
  }
}
