import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { instrumentKey } from '../core/instrument.ts';
import { TRADE_IDS_MAX } from '../core/limits.ts';
import { modelFrom } from './checkpoint.ts';
import type { LogEnds } from './checkpoint.ts';
import { findCheckpoint } from './checkpoint-file.ts';
import { JournalError, NEWER_ENGINE_HINT } from './journal-error.ts';
import type { FillOwner } from './fill-owners.ts';
import { findingText } from './reader.ts';
import type { JournaledOrder, JournaledTrade, RunInstrument } from './journaled-facts.ts';
import type { JournaledRiskState } from './risk-state-record.ts';
import type { PositionFigures } from './position-fold.ts';
import type { RecoveryModel } from './recovery-model.ts';
import type { RunStrategy } from './run-strategies.ts';
import { logNamesIn } from './segment-files.ts';
import type { LogName } from './segment-files.ts';
import { LOG_BEGINNING, scanLog } from './segment-scan.ts';
import type { LogScan } from './segment-scan.ts';
import { isOver, settle } from './settled-books.ts';
import type { SettledBooks } from './settled-books.ts';
import { syncDirectory } from './segment-writer.ts';
import { cutTornTail, cutUnused } from './tail-repair.ts';
import type { CutTail } from './tail-repair.ts';
import { areSameUnits, rescaleLots, rescaleTicks, unitsOf } from './units.ts';
import type { InstrumentUnits } from './units.ts';
import type { JournaledVenueId } from './venue-id-bindings.ts';

/** A position as the fills of all runs make it, in the units of the newest run that knew the symbol. */
export interface RecoveredPosition extends PositionFigures {
  readonly venue: string;
  readonly symbol: string;
  readonly accountId: string;
  readonly units: InstrumentUnits;
}

/** What the fills of one strategy's orders make. */
export interface RecoveredShare extends RecoveredPosition {
  readonly owner: FillOwner;
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
  /** In the run that placed it. */
  readonly strategyIndex: number;
  /** What that run called the strategy; null = the index is all there is. */
  readonly strategy: RunStrategy | null;
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
  /** What each strategy has of them; they add up to them, lot by lot. */
  readonly shares: readonly RecoveredShare[];
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
  /** Sentences on damaged checkpoints; an older one or the records themselves stood in for them. */
  readonly damagedCheckpoints: readonly string[];
  /** Sentences on positions where the journal's own figures and its fills disagree; the fills hold. */
  readonly disagreements: readonly string[];
  /** What stopped trading, and what the breakers went by; null = nothing is known of it. */
  readonly riskState: JournaledRiskState | null;
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
  const reading = readLogs(directory);
  const { model, scans } = reading;
  const foreign = foreignAccounts(directory, model.accountsByRun, accountIds);
  if (foreign !== null) {
    const archivedTo = archive(directory, foreign);
    return { ...recoverState(directory, accountIds), archivedTo };
  }
  refuseDamage(directory, reading);
  const cutTails = scans.map((scan) => cutTornTail(directory, scan)).filter((cut) => cut !== null);
  for (const scan of scans) cutUnused(directory, scan);
  return { ...stateOf(reading), cutTails };
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
  const reading = readLogs(directory);
  refuseDamage(directory, reading);
  const [{ lastSequence }] = reading.scans;
  return { ...stateOf(reading), lastSequence };
}

/** A journal folder as read: the newest checkpoint that is whole, and every record after it. */
export interface JournalReading {
  readonly model: RecoveryModel;
  readonly scans: readonly LogScan[];
  /** The checkpoint the reading began with, or null. */
  readonly checkpointFile: string | null;
  /** Where the records begin that were read. */
  readonly began: LogEnds;
  /** Sentences on newer checkpoints that are damaged. */
  readonly damagedCheckpoints: readonly string[];
}

/**
 * Reads both logs into a model, from the newest checkpoint that is whole.
 * @param untilSegments the last segment of each log to read, of a log not named none; absent = all
 * @throws JournalError JOURNAL_VERSION when anything in the folder is of a newer engine
 */
export function readLogs(
  directory: string,
  untilSegments?: Readonly<Partial<Record<LogName, number>>>,
): JournalReading {
  const { file, checkpoint, ends, damaged } = findCheckpoint(directory);
  const damagedCheckpoints = damaged.map((each) => `${each.file}: ${each.detail}`);
  const model = modelFrom(checkpoint);
  let scans: LogScan[];
  try {
    scans = logNamesIn(directory).map((log) =>
      scanLog(directory, log, (record) => model.take(record), {
        after: ends[log] ?? LOG_BEGINNING,
        untilSegment: untilSegments === undefined ? Infinity : (untilSegments[log] ?? 0),
      }),
    );
  } catch (error) {
    // Records whose beginning was only in the damaged checkpoint make no sense by themselves.
    if (damaged.length === 0 || !(error instanceof JournalError)) throw error;
    throw new JournalError(error.code, [...damagedCheckpoints, error.message].join('; '));
  }
  refuseNewer(directory, scans);
  return { model, scans, checkpointFile: file, began: ends, damagedCheckpoints };
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

/** @throws JournalError JOURNAL_CORRUPT when records are damaged or missing anywhere but at the end */
export function refuseDamage(directory: string, { scans, damagedCheckpoints }: JournalReading): void {
  const fatal = scans
    .flatMap(({ findings }) => findings)
    .filter(({ kind }) => kind !== 'torn-tail' && kind !== 'sequence-repeat');
  if (fatal.length > 0)
    throw new JournalError(
      'JOURNAL_CORRUPT',
      `${directory}: ${[...damagedCheckpoints, ...fatal.map(findingText)].join('; ')}`,
    );
}

/** What a reading amounts to. Once per reading: it counts the fills, unless they were counted into `books` before. */
export function stateOf(
  { model, scans, damagedCheckpoints }: JournalReading,
  books: SettledBooks = settle(model),
): RecoveredState {
  const { trades } = books;
  const positions = positionsOf(model, books);
  return {
    runs: model.runs.size,
    firstRunEpochUs: model.runs.size === 0 ? 0 : Math.min(...model.runs),
    fills: trades.length,
    positions,
    shares: sharesOf(model, books),
    openOrders: openOrdersOf(model),
    trades: trades.slice(-TRADE_IDS_MAX).map(tradeOf),
    olderTrades: newestWithText(trades.slice(0, -TRADE_IDS_MAX)),
    highestIntentSeq: model.highestIntentSeq,
    highestFillSeq: model.highestFillSeq,
    duplicateFills: model.duplicateFills,
    repeatedRecords: model.settledRepeats + repeatsIn(scans),
    damagedCheckpoints,
    cutTails: [],
    disagreements: disagreementsOf(model, positions),
    riskState: model.riskState,
    archivedTo: null,
  };
}

/** Records that came twice. */
export function repeatsIn(scans: readonly LogScan[]): number {
  return scans.flatMap(({ findings }) => findings).filter(({ kind }) => kind === 'sequence-repeat').length;
}

function tradeOf(fill: JournaledTrade): RecoveredTrade {
  const { instrument, side, venueTradeId, exchangeTsMs } = fill;
  const { venue, symbol, accountId } = instrument;
  return { venue, symbol, accountId, side, venueTradeId, exchangeTsMs };
}

function newestWithText(fills: readonly JournaledTrade[]): RecoveredTrade[] {
  const newest = new Map<string, JournaledTrade>();
  for (const fill of fills) {
    if (typeof fill.venueTradeId === 'number') continue;
    const { key } = fill.instrument;
    if (fill.exchangeTsMs >= (newest.get(key)?.exchangeTsMs ?? 0)) newest.set(key, fill);
  }
  return [...newest.values()].map(tradeOf);
}

function positionsOf(model: RecoveryModel, books: SettledBooks): RecoveredPosition[] {
  return [...books.positions.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, fold]) => {
      const { instrument, ...figures } = fold.in(model.instruments.get(key) ?? fold.folded().instrument);
      const { venue, symbol, accountId } = instrument;
      return { venue, symbol, accountId, units: unitsOf(instrument), ...figures };
    });
}

function sharesOf(model: RecoveryModel, books: SettledBooks): RecoveredShare[] {
  return books.shares.in(model.instruments).map(({ owner, position: { instrument, ...figures } }) => {
    const { venue, symbol, accountId } = instrument;
    return { owner, venue, symbol, accountId, units: unitsOf(instrument), ...figures };
  });
}

function openOrdersOf(model: RecoveryModel): RecoveredOrder[] {
  const open: RecoveredOrder[] = [];
  for (const order of model.orders.values()) {
    if (isOver(order)) continue;
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
    strategy: order.strategy,
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

/** Moves the segments, checkpoints and cut tails of another account into a folder of their own; returns its path. */
function archive(directory: string, account: string): string {
  const wanted = `archive-${account.replaceAll(/[^\w-]+/g, '_').slice(0, 64)}`;
  let folder = join(directory, wanted);
  for (let count = 2; existsSync(folder); count++) folder = join(directory, `${wanted}-${count}`);
  mkdirSync(folder);
  for (const file of readdirSync(directory)) {
    if (/^(?:(?:journal|intents(?:@[a-z0-9-]+)?)-\d+\.log|checkpoint-\d+\.ckpt)/.test(file))
      renameSync(join(directory, file), join(folder, file));
  }
  syncDirectory(folder);
  syncDirectory(directory);
  return folder;
}
