import type { Instrument } from '../../core/instrument.ts';
import { nearestWord } from '../../core/nearest-word.ts';
import { strategyFrom } from '../../strategy/defined-strategy.ts';
import type { ParameterDecls } from '../../strategy/parameters.ts';
import type { CreateStrategy, Strategy, StrategyParams } from '../../strategy/port.ts';
import type { StrategyDefinition } from '../../strategy/strategy-definition.ts';
import { isClass, isThenable, kindOf, memberProblems } from '../../strategy/strategy-shape.ts';
import { asyncKind, definitionProblems, isWrittenAsync, NO_PROMISE } from './definition-check.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { loadStrategyModule, requireStrategyModule } from './strategy-loader.ts';

const DEFINITION = 'strategy';
const FACTORY = 'createStrategy';

/** What a strategy says of itself; plain data. */
export interface StrategyDescription {
  readonly name: string;
  readonly version: string;
  readonly text: string;
  readonly parameters: ParameterDecls;
}

/** A strategy's module, loaded. */
export interface LoadedStrategy {
  readonly create: CreateStrategy;
  /** Null for a module that exports no definition but `createStrategy`: it says nothing before it is made. */
  readonly description: StrategyDescription | null;
}

/** Loads a strategy's module and takes its factory. Throws CliError, exit 78, naming the file and what to change. */
export async function loadFactory(url: string): Promise<LoadedStrategy> {
  return loadedOf(url, await loadStrategyModule(url));
}

/** The same at once; a module that awaits something at its top level is refused. */
export function requireFactory(url: string): LoadedStrategy {
  return loadedOf(url, requireStrategyModule(url));
}

function loadedOf(url: string, exports: Readonly<Record<string, unknown>>): LoadedStrategy {
  const definition = exportAmong(exports, DEFINITION);
  const isOther = exportAmong(exports, FACTORY) !== undefined && !hasCreate(definition);
  if (definition === undefined || isOther) return { create: factoryOf(url, exports), description: null };
  const problems = definitionProblems(definition);
  if (problems.length > 0)
    throw invalid(`the export "${DEFINITION}" of ${url} is no strategy: ${problems.join('; ')}`);
  const sound = definition as StrategyDefinition;
  const { name, version, text, parameters } = sound;
  return { create: strategyFrom(sound), description: { name, version, text, parameters } };
}

function hasCreate(definition: unknown): boolean {
  return typeof definition === 'object' && definition !== null && 'create' in definition;
}

function factoryOf(url: string, exports: Readonly<Record<string, unknown>>): CreateStrategy {
  const create = exportAmong(exports, FACTORY);
  if (typeof create === 'function' && !isClass(create)) {
    if (!isWrittenAsync(create)) return create as CreateStrategy;
    throw invalid(`${FACTORY} of the strategy ${url} is ${asyncKind(create)}: ${NO_PROMISE}`);
  }
  const found = isClass(create) ? `; its ${FACTORY} is a class, export a function that makes one` : '';
  throw incomplete(
    `the strategy ${url} has no function ${FACTORY} among its exports${found || hint(exports, create)}`,
  );
}

/**
 * Makes a strategy and looks at what was made: a promise, no object, or callbacks the engine would never call are
 * refused. Throws CliError, exit 78, with the strategy's own words where it has some.
 */
export function makeChecked(
  name: string,
  create: CreateStrategy,
  params: StrategyParams,
  instruments: readonly Instrument[],
): Strategy {
  let made: unknown;
  try {
    made = create(params, instruments);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError('STRATEGY_PARAMS', `the strategy "${name}" refused to start: ${reason}`, EXIT.config);
  }
  if (isThenable(made)) {
    // It will not be awaited: a later rejection must not end the thread.
    void Promise.resolve(made).catch(() => {});
    throw invalid(`the factory of the strategy "${name}" returned a promise: ${NO_PROMISE}`);
  }
  if (typeof made !== 'object' || made === null || Array.isArray(made)) {
    throw incomplete(`the factory of the strategy "${name}" returned no object but ${kindOf(made)}`);
  }
  const problems = memberProblems(made);
  if (problems.length > 0) throw invalid(`the strategy "${name}" cannot run: ${problems.join('; ')}`);
  return made;
}

function exportAmong(exports: Readonly<Record<string, unknown>>, name: string): unknown {
  const named = exports[name];
  if (named !== undefined || !('module.exports' in exports)) return named;
  // A CommonJS module whose exports Node could not read off its text.
  const whole = exports['module.exports'] as Readonly<Record<string, unknown>> | null | undefined;
  return whole?.[name];
}

function hint(exports: Readonly<Record<string, unknown>>, create: unknown): string {
  if (create !== undefined) return `; its ${FACTORY} is ${kindOf(create)}`;
  const names = Object.keys(exports).filter((name) => name !== 'default' && name !== 'module.exports');
  for (const name of names) {
    const near = nearestWord(name, [FACTORY, DEFINITION]);
    if (near !== null) return `; it exports "${name}", did you mean ${near}?`;
  }
  if ('default' in exports && !('module.exports' in exports))
    return `; it has a default export, write "export function ${FACTORY}" instead`;
  return names.length === 0 ? '; it exports nothing' : `; it exports ${names.join(', ')}`;
}

function incomplete(message: string): CliError {
  return new CliError('STRATEGY_INCOMPLETE', message, EXIT.config);
}

function invalid(message: string): CliError {
  return new CliError('STRATEGY_INVALID', message, EXIT.config);
}
