import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../engine/app/config/config.ts';
import { enginePartsOf, hasAnalysis } from '../../engine/app/config/engine-parts.ts';
import type { EngineConfig } from '../../engine/app/config/config-types.ts';
import { partProblems } from '../../engine/app/config/part-problems.ts';
import { engineTopology } from '../../engine/app/run/engine-threads.ts';

function configOf(...sets: string[]): EngineConfig {
  return loadConfig({ sets, env: { HOME: '/nowhere' } }).config;
}

describe('the system an engine runs', () => {
  test('as configured: the strategies of the file, and the analysis', () => {
    const config = configOf();
    expect(enginePartsOf(config).strategies.map(({ name }) => name)).toEqual(['momentum']);
    expect(hasAnalysis(config)).toBe(true);
  });

  test('ultimate analyses and hosts no strategy; the actor that may be given one is there', () => {
    const config = configOf('system=ultimate');
    const { strategies, strategyActors } = enginePartsOf(config);
    expect([strategies, strategyActors]).toEqual([[], ['']]);
    const { threads, actors } = engineTopology('fused', config);
    expect(threads.map(({ name }) => name)).toContain('analysis');
    expect(actors).toContain('strategy');
  });

  test('scalping is the scalper without the analysis; hybrid has both', () => {
    for (const [system, has] of [
      ['scalping', false],
      ['hybrid', true],
    ] as const) {
      const config = configOf(`system=${system}`);
      expect(enginePartsOf(config).strategies).toMatchObject([{ name: 'scalper', params: {} }]);
      expect(hasAnalysis(config)).toBe(has);
      expect(engineTopology('fused', config).threads.some(({ name }) => name === 'analysis')).toBe(has);
    }
  });

  test("the scalper's parameters are its own, whatever the file's strategy is", () => {
    const config = configOf('system=hybrid', 'strategy.params.lookback=5', 'scalping.params.maxNotional=50');
    expect(enginePartsOf(config).strategies).toMatchObject([
      { name: 'scalper', params: { maxNotional: 50 } },
    ]);
  });

  test('what does not go together is refused with its key', () => {
    expect(() => configOf('system=hybrid', 'analysis.enabled=false')).toThrow(
      /analysis\.enabled.*system = "hybrid" needs the analysis/,
    );
    expect(() => configOf('system=scalping', 'scalping.enabled=off')).toThrow(/scalping\.enabled.*is off/);
    const strategies = [{ name: 'momentum', params: {}, respectBias: false, actor: 'main' }];
    expect(partProblems({ ...configOf('system=ultimate'), strategies })).toEqual([
      { path: ['strategies'], message: 'system = "ultimate" says which strategies run; leave the list out' },
    ]);
    expect(() => configOf('system=nothing')).toThrow(/system/);
  });

  test('scalping with real money must be switched on; without, or with play money, it is on', () => {
    const real = ['system=hybrid', 'mode=live', 'venue.name=binance-spot'];
    expect(() => configOf(...real)).toThrow(/scalping\.enabled.*off by itself in live mode on a real venue/);
    expect(() => configOf(...real, 'scalping.enabled=on')).not.toThrow(/scalping/);
    expect(() => configOf('system=hybrid', 'mode=live')).not.toThrow();
    expect(() => configOf('system=hybrid', 'venue.name=binance-spot')).not.toThrow();
  });
});
