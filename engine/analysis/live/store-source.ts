import { BarStore } from '../store/bar-store.ts';
import { StoreError } from '../store/store-error.ts';
import type { HistorySource } from './history-source.ts';

/** The name of a venue's symbol in the engine's bar store: two venues may list the same symbol. */
export function storedName(venue: string, symbol: string): string {
  return `${venue}:${symbol}`;
}

/** The bar store in `folder` as a source of history: what the engine wrote of a venue's symbol, else what was imported. */
export function storeSource(folder: string): HistorySource {
  return {
    read: (venue, symbol, timeframe, fromMs, toMs) => {
      for (const name of [storedName(venue, symbol), symbol]) {
        try {
          return BarStore.open(folder).read(name, timeframe, fromMs, toMs);
        } catch (error) {
          const isAbsent =
            error instanceof StoreError && (error.code === 'BARS_NO_STORE' || error.code === 'BARS_UNKNOWN');
          if (!isAbsent) throw error;
        }
      }
      return null;
    },
  };
}
