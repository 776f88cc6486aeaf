// hot path: no allocation after start
import type { CandleRule } from './candle-rule.ts';
import { CANDLE_RULES } from './candle-rules.ts';
import { CandleWindow } from './candle-window.ts';

/**
 * The candlestick patterns of one series, one closed candle after another. What is found at a candle depends on it and
 * the ten to sixteen before it only: nothing that comes later changes it. One thread.
 */
export class CandlePatterns {
  readonly rules: readonly CandleRule[];
  /** Patterns found at the newest candle: places in `rules`, in the first `foundCount` fields. */
  readonly found: Uint8Array;
  /** Their values, at the same places: +-100, or the degrees that TA-Lib tells. */
  readonly values: Int16Array;
  foundCount: number;
  private readonly window: CandleWindow;

  constructor(rules: readonly CandleRule[] = CANDLE_RULES) {
    this.rules = rules;
    this.found = new Uint8Array(rules.length);
    this.values = new Int16Array(rules.length);
    this.foundCount = 0;
    this.window = new CandleWindow();
  }

  /** Takes the next closed candle and returns how many patterns it completes. */
  push(open: number, high: number, low: number, close: number): number {
    const { window, rules } = this;
    window.push(open, high, low, close);
    this.foundCount = 0;
    for (let place = 0; place < rules.length; place++) {
      const rule = rules[place];
      if (window.count <= rule.lookback) continue;
      const value = rule.match(window);
      if (value === 0) continue;
      this.found[this.foundCount] = place;
      this.values[this.foundCount] = value;
      this.foundCount++;
    }
    return this.foundCount;
  }

  /** A gap: no pattern may reach across it, so all windows fill again. */
  reset(): void {
    this.window.reset();
    this.foundCount = 0;
  }
}
