import type { Instrument } from '../../core/instrument.ts';
import { nearestWord } from '../../core/nearest-word.ts';
import type { CreateStrategy, Strategy, StrategyParams } from '../../strategy/port.ts';
import { isClass, isThenable, kindOf, memberProblems } from '../../strategy/strategy-shape.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { loadStrategyModule, requireStrategyModule } from './strategy-loader.ts';

const FACTORY = 'createStrategy';
const NO_PROMISE = 'it must return the strategy itself; a module may await what it needs at its top level';

/** Loads a strategy's module and takes its factory. Throws CliError, exit 78, naming the file and what to change. */
export async function loadFactory(url: string): Promise<CreateStrategy> {
  return factoryOf(url, await loadStrategyModule(url));
}

/** The same at once; a module that awaits something at its top level is refused. */
export function requireFactory(url: string): CreateStrategy {
  return factoryOf(url, requireStrategyModule(url));
}

function factoryOf(url: string, exports: Readonly<Record<string, unknown>>): CreateStrategy {
  const create = factoryAmong(exports);
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
    // Nobody will await it: what it fails with later must not end the thread.
    void Promise.resolve(made).catch(() => {});
    throw invalid(`${FACTORY} of the strategy "${name}" returned a promise: ${NO_PROMISE}`);
  }
  if (typeof made !== 'object' || made === null || Array.isArray(made)) {
    throw incomplete(`${FACTORY} of the strategy "${name}" returned no object but ${kindOf(made)}`);
  }
  const problems = memberProblems(made);
  if (problems.length > 0) throw invalid(`the strategy "${name}" cannot run: ${problems.join('; ')}`);
  return made;
}

function factoryAmong(exports: Readonly<Record<string, unknown>>): unknown {
  const named = exports[FACTORY];
  if (named !== undefined || !('module.exports' in exports)) return named;
  // A CommonJS module whose exports Node could not read off its text.
  const whole = exports['module.exports'] as Readonly<Record<string, unknown>> | null | undefined;
  return whole?.[FACTORY];
}

function hint(exports: Readonly<Record<string, unknown>>, create: unknown): string {
  if (create !== undefined) return `; its ${FACTORY} is ${kindOf(create)}`;
  const names = Object.keys(exports).filter((name) => name !== 'default' && name !== 'module.exports');
  const near = names.find((name) => nearestWord(name, [FACTORY]) !== null);
  if (near !== undefined) return `; it exports "${near}", did you mean ${FACTORY}?`;
  if ('default' in exports && !('module.exports' in exports))
    return `; it has a default export, write "export function ${FACTORY}" instead`;
  return names.length === 0 ? '; it exports nothing' : `; it exports ${names.join(', ')}`;
}

function isWrittenAsync(create: unknown): boolean {
  return /^(?:Async|Generator|AsyncGenerator)/.test(constructorName(create));
}

function asyncKind(create: unknown): string {
  return constructorName(create).startsWith('Generator') ? 'a generator' : 'async';
}

function constructorName(value: unknown): string {
  return String((Object.getPrototypeOf(value) as { constructor?: { name?: unknown } }).constructor?.name);
}

function incomplete(message: string): CliError {
  return new CliError('STRATEGY_INCOMPLETE', message, EXIT.config);
}

function invalid(message: string): CliError {
  return new CliError('STRATEGY_INVALID', message, EXIT.config);
}
