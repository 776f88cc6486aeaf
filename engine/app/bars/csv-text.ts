/** Header of the candles this engine writes. */
export const CSV_HEADER = 'open_time_ms,open,high,low,close,volume';

/** One candle as a line of CSV; the shortest decimals that read back as the same numbers. */
export function csvLine(
  openTimeMs: number,
  open: number,
  high: number,
  low: number,
  close: number,
  volume: number,
): string {
  return `${openTimeMs},${open},${high},${low},${close},${volume}`;
}
