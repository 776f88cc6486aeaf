import type { PercentileCurve } from '../../engine/app/latency/latency-plot.ts';
import type { GcCount } from './gc-watch.ts';
import type { LatencyFigures } from './latency.ts';

/** What one rival did in one round. */
export interface RoundResult {
  /** In the comparison's unit. */
  readonly value: number;
  /** Of the work done: equal for all rivals, or the figures mean nothing. */
  readonly checksum: string;
  /** Operations done while garbage collections were counted. */
  readonly operations: number;
  readonly gc: GcCount;
  /** One entry per measured operation, where latency is what is measured. */
  readonly latenciesNs?: Float64Array;
  /** The same as a histogram in HDR V2 form, where another process has measured. */
  readonly latencyHdrV2?: string;
  /** Longest duty cycle of any actor, where actors are turned. */
  readonly longestCycleNs?: number;
  /** What this run was made with and the machine decided, e.g. which processors its threads had. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Someone who does the work. */
export interface Rival {
  readonly name: string;
  run(): Promise<RoundResult>;
}

/** A rival that could not take part, and why. */
export interface AbsentRival {
  readonly name: string;
  readonly reason: string;
}

/** What a rival did in all rounds. */
export interface RivalResult {
  readonly name: string;
  /** One value per round, in the order of the rounds. */
  readonly values: readonly number[];
  readonly checksum: string;
  readonly operations: number;
  readonly gc: GcCount;
  /** All rounds together. */
  readonly latency: LatencyFigures | null;
  /** Of all rounds. */
  readonly longestCycleNs?: number;
  /** Of the last round. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** The same work done by several rivals, interleaved in one run. The first rival is ours. */
export interface Comparison {
  readonly title: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  /** Warm-up, work per round, what the value is. */
  readonly method: string;
  readonly rivals: readonly RivalResult[];
  readonly absent: readonly AbsentRival[];
  /** All rivals are the engine in different ways: a baseline keeps the figure of each, not their ratios. */
  readonly isOwn?: true;
}

/** Everything one bench found. */
export interface BenchResult {
  readonly name: string;
  readonly summary: string;
  readonly comparisons: readonly Comparison[];
  /** Facts that belong to the figures, e.g. which recording was used. */
  readonly notes: readonly string[];
}

/** How a bench is to be run. */
export interface BenchOptions {
  /** Interleaved rounds of every comparison. */
  readonly runs: number;
  /** Small sizes: shows that the bench works and that the rivals agree, not how fast they are. */
  readonly isSmoke: boolean;
  /** Leaves the rivals out: for profiles. */
  readonly isOursOnly: boolean;
  /** Words that a comparison's title and a rival's name must have; empty = everything is run. */
  readonly only: readonly string[];
  /** Length of a bench that goes by minutes; its own default when absent. */
  readonly minutes?: number;
  /** Tells the person in front of the screen what is going on. */
  readonly progress: (text: string) => void;
}

/** A bench of the suite. */
export interface Bench {
  readonly name: string;
  readonly summary: string;
  run(options: BenchOptions): Promise<BenchResult>;
}

/** Whether every wanted word stands in the text, as whole words. */
export function hasWords(text: string, words: readonly string[]): boolean {
  const padded = ` ${text.toLowerCase().replaceAll(/[^a-z0-9.-]+/g, ' ')} `;
  return words.every((word) => padded.includes(` ${word} `));
}

/** The middle of the values; the mean of the two middle ones when their number is even. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A paired ratio: per round, then its median and range. */
export interface Ratio {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** How many times as fast the first rival is as another, round by round; above 1 means ours is faster. */
export function speedRatio(comparison: Comparison, rival: RivalResult): Ratio {
  const ours = comparison.rivals[0];
  const ratios = rival.values.map((value, round) =>
    comparison.better === 'higher' ? ours.values[round] / value : value / ours.values[round],
  );
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) };
}

/** Rivals whose checksum differs from the first one's: their work, or ours, is wrong. */
export function disagreeing(comparison: Comparison): readonly RivalResult[] {
  return comparison.rivals.filter(({ checksum }) => checksum !== comparison.rivals[0].checksum);
}

/** The latencies of all rivals as curves; empty when none were measured. */
export function latencyCurves({ rivals }: Comparison): PercentileCurve[] {
  return rivals.flatMap(({ name, latency }) =>
    latency === null || latency.curve.length === 0 ? [] : [{ name, points: latency.curve }],
  );
}
