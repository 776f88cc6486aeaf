// hot path: no allocation after start
import type { Instrument } from '../core/instrument.ts';
import { IndicatorFeed } from './indicator-feed.ts';
import { readParameters } from './parameters.ts';
import type { ParameterDecls } from './parameters.ts';
import type { ClosedBarView, CreateStrategy, Strategy, StrategyContext } from './strategy-api.ts';
import type { StrategyDefinition } from './strategy-definition.ts';

/** What the engine may call, and what its author may have misspelt. */
const CALLBACK_LIKE = /^on/i;

/**
 * What makes a defined strategy: it reads the parameters, lets the strategy say what it needs, and puts in front of its
 * callbacks what keeps bars and indicators. Tests and tools that make strategies by hand call it too.
 * Throws Error for bad parameters, all of them named with value, range and unit.
 */
export function strategyFrom<Decls extends ParameterDecls>(
  definition: StrategyDefinition<Decls>,
): CreateStrategy {
  return (given, instruments) => {
    const values = readParameters(definition.name, definition.parameters, given);
    const feed = new IndicatorFeed(values, instruments, definition.onGap === 'keep');
    const made = definition.create(feed);
    // What is no object, or a promise, is for the caller to refuse.
    if (typeof made !== 'object' || made === null || 'then' in made) return made;
    feed.seal();
    return withFeed(made, feed);
  };
}

/** The strategy's own callbacks, those that concern bars and instruments with the feed in front of them. */
function withFeed(made: Strategy, feed: IndicatorFeed<unknown>): Strategy {
  const subscribe = (context: StrategyContext, instrument: Instrument): void => {
    for (const length of feed.lengths) context.subscribeBars(instrument.index, length);
  };
  const wrapped: Record<string, unknown> = {
    onStart: (context: StrategyContext) => {
      for (const instrument of context.instruments) subscribe(context, instrument);
      return made.onStart?.(context);
    },
    onInstrument: (context: StrategyContext, instrument: Instrument) => {
      feed.add(instrument);
      subscribe(context, instrument);
      return made.onInstrument?.(context, instrument);
    },
    onBar: (context: StrategyContext, bar: ClosedBarView) => {
      if (feed.take(bar) && made.onBar !== undefined) return made.onBar(context, bar);
    },
  };
  for (const name of memberNames(made)) {
    if (name in wrapped || !CALLBACK_LIKE.test(name)) continue;
    const member = memberOf(made, name);
    wrapped[name] = typeof member === 'function' ? (member.bind(made) as unknown) : member;
  }
  return wrapped;
}

/** Own and inherited names, without those every object has. */
function memberNames(made: object): Set<string> {
  const names = new Set<string>();
  let holder: object | null = made;
  while (holder !== null && holder !== Object.prototype) {
    for (const name of Object.getOwnPropertyNames(holder)) if (name !== 'constructor') names.add(name);
    holder = Object.getPrototypeOf(holder) as object | null;
  }
  return names;
}

/** Null where reading it throws: the check of callbacks says so. */
function memberOf(made: object, name: string): unknown {
  try {
    return (made as Record<string, unknown>)[name];
  } catch {
    return null;
  }
}
