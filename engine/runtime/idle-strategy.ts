/** What a thread does when a turn found no work. */
export type IdleStrategyName = 'spin' | 'backoff' | 'park';

/** `Atomics.pause` is in Node 25 and later; elsewhere an idle turn simply goes round. */
const pauseHint = (Atomics as unknown as { pause?: (iterations?: number) => void }).pause;

/** How long `backoff` keeps spinning after the last work before it parks. */
export const BACKOFF_SPIN_NS = 200_000;

/** Tells the processor that this is a spin loop. Any thread. */
export function spinHint(): void {
  if (pauseHint !== undefined) pauseHint();
}

/** Whether a thread that has had no work for `idleNs` should go to sleep now. */
export function shouldPark(strategy: IdleStrategyName, idleNs: number): boolean {
  if (strategy === 'spin') return false;
  return strategy === 'park' || idleNs >= BACKOFF_SPIN_NS;
}
