import { fileURLToPath } from 'node:url';
import type { Clock } from '../../core/clock.ts';
import { actorName, kindOf } from '../../runtime/actor.ts';
import type { ActorName } from '../../runtime/actor.ts';
import type { Culprit, ThreadEvidence, TurnWatch } from '../../runtime/supervisor.ts';
import type { ThreadSpec } from '../../runtime/topology.ts';
import { STRATEGY_ERROR } from '../../strategy/error-codes.ts';
import { FAULT_CAUSE } from '../../strategy/strategy-faults.ts';
import type { StrategyFaults } from '../../strategy/strategy-faults.ts';
import { callbackName, STRATEGY_CALLBACK } from '../../strategy/strategy-shape.ts';
import {
  callbackInTrace,
  strategiesOn,
  strategyFiles,
  strategyInTrace,
  traceOf,
} from '../strategy/strategy-traces.ts';
import type { StrategyFile } from '../strategy/strategy-traces.ts';
import type { StrategySlots } from '../strategy/strategy-slots.ts';
import type { Wiring } from '../threads/wiring.ts';

/** Error code of Node for a thread that reached its heap limit. */
export const OUT_OF_MEMORY = 'ERR_WORKER_OUT_OF_MEMORY';
/** Which actor a file of the engine in a trace belongs to. */
const STAGE_FRAME = /\/engine\/(market-data|book|strategy|risk|execution|journal|analysis|api)\//;

/** A strategy and what of it ran; callback 0 = something outside of its callbacks. */
interface Suspect {
  readonly index: number;
  readonly callback: number;
}

/**
 * Finds out whose turn it was on a thread that hangs or has ended, and switches the strategy off whose turn it was.
 * Main thread.
 */
export class EngineTurnWatch implements TurnWatch {
  private readonly wiring: Wiring;
  private readonly slots: StrategySlots;
  private readonly faults: StrategyFaults;
  private readonly clock: Clock;
  private readonly heapMbMax: number;
  /** The silence that is looked at, and what the process took when it began. */
  private silentSinceNs = 0;
  private rssBefore = 0;

  /** @param heapMbMax what a strategy may take in one turn, beyond what the process had */
  constructor(wiring: Wiring, clock: Clock, heapMbMax: number) {
    this.wiring = wiring;
    this.slots = wiring.strategySlots();
    this.faults = wiring.strategyFaults();
    this.clock = clock;
    this.heapMbMax = heapMbMax;
  }

  isInStrategy({ name }: ThreadSpec): boolean {
    return this.wiring.turnWord(name).read().strategyIndex >= 0;
  }

  tookTooMuch(thread: ThreadSpec, lastBeatNs: number): Error | null {
    if (!this.isInStrategy(thread)) return null;
    const rss = process.memoryUsage.rss();
    if (lastBeatNs !== this.silentSinceNs) {
      this.silentSinceNs = lastBeatNs;
      this.rssBefore = rss;
    }
    const takenMb = Math.round((rss - this.rssBefore) / 1_048_576);
    if (takenMb <= this.heapMbMax) return null;
    return Object.assign(new Error(`${takenMb} MB taken in one turn`), { code: OUT_OF_MEMORY });
  }

  blame(thread: ThreadSpec, evidence: ThreadEvidence): Culprit {
    const isHost = this.hostedOn(thread).length > 0;
    const suspect = isHost ? this.suspectOn(thread, evidence) : null;
    const { place } = this.wiring.turnWord(thread.name).read();
    this.wiring.turnWord(thread.name).endTurn();
    if (suspect !== null) return this.convict(thread, suspect, evidence);
    const actor = thread.actors[place] ?? actorInTrace(traceOf(evidence.error) || evidence.stack, thread);
    const where =
      place >= 0
        ? `in the turn of ${thread.actors[place]}`
        : 'outside of the turns of the actors (sockets, timers, promises)';
    return { actor: actor ?? null, where, isStrategyFault: false };
  }

  private hostedOn(thread: ThreadSpec): StrategyFile[] {
    return strategiesOn(thread, strategyFiles(this.slots));
  }

  private suspectOn(thread: ThreadSpec, evidence: ThreadEvidence): Suspect | null {
    const { name } = thread;
    const hosted = this.hostedOn(thread);
    const goingOn = hosted.find(({ index }) => this.faults.takeGoingOn(index))?.index ?? -1;
    if (goingOn >= 0) return { index: goingOn, callback: 0 };
    const { place, strategyIndex, callback } = this.wiring.turnWord(name).read();
    if (strategyIndex >= 0 && this.slots.read(strategyIndex) !== null)
      return { index: strategyIndex, callback };
    if (isOutOfMemory(evidence)) return this.onlyOne(hosted);
    if (place >= 0) return null;
    const trace = traceOf(evidence.error) || evidence.stack;
    if (trace !== '') return this.suspectIn(trace, hosted);
    // The engine ends none of its threads itself: this one was told to exit.
    return evidence.cause === 'ended' ? this.onlyOne(hosted) : null;
  }

  /** Memory is taken bit by bit and runs out in anybody's turn; the actors allocate nothing while they run. */
  private onlyOne(hosted: readonly StrategyFile[]): Suspect | null {
    const running = hosted.filter(({ index, isRemoved }) => !isRemoved && !this.faults.isFaulted(index));
    return running.length === 1 ? { index: running[0].index, callback: 0 } : null;
  }

  private suspectIn(trace: string, hosted: readonly StrategyFile[]): Suspect | null {
    const suspicion = strategyInTrace(trace, hosted, (index) => this.faults.isFaulted(index));
    if (suspicion === null) return null;
    const { strategy } = suspicion;
    const name = callbackInTrace(trace, strategy) as keyof typeof STRATEGY_CALLBACK | '';
    return { index: strategy.index, callback: name === '' ? 0 : STRATEGY_CALLBACK[name] };
  }

  private convict(thread: ThreadSpec, { index, callback }: Suspect, evidence: ThreadEvidence): Culprit {
    const { name, url, actor } = this.slots.read(index)!.strategy;
    const file = fileURLToPath(url);
    const inside = callback === 0 ? 'outside of its callbacks' : `in ${callbackName(callback)}`;
    const where = `in strategy "${name}" ${inside} (${file}${lineIn(evidence.stack, url)}), which is switched off`;
    const cause = isOutOfMemory(evidence) ? FAULT_CAUSE.memory : FAULT_CAUSE[evidence.cause];
    const title = callback === 0 ? name : `${name}.${callbackName(callback)}`;
    const text = `STRATEGY_FAULTED ${title}: ${sentence(evidence)} (${file})`;
    // What ends its thread after it was switched off is no second fault.
    if (this.faults.note(index, cause, callback))
      this.wiring.errors().record(STRATEGY_ERROR.faulted, text, this.clock.nowNs());
    return {
      actor: thread.actors.find((each) => each === actorName('strategy', actor)) ?? null,
      where,
      isStrategyFault: true,
    };
  }
}

function isOutOfMemory({ error }: ThreadEvidence): boolean {
  return (error as { code?: unknown } | null)?.code === OUT_OF_MEMORY;
}

function sentence(evidence: ThreadEvidence): string {
  if (isOutOfMemory(evidence)) return 'it needed more memory than its thread may have';
  return evidence.cause === 'hung'
    ? `it hung: ${evidence.detail}`
    : `it ended its thread: ${evidence.detail}`;
}

/** The line of a strategy's file a stack is in. */
function lineIn(stack: string, url: string): string {
  const at = stack.indexOf(`${url}:`);
  return at < 0 ? '' : (/^:\d+/.exec(stack.slice(at + url.length))?.[0] ?? '');
}

function actorInTrace(trace: string, { actors }: ThreadSpec): ActorName | undefined {
  const stage = STAGE_FRAME.exec(trace)?.[1];
  return actors.find((actor) => kindOf(actor) === (stage === 'book' ? 'orderbook' : stage));
}
