import type { ClosedCandle } from '../bars/candle.ts';
import { LIFETIME_BARS, type Signal } from './signal.ts';

/** Lifetimes of a signal after which it is closed whatever came of it. */
const LIFETIMES = 3;

export type OutcomeKind = 'target' | 'stop' | 'expired';

/** What became of a signal. */
export interface Outcome {
  readonly signal: Signal;
  readonly kind: OutcomeKind;
  /** Close of the bar that ended it. */
  readonly timeMs: number;
  readonly exit: number;
  /** The farthest the price went for it and against it, in ATR, from 0. */
  readonly favourableAtr: number;
  readonly adverseAtr: number;
  /** Result after fees in units of what was risked. */
  readonly rMultiple: number;
}

/**
 * Follows one signal over the later bars of its timeframe. A bar that reaches target and stop counts as stop; one that
 * opens beyond the stop leaves at its open. One thread.
 */
export class SignalFollower {
  readonly signal: Signal;
  private readonly feeRate: number;
  private favourable: number;
  private adverse: number;

  /** @param feeBps fee of entry and exit each, in basis points of the price */
  constructor(signal: Signal, feeBps: number) {
    this.signal = signal;
    this.feeRate = feeBps / 10_000;
    this.favourable = 0;
    this.adverse = 0;
  }

  /** Looks at the next bar; the outcome when it ends the signal, else null. Bars from before the signal do nothing. */
  update(bar: ClosedCandle): Outcome | null {
    const { direction, timeframe, timeMs, entry, stop, target } = this.signal;
    if (bar.openTimeMs < timeMs) return null;
    const closeMs = bar.openTimeMs + timeframe.lengthMs;
    const best = direction > 0 ? bar.high : bar.low;
    const worst = direction > 0 ? bar.low : bar.high;
    this.favourable = Math.max(this.favourable, direction * (best - entry));
    this.adverse = Math.max(this.adverse, direction * (entry - worst));
    if (direction * (stop - worst) >= 0) {
      const isGap = direction * (stop - bar.open) > 0;
      return this.outcome('stop', closeMs, isGap ? bar.open : stop);
    }
    if (direction * (best - target) >= 0) return this.outcome('target', closeMs, target);
    const lastMs = timeMs + LIFETIMES * LIFETIME_BARS * timeframe.lengthMs;
    return closeMs >= lastMs ? this.outcome('expired', closeMs, bar.close) : null;
  }

  private outcome(kind: OutcomeKind, timeMs: number, exit: number): Outcome {
    const { signal, feeRate } = this;
    const { direction, entry, stop, atr } = signal;
    const gain = direction * (exit - entry) - feeRate * (entry + exit);
    return {
      signal,
      kind,
      timeMs,
      exit,
      favourableAtr: this.favourable / atr,
      adverseAtr: this.adverse / atr,
      rMultiple: gain / Math.abs(entry - stop),
    };
  }
}
