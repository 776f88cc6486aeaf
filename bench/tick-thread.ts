/**
 * What every worker of a tick-to-order run executes: what the engine's own threads execute (engine/app/run-thread.ts),
 * with a source of ticks for the market-data socket and a venue that notes the orders' bytes for the order socket.
 */
import { constants, PerformanceObserver } from 'node:perf_hooks';
import type { PerformanceEntry } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { createBinanceSpotReplayDecoder } from '../adapters/binance-spot/frame-decoder.ts';
import type { BuildOverrides } from '../engine/app/build-context.ts';
import { runThread } from '../engine/app/run-thread.ts';
import type { ThreadPlan } from '../engine/app/thread-plan.ts';
import type { SystemClock } from '../engine/core/clock.ts';
import { GC_WORD, TickLog } from './tick-log.ts';
import type { TickLogMemory } from './tick-log.ts';
import { TickFeed, TickSource } from './tick-source.ts';
import type { TickBell, TickRun } from './tick-source.ts';
import type { TickLoop } from './tick-frames.ts';
import { TickVenue } from './tick-venue.ts';

/** What a worker is started with. */
export interface TickThreadPlan extends ThreadPlan {
  readonly log: TickLogMemory;
  readonly gc: SharedArrayBuffer;
  /** Which GC_WORD group of `gc` is this thread's. */
  readonly gcIndex: number;
  /** For the thread of the market-data actor. */
  readonly loop: TickLoop | null;
  /** Ticks due, rung from another thread; null: the source looks at the clock in every turn of its event loop. */
  readonly bellDue: SharedArrayBuffer | null;
}

/** From the bench to the thread of the market-data actor. */
export type ToTickThread = { readonly kind: 'open' } | { readonly kind: 'run'; readonly run: TickRun };

/** From there to the bench. */
export type FromTickThread =
  | { readonly kind: 'opened' }
  | { readonly kind: 'sent' }
  | {
      readonly kind: 'ring';
      readonly startNs: number;
      readonly intervalNs: number;
      readonly ticks: number;
    };

/** Collections by kind; the engine's own count has all kinds together. */
function watchGc(words: Float64Array): void {
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as PerformanceEntry & { readonly detail: { readonly kind: number } }).detail;
      words[kind === constants.NODE_PERFORMANCE_GC_MINOR ? GC_WORD.scavenges : GC_WORD.others] += 1;
      words[GC_WORD.longestMs] = Math.max(words[GC_WORD.longestMs], entry.duration);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
}

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
  private readonly source: TickSource | null;
  private venue: TickVenue | null = null;

  constructor(plan: TickThreadPlan, clock: SystemClock, kick: () => void) {
    const log = new TickLog(plan.log);
    const deliver = (): boolean => this.venue?.deliver() ?? false;
    const bell = plan.bellDue === null ? null : ringFromBench(plan.bellDue);
    const source = plan.loop === null ? null : new TickSource(plan.loop, log, clock, kick, deliver, bell);
    this.source = source;
    this.overrides = {
      createFeed: (context) => {
        const feed = new TickFeed(context, createBinanceSpotReplayDecoder(), source!);
        source!.attach(feed);
        return feed;
      },
      openGateway: (context) => {
        const onWaiting = (): void => {
          setImmediate(deliver);
        };
        const { namespace, ackTimeoutMs } = plan.config.execution;
        this.venue = new TickVenue(
          context,
          log,
          {
            credentials: plan.credentials!,
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

  listen(): void {
    const { source } = this;
    if (source === null) return;
    parentPort!.on('message', (message: ToTickThread) => {
      if (message.kind === 'open') {
        source.open();
        post({ kind: 'opened' });
      } else void source.begin(message.run).then(() => post({ kind: 'sent' }));
    });
  }
}

const plan = workerData as TickThreadPlan;
watchGc(new Float64Array(plan.gc, plan.gcIndex * GC_WORD.count * 8, GC_WORD.count));
await runThread(plan, (kick, clock) => {
  const ends = new TickEnds(plan, clock, kick);
  ends.listen();
  return ends.overrides;
});
parentPort!.close();
