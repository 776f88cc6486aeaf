import { statePlaceOf } from '../config/engine-parts.ts';
import type { ClockOrigin } from '../../core/clock.ts';
import type { Instrument } from '../../core/instrument.ts';
import { FillLedger } from '../../execution/fill-ledger.ts';
import { OrderTable } from '../../execution/order-table.ts';
import { NO_VENUE_ID } from '../../execution/venue-id-reader.ts';
import { VenueIds } from '../../execution/venue-ids.ts';
import { VENUE_IDS_MAX } from '../../core/limits.ts';
import { regionOf } from '../../ipc/memory-map.ts';
import type { Region } from '../../ipc/memory-map.ts';
import { JournalError } from '../../journal/journal-error.ts';
import { pruneJournal } from '../../journal/prune.ts';
import { recoverState } from '../../journal/recovery.ts';
import type {
  RecoveredOrder,
  RecoveredPosition,
  RecoveredState,
  RecoveredTrade,
} from '../../journal/recovery.ts';
import { openStateDirectory } from '../../journal/state-directory.ts';
import { checkUntraded } from './untraded.ts';
import type { JournaledVenueId } from '../../journal/venue-id-bindings.ts';
import { areSameUnits, rescaleCash, rescaleLots, rescaleTicks } from '../../journal/units.ts';
import { ORDER_FLAG, ORDER_STATE } from '../../messages/enums.ts';
import { PositionWriter } from '../../risk/positions.ts';
import { IntentCounter } from '../../strategy/intent-counter.ts';
import { CliError } from '../cli/cli-error.ts';
import type { EngineConfig } from '../config/config-types.ts';
import type { EngineLog } from './engine-log.ts';
import { EXIT } from '../cli/exit-codes.ts';
import type { VenueSession } from './venue-session.ts';
import { labelledName } from '../threads/wiring.ts';
import type { SharedMemory } from '../threads/wiring.ts';
import { labelOf } from '../../runtime/actor.ts';
import { actorsOf } from '../../runtime/topology.ts';

/** Own trades per instrument up to which the newest page of the venue's list is trusted to reach back far enough. */
const TRADES_ON_NEWEST_PAGE = 500;
const US_PER_DAY = 86_400_000_000;

/** The state folder of a run, with what the journal knew already put into shared memory. */
export interface EngineState {
  readonly journalDirectory: string;
  /** Folder of this mode and venue. */
  readonly directory: string;
  /** The highest intent number ever used; 0 = none. */
  readonly highestIntentSeq: number;
  /** When the engine first traded this account, epoch microseconds. */
  readonly accountSinceEpochUs: number;
  /** Sets the numbers that this run's intents and fills begin after. Once, before the threads start. */
  startIntentsAfter(intentSeq: number): void;
  release(): void;
}

/**
 * Takes the state folder and rebuilds positions, fill ledger and open orders from the journal, before any thread runs:
 * start is recovery. Throws CliError: 75 when another engine has the folder, 78 when the state cannot be used.
 */
export function openEngineState(
  config: EngineConfig,
  session: VenueSession,
  memory: SharedMemory,
  clockOrigin: ClockOrigin,
  log: EngineLog,
): EngineState {
  const identity = statePlaceOf(config);
  const state = asCliError(() => openStateDirectory(config.state.dir, identity, clockOrigin.epochUs));
  try {
    const accountIds = session.accounts.map(({ accountId }) => accountId);
    const recovered = asCliError(() => recoverState(state.journal, accountIds));
    report(recovered, log);
    asCliError(() => {
      const byLabel = Object.fromEntries(session.accounts.map(({ label, accountId }) => [label, accountId]));
      checkUntraded(recovered, session.instruments, byLabel, config, log);
      new StateSeeder(memory, session).seed(recovered);
    });
    if (config.journal.keepDays > 0) {
      prune(state.journal, clockOrigin.epochUs - config.journal.keepDays * US_PER_DAY, log);
    }
    return {
      journalDirectory: state.journal,
      directory: state.directory,
      highestIntentSeq: recovered.highestIntentSeq,
      accountSinceEpochUs: recovered.runs === 0 ? clockOrigin.epochUs : recovered.firstRunEpochUs,
      startIntentsAfter: (intentSeq) => {
        seedIntents(memory, intentSeq, recovered.highestFillSeq);
      },
      release: () => state.release(),
    };
  } catch (error) {
    state.release();
    throw error;
  }
}

/** What is recovered is in use already: a journal that cannot be pruned stays as it is. */
function prune(journalDirectory: string, olderThanUs: number, log: EngineLog): void {
  try {
    const { checkpoint, removed, difference } = pruneJournal(journalDirectory, olderThanUs);
    if (difference !== null) log.warn(`the journal was not pruned: ${difference}`);
    const bytes = removed.reduce((sum, file) => sum + file.bytes, 0);
    if (removed.length > 0)
      log.info(`the journal was pruned: ${removed.length} files, ${bytes} bytes`, { checkpoint });
  } catch (error) {
    log.warn(`the journal was not pruned: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Every strategy actor counts on from the highest number that any of them ever gave out. */
function seedIntents({ buffer, map, topology }: SharedMemory, intentSeq: number, fillSeq: number): void {
  const actors = actorsOf(topology, 'strategy');
  for (const [place, actor] of actors.entries()) {
    const region = regionOf(map, labelledName('state:intents', labelOf(actor)));
    new IntentCounter(buffer, region, actors.length, place).startAfter(intentSeq, fillSeq);
  }
}

function asCliError<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    const passes = error.code === 'STATE_LOCKED' || error.code === 'JOURNAL_NO_SPACE';
    const exitCode = passes ? EXIT.retry : EXIT.config;
    throw new CliError(error.code, error.message, exitCode);
  }
}

function report(recovered: RecoveredState, log: EngineLog): void {
  const { fills, openOrders, positions, archivedTo, cutTails, damagedCheckpoints, disagreements } = recovered;
  if (archivedTo !== null) log.info(`the journal of another account was moved to ${archivedTo}`);
  for (const damage of damagedCheckpoints) log.warn(`damaged checkpoint, read without it: ${damage}`);
  for (const cut of cutTails) log.warn('a torn end of the journal was cut and kept aside', { cut });
  for (const sentence of disagreements) log.warn(sentence);
  if (recovered.runs === 0) return;
  log.info(
    `recovered ${positions.length} positions from ${fills} fills of ${recovered.runs} runs; ${openOrders.length} orders may be open`,
  );
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
class StateSeeder {
  private readonly positions: PositionWriter;
  /** By the label of the account. */
  private readonly accounts: Map<string, SeededAccount> = new Map();
  private readonly instruments: readonly Instrument[];

  constructor(
    memory: SharedMemory,
    { accounts, instruments }: Pick<VenueSession, 'accounts' | 'instruments'>,
  ) {
    const { buffer, map } = memory;
    this.positions = new PositionWriter(buffer, regionOf(map, 'state:positions'));
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
    const { symbol, units } = position;
    const lots = (value: number): number =>
      areSameUnits(units, instrument) ? value : rescaleLots(value, units, instrument, symbol);
    const cash = (value: number): number =>
      areSameUnits(units, instrument) ? value : rescaleCash(value, units, instrument, symbol);
    this.positions.restore(
      instrument.index,
      position.lastFillSeq,
      lots(position.netLots),
      cash(position.costCash),
      cash(position.realisedCash),
      cash(position.feesCash),
      lots(position.boughtLots),
      lots(position.soldLots),
    );
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
    orders.strategyIndex[slot] = order.strategyIndex;
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
