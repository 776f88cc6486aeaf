import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClosedCandle } from '../../../engine/analysis/bars/candle.ts';

/** Writes candles as a CSV file and returns its path. */
export function writeCandles(folder: string, name: string, candles: readonly ClosedCandle[]): string {
  const rows = candles.map(({ openTimeMs, open, high, low, close, volume }) =>
    [openTimeMs, open, high, low, close, volume].join(','),
  );
  const path = join(folder, name);
  writeFileSync(path, ['open_time_ms,open,high,low,close,volume', ...rows, ''].join('\n'));
  return path;
}
