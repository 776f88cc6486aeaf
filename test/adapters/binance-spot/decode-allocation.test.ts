import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

/** Garbage collections while a million frames are decoded, with a young generation of 1 MiB. */
async function collectionsOf(...args: string[]): Promise<number> {
  const script = 'test/fixtures/binance-spot/decode-allocation.ts';
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--max-semi-space-size=1',
    script,
    ...args,
  ]);
  const { collections, records } = JSON.parse(stdout) as { collections: number; records: number };
  expect(records).toBe(1_000_000);
  return collections;
}

describe('decoding', () => {
  it('of a million frames leaves no garbage, and the measurement would tell', async () => {
    expect(await collectionsOf()).toBeLessThanOrEqual(1);
    expect(await collectionsOf('littering')).toBeGreaterThanOrEqual(8);
  });
});
