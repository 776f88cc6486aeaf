import { expect, test } from 'vitest';
import { InvariantWatch } from '../../../engine/app/run/invariant-watch.ts';

test('a violation that stays is told once; one that a fill on its way explains is not', () => {
  const told: string[] = [];
  const watch = new InvariantWatch((violation) => told.push(violation));
  watch.look(['10 lots here, 9 there']);
  watch.look(['11 lots here, 10 there']);
  watch.look([]);
  watch.look(['a']);
  watch.look(['a', 'b']);
  expect(told).toEqual([]);
  watch.look(['a', 'b']);
  expect(told).toEqual(['a']);
  watch.look(['a', 'b']);
  watch.look(['a', 'b']);
  expect(told).toEqual(['a', 'b']);
});
