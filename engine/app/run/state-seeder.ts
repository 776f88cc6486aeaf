import type { Instrument } from '../../core/instrument.ts';
import { VENUE_IDS_MAX } from '../../core/limits.ts';
import { FillLedger } from '../../execution/fill-ledger.ts';
import { OrderTable } from '../../execution/order-table.ts';
import { NO_VENUE_ID } from '../../execution/venue-id-reader.ts';
import { VenueIds } from '../../execution/venue-ids.ts';
import { regionOf } from '../../ipc/memory-map.ts';
import type { Region } from '../../ipc/memory-map.ts';
import { JournalError } from '../../journal/journal-error.ts';
import type {
  RecoveredOrder,
  RecoveredPosition,
  RecoveredShare,
  RecoveredState,
  RecoveredTrade,
} from '../../journal/recovery.ts';
import { strategyIndexNow } from '../../journal/run-strategies.ts';
import type { RunStrategy } from '../../journal/run-strategies.ts';
import { areSameUnits, rescaleCash, rescaleLots, rescaleTicks } from '../../journal/units.ts';
import type { JournaledVenueId } from '../../journal/venue-id-bindings.ts';
import { ORDER_FLAG, ORDER_STATE } from '../../messages/enums.ts';
import { PositionWriter } from '../../risk/positions.ts';
import { NOBODY, StrategyPositionWriter } from '../../risk/strategy-positions.ts';
import type { PositionAmounts } from '../../risk/strategy-positions.ts';
import { labelledName } from '../threads/wiring.ts';
import type { SharedMemory } from '../threads/wiring.ts';
import type { VenueSession } from './venue-session.ts';

/** Own trades per instrument up to which the newest page of the venue's list is trusted to reach back far enough. */
const TRADES_ON_NEWEST_PAGE = 500;

/** The strategy an order belongs to now: by name, and by index where the journal names no strategies. */
export function strategyIndexOf(
  { strategy, strategyIndex }: Pick<RecoveredOrder, 'strategy' | 'strategyIndex'>,
  now: readonly RunStrategy[],
): number {
  return strategy === null ? strategyIndex : strategyIndexNow(strategy, now);
}

/** What is restored of one account. */
interface SeededAccount {
  readonly accountId: string;
  readonly ledger: FillLedger;
  readonly orders: OrderTable;
  readonly venueIds: VenueIds;
}

/** What names an instrument in every run. */
interface RecoveredName {
  readonly venue: string;
  readonly symbol: string;
  readonly accountId: string;
}

/** Puts recovered state into shared memory. Main thread, before the writers of that memory exist. */
export class StateSeeder {
  private readonly positions: PositionWriter;
  private readonly shares: StrategyPositionWriter;
  /** By the label of the account. */
  private readonly accounts: Map<string, SeededAccount> = new Map();
  private readonly instruments: readonly Instrument[];
  private readonly strategies: readonly RunStrategy[];

  constructor(
    memory: SharedMemory,
    { accounts, instruments }: Pick<VenueSession, 'accounts' | 'instruments'>,
    strategies: readonly RunStrategy[],
  ) {
    this.strategies = strategies;
    const { buffer, map } = memory;
    this.positions = new PositionWriter(buffer, regionOf(map, 'state:positions'));
    this.shares = new StrategyPositionWriter(buffer, regionOf(map, 'state:strategy-positions'));
    for (const [place, { label, accountId }] of accounts.entries()) {
      const regionNamed = (name: string): Region => regionOf(map, labelledName(name, label));
      const count = accounts.length;
      const venueIds = new VenueIds(
        buffer,
        regionNamed('state:venue-ids'),
        null,
        VENUE_IDS_MAX,
        count,
        place,
      );
      this.accounts.set(label, {
        accountId,
        venueIds,
        ledger: new FillLedger(buffer, regionNamed('state:fills'), venueIds, count, place),
        orders: new OrderTable(buffer, regionNamed('state:orders'), venueIds),
      });
    }
    this.instruments = instruments;
  }

  seed(recovered: RecoveredState): void {
    for (const { ledger } of this.accounts.values()) ledger.seedFillSeq(recovered.highestFillSeq);
    this.seedTrades(recovered.trades);
    for (const trade of recovered.olderTrades) {
      const instrument = this.find(trade);
      if (instrument === undefined) continue;
      this.accountOf(instrument).ledger.noteForgottenUntil(instrument.index, trade.exchangeTsMs);
    }
    for (const position of recovered.positions) {
      const instrument = this.find(position);
      if (instrument !== undefined) this.seedPosition(instrument, position);
    }
    for (const share of recovered.shares) {
      const instrument = this.find(share);
      if (instrument !== undefined) this.seedShare(instrument, share);
    }
    for (const order of recovered.openOrders) {
      const instrument = this.find(order);
      if (instrument !== undefined) this.seedOrder(instrument, order);
    }
  }

  /** By venue, symbol and account: the index of an instrument is another one in every run. */
  private find({ venue, symbol, accountId }: RecoveredName): Instrument | undefined {
    return this.instruments.find(
      (each) =>
        each.venue === venue && each.symbol === symbol && this.accountOf(each).accountId === accountId,
    );
  }

  private accountOf({ account }: Instrument): SeededAccount {
    return this.accounts.get(account)!;
  }

  private seedPosition(instrument: Instrument, position: RecoveredPosition): void {
    const { netLots, costCash, realisedCash, feesCash, boughtLots, soldLots } = amountsIn(
      instrument,
      position,
    );
    const { index } = instrument;
    const { lastFillSeq } = position;
    this.positions.restore(
      index,
      lastFillSeq,
      netLots,
      costCash,
      realisedCash,
      feesCash,
      boughtLots,
      soldLots,
    );
  }

  /** What strategies left that do not run now, nobody has: it stays at the account. */
  private seedShare(instrument: Instrument, share: RecoveredShare): void {
    const index = strategyIndexOf(share.owner, this.strategies);
    const owner = this.strategies.some((strategy) => strategy.index === index) ? index : NOBODY;
    this.shares.addTo(owner, instrument.index, share.lastFillSeq, amountsIn(instrument, share));
  }

  /** Every trade in the positions is known by id: start asks the venue for its list, which has all of them again. */
  private seedTrades(trades: readonly RecoveredTrade[]): void {
    const first = new Map<number, number>();
    const firstMs = new Map<number, number>();
    const counts = new Map<number, number>();
    for (const trade of trades) {
      const { side, exchangeTsMs } = trade;
      const instrument = this.find(trade);
      if (instrument === undefined || trade.venueTradeId === NO_VENUE_ID) continue;
      const venueTradeId = this.keyOf(instrument, trade.venueTradeId);
      const { index } = instrument;
      const { ledger } = this.accountOf(instrument);
      ledger.remember(index, side, venueTradeId, exchangeTsMs);
      counts.set(index, (counts.get(index) ?? 0) + 1);
      firstMs.set(index, Math.min(firstMs.get(index) ?? exchangeTsMs, exchangeTsMs));
      if (venueTradeId > 0) first.set(index, Math.min(first.get(index) ?? venueTradeId, venueTradeId));
    }
    // The venue's newest page holds a thousand; where ours could fill it, a missed trade might be on none of it.
    for (const [index, count] of counts) {
      if (count < TRADES_ON_NEWEST_PAGE) continue;
      const { ledger } = this.accountOf(this.instruments[index]);
      ledger.noteCompared(index, first.get(index) ?? 0);
      ledger.noteComparedUntil(index, firstMs.get(index) ?? 0);
    }
  }

  /** The key of a journaled id in this run. What the journal has was carried before, so it can be again. */
  private keyOf(instrument: Instrument, id: JournaledVenueId): number {
    if (typeof id === 'number') return id;
    const key = this.accountOf(instrument).venueIds.keyOfValue(id);
    if (key === NO_VENUE_ID) throw new JournalError('JOURNAL_CORRUPT', `the venue id "${id}" cannot be kept`);
    return key;
  }

  /** Whatever was last heard of it, the order is unknown until the venue says what became of it. */
  private seedOrder(instrument: Instrument, order: RecoveredOrder): void {
    const { orders } = this.accountOf(instrument);
    const slot = orders.alloc(order.intentSeq);
    if (slot < 0)
      throw new JournalError('JOURNAL_UNITS', 'more orders may be open than the order table holds');
    const isSame = areSameUnits(order.units, instrument);
    const lots = (value: number): number =>
      isSame ? value : rescaleLots(value, order.units, instrument, order.symbol);
    orders.replacedIntentSeq[slot] = order.replacedIntentSeq;
    orders.priceTicks[slot] = isSame
      ? order.priceTicks
      : rescaleTicks(order.priceTicks, order.units, instrument, order.symbol);
    orders.qtyLots[slot] = lots(order.qtyLots);
    orders.cumQtyLots[slot] = lots(order.cumQtyLots);
    orders.instrumentIndex[slot] = instrument.index;
    orders.instrumentEpoch[slot] = instrument.epoch;
    orders.strategyIndex[slot] = strategyIndexOf(order, this.strategies);
    orders.side[slot] = order.side;
    orders.orderType[slot] = order.orderType;
    orders.timeInForce[slot] = order.timeInForce;
    orders.flags[slot] = order.flags | ORDER_FLAG.recovered;
    orders.attempt[slot] = 1;
    orders.reportedState[slot] = ORDER_STATE.unknown;
    orders.queryWanted[slot] = 1;
    orders.publish(slot, ORDER_STATE.unknown);
    orders.setVenueOrderId(slot, this.keyOf(instrument, order.venueOrderId));
  }
}

/** A position in the units of the instrument as it is now. @throws JournalError JOURNAL_UNITS when it does not fit */
function amountsIn(instrument: Instrument, position: RecoveredPosition): PositionAmounts {
  const { symbol, units } = position;
  const isSame = areSameUnits(units, instrument);
  const lots = (value: number): number => (isSame ? value : rescaleLots(value, units, instrument, symbol));
  const cash = (value: number): number => (isSame ? value : rescaleCash(value, units, instrument, symbol));
  return {
    netLots: lots(position.netLots),
    costCash: cash(position.costCash),
    realisedCash: cash(position.realisedCash),
    feesCash: cash(position.feesCash),
    boughtLots: lots(position.boughtLots),
    soldLots: lots(position.soldLots),
  };
}
