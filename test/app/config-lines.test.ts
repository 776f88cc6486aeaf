import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { formatPath } from '../../engine/app/config/config-path.ts';
import { locateTomlKeys } from '../../engine/app/config/toml-lines.ts';

/** The line on which `marker` stands. */
function lineOf(text: string, marker: string): number {
  return text.split('\n').findIndex((line) => line.includes(marker)) + 1;
}

describe('lines of keys in a TOML text', () => {
  const text = [
    '# a comment with [brackets] and key = 1',
    'top = 1 # one',
    'dotted.inner."quo.ted" = 2',
    '"a\\u0062c" = 3',
    'multi = """',
    'fake = 1',
    '[not.a.table]',
    'end""""',
    "literal = '''x",
    "''y'''",
    'list = [',
    '  "a", # first ]',
    '  { deep = 1,',
    '    deeper.still = [1,',
    '      2] },',
    ']',
    '[table]',
    'key = "with \\" quote and # hash" # tail',
    '[table.sub]',
    'key = { a = 1, b = { c = 2 } }',
    '[[rows]]',
    'n = 1',
    '[rows.detail]',
    'm = 1',
    '[[rows]]',
    'n = 2',
    '[[rows.parts]]',
    'p = 1',
    '[ spaced . "name" ]',
    'last = 2026-01-01T00:00:00Z',
  ].join('\n');
  const lines = locateTomlKeys(text);

  test('the sample is valid TOML, so the walk may rely on it', () => {
    expect(parse(text)).toMatchObject({ rows: [{ detail: { m: 1 } }, { parts: [{ p: 1 }] }], abc: 3 });
  });

  test.each([
    ['top', 2],
    ['dotted', 3],
    ['dotted.inner."quo.ted"', 3],
    ['abc', 4],
    ['multi', 5],
    ['literal', 9],
    ['list', 11],
    ['list[0]', 12],
    ['list[1]', 13],
    ['list[1].deep', 13],
    ['list[1].deeper.still', 14],
    ['list[1].deeper.still[1]', 15],
    ['table', 17],
    ['table.key', 18],
    ['table.sub', 19],
    ['table.sub.key.b.c', 20],
    ['rows[0]', 21],
    ['rows[0].n', 22],
    ['rows[0].detail', 23],
    ['rows[0].detail.m', 24],
    ['rows[1].n', 26],
    ['rows[1].parts[0].p', 28],
    ['spaced.name', 29],
    ['spaced.name.last', 30],
  ])('%s is on line %d', (path, line) => {
    expect(lines.get(path)).toBe(line);
  });

  test('text inside strings makes no keys', () => {
    expect(lines.has('fake')).toBe(false);
    expect(lines.has('not.a.table')).toBe(false);
  });

  test('every leaf of any document the serialiser writes is found, on the line that holds its value', () => {
    const key = fc.string({
      unit: fc.constantFrom(...'abZ9_-. "#[]=é'.split('')),
      minLength: 1,
      maxLength: 5,
    });
    const shape = fc.letrec<{ table: Record<string, unknown> }>((tie) => ({
      table: fc.dictionary(key, fc.oneof({ maxDepth: 3, depthSize: 'small' }, fc.constant(0), tie('table')), {
        maxKeys: 4,
        noNullPrototype: true,
      }),
    })).table;
    fc.assert(
      fc.property(shape, (raw) => {
        // Each leaf becomes a text found nowhere else, so that its line in the output is known.
        const leaves: { path: string; marker: string }[] = [];
        const mark = (table: Record<string, unknown>, path: string[]): Record<string, unknown> =>
          Object.fromEntries(
            Object.entries(table).map(([name, value]) => {
              const here = [...path, name];
              if (typeof value === 'object') return [name, mark(value as Record<string, unknown>, here)];
              const marker = `<leaf ${leaves.length}>`;
              leaves.push({ path: formatPath(here), marker });
              return [name, marker];
            }),
          );
        const document = stringify(mark(raw, []));
        const found = locateTomlKeys(document);
        for (const { path, marker } of leaves) expect(found.get(path)).toBe(lineOf(document, marker));
      }),
      { seed: 21, numRuns: 500 },
    );
  });

  test('it ends on any text, valid or not', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ab=.[]{}"\'#\n\\, '.split('')), maxLength: 60 }),
        (any) => {
          expect(locateTomlKeys(any)).toBeInstanceOf(Map);
        },
      ),
      { seed: 22, numRuns: 2_000 },
    );
  });
});
