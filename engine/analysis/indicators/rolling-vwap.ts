// hot path: no allocation after start
import { Window } from './window.ts';

/**
 * Volume-weighted average price of the last `period` updates, with the volume-weighted standard deviation around it. No
 * value before the window is full or while nothing was traded in it. O(period) per update.
 */
export class RollingVwap {
  value: number;
  deviation: number;
  private readonly prices: Window;
  private readonly volumes: Window;

  constructor(period: number) {
    this.value = NaN;
    this.deviation = NaN;
    this.prices = new Window(period);
    this.volumes = new Window(period);
  }

  get isReady(): boolean {
    return !Number.isNaN(this.value);
  }

  /** Standard deviations `price` lies above the average; 0 on it, NaN when there is no deviation to measure by. */
  distanceOf(price: number): number {
    const away = price - this.value;
    return away === 0 ? 0 : this.deviation > 0 ? away / this.deviation : NaN;
  }

  update(price: number, volume: number): void {
    this.prices.push(price);
    this.volumes.push(volume);
    if (this.prices.isFull) this.measure();
  }

  /** Forgets all samples. */
  reset(): void {
    this.value = NaN;
    this.deviation = NaN;
    this.prices.reset();
    this.volumes.reset();
  }

  private measure(): void {
    const { values: prices, start, period } = this.prices;
    const { values: volumes } = this.volumes;
    const origin = prices[start];
    let volumeSum = 0;
    let sum = 0;
    for (let index = start; index < start + period; index++) {
      volumeSum += volumes[index];
      sum += volumes[index] * (prices[index] - origin);
    }
    if (!(volumeSum > 0)) {
      this.value = NaN;
      this.deviation = NaN;
      return;
    }
    const mean = origin + sum / volumeSum;
    let squares = 0;
    for (let index = start; index < start + period; index++) {
      squares += volumes[index] * (prices[index] - mean) * (prices[index] - mean);
    }
    this.value = mean;
    this.deviation = Math.sqrt(squares / volumeSum);
  }
}
