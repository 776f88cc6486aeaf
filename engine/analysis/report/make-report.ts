import { requireTimeframe, type Timeframe, TIMEFRAMES } from '../bars/timeframe.ts';
import { onGrid } from '../confluence/trade-plan.ts';
import type { VolumeProfile } from '../profile/volume-profile.ts';
import type { Context, ContextTimeframe } from '../symbol/context.ts';
import { wireNumber } from '../symbol/wire-number.ts';
import { biasBetweenReports, biasClassOf, biasValueOf, nextBias, type PublishedBias } from './bias.ts';
import type {
  DeepReport,
  ReportFrame,
  ReportHeadline,
  ReportOrderFlow,
  ReportPart,
  ReportProfile,
  ReportScenario,
} from './deep-report.ts';
import { frameFrom } from './frame.ts';
import { type OverallPart, overallScoreOf, partValuesOf } from './overall-score.ts';
import type { ReportInputs } from './report-inputs.ts';
import { risksOf } from './risks.ts';
import { scenarioOf } from './scenario.ts';

/** Timeframe of the technical part and of the plans. */
const PLAN: Timeframe = requireTimeframe('4h');
/** Rows a condensed profile has at most. */
const PROFILE_ROWS_MAX = 48;

/** A report and the bias that the next one must know; null = there was none. */
export interface MadeReport {
  readonly report: DeepReport;
  readonly bias: PublishedBias | null;
}

/** Makes the report of some inputs. Pure: the same inputs give the same report, byte for byte. */
export function makeReport(inputs: ReportInputs): MadeReport {
  const { context, output, profiles } = inputs;
  const parts = partsOf(inputs);
  const values = Object.fromEntries(parts.map(({ name, value }) => [name, value])) as Record<
    OverallPart,
    number | null
  >;
  const score = overallScoreOf(values);
  const follow = inputs.isBetween ? biasBetweenReports : nextBias;
  const bias = score === null ? null : follow(inputs.previous, biasValueOf(score.overall));
  const value = wireNumber(bias?.value ?? null);
  const levels = { support: context.sr?.s ?? [], resistance: context.sr?.r ?? [] };
  const side = Math.sign(value ?? 0) as -1 | 0 | 1;
  const warmWeight = weightOf(({ warm }) => warm, context);
  const headline: ReportHeadline = {
    overall: wireNumber(score?.overall ?? null),
    bias: value,
    class: value === null ? null : biasClassOf(value),
    side,
    isHeld: bias?.isHeld ?? false,
    agreement: output.agreement,
    warmShare: wireNumber(warmWeight) ?? 0,
  };
  const scenario = side === 0 ? null : reportScenario(side, inputs);
  return {
    bias,
    report: {
      schema: 'shrike.report/1',
      symbol: context.s,
      ts: context.ts,
      price: context.p,
      tick: inputs.tick,
      headline,
      parts: parts.map((part) => ({ ...part, share: wireNumber(score?.shares[part.name] ?? 0) ?? 0 })),
      timeframes: context.tf,
      levels,
      profiles: {
        session: condensed(profiles?.session() ?? null),
        day: condensed(profiles?.day() ?? null),
        long: condensed(profiles?.long() ?? null),
      },
      patterns: inputs.patterns,
      orderFlow: orderFlowOf(context),
      scenario,
      alternative: side === 0 ? null : reportScenario(side > 0 ? -1 : 1, inputs),
      risks: risksOf(headline, inputs),
      quality: inputs.quality,
      output,
      frame: value === null ? null : frameOf(value, inputs),
      absent: context.reasons,
    },
  };
}

/** The parts in the order of their weight; shares are set later. */
function partsOf({ context, output, profiles }: ReportInputs): ReportPart[] {
  const { confluence, agreement, orderFlow, reasons } = output;
  const plan = context.tf[PLAN.name];
  const values = partValuesOf(
    reasons.includes('warming') ? null : confluence,
    profiles?.score ?? null,
    plan,
    orderFlow,
  );
  const part = (name: OverallPart, inputs: ReportPart['inputs']): ReportPart => ({
    name,
    value: values[name],
    share: 0,
    inputs,
  });
  return [
    part('multiTimeframe', { confluence, agreement }),
    part('volumeProfile', {
      price: context.p,
      poc: context.vp?.poc ?? null,
      vah: context.vp?.vah ?? null,
      val: context.vp?.val ?? null,
      previousPoc: wireNumber(profiles?.previousPoc ?? null),
    }),
    part('technical', {
      trend: plan?.trend ?? null,
      momentum: plan?.mom ?? null,
      structure: plan?.st ?? null,
    }),
    part('orderFlow', { orderFlow }),
  ];
}

/** Share of the timeframes' weight for which `isOne` holds. */
function weightOf(isOne: (one: ContextTimeframe) => boolean, { tf }: Context): number {
  let share = 0;
  let all = 0;
  for (const { name, weight } of TIMEFRAMES) {
    const one = tf[name];
    all += weight;
    if (one !== undefined && isOne(one)) share += weight;
  }
  return share / all;
}

function orderFlowOf({ tf, of }: Context): ReportOrderFlow {
  const flow = Object.fromEntries(
    Object.entries(tf).flatMap(([name, one]) => (one.flow === null ? [] : [[name, one.flow]])),
  );
  const note = of === null ? 'informational: no live order book' : 'live';
  return { live: of, flow, note };
}

function reportScenario(side: -1 | 1, { context, tick }: ReportInputs): ReportScenario | null {
  const atr = context.tf[PLAN.name]?.atr ?? null;
  if (atr === null || atr === 0 || context.p === null) return null;
  const plan = scenarioOf(side, context.p, atr, {
    support: (context.sr?.s ?? []).map(({ p }) => p),
    resistance: (context.sr?.r ?? []).map(({ p }) => p),
  });
  return {
    side,
    zone: { low: onGrid(plan.zone.low, tick, 1), high: onGrid(plan.zone.high, tick, -1) },
    level: plan.level,
    stop: onGrid(plan.stop, tick, -side),
    targets: [onGrid(plan.targets[0], tick, -side), onGrid(plan.targets[1], tick, -side)],
    invalidation: onGrid(plan.invalidation, tick, -side),
    rewardRisk: wireNumber(plan.rewardRisk) ?? 0,
    horizonMs: plan.horizonBars * PLAN.lengthMs,
  };
}

/** The profile with neighbouring bins added up until it fits a page. */
function condensed(profile: VolumeProfile | null): ReportProfile | null {
  if (profile === null) return null;
  const { volumes, binSize, low } = profile;
  const perRow = Math.ceil(volumes.length / PROFILE_ROWS_MAX);
  const rows = new Float64Array(Math.ceil(volumes.length / perRow));
  for (const [bin, volume] of volumes.entries()) rows[Math.floor(bin / perRow)] += volume;
  const wire = (value: number): number => wireNumber(value) ?? 0;
  return {
    poc: wire(profile.poc),
    vah: wire(profile.vah),
    val: wire(profile.val),
    highNodes: profile.highNodes.map(wire),
    lowNodes: profile.lowNodes.map(wire),
    totalVolume: wire(profile.totalVolume),
    low: wire(low),
    rowSize: wire(perRow * binSize),
    rows: Array.from(rows, wire),
  };
}

function frameOf(value: number, { context, version }: ReportInputs): ReportFrame {
  const { sr, p: price, tf, vp } = context;
  const ends = TIMEFRAMES.flatMap(({ name, weight, biasValidMs }) => {
    const one = tf[name];
    return one?.warm === true && weight > 0 && one.t !== null ? [one.t + biasValidMs] : [];
  });
  return frameFrom(value, price, sr, vp?.poc ?? null, Math.min(...ends), version);
}
