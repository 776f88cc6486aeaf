/**
 * What every worker of a tick-to-order run executes: what the engine's own threads execute (engine/app/threads/run-thread.ts),
 * with a source of ticks for the market-data socket and a venue that notes the orders' bytes for the order socket.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { createBinanceSpotReplayDecoder } from '../../adapters/binance-spot/feed.ts';
import type { BuildOverrides } from '../../engine/app/threads/build-context.ts';
import { runThread } from '../../engine/app/threads/run-thread.ts';
import type { ThreadPlan } from '../../engine/app/threads/thread-plan.ts';
import { SystemClock } from '../../engine/core/clock.ts';
import { allocatedBytes, sampleAllocations } from '../harness/allocation-sites.ts';
import type { AllocationSite } from '../harness/allocation-sites.ts';
import { watchGc } from '../harness/gc-log.ts';
import { TickLog } from './tick-log.ts';
import type { TickLogMemory } from './tick-log.ts';
import { TickFeed, TickSource } from './tick-source.ts';
import type { TickBell, TickRun } from './tick-source.ts';
import type { TickLoop } from './tick-frames.ts';
import { TickVenue } from './tick-venue.ts';

/** The loop of recorded frames has no newer snapshot to offer: its first one counts as the whole book. */
const WHOLE_BOOK = 2 ** 30;

/** What a worker is started with. */
export interface TickThreadPlan extends ThreadPlan {
  readonly log: TickLogMemory;
  readonly gc: SharedArrayBuffer;
  /** Which of the threads in `gc` this one is. */
  readonly gcIndex: number;
  /** For the thread of the market-data actor. */
  readonly loop: TickLoop | null;
  /** Ticks due, rung from another thread; null: the source looks at the clock in every turn of its event loop. */
  readonly bellDue: SharedArrayBuffer | null;
}

/** From the bench to the thread of the market-data actor. */
export type ToTickThread =
  | { readonly kind: 'open' }
  | { readonly kind: 'run'; readonly run: TickRun }
  /** Sampling of allocations on or off; off gives what was found. */
  | { readonly kind: 'sample'; readonly isOn: boolean };

/** From there to the bench. */
export type FromTickThread =
  | { readonly kind: 'opened' }
  | { readonly kind: 'sent' }
  | { readonly kind: 'sampled'; readonly sites: readonly AllocationSite[] }
  | {
      readonly kind: 'ring';
      readonly startNs: number;
      readonly intervalNs: number;
      readonly ticks: number;
    };

function post(message: FromTickThread): void {
  parentPort!.postMessage(message);
}

function ringFromBench(due: SharedArrayBuffer): TickBell {
  return {
    due: new Int32Array(due),
    ring: (startNs, intervalNs, ticks) => post({ kind: 'ring', startNs, intervalNs, ticks }),
  };
}

/** The ends of the engine that are the bench's, as far as this thread has them. */
class TickEnds {
  readonly overrides: BuildOverrides;
  private readonly log: TickLog;
  private readonly clock: SystemClock;
  private readonly source: TickSource | null;
  private venue: TickVenue | null = null;

  constructor(plan: TickThreadPlan, clock: SystemClock, kick: () => void) {
    const log = new TickLog(plan.log);
    this.log = log;
    this.clock = clock;
    const deliver = (): boolean => this.venue?.deliver() ?? false;
    const bell = plan.bellDue === null ? null : ringFromBench(plan.bellDue);
    const source = plan.loop === null ? null : new TickSource(plan.loop, log, clock, kick, deliver, bell);
    this.source = source;
    this.overrides = {
      createFeed: (context) => {
        const feed = new TickFeed(
          context,
          createBinanceSpotReplayDecoder({ snapshotLevels: WHOLE_BOOK }),
          source!,
        );
        source!.attach(feed);
        return feed;
      },
      openGateway: (context) => {
        const onWaiting = (): void => {
          if (source === null || !source.delivers) setImmediate(deliver);
        };
        const { namespace, ackTimeoutMs } = plan.config.execution;
        this.venue = new TickVenue(
          context,
          log,
          {
            credentials: plan.credentials[''],
            namespace,
            requestTimeoutNs: ackTimeoutMs * 1e6,
            intentSample: plan.intentBase + 1,
          },
          onWaiting,
        );
        return this.venue;
      },
    };
  }

  private async run(source: TickSource, run: TickRun): Promise<void> {
    this.log.noteWindow(0, this.clock.nowNs(), allocatedBytes());
    await source.begin(run);
    this.log.noteWindow(1, this.clock.nowNs(), allocatedBytes());
    post({ kind: 'sent' });
  }

  listen(): void {
    const { source } = this;
    if (source === null) return;
    parentPort!.on('message', (message: ToTickThread) => {
      if (message.kind === 'run') void this.run(source, message.run);
      else if (message.kind === 'sample') {
        void sampleAllocations(message.isOn).then((sites) => post({ kind: 'sampled', sites }));
      } else {
        source.open();
        post({ kind: 'opened' });
      }
    });
  }
}

const plan = workerData as TickThreadPlan;
watchGc(plan.gc, plan.gcIndex, new SystemClock(plan.clockOrigin));
await runThread(plan, (kick, clock) => {
  const ends = new TickEnds(plan, clock, kick);
  ends.listen();
  return ends.overrides;
});
parentPort!.close();
