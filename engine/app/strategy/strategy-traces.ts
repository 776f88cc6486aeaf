import { fileURLToPath } from 'node:url';
import { STRATEGY_CALLBACK } from '../../strategy/strategy-shape.ts';
import { actorName } from '../../runtime/actor.ts';
import type { ThreadSpec } from '../../runtime/topology.ts';
import type { StrategySlots } from './strategy-slots.ts';

/** A strategy as errors name it. */
export interface StrategyFile {
  readonly index: number;
  /** Label of the strategy actor that hosts it. */
  readonly actor: string;
  readonly name: string;
  readonly url: string;
  /** What it left running (timers, promises) may still fail. */
  readonly isRemoved: boolean;
}

/** Where the engine's own code is: `engine/`, `adapters/` and its packages, in the repository and in dist alike. */
const ROOT_URL = new URL('../../../', import.meta.url).href;
const ENGINE_FRAME = new RegExp(
  `${escaped(ROOT_URL)}(?:engine|adapters|node_modules)/|${escaped(fileURLToPath(ROOT_URL))}node_modules/`,
);
const CALLBACK_FRAME = new RegExp(`\\b(${Object.keys(STRATEGY_CALLBACK).join('|')})\\b`);

/** The strategies there are and were, as they are now. */
export function strategyFiles(slots: StrategySlots): StrategyFile[] {
  return slots
    .all()
    .map(({ index, isRemoved, strategy: { actor, name, url } }) => ({ index, actor, name, url, isRemoved }));
}

/** The strategies that a thread hosts. */
export function strategiesOn({ actors }: ThreadSpec, strategies: readonly StrategyFile[]): StrategyFile[] {
  return strategies.filter(({ actor }) => actors.includes(actorName('strategy', actor)));
}

/**
 * Which strategy an error or a stack outside of any turn comes from, or -1: the one whose file is in the trace; without
 * a file of the engine's in it, the only strategy there is. Shipped strategies start nothing outside of their callbacks.
 * Of several strategies of one file it is the first that still runs.
 * @param trace lines that name files by URL or path; empty when what was thrown has none
 */
export function strategyInTrace(
  trace: string,
  strategies: readonly StrategyFile[],
  isFaulted: (strategyIndex: number) => boolean = () => false,
): StrategyFile | null {
  const named = strategies.filter(({ url }) => trace.includes(url) || trace.includes(fileURLToPath(url)));
  if (named.length > 0) {
    return named.find(({ index, isRemoved }) => !isRemoved && !isFaulted(index)) ?? named[0];
  }
  const present = strategies.filter(({ isRemoved }) => !isRemoved);
  if (present.length !== 1 || ENGINE_FRAME.test(trace)) return null;
  return present[0].url.startsWith(`${ROOT_URL}strategies/`) ? null : present[0];
}

/** The callback a trace came through, as far as functions are called like it; empty when none is. */
export function callbackInTrace(trace: string, { url }: StrategyFile): string {
  const path = fileURLToPath(url);
  for (const line of trace.split('\n')) {
    if (!line.includes(url) && !line.includes(path)) continue;
    const callback = CALLBACK_FRAME.exec(line.replace(url, '').replace(path, ''))?.[1];
    if (callback !== undefined) return callback;
  }
  return '';
}

/** What an error says of where it comes from; empty when it is no error. */
export function traceOf(error: unknown): string {
  return error instanceof Error && typeof error.stack === 'string' ? error.stack : '';
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
