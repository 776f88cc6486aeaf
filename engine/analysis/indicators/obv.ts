// hot path: no allocation after start

/**
 * On-balance volume (Joseph Granville): the volume of rising bars minus that of falling ones, 0 at the first bar; a bar
 * that closes unchanged adds nothing.
 */
export class Obv {
  value: number;
  private lastClose: number;

  constructor() {
    this.value = NaN;
    this.lastClose = NaN;
  }

  get isReady(): boolean {
    return !Number.isNaN(this.value);
  }

  update(close: number, volume: number): void {
    const { lastClose } = this;
    this.lastClose = close;
    if (Number.isNaN(lastClose)) this.value = 0;
    else if (close > lastClose) this.value += volume;
    else if (close < lastClose) this.value -= volume;
  }

  /** Forgets all bars. */
  reset(): void {
    this.value = NaN;
    this.lastClose = NaN;
  }
}
