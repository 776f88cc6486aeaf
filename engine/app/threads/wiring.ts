import type { Clock } from '../../core/clock.ts';
import { BuriedRecord } from '../../ipc/buried-record.ts';
import { CounterBlock } from '../../ipc/counters.ts';
import { Doorbell } from '../../ipc/doorbell.ts';
import { ErrorLog } from '../../ipc/error-log.ts';
import { InstrumentSlots } from '../../ipc/instrument-slots.ts';
import { regionOf } from '../../ipc/memory-map.ts';
import type { MemoryMap, Region } from '../../ipc/memory-map.ts';
import { Publication, RingMonitor, Subscription } from '../../ipc/ring.ts';
import type { RecordView } from '../../ipc/ring.ts';
import { TurnWord } from '../../ipc/turn-word.ts';
import { WaitHistogram } from '../../ipc/wait-histogram.ts';
import { DEAD_LETTER, DEAD_LETTER_BYTES, DeadLetter } from '../../messages/codecs.ts';
import type { CodecView } from '../../messages/codec-view.ts';
import { ActorControl } from '../../runtime/actor-control.ts';
import { isHotActor, kindOf } from '../../runtime/actor.ts';
import type { ActorName } from '../../runtime/actor.ts';
import { PauseLog, PauseLogReader } from '../../runtime/pause-log.ts';
import { ThreadControl } from '../../runtime/thread-control.ts';
import { StrategySlots } from '../strategy/strategy-slots.ts';
import { StrategyFaults } from '../../strategy/strategy-faults.ts';
import { threadOf } from '../../runtime/topology.ts';
import type { EngineTopology, RingEdge, RingEnd } from '../../runtime/topology.ts';

/** The shared memory of one engine and where everything is in it; plain data that travels to every thread. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  readonly map: MemoryMap;
  readonly topology: EngineTopology;
}

/** The name of something there is one of per label. */
export function labelledName(name: string, label: string): string {
  return label === '' ? name : `${name}@${label}`;
}

/** The name under which the supervisor's own thread appears in region names. */
export const SUPERVISOR_THREAD = 'supervisor';

/**
 * Hands out the ends of rings and the cells of shared memory to the actors of one thread. One per thread; a ring's end
 * is made anew for each incarnation of its actor, so that cursors resume from shared memory.
 */
export class Wiring {
  readonly memory: SharedMemory;
  readonly threadName: string;
  readonly clock: Clock;
  private readonly edges: ReadonlyMap<string, RingEdge>;
  private readonly deadLetter: DeadLetter = new DeadLetter();
  private faults: StrategyFaults | null = null;

  constructor(memory: SharedMemory, threadName: string, clock: Clock) {
    this.memory = memory;
    this.threadName = threadName;
    this.clock = clock;
    this.edges = new Map(memory.topology.edges.map((edge) => [edge.name, edge]));
  }

  get buffer(): SharedArrayBuffer {
    return this.memory.buffer;
  }

  get topology(): EngineTopology {
    return this.memory.topology;
  }

  region(name: string): Region {
    return regionOf(this.memory.map, name);
  }

  /** The engine's instruments, those added while it runs among them. */
  instrumentSlots(): InstrumentSlots {
    return new InstrumentSlots(this.buffer, this.region('state:instruments'));
  }

  /** A region that every actor of a kind has one of: `name@label`, or `name` when there is one. */
  labelled(name: string, label: string): Region {
    return this.region(labelledName(name, label));
  }

  /** The writing end; rings the doorbell of the consumer's thread when that is another one. */
  publication(name: string): Publication {
    const edge = this.edgeNamed(name);
    return new Publication(this.buffer, this.region(`ring:${name}`), edge, this.doorbellTo(edge.consumer));
  }

  /** The reading end; a record whose handler throws is copied to `deadLetters` as a DeadLetter. */
  subscription(name: string, deadLetters: Publication | null): Subscription {
    const subscription = new Subscription(this.buffer, this.region(`ring:${name}`), this.edgeNamed(name));
    if (deadLetters !== null) {
      subscription.onPoison = (type, view, byteOffset, byteLength): void => {
        this.bury(deadLetters, name, type, view, byteOffset, byteLength);
      };
    }
    return subscription;
  }

  monitor(edge: RingEdge): RingMonitor {
    return new RingMonitor(this.buffer, this.region(`ring:${edge.name}`), edge);
  }

  /** Watches a ring by name without taking part in it. */
  monitorNamed(name: string): RingMonitor {
    return this.monitor(this.edgeNamed(name));
  }

  counters(actor: ActorName): CounterBlock {
    return new CounterBlock(this.buffer, this.region(`counters:${actor}`));
  }

  errors(threadName: string = this.threadName): ErrorLog {
    return new ErrorLog(this.buffer, this.region(`errors:${threadName}`));
  }

  actorControl(actor: ActorName): ActorControl {
    return new ActorControl(this.buffer, this.region(`control:${actor}`));
  }

  threadControl(threadName: string): ThreadControl {
    return new ThreadControl(this.buffer, this.region(`thread:${threadName}`));
  }

  turnWord(threadName: string): TurnWord {
    return new TurnWord(this.buffer, this.region(`turn:${threadName}`));
  }

  /** One object per thread: what is noted outside of the strategy actor's turn carries a text to it. */
  strategyFaults(): StrategyFaults {
    this.faults ??= new StrategyFaults(this.buffer, this.region('state:strategy-faults'));
    return this.faults;
  }

  /** The strategies there are now. */
  strategySlots(): StrategySlots {
    return new StrategySlots(this.buffer, this.region('state:strategies'));
  }

  pauseLog(threadName: string): PauseLog {
    return new PauseLog(this.buffer, this.region(`pauses:${threadName}`));
  }

  pauseLogReader(threadName: string): PauseLogReader {
    return new PauseLogReader(this.buffer, this.region(`pauses:${threadName}`));
  }

  /** @param ring one of `reportRings` */
  reportWaits(ring: string): WaitHistogram {
    return new WaitHistogram(this.buffer, this.region(`waits:${ring}`));
  }

  doorbell(threadName: string): Doorbell {
    return new Doorbell(this.buffer, this.region(`doorbell:${threadName}`));
  }

  /** The request an actor died on; null for an actor that takes none. */
  buriedRequest(actor: ActorName): BuriedRecord | null {
    if (!takesWishes(actor)) return null;
    return new BuriedRecord(this.buffer, this.region(`buried:${actor}`));
  }

  /** Puts a record aside on which a ring's consumer died: a request is kept for the successor, everything is logged. */
  bury(
    deadLetters: Publication,
    ring: string,
    type: number,
    view: RecordView,
    byteOffset: number,
    byteLength: number,
  ): void {
    const { consumer, direction } = this.edgeNamed(ring);
    if (direction === 'forward' && takesWishes(consumer)) {
      this.buriedRequest(consumer)?.keep(type, view, byteOffset, byteLength);
    }
    this.writeDeadLetter(deadLetters, ring, type, view, byteOffset, byteLength);
  }

  /** Copies a poisoned record to a dead-letter log; lost (and visible as a refused claim) when that log is full. */
  private writeDeadLetter(
    to: Publication,
    ring: string,
    type: number,
    view: CodecView,
    byteOffset: number,
    byteLength: number,
  ): void {
    const at = to.tryClaim(DEAD_LETTER, DEAD_LETTER_BYTES);
    if (at < 0) return;
    const letter = this.deadLetter.wrap(to.view, at);
    letter.eventNs = this.clock.nowNs();
    letter.poisonType = type;
    letter.poisonBytes = byteLength;
    letter.ring = ring;
    letter.payload = Buffer.from(view.u8.slice(byteOffset, byteOffset + byteLength)).toString('latin1');
    to.commit();
  }

  private edgeNamed(name: string): RingEdge {
    const edge = this.edges.get(name);
    if (edge === undefined) throw new RangeError(`no ring is called "${name}"`);
    return edge;
  }

  /** Observers and the supervisor look at their rings by the clock: a wake-up call would cost the hot thread. */
  private doorbellTo(consumer: RingEnd): Doorbell | null {
    if (!isHotActor(consumer)) return null;
    const target = threadOf(this.topology.threads, consumer);
    return target.name === this.threadName ? null : this.doorbell(target.name);
  }
}

/** Whether strategies' requests come to the actor: it owes them an answer. */
export function takesWishes(actor: RingEnd): actor is ActorName {
  return actor !== 'supervisor' && (kindOf(actor) === 'risk' || kindOf(actor) === 'execution');
}
