import { declarationProblems } from '../../strategy/parameters.ts';
import type { ParameterDecls } from '../../strategy/parameters.ts';
import { isClass, kindOf } from '../../strategy/strategy-shape.ts';

/** What to do instead of returning a promise. */
export const NO_PROMISE =
  'it must return the strategy itself; a module may await what it needs at its top level';

/** What is wrong with a definition, a sentence each. */
export function definitionProblems(definition: unknown): string[] {
  if (typeof definition !== 'object' || definition === null || Array.isArray(definition)) {
    return [`it is ${kindOf(definition)}, not an object with name, version, text, parameters and create`];
  }
  const given = definition as Readonly<Record<string, unknown>>;
  const problems: string[] = [];
  for (const name of ['name', 'version', 'text']) {
    const value = given[name];
    if (typeof value !== 'string' || value === '')
      problems.push(`its "${name}" must be text, not ${kindOf(value)}`);
  }
  const { parameters, create, onGap = 'reset' } = given;
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) {
    problems.push(`its "parameters" must be an object of declarations, not ${kindOf(parameters)}`);
  } else problems.push(...declarationProblems(parameters as ParameterDecls));
  if (typeof create !== 'function' || isClass(create)) {
    problems.push(`its "create" must be a function, not ${kindOf(create)}`);
  } else if (isWrittenAsync(create)) problems.push(`its "create" is ${asyncKind(create)}: ${NO_PROMISE}`);
  if (onGap !== 'reset' && onGap !== 'keep') problems.push('its "onGap" must be "reset" or "keep"');
  return problems;
}

/** Whether a function was written to return a promise or a generator. */
export function isWrittenAsync(create: unknown): boolean {
  return /^(?:Async|Generator|AsyncGenerator)/.test(constructorName(create));
}

/** How it was written. */
export function asyncKind(create: unknown): string {
  return constructorName(create).startsWith('Generator') ? 'a generator' : 'async';
}

function constructorName(value: unknown): string {
  return String((Object.getPrototypeOf(value) as { constructor?: { name?: unknown } }).constructor?.name);
}
