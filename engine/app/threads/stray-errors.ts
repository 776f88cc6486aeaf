import { fileURLToPath } from 'node:url';
import type { Clock } from '../../core/clock.ts';
import { STRATEGY_ERROR } from '../../strategy/error-codes.ts';
import { FAULT_CAUSE } from '../../strategy/strategy-faults.ts';
import { STRATEGY_CALLBACK } from '../../strategy/strategy-shape.ts';
import {
  callbackInTrace,
  strategiesOn,
  strategyFiles,
  strategyInTrace,
  traceOf,
} from '../strategy/strategy-traces.ts';
import { filesOfModule } from '../strategy/strategy-loader.ts';
import type { ThreadSpec } from '../../runtime/topology.ts';
import type { Wiring } from './wiring.ts';

/** Node wraps what a promise was rejected with, when it is no error, into a sentence of three lines. */
const WRAPPED = /rejected with the reason "?(.*?)"?\.?$/s;

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isWrapped = 'code' in error && error.code === 'ERR_UNHANDLED_REJECTION';
  const wrapped = isWrapped ? WRAPPED.exec(error.message)?.[1] : undefined;
  return wrapped ?? `${error.name}: ${error.message}`;
}

/** How long what a strategy had under way when it was switched off may go on failing. */
const GRACE_NS = 1e9;

/**
 * Errors that no code catches on a thread that hosts strategies: of a timer, a promise, a socket. One that a strategy
 * started switches that strategy off where it is, and the thread goes on; what it had under way may fail for a moment. If
 * that does not end, the thread is ended, and the next one does not load the strategy. Any other error ends the thread,
 * as it would without this.
 */
export function catchStrayErrors(wiring: Wiring, thread: ThreadSpec, clock: Clock): void {
  const slots = wiring.strategySlots();
  const faults = wiring.strategyFaults();
  const errors = wiring.errors();
  let graceEndsNs = 0;
  process.on('uncaughtException', (error: unknown, origin) => {
    const trace = traceOf(error);
    const strategies = strategiesOn(thread, strategyFiles(slots));
    const suspicion = strategyInTrace(trace, strategies, (index) => faults.isFaulted(index), filesOfModule);
    if (suspicion === null) throw error;
    const { strategy, otherCount } = suspicion;
    const { index } = strategy;
    const nowNs = clock.nowNs();
    const callback = callbackInTrace(trace, strategy);
    const reason = reasonOf(error);
    const where = callback === '' ? strategy.name : `${strategy.name}.${callback}`;
    if (faults.isFaulted(index)) {
      errors.record(STRATEGY_ERROR.late, `STRATEGY_LATE ${where}: ${reason}`, nowNs);
      if (graceEndsNs === 0) graceEndsNs = nowNs + GRACE_NS;
      if (nowNs <= graceEndsNs) return;
      faults.markGoingOn(index);
      throw error;
    }
    graceEndsNs = nowNs + GRACE_NS;
    const what = origin === 'unhandledRejection' ? 'a promise it started failed' : 'what it started failed';
    const doubt = otherCount === 0 ? '' : `; it may be one of ${otherCount} others as well`;
    const text = `STRATEGY_FAULTED ${where}: ${what}: ${reason} (${fileURLToPath(strategy.url)}${doubt})`;
    errors.record(STRATEGY_ERROR.faulted, text, nowNs);
    const number = callback === '' ? 0 : STRATEGY_CALLBACK[callback as keyof typeof STRATEGY_CALLBACK];
    faults.note(index, FAULT_CAUSE.stray, number, text);
  });
}
