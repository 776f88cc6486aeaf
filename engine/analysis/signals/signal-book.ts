import type { Signal } from './signal.ts';

/**
 * The signals of one symbol that are alive. Of a timeframe, direction and pattern family one lives at a time: later ones
 * are counted and dropped until it has expired. One thread.
 */
export class SignalBook {
  /** Signals dropped because one like them was alive. */
  repeatCount: number;
  private signals: Signal[];

  constructor() {
    this.repeatCount = 0;
    this.signals = [];
  }

  /** Takes a signal; false when one like it is alive at its time. */
  add(signal: Signal): boolean {
    this.expire(signal.timeMs);
    const isRepeat = this.signals.some(
      (other) =>
        other.timeframe === signal.timeframe &&
        other.direction === signal.direction &&
        other.family === signal.family,
    );
    if (isRepeat) this.repeatCount++;
    else this.signals.push(signal);
    return !isRepeat;
  }

  /** Those alive at a moment, oldest first. */
  alive(nowMs: number): readonly Signal[] {
    this.expire(nowMs);
    return this.signals;
  }

  private expire(nowMs: number): void {
    if (this.signals.some((signal) => signal.expiresMs <= nowMs))
      this.signals = this.signals.filter((signal) => signal.expiresMs > nowMs);
  }
}
