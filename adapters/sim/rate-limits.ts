/**
 * Binance's two request budgets in fixed windows: REQUEST_WEIGHT per minute and address, shared by REST and the
 * WebSocket API, and ORDERS (unfilled orders) per 10 s and per day and account.
 */
import { ApiError } from './api-error.ts';

const WEIGHT_WINDOW_MS = 60_000;
const DAY_MS = 86_400_000;

/** The largest counts per window. */
export interface LimitSizes {
  readonly requestWeightPerMinute: number;
  readonly ordersPer10s: number;
  readonly ordersPerDay: number;
}

/** What Binance Spot publishes. */
export const BINANCE_LIMITS: LimitSizes = {
  requestWeightPerMinute: 6000,
  ordersPer10s: 100,
  ordersPerDay: 200_000,
};

/** One entry of `rateLimits[]`. */
export interface RateLimit {
  readonly rateLimitType: string;
  readonly interval: string;
  readonly intervalNum: number;
  readonly limit: number;
  readonly count?: number;
}

/** A counter over fixed windows aligned to the epoch. */
class WindowCounter {
  readonly #windowMs: number;
  #window = 0;
  #count = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  count(nowMs: number): number {
    this.#roll(nowMs);
    return this.#count;
  }

  /** Adds `amount`, which may be negative; never below zero. */
  add(nowMs: number, amount: number): void {
    this.#roll(nowMs);
    this.#count = Math.max(0, this.#count + amount);
  }

  /** Milliseconds until the window ends. */
  remainingMs(nowMs: number): number {
    return this.#windowMs - (nowMs % this.#windowMs);
  }

  #roll(nowMs: number): void {
    const window = Math.floor(nowMs / this.#windowMs);
    if (window === this.#window) return;
    this.#window = window;
    this.#count = 0;
  }
}

/** The weight budget of all addresses together: everybody on loopback is one address. */
export class WeightLimit {
  readonly #limit: number;
  readonly #used: WindowCounter = new WindowCounter(WEIGHT_WINDOW_MS);
  /** Until when every request is answered 429, for drills. */
  refuseUntilMs: number;
  /** Until when every request is answered 418, for drills. */
  bannedUntilMs: number;

  constructor(limit: number) {
    this.#limit = limit;
    this.refuseUntilMs = 0;
    this.bannedUntilMs = 0;
  }

  /** Charges a request; error -1003 with status 429 when the window is used up, 418 while the address is banned. */
  charge(nowMs: number, weight: number): void {
    if (nowMs < this.bannedUntilMs) {
      const banned = `Way too much request weight used; IP banned until ${this.bannedUntilMs}.`;
      throw new ApiError(-1003, banned, 418, { serverTime: nowMs, retryAfter: this.bannedUntilMs });
    }
    this.#used.add(nowMs, weight);
    const isOver = this.#used.count(nowMs) > this.#limit;
    if (!isOver && nowMs >= this.refuseUntilMs) return;
    const retryAfter = isOver ? nowMs + this.#used.remainingMs(nowMs) : this.refuseUntilMs;
    const message =
      `Too much request weight used; current limit is ${this.#limit} request weight per 1 MINUTE. ` +
      'Please use WebSocket Streams for live updates to avoid polling the API.';
    throw new ApiError(-1003, message, 429, { serverTime: nowMs, retryAfter });
  }

  /** Gives weight back: successful order requests are free since 2026-04-02. */
  refund(nowMs: number, weight: number): void {
    this.#used.add(nowMs, -weight);
  }

  /** Weight used in this window. */
  used(nowMs: number): number {
    return this.#used.count(nowMs);
  }

  /** The `rateLimits[]` entry; without a count when `nowMs` is undefined. */
  describe(nowMs?: number): RateLimit {
    const limit = { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: this.#limit };
    return nowMs === undefined ? limit : { ...limit, count: this.used(nowMs) };
  }
}

/** One order limit of a kind of markets. */
export interface OrderWindow {
  readonly interval: 'SECOND' | 'MINUTE' | 'DAY';
  readonly intervalNum: number;
  readonly limit: number;
}

const INTERVAL_MS = { SECOND: 1_000, MINUTE: 60_000, DAY: DAY_MS } as const;

/** Order limits of spot: unfilled orders per 10 s and per day. */
export function spotOrderWindows({ ordersPer10s, ordersPerDay }: LimitSizes): readonly OrderWindow[] {
  return [
    { interval: 'SECOND', intervalNum: 10, limit: ordersPer10s },
    { interval: 'DAY', intervalNum: 1, limit: ordersPerDay },
  ];
}

/** The order budget of one account, in several windows. */
export class OrderLimit {
  readonly #windows: readonly OrderWindow[];
  readonly #counters: readonly WindowCounter[];

  constructor(windows: readonly OrderWindow[]) {
    this.#windows = windows;
    this.#counters = windows.map(
      ({ interval, intervalNum }) => new WindowCounter(INTERVAL_MS[interval] * intervalNum),
    );
  }

  /** Counts a new order; error -1015 with status 429 when a window is used up. */
  charge(nowMs: number): void {
    for (const [index, { limit, interval, intervalNum }] of this.#windows.entries()) {
      const counter = this.#counters[index];
      if (counter.count(nowMs) < limit) continue;
      const window = `${intervalNum} ${interval}${intervalNum === 1 ? '' : 'S'}`;
      const message = `Too many new orders; current limit is ${limit} orders per ${window}.`;
      const retryAfter = nowMs + counter.remainingMs(nowMs);
      throw new ApiError(-1015, message, 429, { serverTime: nowMs, retryAfter });
    }
    for (const counter of this.#counters) counter.add(nowMs, 1);
  }

  /** An order got its first fill: it no longer counts as unfilled. */
  credit(nowMs: number): void {
    for (const counter of this.#counters) counter.add(nowMs, -1);
  }

  /** The response headers that say what is used. */
  headers(nowMs: number): (readonly [string, number])[] {
    return this.#windows.map(({ interval, intervalNum }, index) => [
      `x-mbx-order-count-${intervalNum}${interval[0].toLowerCase()}`,
      this.#counters[index].count(nowMs),
    ]);
  }

  /** The `rateLimits[]` entries; without counts when `nowMs` is undefined. */
  describe(nowMs?: number): RateLimit[] {
    return this.#windows.map(({ interval, intervalNum, limit }, index) => {
      const entry = { rateLimitType: 'ORDERS', interval, intervalNum, limit };
      return nowMs === undefined ? entry : { ...entry, count: this.#counters[index].count(nowMs) };
    });
  }
}
