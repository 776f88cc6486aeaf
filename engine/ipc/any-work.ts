// hot path: no allocation after start
import type { Subscription } from './ring.ts';

/** Whether any of the rings has something to read. */
export function anyHasWork(rings: readonly Subscription[]): boolean {
  for (let place = 0; place < rings.length; place++) if (rings[place].hasWork()) return true;
  return false;
}
