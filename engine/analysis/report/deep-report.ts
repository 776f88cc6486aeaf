import type { TimeframeName } from '../bars/timeframe.ts';
import type { Context, ContextLevel, ContextOrderFlow } from '../symbol/context.ts';
import type { Output } from '../symbol/output.ts';
import type { BiasClass } from './bias.ts';
import type { OverallPart } from './overall-score.ts';

/**
 * The deep report of a symbol, `shrike.report/1`, as it goes over the wire: numbers have 6 significant digits, prices of
 * plans lie on the tick grid, null = absent and `absent` says why.
 */
export interface DeepReport {
  readonly schema: 'shrike.report/1';
  readonly symbol: string;
  readonly ts: number;
  readonly price: number | null;
  /** Price step, for those who show prices. */
  readonly tick: number;
  readonly headline: ReportHeadline;
  /** In the order of their weight. */
  readonly parts: readonly ReportPart[];
  readonly timeframes: Context['tf'];
  readonly levels: {
    readonly support: readonly ContextLevel[];
    readonly resistance: readonly ContextLevel[];
  };
  readonly profiles: {
    readonly session: ReportProfile | null;
    readonly day: ReportProfile | null;
    readonly long: ReportProfile | null;
  };
  readonly patterns: readonly ReportPattern[];
  readonly orderFlow: ReportOrderFlow;
  /** The plan of the bias, and the one of the other side; null without a bias or the plan's timeframe. */
  readonly scenario: ReportScenario | null;
  readonly alternative: ReportScenario | null;
  readonly risks: readonly string[];
  readonly quality: readonly TimeframeQuality[];
  /** What the trading rules say at this moment. */
  readonly output: Output;
  /** For the fast path; null without a bias. */
  readonly frame: ReportFrame | null;
  readonly absent: Readonly<Record<string, string>>;
}

export interface ReportHeadline {
  /** 0..100, 50 = no view. */
  readonly overall: number | null;
  /** -100..100, with hysteresis. */
  readonly bias: number | null;
  readonly class: BiasClass | null;
  readonly side: -1 | 0 | 1;
  /** The sign of the previous bias was held for this report. */
  readonly isHeld: boolean;
  /** Net share of the timeframes' weight on one side, and share of the weight that has a view, 0..1. */
  readonly agreement: number | null;
  readonly warmShare: number;
}

export interface ReportPart {
  readonly name: OverallPart;
  /** 0..100. */
  readonly value: number | null;
  /** Its share in the overall score, 0..1. */
  readonly share: number;
  readonly inputs: Readonly<Record<string, number | null>>;
}

/** A volume profile, condensed to what a page can show. */
export interface ReportProfile {
  readonly poc: number;
  readonly vah: number;
  readonly val: number;
  readonly highNodes: readonly number[];
  readonly lowNodes: readonly number[];
  readonly totalVolume: number;
  /** Lower edge of the first row and height of each. */
  readonly low: number;
  readonly rowSize: number;
  /** Volume per row, lowest price first. */
  readonly rows: readonly number[];
}

export interface ReportPattern {
  readonly tf: TimeframeName;
  readonly name: string;
  /** 0 = indecision. */
  readonly direction: -1 | 0 | 1;
  /** As the rule gives it: 100, or TA-Lib's degrees. */
  readonly strength: number;
  /** Closes since then, 0 = the newest bar. */
  readonly barsAgo: number;
}

export interface ReportOrderFlow {
  readonly live: ContextOrderFlow | null;
  /** Flow of each timeframe's bars, where sides are known. */
  readonly flow: Readonly<Partial<Record<TimeframeName, number>>>;
  readonly note: string;
}

export interface ReportScenario {
  readonly side: -1 | 1;
  readonly zone: { readonly low: number; readonly high: number };
  readonly level: number | null;
  readonly stop: number;
  readonly targets: readonly [number, number];
  readonly invalidation: number;
  readonly rewardRisk: number;
  readonly horizonMs: number;
}

export interface TimeframeQuality {
  readonly tf: TimeframeName;
  /** Since the last gap. */
  readonly bars: number;
  readonly gaps: number;
  /** Refused because a newer one had been taken. */
  readonly late: number;
  readonly incomplete: number;
}

/** What the fast path trades under. */
export interface ReportFrame {
  readonly value: number;
  readonly class: BiasClass;
  readonly support: number | null;
  readonly resistance: number | null;
  readonly poc: number | null;
  /** The nearest level of strength 60 or more. */
  readonly keyLevel: number | null;
  readonly validUntil: number;
  readonly version: number;
}
