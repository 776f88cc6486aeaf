import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

interface Outcome {
  readonly book: Readonly<Record<string, number>>;
  readonly seen: Readonly<Record<string, number>>;
  readonly fillSeq: number;
}

test('orderbook and strategy actors turn over a million records without producing garbage', () => {
  const script = fileURLToPath(new URL('../fixtures/turn-book-and-strategy.ts', import.meta.url));
  const output = execFileSync(
    process.execPath,
    [
      '--no-warnings',
      '--conditions=shrike-source',
      '--expose-gc',
      '--trace-gc',
      '--max-semi-space-size=4',
      '--min-semi-space-size=4',
      script,
    ],
    { encoding: 'utf8' },
  );
  const measured = output.split('BEGIN')[1];
  const outcome = JSON.parse(/END (\{.*\})/.exec(measured)?.[1] ?? '{}') as Outcome;
  expect(outcome.book).toMatchObject({ crossedBooks: 0, booksConflated: 0, unknownTemplate: 0 });
  expect(outcome.book['frames']).toBeGreaterThan(700_000);
  expect(outcome.seen['booksDelivered']).toBeGreaterThan(100_000);
  expect(outcome.seen['bars']).toBeGreaterThan(10_000);
  expect(outcome.seen['signals']).toBeGreaterThan(100);
  expect(outcome.seen['fills']).toBeGreaterThan(10_000);
  expect(outcome.seen['fills']).toBe(outcome.fillSeq);
  // One heap number per record would already be five scavenges of this young generation.
  const scavenges = measured.split('\n').filter((line) => /Scavenge|Mark-Compact/.test(line)).length;
  expect(scavenges).toBeLessThanOrEqual(2);
});
