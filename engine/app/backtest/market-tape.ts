import type { Instrument } from '../../core/instrument.ts';
import type { FeedFactory } from '../../market-data/feed-port.ts';
import { recvNsOf } from '../../market-data/capture-file.ts';
import type { Capture } from '../../market-data/capture-file.ts';
import type { ReplaySession } from '../replay/replay-session.ts';

/** Looks on while a tape plays; called before each event with its time, monoNs. */
export type BeforeEvent = (nowNs: number) => void;

/** Market data of the past that a session can be driven with. */
export interface MarketTape {
  readonly kind: 'frames' | 'candles';
  /** The files, as the user named them. */
  readonly files: readonly string[];
  readonly instruments: readonly Instrument[];
  /** Wall clock at monoNs 0. */
  readonly firstEpochUs: number;
  /** monoNs of the last event. */
  readonly lastNs: number;
  readonly eventCount: number;
  /** Shortest distance at which anything new can be seen; 0 = any. */
  readonly stepNs: number;
  /** Makes the session's feed; undefined = recorded frames. */
  readonly createFeed?: FeedFactory;
  /** What has to be assumed because the data does not say it, in sentences. */
  readonly assumptions: readonly string[];
  /** What is odd about the data, in sentences. */
  readonly warnings: readonly string[];
  /** Plays all events in order. */
  play(session: ReplaySession, before: BeforeEvent): void;
}

/** Recorded frames. */
export class FrameTape implements MarketTape {
  readonly kind = 'frames' as const;
  readonly files: readonly string[];
  readonly instruments: readonly Instrument[];
  readonly firstEpochUs: number;
  readonly lastNs: number;
  readonly eventCount: number;
  readonly stepNs = 0;
  readonly assumptions: readonly string[] = [];
  readonly warnings: readonly string[];
  private readonly capture: Capture;
  private readonly untilNs: number;

  /** @param untilMs frames received later are left out, ms since the epoch; null = all are played */
  constructor(
    capture: Capture,
    instruments: readonly Instrument[],
    breaks: readonly string[],
    files: readonly string[],
    untilMs: number | null,
  ) {
    this.capture = capture;
    this.instruments = instruments;
    this.files = files;
    this.warnings = breaks;
    this.firstEpochUs = capture.firstEpochUs;
    this.untilNs = untilMs === null ? Infinity : (untilMs * 1_000 - capture.firstEpochUs) * 1_000;
    let lastNs = 0;
    let count = 0;
    for (const block of capture.blocks) {
      for (let index = 0; index < block.count; index++) {
        const recvNs = recvNsOf(block, index, capture.firstEpochUs);
        if (recvNs > this.untilNs) continue;
        count++;
        if (recvNs > lastNs) lastNs = recvNs;
      }
    }
    this.lastNs = lastNs;
    this.eventCount = count;
  }

  play(session: ReplaySession, before: BeforeEvent): void {
    const { capture, untilNs } = this;
    for (const block of capture.blocks) {
      for (let index = 0; index < block.count; index++) {
        const recvNs = recvNsOf(block, index, capture.firstEpochUs);
        if (recvNs > untilNs) continue;
        before(recvNs);
        session.frame(block.bytes, block.starts[index], block.lengths[index], recvNs);
      }
    }
  }
}
