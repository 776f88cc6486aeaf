import { NO_GC } from '../harness/gc-watch.ts';
import { onCpu } from './wire-cpus.ts';
import type { WireCpus } from './wire-cpus.ts';
import type { WireVenue } from './wire-job.ts';
import { WatchedChild } from './wire-process.ts';
import type { WireClient } from './wire-process.ts';
import { WIRE_ORDER_LOTS, WIRE_SYMBOL } from './wire-ticks.ts';

/** Starts the compiled client; as `echo` it sends a prepared order for every frame without looking at it. */
export function startNative(
  path: string,
  mode: 'trade' | 'echo',
  venue: WireVenue,
  cpus: WireCpus,
): WireClient {
  const { apiKey, apiSecret } = venue;
  const [restPort, streamPort] = [venue.rest, venue.stream].map((url) => new URL(url).port);
  const args = [restPort, streamPort, apiKey, apiSecret, WIRE_SYMBOL, String(WIRE_ORDER_LOTS), mode];
  const watched = new WatchedChild(onCpu(cpus.client, [path, ...args]), process.env);
  return {
    died: watched.died,
    close: async () => {
      await watched.end(() => watched.child.kill('SIGTERM'));
      return NO_GC;
    },
  };
}
