/** Money with as many digits as its size deserves. */
export function moneyText(value: number): string {
  const digits = Math.abs(value) >= 1_000 ? 0 : Math.abs(value) >= 1 ? 2 : 4;
  const text = value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text;
}

/** A figure that may not be known. */
export function figureText(value: number | null, digits: number, unit = ''): string {
  return value === null || Number.isNaN(value) ? '-' : `${value.toFixed(digits)}${unit}`;
}

/** A share as per cent. */
export function shareText(value: number | null): string {
  return figureText(value === null ? null : 100 * value, 1, ' %');
}

/** A duration as people say it. */
export function spanText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 7_200_000) return `${(ms / 60_000).toFixed(1)} min`;
  if (ms < 172_800_000) return `${(ms / 3_600_000).toFixed(1)} h`;
  return `${(ms / 86_400_000).toFixed(1)} days`;
}

/** A moment to the second, UTC. */
export function momentText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
