/** The longest delay one timer of the platform can count: 2^31 - 1 ms, 24.8 days. A longer one fires after 1 ms. */
export const TIMER_MS_MAX: number = 2 ** 31 - 1;

/** The two timer functions a long timer is made of; tests put a simulated clock in their place. */
export interface TimerFunctions {
  readonly set: (fire: () => void, delayMs: number) => NodeJS.Timeout;
  readonly clear: (timer: NodeJS.Timeout) => void;
}

const PLATFORM: TimerFunctions = {
  set: (fire, delayMs) => setTimeout(fire, delayMs), // arch-ok: the one place where long delays are cut into pieces
  clear: (timer) => clearTimeout(timer),
};

/**
 * A one-shot timer for delays of any length, in ms. Use it for every delay that a user or a venue can set; the platform's
 * own timer ends delays above TIMER_MS_MAX at once. Any thread with an event loop.
 */
export class LongTimer {
  private readonly timers: TimerFunctions;
  private timer: NodeJS.Timeout | null = null;

  constructor(fire: () => void, delayMs: number, timers: TimerFunctions = PLATFORM) {
    this.timers = timers;
    this.arm(fire, delayMs);
  }

  /** The timer will not fire; harmless after it has. */
  stop(): void {
    if (this.timer !== null) this.timers.clear(this.timer);
    this.timer = null;
  }

  private arm(fire: () => void, leftMs: number): void {
    const partMs = Math.min(leftMs, TIMER_MS_MAX);
    this.timer = this.timers.set(() => {
      this.timer = null;
      if (leftMs > partMs) this.arm(fire, leftMs - partMs);
      else fire();
    }, partMs);
  }
}
