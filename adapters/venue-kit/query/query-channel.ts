import { setTimeout as sleep } from 'node:timers/promises';
import type { VenueContext } from '../../../engine/execution/venue-port.ts';
import { SEND, VENUE_COUNTER } from '../../../engine/execution/venue-port.ts';
import type { RateBudget } from '../limits/rate-budget.ts';
import { RATE_COST } from '../limits/rate-budget.ts';
import type { VenueClock } from '../limits/venue-clock.ts';
import type { ApiAnswer } from '../request/api-answer.ts';
import type { RequestParams, RestAnswer } from '../request/rest-client.ts';
import type { QueryProtocol, VenueQuery } from './query-protocol.ts';

/** How a query leaves: over the order connection while it is up, else over REST. */
export interface QueryTransport {
  isSocketUp(): boolean;
  askSocket(method: string, params: RequestParams): Promise<ApiAnswer | null>;
  askRest(path: string, params: RequestParams, epochMs: number): Promise<RestAnswer>;
}

/** Queries under way at once. */
const QUERIES_MAX = 256;
/** Longest wait of a follow-up request for room in the rate budget, ms. */
const BUDGET_WAIT_MS_MAX = 70_000;

/**
 * Carries queries to the venue within its rate limits. A query may need several requests: the first is paid for when it
 * starts, the following ones wait for room. Off the hot path. One thread.
 */
export class QueryChannel {
  private readonly context: VenueContext;
  private readonly protocol: QueryProtocol;
  private readonly transport: QueryTransport;
  private readonly budget: RateBudget;
  private readonly venueClock: VenueClock;
  private active: number;
  private isEnded: boolean;

  constructor(
    context: VenueContext,
    protocol: QueryProtocol,
    transport: QueryTransport,
    budget: RateBudget,
    venueClock: VenueClock,
  ) {
    this.context = context;
    this.protocol = protocol;
    this.transport = transport;
    this.budget = budget;
    this.venueClock = venueClock;
    this.active = 0;
    this.isEnded = false;
  }

  get isClosed(): boolean {
    return this.isEnded;
  }

  /** Nothing is asked or told from now on. */
  close(): void {
    this.isEnded = true;
  }

  /**
   * Starts a query whose first request costs `weight`; a SEND code. `run` says whether the venue answered: what it did
   * not answer is counted, and the owner asks again by its own timer.
   */
  start(weight: number, nowNs: number, run: () => Promise<boolean>): number {
    if (!this.venueClock.isKnown || this.isEnded) return SEND.notConnected;
    const isRefused =
      this.active >= QUERIES_MAX ||
      this.budget.acquire(weight, 0, false, this.venueClock.epochMsAt(nowNs)) !== 0;
    if (isRefused) {
      this.context.counters.increment(VENUE_COUNTER.venueRateLimited);
      return SEND.rateLimited;
    }
    this.active++;
    void this.finish(run);
    return SEND.sent;
  }

  /** One request that is paid for, over the socket or, when it is down or does not answer, over REST; null = no answer. */
  async ask({ method, path, params }: VenueQuery): Promise<ApiAnswer | null> {
    if (method !== null && this.transport.isSocketUp()) {
      const answer = await this.transport.askSocket(method, params);
      if (answer !== null) return answer;
    }
    if (this.isEnded || !this.venueClock.isKnown) return null;
    this.context.counters.increment(VENUE_COUNTER.venueRestQueries);
    try {
      const epochMs = this.epochMs();
      const answer = await this.transport.askRest(path, params, epochMs);
      this.learnLimits(answer, epochMs);
      return this.protocol.readRest(answer);
    } catch {
      // The socket's back-off and the next query will tell; there is nothing else to do about a dead network.
      return null;
    }
  }

  /** As `ask`, after waiting for room in the rate budget; null also when there will be none soon. */
  async askWhenFree(query: VenueQuery): Promise<ApiAnswer | null> {
    return (await this.hasRoom(query.weight)) ? this.ask(query) : null;
  }

  private async finish(run: () => Promise<boolean>): Promise<void> {
    let isAnswered = false;
    try {
      isAnswered = await run();
    } finally {
      this.active--;
    }
    if (this.isEnded) return;
    if (!isAnswered) this.context.counters.increment(VENUE_COUNTER.venueQueriesFailed);
    this.context.kick();
  }

  private learnLimits(answer: RestAnswer, epochMs: number): void {
    if (answer.usedWeight >= 0) {
      const { usedWeightWindowMs } = this.protocol;
      this.budget.observe(RATE_COST.weight, usedWeightWindowMs, 0, answer.usedWeight, 0, epochMs);
    }
    if (answer.retryAfterMs > 0) {
      this.context.counters.increment(VENUE_COUNTER.venueRateWarnings);
      this.budget.blockUntil(epochMs + answer.retryAfterMs);
    }
  }

  private async hasRoom(weight: number): Promise<boolean> {
    const startMs = this.epochMs();
    for (;;) {
      const nowMs = this.epochMs();
      const readyAtMs = this.budget.acquire(weight, 0, false, nowMs);
      if (readyAtMs === 0) return true;
      if (readyAtMs - startMs > BUDGET_WAIT_MS_MAX || this.isEnded) return false;
      await sleep(Math.max(1, readyAtMs - nowMs), undefined, { ref: false });
    }
  }

  private epochMs(): number {
    return this.venueClock.epochMsAt(this.context.clock.nowNs());
  }
}
