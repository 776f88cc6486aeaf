import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { instrumentKey } from '../core/instrument.ts';
import { TRADE_IDS_MAX } from '../core/limits.ts';
import { isTerminalState } from '../execution/order-table.ts';
import { PositionWriter, positionTableBytes } from '../risk/positions.ts';
import { JournalError, NEWER_ENGINE_HINT } from './journal-error.ts';
import { findingText } from './reader.ts';
import { RecoveryModel } from './recovery-model.ts';
import type { JournaledFill, JournaledOrder, RunInstrument } from './recovery-model.ts';
import { logNamesIn } from './segment-files.ts';
import { scanLog } from './segment-scan.ts';
import type { LogScan } from './segment-scan.ts';
import { syncDirectory } from './segment-writer.ts';
import { cutTornTail } from './tail-repair.ts';
import type { CutTail } from './tail-repair.ts';
import { areSameUnits, rescaleCash, rescaleLots, rescaleTicks } from './units.ts';
import type { InstrumentUnits } from './units.ts';
import type { JournaledVenueId } from './venue-id-bindings.ts';

/** A position as the fills of all runs make it, in the units of the newest run that knew the symbol. */
export interface RecoveredPosition {
  readonly venue: string;
  readonly symbol: string;
  readonly accountId: string;
  readonly units: InstrumentUnits;
  readonly netLots: number;
  readonly costCash: number;
  readonly realisedCash: number;
  readonly feesCash: number;
  readonly boughtLots: number;
  readonly soldLots: number;
  readonly lastFillSeq: number;
  /** Fills after this one have to be asked of the venue; of the ids that are numbers. */
  readonly lastVenueTradeId: number;
  readonly fillCount: number;
}

/** An order that may be working at the venue; whatever was last heard, it counts as unknown until the venue says. */
export interface RecoveredOrder {
  readonly intentSeq: number;
  readonly venue: string;
  readonly symbol: string;
  readonly accountId: string;
  /** Units of priceTicks and the lots: the newest run's. */
  readonly units: InstrumentUnits;
  /** "" when only reports of it were journaled (its id follows from the intent number). */
  readonly clientId: string;
  readonly replacedIntentSeq: number;
  /** 0 = not known. */
  readonly venueOrderId: JournaledVenueId;
  readonly strategyIndex: number;
  readonly side: number;
  readonly orderType: number;
  readonly timeInForce: number;
  readonly flags: number;
  readonly priceTicks: number;
  readonly qtyLots: number;
  /** Sum of its distinct fills. */
  readonly cumQtyLots: number;
  /** ORDER_STATE last reported; initialized when there is only the intent. */
  readonly lastState: number;
  /** Wall clock of the intent, microseconds; 0 = not known. */
  readonly intentEpochUs: number;
}

/** A venue trade that is already in the positions. */
export interface RecoveredTrade {
  readonly venue: string;
  readonly symbol: string;
  readonly accountId: string;
  readonly side: number;
  readonly venueTradeId: JournaledVenueId;
  /** Venue time, ms; 0 = not known. */
  readonly exchangeTsMs: number;
}

/** What the journal knows when the engine starts. Plain data. */
export interface RecoveredState {
  readonly runs: number;
  /** Wall clock at the start of the oldest run, microseconds; 0 = no run. */
  readonly firstRunEpochUs: number;
  readonly fills: number;
  readonly positions: readonly RecoveredPosition[];
  readonly openOrders: readonly RecoveredOrder[];
  /** The newest TRADE_IDS_MAX trades taken in, oldest first: the venue's list will bring them again. */
  readonly trades: readonly RecoveredTrade[];
  /** Newest of the older trades per instrument, of those whose ids are no numbers: they are known by their time. */
  readonly olderTrades: readonly RecoveredTrade[];
  /** 0 = none. */
  readonly highestIntentSeq: number;
  readonly highestFillSeq: number;
  /** Fills that were journaled more than once; each counts once. */
  readonly duplicateFills: number;
  /** Records that were written twice; passed over. */
  readonly repeatedRecords: number;
  readonly cutTails: readonly CutTail[];
  /** Sentences on positions where the journal's own figures and its fills disagree; the fills hold. */
  readonly disagreements: readonly string[];
  /** Folder the journal of another account was moved to, or null. */
  readonly archivedTo: string | null;
}

/**
 * Rebuilds orders and positions from both logs of a journal folder and makes it ready to be continued: a torn tail is
 * cut and kept aside, the journal of another account is moved aside. Main thread, before the threads start.
 * @throws JournalError JOURNAL_CORRUPT when records are damaged or missing anywhere but at the end: trading on would
 * mean not knowing what one owns. JOURNAL_UNITS when an instrument changed its sizes so that a position does not fit.
 */
export function recoverState(directory: string, accountIds: readonly string[]): RecoveredState {
  if (!existsSync(directory)) mkdirSync(directory, { recursive: true });
  const { model, scans } = readLogs(directory);
  const foreign = foreignAccounts(directory, model.accountsByRun, accountIds);
  if (foreign !== null) {
    const archivedTo = archive(directory, foreign);
    return { ...recoverState(directory, accountIds), archivedTo };
  }
  refuseDamage(directory, scans);
  const cutTails = scans.map((scan) => cutTornTail(directory, scan)).filter((cut) => cut !== null);
  return { ...stateOf(model, scans), cutTails };
}

/** What a journal folder holds now. */
export interface JournalContent extends RecoveredState {
  /** The highest sequence in the journal's own log; 0 = none. */
  readonly lastSequence: number;
}

/**
 * As recoverState, but changes nothing in the folder: a torn tail stays and is passed over. For looking at a journal
 * that may be on a full disk. Main thread, while nobody writes.
 */
export function readState(directory: string): JournalContent {
  const { model, scans } = readLogs(directory);
  refuseDamage(directory, scans);
  const [{ lastSequence }] = scans;
  return { ...stateOf(model, scans), lastSequence };
}

function readLogs(directory: string): { readonly model: RecoveryModel; readonly scans: readonly LogScan[] } {
  const model = new RecoveryModel();
  const scans = logNamesIn(directory).map((log) => scanLog(directory, log, (record) => model.take(record)));
  refuseNewer(directory, scans);
  return { model, scans };
}

/** Before anything else is concluded from the folder, and before anything in it is moved. */
function refuseNewer(directory: string, scans: readonly LogScan[]): void {
  const newer = scans.flatMap(({ findings }) => findings).find(({ kind }) => kind === 'newer-format');
  if (newer === undefined) return;
  throw new JournalError(
    'JOURNAL_VERSION',
    `${directory}: ${newer.file}: ${newer.detail}; ${NEWER_ENGINE_HINT}`,
  );
}

function refuseDamage(directory: string, scans: readonly LogScan[]): void {
  const fatal = scans
    .flatMap(({ findings }) => findings)
    .filter(({ kind }) => kind !== 'torn-tail' && kind !== 'sequence-repeat');
  if (fatal.length > 0)
    throw new JournalError('JOURNAL_CORRUPT', `${directory}: ${fatal.map(findingText).join('; ')}`);
}

function stateOf(model: RecoveryModel, scans: readonly LogScan[]): RecoveredState {
  const findings = scans.flatMap((scan) => scan.findings);
  model.fills.sort((a, b) => a.fillSeq - b.fillSeq);
  const positions = positionsOf(model);
  return {
    runs: model.runs.size,
    firstRunEpochUs: model.runs.size === 0 ? 0 : Math.min(...model.runs),
    fills: model.fills.length,
    positions,
    openOrders: openOrdersOf(model),
    trades: model.fills.slice(-TRADE_IDS_MAX).map(tradeOf),
    olderTrades: newestWithText(model.fills.slice(0, -TRADE_IDS_MAX)),
    highestIntentSeq: model.highestIntentSeq,
    highestFillSeq: model.highestFillSeq,
    duplicateFills: model.duplicateFills,
    repeatedRecords: findings.filter(({ kind }) => kind === 'sequence-repeat').length,
    cutTails: [],
    disagreements: disagreementsOf(model, positions),
    archivedTo: null,
  };
}

function tradeOf(fill: JournaledFill): RecoveredTrade {
  const { instrument, side, venueTradeId, exchangeTsMs } = fill;
  const { venue, symbol, accountId } = instrument;
  return { venue, symbol, accountId, side, venueTradeId, exchangeTsMs };
}

function newestWithText(fills: readonly JournaledFill[]): RecoveredTrade[] {
  const newest = new Map<string, JournaledFill>();
  for (const fill of fills) {
    if (typeof fill.venueTradeId === 'number') continue;
    const { key } = fill.instrument;
    if (fill.exchangeTsMs >= (newest.get(key)?.exchangeTsMs ?? 0)) newest.set(key, fill);
  }
  return [...newest.values()].map(tradeOf);
}

function positionsOf(model: RecoveryModel): RecoveredPosition[] {
  const folds = new Map<string, PositionFold>();
  for (const fill of model.fills) {
    const { key } = fill.instrument;
    let fold = folds.get(key);
    if (fold === undefined) {
      fold = new PositionFold(fill.instrument);
      folds.set(key, fold);
    }
    fold.apply(fill);
  }
  return [...folds.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, fold]) => fold.result(model.instruments.get(key) ?? fold.instrument));
}

/** One symbol's fills through the very code the risk actor uses. */
class PositionFold {
  instrument: RunInstrument;
  private readonly writer: PositionWriter;
  private lastVenueTradeId = 0;
  private fillCount = 0;

  constructor(instrument: RunInstrument) {
    this.instrument = instrument;
    const byteLength = positionTableBytes();
    this.writer = new PositionWriter(new SharedArrayBuffer(byteLength), {
      name: 'positions',
      byteOffset: 0,
      byteLength,
    });
  }

  apply(fill: JournaledFill): void {
    this.changeUnits(fill.instrument);
    this.writer.applyFill(0, fill.fillSeq, fill.side, fill.priceTicks, fill.qtyLots, fill.feeCash, 0);
    if (typeof fill.venueTradeId === 'number')
      this.lastVenueTradeId = Math.max(this.lastVenueTradeId, fill.venueTradeId);
    this.fillCount += 1;
  }

  result(newest: RunInstrument): RecoveredPosition {
    this.changeUnits(newest);
    this.writer.read(0);
    const { netLots, costCash, realisedCash, feesCash, boughtLots, soldLots, lastFillSeq } = this.writer;
    return {
      venue: newest.venue,
      symbol: newest.symbol,
      accountId: newest.accountId,
      units: unitsOf(newest),
      netLots,
      costCash,
      realisedCash,
      feesCash,
      boughtLots,
      soldLots,
      lastFillSeq,
      lastVenueTradeId: this.lastVenueTradeId,
      fillCount: this.fillCount,
    };
  }

  private changeUnits(to: RunInstrument): void {
    const from = this.instrument;
    if (from === to) return;
    this.instrument = to;
    if (areSameUnits(from, to)) return;
    const what = `position in ${to.symbol}`;
    const writer = this.writer;
    writer.read(0);
    writer.restore(
      0,
      writer.lastFillSeq,
      rescaleLots(writer.netLots, from, to, what),
      rescaleCash(writer.costCash, from, to, what),
      rescaleCash(writer.realisedCash, from, to, what),
      rescaleCash(writer.feesCash, from, to, what),
      rescaleLots(writer.boughtLots, from, to, what),
      rescaleLots(writer.soldLots, from, to, what),
    );
  }
}

/** An order is over when a terminal state was reported and all fills that report counts are here, or it is full. */
function openOrdersOf(model: RecoveryModel): RecoveredOrder[] {
  for (const fill of model.fills) {
    const order = model.orders.get(fill.intentSeq);
    if (order === undefined) continue;
    const what = `order ${fill.intentSeq}`;
    order.filledLots += areSameUnits(fill.instrument, order.instrument)
      ? fill.qtyLots
      : rescaleLots(fill.qtyLots, fill.instrument, order.instrument, what);
  }
  const open: RecoveredOrder[] = [];
  for (const order of model.orders.values()) {
    if (order.qtyLots > 0 && order.filledLots >= order.qtyLots) continue;
    if (isTerminalState(order.lastState) && order.filledLots >= order.reportedLots) continue;
    open.push(recoveredOrder(order, model.instruments.get(order.instrument.key) ?? order.instrument));
  }
  return open.sort((a, b) => a.intentSeq - b.intentSeq);
}

function recoveredOrder(order: JournaledOrder, to: RunInstrument): RecoveredOrder {
  const from = order.instrument;
  const what = `order ${order.intentSeq}`;
  const isSame = areSameUnits(from, to);
  const lots = (value: number): number => (isSame ? value : rescaleLots(value, from, to, what));
  return {
    intentSeq: order.intentSeq,
    venue: to.venue,
    symbol: to.symbol,
    accountId: to.accountId,
    units: unitsOf(to),
    clientId: order.clientId,
    replacedIntentSeq: order.replacedIntentSeq,
    venueOrderId: order.venueOrderId,
    strategyIndex: order.strategyIndex,
    side: order.side,
    orderType: order.orderType,
    timeInForce: order.timeInForce,
    flags: order.flags,
    priceTicks: isSame ? order.priceTicks : rescaleTicks(order.priceTicks, from, to, what),
    qtyLots: lots(order.qtyLots),
    cumQtyLots: lots(order.filledLots),
    lastState: order.lastState,
    intentEpochUs: order.intentEpochUs,
  };
}

function unitsOf(instrument: RunInstrument): InstrumentUnits {
  const { tickUnits, priceDecimals, lotUnits, qtyDecimals } = instrument;
  const { payoff, contractUnits, contractDecimals, settleDecimals } = instrument;
  return {
    tickUnits,
    priceDecimals,
    lotUnits,
    qtyDecimals,
    payoff,
    contractUnits,
    contractDecimals,
    settleDecimals,
  };
}

function disagreementsOf(model: RecoveryModel, positions: readonly RecoveredPosition[]): string[] {
  const sentences: string[] = [];
  for (const position of positions) {
    const said = model.positions.get(instrumentKey(position.venue, position.symbol, position.accountId));
    if (said === undefined || said.fillSeq !== position.lastFillSeq) continue;
    if (!areSameUnits(said.instrument, position.units)) continue;
    if (said.netLots === position.netLots && said.costCash === position.costCash) continue;
    sentences.push(
      `${position.symbol} after fill ${said.fillSeq}: journaled net ${said.netLots} lots, cost ${said.costCash}; ` +
        `the fills make ${position.netLots} lots, cost ${position.costCash}`,
    );
  }
  return sentences;
}

/**
 * Accounts the logs belong to, when none of ours is among them; null when they may be applied. Accounts that traded in one
 * run belong together, also when one of them is no longer configured.
 */
function foreignAccounts(
  directory: string,
  byRun: readonly ReadonlySet<string>[],
  accountIds: readonly string[],
): string | null {
  if (byRun.length === 0) return null;
  const known = new Set(accountIds);
  for (let size = 0; size !== known.size;) {
    size = known.size;
    for (const run of byRun) if ([...run].some((id) => known.has(id))) for (const id of run) known.add(id);
  }
  const isOurs = byRun.map((run) => [...run].some((id) => known.has(id)));
  if (isOurs.every(Boolean)) return null;
  const names = [...new Set(byRun.flatMap((run) => [...run]))].join(', ');
  if (isOurs.some(Boolean))
    throw new JournalError('JOURNAL_CORRUPT', `${directory}: the journal mixes the accounts ${names}`);
  return names;
}

/** Moves the segments and cut tails of another account into a folder of their own; returns its path. */
function archive(directory: string, account: string): string {
  const wanted = `archive-${account.replaceAll(/[^\w-]+/g, '_').slice(0, 64)}`;
  let folder = join(directory, wanted);
  for (let count = 2; existsSync(folder); count++) folder = join(directory, `${wanted}-${count}`);
  mkdirSync(folder);
  for (const file of readdirSync(directory)) {
    if (/^(?:journal|intents(?:@[a-z0-9-]+)?)-\d+\.log/.test(file))
      renameSync(join(directory, file), join(folder, file));
  }
  syncDirectory(folder);
  syncDirectory(directory);
  return folder;
}
