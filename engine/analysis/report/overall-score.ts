import type { ContextTimeframe } from '../symbol/context.ts';
import { wireNumber } from '../symbol/wire-number.ts';

/** The four views of a symbol, each 0..100 with 50 = no view; null = absent. */
export interface OverallParts {
  readonly multiTimeframe: number | null;
  readonly volumeProfile: number | null;
  readonly technical: number | null;
  readonly orderFlow: number | null;
}

export type OverallPart = keyof OverallParts;

/** Share of each part when all are there. */
export const OVERALL_WEIGHTS: Readonly<Record<OverallPart, number>> = {
  multiTimeframe: 0.4,
  volumeProfile: 0.35,
  technical: 0.2,
  orderFlow: 0.05,
};

/** The overall score and the share each part has in it. */
export interface OverallScore {
  readonly overall: number;
  readonly shares: Readonly<Record<OverallPart, number>>;
}

/** The weighted score, 0..100; absent parts leave their weight to the others in proportion. Null without the first part. */
export function overallScoreOf(parts: OverallParts): OverallScore | null {
  if (parts.multiTimeframe === null) return null;
  const shares = { multiTimeframe: 0, volumeProfile: 0, technical: 0, orderFlow: 0 };
  let weight = 0;
  let sum = 0;
  for (const part of Object.keys(OVERALL_WEIGHTS) as OverallPart[]) {
    const value = parts[part];
    if (value === null) continue;
    shares[part] = OVERALL_WEIGHTS[part];
    weight += OVERALL_WEIGHTS[part];
    sum += OVERALL_WEIGHTS[part] * value;
  }
  for (const part of Object.keys(shares) as OverallPart[]) shares[part] /= weight;
  return { overall: sum / weight, shares };
}

/**
 * The technical part: 50 + (0.5 trend + 0.3 momentum + 0.2 structure) / 2 of a timeframe, 0..100. A missing momentum or
 * structure leaves its weight to the others; null without a trend.
 */
export function technicalOf(one: Pick<ContextTimeframe, 'trend' | 'mom' | 'st'> | undefined): number | null {
  if (one === undefined || one.trend === null) return null;
  let weight = 0.5;
  let sum = 0.5 * one.trend;
  if (one.mom !== null) {
    weight += 0.3;
    sum += 0.3 * one.mom;
  }
  if (one.st !== null) {
    weight += 0.2;
    sum += 0.2 * one.st;
  }
  return 50 + sum / weight / 2;
}

/**
 * The parts as they count: rounded like everything that goes over the wire.
 * @param confluence of the timeframes; null = too few of them are warm
 * @param plan the timeframe of the technical part
 */
export function partValuesOf(
  confluence: number | null,
  profileScore: number | null,
  plan: Pick<ContextTimeframe, 'trend' | 'mom' | 'st'> | undefined,
  orderFlow: number | null,
): OverallParts {
  return {
    multiTimeframe: wireNumber(confluence === null ? null : 50 + confluence / 2),
    volumeProfile: wireNumber(profileScore),
    technical: wireNumber(technicalOf(plan)),
    orderFlow: wireNumber(orderFlow === null ? null : 50 + orderFlow / 2),
  };
}
