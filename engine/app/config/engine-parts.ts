import type { EngineConfig } from './config-types.ts';

/** A market-data and an orderbook actor for some symbols of one venue. */
export interface LanePart {
  /** Label of its actors; empty when it is the only lane. */
  readonly label: string;
  readonly venue: string;
  readonly symbols: readonly string[];
  /** Place of the account that trades its symbols. */
  readonly account: number;
}

/** An execution actor for one account. */
export interface AccountPart {
  /** Label of its actor; empty when it is the only account. */
  readonly label: string;
  readonly venue: string;
  readonly credentialsFile: string | null;
}

/** One strategy. Its place in the list is its index. */
export interface StrategyPart {
  /** Where it stands in the configuration, for errors. */
  readonly key: string;
  readonly name: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly respectBias: boolean;
  /** Label of the strategy actor that hosts it; empty when there is only one. */
  readonly actor: string;
}

/** What an engine has several of, in the order of the configuration. */
export interface EngineParts {
  readonly lanes: readonly LanePart[];
  readonly accounts: readonly AccountPart[];
  readonly strategies: readonly StrategyPart[];
  /** Labels of the strategy actors. */
  readonly strategyActors: readonly string[];
}

/** An account as the configuration names it. */
export interface NamedAccount {
  readonly name: string;
  readonly venue: string;
  readonly credentialsFile: string | null;
}

/** A lane as the configuration names it. */
export interface NamedLane {
  readonly name: string;
  readonly venue: string;
  readonly symbols: readonly string[];
  readonly account: string | null;
}

/** The lanes of a configuration; without the list, the one that `venue` and `symbols` name. */
export function lanesOf(config: EngineConfig): readonly NamedLane[] {
  if (config.lanes.length > 0) return config.lanes;
  return [{ name: 'main', venue: config.venue.name, symbols: config.symbols, account: null }];
}

/** The accounts of a configuration; without the list, one for each venue of the lanes. */
export function accountsOf(config: EngineConfig): readonly NamedAccount[] {
  if (config.accounts.length > 0) return config.accounts;
  const venues = [...new Set(lanesOf(config).map(({ venue }) => venue))];
  return venues.map((venue) => ({ name: venue, venue, credentialsFile: null }));
}

/** The strategies of a configuration: those of its system, of its list, or the one that `strategy` names. */
function strategiesOf({ system, strategy, strategies, scalping }: EngineConfig): EngineConfig['strategies'] {
  const { name, params, respectBias } = strategy;
  switch (system) {
    case 'ultimate':
      return [];
    case 'scalping':
    case 'hybrid':
      // The scalper trades in the direction of the bias wherever there is one.
      return [{ name: scalping.strategy, params: scalping.params, respectBias: false, actor: 'main' }];
    default:
      return strategies.length > 0 ? strategies : [{ name, params, respectBias, actor: 'main' }];
  }
}

/** Whether the slow path runs. */
export function hasAnalysis({ analysis, system }: EngineConfig): boolean {
  return analysis.enabled && system !== 'scalping';
}

/** What a configuration asks for, whose parts have been found sound (`partProblems`). Pure. */
export function enginePartsOf(config: EngineConfig): EngineParts {
  const lanes = lanesOf(config);
  const accounts = accountsOf(config);
  const strategies = strategiesOf(config);
  // An engine without a strategy may be given one.
  const actors = [
    ...new Set(strategies.length === 0 ? ['main'] : strategies.map(({ actor }) => actor ?? 'main')),
  ];
  const label = (name: string, count: number): string => (count === 1 ? '' : name);
  return {
    lanes: lanes.map(({ name, venue, symbols, account }) => ({
      label: label(name, lanes.length),
      venue,
      symbols,
      account: accounts.findIndex((each) =>
        account === null ? each.venue === venue : each.name === account,
      ),
    })),
    accounts: accounts.map(({ name, venue, credentialsFile }) => ({
      label: label(name, accounts.length),
      venue,
      credentialsFile,
    })),
    strategies: strategies.map(({ name, params, respectBias, actor }, place) => ({
      key: config.strategies.length > 0 ? `strategies[${place}]` : 'strategy',
      name,
      params,
      respectBias,
      actor: label(actor ?? 'main', actors.length),
    })),
    strategyActors: actors.map((actor) => label(actor, actors.length)),
  };
}

/** Whose state it is: the first account's venue names the folder. */
export function statePlaceOf(config: EngineConfig): {
  readonly mode: EngineConfig['mode'];
  readonly venue: string;
} {
  return { mode: config.mode, venue: accountsOf(config)[0].venue };
}
