import type { Clock } from '../core/clock.ts';
import { HOT_ACTORS } from './actor.ts';
import type { ActorName, HotActorName } from './actor.ts';
import {
  attribute,
  HOP_STAGES,
  LATENCY_CAUSES,
  overlapNs,
  STAGE_ACTORS,
  stageParts,
} from './latency-attribution.ts';
import type {
  Attribution,
  HopStage,
  LatencyCause,
  ThreadEvidence,
  StageActors,
} from './latency-attribution.ts';
import type { LatencyHops } from './latency-histograms.ts';
import { PAUSE_KIND } from './pause-log.ts';
import type { PauseLogReader } from './pause-log.ts';

/** Late orders kept with their hops. */
export const OFFENDERS_KEPT = 32;
/** A garbage collection is known to the thread itself only after its event loop has turned: judgement waits for it. */
const SETTLE_NS = 800_000_000;
/** Late orders that may wait for judgement; beyond it the oldest is judged by what is known. */
const PENDING_MAX = 1_024;
/** How long and how much of what happened to a thread is remembered. */
const REMEMBERED_NS = 10_000_000_000;
const REMEMBERED_MAX = 4_096;

/** One thread of the hot path as the watch sees it. */
export interface WatchedThread {
  readonly name: string;
  readonly actors: readonly HotActorName[];
  readonly pauses: Pick<PauseLogReader, 'poll' | 'missed'>;
  /** Nanoseconds without a processor since the last call; null = not known. */
  readonly runDelay: () => number | null;
}

/** One stage of a late order. */
export interface OffenderStage {
  readonly stage: HopStage;
  readonly ns: number;
  /** Of that: before the actor's turn began. */
  readonly waitedNs: number;
  /** null: within its share of the budget. */
  readonly cause: LatencyCause | null;
  /** Whose turn it was, for longHandler and ringBacklog. */
  readonly actor: HotActorName | null;
}

/** A late order. */
export interface Offender {
  readonly intentSeq: number;
  /** When its bytes left, monoNs. */
  readonly sentNs: number;
  readonly tickToOrderNs: number;
  /** What explains most of the stages over their share. */
  readonly cause: LatencyCause;
  readonly stages: readonly OffenderStage[];
}

type CauseCounts = Record<LatencyCause, number>;

/** Everything the watch knows, as plain data. */
export interface LatencyWatchReport {
  /** Tick-to-order above this makes an order late, a stage above its share makes the stage late; ns. */
  readonly budgetNs: number;
  readonly stageBudgetNs: number;
  /** Late orders by cause. */
  readonly orders: Readonly<CauseCounts>;
  /** Late stages by cause, of all orders. */
  readonly stages: Readonly<Record<HopStage, Readonly<CauseCounts>>>;
  /** Late orders and stages that are not judged yet. */
  readonly pending: number;
  /** Intervals of threads that were overwritten before they were read: their orders may count as unknown. */
  readonly missedIntervals: number;
  /** Whether the kernel says how long threads had no processor. */
  readonly seesRunDelay: boolean;
  /** The latest late orders, oldest first. */
  readonly offenders: readonly Offender[];
}

function noCounts(): CauseCounts {
  return { gc: 0, schedulerGap: 0, longHandler: 0, ringBacklog: 0, unknown: 0 };
}

interface Evidence {
  gc: { fromNs: number; toNs: number }[];
  gaps: { fromNs: number; toNs: number }[];
  longTurns: { fromNs: number; toNs: number; actor: HotActorName }[];
  runDelays: { fromNs: number; toNs: number; delayNs: number }[];
}

function overlapping<Kind extends { fromNs: number; toNs: number }>(
  intervals: readonly Kind[],
  fromNs: number,
  toNs: number,
): Kind[] {
  return intervals.filter((interval) => interval.fromNs < toNs && interval.toNs > fromNs);
}

function forget(intervals: { toNs: number }[], beforeNs: number): void {
  let count = 0;
  while (count < intervals.length && intervals[count].toNs < beforeNs) count++;
  count = Math.max(count, intervals.length - REMEMBERED_MAX);
  if (count > 0) intervals.splice(0, count);
}

/**
 * Finds out why orders were late: remembers what happened to the hot threads, keeps each late order until the threads
 * have had the time to tell, then joins the two. Main thread, off the hot path; everything it keeps is bounded.
 */
export class LatencyWatch {
  readonly budgetNs: number;
  readonly stageBudgetNs: number;
  private readonly clock: Clock;
  private readonly threads: readonly WatchedThread[];
  /** Those of the topology, by which the pause logs name an actor. */
  private readonly actors: readonly ActorName[];
  private readonly evidence: readonly Evidence[];
  private readonly threadOfActor: ReadonlyMap<HotActorName, number>;
  private readonly pending: LatencyHops[] = [];
  private readonly pendingSinceNs: number[] = [];
  private readonly orders: CauseCounts = noCounts();
  private readonly stages: Record<HopStage, CauseCounts>;
  private readonly offenders: Offender[] = [];
  /** Whose stages an order went through. */
  private readonly actorsOf: (hops: LatencyHops) => StageActors;
  private polledNs: number;
  private seesRunDelay = false;

  /** @param budgetNs for tick-to-order; each of its five stages has a fifth. 0 = nothing is ever late */
  constructor(
    budgetNs: number,
    threads: readonly WatchedThread[],
    clock: Clock,
    actors: readonly ActorName[] = HOT_ACTORS,
    actorsOf: (hops: LatencyHops) => StageActors = () => STAGE_ACTORS,
  ) {
    this.actorsOf = actorsOf;
    this.budgetNs = budgetNs > 0 ? budgetNs : Infinity;
    this.stageBudgetNs = this.budgetNs / HOP_STAGES.length;
    this.clock = clock;
    this.threads = threads;
    this.actors = actors;
    this.evidence = threads.map(() => ({ gc: [], gaps: [], longTurns: [], runDelays: [] }));
    this.threadOfActor = new Map(
      threads.flatMap(({ actors }, index) => actors.map((actor): [HotActorName, number] => [actor, index])),
    );
    this.stages = Object.fromEntries(HOP_STAGES.map((stage) => [stage, noCounts()])) as Record<
      HopStage,
      CauseCounts
    >;
    this.polledNs = clock.nowNs();
  }

  /** Takes the hops of an order whose bytes have left; the view may be reused afterwards. */
  note(hops: LatencyHops): void {
    if (!this.isLate(hops)) return;
    if (this.pending.length >= PENDING_MAX) this.judge(this.takeOldest());
    const { intentSeq, recvNs, decodedNs, bookedNs, signalledNs, approvedNs, sentNs, ackedNs } = hops;
    const { bookTakenNs, strategyTakenNs, riskTakenNs, executionTakenNs, instrumentIndex } = hops;
    this.pending.push({
      intentSeq,
      recvNs,
      decodedNs,
      bookedNs,
      signalledNs,
      approvedNs,
      sentNs,
      ackedNs,
      bookTakenNs,
      strategyTakenNs,
      riskTakenNs,
      executionTakenNs,
      ...(instrumentIndex === undefined ? {} : { instrumentIndex }),
    });
    this.pendingSinceNs.push(this.clock.nowNs());
  }

  /** Reads what the threads noted and judges what is due. Cheap when nothing happened. */
  poll(): void {
    const nowNs = this.clock.nowNs();
    for (let index = 0; index < this.threads.length; index++) this.readThread(index, nowNs);
    this.polledNs = nowNs;
    while (this.pending.length > 0 && nowNs - this.pendingSinceNs[0] >= SETTLE_NS)
      this.judge(this.takeOldest());
  }

  /** Judges everything that waits by what is known now: when no more is coming. */
  settle(): void {
    this.poll();
    while (this.pending.length > 0) this.judge(this.takeOldest());
  }

  report(): LatencyWatchReport {
    return {
      budgetNs: this.budgetNs,
      stageBudgetNs: this.stageBudgetNs,
      orders: { ...this.orders },
      stages: Object.fromEntries(
        HOP_STAGES.map((stage) => [stage, { ...this.stages[stage] }]),
      ) as LatencyWatchReport['stages'],
      pending: this.pending.length,
      missedIntervals: this.threads.reduce((sum, { pauses }) => sum + pauses.missed, 0),
      seesRunDelay: this.seesRunDelay,
      offenders: [...this.offenders],
    };
  }

  private isLate(hops: LatencyHops): boolean {
    if (hops.recvNs > 0 && hops.sentNs - hops.recvNs > this.budgetNs) return true;
    const limitNs = this.stageBudgetNs;
    return (
      (hops.recvNs > 0 && hops.decodedNs - hops.recvNs > limitNs) ||
      (hops.decodedNs > 0 && hops.bookedNs - hops.decodedNs > limitNs) ||
      (hops.bookedNs > 0 && hops.signalledNs - hops.bookedNs > limitNs) ||
      hops.approvedNs - hops.signalledNs > limitNs ||
      hops.sentNs - hops.approvedNs > limitNs
    );
  }

  private takeOldest(): LatencyHops {
    this.pendingSinceNs.shift();
    return this.pending.shift()!;
  }

  private readThread(index: number, nowNs: number): void {
    const thread = this.threads[index];
    const evidence = this.evidence[index];
    thread.pauses.poll((kind, fromNs, toNs, actorIndex) => {
      if (kind === PAUSE_KIND.gc) evidence.gc.push({ fromNs, toNs });
      else if (kind === PAUSE_KIND.gap) evidence.gaps.push({ fromNs, toNs });
      else evidence.longTurns.push({ fromNs, toNs, actor: this.actors[actorIndex] as HotActorName });
    });
    const delayNs = thread.runDelay();
    if (delayNs !== null) {
      this.seesRunDelay = true;
      if (delayNs > 0) evidence.runDelays.push({ fromNs: this.polledNs, toNs: nowNs, delayNs });
    }
    for (const intervals of [evidence.gc, evidence.gaps, evidence.longTurns, evidence.runDelays]) {
      forget(intervals, nowNs - REMEMBERED_NS);
    }
  }

  private evidenceFor(actor: HotActorName, fromNs: number, toNs: number): ThreadEvidence {
    const { gc, gaps, longTurns, runDelays } = this.evidence[this.threadOfActor.get(actor)!];
    return {
      gc: overlapping(gc, fromNs, toNs),
      gaps: overlapping(gaps, fromNs, toNs),
      longTurns: overlapping(longTurns, fromNs, toNs),
      runDelays: overlapping(runDelays, fromNs, toNs),
    };
  }

  /** The kernel counts per look, not per hop: what made one hop late cannot have made another late too. */
  private takeRunDelay(actor: HotActorName, fromNs: number, toNs: number, ns: number): void {
    let leftNs = ns;
    for (const delay of this.evidence[this.threadOfActor.get(actor)!].runDelays) {
      if (leftNs <= 0) return;
      const takenNs = Math.min(leftNs, delay.delayNs, overlapNs(delay, { fromNs, toNs }));
      delay.delayNs -= takenNs;
      leftNs -= takenNs;
    }
  }

  private judge(hops: LatencyHops): void {
    const explained = noCounts();
    const stages: OffenderStage[] = [];
    const actors = this.actorsOf(hops);
    for (const stage of HOP_STAGES) {
      const parts = stageParts(hops, stage, actors);
      if (parts.length === 0) continue;
      const { fromNs } = parts[0];
      const { toNs } = parts[parts.length - 1];
      const waitedNs = parts[0].kind === 'waiting' ? parts[0].toNs - fromNs : 0;
      let verdict: Attribution | null = null;
      if (toNs - fromNs > this.stageBudgetNs) {
        verdict = attribute(parts, (actor) => this.evidenceFor(actor, fromNs, toNs));
        this.takeRunDelay(parts[0].actor, fromNs, toNs, verdict.runDelayNs);
        this.stages[stage][verdict.cause]++;
        for (const cause of LATENCY_CAUSES) explained[cause] += verdict.shares[cause];
      }
      const cause = verdict === null ? null : verdict.cause;
      stages.push({
        stage,
        ns: toNs - fromNs,
        waitedNs,
        cause,
        actor: verdict === null ? null : verdict.actor,
      });
    }
    const tickToOrderNs = hops.sentNs - hops.recvNs;
    if (hops.recvNs <= 0 || tickToOrderNs <= this.budgetNs) return;
    let cause: LatencyCause = 'unknown';
    for (const candidate of LATENCY_CAUSES) if (explained[candidate] > explained[cause]) cause = candidate;
    this.orders[cause]++;
    this.offenders.push({ intentSeq: hops.intentSeq, sentNs: hops.sentNs, tickToOrderNs, cause, stages });
    if (this.offenders.length > OFFENDERS_KEPT) this.offenders.shift();
  }
}
