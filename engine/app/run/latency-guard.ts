import type { Clock } from '../../core/clock.ts';
import type { SupervisorTradingState } from '../../risk/trading-state.ts';
import { LatencyHalt } from '../../runtime/latency-halt.ts';
import type { EngineConfig } from '../config/config-types.ts';
import type { EngineLog } from './engine-log.ts';

/** Carries the latency budget's verdict to risk: while orders are too slow, a shared word says so. Main thread. */
export class LatencyGuard {
  private readonly halt: LatencyHalt | null;
  private readonly trading: SupervisorTradingState;
  private readonly clock: Clock;
  private readonly log: EngineLog;
  private readonly limitUs: number;

  constructor(config: EngineConfig['risk'], trading: SupervisorTradingState, clock: Clock, log: EngineLog) {
    const { latencyHaltP99Us, latencyHaltMs } = config;
    this.halt = latencyHaltP99Us === 0 ? null : new LatencyHalt(latencyHaltP99Us * 1e3, latencyHaltMs * 1e6);
    this.limitUs = latencyHaltP99Us;
    this.trading = trading;
    this.clock = clock;
    this.log = log;
  }

  /** Times new orders were stopped. */
  get halts(): number {
    return this.halt?.halts ?? 0;
  }

  /** An order that had a tick was sent. */
  note(tickToOrderNs: number): void {
    if (this.halt === null || !this.halt.note(tickToOrderNs, this.clock.nowNs())) return;
    this.trading.setLatencyHalted(true);
    this.log.warn(`no new orders for a while: p99 of tick-to-order is above ${this.limitUs} us`);
  }

  /** Ends a stop whose time is over. */
  poll(): void {
    if (this.halt === null || !this.trading.isLatencyHalted()) return;
    if (!this.halt.isHalted(this.clock.nowNs())) this.trading.setLatencyHalted(false);
  }
}
