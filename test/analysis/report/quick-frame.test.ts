import { describe, expect, test } from 'vitest';
import { CandleAggregator } from '../../../engine/analysis/bars/aggregate.ts';
import { requireTimeframe, TIMEFRAMES } from '../../../engine/analysis/bars/timeframe.ts';
import type { PublishedBias } from '../../../engine/analysis/report/bias.ts';
import { makeReport } from '../../../engine/analysis/report/make-report.ts';
import { quickFrame } from '../../../engine/analysis/report/quick-frame.ts';
import { reportInputsOf } from '../../../engine/analysis/report/report-inputs.ts';
import { SymbolAnalysis } from '../../../engine/analysis/symbol/symbol-analysis.ts';
import { Prng } from '../../../engine/core/prng.ts';
import { wanderingCandles } from '../metrics/candles.ts';

const FINE = requireTimeframe('15m');
const FRAMES = TIMEFRAMES.filter(({ lengthMs }) => lengthMs >= FINE.lengthMs);

describe('the frame of a close', () => {
  test('is that of the report, to the last digit, with live data and without, at reports and between them', () => {
    const random = new Prng(5);
    const analysis = new SymbolAnalysis('MADEUP', FRAMES, 1);
    const aggregators = FRAMES.slice(1).map((to) => new CandleAggregator(FINE, to));
    let previous: PublishedBias | null = null;
    let framed = 0;
    let held = 0;
    for (const [index, candle] of wanderingCandles(FINE, 77, 4 * 24 * 60).entries()) {
      const made = aggregators.map((aggregator) => aggregator.push(candle));
      for (let slot = made.length - 1; slot >= 0; slot--) {
        const bar = made[slot];
        if (bar !== null) analysis.update(FRAMES[slot + 1], bar);
      }
      // Some bars are missing.
      if (index % 977 !== 5) analysis.update(FINE, candle);
      if (index % 3 !== 0) continue;
      const isLive = random.nextFloat() < 0.7;
      const live = {
        nowMs: isLive ? candle.openTimeMs + FINE.lengthMs + random.nextInt(3_000) : null,
        lastPrice: isLive ? candle.close + random.nextNormal() : null,
        liquidity: null,
        orderFlow: isLive
          ? { score: random.nextInt(201) - 100, class: 'NEUTRAL', ageMs: random.nextInt(40_000), cvd: null }
          : null,
        bias: null,
      };
      const isBetween = random.nextFloat() < 0.8;
      const { report, bias } = makeReport(reportInputsOf(analysis, live, previous, index, isBetween));
      const quick = quickFrame(analysis, live, previous, index, isBetween);
      expect(quick.frame).toEqual(report.frame);
      expect(quick.bias).toEqual(bias);
      for (const { name, slot } of FRAMES)
        expect(quick.scores[slot]).toBe(
          report.timeframes[name]?.warm === true ? report.timeframes[name].S : null,
        );
      previous = bias;
      if (report.frame !== null) framed++;
      if (bias?.isHeld === true) held++;
    }
    expect(framed).toBeGreaterThan(1_000);
    expect(held).toBeGreaterThan(5);
  });
});
