import { describe, messageNameOf } from '../messages/describe.ts';
import { presentRecord, readabilityOf } from '../messages/record-upgrade.ts';
import type { RecordDescription } from '../messages/describe.ts';
import type { Checkpoint, LogEnds } from './checkpoint.ts';
import { findCheckpoint } from './checkpoint-file.ts';
import { SOURCE_SELF } from './record-format.ts';
import { logNamesIn } from './segment-files.ts';
import type { LogName } from './segment-files.ts';
import { LOG_BEGINNING, scanLog } from './segment-scan.ts';
import type { JournalFinding, LogScan, ScannedRecord } from './segment-scan.ts';
import { VenueIdBindings } from './venue-id-bindings.ts';

/** What one log of a journal folder holds. */
export interface LogReport {
  readonly segments: number;
  readonly records: number;
  readonly bytes: number;
  readonly lastSequence: number;
}

/** What a checkpoint stands for. */
export interface CheckpointReport {
  readonly file: string;
  /** Last segment and sequence of each log it stands for. */
  readonly ends: LogEnds;
  readonly runs: number;
  readonly trades: number;
  /** Orders it knows all of, and those it knows by number only. */
  readonly orders: number;
  readonly closedOrders: number;
}

/** The state of a journal folder. */
export interface VerifyReport {
  /** Valid records of both logs. */
  readonly records: number;
  readonly journal: LogReport;
  readonly intents: LogReport;
  /** The checkpoint that stands for the records before; null = there is none. */
  readonly checkpoint: CheckpointReport | null;
  readonly findings: readonly JournalFinding[];
  /** The findings as sentences: `file:offset: kind: detail`. Empty = sound. */
  readonly problems: readonly string[];
}

/** One record of a dump. */
export interface DumpedRecord {
  readonly log: LogName;
  readonly file: string;
  readonly offset: number;
  readonly sequence: number;
  /** Wall clock, microseconds: the run's start plus monoNs. */
  readonly epochUs: number;
  readonly monoNs: number;
  /** Index of the ring it came from; 65535 = the log itself. */
  readonly source: number;
  readonly message: string;
  readonly fields: RecordDescription['fields'];
}

/** A finding as a sentence that names file and place. */
export function findingText(finding: JournalFinding): string {
  return `${finding.file}:${finding.offset}: ${finding.kind}: ${finding.detail}`;
}

/**
 * Checks every byte of both logs: headers, checksums, sequences, missing files. Damage is reported, not thrown.
 * @throws JournalError JOURNAL_DIRECTORY when the folder cannot be read
 */
export function verifyJournal(directory: string): Promise<VerifyReport> {
  return settled(() => {
    const { report, ends, findings: ofCheckpoints } = look(directory);
    const [journal, ...intentLogs] = logNamesIn(directory).map((log) =>
      scanLog(directory, log, () => {}, { after: ends[log] ?? LOG_BEGINNING }),
    );
    const intents = intentLogs.map(logReport).reduce(together);
    const findings = [...ofCheckpoints, ...[journal, ...intentLogs].flatMap((scan) => scan.findings)];
    return {
      records: journal.records + intents.records,
      journal: logReport(journal),
      intents,
      checkpoint: report,
      findings,
      problems: findings.map(findingText),
    };
  });
}

/**
 * Hands every valid record of the journal, then of the intent log, to `onRecord` in words, and returns what is damaged.
 * @throws JournalError JOURNAL_DIRECTORY when the folder cannot be read
 */
export function dumpJournal(
  directory: string,
  onRecord: (record: DumpedRecord) => void,
): Promise<readonly JournalFinding[]> {
  return settled(() => {
    const venueIds = new VenueIdBindings();
    const { checkpoint, report, ends, findings } = look(directory);
    if (report !== null) onRecord(dumpedCheckpoint(report));
    venueIds.startRun(checkpoint?.venueIdRun ?? 0);
    for (const [key, text] of checkpoint?.venueIds ?? []) venueIds.bind(key, text);
    const show = (record: ScannedRecord): void => onRecord(dumped(record, venueIds));
    const walked = logNamesIn(directory).map((log) =>
      scanLog(directory, log, show, { after: ends[log] ?? LOG_BEGINNING }),
    );
    return [...findings, ...walked.flatMap((scan) => scan.findings)];
  });
}

interface Look {
  readonly checkpoint: Checkpoint | null;
  readonly report: CheckpointReport | null;
  readonly ends: LogEnds;
  readonly findings: readonly JournalFinding[];
}

/** The checkpoint the records go on from, and what is wrong with newer ones. */
function look(directory: string): Look {
  const { file, checkpoint, ends, damaged } = findCheckpoint(directory);
  const findings = damaged.map((each): JournalFinding => ({ kind: 'corrupt', offset: 0, ...each }));
  if (file === null || checkpoint === null) return { checkpoint: null, report: null, ends, findings };
  const report = {
    file,
    ends,
    runs: checkpoint.runs.length,
    trades: checkpoint.trades.length,
    orders: checkpoint.orders.length,
    closedOrders: checkpoint.closedOrders.reduce((sum, [first, last]) => sum + last - first + 1, 0),
  };
  return { checkpoint, report, ends, findings };
}

function dumpedCheckpoint({ file, ends, ...counts }: CheckpointReport): DumpedRecord {
  return {
    log: 'journal',
    file,
    offset: 0,
    sequence: ends.journal?.sequence ?? 0,
    epochUs: 0,
    monoNs: 0,
    source: SOURCE_SELF,
    message: 'Checkpoint',
    fields: { ...counts, ends: JSON.stringify(ends) },
  };
}

function dumped(record: ScannedRecord, venueIds: VenueIdBindings): DumpedRecord {
  const described = inWords(record);
  const { message } = described;
  const fields = withVenueIds(described, venueIds);
  return {
    log: record.segment.log,
    file: record.segment.file,
    offset: record.offset,
    sequence: record.sequence,
    epochUs: record.header.startEpochUs + record.monoNs / 1000,
    monoNs: record.monoNs,
    source: record.source,
    message,
    fields,
  };
}

/** The fields with ids as the venue wrote them in place of keys; a key that nothing explains stays. */
function withVenueIds(
  { message, fields }: RecordDescription,
  venueIds: VenueIdBindings,
): RecordDescription['fields'] {
  if (message === 'JournalStart') venueIds.startRun(Number(fields['epochUs']));
  if (message === 'VenueIdBound') venueIds.bind(Number(fields['key']), String(fields['text']));
  const shown: Record<string, number | string> = { ...fields };
  for (const name of ['venueOrderId', 'venueTradeId']) {
    if (typeof fields[name] === 'number') shown[name] = venueIds.idOf(fields[name]) ?? fields[name];
  }
  return shown;
}

/** An older record is shown with the fields of today, one of a newer engine by its name and version only. */
function inWords({ type, version, log, payloadAt, byteLength }: ScannedRecord): RecordDescription {
  if (readabilityOf(type, version) !== 'readable') {
    const name = messageNameOf(type) ?? `unknown(${type})`;
    return { message: `${name}(version ${version})`, fields: { byteLength } };
  }
  const present = presentRecord(type, version, log, payloadAt, byteLength);
  if (present === null) return describe(type, log, payloadAt, byteLength);
  return describe(type, present.view, present.byteOffset, present.byteLength);
}

function logReport({ segments, records, bytes, lastSequence }: LogScan): LogReport {
  return { segments, records, bytes, lastSequence };
}

/** Two intent logs as one: what the accounts have together. */
function together(one: LogReport, other: LogReport): LogReport {
  return {
    segments: one.segments + other.segments,
    records: one.records + other.records,
    bytes: one.bytes + other.bytes,
    lastSequence: Math.max(one.lastSequence, other.lastSequence),
  };
}

/** The tools await: reading may become asynchronous without changing them. */
async function settled<Result>(read: () => Result): Promise<Result> {
  return await Promise.resolve().then(read);
}
