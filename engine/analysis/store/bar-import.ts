import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CandleColumns } from '../bars/candle-columns.ts';
import { blockStartOf } from './bar-store.ts';
import { DurableFiles } from './durable-files.ts';
import { type MergeCounts, mergeCandles } from './merge-candles.ts';
import { decodeSegment, encodeSegment } from './segment-codec.ts';
import { StoreError } from './store-error.ts';
import { EMPTY_INDEX, entryTimeframe, readIndex, type SegmentEntry, writeIndex } from './store-index.ts';
import { lockStore } from './store-lock.ts';

/**
 * Adds candles to a bar store, all of them or none: segments are written under new names, which nobody reads, and only
 * the new index makes them the store's. Whatever ends the process before leaves the old store. One at a time, by a lock.
 */
export class BarImport {
  private readonly folder: string;
  private readonly files: DurableFiles;
  private readonly generation: number;
  private readonly entries: Map<string, SegmentEntry>;
  private readonly unlock: () => void;

  /**
   * @param writer see `lockStore`
   * @throws StoreError BARS_LOCKED, or what is wrong with the present index
   */
  constructor(folder: string, files: DurableFiles = new DurableFiles(), writer: string = '') {
    this.unlock = lockStore(folder, writer);
    try {
      const index = readIndex(folder) ?? EMPTY_INDEX;
      this.folder = folder;
      this.files = files;
      this.generation = index.generation + 1;
      this.entries = new Map(index.segments.map((entry) => [keyOf(entry), entry]));
    } catch (error) {
      this.unlock();
      throw error;
    }
  }

  /**
   * Stages candles; they are in the store after `commit`.
   * @throws StoreError BARS_CONFLICT at a candle the store has with other figures, unless `isReplacing`
   */
  add(symbol: string, candles: CandleColumns, isReplacing: boolean): MergeCounts {
    const counts: MergeCounts = { added: 0, same: 0, replaced: 0 };
    const { timeframe, openTimesMs } = candles;
    for (let from = 0; from < openTimesMs.length;) {
      const blockStartMs = blockStartOf(timeframe, openTimesMs[from]);
      let to = from + 1;
      while (to < openTimesMs.length && blockStartOf(timeframe, openTimesMs[to]) === blockStartMs) to++;
      this.addBlock(symbol, candles, blockStartMs, [from, to], isReplacing, counts);
      from = to;
    }
    return counts;
  }

  /** Makes everything staged the store's content, and clears away what no index names any more. */
  commit(): void {
    const segments = [...this.entries.values()];
    writeIndex(this.folder, { generation: this.generation, segments }, this.files);
    const kept = new Set(segments.map((entry) => entry.file));
    for (const file of readdirSync(this.folder, { recursive: true, withFileTypes: true })) {
      const path = join(file.parentPath, file.name);
      const name = path.slice(this.folder.length + 1).replaceAll('\\', '/');
      if (file.isFile() && name.endsWith('.seg') && !kept.has(name)) this.files.remove(path);
    }
  }

  /** Ends the import; without `commit`, nothing has changed. */
  close(): void {
    this.unlock();
  }

  private addBlock(
    symbol: string,
    candles: CandleColumns,
    blockStartMs: number,
    [from, to]: readonly [number, number],
    isReplacing: boolean,
    counts: MergeCounts,
  ): void {
    const timeframe = candles.timeframe.name;
    const present = this.entries.get(keyOf({ symbol, timeframe, blockStartMs }));
    const before = present === undefined ? null : this.readSegment(present);
    const changed = counts.added + counts.replaced;
    const merged = mergeCandles(before, candles, from, to, isReplacing, counts);
    if ('before' in merged) {
      throw new StoreError(
        'BARS_CONFLICT',
        `${this.folder}: ${symbol} ${timeframe} at ${merged.openTimeMs} (${new Date(merged.openTimeMs).toISOString()}) is ` +
          `${merged.before} in the store and ${merged.after} in the import; --replace takes the import's`,
      );
    }
    if (counts.added + counts.replaced === changed) return;
    const { bytes, headerCrc } = encodeSegment(symbol, blockStartMs, merged);
    // Symbols may hold letters of any script; folders of all systems take these, and none of them is `..`.
    const name = encodeURIComponent(symbol).replaceAll('.', '%2E');
    const file = `${name}/${timeframe}/${blockStartMs}-${this.generation}.seg`;
    this.files.write(join(this.folder, file), bytes);
    const { openTimesMs } = merged;
    const entry: SegmentEntry = {
      symbol,
      timeframe,
      blockStartMs,
      count: openTimesMs.length,
      firstOpenMs: openTimesMs[0],
      lastOpenMs: openTimesMs[openTimesMs.length - 1],
      headerCrc,
      file,
    };
    this.entries.set(keyOf(entry), entry);
  }

  private readSegment(entry: SegmentEntry): CandleColumns {
    const path = join(this.folder, entry.file);
    return decodeSegment(path, readFileSync(path), { ...entry, timeframe: entryTimeframe(entry) });
  }
}

function keyOf({
  symbol,
  timeframe,
  blockStartMs,
}: Pick<SegmentEntry, 'symbol' | 'timeframe' | 'blockStartMs'>): string {
  return `${symbol} ${timeframe} ${blockStartMs}`;
}
