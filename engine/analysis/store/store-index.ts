import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32c } from '../../journal/crc32c.ts';
import { type Timeframe, timeframeNamed } from '../bars/timeframe.ts';
import type { DurableFiles } from './durable-files.ts';
import { StoreError } from './store-error.ts';

const FILE = 'index';
const SCHEMA = 'shrike.bar-store/1';

/** A segment as the index keeps it. */
export interface SegmentEntry {
  readonly symbol: string;
  readonly timeframe: string;
  readonly blockStartMs: number;
  readonly count: number;
  readonly firstOpenMs: number;
  readonly lastOpenMs: number;
  readonly headerCrc: number;
  /** Path below the store's folder, with slashes. */
  readonly file: string;
}

/** What a store contains: the only thing readers look at to find segments. */
export interface StoreIndex {
  /** Rises with every change; part of the names of new segments. */
  readonly generation: number;
  readonly segments: readonly SegmentEntry[];
}

export const EMPTY_INDEX: StoreIndex = { generation: 0, segments: [] };

/**
 * The index of the store in `folder`; null when there is none.
 * @throws StoreError BARS_DAMAGED or BARS_NEWER, naming the file
 */
export function readIndex(folder: string): StoreIndex | null {
  const path = join(folder, FILE);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const match = /^(.*)\n([0-9a-f]{8})\n$/s.exec(text);
  if (match === null || crcText(match[1]) !== match[2])
    throw new StoreError('BARS_DAMAGED', `${path}: the index of the store is changed`);
  const { schema, generation, segments } = JSON.parse(match[1]) as StoreIndex & { schema: string };
  if (schema !== SCHEMA)
    throw new StoreError('BARS_NEWER', `${path}: ${schema} is not what this engine reads (${SCHEMA})`);
  return { generation, segments };
}

/** Makes `index` that of the store, at once or not at all. */
export function writeIndex(folder: string, index: StoreIndex, files: DurableFiles): void {
  const body = JSON.stringify({ schema: SCHEMA, ...index });
  const path = join(folder, FILE);
  files.write(`${path}.new`, Buffer.from(`${body}\n${crcText(body)}\n`, 'utf8'));
  files.replace(`${path}.new`, path);
}

/** The timeframe of an entry. */
export function entryTimeframe(entry: SegmentEntry): Timeframe {
  const timeframe = timeframeNamed(entry.timeframe);
  if (timeframe === null)
    throw new StoreError('BARS_NEWER', `${entry.file}: no timeframe ${entry.timeframe}`);
  return timeframe;
}

function crcText(body: string): string {
  const bytes = Buffer.from(body, 'utf8');
  return (crc32c(bytes, 0, bytes.length, 0) >>> 0).toString(16).padStart(8, '0');
}
