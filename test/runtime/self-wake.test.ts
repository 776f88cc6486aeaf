import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { SelfWake } from '../../engine/runtime/self-wake.ts';

test('an event loop that keeps itself awake makes no garbage, and its timers and sockets still get their turn', () => {
  const script = fileURLToPath(new URL('../fixtures/turn-self-wake.ts', import.meta.url));
  const outcome = JSON.parse(
    execFileSync(process.execPath, ['--no-warnings', script], { encoding: 'utf8' }),
  ) as Record<string, number | boolean>;
  expect(outcome['isAbsent']).toBe(false);
  expect(outcome['turned']).toBe(200_000);
  expect(outcome['timerTurns']).toBeGreaterThan(0);
  expect(outcome['own']).toBeLessThanOrEqual(2);
  expect(outcome['immediates']).toBeGreaterThan(10 * Number(outcome['own']) + 10);
});

test('one wake is one call, and nothing is left behind in the file system', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shrike-test-'));
  vi.stubEnv('TMPDIR', folder);
  let calls = 0;
  const selfWake = (await SelfWake.open(() => {
    calls++;
  }))!;
  vi.unstubAllEnvs();
  expect(readdirSync(folder)).toEqual([]);
  rmdirSync(folder);
  expect(calls).toBe(0);
  selfWake.wake();
  const deadline = performance.now() + 5_000;
  while (calls === 0 && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(calls).toBe(1);
  selfWake.close();
});
