import type { ChartDetector, ChartFinding, ChartReadings, LevelView } from './chart-readings.ts';

/** A bandwidth this low among the last ones is a squeeze, in percent. */
const SQUEEZE_PCT = 20;

/**
 * Squeeze release (signals.md 4): the first close outside the Bollinger band after a bar in a squeeze. The bar that is
 * outside can begin the next squeeze but not be its own.
 */
export class SqueezeRelease implements ChartDetector {
  readonly name = 'squeeze release';
  private isArmed: boolean;

  constructor() {
    this.isArmed = false;
  }

  update(bar: ChartReadings, _levels: readonly LevelView[] | null, found: ChartFinding): void {
    if (this.isArmed && (bar.close > bar.upperBand || bar.close < bar.lowerBand)) {
      this.isArmed = false;
      found.direction = bar.close > bar.upperBand ? 1 : -1;
      found.price = bar.close > bar.upperBand ? bar.upperBand : bar.lowerBand;
    }
    if (bar.bandwidthPct < SQUEEZE_PCT) this.isArmed = true;
  }

  reset(): void {
    this.isArmed = false;
  }
}
