import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/**
 * What is left are numbers beyond 31 bits that are boxed when they are handed from one function to another (ids, times):
 * about 12 bytes a message, measured with the sampling heap profiler.
 */
const SCAVENGES_PER_MILLION_MAX = 8;

test('risk, execution and the paper venue make no objects over millions of messages', () => {
  const script = fileURLToPath(new URL('../fixtures/trading-allocation.ts', import.meta.url));
  const report = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' })) as {
    records: number;
    scavenges: number;
    scavengesOfTwentyObjectsEach: number;
    fills: number;
  };
  expect(report.records).toBeGreaterThan(1_000_000);
  expect(report.fills).toBeGreaterThan(120_000);
  const perMillion = (report.scavenges * 1_000_000) / report.records;
  expect(perMillion).toBeLessThanOrEqual(SCAVENGES_PER_MILLION_MAX);
  // The measurement sees objects: twenty small ones a round (54 messages) show.
  expect(report.scavengesOfTwentyObjectsEach).toBeGreaterThan(report.scavenges + 10);
});
