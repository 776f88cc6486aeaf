import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JournalError } from '../../engine/journal/journal-error.ts';
import { openStateDirectory, stateLayout } from '../../engine/journal/state-directory.ts';
import { temporaryFolder } from '../fixtures/journal-rig.ts';

const PAPER = { mode: 'paper', venue: 'sim' };
let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

function failureOf(open: () => unknown): JournalError {
  try {
    open();
  } catch (error) {
    if (error instanceof JournalError) return error;
    throw error;
  }
  throw new Error('it opened');
}

function writeLock(content: string): string {
  const { lockFile } = stateLayout(folder.path, PAPER);
  mkdirSync(dirname(lockFile), { recursive: true });
  writeFileSync(lockFile, content);
  return lockFile;
}

describe('state directory', () => {
  it('gives each mode and venue a folder of its own, with a place for the journal', () => {
    const state = openStateDirectory(folder.path, PAPER, 1);
    expect(state.journal).toBe(join(folder.path, 'paper', 'sim', 'journal'));
    expect(existsSync(state.journal)).toBe(true);
    for (const made of [state.journal, state.directory]) expect(statSync(made).mode & 0o077).toBe(0);
    expect(JSON.parse(readFileSync(state.lockFile, 'utf8'))).toMatchObject({ pid: process.pid, epochUs: 1 });
    const live = openStateDirectory(folder.path, { mode: 'live', venue: 'sim' }, 1);
    expect(live.directory).not.toBe(state.directory);
    state.release();
    live.release();
    state.release();
    expect(readdirSync(state.directory).toSorted()).toEqual(['journal', 'state.json']);
    openStateDirectory(folder.path, PAPER, 2).release();
  });

  it('refuses a second engine on the same state and names the first', async () => {
    const holder = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    try {
      await once(holder, 'spawn');
      writeLock(JSON.stringify({ pid: holder.pid, processStart: '', epochUs: 1 }));
      const failure = failureOf(() => openStateDirectory(folder.path, PAPER, 2));
      expect(failure.code).toBe('STATE_LOCKED');
      expect(failure.message).toContain(`in use by the engine with process id ${holder.pid}`);
    } finally {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    }
    const taken = openStateDirectory(folder.path, PAPER, 3);
    expect(taken.tookOverFromPid).toBe(holder.pid);
    taken.release();
  });

  it('refuses itself a second time', () => {
    const state = openStateDirectory(folder.path, PAPER, 1);
    expect(failureOf(() => openStateDirectory(folder.path, PAPER, 2)).code).toBe('STATE_LOCKED');
    state.release();
  });

  it.skipIf(process.platform !== 'linux')(
    'takes over a lock whose process id was given to another process',
    () => {
      writeLock(JSON.stringify({ pid: 1, processStart: '999999999999', epochUs: 1 }));
      const state = openStateDirectory(folder.path, PAPER, 2);
      expect(state.tookOverFromPid).toBe(1);
      state.release();
    },
  );

  it('takes over a lock with no readable content, and leaves nothing of it behind', () => {
    for (const content of ['', 'not json', 'null', '{"pid":-4}']) {
      writeLock(content);
      const state = openStateDirectory(folder.path, PAPER, 2);
      expect(readdirSync(state.directory).toSorted()).toEqual(['engine.lock', 'journal', 'state.json']);
      state.release();
    }
  });

  it('refuses state that belongs to another mode or venue and gives the lock back', () => {
    const state = openStateDirectory(folder.path, PAPER, 1);
    state.release();
    writeFileSync(
      state.markerFile,
      JSON.stringify({ schema: 'shrike.state/1', mode: 'live', venue: 'binance-spot' }),
    );
    const failure = failureOf(() => openStateDirectory(folder.path, PAPER, 2));
    expect(failure.code).toBe('STATE_OTHER_MODE');
    expect(failure.message).toMatch(/state is of live on binance-spot, not of paper on sim/);
    expect(existsSync(state.lockFile)).toBe(false);
    writeFileSync(state.markerFile, 'garbage');
    expect(failureOf(() => openStateDirectory(folder.path, PAPER, 3)).code).toBe('STATE_OTHER_MODE');
  });

  it('says what stands in the way when the folder cannot be made', () => {
    writeFileSync(join(folder.path, 'paper'), 'a file');
    const failure = failureOf(() => openStateDirectory(folder.path, PAPER, 1));
    expect(failure.code).toBe('JOURNAL_DIRECTORY');
    expect(failure.message).toMatch(/cannot make the state folder/);
  });
});
