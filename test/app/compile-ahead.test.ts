/** `shrike compile`: the code of a run is compiled before it, in a process that ends. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { COMPILE_CACHE } from '../fixtures/compile-cache.ts';

const MAIN = fileURLToPath(new URL('../../engine/app/main.ts', import.meta.url));
const fresh = mkdtempSync(join(tmpdir(), 'shrike-compile-'));
afterAll(() => rmSync(fresh, { recursive: true, force: true }));

function compile(folder: string): unknown {
  const env = { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: folder };
  return JSON.parse(execFileSync(process.execPath, [MAIN, 'compile', '--json'], { env, encoding: 'utf8' }));
}

test('has nothing to do where everything was compiled', () => {
  expect(compile(COMPILE_CACHE)).toEqual({ schema: 'shrike.compile/1', compiled: false });
});

test('compiles what is kept nowhere yet, and starts nothing', () => {
  expect(compile(fresh)).toEqual({ schema: 'shrike.compile/1', compiled: true });
  const kept = readdirSync(fresh, { recursive: true, encoding: 'utf8' });
  expect(kept.filter((name) => name.endsWith('compiled-ahead'))).toHaveLength(1);
  expect(kept.length).toBeGreaterThan(500);
  expect(compile(fresh)).toMatchObject({ compiled: false });
});
