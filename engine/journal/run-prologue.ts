import type { Instrument } from '../core/instrument.ts';
import type { PriceBand } from '../core/price-band.ts';
import {
  INSTRUMENT_RECORD,
  INSTRUMENT_RECORD_BYTES,
  InstrumentRecord,
  JOURNAL_START,
  JOURNAL_START_BYTES,
  JournalStart,
  STRATEGY_RECORD,
  STRATEGY_RECORD_BYTES,
  StrategyRecord,
} from '../messages/codecs.ts';
import { BAND_REFERENCE, INSTRUMENT_KIND, MARGIN_MODE, PAYOFF, VENUE_STATUS } from '../messages/enums.ts';
import { SCHEMA } from '../messages/schema.ts';
import {
  MONO_NS_AT,
  SEQUENCE_AT,
  SOURCE_SELF,
  encodeRecord,
  logBuffer,
  recordBytes,
} from './record-format.ts';
import type { LogBuffer } from './record-format.ts';
import { writeStrategy } from './run-strategies.ts';
import type { RunStrategy } from './run-strategies.ts';

/** What makes a log readable by itself: whose run it is and what its instrument indexes mean. */
export interface RunIdentity {
  readonly mode: string;
  readonly venue: string;
  /** The first account; `accountIds` names the others. */
  readonly accountId: string;
  /** Of every account, by its label; absent = there is one. */
  readonly accountIds?: Readonly<Record<string, string>>;
  /** Wall clock at engine start, microseconds; equal in every log of one run. */
  readonly startEpochUs: number;
  readonly instruments: readonly Instrument[];
  /** Absent = the indexes of strategies are not named, as in journals of older engines. */
  readonly strategies?: readonly RunStrategy[];
}

/** Records a prologue has. */
export function prologueRecords(run: RunIdentity): number {
  return 1 + run.instruments.length + (run.strategies ?? []).length;
}

/** One StrategyRecord per strategy as ready log bytes, numbered from `firstSequence`. */
export function encodeStrategies(
  strategies: readonly RunStrategy[],
  firstSequence: number,
  monoNs: number,
): LogBuffer {
  const bytes = strategies.length * recordBytes(STRATEGY_RECORD_BYTES);
  const into = logBuffer(new ArrayBuffer(bytes), 0, bytes);
  const scratch = logBuffer(new ArrayBuffer(STRATEGY_RECORD_BYTES), 0, STRATEGY_RECORD_BYTES);
  const record = new StrategyRecord().wrap(scratch, 0);
  const { version } = SCHEMA['StrategyRecord'];
  let at = 0;
  for (const [place, strategy] of strategies.entries()) {
    scratch.u8.fill(0);
    writeStrategy(record, strategy);
    stamp(into, at, firstSequence + place, monoNs);
    at += encodeRecord(into, at, STRATEGY_RECORD, version, SOURCE_SELF, scratch, 0, STRATEGY_RECORD_BYTES);
  }
  return into;
}

/** Says in a record what an instrument is. */
export function writeInstrument(record: InstrumentRecord, instrument: Instrument, accountId: string): void {
  record.tickUnits = instrument.tickUnits;
  record.lotUnits = instrument.lotUnits;
  record.instrumentIndex = instrument.index;
  record.instrumentEpoch = instrument.epoch;
  record.priceDecimals = instrument.priceDecimals;
  record.qtyDecimals = instrument.qtyDecimals;
  record.contractUnits = instrument.contractUnits;
  record.contractDecimals = instrument.contractDecimals;
  record.settleDecimals = instrument.settleDecimals;
  record.kind = INSTRUMENT_KIND[instrument.kind];
  record.payoff = PAYOFF[instrument.payoff];
  record.symbol = instrument.symbol;
  record.venue = instrument.venue;
  record.baseAsset = instrument.baseAsset;
  record.quoteAsset = instrument.quoteAsset;
  record.settleAsset = instrument.settleAsset;
  record.accountId = accountId;
  record.fundingIntervalMs = instrument.fundingIntervalMs;
  record.status = VENUE_STATUS[instrument.status];
  record.marginMode = MARGIN_MODE[instrument.marginMode];
  record.feeAsset = instrument.feeAsset ?? '';
  writeBand(record, instrument.priceBand);
}

function writeBand(record: InstrumentRecord, band: PriceBand | null): void {
  record.bandReference = band === null ? 0 : BAND_REFERENCE[band.reference];
  record.bandAverageMinutes = band?.averageMinutes ?? 0;
  record.shareDecimals = band?.shareDecimals ?? 0;
  record.buyMinShare = band?.buyMinShare ?? 0;
  record.buyMaxShare = band?.buyMaxShare ?? 0;
  record.sellMinShare = band?.sellMinShare ?? 0;
  record.sellMaxShare = band?.sellMaxShare ?? 0;
}

/**
 * A JournalStart, one InstrumentRecord per instrument and one StrategyRecord per strategy as ready log bytes, numbered
 * from `firstSequence`. At start.
 */
export function encodePrologue(run: RunIdentity, firstSequence: number, monoNs: number): LogBuffer {
  const strategies = run.strategies ?? [];
  const bytes =
    recordBytes(JOURNAL_START_BYTES) +
    run.instruments.length * recordBytes(INSTRUMENT_RECORD_BYTES) +
    strategies.length * recordBytes(STRATEGY_RECORD_BYTES);
  const into = logBuffer(new ArrayBuffer(bytes), 0, bytes);
  const scratchBytes = Math.max(JOURNAL_START_BYTES, INSTRUMENT_RECORD_BYTES);
  const scratch = logBuffer(new ArrayBuffer(scratchBytes), 0, scratchBytes);
  const start = new JournalStart().wrap(scratch, 0);
  start.epochUs = run.startEpochUs;
  start.instrumentCount = run.instruments.length;
  start.mode = run.mode;
  start.venue = run.venue;
  start.accountId = run.accountId;
  stamp(into, 0, firstSequence, monoNs);
  const startVersion = SCHEMA['JournalStart'].version;
  let at = encodeRecord(into, 0, JOURNAL_START, startVersion, SOURCE_SELF, scratch, 0, JOURNAL_START_BYTES);
  const record = new InstrumentRecord().wrap(scratch, 0);
  const version = SCHEMA['InstrumentRecord'].version;
  for (const [index, instrument] of run.instruments.entries()) {
    scratch.u8.fill(0);
    writeInstrument(record, instrument, run.accountIds?.[instrument.account] ?? run.accountId);
    stamp(into, at, firstSequence + 1 + index, monoNs);
    at += encodeRecord(
      into,
      at,
      INSTRUMENT_RECORD,
      version,
      SOURCE_SELF,
      scratch,
      0,
      INSTRUMENT_RECORD_BYTES,
    );
  }
  into.u8.set(encodeStrategies(strategies, firstSequence + 1 + run.instruments.length, monoNs).u8, at);
  return into;
}

function stamp(into: LogBuffer, at: number, sequence: number, monoNs: number): void {
  into.f64[(at + SEQUENCE_AT) >> 3] = sequence;
  into.f64[(at + MONO_NS_AT) >> 3] = monoNs;
}
