// hot path: no allocation after start

/**
 * Volume-weighted average price since the last `reset` (the anchor), with the volume-weighted standard deviation of
 * the prices around it (D. H. D. West, "Updating mean and variance estimates", CACM 22/9, 1979). Ready from the first
 * volume on.
 */
export class Vwap {
  private valueSum: number;
  private volumeSum: number;
  private mean: number;
  private squares: number;

  constructor() {
    this.valueSum = 0;
    this.volumeSum = 0;
    this.mean = 0;
    this.squares = 0;
  }

  get isReady(): boolean {
    return this.volumeSum > 0;
  }

  get value(): number {
    return this.isReady ? this.valueSum / this.volumeSum : NaN;
  }

  /** Standard deviation of the traded prices, weighted by volume. */
  get deviation(): number {
    return this.isReady ? Math.sqrt(this.squares / this.volumeSum) : NaN;
  }

  /** Standard deviations `price` lies above the average; 0 on it, NaN when there is no deviation to measure by. */
  distanceOf(price: number): number {
    const away = price - this.value;
    return away === 0 ? 0 : this.deviation > 0 ? away / this.deviation : NaN;
  }

  update(price: number, volume: number): void {
    this.valueSum += price * volume;
    this.volumeSum += volume;
    if (!(volume > 0)) return;
    const before = price - this.mean;
    this.mean += (before * volume) / this.volumeSum;
    this.squares += volume * before * (price - this.mean);
  }

  reset(): void {
    this.valueSum = 0;
    this.volumeSum = 0;
    this.mean = 0;
    this.squares = 0;
  }
}
