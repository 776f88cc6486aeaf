import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stateLayout } from '../../journal/state-directory.ts';

/** Bytes of a socket's address without its closing zero: sun_path has 108 on Linux and 104 elsewhere. */
const PATH_BYTES_MAX = process.platform === 'linux' ? 107 : 103;

/** The folder of one mode and venue below a state folder. */
export interface EnginePlace {
  readonly mode: string;
  readonly venue: string;
}

/**
 * The path of the control socket: in the state folder, or, where that is too long for a socket, under a name made from it
 * in $XDG_RUNTIME_DIR. `problem` says why there is none.
 */
export function controlSocketPath(
  baseDirectory: string,
  place: EnginePlace,
  runtimeDirectory: string | undefined,
): { readonly path: string } | { readonly problem: string } {
  const wanted = resolve(stateLayout(baseDirectory, place).controlSocket);
  if (Buffer.byteLength(wanted) <= PATH_BYTES_MAX) return { path: wanted };
  const tooLong = `${wanted} has ${Buffer.byteLength(wanted)} bytes, a socket's path at most ${PATH_BYTES_MAX}`;
  if (runtimeDirectory === undefined || runtimeDirectory === '')
    return { problem: `${tooLong}; set a shorter state.dir, or XDG_RUNTIME_DIR` };
  const name = createHash('sha256').update(wanted).digest('hex').slice(0, 16);
  const path = join(runtimeDirectory, `shrike-${name}.sock`);
  if (Buffer.byteLength(path) <= PATH_BYTES_MAX) return { path };
  return { problem: `${tooLong}, and ${path} is too long as well; set a shorter state.dir` };
}

/** Modes and venues that have a folder below a state folder. */
export function enginePlaces(baseDirectory: string): EnginePlace[] {
  const places: EnginePlace[] = [];
  for (const mode of foldersIn(baseDirectory)) {
    for (const venue of foldersIn(join(baseDirectory, mode))) places.push({ mode, venue });
  }
  return places;
}

function foldersIn(directory: string): string[] {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
