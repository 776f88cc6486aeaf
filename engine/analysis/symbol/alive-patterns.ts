import type { ClosedCandle } from '../bars/candle.ts';
import { CandlePatterns } from '../patterns/candle-patterns.ts';

/** Bars a pattern lives. */
const LIFETIME_BARS = 3;

/** A candlestick pattern that has not expired. */
export interface AlivePattern {
  readonly name: string;
  /** 0 = indecision. */
  readonly direction: -1 | 0 | 1;
  readonly strength: number;
  readonly barsAgo: number;
}

/** The candlestick patterns of a timeframe's last three bars. */
export class AlivePatterns {
  /** What the newest bar shows. */
  readonly finder: CandlePatterns;
  private readonly kept: AlivePattern[][];

  constructor() {
    this.finder = new CandlePatterns();
    this.kept = [];
  }

  push({ open, high, low, close }: ClosedCandle): void {
    const { finder, kept } = this;
    finder.push(open, high, low, close);
    const found: AlivePattern[] = [];
    for (let index = 0; index < finder.foundCount; index++) {
      const rule = finder.rules[finder.found[index]];
      const value = finder.values[index];
      const direction = rule.isNeutral === true ? 0 : (Math.sign(value) as -1 | 0 | 1);
      found.push({ name: rule.name, direction, strength: Math.abs(value), barsAgo: 0 });
    }
    kept.unshift(found);
    if (kept.length > LIFETIME_BARS) kept.pop();
  }

  /** Newest first. */
  alive(): AlivePattern[] {
    return this.kept.flatMap((found, barsAgo) => found.map((pattern) => ({ ...pattern, barsAgo })));
  }

  reset(): void {
    this.finder.reset();
    this.kept.length = 0;
  }
}
