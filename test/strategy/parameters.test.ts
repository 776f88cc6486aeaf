import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parameterJsonSchema, parameterSchema } from '../../engine/app/strategy/parameter-schema.ts';
import { declarationProblems, parameterProblems, readParameters } from '../../engine/strategy/parameters.ts';
import type { ParameterDecl, ParameterDecls } from '../../engine/strategy/parameters.ts';

const DECLS = {
  stopTicks: { is: 'integer', default: 3, min: 1, max: 50, unit: 'ticks', text: 'Distance of the stop.' },
  share: { is: 'number', default: 0.5, min: 0, max: 1, text: 'A share.' },
  allowShort: { is: 'flag', default: true, text: 'Whether to sell short.' },
  style: { is: 'choice', of: ['calm', 'wild'], default: 'calm', text: 'How to trade.' },
} as const;

describe('parameters of a strategy', () => {
  test('those given and the defaults of the others, typed and frozen', () => {
    const values = readParameters('s', DECLS, { stopTicks: 7, style: 'wild' });
    const ticks: number = values.stopTicks;
    const style: 'calm' | 'wild' = values.style;
    expect([ticks, style]).toEqual([7, 'wild']);
    expect(values).toEqual({ stopTicks: 7, share: 0.5, allowShort: true, style: 'wild' });
    expect(Object.isFrozen(values)).toBe(true);
  });

  test.each([
    [{ stopTicks: 0 }, 'stopTicks must be a whole number of 1 to 50 ticks, not 0'],
    [{ stopTicks: 2.5 }, 'stopTicks must be a whole number of 1 to 50 ticks, not 2.5'],
    [{ stopTicks: '3' }, 'stopTicks must be a whole number of 1 to 50 ticks, not "3"'],
    [{ share: NaN }, 'share must be a number of 0 to 1, not NaN'],
    [{ allowShort: 1 }, 'allowShort must be true or false, not 1'],
    [{ style: 'mild' }, 'style must be one of calm, wild, not "mild"'],
    [
      { stopTick: 3 },
      'stopTick is not a parameter; did you mean stopTicks? (there are: stopTicks, share, allowShort, style)',
    ],
    [
      JSON.parse('{"__proto__": 3, "constructor": 1}') as Record<string, number>,
      /^__proto__ is not a parameter .*; constructor is not a parameter /,
    ],
  ])('%j is refused by name, value, range and unit', (given, sentence) => {
    const problem = parameterProblems(DECLS, given).join('; ');
    if (typeof sentence === 'string') expect(problem).toBe(sentence);
    else expect(problem).toMatch(sentence);
  });

  test('all of them at once', () => {
    expect(() => readParameters('s', DECLS, { stopTicks: 99, share: -1 })).toThrow(
      'bad parameters of s: stopTicks must be a whole number of 1 to 50 ticks, not 99; share must be a number of 0 to 1, not -1',
    );
  });

  test.each([
    [{ is: 'number', default: 2, min: 0, max: 1, text: 'x' }, 'its default 2 is not a number of 0 to 1'],
    [
      { is: 'integer', default: 0.5, min: 0, max: 1, text: 'x' },
      'its default 0.5 is not a whole number of 0 to 1',
    ],
    [
      { is: 'number', default: 0, min: 1, max: 0, text: 'x' },
      '"min" and "max" must be numbers, min not above max',
    ],
    [{ is: 'number', default: 0, text: 'x' }, '"min" and "max" must be numbers, min not above max'],
    [{ is: 'float', default: 0, text: 'x' }, '"is" must be number, integer, flag or choice, not "float"'],
    [{ is: 'choice', of: [], default: 'a', text: 'x' }, '"of" must be a list of words'],
    [{ is: 'flag', default: true }, 'it has no "text" that says what it means'],
    [7, 'it is declared by an object with "is", "default" and "text"'],
  ])('a declaration as %j is refused itself', (decl, sentence) => {
    expect(declarationProblems({ a: decl as unknown as ParameterDecl })).toEqual([
      `parameter a: ${sentence}`,
    ]);
  });
});

describe('the zod schema of declarations', () => {
  const words = fc.constantFrom('calm', 'wild', 'odd');
  const decl: fc.Arbitrary<ParameterDecl> = fc.oneof(
    fc
      .tuple(
        fc.constantFrom('number', 'integer'),
        fc.integer({ min: -5, max: 0 }),
        fc.integer({ min: 1, max: 5 }),
      )
      .map(([is, min, max]) => ({ is, min, max, default: min, text: 'x', unit: 'ticks' })),
    fc.boolean().map((value) => ({ is: 'flag', default: value, text: 'x' }) as const),
    fc.constant({ is: 'choice', of: ['calm', 'wild'], default: 'calm', text: 'x' } as const),
  );
  const value = fc.oneof(
    fc.integer({ min: -6, max: 6 }),
    fc.double({ min: -6, max: 6 }),
    fc.constantFrom(NaN, Infinity, -Infinity),
    fc.boolean(),
    words,
  );
  const tables = fc.dictionary(fc.constantFrom('a', 'b', 'c'), decl);

  test('takes what the strategy takes, and makes the same of it', () => {
    fc.assert(
      fc.property(
        tables,
        fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), value),
        (decls: ParameterDecls, given) => {
          const parsed = parameterSchema(decls).safeParse(given);
          expect(parsed.success).toBe(parameterProblems(decls, given).length === 0);
          if (parsed.success) expect(parsed.data).toEqual({ ...readParameters('s', decls, given) });
        },
      ),
      { numRuns: 500, seed: 20_260_912 },
    );
  });

  test('says default, range, unit and meaning as JSON Schema', () => {
    expect(parameterJsonSchema(DECLS)).toMatchObject({
      type: 'object',
      additionalProperties: false,
      properties: {
        stopTicks: {
          default: 3,
          minimum: 1,
          maximum: 50,
          'x-unit': 'ticks',
          description: 'Distance of the stop.',
        },
        style: { enum: ['calm', 'wild'], default: 'calm' },
        allowShort: { type: 'boolean', default: true },
      },
    });
  });
});
