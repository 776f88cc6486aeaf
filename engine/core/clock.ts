/**
 * Time as the engine sees it. One zero for the whole process: monotonic nanoseconds since engine start as a
 * Number (exact for 104 days). The only file that reads the machine's clocks.
 */

/** A source of `monoNs`. Each thread owns its instance. */
export interface Clock {
  /** Nanoseconds since engine start, never going back. */
  nowNs(): number;
  /** Writes `nowNs()` to `into[at]`: as the result of a call that is not inlined it would be a new object. */
  stamp(into: Float64Array, at: number): void;
  /** Wall-clock microseconds since the Unix epoch, for records people read. */
  epochUs(): number;
}

/** What every thread of a process needs to agree on time; plain data, passed to workers at start. */
export interface ClockOrigin {
  /** `process.hrtime` (CLOCK_MONOTONIC) nanoseconds at engine start, as decimal text: beyond 2^53 on long uptimes. */
  readonly hrtimeNs: string;
  /** Wall clock at engine start, microseconds since the epoch. */
  readonly epochUs: number;
}

const CALIBRATION_ROUNDS = 32;

/** Fixes the process's zero. Main thread, once. */
export function createClockOrigin(): ClockOrigin {
  return { hrtimeNs: process.hrtime.bigint().toString(), epochUs: Math.round(Date.now() * 1000) };
}

/**
 * The machine's clock, calibrated for the calling thread: `performance.now()` has a zero of its own in every
 * worker, CLOCK_MONOTONIC does not, so the tightest of several paired readings fixes the difference.
 */
export class SystemClock implements Clock {
  private readonly offsetNs: number;
  private readonly originEpochUs: number;

  constructor(origin: ClockOrigin) {
    const originNs = BigInt(origin.hrtimeNs);
    let tightestNs = Infinity;
    let offsetNs = 0;
    for (let round = 0; round < CALIBRATION_ROUNDS; round++) {
      const before = process.hrtime.bigint();
      const nowMs = performance.now();
      const after = process.hrtime.bigint();
      const widthNs = Number(after - before);
      if (widthNs >= tightestNs) continue;
      tightestNs = widthNs;
      offsetNs = Number((before + after) / 2n - originNs) - nowMs * 1e6;
    }
    this.offsetNs = offsetNs;
    this.originEpochUs = origin.epochUs;
  }

  nowNs(): number {
    return performance.now() * 1e6 + this.offsetNs;
  }

  stamp(into: Float64Array, at: number): void {
    into[at] = performance.now() * 1e6 + this.offsetNs;
  }

  /** monoNs of a `performance.now()` of this thread: performance entries name their times by it. */
  atPerformanceMs(nowMs: number): number {
    return nowMs * 1e6 + this.offsetNs;
  }

  epochUs(): number {
    return this.originEpochUs + this.nowNs() / 1000;
  }
}

/** A clock that moves only when told: tests, replay, backtest. Never goes back. */
export class SimulatedClock implements Clock {
  private currentNs: number;
  private readonly originEpochUs: number;

  /** @param originEpochUs what the wall clock says at monoNs 0 */
  constructor(originEpochUs: number) {
    this.currentNs = 0;
    this.originEpochUs = originEpochUs;
  }

  nowNs(): number {
    return this.currentNs;
  }

  stamp(into: Float64Array, at: number): void {
    into[at] = this.currentNs;
  }

  epochUs(): number {
    return this.originEpochUs + this.currentNs / 1000;
  }

  /** Moves to `nowNs`; a moment in the past is ignored (recordings do go back). */
  advanceTo(nowNs: number): void {
    if (nowNs > this.currentNs) this.currentNs = nowNs;
  }
}
