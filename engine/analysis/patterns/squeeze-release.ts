import { Squeeze } from '../../strategy/signals/squeeze.ts';
import type { ChartDetector, ChartFinding, ChartReadings, LevelView } from './chart-readings.ts';

/** Squeeze release (signals.md 4) as a chart pattern; its price is the band that was left. */
export class SqueezeRelease implements ChartDetector {
  readonly name = 'squeeze release';
  private readonly squeeze: Squeeze = new Squeeze();

  update(bar: ChartReadings, _levels: readonly LevelView[] | null, found: ChartFinding): void {
    const released = this.squeeze.update(bar.close, bar.lowerBand, bar.upperBand, bar.bandwidthPct);
    if (released === 0) return;
    found.direction = released;
    found.price = released > 0 ? bar.upperBand : bar.lowerBand;
  }

  reset(): void {
    this.squeeze.reset();
  }
}
