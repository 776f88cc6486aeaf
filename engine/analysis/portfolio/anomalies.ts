/** Minutes of a day: what a value is compared with. */
const WINDOW = 1_440;
/** Fewer values say too little. */
const VALUES_MIN = 100;
const Z_MIN = 4;
const HOUR_MS = 3_600_000;

/** What is watched; the place of a word is its number. */
export const ANOMALY_KINDS = ['return', 'volume', 'spread', 'dataAge'] as const;
export type AnomalyKind = (typeof ANOMALY_KINDS)[number];

/** A value far from those of the last 24 hours. */
export interface Anomaly {
  readonly kind: AnomalyKind;
  /** ms since the epoch. */
  readonly timeMs: number;
  /** Population standard deviations from the mean; the sign says which way. */
  readonly z: number;
  /** A logarithmic return, ln(1 + volume), spread in bps, age in ms; and the mean it is far from. */
  readonly value: number;
  readonly mean: number;
}

/** One kind of a symbol. */
class Watched {
  private readonly values: Float64Array;
  private count: number;
  private next: number;
  private toldHour: number;

  constructor() {
    this.values = new Float64Array(WINDOW);
    this.count = 0;
    this.next = 0;
    this.toldHour = -1;
  }

  /** Compares a value with those before it, then takes it in. */
  judge(value: number, timeMs: number): { z: number; mean: number } | null {
    const { values, count } = this;
    const found = this.compare(value);
    values[this.next] = value;
    this.next = (this.next + 1) % WINDOW;
    if (count < WINDOW) this.count++;
    const hour = Math.floor(timeMs / HOUR_MS);
    if (found === null || this.toldHour === hour) return null;
    this.toldHour = hour;
    return found;
  }

  private compare(value: number): { z: number; mean: number } | null {
    const { values, count } = this;
    if (count < VALUES_MIN) return null;
    let sum = 0;
    for (let at = 0; at < count; at++) sum += values[at];
    const mean = sum / count;
    let squares = 0;
    for (let at = 0; at < count; at++) squares += (values[at] - mean) ** 2;
    const z = (value - mean) / Math.sqrt(squares / count);
    // Where nothing ever moved there is no measure of what is far.
    return squares > 0 && Math.abs(z) > Z_MIN ? { z, mean } : null;
  }
}

/**
 * Looks for values of a symbol that are far from those of the last 24 hours, a value a minute of each kind; each kind is
 * told once an hour (analysis.md 12). Volumes are compared as ln(1 + volume), as in the metrics. One thread.
 */
export class AnomalyWatch {
  private readonly kinds: ReadonlyMap<AnomalyKind, Watched>;
  private lastCloseMs: number;
  private lastClose: number;

  constructor() {
    this.kinds = new Map(ANOMALY_KINDS.map((kind) => [kind, new Watched()]));
    this.lastCloseMs = NaN;
    this.lastClose = NaN;
  }

  /** Takes a closed minute. @param openTimeMs ms since the epoch */
  minute(openTimeMs: number, close: number, volume: number): Anomaly[] {
    const timeMs = openTimeMs + 60_000;
    const found: Anomaly[] = [];
    if (openTimeMs === this.lastCloseMs)
      found.push(...this.judge('return', Math.log(close / this.lastClose), timeMs));
    found.push(...this.judge('volume', Math.log1p(volume), timeMs));
    this.lastCloseMs = timeMs;
    this.lastClose = close;
    return found;
  }

  /** Takes how the book is at a minute's close. */
  book(timeMs: number, spreadBps: number, ageMs: number): Anomaly[] {
    return [...this.judge('spread', spreadBps, timeMs), ...this.judge('dataAge', ageMs, timeMs)];
  }

  private judge(kind: AnomalyKind, value: number, timeMs: number): Anomaly[] {
    const found = this.kinds.get(kind)!.judge(value, timeMs);
    return found === null ? [] : [{ kind, timeMs, value, ...found }];
  }
}
