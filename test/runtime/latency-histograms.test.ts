import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { afterEach, describe, expect, test } from 'vitest';
import { Prng } from '../../engine/core/prng.ts';
import {
  LATENCY_NS_MAX,
  LATENCY_STAGES,
  LatencyHistograms,
} from '../../engine/runtime/latency-histograms.ts';
import type { LatencyHops } from '../../engine/runtime/latency-histograms.ts';

const open: LatencyHistograms[] = [];

function newHistograms(): LatencyHistograms {
  const histograms = new LatencyHistograms();
  open.push(histograms);
  return histograms;
}

function hops(intentSeq: number, spansNs: readonly number[], ackNs = 0): LatencyHops {
  const at = [1_000_000];
  for (const span of spansNs) at.push(at[at.length - 1] + span);
  const [recvNs, decodedNs, bookedNs, signalledNs, approvedNs, sentNs] = at;
  const ackedNs = ackNs === 0 ? 0 : sentNs + ackNs;
  const stamps = { intentSeq, recvNs, decodedNs, bookedNs, signalledNs, approvedNs, sentNs, ackedNs };
  const taken = { bookTakenNs: decodedNs, strategyTakenNs: bookedNs, riskTakenNs: signalledNs };
  return { ...stamps, ...taken, executionTakenNs: approvedNs };
}

/** The value at a percentile by the definition: the smallest value with at least that share at or below it. */
function percentile(sorted: readonly number[], share: number): number {
  const rank = Math.ceil((Math.round(share * 100) * sorted.length) / 10_000);
  return sorted[Math.max(0, rank - 1)];
}

afterEach(() => {
  for (const histograms of open.splice(0)) histograms.destroy();
});

describe('latency histograms', () => {
  test('percentiles of every stage agree with sorting, to three digits', () => {
    const histograms = newHistograms();
    const random = new Prng(7);
    const tickToOrder: number[] = [];
    const approvals: number[] = [];
    for (let seq = 1; seq <= 20_000; seq++) {
      const spans = Array.from({ length: 5 }, () => Math.round(random.nextExponential(20_000)) + 1);
      histograms.record(hops(seq, spans, 1_000_000));
      tickToOrder.push(spans.reduce((sum, span) => sum + span, 0));
      approvals.push(spans[3]);
    }
    const summary = histograms.summary();
    for (const [stage, values] of [
      ['tickToOrder', tickToOrder],
      ['signalledToApproved', approvals],
    ] as const) {
      const sorted = values.toSorted((a, b) => a - b);
      const found = summary[stage];
      expect(found.count).toBe(20_000);
      for (const [name, share] of [
        ['p50', 50],
        ['p90', 90],
        ['p99', 99],
        ['p999', 99.9],
        ['p9999', 99.99],
        ['max', 100],
      ] as const) {
        const exact = percentile(sorted, share);
        expect(Math.abs(found[name] - exact) / exact, `${stage} ${name}`).toBeLessThanOrEqual(0.001);
      }
    }
    expect(summary.orderToAck.p50 / 1_000_000).toBeCloseTo(1, 2);
  });

  test('HDR V2 text decodes back to the same distribution', () => {
    const histograms = newHistograms();
    for (let seq = 1; seq <= 1_000; seq++) histograms.record(hops(seq, [seq, 2, 3, 4, 5 * seq], seq * 100));
    const texts = histograms.encodeV2();
    const summary = histograms.summary();
    for (const stage of LATENCY_STAGES) {
      expect(texts[stage]).toMatch(/^HISTFAAA/);
      const decoded = decodeFromCompressedBase64(texts[stage]);
      expect(decoded.totalCount).toBe(1_000);
      expect(decoded.getValueAtPercentile(50)).toBe(summary[stage].p50);
      expect(decoded.getValueAtPercentile(99.99)).toBe(summary[stage].p9999);
      const bucketTop = decoded.maxValue;
      expect(bucketTop).toBeGreaterThanOrEqual(summary[stage].max);
      expect((bucketTop - summary[stage].max) / bucketTop).toBeLessThanOrEqual(0.001);
    }
  });

  test('a sample that comes at the send and again with the answer counts once per span', () => {
    const histograms = newHistograms();
    histograms.record(hops(5, [1, 1, 1, 1, 1]));
    expect(histograms.summary().orderToAck.count).toBe(0);
    histograms.record(hops(5, [1, 1, 1, 1, 1], 900));
    histograms.record(hops(5, [1, 1, 1, 1, 1], 900));
    const summary = histograms.summary();
    expect(summary.tickToOrder.count).toBe(1);
    expect(summary.orderToAck.count).toBe(1);
  });

  test('an order without a tick has no tick-to-order, but its later spans count', () => {
    const histograms = newHistograms();
    const sample = hops(1, [10, 20, 30, 40, 50]);
    histograms.record({ ...sample, recvNs: 0, decodedNs: 0, bookedNs: 0 });
    const summary = histograms.summary();
    expect(summary.tickToOrder).toEqual({ count: 0, p50: 0, p90: 0, p99: 0, p999: 0, p9999: 0, max: 0 });
    expect(summary.recvToDecoded.count).toBe(0);
    expect(summary.signalledToApproved).toMatchObject({ count: 1, p50: 40, max: 40 });
    expect(summary.approvedToSent.p50).toBe(50);
  });

  test('every forward ring has its wait, which is 0 when the consumer’s turn had begun before', () => {
    const histograms = newHistograms();
    const sample = hops(1, [10, 200, 300, 400, 500]);
    const { decodedNs, bookedNs, signalledNs, approvedNs } = sample;
    histograms.record({
      ...sample,
      bookTakenNs: decodedNs + 30,
      strategyTakenNs: bookedNs - 5_000,
      riskTakenNs: signalledNs + 70,
      executionTakenNs: approvedNs + 90,
    });
    // An order made by a timer passed two of the rings.
    histograms.record({ ...hops(2, [1, 1, 1, 1, 1]), recvNs: 0, decodedNs: 0, bookedNs: 0 });
    const { 'feed-to-book': feed, 'book-to-strategy': book, ...later } = histograms.edgeSummary();
    expect([feed.count, feed.max, book.count, book.max]).toEqual([1, 30, 1, 0]);
    expect([later['strategy-to-risk'].count, later['strategy-to-risk'].max]).toEqual([2, 70]);
    expect([later['risk-to-execution'].count, later['risk-to-execution'].max]).toEqual([2, 90]);
    expect(histograms.negative).toBe(0);
    expect(decodeFromCompressedBase64(histograms.encodeV2()['risk-to-execution']).totalCount).toBe(2);
  });

  test('the interval holds what came since the last rotation, the total holds all', () => {
    const histograms = newHistograms();
    histograms.record(hops(1, [100, 1, 1, 1, 1]));
    histograms.record(hops(2, [100, 1, 1, 1, 1]));
    expect(histograms.intervalSummary().recvToDecoded.count).toBe(0);
    histograms.rotate();
    histograms.record(hops(3, [900, 1, 1, 1, 1]));
    expect(histograms.intervalSummary().recvToDecoded).toMatchObject({ count: 2, max: 100 });
    histograms.rotate();
    expect(histograms.intervalSummary().recvToDecoded).toMatchObject({ count: 1, p50: 900 });
    histograms.rotate();
    expect(histograms.intervalSummary().recvToDecoded.count).toBe(0);
    expect(histograms.summary().recvToDecoded.count).toBe(3);
  });

  test('hops that run backwards or last too long are recorded at the edge and counted', () => {
    const histograms = newHistograms();
    histograms.record(hops(1, [50, -30, 1, 1, 1]));
    histograms.record(hops(2, [50, 1, 1, 1, LATENCY_NS_MAX * 2]));
    expect(histograms.negative).toBe(1);
    expect(histograms.clamped).toBe(2);
    const summary = histograms.summary();
    expect(summary.decodedToBooked.count).toBe(2);
    expect(summary.tickToOrder.max / LATENCY_NS_MAX).toBeCloseTo(1, 2);
  });
});
