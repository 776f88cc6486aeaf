import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CandleColumns, CandleColumnsBuilder } from '../bars/candle-columns.ts';
import { openTimeOf, type Timeframe } from '../bars/timeframe.ts';
import { decodeSegment } from './segment-codec.ts';
import { StoreError } from './store-error.ts';
import { entryTimeframe, readIndex, type SegmentEntry, type StoreIndex } from './store-index.ts';

/** Candles a segment has room for; segments are aligned to this many candles since the epoch. */
export const BLOCK_CANDLES = 4096;

/** Opening time of the first candle of the block that `timeMs` lies in. */
export function blockStartOf(timeframe: Timeframe, timeMs: number): number {
  const offsetMs = openTimeOf(timeframe, 0);
  const blockMs = BLOCK_CANDLES * timeframe.lengthMs;
  return Math.floor((timeMs - offsetMs) / blockMs) * blockMs + offsetMs;
}

/** One symbol and timeframe of a store. */
export interface StoredSeries {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly count: number;
  readonly firstOpenMs: number;
  readonly lastOpenMs: number;
  /** Candles missing in between. */
  readonly missing: number;
  readonly segments: number;
}

/** Reads a bar store: a folder of immutable segments and the index that names them. Any thread; every byte is checked. */
export class BarStore {
  readonly folder: string;
  readonly index: StoreIndex;

  private constructor(folder: string, index: StoreIndex) {
    this.folder = folder;
    this.index = index;
  }

  /** @throws StoreError BARS_NO_STORE, or what is wrong with the index */
  static open(folder: string): BarStore {
    const index = readIndex(folder);
    if (index === null) throw new StoreError('BARS_NO_STORE', `there is no bar store in ${folder}`);
    return new BarStore(folder, index);
  }

  /** Every series, by symbol and then from short to long timeframes. */
  list(): StoredSeries[] {
    const bySeries = new Map<string, SegmentEntry[]>();
    for (const entry of this.index.segments) {
      const key = `${entry.symbol} ${entry.timeframe}`;
      const entries = bySeries.get(key);
      if (entries === undefined) bySeries.set(key, [entry]);
      else entries.push(entry);
    }
    return [...bySeries.values()].map(seriesOf).sort((a, b) => {
      if (a.symbol === b.symbol) return a.timeframe.slot - b.timeframe.slot;
      return a.symbol < b.symbol ? -1 : 1;
    });
  }

  /**
   * The candles that open in [fromMs, toMs), oldest first; none is no error when the series exists.
   * @throws StoreError BARS_UNKNOWN naming what there is, BARS_DAMAGED naming the segment
   */
  read(
    symbol: string,
    timeframe: Timeframe,
    fromMs: number = -Infinity,
    toMs: number = Infinity,
  ): CandleColumns {
    const entries = this.segmentsOf(symbol, timeframe);
    if (entries.length === 0) {
      const known = this.list().map((series) => `${series.symbol} ${series.timeframe.name}`);
      const shown = known.length === 0 ? 'nothing' : known.slice(0, 20).join(', ');
      throw new StoreError(
        'BARS_UNKNOWN',
        `${this.folder}: no ${symbol} ${timeframe.name}; it holds ${shown}`,
      );
    }
    const builder = new CandleColumnsBuilder();
    for (const entry of entries) {
      if (entry.lastOpenMs < fromMs || entry.firstOpenMs >= toMs) continue;
      const { openTimesMs, opens, highs, lows, closes, volumes } = this.readSegment(entry);
      for (let at = 0; at < openTimesMs.length; at++) {
        if (openTimesMs[at] < fromMs || openTimesMs[at] >= toMs) continue;
        builder.add(openTimesMs[at], opens[at], highs[at], lows[at], closes[at], volumes[at]);
      }
    }
    return builder.finish(timeframe);
  }

  /** Reads every segment; the sentences of what is wrong, empty when nothing is. */
  verify(): string[] {
    const problems: string[] = [];
    for (const entry of this.index.segments) {
      try {
        this.readSegment(entry);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        problems.push(
          code === 'ENOENT' ? `${join(this.folder, entry.file)}: the segment is missing` : message,
        );
      }
    }
    return problems;
  }

  /** The segments of a series, oldest first. */
  segmentsOf(symbol: string, timeframe: Timeframe): SegmentEntry[] {
    return this.index.segments
      .filter((entry) => entry.symbol === symbol && entry.timeframe === timeframe.name)
      .sort((a, b) => a.blockStartMs - b.blockStartMs);
  }

  /** @throws StoreError BARS_DAMAGED, BARS_NEWER; the system's error when the file is missing */
  readSegment(entry: SegmentEntry): CandleColumns {
    const path = join(this.folder, entry.file);
    return decodeSegment(path, readFileSync(path), { ...entry, timeframe: entryTimeframe(entry) });
  }
}

function seriesOf(entries: readonly SegmentEntry[]): StoredSeries {
  const timeframe = entryTimeframe(entries[0]);
  const count = entries.reduce((sum, entry) => sum + entry.count, 0);
  const firstOpenMs = Math.min(...entries.map((entry) => entry.firstOpenMs));
  const lastOpenMs = Math.max(...entries.map((entry) => entry.lastOpenMs));
  const missing = (lastOpenMs - firstOpenMs) / timeframe.lengthMs + 1 - count;
  const { symbol } = entries[0];
  return { symbol, timeframe, count, firstOpenMs, lastOpenMs, missing, segments: entries.length };
}
