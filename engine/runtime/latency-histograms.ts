import { build, encodeIntoCompressedBase64, initWebAssemblySync } from 'hdr-histogram-js';
import type { Histogram } from 'hdr-histogram-js';

/** The spans between an order's hops, in the order of the flow; all in nanoseconds. */
export const LATENCY_STAGES = [
  'recvToDecoded',
  'decodedToBooked',
  'bookedToSignalled',
  'signalledToApproved',
  'approvedToSent',
  'tickToOrder',
  'orderToAck',
] as const;

/** One of LATENCY_STAGES. tickToOrder: frame received to order bytes handed to the socket. orderToAck: sent to venue answer. */
export type LatencyStage = (typeof LATENCY_STAGES)[number];

/** The hops of one order, monoNs, 0 = not reached; what a LatencySample record carries. */
export interface LatencyHops {
  readonly intentSeq: number;
  readonly recvNs: number;
  readonly decodedNs: number;
  readonly bookedNs: number;
  readonly signalledNs: number;
  readonly approvedNs: number;
  readonly sentNs: number;
  readonly ackedNs: number;
}

/** A distribution in nanoseconds, to three significant digits. All 0 when `count` is 0. */
export interface LatencySummary {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly p9999: number;
  readonly max: number;
}

/** One value per stage. */
export type PerStage<Value> = Readonly<Record<LatencyStage, Value>>;

/** Longer spans are recorded as this long and counted in `clamped`: an answer that takes a minute is an outage. */
export const LATENCY_NS_MAX = 60_000_000_000;
/** Intents remembered to tell a sample's second arrival (with the venue's answer) from its first. */
const INTENTS_REMEMBERED = 4096;
const DIGITS = 3;

function newHistogram(): Histogram {
  return build({
    bitBucketSize: 32,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: LATENCY_NS_MAX,
    numberOfSignificantValueDigits: DIGITS,
    useWebAssembly: true,
  });
}

function summarise(histogram: Histogram): LatencySummary {
  const count = histogram.totalCount;
  if (count === 0) return { count: 0, p50: 0, p90: 0, p99: 0, p999: 0, p9999: 0, max: 0 };
  return {
    count,
    p50: histogram.getValueAtPercentile(50),
    p90: histogram.getValueAtPercentile(90),
    p99: histogram.getValueAtPercentile(99),
    p999: histogram.getValueAtPercentile(99.9),
    p9999: histogram.getValueAtPercentile(99.99),
    max: histogram.maxValue,
  };
}

function perStage<Value>(valueOf: (stage: LatencyStage) => Value): PerStage<Value> {
  const result: Partial<Record<LatencyStage, Value>> = {};
  for (const stage of LATENCY_STAGES) result[stage] = valueOf(stage);
  return result as PerStage<Value>;
}

/** One stage: everything since start, the interval being filled and the last whole one. */
class StageHistograms {
  readonly sinceStart: Histogram = newHistogram();
  filling: Histogram = newHistogram();
  finished: Histogram = newHistogram();

  record(spanNs: number): void {
    this.sinceStart.recordValue(spanNs);
    this.filling.recordValue(spanNs);
  }

  rotate(): void {
    const recycled = this.finished;
    this.finished = this.filling;
    this.filling = recycled;
    recycled.reset();
  }

  destroy(): void {
    for (const histogram of [this.sinceStart, this.filling, this.finished]) histogram.destroy();
  }
}

/**
 * HDR histograms of every stage an order passes, kept by the supervisor from LatencySample records. A sample may come
 * twice, when the bytes were sent and again with `ackedNs` set; each span is recorded once. Main thread only; holds
 * about 2 MB of WebAssembly memory from construction on and none more later.
 */
export class LatencyHistograms {
  /** Spans below zero (hops stamped on threads whose clocks differ by a little), recorded as 0. */
  negative = 0;
  /** Spans above LATENCY_NS_MAX, recorded as that. */
  clamped = 0;
  private readonly stages: PerStage<StageHistograms>;
  private readonly sentSeen: Float64Array = new Float64Array(INTENTS_REMEMBERED).fill(-1);
  private readonly ackSeen: Float64Array = new Float64Array(INTENTS_REMEMBERED).fill(-1);

  constructor() {
    initWebAssemblySync();
    this.stages = perStage(() => new StageHistograms());
  }

  /** Takes one sample. Spans with a hop that was not reached (an order made by a timer has no tick) are left out. */
  record(sample: LatencyHops): void {
    const slot = sample.intentSeq % INTENTS_REMEMBERED;
    if (sample.sentNs > 0 && this.sentSeen[slot] !== sample.intentSeq) {
      this.sentSeen[slot] = sample.intentSeq;
      this.span('recvToDecoded', sample.recvNs, sample.decodedNs);
      this.span('decodedToBooked', sample.decodedNs, sample.bookedNs);
      this.span('bookedToSignalled', sample.bookedNs, sample.signalledNs);
      this.span('signalledToApproved', sample.signalledNs, sample.approvedNs);
      this.span('approvedToSent', sample.approvedNs, sample.sentNs);
      this.span('tickToOrder', sample.recvNs, sample.sentNs);
    }
    if (sample.ackedNs > 0 && this.ackSeen[slot] !== sample.intentSeq) {
      this.ackSeen[slot] = sample.intentSeq;
      this.span('orderToAck', sample.sentNs, sample.ackedNs);
    }
  }

  /** Ends the interval: `intervalSummary` then speaks of it, until the next call. */
  rotate(): void {
    for (const stage of LATENCY_STAGES) this.stages[stage].rotate();
  }

  /** Distributions since start. About 1 ms: for once a second, not per sample. */
  summary(): PerStage<LatencySummary> {
    return perStage((stage) => summarise(this.stages[stage].sinceStart));
  }

  /** Distributions of the last whole interval. */
  intervalSummary(): PerStage<LatencySummary> {
    return perStage((stage) => summarise(this.stages[stage].finished));
  }

  /** Since start as HDR V2 compressed base64 (`HISTFAAA...`), as the HdrHistogram plotter and log readers take it. */
  encodeV2(): PerStage<string> {
    return perStage((stage) => encodeIntoCompressedBase64(this.stages[stage].sinceStart));
  }

  /** Gives the WebAssembly memory back; the instance is of no use afterwards. */
  destroy(): void {
    for (const stage of LATENCY_STAGES) this.stages[stage].destroy();
  }

  private span(stage: LatencyStage, fromNs: number, toNs: number): void {
    if (fromNs <= 0 || toNs <= 0) return;
    let spanNs = Math.round(toNs - fromNs);
    if (spanNs < 0) {
      this.negative++;
      spanNs = 0;
    } else if (spanNs > LATENCY_NS_MAX) {
      this.clamped++;
      spanNs = LATENCY_NS_MAX;
    }
    this.stages[stage].record(spanNs);
  }
}
