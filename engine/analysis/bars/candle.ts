/**
 * Bars of the slow path: prices in quote units as doubles, volume in base units. The engine's own bars (`../bars.ts`)
 * count ticks and lots; these also come from files and venues whose instrument need not be configured.
 * A closed candle can no longer change and a forming one still does; they are different types, so that nothing decides
 * on half a bar by mistake.
 */
interface CandleFigures {
  /** ms since the epoch, UTC. */
  readonly openTimeMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** In base units, from 0. */
  readonly volume: number;
}

/** A candle that can no longer change. */
export interface ClosedCandle extends CandleFigures {
  readonly kind: 'closed';
  /** False when trades are known, or must be feared, to be missing from it. */
  readonly isComplete: boolean;
}

/** The candle of the present interval, as far as it is known. */
export interface FormingCandle extends CandleFigures {
  readonly kind: 'forming';
}

/** Why the prices cannot be those of one candle. */
export interface CandleFault {
  readonly column: 'open' | 'high' | 'low' | 'close' | 'volume';
  readonly reason: string;
  /** What would be right. */
  readonly right: string;
}

/** The first thing wrong with the figures of a candle, or null. */
export function candleFault(
  open: number,
  high: number,
  low: number,
  close: number,
  volume: number,
): CandleFault | null {
  if (!(open > 0)) return priceFault('open', open);
  if (!(high > 0)) return priceFault('high', high);
  if (!(low > 0)) return priceFault('low', low);
  if (!(close > 0)) return priceFault('close', close);
  if (!(volume >= 0)) return { column: 'volume', reason: `${volume} is no volume`, right: 'a number from 0' };
  if (high < low)
    return { column: 'high', reason: `high ${high} is below low ${low}`, right: `at least ${low}` };
  if (open < low || open > high) return outsideFault('open', open, low, high);
  if (close < low || close > high) return outsideFault('close', close, low, high);
  return null;
}

function priceFault(column: CandleFault['column'], price: number): CandleFault {
  return { column, reason: `${price} is no price`, right: 'a number above 0' };
}

function outsideFault(column: CandleFault['column'], price: number, low: number, high: number): CandleFault {
  return { column, reason: `${column} ${price} is outside low..high`, right: `${low} to ${high}` };
}
