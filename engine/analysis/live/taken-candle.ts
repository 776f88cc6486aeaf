import type { ClosedCandle } from '../bars/candle.ts';

/** A closed candle with how much of its volume takers bought, as far as that is known. */
export interface TakenCandle extends ClosedCandle {
  /** Base units; NaN = not known. */
  readonly buyVolume: number;
}

/** Whether two sources tell the same of a candle; volumes may differ by what adding up in another order does. */
export function isSameCandle(one: TakenCandle, other: TakenCandle): boolean {
  return (
    one.openTimeMs === other.openTimeMs &&
    one.open === other.open &&
    one.high === other.high &&
    one.low === other.low &&
    one.close === other.close &&
    Math.abs(one.volume - other.volume) <= 1e-9 * Math.max(one.volume, other.volume)
  );
}
