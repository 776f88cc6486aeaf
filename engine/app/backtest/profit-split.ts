import type { Instrument } from '../../core/instrument.ts';
import { cashUnitValue } from '../../core/instrument.ts';
import { SIDE } from '../../messages/enums.ts';
import type { LoggedFill } from './run-log.ts';

/**
 * Where the profit came from, in the quote asset. spread: what resting orders were filled better than the mid of the
 * moment. slippage: what taking orders paid against it (half the spread and the walk through the book), negative when it
 * cost. market: what the mid moved while positions were held. The three, less fees, plus funding, are the net profit.
 */
export interface ProfitSplit {
  readonly spread: number;
  readonly slippage: number;
  readonly market: number;
  readonly fees: number;
  readonly funding: number;
  readonly gross: number;
  readonly net: number;
}

/**
 * Splits a profit whose gross amount the positions give.
 * @param gross realised and open profit at the end, before fees
 */
export function profitSplit(
  fills: readonly LoggedFill[],
  instruments: readonly Instrument[],
  gross: number,
  funding: number,
): ProfitSplit {
  let spread = 0;
  let slippage = 0;
  let fees = 0;
  for (const { instrumentIndex, side, priceTicks, qtyLots, feeCash, isMaker, midTicks } of fills) {
    const unit = cashUnitValue(instruments[instrumentIndex]);
    fees += feeCash * unit;
    if (Number.isNaN(midTicks)) continue;
    const edge = (side === SIDE.buy ? midTicks - priceTicks : priceTicks - midTicks) * qtyLots * unit;
    if (isMaker) spread += edge;
    else slippage += edge;
  }
  const market = gross - spread - slippage;
  return { spread, slippage, market, fees, funding, gross, net: gross - fees + funding };
}
