// hot path: no allocation after start
import { Window } from './window.ts';

const VALUE = 0;
const DEVIATION = 1;

/**
 * Volume-weighted average price of the last `period` updates, with the volume-weighted standard deviation around it. No
 * value before the window is full or while nothing was traded in it. O(period) per update.
 */
export class RollingVwap {
  private readonly prices: Window;
  private readonly volumes: Window;
  private readonly figures: Float64Array;

  constructor(period: number) {
    this.prices = new Window(period);
    this.volumes = new Window(period);
    this.figures = Float64Array.of(NaN, NaN);
  }

  get isReady(): boolean {
    return !Number.isNaN(this.value);
  }

  get value(): number {
    return this.figures[VALUE];
  }

  get deviation(): number {
    return this.figures[DEVIATION];
  }

  /** Standard deviations `price` lies above the average; 0 on it, NaN when there is no deviation to measure by. */
  distanceOf(price: number): number {
    const away = price - this.value;
    return away === 0 ? 0 : this.deviation > 0 ? away / this.deviation : NaN;
  }

  /** Writes `distanceOf(from[index])` to `into[at]`: a number that is handed over may become an object on the way. */
  distanceInto(from: Float64Array, index: number, into: Float64Array, at: number): void {
    const { figures } = this;
    const away = from[index] - figures[VALUE];
    if (away === 0) into[at] = 0;
    else if (figures[DEVIATION] > 0) into[at] = away / figures[DEVIATION];
    else into[at] = NaN;
  }

  update(price: number, volume: number): void {
    this.prices.push(price);
    this.volumes.push(volume);
    if (this.prices.isFull) this.measure();
  }

  /** Forgets all samples. */
  reset(): void {
    this.figures.fill(NaN);
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
      this.figures.fill(NaN);
      return;
    }
    const mean = origin + sum / volumeSum;
    let squares = 0;
    for (let index = start; index < start + period; index++) {
      squares += volumes[index] * (prices[index] - mean) * (prices[index] - mean);
    }
    this.figures[VALUE] = mean;
    this.figures[DEVIATION] = Math.sqrt(squares / volumeSum);
  }
}
