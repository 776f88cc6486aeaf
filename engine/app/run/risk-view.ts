import { cashToText, instrumentName, lotsToQty } from '../../core/instrument.ts';
import { limitsOfInstrument } from '../../risk/risk-limits.ts';
import type { EnginePlan } from '../threads/thread-plan.ts';

/** The limits in force, of each instrument and of all together, as decimal text. Main thread. */
export function riskView({ config, instruments }: Pick<EnginePlan, 'config' | 'instruments'>): object {
  const { risk } = config;
  const symbols = instruments.map((instrument) => {
    const limits = limitsOfInstrument(risk, instrument);
    return {
      symbol: instrumentName(instrument),
      maxPosition: lotsToQty(instrument, limits.maxPositionLots),
      maxOrderQty: lotsToQty(instrument, limits.maxOrderLots),
      maxOrderNotional: cashToText(instrument, limits.maxOrderNotionalCash),
      maxOpenOrders: limits.maxOpenOrders,
      priceBandBps: limits.priceBandBps,
    };
  });
  const { maxOrdersPerSecond, maxDrawdown, maxDailyLoss, maxLossesInARow, maxRejectsPerMinute } = risk;
  const all = { maxOrdersPerSecond, maxDrawdown, maxDailyLoss, maxLossesInARow, maxRejectsPerMinute };
  return { limits: all, symbols };
}
