import { POLL_LIMIT } from '../../core/limits.ts';
import type { RecordHandler, Subscription } from '../../ipc/ring.ts';
import { LATENCY_SAMPLE, LatencySample, LOG_RECORD, LogRecord } from '../../messages/codecs.ts';
import { isHotActor } from '../../runtime/actor.ts';
import { LatencyHistograms } from '../../runtime/latency-histograms.ts';
import type { LatencyWatch } from '../../runtime/latency-watch.ts';
import type { EngineLog } from './engine-log.ts';
import type { Wiring } from '../threads/wiring.ts';

/** What the hot actors tell the supervisor: hop times of orders and lines for the log. Main thread. */
export class SupervisorInbox {
  readonly latency: LatencyHistograms;
  /** Finds out why orders were late; null where time is simulated. */
  readonly watch: LatencyWatch | null;
  /** Called with each order that had a tick and was sent, ns. */
  onSent: (tickToOrderNs: number) => void = () => {};
  /** Of the latest order sent, monoNs; 0 = none yet. */
  lastSignalledNs = 0;
  lastSentNs = 0;
  /** Of the first order sent, monoNs; 0 = none yet. */
  firstSentNs = 0;
  private readonly subscriptions: readonly Subscription[];
  private readonly handler: RecordHandler;
  private readonly sample: LatencySample = new LatencySample();
  private readonly logRecord: LogRecord = new LogRecord();
  private readonly log: EngineLog;
  private readonly isVenueAsked: boolean;

  /** @param isVenueAsked answers come from a venue: those of the paper gateway take no time and are not measured */
  constructor(wiring: Wiring, log: EngineLog, watch: LatencyWatch | null = null, isVenueAsked = true) {
    this.isVenueAsked = isVenueAsked;
    this.latency = new LatencyHistograms();
    this.watch = watch;
    this.log = log;
    this.subscriptions = wiring.topology.actors
      .filter(isHotActor)
      .map((actor) => wiring.subscription(`${actor}-to-supervisor`, null));
    this.handler = (type, view, byteOffset): void => {
      if (type === LATENCY_SAMPLE) this.noteSample(this.sample.wrap(view, byteOffset));
      else if (type === LOG_RECORD) this.log.record(this.logRecord.wrap(view, byteOffset));
    };
  }

  private noteSample(sample: LatencySample): void {
    if (sample.ackedNs === 0 || this.isVenueAsked) this.latency.record(sample);
    if (sample.ackedNs === 0) {
      this.watch?.note(sample);
      if (sample.recvNs > 0) this.onSent(sample.sentNs - sample.recvNs);
    }
    if (sample.sentNs <= this.lastSentNs) return;
    if (this.firstSentNs === 0) this.firstSentNs = sample.sentNs;
    this.lastSentNs = sample.sentNs;
    this.lastSignalledNs = sample.signalledNs;
  }

  /** Takes everything that waits. */
  poll(): void {
    for (const subscription of this.subscriptions) {
      while (subscription.poll(this.handler, POLL_LIMIT) === POLL_LIMIT);
    }
    this.watch?.poll();
  }
}
