const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Clock times of a time zone, each of which comes once a day, also where clocks are put forward or back. */
export class LocalTimes {
  private readonly minutes: readonly number[];
  private readonly format: Intl.DateTimeFormat;

  /**
   * @param times `HH:MM`
   * @param timeZone IANA name
   * @throws RangeError naming what is wrong
   */
  constructor(times: readonly string[], timeZone: string) {
    this.minutes = [...new Set(times.map(minutesOf))].sort((a, b) => a - b);
    try {
      this.format = new Intl.DateTimeFormat('en-GB', {
        timeZone,
        hourCycle: 'h23',
        year: 'numeric',
        month: '2-digit',
        day: '2-digit',
        hour: '2-digit',
        minute: '2-digit',
      });
    } catch {
      throw new RangeError(`no time zone is named "${timeZone}"`);
    }
  }

  /** The first moment after `afterMs` (ms since the epoch) at which one of the times comes; Infinity without times. */
  next(afterMs: number): number {
    if (this.minutes.length === 0) return Infinity;
    // The local day before: where the zone is behind UTC it may not be over.
    for (let day = -1; ; day++) {
      const localDayMs = Math.floor(this.localMs(afterMs) / DAY_MS) * DAY_MS + day * DAY_MS;
      for (const minutes of this.minutes) {
        const moment = this.momentOf(localDayMs + minutes * MINUTE_MS);
        if (moment > afterMs) return moment;
      }
    }
  }

  /** The first moment whose local clock shows a time, or, where that is left out, the moment clocks are put forward. */
  private momentOf(localMs: number): number {
    // No zone is more than a day from UTC; clocks move by at most some hours.
    let low = localMs - DAY_MS;
    let high = localMs + DAY_MS;
    let found = Infinity;
    // The two offsets in force around the moment give the candidates.
    for (const probe of [low, high]) {
      const offset = this.localMs(probe) - probe;
      const moment = localMs - offset;
      if (this.localMs(moment) === localMs) found = Math.min(found, moment);
    }
    if (found !== Infinity) return found;
    while (high - low > MINUTE_MS) {
      const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS;
      if (this.localMs(middle) < localMs) low = middle;
      else high = middle;
    }
    return high;
  }

  /** What the local clock shows, as if it were UTC, in whole minutes. */
  private localMs(moment: number): number {
    const parts = Object.fromEntries(
      this.format
        .formatToParts(Math.floor(moment / MINUTE_MS) * MINUTE_MS)
        .map(({ type, value }) => [type, Number(value)]),
    );
    return Date.UTC(parts['year'], parts['month'] - 1, parts['day'], parts['hour'], parts['minute']);
  }
}

/** What is wrong with the name of a time zone; null = nothing. */
export function timeZoneProblem(timeZone: string): string | null {
  try {
    return new LocalTimes([], timeZone).next(0) === Infinity ? null : '';
  } catch (error) {
    return (error as Error).message;
  }
}

function minutesOf(time: string): number {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time);
  if (match === null) throw new RangeError(`"${time}" is no time of day such as 09:00`);
  return Number(match[1]) * 60 + Number(match[2]);
}
