// hot path: no allocation after start
import { RollingMax, RollingMin } from './rolling-extreme.ts';

/**
 * Donchian channel: highest high and lowest low of the last `period` bars, the newest included. To ask whether a bar
 * broke out, read the channel before that bar is fed.
 */
export class Donchian {
  private readonly highs: RollingMax;
  private readonly lows: RollingMin;

  constructor(period: number) {
    this.highs = new RollingMax(period);
    this.lows = new RollingMin(period);
  }

  get isReady(): boolean {
    return this.highs.isReady;
  }

  get upper(): number {
    return this.highs.value;
  }

  get lower(): number {
    return this.lows.value;
  }

  get middle(): number {
    return (this.highs.value + this.lows.value) / 2;
  }

  update(high: number, low: number): void {
    this.highs.update(high);
    this.lows.update(low);
  }

  /** Forgets all bars. */
  reset(): void {
    this.highs.reset();
    this.lows.reset();
  }
}
