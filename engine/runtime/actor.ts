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
   * One bounded turn of the duty cycle: commands, then reports, then wishes. Returns how much work was done; 0 lets the
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

/** The hot actors, in the order of the flow. */
export const HOT_ACTORS = ['market-data', 'orderbook', 'strategy', 'risk', 'execution'] as const;

/** The actors beside the hot path. */
export const OBSERVER_ACTORS = ['journal', 'analysis', 'api'] as const;

export type HotActorName = (typeof HOT_ACTORS)[number];
export type ActorName = HotActorName | (typeof OBSERVER_ACTORS)[number];

/**
 * How an actor with sockets or timers of its own asks its runner for a turn now: a frame that arrives is decoded and
 * acted on in the same turn of the event loop. Callable only from the runner's thread; re-entrant calls are ignored.
 */
export type Kick = () => void;
