import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BarColumn } from '../../../engine/analysis/metrics/bar-column.ts';

test('a column holds the newest values in one piece, as a list that is cut does', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 90 }),
      fc.array(fc.option(fc.integer(), { freq: 200 }), { maxLength: 400 }),
      (period, steps) => {
        const column = new BarColumn(period);
        let list: number[] = [];
        for (const step of steps) {
          if (step === null) {
            column.reset();
            list = [];
            continue;
          }
          column.push(step);
          list = [...list, step].slice(-period);
          expect(column.count).toBe(list.length);
          expect([...column.values.subarray(column.start, column.end + 1)]).toEqual(list);
          expect(column.back(list.length - 1)).toBe(list[0]);
          expect(column.back(list.length)).toBeNaN();
        }
      },
    ),
    { seed: 3, numRuns: 40 },
  );
});
