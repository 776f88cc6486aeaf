import { TIMEFRAMES } from '../bars/timeframe.ts';
import { BarImport } from './bar-import.ts';
import { StoreError } from './store-error.ts';

/** Closed bars of one series, oldest first. Structured-cloneable. */
export interface SeriesToStore {
  /** Name of the symbol in the store. */
  readonly symbol: string;
  /** Place of the timeframe in TIMEFRAMES. */
  readonly slot: number;
  readonly openTimesMs: Float64Array;
  readonly opens: Float64Array;
  readonly highs: Float64Array;
  readonly lows: Float64Array;
  readonly closes: Float64Array;
  readonly volumes: Float64Array;
}

/** Bars for a store. */
export interface StoreBars {
  readonly folder: string;
  /** Who writes, if that is one who writes one thing after the other; see `lockStore`. */
  readonly writer?: string;
  readonly series: readonly SeriesToStore[];
}

/** What came of them. */
export interface StoredBars {
  readonly added: number;
  /** Symbols and timeframes of which the store has other figures, with what it says; nothing of these was stored. */
  readonly conflicts: readonly { readonly symbol: string; readonly slot: number; readonly message: string }[];
}

/**
 * Adds bars to a store, and waits for the disk. What the store knows otherwise stays as it is. Also a task of a pool.
 * @throws StoreError BARS_LOCKED, BARS_DAMAGED; the system's error when the disk does not take it
 */
export function storeBars({ folder, series, writer }: StoreBars): StoredBars {
  const session = new BarImport(folder, undefined, writer);
  const conflicts: StoredBars['conflicts'][number][] = [];
  let added = 0;
  try {
    for (const { symbol, slot, ...columns } of series) {
      try {
        added += session.add(symbol, { timeframe: TIMEFRAMES[slot], ...columns }, false).added;
      } catch (error) {
        if (!(error instanceof StoreError) || error.code !== 'BARS_CONFLICT') throw error;
        conflicts.push({ symbol, slot, message: error.message });
      }
    }
    session.commit();
  } finally {
    session.close();
  }
  return { added, conflicts };
}
