import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wireNumber } from '../../../engine/analysis/symbol/wire-number.ts';

test('a number on the wire has six significant digits', () => {
  expect([1234567, 0.000012345649, -98765.4321, 999999.6, 1e-300, 3e25].map(wireNumber)).toEqual([
    1234570, 0.0000123456, -98765.4, 1000000, 1e-300, 3e25,
  ]);
});

test('what is no number is absent, and there is no negative zero', () => {
  expect([NaN, Infinity, null].map(wireNumber)).toEqual([null, null, null]);
  expect(Object.is(wireNumber(-0), 0)).toBe(true);
});

test('is within half a unit of the sixth digit, and stays what it is when rounded again', () => {
  const run = fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
    const rounded = wireNumber(value) ?? NaN;
    expect(Math.abs(rounded - value)).toBeLessThanOrEqual(Math.abs(value) * 5.0001e-6);
    expect(wireNumber(rounded)).toBe(rounded);
    expect(String(Number(rounded.toPrecision(6)))).toBe(String(rounded));
  });
  fc.assert(run, { numRuns: 1000, seed: 2 });
});
