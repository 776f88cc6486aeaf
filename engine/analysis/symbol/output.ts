import { createHash } from 'node:crypto';
import type { TimeframeName } from '../bars/timeframe.ts';
import { TIMEFRAMES } from '../bars/timeframe.ts';
import { confluenceOf } from '../confluence/confluence.ts';
import { freshnessOf } from '../../strategy/signals/freshness.ts';
import { planPricesOf, tradePlanOf } from '../confluence/trade-plan.ts';
import type { Context, ContextLevel } from './context.ts';
import { wireNumber } from './wire-number.ts';

/** Below these nothing is traded. */
const CONF_MIN = 40;
const CONFLUENCE_MIN = 20;
const REWARD_RISK_MIN = 1;
const ANCHOR_NAME: TimeframeName = '1h';

/** Why there is no trade, in the order they are listed. */
export type HoldReason = 'warming' | 'confA' | 'confluence' | 'reward' | 'no plan';

/** What the timeframes together say of a symbol, version 1, as it goes over the wire. */
export interface Output {
  readonly v: 1;
  readonly s: string;
  readonly ts: number;
  readonly side: -1 | 0 | 1;
  /** Score of each warm timeframe. */
  readonly structure: Readonly<Partial<Record<TimeframeName, number>>>;
  readonly confluence: number | null;
  readonly agreement: number | null;
  /** Order-flow score times its freshness; null = absent. */
  readonly orderFlow: number | null;
  /** Confidence, 0..100. */
  readonly confA: number;
  /** True = no trade. */
  readonly hold: boolean;
  /** Target and stop, in ATR of `anchorTf`. */
  readonly tp: number | null;
  readonly sl: number | null;
  readonly anchorTf: TimeframeName;
  /** Prices on the tick grid, rounded away from profit. */
  readonly entry: number | null;
  readonly stop: number | null;
  readonly target: number | null;
  readonly reasons: readonly HoldReason[];
  readonly source: 'engine' | 'merged';
  /** The first 16 hexadecimal digits of the SHA-256 of the context's JSON. */
  readonly inputs: string;
}

/** The output of a context: the same context and tick give the same output, byte for byte. */
export function outputOf(context: Context, tick: number): Output {
  const scores = TIMEFRAMES.flatMap((timeframe) => {
    const one = context.tf[timeframe.name];
    return one?.warm === true && one.S !== null ? [{ timeframe, score: one.S }] : [];
  });
  const weight = context.of === null ? 0 : freshnessOf(context.of.ageMs);
  const orderFlow = context.of === null || weight === 0 ? null : context.of.score * weight;
  const anchor = context.tf[ANCHOR_NAME];
  const view = confluenceOf(scores, orderFlow, anchor?.zV ?? null);
  const atr = anchor?.atr ?? null;
  const hasPlan = view.side !== 0 && atr !== null && atr > 0 && context.p !== null;
  const plan = hasPlan
    ? tradePlanOf(view.side, view.agreement ?? 0, planLevels(context), context.p, atr)
    : null;
  const prices = hasPlan && plan !== null ? planPricesOf(view.side, plan, context.p, atr, tick) : null;
  const reasons: HoldReason[] = [];
  if (view.isWarming) reasons.push('warming');
  if (view.confA < CONF_MIN) reasons.push('confA');
  if (Math.abs(view.confluence ?? 0) < CONFLUENCE_MIN) reasons.push('confluence');
  if (plan === null) reasons.push('no plan');
  else if (plan.tp / plan.sl < REWARD_RISK_MIN) reasons.push('reward');
  return {
    v: 1,
    s: context.s,
    ts: context.ts,
    side: view.side,
    structure: Object.fromEntries(scores.map(({ timeframe, score }) => [timeframe.name, score])),
    confluence: wireNumber(view.confluence),
    agreement: wireNumber(view.agreement),
    orderFlow: wireNumber(orderFlow),
    confA: view.confA,
    hold: reasons.length > 0,
    tp: wireNumber(plan?.tp ?? null),
    sl: wireNumber(plan?.sl ?? null),
    anchorTf: ANCHOR_NAME,
    entry: prices?.entry ?? null,
    stop: prices?.stop ?? null,
    target: prices?.target ?? null,
    reasons,
    source: 'engine',
    inputs: createHash('sha256').update(JSON.stringify(context)).digest('hex').slice(0, 16),
  };
}

function planLevels({ sr }: Context): {
  support: { price: number; strength: number }[];
  resistance: { price: number; strength: number }[];
} {
  const side = (levels: readonly ContextLevel[]): { price: number; strength: number }[] =>
    levels.map(({ p, k }) => ({ price: p, strength: k }));
  return { support: side(sr?.s ?? []), resistance: side(sr?.r ?? []) };
}
