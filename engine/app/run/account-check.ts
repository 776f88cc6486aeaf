import type { AccountSnapshot } from '../../../adapters/sim/exchange.ts';
import { instrumentName, lotsToQty } from '../../core/instrument.ts';
import type { Instrument } from '../../core/instrument.ts';
import type { RecoveredPosition } from '../../journal/recovery.ts';
import type { AccountCheckStats, PositionStats } from '../../api/engine-stats.ts';
import { PositionReader } from '../../risk/positions.ts';
import { NOBODY, StrategyPositionReader } from '../../risk/strategy-positions.ts';
import type { EnginePlan } from '../threads/thread-plan.ts';
import type { Wiring } from '../threads/wiring.ts';
import type { SessionExchange } from './venue-session.ts';

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
      differences.push(`${instrumentName(instrument)}: ${what} ${own} here, ${venue} at the venue`);
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
 * Every account on an embedded exchange of this run against the exchange's own books, together; null where none was
 * started, and in paper mode, in which no exchange sees an order.
 */
export async function checkAccounts(
  { plan, wiring }: { readonly plan: EnginePlan; readonly wiring: Wiring },
  exchanges: readonly SessionExchange[],
): Promise<AccountCheckStats | null> {
  const { mode } = plan.config;
  if (mode === 'paper' || exchanges.length === 0) return null;
  const checks: AccountCheckStats[] = [];
  for (const { handle, accounts } of exchanges) {
    for (const [place, label] of accounts.entries()) {
      const instruments = plan.instruments.filter(({ account }) => account === label);
      const snapshot = await handle.accountSnapshot(place);
      checks.push(checkAccount(wiring, instruments, snapshot, mode === 'shadow'));
    }
  }
  const sum = (figure: 'venueTrades' | 'venueOrders' | 'duplicateClientIds'): number =>
    checks.reduce((total, check) => total + check[figure], 0);
  return {
    isEqual: checks.every(({ isEqual }) => isEqual),
    differences: checks.flatMap(({ differences }) => differences),
    venueTrades: sum('venueTrades'),
    venueOrders: sum('venueOrders'),
    duplicateClientIds: sum('duplicateClientIds'),
  };
}

/**
 * The journal as an independent witness: positions made from its distinct fills alone must equal those in shared memory.
 * After the journal's thread has stopped. Returns what differs, one sentence each.
 */
export function journalDifferences(
  wiring: Wiring,
  { instruments, accounts }: Pick<EnginePlan, 'instruments' | 'accounts'>,
  journaled: readonly RecoveredPosition[],
): string[] {
  const reader = new PositionReader(wiring.buffer, wiring.region('state:positions'));
  const differences: string[] = [];
  for (const instrument of instruments) {
    if (!reader.read(instrument.index)) continue;
    const account = accounts.find(({ label }) => label === instrument.account);
    const position = journaled.find(
      ({ venue, symbol, accountId }) =>
        venue === instrument.venue && symbol === instrument.symbol && accountId === account?.accountId,
    );
    const differs = (what: string, ours: number, theirs = 0): void => {
      if (ours === theirs) return;
      differences.push(
        `${instrumentName(instrument)}: ${what} ${ours} in memory, ${theirs} by the journal's fills`,
      );
    };
    differs('lots bought', reader.boughtLots, position?.boughtLots);
    differs('lots sold', reader.soldLots, position?.soldLots);
    differs('net lots', reader.netLots, position?.netLots);
    differs('fees', reader.feesCash, position?.feesCash);
    differs('cost', reader.costCash, position?.costCash);
  }
  return differences;
}

/**
 * The positions of the strategies must add up to the account's: lots, fees, and the cash that flowed. After risk has
 * stopped, since a fill reaches one after the other. Returns what does not, one sentence each.
 */
export function shareDifferences(wiring: Wiring, instruments: readonly Instrument[]): string[] {
  const account = new PositionReader(wiring.buffer, wiring.region('state:positions'));
  const shares = new StrategyPositionReader(wiring.buffer, wiring.region('state:strategy-positions'));
  const differences: string[] = [];
  for (const instrument of instruments) {
    const sums = { bought: 0, sold: 0, fees: 0, cash: 0 };
    for (let strategy = 0; strategy <= NOBODY; strategy++) {
      if (!shares.readOf(strategy, instrument.index)) continue;
      sums.bought += shares.boughtLots;
      sums.sold += shares.soldLots;
      sums.fees += shares.feesCash;
      sums.cash += shares.realisedCash - shares.costCash;
    }
    if (!account.read(instrument.index)) continue;
    const differs = (what: string, ofStrategies: number, ofAccount: number): void => {
      if (ofStrategies === ofAccount) return;
      differences.push(
        `${instrumentName(instrument)}: ${what} of all strategies ${ofStrategies}, of the account ${ofAccount}`,
      );
    };
    differs('lots bought', sums.bought, account.boughtLots);
    differs('lots sold', sums.sold, account.soldLots);
    differs('fees', sums.fees, account.feesCash);
    differs('cash flow', sums.cash, account.realisedCash - account.costCash);
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
    const symbol = instrumentName(instrument);
    if (reader.netLots !== reader.boughtLots - reader.soldLots) {
      violations.push(`${symbol}: the position is not the sum of its fills`);
    }
    if (position[symbol] !== undefined && reader.netLots === 0 && reader.costCash !== 0) {
      violations.push(`${symbol}: a flat position has a cost basis`);
    }
  }
  return violations;
}
