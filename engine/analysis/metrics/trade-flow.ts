import { Window } from '../indicators/window.ts';

const DAY_MS = 86_400_000;
const MEAN_BARS = 3;

/** Who was the taker, bar by bar; exists only where the trades' sides are known. */
export class TradeFlow {
  /** 100 (buy - sell) / (buy + sell) of the newest bar; NaN without sides or trades. */
  deltaPct: number;
  /** buy - sell since the beginning of the newest bar's UTC day, in base units; NaN when a bar of it had no sides. */
  cumulativeDelta: number;
  private readonly window: Window;
  private day: number;

  constructor() {
    this.deltaPct = NaN;
    this.cumulativeDelta = NaN;
    this.window = new Window(MEAN_BARS);
    this.day = NaN;
  }

  /** Mean of the last three bars' delta; NaN while one of them has none. */
  get meanDeltaPct(): number {
    return this.window.isFull ? this.window.mean : NaN;
  }

  /** @param buyVolume base units bought by takers, NaN = not known */
  update(openTimeMs: number, buyVolume: number, sellVolume: number): void {
    const delta = buyVolume - sellVolume;
    const both = buyVolume + sellVolume;
    this.deltaPct = both === 0 ? NaN : (100 * delta) / both;
    this.window.push(this.deltaPct);
    this.window.measureMean();
    const day = Math.floor(openTimeMs / DAY_MS);
    if (day === this.day) this.cumulativeDelta += delta;
    else this.cumulativeDelta = delta;
    this.day = day;
  }

  reset(): void {
    this.deltaPct = NaN;
    this.cumulativeDelta = NaN;
    this.window.reset();
    this.day = NaN;
  }
}
