// hot path: no allocation after start

const VALUE = 0;
const LAST_CLOSE = 1;

/**
 * On-balance volume (Joseph Granville): the volume of rising bars minus that of falling ones, 0 at the first bar; a bar
 * that closes unchanged adds nothing.
 */
export class Obv {
  private readonly state: Float64Array;

  constructor() {
    this.state = Float64Array.of(NaN, NaN);
  }

  get isReady(): boolean {
    return !Number.isNaN(this.value);
  }

  get value(): number {
    return this.state[VALUE];
  }

  update(close: number, volume: number): void {
    const { state } = this;
    const lastClose = state[LAST_CLOSE];
    state[LAST_CLOSE] = close;
    if (Number.isNaN(lastClose)) state[VALUE] = 0;
    else if (close > lastClose) state[VALUE] += volume;
    else if (close < lastClose) state[VALUE] -= volume;
  }

  /** Forgets all bars. */
  reset(): void {
    this.state.fill(NaN);
  }
}
