import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CandleAggregator } from '../../../engine/analysis/bars/aggregate.ts';
import type { ClosedCandle } from '../../../engine/analysis/bars/candle.ts';
import { requireTimeframe, TIMEFRAMES } from '../../../engine/analysis/bars/timeframe.ts';
import { buildContext, NO_LIVE_INPUTS } from '../../../engine/analysis/symbol/build-context.ts';
import type { Context } from '../../../engine/analysis/symbol/context.ts';
import { type Output, outputOf } from '../../../engine/analysis/symbol/output.ts';
import { ANCHOR, SymbolAnalysis } from '../../../engine/analysis/symbol/symbol-analysis.ts';
import { repriced, START_MS, wanderingCandles } from '../metrics/candles.ts';

const FINE = requireTimeframe('15m');
const FRAMES = TIMEFRAMES.filter(({ lengthMs }) => lengthMs >= FINE.lengthMs);
const LONGER = FRAMES.slice(1);

interface View {
  readonly context: Context;
  readonly output: Output;
}

function viewOf(analysis: SymbolAnalysis): View {
  const context = buildContext(analysis, analysis.profiles.read(analysis.of(ANCHOR)));
  return { context, output: outputOf(context, 1) };
}

/** Feeds 15m candles and the longer ones they make, longest first; `onClose` after every 15m close. */
function fed(
  candles: readonly ClosedCandle[],
  onClose: (analysis: SymbolAnalysis, index: number) => void,
): SymbolAnalysis {
  const analysis = new SymbolAnalysis('MADEUP', FRAMES, 1);
  const aggregators = LONGER.map((to) => new CandleAggregator(FINE, to));
  for (const [index, candle] of candles.entries()) {
    const made = aggregators.map((aggregator) => aggregator.push(candle));
    for (let slot = LONGER.length - 1; slot >= 0; slot--) {
      const bar = made[slot];
      if (bar !== null) analysis.update(LONGER[slot], bar);
    }
    analysis.update(FINE, candle);
    onClose(analysis, index);
  }
  return analysis;
}

const CANDLES = wanderingCandles(FINE, 31, 4 * 24 * 30);

describe('the analysis of a symbol', () => {
  test('is warm in the timeframes that have history enough and says what the others lack', () => {
    const { context, output } = viewOf(fed(CANDLES, () => {}));
    expect([context.tf['15m']?.warm, context.tf['1h']?.warm, context.tf['4h']?.warm]).toEqual([
      true,
      true,
      true,
    ]);
    expect(context.warm).toBe(3);
    expect(context.tf['1d']?.S).toBeNull();
    expect(context.reasons['tf.1d.S']).toBe('warming 30/50');
    expect(context.reasons['lq']).toBe('no live book');
    expect(output.confluence).not.toBeNull();
    expect(Object.keys(output.structure)).toEqual(['15m', '1h', '4h']);
  });

  test('the same context gives the same output, byte for byte', () => {
    const { context, output } = viewOf(fed(CANDLES, () => {}));
    const again = outputOf(JSON.parse(JSON.stringify(context)) as Context, 1);
    expect(JSON.stringify(again)).toBe(JSON.stringify(output));
    expect(outputOf({ ...context, p: 1 }, 1).inputs).not.toBe(output.inputs);
  });

  test('what was said at a close does not change with what comes after it', () => {
    const said = new Map<number, string>();
    const hash = (view: View): string => createHash('sha256').update(JSON.stringify(view)).digest('hex');
    fed(CANDLES, (analysis, index) => {
      if (index % 480 === 479) said.set(index, hash(viewOf(analysis)));
    });
    expect(said.size).toBe(6);
    for (const [index, before] of said)
      expect(hash(viewOf(fed(CANDLES.slice(0, index + 1), () => {})))).toBe(before);
  });

  test('mirrored prices turn the side around and keep the confidence', () => {
    const up = viewOf(fed(CANDLES, () => {}));
    const down = viewOf(
      fed(
        repriced(CANDLES, (price) => 20_000 - price),
        () => {},
      ),
    );
    expect(down.output.confluence).toBeCloseTo(-(up.output.confluence ?? NaN), 3);
    expect(down.output.side).toBe(-up.output.side);
    expect(down.output.confA).toBe(up.output.confA);
  });

  test('a timeframe whose newest bar is missing has no say', () => {
    const analysis = fed(CANDLES, () => {});
    const ts = START_MS + CANDLES.length * FINE.lengthMs;
    const late = buildContext(analysis, null, { ...NO_LIVE_INPUTS, nowMs: ts + FINE.lengthMs + 2_001 });
    expect([late.tf['15m']?.warm, late.tf['1h']?.warm]).toEqual([false, true]);
    expect(late.reasons['tf.15m.warm']).toContain('gap');
    expect(Object.keys(outputOf(late, 1).structure)).toEqual(['1h', '4h']);
    expect(outputOf(late, 1)).toMatchObject({
      hold: true,
      confA: 0,
      reasons: ['warming', 'confA', expect.any(String)],
    });
  });

  test('order flow older than 30 s is absent', () => {
    const analysis = fed(CANDLES.slice(0, 300), () => {});
    const orderFlow = { score: 80, class: 'STRONG_BUY', ageMs: 15_000, cvd: null };
    const outputWith = (ageMs: number): Output =>
      outputOf(buildContext(analysis, null, { ...NO_LIVE_INPUTS, orderFlow: { ...orderFlow, ageMs } }), 1);
    expect([outputWith(15_000).orderFlow, outputWith(30_000).orderFlow]).toEqual([40, null]);
  });
});

describe('the volume profiles of a symbol', () => {
  const volumeOf = (from: number, to: number): number =>
    CANDLES.slice(from, to).reduce((sum, { volume }) => sum + volume, 0);

  test('hold today, the last 24 hours and the last 120 hours', () => {
    const analysis = fed(CANDLES.slice(0, 96 * 10 + 20), () => {});
    const profiles = analysis.profiles.read(analysis.of(ANCHOR));
    const end = 96 * 10 + 20;
    expect(profiles?.session()?.totalVolume).toBeCloseTo(volumeOf(960, end), 6);
    expect(profiles?.day()?.totalVolume).toBeCloseTo(volumeOf(end - 96, end), 6);
    expect(profiles?.long()?.totalVolume).toBeCloseTo(volumeOf(end - 480, end), 6);
    expect(profiles?.previousPoc).not.toBeNull();
  });

  test('at midnight the session is the day that has just ended', () => {
    const analysis = fed(CANDLES.slice(0, 960), () => {});
    const profiles = analysis.profiles.read(analysis.of(ANCHOR));
    expect(profiles?.session()?.totalVolume).toBeCloseTo(volumeOf(864, 960), 6);
  });

  test('do not reach over the beginning of history', () => {
    const analysis = fed(CANDLES.slice(0, 90), () => {});
    const profiles = analysis.profiles.read(analysis.of(ANCHOR));
    expect([profiles?.day(), profiles?.long(), profiles?.previousPoc]).toEqual([null, null, null]);
    expect(profiles?.session()).not.toBeNull();
  });
});
