import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LongTimer, TIMER_MS_MAX } from '../../engine/core/long-timer.ts';
import type { TimerFunctions } from '../../engine/core/long-timer.ts';

const HOUR_MS = 3_600_000;

/** The platform's one-shot timer on a simulated clock, with its flaw: a delay above TIMER_MS_MAX fires after 1 ms. */
class SimulatedTimers implements TimerFunctions {
  nowMs = 0;
  private readonly armed = new Map<number, { readonly atMs: number; readonly fire: () => void }>();
  private lastId = 0;

  readonly set = (fire: () => void, delayMs: number): NodeJS.Timeout => {
    const id = ++this.lastId;
    this.armed.set(id, { atMs: this.nowMs + (delayMs > TIMER_MS_MAX ? 1 : delayMs), fire });
    return id as unknown as NodeJS.Timeout;
  };

  readonly clear = (timer: NodeJS.Timeout): void => {
    this.armed.delete(timer as unknown as number);
  };

  get count(): number {
    return this.armed.size;
  }

  runUntil(endMs: number): void {
    for (;;) {
      const next = [...this.armed].filter(([, { atMs }]) => atMs <= endMs).sort(byTime)[0];
      if (next === undefined) break;
      this.armed.delete(next[0]);
      this.nowMs = next[1].atMs;
      next[1].fire();
    }
    this.nowMs = endMs;
  }
}

function byTime(a: [number, { atMs: number }], b: [number, { atMs: number }]): number {
  return a[1].atMs - b[1].atMs;
}

describe('LongTimer', () => {
  it.each([20, 24 * 24.8 * HOUR_MS, TIMER_MS_MAX, TIMER_MS_MAX + 1, 600 * HOUR_MS, 100_000 * HOUR_MS])(
    'fires once after %d ms and not a millisecond earlier',
    (delayMs) => {
      const timers = new SimulatedTimers();
      let fired = 0;
      const timer = new LongTimer(() => fired++, delayMs, timers);
      timers.runUntil(delayMs - 1);
      expect(fired).toBe(0);
      timers.runUntil(delayMs);
      expect(fired).toBe(1);
      timers.runUntil(delayMs * 2);
      expect([fired, timers.count]).toEqual([1, 0]);
      timer.stop();
    },
  );

  it('does not fire after a stop at any moment', () => {
    const anyMs = fc.integer({ min: 1, max: 5 * TIMER_MS_MAX });
    fc.assert(
      fc.property(anyMs, anyMs, (delayMs, stopMs) => {
        const timers = new SimulatedTimers();
        let firedMs = -1;
        const timer = new LongTimer(() => (firedMs = timers.nowMs), delayMs, timers);
        timers.runUntil(stopMs);
        timer.stop();
        timers.runUntil(6 * TIMER_MS_MAX);
        expect(firedMs).toBe(delayMs <= stopMs ? delayMs : -1);
        expect(timers.count).toBe(0);
      }),
    );
  });
});
