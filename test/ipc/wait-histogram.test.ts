import fc from 'fast-check';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { expect, test } from 'vitest';
import { WAIT_HISTOGRAM_BYTES, WaitHistogram } from '../../engine/ipc/wait-histogram.ts';
import { encodeWaits, summariseWaits } from '../../engine/runtime/report-waits.ts';

function newHistogram(): { waits: WaitHistogram; again: () => WaitHistogram } {
  const buffer = new SharedArrayBuffer(WAIT_HISTOGRAM_BYTES);
  const region = { name: 'waits', byteOffset: 0, byteLength: WAIT_HISTOGRAM_BYTES };
  const again = (): WaitHistogram => new WaitHistogram(buffer, region);
  return { waits: again(), again };
}

const span = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 0, max: 0x7fff_ffff }),
  fc.double({ min: 0, max: 1e6 }),
);

test('percentiles are those of sorting, at most a sixteenth too high', () => {
  fc.assert(
    fc.property(fc.array(span, { minLength: 1, maxLength: 300 }), (spans) => {
      const { waits } = newHistogram();
      for (const ns of spans) waits.record(ns);
      const sorted = spans.map(Math.floor).toSorted((a, b) => a - b);
      const summary = summariseWaits(waits);
      expect(summary.count).toBe(spans.length);
      for (const [name, share] of [
        ['p50', 0.5],
        ['p90', 0.9],
        ['p99', 0.99],
        ['max', 1],
      ] as const) {
        const exact = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
        expect(summary[name], name).toBeGreaterThanOrEqual(exact);
        expect(summary[name], name).toBeLessThanOrEqual(exact * (1 + 1 / 16));
      }
    }),
    { seed: 21, numRuns: 300 },
  );
});

test('what cannot be is counted at the edge, and nothing was counted in the beginning', () => {
  const { waits } = newHistogram();
  expect(summariseWaits(waits)).toEqual({ count: 0, p50: 0, p90: 0, p99: 0, p999: 0, p9999: 0, max: 0 });
  waits.record(-5);
  waits.record(Number.NaN);
  waits.record(1e12);
  expect(summariseWaits(waits)).toMatchObject({ count: 3, p50: 0, max: 0x7fff_ffff });
});

test('a successor of the writing thread goes on counting, and HDR V2 text holds the same', () => {
  const { waits, again } = newHistogram();
  for (let ns = 1; ns <= 1_000; ns++) waits.record(ns * 100);
  const successor = again();
  successor.record(5);
  const decoded = decodeFromCompressedBase64(encodeWaits(successor));
  const summary = summariseWaits(waits);
  expect(summary.count).toBe(1_001);
  expect(decoded.totalCount).toBe(1_001);
  expect(decoded.getValueAtPercentile(50) / summary.p50).toBeCloseTo(1, 2);
});
