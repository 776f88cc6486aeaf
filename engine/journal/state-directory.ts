import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JournalError, isOutOfSpace } from './journal-error.ts';

/** Where one mode and venue keep their state. */
export interface StateLayout {
  readonly directory: string;
  /** Segments of journal and intent log. */
  readonly journal: string;
  readonly lockFile: string;
  readonly markerFile: string;
  /** Where a running engine takes commands. */
  readonly controlSocket: string;
}

/** A state folder that this process has taken. */
export interface StateDirectory extends StateLayout {
  /** Process id of the dead engine whose lock was taken over; 0 = there was none. */
  readonly tookOverFromPid: number;
  /** Gives the folder back. Idempotent; never throws. */
  release(): void;
}

/** What a state folder belongs to. */
export interface StateIdentity {
  readonly mode: string;
  readonly venue: string;
}

interface LockContent {
  readonly pid: number;
  /** Start of that process in clock ticks since boot, "" where the platform does not say: tells a reused pid. */
  readonly processStart: string;
  readonly epochUs: number;
}

/** The layout below the configured state folder: `<base>/<mode>/<venue>/journal`. */
export function stateLayout(baseDirectory: string, identity: StateIdentity): StateLayout {
  const directory = join(baseDirectory, identity.mode, identity.venue);
  return {
    directory,
    journal: join(directory, 'journal'),
    lockFile: join(directory, 'engine.lock'),
    markerFile: join(directory, 'state.json'),
    controlSocket: join(directory, 'ctl.sock'),
  };
}

/**
 * Makes and takes the state folder of a mode and venue. Main thread, before anything is read from it.
 * @param epochUs wall clock now, written into the lock for people
 * @throws JournalError STATE_LOCKED when a living engine has it, STATE_OTHER_MODE when it is another mode's or venue's,
 * JOURNAL_NO_SPACE when the disk is full
 */
export function openStateDirectory(
  baseDirectory: string,
  identity: StateIdentity,
  epochUs: number,
): StateDirectory {
  try {
    return takeStateDirectory(stateLayout(baseDirectory, identity), identity, epochUs);
  } catch (error) {
    if (!isOutOfSpace(error)) throw error;
    throw new JournalError(
      'JOURNAL_NO_SPACE',
      `no room on the disk of the state folder ${baseDirectory}: ${(error as Error).message}; free some space and start again`,
    );
  }
}

function takeStateDirectory(layout: StateLayout, identity: StateIdentity, epochUs: number): StateDirectory {
  try {
    // Other users must not read orders and positions.
    mkdirSync(layout.journal, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (isOutOfSpace(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new JournalError('JOURNAL_DIRECTORY', `cannot make the state folder ${layout.journal}: ${reason}`);
  }
  const tookOverFromPid = takeLock(layout, epochUs);
  let isHeld = true;
  const release = (): void => {
    if (!isHeld) return;
    isHeld = false;
    dropLock(layout.lockFile);
  };
  try {
    checkMarker(layout, identity);
  } catch (error) {
    release();
    throw error;
  }
  return { ...layout, tookOverFromPid, release };
}

/** A lock appears with its content in one step (link), so it is never read half-written. */
function takeLock(layout: StateLayout, epochUs: number): number {
  const content: LockContent = { pid: process.pid, processStart: processStart(process.pid), epochUs };
  const draft = `${layout.lockFile}.${process.pid}`;
  try {
    writeFileSync(draft, `${JSON.stringify(content)}\n`);
    if (tryLink(draft, layout.lockFile)) return 0;
    const holder = readLock(layout.lockFile);
    if (holder !== null && isAlive(holder)) throw lockedBy(layout, holder);
    putStaleAside(layout, holder);
    if (tryLink(draft, layout.lockFile)) return holder?.pid ?? 0;
    throw lockedBy(layout, readLock(layout.lockFile));
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Moves the dead engine's lock away; if a living one came in between, gives it its lock back. */
function putStaleAside(layout: StateLayout, stale: LockContent | null): void {
  const aside = `${layout.lockFile}.stale-${process.pid}`;
  try {
    renameSync(layout.lockFile, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const moved = readLock(aside);
  if (moved !== null && moved.pid !== stale?.pid && isAlive(moved)) {
    tryLink(aside, layout.lockFile);
    unlinkSync(aside);
    throw lockedBy(layout, moved);
  }
  unlinkSync(aside);
}

function lockedBy(layout: StateLayout, holder: LockContent | null): JournalError {
  const who = holder === null ? 'another engine' : `the engine with process id ${holder.pid}`;
  return new JournalError(
    'STATE_LOCKED',
    `${layout.directory} is in use by ${who}; stop it, or give this engine another state.dir`,
  );
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** null when it is gone or not a lock's content (then there is no process to ask, and it counts as stale). */
function readLock(file: string): LockContent | null {
  try {
    const content = JSON.parse(readFileSync(file, 'utf8')) as Partial<LockContent> | null;
    if (content === null || !Number.isSafeInteger(content.pid) || Number(content.pid) <= 0) return null;
    return {
      pid: Number(content.pid),
      processStart: content.processStart ?? '',
      epochUs: content.epochUs ?? 0,
    };
  } catch {
    return null;
  }
}

function isAlive(holder: LockContent): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
  const startNow = processStart(holder.pid);
  return startNow === '' || holder.processStart === '' || startNow === holder.processStart;
}

/** Field 22 of Linux's /proc/pid/stat; the second field may contain spaces and ends with the last ")". */
function processStart(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function dropLock(lockFile: string): void {
  try {
    if (readLock(lockFile)?.pid === process.pid) unlinkSync(lockFile);
  } catch {
    // The folder may be gone; a lock that stays is taken over by its dead process id.
  }
}

function checkMarker(layout: StateLayout, identity: StateIdentity): void {
  const wanted = { schema: 'shrike.state/1', mode: identity.mode, venue: identity.venue };
  let text: string;
  try {
    text = readFileSync(layout.markerFile, 'utf8');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    text = '';
  }
  // Also empty when an earlier engine found the disk full.
  if (text === '') return writeMarker(layout.markerFile, wanted);
  let found: Partial<typeof wanted>;
  try {
    found = JSON.parse(text) as Partial<typeof wanted>;
  } catch {
    found = {};
  }
  if (found.schema === wanted.schema && found.mode === wanted.mode && found.venue === wanted.venue) return;
  throw new JournalError(
    'STATE_OTHER_MODE',
    `${layout.markerFile} says this state is of ${found.mode ?? '?'} on ${found.venue ?? '?'}, ` +
      `not of ${identity.mode} on ${identity.venue}; each mode and venue needs a folder of its own`,
  );
}

/** Whole or not at all: half a marker would keep the engine from its state. */
function writeMarker(file: string, content: object): void {
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, `${JSON.stringify(content)}\n`);
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
