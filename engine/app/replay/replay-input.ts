import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Instrument } from '../../core/instrument.ts';
import { CAPTURE_SOURCE, CaptureBuilder } from '../../market-data/capture-file.ts';
import type { Capture } from '../../market-data/capture-file.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';

const GZIP_MAGIC = 0x1f8b;

/** The instruments of a recording, as its venue reads them; throws CaptureError. */
export type InstrumentsOf = (capture: Capture) => readonly Instrument[];

/** One replay: one file, or several files of one stream as if they were one. */
export interface ReplayInput {
  readonly capture: Capture;
  readonly instruments: readonly Instrument[];
  /** Where a file does not follow on the one before it, in words. */
  readonly breaks: readonly string[];
}

/** What of a depth update its place in the chain depends on. */
interface DepthIds {
  readonly s: string;
  readonly U: number;
  readonly u: number;
  /** `u` of the update before, at venues that say it. */
  readonly pu?: number;
}

function failed(code: string, message: string): CliError {
  return new CliError(code, message, EXIT.failure);
}

/**
 * Joins consecutive files that hold the same symbols and whose update ids go on; others are replays of their own.
 * @throws CliError when files of one stream are not in order of time
 */
export function joinCaptures(captures: readonly Capture[], instrumentsOf: InstrumentsOf): ReplayInput[] {
  const groups: Capture[][] = [];
  let symbols = '';
  for (const capture of captures) {
    const own = instrumentsOf(capture)
      .map(({ symbol }) => symbol)
      .sort((a, b) => (a < b ? -1 : 1))
      .join(',');
    const before = groups.at(-1)?.at(-1);
    if (before !== undefined && own === symbols && isSameStream(before, capture, instrumentsOf))
      groups.at(-1)!.push(capture);
    else groups.push([capture]);
    symbols = own;
  }
  return groups.map((group) => inputOf(group, instrumentsOf));
}

/** False when the update ids start over, as those of another run of the embedded exchange do. */
function isSameStream(before: Capture, after: Capture, instrumentsOf: InstrumentsOf): boolean {
  if (after.firstEpochUs < lastEpochUs(before)) {
    const what = `${after.path} begins before ${before.path} ends`;
    throw failed(
      'REPLAY_ORDER',
      `${what}: name files of one stream once and in order of time, the oldest first`,
    );
  }
  const lasts = depthIds(before, true, instrumentsOf);
  return [...depthIds(after, false, instrumentsOf)].every(
    ([symbol, { u }]) => u > (lasts.get(symbol)?.u ?? 0),
  );
}

function inputOf(group: readonly Capture[], instrumentsOf: InstrumentsOf): ReplayInput {
  const breaks: string[] = [];
  for (const [index, capture] of group.entries()) {
    if (index === 0) continue;
    const before = group[index - 1];
    breaks.push(...breaksBetween(before, capture, instrumentsOf));
  }
  const capture = joined(group);
  return { capture, instruments: instrumentsOf(capture), breaks };
}

function joined(group: readonly Capture[]): Capture {
  if (group.length === 1) return group[0];
  return {
    ...group[0],
    path: group.map(({ path }) => path).join(' + '),
    blocks: group.flatMap(({ blocks }) => blocks),
    frameCount: group.reduce((sum, { frameCount }) => sum + frameCount, 0),
    byteLength: group.reduce((sum, { byteLength }) => sum + byteLength, 0),
  };
}

function lastEpochUs({ blocks }: Capture): number {
  const block = blocks.at(-1)!;
  return block.recvEpochUs[block.count - 1];
}

function breaksBetween(before: Capture, after: Capture, instrumentsOf: InstrumentsOf): string[] {
  const lasts = depthIds(before, true, instrumentsOf);
  const found: string[] = [];
  for (const [symbol, { U, pu }] of depthIds(after, false, instrumentsOf)) {
    const last = lasts.get(symbol)?.u;
    if (last === undefined || (pu === undefined ? U <= last + 1 : pu <= last)) continue;
    found.push(
      `${after.path} does not follow on ${before.path}: ${symbol} ends at update ${last} and goes on at ${U}; ` +
        'its book is hidden from there until the next snapshot',
    );
  }
  return found;
}

/** The first or last depth update of each symbol. */
function depthIds(capture: Capture, fromEnd: boolean, instrumentsOf: InstrumentsOf): Map<string, DepthIds> {
  const wanted = instrumentsOf(capture).length;
  const found = new Map<string, DepthIds>();
  const { blocks } = capture;
  for (let step = 0; step < blocks.length; step++) {
    const block = blocks[fromEnd ? blocks.length - 1 - step : step];
    for (let count = 0; count < block.count && found.size < wanted; count++) {
      const index = fromEnd ? block.count - 1 - count : count;
      const start = block.starts[index];
      const frame = block.bytes.subarray(start, start + block.lengths[index]);
      const ids = frame.includes('"depthUpdate"') ? idsIn(frame) : null;
      if (ids !== null && !found.has(ids.s)) found.set(ids.s, ids);
    }
  }
  return found;
}

function idsIn(frame: Buffer): DepthIds | null {
  try {
    const parsed = JSON.parse(frame.toString()) as DepthIds & { data?: DepthIds };
    return parsed.data ?? parsed;
  } catch {
    // The decoder counts it as malformed when it is played.
    return null;
  }
}

/**
 * Puts a REST depth answer in front of the recording, so that the book is built from it.
 * @throws CliError when it is no snapshot, or not one of this recording
 */
export function withSnapshot(
  { capture, instruments, breaks }: ReplayInput,
  file: string,
  instrumentsOf: InstrumentsOf,
): ReplayInput {
  const body = readSnapshot(file);
  if (instruments.length !== 1) {
    const names = instruments.map(({ symbol }) => symbol).join(', ');
    throw failed(
      'SNAPSHOT_AMBIGUOUS',
      `snapshot ${file}: it names no symbol and the recording holds several (${names})`,
    );
  }
  const [{ symbol }] = instruments;
  const { lastUpdateId } = body;
  const first = depthIds(capture, false, instrumentsOf).get(symbol);
  const last = depthIds(capture, true, instrumentsOf).get(symbol);
  if (first !== undefined && lastUpdateId + 1 < (first.pu === undefined ? first.U : first.pu + 1)) {
    const what = `it stands at update ${lastUpdateId} and ${symbol} begins at ${first.U}`;
    throw failed(
      'SNAPSHOT_TOO_OLD',
      `snapshot ${file}: ${what}: it is older than the recording, or of another symbol`,
    );
  }
  if (last !== undefined && lastUpdateId > last.u) {
    const what = `it stands at update ${lastUpdateId} and ${symbol} ends at ${last.u}`;
    throw failed(
      'SNAPSHOT_TOO_NEW',
      `snapshot ${file}: ${what}: it is newer than the recording, or of another symbol`,
    );
  }
  const builder = new CaptureBuilder();
  const text = Buffer.from(JSON.stringify(body));
  if (!builder.accepts(text.length))
    throw failed('SNAPSHOT_TOO_LARGE', `snapshot ${file}: larger than any book`);
  builder.add(text, 0, text.length, capture.firstEpochUs, 0, CAPTURE_SOURCE.http, builder.nameIndexOf(file));
  const withIt: Capture = {
    ...capture,
    blocks: [...builder.finish(file).blocks, ...capture.blocks],
    frameCount: capture.frameCount + 1,
    byteLength: capture.byteLength + text.length,
  };
  return { capture: withIt, instruments: instrumentsOf(withIt), breaks };
}

interface SnapshotBody {
  readonly lastUpdateId: number;
  readonly bids: unknown;
  readonly asks: unknown;
}

/** Reads the venue's answer, plain or gzipped, in the order of fields the decoder reads. */
function readSnapshot(file: string): SnapshotBody {
  let parsed: Partial<SnapshotBody> | null;
  try {
    const bytes = readFileSync(file);
    const isGzip = bytes.length > 1 && bytes.readUInt16BE(0) === GZIP_MAGIC;
    parsed = JSON.parse((isGzip ? gunzipSync(bytes) : bytes).toString()) as Partial<SnapshotBody> | null;
  } catch (error) {
    throw failed('SNAPSHOT_UNREADABLE', `snapshot ${file}: ${(error as Error).message}`);
  }
  const { lastUpdateId, bids, asks } = parsed ?? {};
  if (!Number.isSafeInteger(lastUpdateId) || !isLevels(bids) || !isLevels(asks)) {
    const what =
      'expected the answer to a REST depth request: {"lastUpdateId":..,"bids":[["price","size"],..],"asks":[..]}';
    throw failed('SNAPSHOT_MALFORMED', `snapshot ${file}: ${what}`);
  }
  return { lastUpdateId: lastUpdateId!, bids, asks };
}

function isLevels(levels: unknown): boolean {
  return (
    Array.isArray(levels) &&
    levels.every(
      (level: unknown) =>
        Array.isArray(level) && typeof level[0] === 'string' && typeof level[1] === 'string',
    )
  );
}
