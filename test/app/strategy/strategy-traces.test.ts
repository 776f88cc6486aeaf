import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { filesOfModule, requireStrategyModule } from '../../../engine/app/strategy/strategy-loader.ts';
import { strategyInTrace } from '../../../engine/app/strategy/strategy-traces.ts';
import type { StrategyFile } from '../../../engine/app/strategy/strategy-traces.ts';

const SHIPPED = new URL('../../../strategies/momentum.ts', import.meta.url).href;
const FIRST = 'file:///trader/first.ts';
const SECOND = 'file:///trader/second.ts';

function running(...urls: readonly string[]): StrategyFile[] {
  return urls.map((url, index) => ({ index, actor: '', name: `s${index}`, url, isRemoved: false }));
}

const at = (file: string): string =>
  `RangeError: no\n    at Timeout.fail (${file}:3:9)\n    at node:internal/timers:1:1`;

describe('the strategy an error comes from', () => {
  it('is the one whose file is in the trace, as a URL or as a path', () => {
    const strategies = running(FIRST, SECOND, SHIPPED);
    expect(strategyInTrace(at(SECOND), strategies)?.strategy.index).toBe(1);
    expect(strategyInTrace(at('/trader/second.ts'), strategies)?.strategy.index).toBe(1);
    expect(strategyInTrace(at(SHIPPED), strategies)?.strategy.index).toBe(2);
  });

  it('is, of several of one file, the first that still runs, then the next', () => {
    const strategies = running(FIRST, FIRST, FIRST);
    const faulted = new Set<number>();
    const next = (): readonly (number | undefined)[] => {
      const found = strategyInTrace(at(FIRST), strategies, (index) => faulted.has(index));
      return [found?.strategy.index, found?.otherCount];
    };
    for (const index of [0, 1, 2]) {
      // It says how many others it may be.
      expect(next()).toEqual([index, 2 - index]);
      faulted.add(index);
    }
    expect(strategyInTrace(at(FIRST), running(FIRST, SECOND))).toMatchObject({ otherCount: 0 });
    // What goes on failing after all of them were switched off is still theirs.
    expect(next()).toEqual([0, 0]);
  });

  it('is one that imports the file in the trace, directly or not', () => {
    const folder = mkdtempSync(join(tmpdir(), 'shrike-traces-'));
    try {
      const url = (name: string): string => pathToFileURL(join(folder, name)).href;
      const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
      write('deep.ts', 'export const fail = (): void => {};\n');
      write('lib.ts', "export { fail } from './deep.ts';\n");
      write('uses.ts', "import { fail } from './lib.ts';\nexport const createStrategy = fail;\n");
      write('alone.ts', 'export const createStrategy = () => ({});\n');
      for (const name of ['alone.ts', 'uses.ts']) requireStrategyModule(url(name));
      const strategies = running(url('alone.ts'), url('uses.ts'));
      const found = strategyInTrace(at(url('deep.ts')), strategies, undefined, filesOfModule);
      expect(found?.strategy.index).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is one that is not shipped when no file says more and none of the engine is in the trace', () => {
    expect(strategyInTrace('', running(SHIPPED, FIRST, SECOND))?.strategy.index).toBe(1);
    expect(strategyInTrace(at('/trader/tool.ts'), running(SHIPPED, FIRST))?.strategy.index).toBe(1);
    expect(strategyInTrace('', running(SHIPPED))).toBeNull();
    const engine = new URL('../../../engine/risk/risk-actor.ts', import.meta.url).href;
    expect(strategyInTrace(at(engine), running(FIRST))).toBeNull();
  });

  it('is none that was removed, as long as another one may be it', () => {
    const [first, second] = running(FIRST, FIRST);
    expect(strategyInTrace(at(FIRST), [{ ...first, isRemoved: true }, second])?.strategy.index).toBe(1);
    expect(strategyInTrace(at(FIRST), [{ ...first, isRemoved: true }])?.strategy.index).toBe(0);
  });
});
