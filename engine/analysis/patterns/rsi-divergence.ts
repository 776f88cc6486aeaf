import type { ChartDetector, ChartFinding, ChartReadings, LevelView } from './chart-readings.ts';

const PRICE_ATR = 0.1;
const RSI_POINTS = 2;
/** Bars whose RSI is kept, a power of two; pivots farther back are not compared. */
const KEPT = 256;

/**
 * RSI divergence: at the newest two pivots of a kind, price and RSI went opposite ways by more than 0.1 ATR and 2 points.
 * At highs it speaks for a fall, at lows for a rise. The plain one (`isHidden` false): price makes the new extreme and RSI
 * does not; the hidden one: RSI does and price does not. Found when the newer pivot becomes known, once.
 */
export class RsiDivergence implements ChartDetector {
  readonly name: string;
  private readonly isHidden: boolean;
  private readonly rsis: Float64Array;
  private lastHighBar: number;
  private lastLowBar: number;

  constructor(isHidden: boolean) {
    this.name = isHidden ? 'hidden RSI divergence' : 'RSI divergence';
    this.isHidden = isHidden;
    this.rsis = new Float64Array(KEPT);
    this.lastHighBar = NaN;
    this.lastLowBar = NaN;
  }

  update(bar: ChartReadings, _levels: readonly LevelView[] | null, found: ChartFinding): void {
    this.rsis[(bar.barCount - 1) % KEPT] = bar.rsi;
    const high = bar.highs.bar(0);
    if (high !== this.lastHighBar && !Number.isNaN(high)) {
      this.lastHighBar = high;
      if (this.diverges(bar, bar.highs, 1)) {
        found.direction = -1;
        found.price = bar.highs.price(0);
      }
    }
    const low = bar.lows.bar(0);
    if (low !== this.lastLowBar && !Number.isNaN(low)) {
      this.lastLowBar = low;
      if (this.diverges(bar, bar.lows, -1)) {
        found.direction = 1;
        found.price = bar.lows.price(0);
      }
    }
  }

  reset(): void {
    this.lastHighBar = NaN;
    this.lastLowBar = NaN;
  }

  private diverges(bar: ChartReadings, pivots: ChartReadings['highs'], sign: 1 | -1): boolean {
    if (!(bar.barCount - pivots.bar(1) <= KEPT)) return false;
    const outward = this.isHidden ? -sign : sign;
    const priceMove = outward * (pivots.price(0) - pivots.price(1));
    const rsiMove = outward * (this.rsis[pivots.bar(0) % KEPT] - this.rsis[pivots.bar(1) % KEPT]);
    return priceMove > PRICE_ATR * bar.atr && rsiMove < -RSI_POINTS;
  }
}
