import { invariant } from '../../core/assert.ts';

/**
 * Indicators are fed one value at a time and allocate only when made. `isReady` says when the warm-up is over; until
 * then `value` is NaN, so that an early reading cannot pass for a price. An instance belongs to one thread. The reading of
 * a window depends on the window's values alone, not on what passed through it before: a fresh instance that is fed the
 * window reads the same.
 *
 * Numbers that change lie in a Float64Array: V8 keeps a fraction in an object's field as an object of its own and makes a
 * new one at every store, 16 bytes of garbage and several times the time.
 */

/** @throws AssertionError when it is no positive whole number */
export function requirePeriod(period: number): void {
  invariant(Number.isSafeInteger(period) && period > 0, `an indicator's period is a positive whole number`);
}
