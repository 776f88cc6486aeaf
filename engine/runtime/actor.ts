/**
 * The contract of everything that runs on a hot thread (Agrona's Agent). An actor never blocks, never spawns, never
 * reads a clock of its own and talks only through its rings and shared cells; runners turn it.
 */
export interface Actor {
  readonly name: ActorName;
  /**
   * Called once on the actor's thread before its first cycle; also after every restart (restart = the start path).
   * May allocate and throw: a throw here is an error of start.
   */
  onStart(nowNs: number): void;
  /**
   * One bounded turn of the duty cycle: commands, then reports, then new requests. Returns how much work was done; 0 lets the
   * runner idle. Allocates nothing; throws only on a broken invariant, which ends the actor.
   */
  doWork(nowNs: number): number;
  /** Whether work waits: what a runner asks between announcing that it will sleep and sleeping. */
  hasWork(): boolean;
  /** Called once when the actor leaves its thread (stop or rebuild). Closes sockets and timers; must not throw. */
  onClose(): void;
}

/**
 * An actor that finds the time of its turn in a cell instead of an argument: a double handed to a method that is not
 * inlined is a new object per call, and runners call every actor through one place in the code. Runners prefer it.
 */
export interface TimedActor extends Actor {
  /** [0]: when the present turn began, monoNs; written by the runner before `takeTurn`. */
  readonly turnNs: Float64Array;
  /** `doWork` at the time in `turnNs`. */
  takeTurn(): number;
}

/** Whether the runner is to tell the time by `turnNs`. */
export function isTimed(actor: Actor): actor is TimedActor {
  return 'takeTurn' in actor && 'turnNs' in actor;
}

/** The kinds of hot actors, in the order of the flow. An engine has one of each or several, told apart by a label. */
export const HOT_ACTORS = ['market-data', 'orderbook', 'strategy', 'risk', 'execution'] as const;

/** The actors beside the hot path; one of each. */
export const OBSERVER_ACTORS = ['journal', 'analysis', 'api'] as const;

export type HotActorKind = (typeof HOT_ACTORS)[number];
export type ObserverName = (typeof OBSERVER_ACTORS)[number];
export type ActorKind = HotActorKind | ObserverName;
/** `kind`, or `kind@label` where an engine has several of that kind. */
export type HotActorName = HotActorKind | `${HotActorKind}@${string}`;
export type ActorName = HotActorName | ObserverName;

/** The name of a hot actor; an empty label leaves the bare kind. */
export function actorName(kind: HotActorKind, label: string): HotActorName {
  return label === '' ? kind : `${kind}@${label}`;
}

/** What an actor is, whatever its label. */
export function kindOf(name: HotActorName): HotActorKind;
export function kindOf(name: ActorName): ActorKind;
export function kindOf(name: ActorName): ActorKind {
  const at = name.indexOf('@');
  return (at < 0 ? name : name.slice(0, at)) as ActorKind;
}

/** The label of an actor; empty when its kind says it all. */
export function labelOf(name: ActorName): string {
  const at = name.indexOf('@');
  return at < 0 ? '' : name.slice(at + 1);
}

/** Whether `name` is that of a hot actor, with or without a label. */
export function isHotActor(name: string): name is HotActorName {
  return (HOT_ACTORS as readonly string[]).includes(kindOf(name as ActorName));
}

/**
 * How an actor with sockets or timers of its own asks its runner for a turn now: a frame that arrives is decoded and
 * acted on in the same turn of the event loop. Callable only from the runner's thread; re-entrant calls are ignored.
 */
export type Kick = () => void;
