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

/**
 * The forward rings an order's tick and its request pass, in the order of the flow. The span of an edge is the time from the
 * producer's last stamp on the record to the beginning of the consumer's turn that takes it in, 0 when that turn had
 * begun before. So what the producer's turn does after its stamp is in it, and waiting behind earlier turns; waiting
 * behind earlier records of the same turn is not. feed-to-book: decodedNs to bookTakenNs. book-to-strategy: bookedNs to
 * strategyTakenNs. strategy-to-risk: signalledNs to riskTakenNs. risk-to-execution: approvedNs to executionTakenNs.
 */
export const LATENCY_EDGES = [
  'feed-to-book',
  'book-to-strategy',
  'strategy-to-risk',
  'risk-to-execution',
] as const;

/** One of LATENCY_EDGES: the name of a ring. */
export type LatencyEdge = (typeof LATENCY_EDGES)[number];

/** Whatever has a histogram. */
export type LatencySpan = LatencyStage | LatencyEdge;

const SPANS: readonly LatencySpan[] = [...LATENCY_STAGES, ...LATENCY_EDGES];

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
  /** When the turn of the consumer began that took in the tick, the order request or the approval. */
  readonly bookTakenNs: number;
  readonly strategyTakenNs: number;
  readonly riskTakenNs: number;
  readonly executionTakenNs: number;
  /** Absent where an engine has one actor of each kind. */
  readonly instrumentIndex?: number;
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

/** One value per forward ring. */
export type PerEdge<Value> = Readonly<Record<LatencyEdge, Value>>;

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

function perName<Name extends LatencySpan, Value>(
  names: readonly Name[],
  valueOf: (name: Name) => Value,
): Readonly<Record<Name, Value>> {
  const result: Partial<Record<Name, Value>> = {};
  for (const name of names) result[name] = valueOf(name);
  return result as Readonly<Record<Name, Value>>;
}

/** One span: everything since start, the interval being filled and the last whole one. */
class SpanHistograms {
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
 * HDR histograms of every stage and every forward ring an order passes, kept by the supervisor from LatencySample
 * records. A sample may come twice, when the bytes were sent and again with `ackedNs` set; each span is recorded once.
 * Main thread only; holds about 3 MB of WebAssembly memory from construction on and none more later.
 */
export class LatencyHistograms {
  /** Spans below zero (hops stamped on threads whose clocks differ by a little), recorded as 0. */
  negative = 0;
  /** Spans above LATENCY_NS_MAX, recorded as that. */
  clamped = 0;
  private readonly spans: Readonly<Record<LatencySpan, SpanHistograms>>;
  private readonly sentSeen: Float64Array = new Float64Array(INTENTS_REMEMBERED).fill(-1);
  private readonly ackSeen: Float64Array = new Float64Array(INTENTS_REMEMBERED).fill(-1);

  constructor() {
    initWebAssemblySync();
    this.spans = perName(SPANS, () => new SpanHistograms());
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
      this.edge('feed-to-book', sample.decodedNs, sample.bookTakenNs);
      this.edge('book-to-strategy', sample.bookedNs, sample.strategyTakenNs);
      this.edge('strategy-to-risk', sample.signalledNs, sample.riskTakenNs);
      this.edge('risk-to-execution', sample.approvedNs, sample.executionTakenNs);
    }
    if (sample.ackedNs > 0 && this.ackSeen[slot] !== sample.intentSeq) {
      this.ackSeen[slot] = sample.intentSeq;
      this.span('orderToAck', sample.sentNs, sample.ackedNs);
    }
  }

  /** Ends the interval: `intervalSummary` then describes it, until the next call. */
  rotate(): void {
    for (const span of SPANS) this.spans[span].rotate();
  }

  /** Distributions since start. About 1 ms: for once a second, not per sample. */
  summary(): PerStage<LatencySummary> {
    return perName(LATENCY_STAGES, (stage) => summarise(this.spans[stage].sinceStart));
  }

  /** Distributions of the waits in the forward rings since start. */
  edgeSummary(): PerEdge<LatencySummary> {
    return perName(LATENCY_EDGES, (edge) => summarise(this.spans[edge].sinceStart));
  }

  /** Distributions of the last whole interval, stages and rings. */
  intervalSummary(): Readonly<Record<LatencySpan, LatencySummary>> {
    return perName(SPANS, (span) => summarise(this.spans[span].finished));
  }

  /** Since start as HDR V2 compressed base64 (`HISTFAAA...`), as the HdrHistogram plotter and log readers take it. */
  encodeV2(): Readonly<Record<LatencySpan, string>> {
    return perName(SPANS, (span) => encodeIntoCompressedBase64(this.spans[span].sinceStart));
  }

  /** Gives the WebAssembly memory back; the instance is of no use afterwards. */
  destroy(): void {
    for (const span of SPANS) this.spans[span].destroy();
  }

  private edge(edge: LatencyEdge, publishedNs: number, takenNs: number): void {
    if (takenNs > 0) this.span(edge, publishedNs, Math.max(publishedNs, takenNs));
  }

  private span(name: LatencySpan, fromNs: number, toNs: number): void {
    if (fromNs <= 0 || toNs <= 0) return;
    let spanNs = Math.round(toNs - fromNs);
    if (spanNs < 0) {
      this.negative++;
      spanNs = 0;
    } else if (spanNs > LATENCY_NS_MAX) {
      this.clamped++;
      spanNs = LATENCY_NS_MAX;
    }
    this.spans[name].record(spanNs);
  }
}
