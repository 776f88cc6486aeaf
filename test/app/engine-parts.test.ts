import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../../engine/app/config/config.ts';
import { enginePartsOf, statePlaceOf } from '../../engine/app/config/engine-parts.ts';
import type { EngineConfig } from '../../engine/app/config/config-types.ts';
import { engineTopology } from '../../engine/app/run/engine-threads.ts';
import { topologyProblems } from '../../engine/runtime/topology-check.ts';

const LANES =
  'lanes=[{name="a",venue="sim",symbols=["BTCUSDT"]},{name="b",venue="sim-b",symbols=["BTCUSDT","ETHUSDT"]}]';
const ACCOUNTS = 'accounts=[{name="main",venue="sim"},{name="hedge",venue="sim-b"}]';

function config(...sets: string[]): EngineConfig {
  return loadConfig({ env: {}, sets }).config;
}

/** Every problem, as `path: message`. */
function problems(...sets: string[]): string {
  try {
    loadConfig({ env: {}, sets });
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

describe('the parts of an engine', () => {
  it('are one of each without labels when the lists are empty', () => {
    const parts = enginePartsOf(config());
    expect(parts.lanes).toEqual([{ label: '', venue: 'sim', symbols: ['BTCUSDT', 'ETHUSDT'], account: 0 }]);
    expect(parts.accounts).toEqual([{ label: '', venue: 'sim', credentialsFile: null }]);
    expect(parts.strategies).toMatchObject([{ key: 'strategy', name: 'momentum', actor: '' }]);
    expect(parts.strategyActors).toEqual(['']);
  });

  it('are an account per venue of the lanes, unless accounts are named', () => {
    const venues = enginePartsOf(config(LANES));
    expect(venues.accounts.map(({ label }) => label)).toEqual(['sim', 'sim-b']);
    expect(venues.lanes.map(({ account }) => account)).toEqual([0, 1]);
    const named = enginePartsOf(config(LANES, ACCOUNTS));
    expect(named.accounts.map(({ label }) => label)).toEqual(['main', 'hedge']);
    expect(statePlaceOf(config(LANES, ACCOUNTS))).toEqual({ mode: 'paper', venue: 'sim' });
  });

  it('spread strategies over actors by their word', () => {
    const parts = enginePartsOf(
      config('strategies=[{name="momentum",actor="x"},{name="mean-reversion"},{name="momentum",actor="x"}]'),
    );
    expect(parts.strategyActors).toEqual(['x', 'main']);
    expect(parts.strategies.map(({ actor }) => actor)).toEqual(['x', 'main', 'x']);
    const alone = enginePartsOf(config('strategies=[{name="momentum",actor="x"}]'));
    expect(alone.strategyActors).toEqual(['']);
  });

  it.each(['fused', 'split', 'dedicated'] as const)('make a topology that may run, %s', (layout) => {
    const parts = config(
      LANES,
      ACCOUNTS,
      'strategies=[{name="momentum",actor="x"},{name="mean-reversion",actor="y"}]',
    );
    expect(topologyProblems(engineTopology(layout, parts))).toEqual([]);
  });

  it('are refused with the key and the reason where they do not fit together', () => {
    expect(problems('lanes=[{name="a",venue="simm",symbols=["BTCUSDT"]}]')).toMatch(
      /lanes\[0\]\.venue: no venue is named "simm"; there are sim, sim-b/,
    );
    expect(problems('lanes=[{name="a",venue="sim",symbols=["BTCUSDT"],account="x"}]')).toMatch(
      /lanes\[0\]\.account: there is no account "x" at the venue sim/,
    );
    const twice =
      'lanes=[{name="a",venue="sim",symbols=["BTCUSDT"]},{name="b",venue="sim",symbols=["BTCUSDT"]}]';
    expect(problems(twice)).toMatch(
      /lanes\[1\]\.symbols: BTCUSDT is in lane "a" already, for the same account/,
    );
    const sameName = twice.replace('name="b"', 'name="a"').replace('["BTCUSDT"]}]', '["ETHUSDT"]}]');
    expect(problems(sameName)).toMatch(/lanes\[1\]\.name: "a" is taken already/);
    expect(
      problems(LANES, 'accounts=[{name="x",venue="sim"},{name="y",venue="sim-b"},{name="z",venue="sim"}]'),
    ).toMatch(/accounts\[2\]: no lane is traded with the account "z"/);
    expect(problems('engine.instrumentsMax=1')).toMatch(
      /symbols: 2 instruments are more than engine\.instrumentsMax = 1/,
    );
    expect(problems('engine.strategiesMax=1', 'strategies=[{name="momentum"},{name="momentum"}]')).toMatch(
      /strategies: 2 strategies are more than engine\.strategiesMax = 1/,
    );
    const actors = Array.from({ length: 13 }, (_, place) => `{name="momentum",actor="a${place}"}`);
    expect(problems(`strategies=[${actors.join(',')}]`)).toMatch(/13 strategy actors are more than the 12/);
    expect(problems('lanes=[{name="A b",venue="sim",symbols=["BTCUSDT"]}]')).toMatch(
      /lanes\[0\]\.name: expected 1 to 16 lower-case letters, digits or hyphens/,
    );
  });
});
