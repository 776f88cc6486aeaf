import { join } from 'node:path';
import { NO_GC } from '../harness/gc-watch.ts';
import type { GcCount } from '../harness/gc-watch.ts';
import type { WireCpus } from './wire-cpus.ts';
import type { WireVenue } from './wire-job.ts';
import { WatchedChild } from './wire-process.ts';
import type { WireClient } from './wire-process.ts';

/** What a bot's process is told. */
export type ToWireBot =
  | { readonly kind: 'start'; readonly venue: WireVenue; readonly cpus: WireCpus }
  | { readonly kind: 'end' };

/** Starts a bot, a program of this folder, in a process of its own. */
export function startBot(file: string, venue: WireVenue, cpus: WireCpus): WireClient {
  const path = join(import.meta.dirname, file);
  const watched = new WatchedChild([process.execPath, path], process.env);
  const tell = (message: ToWireBot): boolean => watched.child.send(message);
  tell({ kind: 'start', venue, cpus });
  return {
    died: watched.died,
    close: async () => {
      let gc: GcCount = NO_GC;
      watched.child.once('message', (message: GcCount) => (gc = message));
      await watched.end(() => tell({ kind: 'end' }));
      return gc;
    },
  };
}
