import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'shrike-fatal-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MODULE = new URL('../../engine/app/run/fatal-exit.ts', import.meta.url).href;

/** A process that flushes on fatal errors and then does `act`. */
function die(directory: string, act: string): { status: number | null; stderr: string } {
  const script = `
    const { flushOnFatal } = await import(${JSON.stringify(MODULE)});
    const giveBack = flushOnFatal(${JSON.stringify(directory)}, () => ({ counters: { risk: { approved: 7 } }, errors: [] }));
    ${act}
    setTimeout(() => {}, 60_000);`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { status, stderr };
}

describe('an error that nobody caught on the main thread', () => {
  it.each([
    ['exception', `setTimeout(() => { throw new Error('boom'); }, 1);`],
    ['rejection', `void Promise.reject(new Error('boom'));`],
  ])('leaves counters and errors in a file and exits with 1: %s', (kind, act) => {
    const directory = join(folder, kind);
    const { status, stderr } = die(directory, act);
    expect(status).toBe(1);
    expect(stderr).toContain('fatal: Error: boom');
    const files = readdirSync(directory);
    expect(files).toHaveLength(1);
    expect(files[0]).toMatch(/^crash-.*\.json$/);
    expect(stderr).toContain(files[0]);
    const crash = JSON.parse(readFileSync(join(directory, files[0]), 'utf8')) as Record<string, unknown>;
    expect(crash).toMatchObject({
      schema: 'shrike.crash/1',
      stats: { counters: { risk: { approved: 7 } }, errors: [] },
    });
    expect(crash['reason']).toContain('boom');
  });

  it('says so when the file cannot be written, and still exits with 1', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const { status, stderr } = die(join(file, 'below'), `setTimeout(() => { throw new Error('boom'); }, 1);`);
    expect(status).toBe(1);
    expect(stderr).toContain('could not be written');
  });
});
