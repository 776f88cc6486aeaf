import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COMMAND } from '../../engine/messages/enums.ts';
import type { Strategy } from '../../engine/strategy/port.ts';
import {
  STRATEGY_MEMORY_BYTES,
  STRATEGY_NUMBERS_MAX,
  StrategyMemory,
} from '../../engine/strategy/strategy-memory.ts';
import { StrategyRig } from '../fixtures/strategy-rig.ts';

test('what is kept is the last whole save, for each strategy its own, also for another reader', () => {
  const save = fc.record({
    strategy: fc.constantFrom(0, 1, 63),
    numbers: fc.array(fc.double({ noNaN: true }), { maxLength: STRATEGY_NUMBERS_MAX + 2 }),
    forgets: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(save, { maxLength: 20 }), (saves) => {
      const buffer = new SharedArrayBuffer(STRATEGY_MEMORY_BYTES);
      const region = { name: 'memory', byteOffset: 0, byteLength: STRATEGY_MEMORY_BYTES };
      const memory = new StrategyMemory(buffer, region);
      const kept = new Map<number, number[]>();
      for (const { strategy, numbers, forgets } of saves) {
        const fits = numbers.length <= STRATEGY_NUMBERS_MAX;
        expect(memory.save(strategy, Float64Array.from(numbers))).toBe(fits);
        if (fits) kept.set(strategy, numbers);
        if (forgets) memory.forget(strategy);
        if (forgets) kept.delete(strategy);
      }
      const successor = new StrategyMemory(buffer, region);
      for (const strategy of [0, 1, 2, 63]) {
        const into = new Float64Array(STRATEGY_NUMBERS_MAX);
        const count = successor.load(strategy, into);
        const expected = kept.get(strategy);
        expect(count).toBe(expected?.length ?? -1);
        if (expected !== undefined) expect([...into.subarray(0, count)]).toEqual(expected);
      }
    }),
    { seed: 71, numRuns: 60 },
  );
});

test('a strategy whose thread is replaced gets back what it kept; a removed one and one with new parameters do not', () => {
  const found: number[][] = [];
  const counting = (): Strategy => {
    const numbers = new Float64Array(2);
    return {
      onStart: (context) => void found.push([context.restore(numbers), ...numbers]),
      onTrade(context) {
        numbers[0] += 1;
        numbers[1] = 0.5;
        context.save(numbers);
      },
    };
  };
  const rig = new StrategyRig([counting]);
  rig.loadStrategy = () => ({ name: 's0', create: counting, params: {} });
  for (const ms of [1, 2, 3]) rig.trade(ms, 100, 1);
  rig.turn();
  rig.restart();
  rig.trade(4, 100, 1);
  rig.turn();
  rig.restart();
  rig.command(COMMAND.changeStrategy, 0);
  rig.turn();
  expect(found).toEqual([
    [-1, 0, 0],
    [2, 3, 0.5],
    [2, 4, 0.5],
    [-1, 0, 0],
  ]);
  rig.trade(5, 100, 1);
  rig.turn();
  rig.command(COMMAND.removeStrategy, 0);
  rig.command(COMMAND.addStrategy, 0);
  rig.turn();
  expect(found.at(-1)).toEqual([-1, 0, 0]);
});
