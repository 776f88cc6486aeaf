import type { DutyCycle } from './duty-cycle.ts';

/**
 * No thread: the caller calls the actors itself, turn by turn. Tests, replay and backtests run the very same actors this way, with a
 * simulated clock, and get the same outputs on every run.
 */
export class Invoker {
  private readonly cycle: DutyCycle;

  constructor(cycle: DutyCycle) {
    this.cycle = cycle;
  }

  start(): void {
    this.cycle.start();
  }

  /** Turns all actors until nothing is left to do (bounded); returns the work count. */
  invoke(): number {
    return this.cycle.turnUntilQuiet();
  }

  close(): void {
    this.cycle.close();
  }
}
