import { HOT_ACTORS, isHotActor, type HotActorName } from '../../runtime/actor.ts';
import { parseDurationMs } from '../cli/duration.ts';

/** Faults that hit one actor. */
export const ACTOR_FAULTS = ['kill', 'hang', 'throw'] as const;
/** Faults that hit an actor in the middle of the next request of a strategy. */
export const WISH_FAULTS = ['throw-wish', 'hang-wish'] as const;
/** Faults that hit the outside. */
export const OUTSIDE_FAULTS = ['drop-feed'] as const;
/** What the embedded exchange does to a symbol. */
export const SYMBOL_FAULTS = ['halt', 'unhalt'] as const;
export type DrillAction =
  | (typeof SYMBOL_FAULTS)[number]
  | (typeof ACTOR_FAULTS)[number]
  | (typeof WISH_FAULTS)[number]
  | (typeof OUTSIDE_FAULTS)[number];

/** One fault of a drill. */
export interface DrillStep {
  readonly action: DrillAction;
  /** null for a fault of the outside. */
  readonly actor: HotActorName | null;
  /** Of a fault that hits a symbol; else null. */
  readonly symbol: string | null;
  /** Milliseconds since trading began; of a relative step, since the step before it was over. */
  readonly atMs: number;
  /** Written as @+TIME: waits until trading went on after the step before it. */
  readonly isRelative: boolean;
}

/**
 * Reads `kill:strategy@5s,hang:orderbook@8s,throw:risk@+1s` into steps sorted by time (equal times keep their order). A
 * relative step stays behind the step it is written after. Throws RangeError with all that is wrong, one line per step.
 */
export function parseDrillSpec(text: string): DrillStep[] {
  const chains: DrillStep[][] = [];
  const problems: string[] = [];
  for (const part of text.split(',')) {
    try {
      const step = parseStep(part.trim());
      const chain = step.isRelative ? chains.at(-1) : undefined;
      if (chain === undefined) chains.push([step]);
      else chain.push(step);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (problems.length > 0) throw new RangeError(problems.join('\n'));
  return chains.sort((left, right) => left[0].atMs - right[0].atMs).flat();
}

/** Text that `parseDrillSpec` reads back as the same step; times in milliseconds. */
export function formatDrillStep(step: DrillStep): string {
  const whom = step.actor ?? step.symbol;
  return `${step.action}${whom === null ? '' : `:${whom}`}@${step.isRelative ? '+' : ''}${step.atMs}ms`;
}

function parseStep(text: string): DrillStep {
  const shown = JSON.stringify(text);
  // A label may follow the actor: kill:strategy@fast@5s.
  const match = /^([^:@]*)(?::(.*))?@([^@]*)$/.exec(text);
  if (match === null)
    throw new RangeError(`not a drill step: ${shown}; write ACTION:ACTOR@TIME, such as kill:strategy@5s`);
  const [, action = '', actor, when = ''] = match;
  const isRelative = when.startsWith('+');
  const time = isRelative ? when.slice(1) : when;
  if (isOneOf(OUTSIDE_FAULTS, action)) {
    if (actor !== undefined) throw new RangeError(`${shown}: ${action} takes no actor`);
    return { action, actor: null, symbol: null, atMs: parseDurationMs(time), isRelative };
  }
  if (isOneOf(SYMBOL_FAULTS, action)) {
    if (actor === undefined)
      throw new RangeError(`${shown}: ${action} needs a symbol, such as ${action}:BTCUSDT@5s`);
    return { action, actor: null, symbol: actor, atMs: parseDurationMs(time), isRelative };
  }
  if (!isOneOf([...ACTOR_FAULTS, ...WISH_FAULTS], action)) {
    const known = [...ACTOR_FAULTS, ...OUTSIDE_FAULTS, ...WISH_FAULTS, ...SYMBOL_FAULTS];
    throw new RangeError(`${shown}: no action "${action}"; there are ${known.join(', ')}`);
  }
  if (actor === undefined)
    throw new RangeError(`${shown}: ${action} needs an actor, such as ${action}:strategy@5s`);
  if (!isHotActor(actor)) {
    throw new RangeError(`${shown}: no actor "${actor}"; there are ${HOT_ACTORS.join(', ')}`);
  }
  if (isOneOf(WISH_FAULTS, action) && actor !== 'risk' && actor !== 'execution') {
    throw new RangeError(`${shown}: requests come to risk and execution only`);
  }
  return { action, actor, symbol: null, atMs: parseDurationMs(time), isRelative };
}

function isOneOf<T extends string>(words: readonly T[], word: string): word is T {
  return (words as readonly string[]).includes(word);
}
