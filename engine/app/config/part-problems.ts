import { timeZoneProblem } from '../../analysis/schedule/local-times.ts';
import { STRATEGY_ACTORS_MAX } from '../../core/limits.ts';
import type { EngineConfig } from './config-types.ts';
import { accountsOf, enginePartsOf, lanesOf } from './engine-parts.ts';
import type { NamedAccount } from './engine-parts.ts';

/** Everything wrong between the parts of a configuration, with the key it belongs to. Pure. */
export function partProblems(config: EngineConfig): { path: (string | number)[]; message: string }[] {
  return [
    ...laneProblems(config),
    ...accountProblems(config),
    ...countProblems(config),
    ...reportProblems(config),
    ...systemProblems(config),
  ];
}

type Problem = ReturnType<typeof partProblems>[number];

function laneProblems(config: EngineConfig): Problem[] {
  const found: Problem[] = [];
  const accounts = accountsOf(config);
  const traded = new Map<string, string>();
  for (const [place, lane] of lanesOf(config).entries()) {
    const at = (key: string): (string | number)[] =>
      config.lanes.length > 0 ? ['lanes', place, key] : [key];
    if (config.venues[lane.venue] === undefined) {
      const known = Object.keys(config.venues).join(', ');
      found.push({ path: at('venue'), message: `no venue is named "${lane.venue}"; there are ${known}` });
      continue;
    }
    const isOurs = ({ name, venue }: NamedAccount): boolean =>
      venue === lane.venue && (lane.account === null || lane.account === name);
    const account = accounts.find(isOurs);
    if (account === undefined) {
      const wanted = lane.account === null ? 'account' : `account "${lane.account}"`;
      found.push({ path: at('account'), message: `there is no ${wanted} at the venue ${lane.venue}` });
      continue;
    }
    if (new Set(lane.symbols).size !== lane.symbols.length) {
      found.push({ path: at('symbols'), message: 'names a symbol twice' });
    }
    for (const symbol of new Set(lane.symbols)) {
      const key = `${account.name}:${symbol}`;
      const other = traded.get(key);
      if (other !== undefined) {
        const message = `${symbol} is in lane "${other}" already, for the same account`;
        found.push({ path: at('symbols'), message });
      }
      traded.set(key, lane.name);
    }
  }
  return [...found, ...repeatedNames(config.lanes, 'lanes')];
}

function accountProblems(config: EngineConfig): Problem[] {
  const found = repeatedNames(config.accounts, 'accounts');
  for (const [place, { name, venue }] of config.accounts.entries()) {
    if (config.venues[venue] === undefined) {
      found.push({ path: ['accounts', place, 'venue'], message: `no venue is named "${venue}"` });
    } else if (!enginePartsOf(config).lanes.some(({ account }) => account === place)) {
      found.push({ path: ['accounts', place], message: `no lane is traded with the account "${name}"` });
    }
  }
  return found;
}

function countProblems(config: EngineConfig): Problem[] {
  const found: Problem[] = [];
  const { instrumentsMax, strategiesMax } = config.engine;
  const count = lanesOf(config).reduce((sum, { symbols }) => sum + symbols.length, 0);
  if (count > instrumentsMax) {
    found.push({
      path: [config.lanes.length > 0 ? 'lanes' : 'symbols'],
      message: `${count} instruments are more than engine.instrumentsMax = ${instrumentsMax} (at most 1024)`,
    });
  }
  if (config.strategies.length > strategiesMax) {
    found.push({
      path: ['strategies'],
      message: `${config.strategies.length} strategies are more than engine.strategiesMax = ${strategiesMax} (at most 64)`,
    });
  }
  const actors = new Set(config.strategies.map(({ actor }) => actor));
  if (actors.size > STRATEGY_ACTORS_MAX) {
    found.push({
      path: ['strategies'],
      message: `${actors.size} strategy actors are more than the ${STRATEGY_ACTORS_MAX} an engine can have`,
    });
  }
  return found;
}

function systemProblems({ system, strategies, analysis, scalping }: EngineConfig): Problem[] {
  if (system === 'configured') return [];
  const found: Problem[] = [];
  if (strategies.length > 0)
    found.push({
      path: ['strategies'],
      message: `system = "${system}" says which strategies run; leave the list out`,
    });
  if (system !== 'scalping' && !analysis.enabled)
    found.push({ path: ['analysis', 'enabled'], message: `system = "${system}" needs the analysis` });
  if (system !== 'ultimate' && scalping.enabled === 'off')
    found.push({ path: ['scalping', 'enabled'], message: `is off, and system = "${system}" scalps` });
  return found;
}

function reportProblems({ analysis }: EngineConfig): Problem[] {
  const message = timeZoneProblem(analysis.reportTimeZone);
  return message === null ? [] : [{ path: ['analysis', 'reportTimeZone'], message }];
}

function repeatedNames(parts: readonly { readonly name: string }[], key: string): Problem[] {
  const names = parts.map(({ name }) => name);
  return names.flatMap((name, place) =>
    names.indexOf(name) === place
      ? []
      : [{ path: [key, place, 'name'], message: `"${name}" is taken already` }],
  );
}
