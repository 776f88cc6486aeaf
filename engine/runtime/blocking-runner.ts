import type { Doorbell } from '../ipc/doorbell.ts';
import type { DutyCycle } from './duty-cycle.ts';
import { shouldPark, spinHint } from './idle-strategy.ts';
import type { IdleStrategyName } from './idle-strategy.ts';
import type { ThreadControl } from './thread-control.ts';

/** How often the thread lets its event loop breathe: garbage-collection notices arrive through it. */
const BREATHE_NS = 250_000_000;

/**
 * Turns the actors of a thread that owns no sockets: between turns it spins or sleeps on its doorbell.
 * `parkMs` bounds each sleep. Resolves when the supervisor asked the thread to stop and the actors are closed.
 */
export async function runBlocking(
  cycle: DutyCycle,
  doorbell: Doorbell,
  control: ThreadControl,
  strategy: IdleStrategyName,
  parkMs: number,
): Promise<void> {
  cycle.start();
  let lastWorkNs = cycle.lastNowNs();
  let lastBreathNs = lastWorkNs;
  while (!control.stopWanted()) {
    if (cycle.turn() > 0) {
      lastWorkNs = cycle.lastNowNs();
    } else if (shouldPark(strategy, cycle.lastNowNs() - lastWorkNs)) {
      const signal = doorbell.prepareToPark();
      if (cycle.hasWork() || control.stopWanted()) doorbell.cancelPark();
      else doorbell.parkBlocking(signal, parkMs);
      cycle.wakeUp();
    } else {
      spinHint();
    }
    if (cycle.lastNowNs() - lastBreathNs > BREATHE_NS) {
      lastBreathNs = cycle.lastNowNs();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  cycle.close();
}
