import type { TimeframeName } from '../bars/timeframe.ts';
import type { StructureClass } from '../metrics/structure.ts';

/**
 * What is known of a symbol at a moment, version 1, as it goes over the wire. Numbers have 6 significant digits, prices
 * `p` of the last trade are exact, times are ms UTC. null = absent; `reasons` says why, by the path of the value.
 */
export interface Context {
  readonly v: 1;
  /** Symbol. */
  readonly s: string;
  readonly ts: number;
  /** Last price. */
  readonly p: number | null;
  readonly tf: Readonly<Partial<Record<TimeframeName, ContextTimeframe>>>;
  /** At most 5 supports and resistances, nearest first. */
  readonly sr: { readonly s: readonly ContextLevel[]; readonly r: readonly ContextLevel[] } | null;
  readonly lq: ContextLiquidity | null;
  readonly of: ContextOrderFlow | null;
  /** Volume profile of the last 24 hours. */
  readonly vp: { readonly poc: number; readonly vah: number; readonly val: number } | null;
  readonly bias: { readonly value: number; readonly class: string; readonly validUntil: number } | null;
  /** Timeframes with a score. */
  readonly warm: number;
  readonly reasons: Readonly<Record<string, string>>;
}

/** Metrics of one timeframe at its last close. */
export interface ContextTimeframe {
  /** Close time. */
  readonly t: number | null;
  readonly zP: number | null;
  readonly zV: number | null;
  /** Bollinger %b. */
  readonly bb: number | null;
  /** Percentile of the bandwidth. */
  readonly bw: number | null;
  readonly atr: number | null;
  readonly atrPct: number | null;
  readonly rsi: number | null;
  /** MACD histogram. */
  readonly macd: number | null;
  readonly trend: number | null;
  readonly mom: number | null;
  readonly pos: number | null;
  /** Structure. */
  readonly st: number | null;
  readonly stClass: StructureClass | null;
  readonly flow: number | null;
  /** Score. */
  readonly S: number | null;
  readonly warm: boolean;
}

export interface ContextLevel {
  readonly p: number;
  /** Strength, 0..100. */
  readonly k: number;
  /** Pivots and touches. */
  readonly n: number;
  readonly tf: TimeframeName;
}

/** Notional in quote units. */
interface ContextDepth {
  readonly b: number;
  readonly a: number;
}

export interface ContextLiquidity {
  readonly spreadBps: number;
  readonly d10: ContextDepth;
  readonly d25: ContextDepth;
  readonly d50: ContextDepth;
  readonly imb: number | null;
  readonly ageMs: number;
}

export interface ContextOrderFlow {
  readonly score: number;
  readonly class: string;
  readonly ageMs: number;
  /** Cumulative delta since the UTC day, base units. */
  readonly cvd: number | null;
}
