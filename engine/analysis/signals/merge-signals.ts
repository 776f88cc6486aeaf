import type { Signal } from './signal.ts';

/** A direction wins when it is so much stronger than the other. */
const WIN_RATIO = 1.25;
/** Stops farther from the entry, in ATR of the entry's timeframe, are not taken over. */
const STOP_ATR_MAX = 2;
/** The target is at most so many stop distances away. */
const REWARD_MAX = 4;
const CONFIDENCE_MAX = 0.95;

/** What the signals of a symbol's timeframes say together. */
export interface MergedSignal {
  /** 0 = conflict: kept and shown, not traded. */
  readonly direction: 1 | -1 | 0;
  /** Sum of weight times confidence of each side. */
  readonly upStrength: number;
  readonly downStrength: number;
  /** NaN in a conflict. */
  readonly entry: number;
  readonly stop: number;
  readonly target: number;
  /** 0..0.95; 0 in a conflict. */
  readonly confidence: number;
  /** Those of the winning side; all of them in a conflict. */
  readonly signals: readonly Signal[];
}

/**
 * Merges the living signals of one symbol over its timeframes: entry of the shortest timeframe, the farthest stop within
 * 2 ATR of it, target of the longest timeframe, at most 4 times the stop away. null when no timeframe with a weight has
 * a signal. Pure.
 */
export function mergeSignals(signals: readonly Signal[]): MergedSignal | null {
  const upStrength = strengthOf(signals, 1);
  const downStrength = strengthOf(signals, -1);
  if (upStrength + downStrength === 0) return null;
  const direction =
    upStrength > WIN_RATIO * downStrength ? 1 : downStrength > WIN_RATIO * upStrength ? -1 : 0;
  if (direction === 0) {
    const none = { entry: NaN, stop: NaN, target: NaN, confidence: 0 };
    return { direction, upStrength, downStrength, ...none, signals };
  }
  const winners = signals.filter((signal) => signal.direction === direction && signal.timeframe.weight > 0);
  const byTimeframe = winners.toSorted((a, b) => a.timeframe.slot - b.timeframe.slot || b.timeMs - a.timeMs);
  const [{ entry, atr }] = byTimeframe;
  const risk = (signal: Signal): number => direction * (entry - signal.stop);
  const usable = winners.filter((signal) => risk(signal) > 0 && risk(signal) <= STOP_ATR_MAX * atr);
  const widest = usable.reduce((farther, one) => (risk(one) > risk(farther) ? one : farther), byTimeframe[0]);
  const { stop } = widest;
  const longest = byTimeframe.findLast(({ target }) => direction * (target - entry) > 0) ?? byTimeframe[0];
  const reward = Math.min(direction * (longest.target - entry), REWARD_MAX * risk(widest));
  const target = entry + direction * reward;
  const heaviest = Math.max(...winners.map(({ timeframe }) => timeframe.weight));
  const doubt = winners.reduce(
    (product, { timeframe, confidence }) => product * (1 - (timeframe.weight / heaviest) * confidence.final),
    1,
  );
  const confidence = Math.min(CONFIDENCE_MAX, 1 - doubt);
  return { direction, upStrength, downStrength, entry, stop, target, confidence, signals: winners };
}

function strengthOf(signals: readonly Signal[], direction: 1 | -1): number {
  let strength = 0;
  for (const signal of signals)
    if (signal.direction === direction) strength += signal.timeframe.weight * signal.confidence.final;
  return strength;
}
