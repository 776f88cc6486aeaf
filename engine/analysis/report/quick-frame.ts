import { freshnessOf } from '../../strategy/signals/freshness.ts';
import { requireTimeframe, TIMEFRAMES } from '../bars/timeframe.ts';
import { confluenceOf, type TimeframeScore } from '../confluence/confluence.ts';
import { STRONG_LEVEL } from '../confluence/trade-plan.ts';
import { type Level, strengthOf } from '../levels/level.ts';
import { isBehind, LEVELS_SHOWN, type LiveInputs } from '../symbol/build-context.ts';
import { ANCHOR, type SymbolAnalysis } from '../symbol/symbol-analysis.ts';
import { wireNumber } from '../symbol/wire-number.ts';
import { biasBetweenReports, biasValueOf, nextBias, type PublishedBias } from './bias.ts';
import type { ReportFrame } from './deep-report.ts';
import { type FrameLevels, frameFrom } from './frame.ts';
import { overallScoreOf, partValuesOf } from './overall-score.ts';

const PLAN = requireTimeframe('4h');

/** What the fast path is told after a close. */
export interface QuickFrame {
  /** null = no view. */
  readonly frame: ReportFrame | null;
  readonly bias: PublishedBias | null;
  /** Score of each warm timeframe by slot; null = it has none. */
  readonly scores: readonly (number | null)[];
}

/**
 * Frame and bias of the report that could be made now, without the report: everything is rounded where the report has it
 * rounded, so that both say the same.
 */
export function quickFrame(
  analysis: SymbolAnalysis,
  live: LiveInputs,
  previous: PublishedBias | null,
  version: number,
  isBetween: boolean,
): QuickFrame {
  const { finest } = analysis;
  const ts = live.nowMs ?? finest.metrics.closeTimeMs;
  const scores: (number | null)[] = TIMEFRAMES.map(() => null);
  const warm: TimeframeScore[] = [];
  let validUntil = Infinity;
  for (let place = analysis.timeframes.length - 1; place >= 0; place--) {
    const { metrics, timeframe } = analysis.timeframes[place];
    if (!metrics.isWarm || isBehind(metrics.closeTimeMs, timeframe, ts)) continue;
    const score = wireNumber(metrics.score) ?? 0;
    scores[timeframe.slot] = score;
    warm.push({ timeframe, score });
    if (timeframe.weight > 0) validUntil = Math.min(validUntil, metrics.closeTimeMs + timeframe.biasValidMs);
  }
  const profiles = analysis.profiles.read(analysis.of(ANCHOR));
  const freshness = live.orderFlow === null ? 0 : freshnessOf(live.orderFlow.ageMs);
  const orderFlow = live.orderFlow === null || freshness === 0 ? null : live.orderFlow.score * freshness;
  const { confluence, isWarming } = confluenceOf(warm, orderFlow, null);
  const plan = analysis.of(PLAN)?.metrics;
  const score = overallScoreOf(
    partValuesOf(
      isWarming ? null : wireNumber(confluence),
      profiles?.score ?? null,
      plan === undefined
        ? undefined
        : {
            trend: wireNumber(plan.trend),
            mom: wireNumber(plan.momentum),
            st: wireNumber(plan.structure),
          },
      wireNumber(orderFlow),
    ),
  );
  if (score === null) return { frame: null, bias: null, scores };
  const bias = (isBetween ? biasBetweenReports : nextBias)(previous, biasValueOf(score.overall));
  const { close } = finest.metrics;
  const price = live.lastPrice ?? (Number.isNaN(close) ? null : close);
  const value = wireNumber(bias.value) ?? 0;
  const poc = wireNumber(profiles?.area?.poc ?? null);
  const frame = frameFrom(value, price, levelsAt(analysis, price), poc, validUntil, version);
  return { frame, bias, scores };
}

/** The nearest level on each side of a price, and those behind it up to the first strong one: more a frame does not name. */
function levelsAt(analysis: SymbolAnalysis, price: number | null): FrameLevels | null {
  const levels = price === null ? null : analysis.levels();
  if (levels === null || price === null) return null;
  const side = (direction: 1 | -1): { p: number; k: number }[] =>
    levels.until(price, direction, LEVELS_SHOWN, isStrong).map(wireLevel);
  return { s: side(-1), r: side(1) };
}

function isStrong({ weight }: Level): boolean {
  return (wireNumber(strengthOf(weight)) ?? 0) >= STRONG_LEVEL;
}

function wireLevel({ price, weight }: Level): { p: number; k: number } {
  return { p: wireNumber(price) ?? 0, k: wireNumber(strengthOf(weight)) ?? 0 };
}
