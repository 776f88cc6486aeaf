import { clamp } from '../../core/clamp.ts';

/** |value| from which a bias against the published one turns it at once. */
const TURN_MIN = 25;

/** Strength of a bias: |value| of 60, of 20, or less. */
export type BiasClass = 'STRONG' | 'MODERATE' | 'NEUTRAL';

/** A bias as published, with what the next report must know. */
export interface PublishedBias {
  /** -100..100. */
  readonly value: number;
  /** Value of the report itself; differs from `value` while the old sign is held. */
  readonly raw: number;
  readonly isHeld: boolean;
}

/** Bias of an overall score: clamp(2 (overall - 50), -100, 100). */
export function biasValueOf(overall: number): number {
  return clamp(2 * (overall - 50), -100, 100);
}

export function biasClassOf(value: number): BiasClass {
  const size = Math.abs(value);
  return size >= 60 ? 'STRONG' : size >= 20 ? 'MODERATE' : 'NEUTRAL';
}

/**
 * The next published bias. Its sign changes only when the new value is at least 25 against it, or when two reports in a
 * row are against it; until then the published value stays. Pure.
 */
export function nextBias(previous: PublishedBias | null, raw: number): PublishedBias {
  const sign = Math.sign(previous?.value ?? 0);
  const isAgainst = sign !== 0 && Math.sign(raw) === -sign;
  const wasAgainst = previous !== null && Math.sign(previous.raw) === -sign;
  if (previous === null || !isAgainst || wasAgainst || Math.abs(raw) >= TURN_MIN)
    return { value: raw, raw, isHeld: false };
  return { value: previous.value, raw, isHeld: true };
}

/**
 * The bias between two reports: it follows the value, but what is against it by less than 25 waits for the reports. Pure.
 */
export function biasBetweenReports(previous: PublishedBias | null, raw: number): PublishedBias {
  if (previous === null) return nextBias(null, raw);
  const next = nextBias({ ...previous, raw: previous.value }, raw);
  const isTurned = Math.sign(next.value) === -Math.sign(previous.value);
  return { ...next, raw: isTurned ? raw : previous.raw };
}
