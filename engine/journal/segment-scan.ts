import { readFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import {
  LOG_KIND,
  MONO_NS_AT,
  RECORD_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
  decodeSegmentHeader,
  hasNewerFormat,
  logBuffer,
  sequenceAt,
  validRecordBytes,
} from './record-format.ts';
import type { LogBuffer, SegmentHeader } from './record-format.ts';
import { listSegments, logKind } from './segment-files.ts';
import type { LogName, SegmentFile } from './segment-files.ts';

/**
 * torn-tail: the end of a log was not completely written. newer-format: a later engine wrote the file. The others are
 * damage or loss.
 */
export type FindingKind =
  | 'torn-tail'
  | 'newer-format'
  | 'corrupt'
  | 'sequence-gap'
  | 'sequence-repeat'
  | 'missing-segment';

/** Something wrong with a log, and where. */
export interface JournalFinding {
  readonly kind: FindingKind;
  /** File name inside the journal folder. */
  readonly file: string;
  /** Byte of the file where it begins. */
  readonly offset: number;
  readonly detail: string;
}

/** One valid record while a log is walked; `log` is the whole file, the payload starts at `payloadAt`. */
export interface ScannedRecord {
  readonly segment: SegmentFile;
  readonly header: SegmentHeader;
  readonly log: LogBuffer;
  readonly offset: number;
  readonly payloadAt: number;
  readonly type: number;
  readonly byteLength: number;
  readonly sequence: number;
  readonly monoNs: number;
  readonly version: number;
  readonly source: number;
  /** The sequence was seen before: a repeated record. */
  readonly isRepeat: boolean;
}

/** The end of a log after a walk. */
export interface LogScan {
  readonly log: LogName;
  readonly segments: number;
  readonly records: number;
  readonly bytes: number;
  /** Highest sequence seen; 0 = none. */
  readonly lastSequence: number;
  /** Number of the last segment; 0 = none. */
  readonly lastSegment: number;
  readonly findings: readonly JournalFinding[];
  /** Room that was set aside and not used, at the ends of files. */
  readonly unused: readonly UnusedTail[];
}

/** The end of a file that holds nothing, from `offset` on. */
export interface UnusedTail {
  readonly file: string;
  readonly offset: number;
}

/** A place between two records of a log: the last record before it, and the file that one is in. */
export interface LogPlace {
  readonly segment: number;
  readonly sequence: number;
}

/** Before the first record. */
export const LOG_BEGINNING: LogPlace = { segment: 0, sequence: 0 };

/** Which part of a log is walked; all of it unless said. */
export interface LogPart {
  /** Only files after this place, the end of a file: a checkpoint stands for those before. */
  readonly after?: LogPlace;
  /** No file with a higher number. */
  readonly untilSegment?: number;
  /** Only so many files, the last ones. */
  readonly lastSegmentsOnly?: number;
}

interface WalkState {
  records: number;
  bytes: number;
  /** Next sequence; NaN before the first segment and after damage. */
  expected: number;
  /** Highest sequence known to have been used. */
  highest: number;
  readonly findings: JournalFinding[];
  readonly unused: UnusedTail[];
}

/** No record ends in so many zeros. */
const PAGE_BYTES = 4_096;

/** Reads one segment file whole, as aligned views. */
export function readSegment(directory: string, file: string): LogBuffer {
  const content = readFileSync(join(directory, file));
  const aligned = new ArrayBuffer(Math.ceil(content.length / 8) * 8);
  new Uint8Array(aligned).set(content);
  return { ...logBuffer(aligned, 0, aligned.byteLength), u8: new Uint8Array(aligned, 0, content.length) };
}

/**
 * Walks one log of a journal folder in order, hands each valid record to `onRecord` and returns what is there and what
 * is wrong. Never refuses: damage is a finding. Blocks on the disk; for start-up and tools.
 */
export function scanLog(
  directory: string,
  log: LogName,
  onRecord: (record: ScannedRecord) => void,
  part: LogPart = {},
): LogScan {
  const { after = LOG_BEGINNING, untilSegment = Infinity, lastSegmentsOnly = Infinity } = part;
  const all = listSegments(directory, log);
  const wanted = all.filter(({ number }) => number > after.segment && number <= untilSegment);
  const segments = wanted.slice(-lastSegmentsOnly);
  const isWhole = segments.length === wanted.length;
  const lastNumber = all.at(-1)?.number ?? 0;
  const state: WalkState = {
    records: 0,
    bytes: 0,
    expected: isWhole && after.segment > 0 ? after.sequence + 1 : Number.NaN,
    highest: after.sequence,
    findings: [],
    unused: [],
  };
  let wantedNumber = isWhole ? after.segment + 1 : segments[0].number;
  for (const segment of segments) {
    if (segment.number !== wantedNumber) {
      const lost =
        segment.number === wantedNumber + 1
          ? `segment ${wantedNumber} is`
          : `segments ${wantedNumber}..${segment.number - 1} are`;
      const detail = `${lost} missing before this file`;
      state.findings.push({ kind: 'missing-segment', file: segment.file, offset: 0, detail });
      state.expected = Number.NaN;
    }
    wantedNumber = segment.number + 1;
    walkSegment(directory, segment, segment.number === lastNumber, state, onRecord);
  }
  return {
    log,
    segments: segments.length,
    records: state.records,
    bytes: state.bytes,
    lastSequence: state.highest,
    lastSegment: segments.at(-1)?.number ?? after.segment,
    findings: state.findings,
    unused: state.unused,
  };
}

function walkSegment(
  directory: string,
  segment: SegmentFile,
  isLast: boolean,
  state: WalkState,
  onRecord: (record: ScannedRecord) => void,
): void {
  const log = readSegment(directory, segment.file);
  const limit = log.u8.length;
  state.bytes += limit;
  const header = checkedHeader(log, segment);
  if (typeof header === 'string') {
    const isNewer = hasNewerFormat(log);
    const resumeAt = nextValidRecord(log, 0, limit);
    // A file this engine cannot read is no torn one: nothing of it may be cut off.
    const isTorn = isLast && resumeAt === -1 && !isNewer;
    state.findings.push({
      kind: isNewer ? 'newer-format' : isTorn ? 'torn-tail' : 'corrupt',
      file: segment.file,
      offset: 0,
      detail: header,
    });
    if (!isTorn) state.expected = Number.NaN;
    return;
  }
  noteContinuity(state, segment, header.firstSequence, 0);
  state.expected = Number.isNaN(state.expected)
    ? header.firstSequence
    : Math.max(state.expected, header.firstSequence);
  state.highest = Math.max(state.highest, state.expected - 1);
  /* A mapped file has its room before it has its records; one that was let go in peace is cut to its length. */
  const mayEndInZeros = header.kind === LOG_KIND.intents;
  let offset = SEGMENT_HEADER_BYTES;
  while (offset < limit) {
    const bytes = validRecordBytes(log, offset, limit);
    if (bytes === 0 && mayEndInZeros && isZero(log, offset)) {
      state.bytes -= limit - offset;
      state.unused.push({ file: segment.file, offset });
      return;
    }
    if (bytes === 0) {
      const isPowerCut = isLast && mayEndInZeros && wasCutOff(log, header);
      const resumeAt = isPowerCut ? -1 : nextValidRecord(log, offset + 8, limit);
      const isTorn = isLast && resumeAt === -1;
      const until = resumeAt === -1 ? limit : resumeAt;
      const detail = isTorn
        ? `${limit - offset} bytes at the end are no complete record`
        : `${until - offset} bytes are no valid record (checksum or length)`;
      state.findings.push({ kind: isTorn ? 'torn-tail' : 'corrupt', file: segment.file, offset, detail });
      if (resumeAt === -1) return;
      state.expected = Number.NaN;
      offset = resumeAt;
      continue;
    }
    visitRecord(segment, header, log, offset, state, onRecord);
    offset += bytes;
  }
}

/** Whether a file has nothing but zeros from `offset`, a multiple of 8, to its end. */
function isZero(log: LogBuffer, offset: number): boolean {
  /* Behind the end of the file, up to a multiple of 8, there are zeros. */
  const { i32 } = log;
  for (let at = offset >> 2; at < i32.length; at++) if (i32[at] !== 0) return false;
  return true;
}

/**
 * Whether a mapped file was in use when the machine stopped: the kernel writes pages of memory in any order, so what lies
 * behind one that is missing is younger than what is lost, and the log ends before it as a written one would.
 */
function wasCutOff(log: LogBuffer, { startEpochUs }: SegmentHeader): boolean {
  const nowMs = Date.now(); // arch-ok: when the machine was started, asked for by recovery and tools
  const bootEpochUs = (nowMs - os.uptime() * 1e3) * 1e3;
  return startEpochUs < bootEpochUs && isZero(log, Math.max(0, log.u8.length - PAGE_BYTES) & ~7);
}

function checkedHeader(log: LogBuffer, segment: SegmentFile): SegmentHeader | string {
  const header = decodeSegmentHeader(log);
  if (typeof header === 'string') return header;
  if (header.segmentNumber !== segment.number)
    return `header says segment ${header.segmentNumber}, the file name says ${segment.number}`;
  if (header.kind !== logKind(segment.log))
    return `header says kind ${header.kind}, the file name says ${segment.log}`;
  return header;
}

function visitRecord(
  segment: SegmentFile,
  header: SegmentHeader,
  log: LogBuffer,
  offset: number,
  state: WalkState,
  onRecord: (record: ScannedRecord) => void,
): void {
  const sequence = sequenceAt(log, offset);
  noteContinuity(state, segment, sequence, offset);
  const isRepeat = sequence < state.expected;
  if (!isRepeat) state.expected = sequence + 1;
  state.highest = Math.max(state.highest, sequence);
  state.records += 1;
  onRecord({
    segment,
    header,
    log,
    offset,
    payloadAt: offset + RECORD_HEADER_BYTES,
    type: log.i32[(offset >> 2) + 1],
    byteLength: log.i32[offset >> 2],
    sequence,
    monoNs: log.f64[(offset + MONO_NS_AT) >> 3],
    version: log.u16[(offset + 24) >> 1],
    source: log.u16[(offset + 26) >> 1],
    isRepeat,
  });
}

/** After damage the expected sequence is not known (NaN): what follows says where it goes on. */
function noteContinuity(state: WalkState, segment: SegmentFile, sequence: number, offset: number): void {
  const expected = state.expected;
  if (Number.isNaN(expected) || sequence === expected) return;
  const kind = sequence > expected ? 'sequence-gap' : 'sequence-repeat';
  const missing = sequence - expected;
  const detail =
    kind === 'sequence-gap'
      ? `sequence ${sequence} follows ${expected - 1}: ${missing} ${missing === 1 ? 'record is' : 'records are'} missing`
      : `sequence ${sequence} comes again, ${expected} was next`;
  state.findings.push({ kind, file: segment.file, offset, detail });
}

/** Offset of the first valid record at or after `from`, or -1. Records are 8-byte aligned. */
function nextValidRecord(log: LogBuffer, from: number, limit: number): number {
  for (let offset = (from + 7) & ~7; offset + RECORD_HEADER_BYTES <= limit; offset += 8) {
    if (validRecordBytes(log, offset, limit) > 0) return offset;
  }
  return -1;
}
