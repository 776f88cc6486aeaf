import type { HotActorName } from './actor.ts';
import type { LatencyHops } from './latency-histograms.ts';

/**
 * Why a hop took longer than its share of the latency budget:
 * gc: its thread collected garbage. schedulerGap: its thread was not running, or not turning, while the work waited.
 * longHandler: one turn of an actor took that long. ringBacklog: the record waited while its consumer worked on earlier
 * ones. unknown: nothing that is watched explains it. V8 gives no notice of a deoptimisation while a program runs: one
 * shows as a long handler.
 */
export const LATENCY_CAUSES = ['gc', 'schedulerGap', 'longHandler', 'ringBacklog', 'unknown'] as const;

/** One of LATENCY_CAUSES. */
export type LatencyCause = (typeof LATENCY_CAUSES)[number];

/** The stages an order passes from frame to bytes, in order; each is a waiting part and a handling part. */
export const HOP_STAGES = [
  'recvToDecoded',
  'decodedToBooked',
  'bookedToSignalled',
  'signalledToApproved',
  'approvedToSent',
] as const;

export type HopStage = (typeof HOP_STAGES)[number];

/** Nanoseconds from, to; monoNs. */
export interface Interval {
  readonly fromNs: number;
  readonly toNs: number;
}

/** One turn of an actor that took longer than the limit. */
export interface LongTurn extends Interval {
  readonly actor: HotActorName;
}

/** How long the kernel says a thread was ready to run and had no processor, somewhere within the interval. */
export interface RunDelay extends Interval {
  readonly delayNs: number;
}

/** What is known of one thread around the time of a hop. */
export interface ThreadEvidence {
  readonly gc: readonly Interval[];
  /** Between turns. */
  readonly gaps: readonly Interval[];
  readonly longTurns: readonly LongTurn[];
  readonly runDelays: readonly RunDelay[];
}

/**
 * A part of a stage. waiting: the record lies in the ring before `actor`. handling: `actor` has taken it in, in a turn.
 * callback: both ends were read in one callback of the event loop, outside of any turn (a frame is decoded there).
 */
export interface HopPart extends Interval {
  readonly kind: 'waiting' | 'handling' | 'callback';
  readonly actor: HotActorName;
}

/** How many nanoseconds of a hop each cause explains; they add up to its length. */
export type CauseShares = Readonly<Record<LatencyCause, number>>;

/** The verdict on one stage. */
export interface Attribution {
  readonly cause: LatencyCause;
  readonly shares: CauseShares;
  /** Whose turn it was, for longHandler and ringBacklog; else null. */
  readonly actor: HotActorName | null;
  /** Nanoseconds taken out of the run delays: a caller that judges several hops subtracts them, so that none counts twice. */
  readonly runDelayNs: number;
}

/** Which actor each stage of an order's way is the turn of. */
export type StageActors = Readonly<Record<HopStage, HotActorName>>;

/** The actors of an engine that has one of each kind. */
export const STAGE_ACTORS: StageActors = {
  recvToDecoded: 'market-data',
  decodedToBooked: 'orderbook',
  bookedToSignalled: 'strategy',
  signalledToApproved: 'risk',
  approvedToSent: 'execution',
};

/** From and to of a stage, monoNs; 0 = that hop was not reached. */
export function stageInterval(hops: LatencyHops, stage: HopStage): Interval {
  switch (stage) {
    case 'recvToDecoded':
      return { fromNs: hops.recvNs, toNs: hops.decodedNs };
    case 'decodedToBooked':
      return { fromNs: hops.decodedNs, toNs: hops.bookedNs };
    case 'bookedToSignalled':
      return { fromNs: hops.bookedNs, toNs: hops.signalledNs };
    case 'signalledToApproved':
      return { fromNs: hops.signalledNs, toNs: hops.approvedNs };
    case 'approvedToSent':
      return { fromNs: hops.approvedNs, toNs: hops.sentNs };
  }
}

function takenNs(hops: LatencyHops, stage: HopStage): number {
  switch (stage) {
    case 'recvToDecoded':
      return hops.recvNs;
    case 'decodedToBooked':
      return hops.bookTakenNs;
    case 'bookedToSignalled':
      return hops.strategyTakenNs;
    case 'signalledToApproved':
      return hops.riskTakenNs;
    case 'approvedToSent':
      return hops.executionTakenNs;
  }
}

/** The waiting and handling parts of a stage; empty when one of its ends was not reached. Pure. */
export function stageParts(
  hops: LatencyHops,
  stage: HopStage,
  actors: StageActors = STAGE_ACTORS,
): HopPart[] {
  const { fromNs, toNs } = stageInterval(hops, stage);
  if (fromNs <= 0 || toNs <= fromNs) return [];
  const actor = actors[stage];
  if (stage === 'recvToDecoded') return [{ kind: 'callback', actor, fromNs, toNs }];
  // A record published after the consumer's turn began was not waited for.
  const beginsNs = Math.min(toNs, Math.max(fromNs, takenNs(hops, stage)));
  const parts: HopPart[] = [
    { kind: 'waiting', actor, fromNs, toNs: beginsNs },
    { kind: 'handling', actor, fromNs: beginsNs, toNs },
  ];
  return parts.filter((part) => part.toNs > part.fromNs);
}

/**
 * What made a stage late. Instant by instant, a garbage collection explains first, then (while waiting) a gap between
 * turns, then a long turn: of the consumer itself while waiting = backlog, of any other actor of the thread = long
 * handler, and while handling only the handler's own. What is left of waiting is backlog in turns below the limit, of a
 * callback the callback itself, a long handler; what is left of handling is unknown. Last, time the kernel says the
 * thread had no processor goes to schedulerGap, first out of what is unknown. The cause is what explains most. Pure.
 * @param evidenceOf what is known of the thread that hosts an actor
 */
export function attribute(
  parts: readonly HopPart[],
  evidenceOf: (actor: HotActorName) => ThreadEvidence,
): Attribution {
  const shares: Record<LatencyCause, number> = {
    gc: 0,
    schedulerGap: 0,
    longHandler: 0,
    ringBacklog: 0,
    unknown: 0,
  };
  const turnNs = new Map<HotActorName, number>();
  let runDelayNs = 0;
  for (const part of parts) runDelayNs += addPart(part, evidenceOf(part.actor), shares, turnNs);
  let cause: LatencyCause = 'unknown';
  for (const candidate of LATENCY_CAUSES) if (shares[candidate] > shares[cause]) cause = candidate;
  return { cause, shares, actor: blamed(cause, turnNs), runDelayNs };
}

function blamed(cause: LatencyCause, turnNs: ReadonlyMap<HotActorName, number>): HotActorName | null {
  if (cause !== 'longHandler' && cause !== 'ringBacklog') return null;
  let actor: HotActorName | null = null;
  for (const [name, ns] of turnNs) if (actor === null || ns > turnNs.get(actor)!) actor = name;
  return actor;
}

function addPart(
  part: HopPart,
  evidence: ThreadEvidence,
  shares: Record<LatencyCause, number>,
  turnNs: Map<HotActorName, number>,
): number {
  const isWaiting = part.kind === 'waiting';
  const turns = isWaiting
    ? evidence.longTurns
    : evidence.longTurns.filter(({ actor }) => actor === part.actor);
  const gaps = isWaiting ? evidence.gaps : [];
  const own: Record<LatencyCause, number> = {
    gc: 0,
    schedulerGap: 0,
    longHandler: 0,
    ringBacklog: 0,
    unknown: 0,
  };
  const cuts = cutsOf(part, [evidence.gc, gaps, turns]);
  for (let index = 1; index < cuts.length; index++) {
    const fromNs = cuts[index - 1];
    const lengthNs = cuts[index] - fromNs;
    if (covers(evidence.gc, fromNs)) own.gc += lengthNs;
    else if (covers(gaps, fromNs)) own.schedulerGap += lengthNs;
    else {
      const turn = turns.find((candidate) => candidate.fromNs <= fromNs && fromNs < candidate.toNs);
      own[causeOf(part, turn)] += lengthNs;
      const actor = part.kind === 'callback' ? part.actor : turn?.actor;
      if (actor !== undefined) turnNs.set(actor, (turnNs.get(actor) ?? 0) + lengthNs);
    }
  }
  const movedNs = moveRunDelay(part, evidence.runDelays, own);
  for (const cause of LATENCY_CAUSES) shares[cause] += own[cause];
  return movedNs;
}

/** What explains a moment that is no garbage collection and no gap. */
function causeOf(part: HopPart, turn: LongTurn | undefined): LatencyCause {
  if (part.kind === 'callback') return 'longHandler';
  if (part.kind === 'handling') return turn === undefined ? 'unknown' : 'longHandler';
  return turn === undefined || turn.actor === part.actor ? 'ringBacklog' : 'longHandler';
}

/** Every moment within `part` at which something begins or ends, its own ends included, ascending. */
function cutsOf(part: Interval, sources: readonly (readonly Interval[])[]): number[] {
  const cuts = new Set<number>([part.fromNs, part.toNs]);
  for (const source of sources) {
    for (const { fromNs, toNs } of source) {
      if (fromNs > part.fromNs && fromNs < part.toNs) cuts.add(fromNs);
      if (toNs > part.fromNs && toNs < part.toNs) cuts.add(toNs);
    }
  }
  return [...cuts].sort((a, b) => a - b);
}

function covers(intervals: readonly Interval[], ns: number): boolean {
  return intervals.some(({ fromNs, toNs }) => fromNs <= ns && ns < toNs);
}

/**
 * A gap between turns is a lack of a processor seen from the inside: only what the kernel counts beyond it moves.
 * Returns how much did.
 */
function moveRunDelay(
  part: Interval,
  runDelays: readonly RunDelay[],
  own: Record<LatencyCause, number>,
): number {
  let delayNs = 0;
  for (const delay of runDelays) delayNs += Math.min(delay.delayNs, overlapNs(part, delay));
  let leftNs = Math.max(0, delayNs - own.schedulerGap);
  const allowedNs = leftNs;
  for (const from of ['unknown', 'ringBacklog', 'longHandler'] as const) {
    const movedNs = Math.min(leftNs, own[from]);
    own[from] -= movedNs;
    own.schedulerGap += movedNs;
    leftNs -= movedNs;
  }
  return allowedNs - leftNs;
}

/** How long two intervals overlap. */
export function overlapNs(a: Interval, b: Interval): number {
  return Math.max(0, Math.min(a.toNs, b.toNs) - Math.max(a.fromNs, b.fromNs));
}
