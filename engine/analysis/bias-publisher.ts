import type { Instrument } from '../core/instrument.ts';
import { tickSizeText } from '../core/instrument.ts';
import type { ReportFrame } from './report/deep-report.ts';
import { BIAS_TIMEFRAMES, type BiasWriter } from './bias-frame.ts';

/** Moments on both clocks at once. */
export interface Moment {
  readonly nowNs: number;
  /** The venue's time, ms since the epoch. */
  readonly nowMs: number;
}

/**
 * Publishes a report's frame for the fast path, in ticks and engine time; a frame that has run out is not published.
 * @param scores of the warm timeframes, by slot
 */
export function publishFrame(
  writer: BiasWriter,
  instrument: Instrument,
  frame: ReportFrame,
  scores: readonly (number | null)[],
  { nowNs, nowMs }: Moment,
): boolean {
  const validUntilNs = nowNs + (frame.validUntil - nowMs) * 1e6;
  if (!(validUntilNs > nowNs)) {
    writer.withdraw(instrument.index);
    return false;
  }
  const tick = Number(tickSizeText(instrument));
  const ticks = (price: number | null): number => (price === null ? NaN : Math.round(price / tick));
  writer.publish(
    instrument.index,
    {
      value: frame.value,
      supportTicks: ticks(frame.support),
      resistanceTicks: ticks(frame.resistance),
      pocTicks: ticks(frame.poc),
      keyLevelTicks: ticks(frame.keyLevel),
      scores: BIAS_TIMEFRAMES.map((_, slot) => scores[slot] ?? NaN),
    },
    nowNs,
    validUntilNs,
  );
  return true;
}
