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

/** Whose an error is. */
export interface Suspicion {
  readonly strategy: StrategyFile;
  /** Strategies that run as well and may as well be it; 0 = it is certain, or it is the last that may be. */
  readonly otherCount: number;
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
 * Which strategy an error or a stack outside of any turn comes from, or null: the one whose file is in the trace, or a
 * file that it imports; without such a file and without one of the engine's, a strategy that is not shipped, since
 * shipped ones start nothing outside of their callbacks. Of several that it may be, it is the first that still runs: if
 * it was another one, that one fails again and is next.
 * @param trace lines that name files by URL or path; empty when what was thrown has none
 * @param filesOf the files a strategy's module consists of, where the thread that asks has loaded it
 */
export function strategyInTrace(
  trace: string,
  strategies: readonly StrategyFile[],
  isFaulted: (strategyIndex: number) => boolean = () => false,
  filesOf: (url: string) => readonly string[] = (url) => [url],
): Suspicion | null {
  const isNamed = (url: string): boolean => trace.includes(url) || trace.includes(fileURLToPath(url));
  const suspects = strategies.filter(({ url }) => isNamed(url));
  if (suspects.length === 0) {
    const own = (url: string): string[] => filesOf(url).filter((file) => !ENGINE_FRAME.test(file));
    suspects.push(...strategies.filter(({ url }) => own(url).some(isNamed)));
  }
  if (suspects.length === 0 && !ENGINE_FRAME.test(trace)) {
    suspects.push(...strategies.filter(({ url, isRemoved }) => !isRemoved && !isShipped(url)));
  }
  if (suspects.length === 0) return null;
  const running = suspects.filter(({ index, isRemoved }) => !isRemoved && !isFaulted(index));
  return { strategy: running[0] ?? suspects[0], otherCount: Math.max(0, running.length - 1) };
}

function isShipped(url: string): boolean {
  return url.startsWith(`${ROOT_URL}strategies/`);
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
