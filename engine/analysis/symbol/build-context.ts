import type { Timeframe, TimeframeName } from '../bars/timeframe.ts';
import { strengthOf, type Level } from '../levels/level.ts';
import type { SymbolLevels } from '../levels/symbol-levels.ts';
import type { Liquidity } from '../metrics/liquidity.ts';
import { structureClassOf } from '../metrics/structure.ts';
import { BARS_NEEDED, warmingReason } from '../metrics/warm-up.ts';
import type {
  Context,
  ContextLevel,
  ContextLiquidity,
  ContextOrderFlow,
  ContextTimeframe,
} from './context.ts';
import { ANCHOR, type SymbolAnalysis } from './symbol-analysis.ts';
import type { ProfileSet } from './symbol-profiles.ts';
import type { TimeframeAnalysis } from './timeframe-analysis.ts';
import { wireNumber } from './wire-number.ts';

/** Levels shown on each side of the price. */
export const LEVELS_SHOWN = 5;
/** A bar may be so late before its timeframe counts as behind. */
const LATE_MS = 2_000;

/** Whether a bar should have closed since. */
export function isBehind(closeTimeMs: number, { lengthMs }: Timeframe, nowMs: number): boolean {
  return nowMs - closeTimeMs > lengthMs + LATE_MS;
}

/** What only a live market has; absent parts are null. */
export interface LiveInputs {
  /** ms since the epoch; null = the last close of the shortest timeframe. */
  readonly nowMs: number | null;
  readonly lastPrice: number | null;
  readonly liquidity: Liquidity | null;
  readonly orderFlow: ContextOrderFlow | null;
  readonly bias: Context['bias'];
}

/** Inputs of a market of which only candles are known. */
export const NO_LIVE_INPUTS: LiveInputs = {
  nowMs: null,
  lastPrice: null,
  liquidity: null,
  orderFlow: null,
  bias: null,
};

/** The context of a symbol. `profiles` as read at the same moment; null = none. */
export function buildContext(
  analysis: SymbolAnalysis,
  profiles: ProfileSet | null,
  live: LiveInputs = NO_LIVE_INPUTS,
): Context {
  const reasons: Record<string, string> = {};
  const ts = live.nowMs ?? analysis.finest.metrics.closeTimeMs;
  const tf: Partial<Record<TimeframeName, ContextTimeframe>> = {};
  let warm = 0;
  for (const one of analysis.timeframes.toReversed()) {
    tf[one.timeframe.name] = timeframeOf(one, ts, reasons);
    if (tf[one.timeframe.name]?.warm === true && one.timeframe.weight > 0) warm++;
  }
  const close = analysis.finest.metrics.close;
  const price = live.lastPrice ?? (Number.isNaN(close) ? null : close);
  const levels = analysis.levels();
  const area = profiles?.area ?? null;
  if (price === null) reasons['p'] = 'no bars';
  if (levels === null)
    reasons['sr'] = warmingReason(
      Math.max(...analysis.timeframes.map(({ bars }) => bars.count)),
      BARS_NEEDED.levels,
    );
  if (live.liquidity === null) reasons['lq'] = 'no live book';
  if (live.orderFlow === null) reasons['of'] = 'no live book';
  if (area === null)
    reasons['vp'] = profiles === null ? `no warm ${ANCHOR.name} bars` : 'less than 24 h without a gap';
  if (live.bias === null) reasons['bias'] = 'none given';
  return {
    v: 1,
    s: analysis.symbol,
    ts,
    p: price,
    tf,
    sr: levels === null || price === null ? null : wireLevels(levels, price),
    lq: live.liquidity === null ? null : wireLiquidity(live.liquidity),
    of: live.orderFlow,
    vp: area === null ? null : { poc: wire(area.poc), vah: wire(area.vah), val: wire(area.val) },
    bias: live.bias,
    warm,
    reasons,
  };
}

const wire = (value: number): number => wireNumber(value) ?? 0;

/** Metrics of a timeframe with the reason of each that is absent. */
function timeframeOf(
  { metrics, timeframe }: TimeframeAnalysis,
  ts: number,
  reasons: Record<string, string>,
): ContextTimeframe {
  const { name } = timeframe;
  const have = metrics.barCount;
  const read = (key: string, value: number, need: number, else_ = 'gap'): number | null => {
    if (Number.isNaN(value)) reasons[`tf.${name}.${key}`] = have < need ? warmingReason(have, need) : else_;
    return wireNumber(value);
  };
  const isLate = isBehind(metrics.closeTimeMs, timeframe, ts);
  if (isLate) reasons[`tf.${name}.warm`] = 'gap: the last bar is not the newest there can be';
  const structure = read('st', metrics.structure, BARS_NEEDED.structure, 'fewer than two pivots of a kind');
  const trend = read('trend', metrics.trend, BARS_NEEDED.trend);
  return {
    t: Number.isNaN(metrics.closeTimeMs) ? null : metrics.closeTimeMs,
    zP: read('zP', metrics.zPrice, BARS_NEEDED.zScore),
    zV: read('zV', metrics.zVolume, BARS_NEEDED.zScore),
    bb: read('bb', metrics.percentB, BARS_NEEDED.percentB),
    bw: read('bw', metrics.bandwidthPct, BARS_NEEDED.bandwidthPct),
    atr: read('atr', metrics.atr.value, BARS_NEEDED.atr),
    atrPct: read('atrPct', metrics.atrPct, BARS_NEEDED.atr),
    rsi: read('rsi', metrics.rsi.value, BARS_NEEDED.rsi),
    macd: read('macd', metrics.macdHistogram, BARS_NEEDED.macd),
    trend,
    mom: read('mom', metrics.momentum, BARS_NEEDED.macd),
    pos: read('pos', metrics.position, BARS_NEEDED.percentB),
    st: structure,
    stClass: structureClassOf(metrics.structure),
    flow: read('flow', metrics.flow, 3, 'no sides'),
    S: read('S', metrics.score, BARS_NEEDED.trend),
    warm: metrics.isWarm && !isLate,
  };
}

function wireLevels(levels: SymbolLevels, price: number): NonNullable<Context['sr']> {
  const { support, resistance } = levels.near(price, LEVELS_SHOWN);
  const shown = (side: readonly Level[]): ContextLevel[] =>
    side.map((level) => ({
      p: wire(level.price),
      k: wire(strengthOf(level.weight)),
      n: level.touchCount,
      tf: level.timeframe.name,
    }));
  return { s: shown(support), r: shown(resistance) };
}

function wireLiquidity(liquidity: Liquidity): ContextLiquidity {
  const depth = ({ bid, ask }: { bid: number; ask: number }): { b: number; a: number } => ({
    b: wire(bid),
    a: wire(ask),
  });
  return {
    spreadBps: wire(liquidity.spreadBps),
    d10: depth(liquidity.within10Bps),
    d25: depth(liquidity.within25Bps),
    d50: depth(liquidity.within50Bps),
    imb: wireNumber(liquidity.imbalance25),
    ageMs: liquidity.ageMs,
  };
}
