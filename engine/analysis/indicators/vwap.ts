// hot path: no allocation after start

const VALUE_SUM = 0;
const VOLUME_SUM = 1;
const MEAN = 2;
const SQUARES = 3;

/**
 * Volume-weighted average price since the last `reset` (the anchor), with the volume-weighted standard deviation of
 * the prices around it (D. H. D. West, "Updating mean and variance estimates", CACM 22/9, 1979). Ready from the first
 * volume on.
 */
export class Vwap {
  private readonly state: Float64Array;

  constructor() {
    this.state = new Float64Array(4);
  }

  get isReady(): boolean {
    return this.state[VOLUME_SUM] > 0;
  }

  get value(): number {
    return this.isReady ? this.state[VALUE_SUM] / this.state[VOLUME_SUM] : NaN;
  }

  /** Standard deviation of the traded prices, weighted by volume. */
  get deviation(): number {
    return this.isReady ? Math.sqrt(this.state[SQUARES] / this.state[VOLUME_SUM]) : NaN;
  }

  /** Standard deviations `price` lies above the average; 0 on it, NaN when there is no deviation to measure by. */
  distanceOf(price: number): number {
    const away = price - this.value;
    return away === 0 ? 0 : this.deviation > 0 ? away / this.deviation : NaN;
  }

  /** Writes `distanceOf(from[index])` to `into[at]`: a number that is handed over may become an object on the way. */
  distanceInto(from: Float64Array, index: number, into: Float64Array, at: number): void {
    const { state } = this;
    const volume = state[VOLUME_SUM];
    const away = from[index] - state[VALUE_SUM] / volume;
    const deviation = Math.sqrt(state[SQUARES] / volume);
    if (away === 0) into[at] = 0;
    else if (deviation > 0) into[at] = away / deviation;
    else into[at] = NaN;
  }

  update(price: number, volume: number): void {
    const { state } = this;
    state[VALUE_SUM] += price * volume;
    state[VOLUME_SUM] += volume;
    if (!(volume > 0)) return;
    const before = price - state[MEAN];
    state[MEAN] += (before * volume) / state[VOLUME_SUM];
    state[SQUARES] += volume * before * (price - state[MEAN]);
  }

  /** Takes in the price `from[priceAt]` and the volume `from[volumeAt]`. */
  updateFrom(from: Float64Array, priceAt: number, volumeAt: number): void {
    const { state } = this;
    const volume = from[volumeAt];
    state[VALUE_SUM] += from[priceAt] * volume;
    state[VOLUME_SUM] += volume;
    if (!(volume > 0)) return;
    const before = from[priceAt] - state[MEAN];
    state[MEAN] += (before * volume) / state[VOLUME_SUM];
    state[SQUARES] += volume * before * (from[priceAt] - state[MEAN]);
  }

  reset(): void {
    this.state.fill(0);
  }
}
