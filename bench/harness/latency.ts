import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  initWebAssemblySync,
} from 'hdr-histogram-js';
import type { Histogram } from 'hdr-histogram-js';

/** A latency distribution, nanoseconds, three significant digits. */
export interface LatencyFigures {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly p9999: number;
  readonly max: number;
  /** (percentile, ns) pairs for a curve; dense towards the tail. */
  readonly curve: readonly (readonly [number, number])[];
  /** The whole histogram in HDR V2 form (compressed, base64), as HdrHistogram's own plotter reads it. */
  readonly hdrV2: string;
}

/** Longer spans are recorded as this long. */
const LATENCY_NS_MAX = 60_000_000_000;
/** Points of the curve per factor of ten of 1 / (1 - p). */
const CURVE_POINTS_PER_DECADE = 8;
const CURVE_DECADES = 5;

/** Collects the latencies of all rounds of one rival. */
export class LatencyRecorder {
  private readonly histogram: Histogram;
  /** Then the histogram's own maximum is that of the longer time. */
  private isDifference: boolean;

  constructor() {
    initWebAssemblySync();
    this.isDifference = false;
    this.histogram = build({
      bitBucketSize: 64,
      autoResize: false,
      lowestDiscernibleValue: 1,
      highestTrackableValue: LATENCY_NS_MAX,
      numberOfSignificantValueDigits: 3,
      useWebAssembly: true,
    });
  }

  record(latenciesNs: Float64Array): void {
    for (const latencyNs of latenciesNs) {
      this.histogram.recordValue(Math.min(LATENCY_NS_MAX, Math.max(0, Math.round(latencyNs))));
    }
  }

  /** Adds a whole histogram in HDR V2 form, without another taken before it: what came between the two. */
  add(hdrV2: string, before: string | null = null): void {
    const histogram = decodeFromCompressedBase64(hdrV2, 64, true);
    this.histogram.add(histogram);
    histogram.destroy();
    if (before === null) return;
    const earlier = decodeFromCompressedBase64(before, 64, true);
    this.histogram.subtract(earlier);
    earlier.destroy();
    this.isDifference = true;
  }

  /** The figures; null when nothing was recorded. Gives the histogram's memory back. */
  finish(): LatencyFigures | null {
    const histogram = this.histogram;
    const at = (percentile: number): number => histogram.getValueAtPercentile(percentile);
    const count = histogram.totalCount;
    const figures =
      count === 0
        ? null
        : {
            count,
            p50: at(50),
            p90: at(90),
            p99: at(99),
            p999: at(99.9),
            p9999: at(99.99),
            max: this.isDifference ? at(100) : histogram.maxValue,
            curve: curveOf(at, count),
            hdrV2: encodeIntoCompressedBase64(histogram),
          };
    histogram.destroy();
    return figures;
  }
}

/** Up to the percentile that the last of `count` values still decides. */
function curveOf(at: (percentile: number) => number, count: number): [number, number][] {
  const curve: [number, number][] = [];
  for (let point = 0; point <= CURVE_POINTS_PER_DECADE * CURVE_DECADES; point++) {
    const beyond = 10 ** (-point / CURVE_POINTS_PER_DECADE);
    if (beyond * count < 1) break;
    const percentile = 100 * (1 - beyond);
    curve.push([percentile, at(percentile)]);
  }
  return curve;
}
