import { MARKET_DATA_COUNTER as COUNTER } from '../../../engine/market-data/counters.ts';
import { REFUSAL } from '../scan/byte-scan.ts';

/** The counter that a refused frame raises, by its REFUSAL. */
export function refusalCounter(refusal: number): number {
  switch (refusal) {
    case REFUSAL.number:
      return COUNTER.refusedNumber;
    case REFUSAL.tooManyLevels:
      return COUNTER.refusedTooLarge;
    case REFUSAL.unknownSymbol:
      return COUNTER.refusedUnknownSymbol;
    default:
      return COUNTER.refusedMalformed;
  }
}
