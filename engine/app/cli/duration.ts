const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/y;

/**
 * Reads `20s`, `500ms`, `1.5m` or `1h30m` as milliseconds (rounded to whole ones). Throws RangeError, saying what
 * was expected, for anything else: no bare numbers, because nobody remembers which unit they have.
 */
export function parseDurationMs(text: string): number {
  let totalMs = 0;
  let smallestMs = Infinity;
  PART.lastIndex = 0;
  do {
    const match = PART.exec(text);
    const unitMs = UNIT_MS[match?.[2] ?? ''];
    if (match === null || unitMs === undefined || unitMs >= smallestMs) throw notADuration(text);
    smallestMs = unitMs;
    totalMs += Number(match[1]) * unitMs;
  } while (PART.lastIndex < text.length);
  const roundedMs = Math.round(totalMs);
  if (!Number.isSafeInteger(roundedMs)) throw notADuration(text);
  return roundedMs;
}

/** The shortest text `parseDurationMs` reads back as the same milliseconds, largest unit first. */
export function formatDurationMs(durationMs: number): string {
  if (durationMs === 0) return '0s';
  let rest = durationMs;
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(rest / UNIT_MS[unit]);
    rest -= count * UNIT_MS[unit];
    if (count > 0) text += `${count}${unit}`;
  }
  return text;
}

function notADuration(text: string): RangeError {
  return new RangeError(`not a duration: ${JSON.stringify(text)}; write 500ms, 20s, 1.5m or 1h30m`);
}
