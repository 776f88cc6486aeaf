import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CONTEXT_BYTES_MAX, ContextTable, contextTableBytes } from '../../engine/analysis/context-table.ts';
import { ownRegion } from '../fixtures/actor-rig.ts';

function open(instruments: number): ContextTable {
  const { buffer, region } = ownRegion('contexts', contextTableBytes(instruments));
  return new ContextTable(buffer, region, instruments);
}

test('the newest text of each instrument is read as it was published, and its version rises', () => {
  const news = fc.array(fc.tuple(fc.nat(2), fc.string({ maxLength: 300, unit: 'grapheme', minLength: 1 })), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(news, (all) => {
      const table = open(3);
      const newest: (string | null)[] = [null, null, null];
      const versions = [0, 0, 0];
      for (const [index, text] of all) {
        expect(table.publish(index, text)).toBe(true);
        newest[index] = text;
        for (const [each, expected] of newest.entries()) {
          const read = table.read(each);
          expect(read?.text ?? null).toBe(expected);
          if (each !== index) continue;
          expect(read!.version).toBeGreaterThan(versions[each]);
          versions[each] = read!.version;
        }
      }
    }),
    { seed: 5 },
  );
});

test('what is too long is not published and not half published; withdrawn is gone', () => {
  const table = open(1);
  expect(table.publish(0, 'x'.repeat(CONTEXT_BYTES_MAX))).toBe(true);
  expect(table.publish(0, 'é'.repeat(CONTEXT_BYTES_MAX))).toBe(false);
  expect(table.read(0)).toBeNull();
  table.publish(0, '{}');
  table.withdraw(0);
  expect(table.read(0)).toBeNull();
});
