import { closestWord, nearestWord } from '../core/nearest-word.ts';
import type { Strategy } from './strategy-api.ts';

/** Every callback a strategy may have, by the number it has in shared words; 0 is none. */
export const STRATEGY_CALLBACK: Readonly<Record<keyof Strategy, number>> = {
  onStart: 1,
  onBook: 2,
  onBookHidden: 3,
  onTrade: 4,
  onBar: 5,
  onTimer: 6,
  onReport: 7,
  onFill: 8,
  onStop: 9,
  onInstrument: 12,
  onFunding: 13,
  onSignal: 14,
  onBias: 15,
  onHealth: 16,
  onBracket: 17,
  onInstrumentChanged: 18,
};

const CALLBACK_NAMES: readonly string[] = Object.keys(STRATEGY_CALLBACK);

/** What else of a strategy runs on its thread, numbered after the callbacks. */
export const STRATEGY_PHASE = { createStrategy: 10, loading: 11 } as const;

/** The name of a callback or phase; empty for 0. */
export function callbackName(number: number): string {
  for (const [name, value] of Object.entries({ ...STRATEGY_CALLBACK, ...STRATEGY_PHASE })) {
    if (value === number) return name;
  }
  return '';
}

/** A member that looks like a callback: told even when no callback is near. */
const CALLBACK_LIKE = /^on[A-Z_]/;

/** Whether `value` is a promise, or would be taken for one by `await`. A `then` that throws when read counts as none. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  try {
    return typeof (value as { then?: unknown }).then === 'function';
  } catch {
    return false;
  }
}

/** What a value is, for a sentence: `null`, `an array`, `a promise`, `a number`. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (isThenable(value)) return 'a promise';
  if (typeof value === 'function') return isClass(value) ? 'a class' : 'a function';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** Whether a function was written as a class: it cannot be called without `new`. */
export function isClass(value: unknown): boolean {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}

/**
 * Everything wrong with the members of a made strategy, one sentence each; empty when the engine will call what the
 * author wrote. A misspelt callback would otherwise never be called, without a word. May run getters of the strategy.
 */
export function memberProblems(made: object): string[] {
  const problems: string[] = [];
  for (const name of memberNames(made)) {
    const value = readMember(made, name);
    if (CALLBACK_NAMES.includes(name)) {
      if (value === undefined || typeof value === 'function') continue;
      problems.push(`its member "${name}" is ${kindOf(value)}, not a function`);
      continue;
    }
    const near = nearestWord(name, CALLBACK_NAMES);
    const isMeant = CALLBACK_LIKE.test(name) && typeof value === 'function';
    if (!isMeant && !(near !== null && /^on/i.test(name))) continue;
    const meant = near ?? closestWord(name, CALLBACK_NAMES);
    problems.push(`it has no callback "${name}" to call; did you mean "${meant}"?`);
  }
  if (problems.some((problem) => problem.includes('did you mean'))) {
    problems.push(`the callbacks are ${CALLBACK_NAMES.join(', ')}`);
  }
  return problems;
}

/** Own and inherited names, as far as the author wrote them. */
function memberNames(made: object): Set<string> {
  const names = new Set<string>();
  for (
    let holder: object | null = made;
    holder !== null && holder !== Object.prototype;
    holder = Object.getPrototypeOf(holder) as object | null
  ) {
    for (const name of Object.getOwnPropertyNames(holder)) names.add(name);
  }
  return names;
}

function readMember(made: object, name: string): unknown {
  try {
    return (made as Record<string, unknown>)[name];
  } catch {
    return null;
  }
}
