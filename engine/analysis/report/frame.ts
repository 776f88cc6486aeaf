import { STRONG_LEVEL } from '../confluence/trade-plan.ts';
import type { ContextLevel } from '../symbol/context.ts';
import { biasClassOf } from './bias.ts';
import type { ReportFrame } from './deep-report.ts';

/** Price and strength of levels on both sides, nearest first, as they go over the wire. */
export interface FrameLevels {
  readonly s: readonly Pick<ContextLevel, 'p' | 'k'>[];
  readonly r: readonly Pick<ContextLevel, 'p' | 'k'>[];
}

/** The frame of a bias. Pure. */
export function frameFrom(
  value: number,
  price: number | null,
  levels: FrameLevels | null,
  poc: number | null,
  validUntil: number,
  version: number,
): ReportFrame {
  let keyLevel: number | null = null;
  let nearest = Infinity;
  for (const side of [levels?.s ?? [], levels?.r ?? []]) {
    for (const { p, k } of side) {
      const away = Math.abs(p - (price ?? 0));
      if (k < STRONG_LEVEL || away >= nearest) continue;
      keyLevel = p;
      nearest = away;
    }
  }
  return {
    value,
    class: biasClassOf(value),
    support: levels?.s.at(0)?.p ?? null,
    resistance: levels?.r.at(0)?.p ?? null,
    poc,
    keyLevel,
    validUntil,
    version,
  };
}
