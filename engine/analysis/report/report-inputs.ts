import { buildContext, type LiveInputs, NO_LIVE_INPUTS } from '../symbol/build-context.ts';
import type { Context } from '../symbol/context.ts';
import { type Output, outputOf } from '../symbol/output.ts';
import { ANCHOR, type SymbolAnalysis } from '../symbol/symbol-analysis.ts';
import type { ProfileSet } from '../symbol/symbol-profiles.ts';
import type { PublishedBias } from './bias.ts';
import type { ReportPattern, TimeframeQuality } from './deep-report.ts';

/** Everything a report is made of. */
export interface ReportInputs {
  readonly context: Context;
  readonly output: Output;
  readonly tick: number;
  readonly profiles: ProfileSet | null;
  readonly patterns: readonly ReportPattern[];
  readonly quality: readonly TimeframeQuality[];
  /** Bias of the report before; null = the first. */
  readonly previous: PublishedBias | null;
  /** Number of this report. */
  readonly version: number;
  /** It only refreshes the frame: it does not count among the reports that turn a bias. */
  readonly isBetween: boolean;
}

/** What is known of a symbol now, as inputs of a report. */
export function reportInputsOf(
  analysis: SymbolAnalysis,
  live: LiveInputs = NO_LIVE_INPUTS,
  previous: PublishedBias | null = null,
  version = 1,
  isBetween = false,
): ReportInputs {
  const profiles = analysis.profiles.read(analysis.of(ANCHOR));
  const context = buildContext(analysis, profiles, live);
  const timeframes = analysis.timeframes.toReversed();
  return {
    context,
    output: outputOf(context, analysis.tick),
    tick: analysis.tick,
    profiles,
    patterns: timeframes.flatMap(({ timeframe, patterns }) =>
      patterns.alive().map((pattern) => ({ tf: timeframe.name, ...pattern })),
    ),
    quality: timeframes.map(({ timeframe, metrics }) => ({
      tf: timeframe.name,
      bars: metrics.barCount,
      gaps: metrics.gapCount,
      late: metrics.lateCount,
      incomplete: metrics.incompleteCount,
    })),
    previous,
    version,
    isBetween,
  };
}
