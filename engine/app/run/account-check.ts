import type { AccountSnapshot } from '../../../adapters/sim/exchange.ts';
import { lotsToQty } from '../../core/instrument.ts';
import type { Instrument } from '../../core/instrument.ts';
import type { RecoveredPosition } from '../../journal/recovery.ts';
import type { AccountCheckStats, PositionStats } from '../../api/engine-stats.ts';
import { PositionReader } from '../../risk/positions.ts';
import type { Wiring } from '../threads/wiring.ts';

/**
 * Compares what the engine believes with the embedded exchange's own books: lots bought and sold per symbol, open
 * orders, and whether any client id stands on two orders. `expectNone` (shadow mode): the venue must have seen nothing.
 */
export function checkAccount(
  wiring: Wiring,
  instruments: readonly Instrument[],
  account: AccountSnapshot,
  expectNone: boolean,
): AccountCheckStats {
  const reader = new PositionReader(wiring.buffer, wiring.region('state:positions'));
  const differences: string[] = [];
  let venueTrades = 0;
  let venueOrders = 0;
  let duplicateClientIds = 0;
  for (const instrument of instruments) {
    const totals = account.totals[instrument.symbol];
    venueTrades += totals?.fills ?? 0;
    venueOrders += totals?.orders ?? 0;
    duplicateClientIds += totals?.reusedClientIds ?? 0;
    if (expectNone || !reader.read(instrument.index)) continue;
    const differs = (what: string, ours: number, theirs: number): void => {
      if (ours === theirs) return;
      const [own, venue] = [lotsToQty(instrument, ours), lotsToQty(instrument, theirs)];
      differences.push(`${instrument.symbol}: ${what} ${own} here, ${venue} at the venue`);
    };
    differs('bought', reader.boughtLots, totals?.boughtLots ?? 0);
    differs('sold', reader.soldLots, totals?.soldLots ?? 0);
    differs('net position', reader.netLots, (totals?.boughtLots ?? 0) - (totals?.soldLots ?? 0));
  }
  for (const order of account.openOrders)
    differences.push(`order ${order.clientOrderId} is still open at the venue`);
  if (expectNone && venueOrders > 0) differences.push(`shadow mode sent ${venueOrders} orders to the venue`);
  if (duplicateClientIds > 0) differences.push(`${duplicateClientIds} orders reuse a client id`);
  return { isEqual: differences.length === 0, differences, venueTrades, venueOrders, duplicateClientIds };
}

/**
 * The journal as an independent witness: positions made from its distinct fills alone must equal those in shared memory.
 * After the journal's thread has stopped. Returns what differs, one sentence each.
 */
export function journalDifferences(
  wiring: Wiring,
  instruments: readonly Instrument[],
  journaled: readonly RecoveredPosition[],
): string[] {
  const reader = new PositionReader(wiring.buffer, wiring.region('state:positions'));
  const differences: string[] = [];
  for (const instrument of instruments) {
    if (!reader.read(instrument.index)) continue;
    const position = journaled.find(
      ({ venue, symbol }) => venue === instrument.venue && symbol === instrument.symbol,
    );
    const differs = (what: string, ours: number, theirs = 0): void => {
      if (ours === theirs) return;
      differences.push(`${instrument.symbol}: ${what} ${ours} in memory, ${theirs} by the journal's fills`);
    };
    differs('lots bought', reader.boughtLots, position?.boughtLots);
    differs('lots sold', reader.soldLots, position?.soldLots);
    differs('net lots', reader.netLots, position?.netLots);
    differs('fees', reader.feesCash, position?.feesCash);
    differs('cost', reader.costCash, position?.costCash);
  }
  return differences;
}

/** What must always hold between positions and fills; each violated one as a sentence. */
export function positionViolations(
  instruments: readonly Instrument[],
  position: Readonly<Record<string, PositionStats>>,
  wiring: Wiring,
): string[] {
  const reader = new PositionReader(wiring.buffer, wiring.region('state:positions'));
  const violations: string[] = [];
  for (const instrument of instruments) {
    if (!reader.read(instrument.index)) continue;
    const { symbol } = instrument;
    if (reader.netLots !== reader.boughtLots - reader.soldLots) {
      violations.push(`${symbol}: the position is not the sum of its fills`);
    }
    if (position[symbol] !== undefined && reader.netLots === 0 && reader.costCash !== 0) {
      violations.push(`${symbol}: a flat position has a cost basis`);
    }
  }
  return violations;
}
