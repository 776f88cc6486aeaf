/** Numbers of an analysis for people; absent values are a dash, never 0. */

/** A fixed number of decimals. */
export function fixedText(value: number | null | undefined, decimals: number): string {
  return value === null || value === undefined || Number.isNaN(value) ? '-' : value.toFixed(decimals);
}

/** A score with its sign. */
export function signedText(value: number | null | undefined, decimals = 0): string {
  const text = fixedText(value, decimals);
  return text === '-' || text.startsWith('-') || Number(text) === 0
    ? text.replace(/^-(?=0(?:\.0+)?$)/, '')
    : `+${text}`;
}

/** A price with as many decimals as its tick has. */
export function priceText(value: number | null | undefined, tick: number): string {
  return fixedText(value, Math.min(12, Math.max(0, Math.ceil(-Math.log10(tick) - 1e-9))));
}

/** `2024-04-30 16:00Z`. */
export function timeText(timeMs: number | null): string {
  return timeMs === null || Number.isNaN(timeMs)
    ? '-'
    : `${new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ')}Z`;
}
