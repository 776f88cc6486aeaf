import { build, encodeIntoCompressedBase64, initWebAssemblySync } from 'hdr-histogram-js';
import type { WaitHistogram } from '../ipc/wait-histogram.ts';
import type { LatencySummary } from './latency-histograms.ts';

/*
 * The span of a report ring (`reportRings` of a topology) is the time from the event a report tells of (the venue's frame
 * received, or the beginning of the producer's turn that made it) to the beginning of the consumer's turn that takes it
 * in; so the producer's work on it is in it. Order updates are measured; fills travel beside them in the same rings.
 */

const DIGITS = 3;

/** The percentiles of a wait histogram, to 1/16. Any thread; allocates. */
export function summariseWaits(waits: WaitHistogram): LatencySummary {
  const buckets: [highestNs: number, upTo: number][] = [];
  let total = 0;
  waits.forEach((highestNs, count) => {
    total += count;
    buckets.push([highestNs, total]);
  });
  const at = (share: number): number => {
    const rank = Math.max(1, Math.ceil(share * total));
    return buckets.find(([, upTo]) => upTo >= rank)?.[0] ?? 0;
  };
  return {
    count: total,
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    p999: at(0.999),
    p9999: at(0.9999),
    max: at(1),
  };
}

/** A wait histogram as HDR V2 text. Main thread; allocates. */
export function encodeWaits(waits: WaitHistogram): string {
  initWebAssemblySync();
  const histogram = build({
    bitBucketSize: 32,
    autoResize: true,
    lowestDiscernibleValue: 1,
    numberOfSignificantValueDigits: DIGITS,
    useWebAssembly: true,
  });
  waits.forEach((highestNs, count) => histogram.recordValueWithCount(highestNs, count));
  const text = encodeIntoCompressedBase64(histogram);
  histogram.destroy();
  return text;
}
