import type { CounterBlock } from '../ipc/counters.ts';
import type { ErrorLog } from '../ipc/error-log.ts';
import { LOG_LEVEL } from '../messages/enums.ts';
import { STRATEGY_COUNTER } from './counters.ts';
import { STRATEGY_ERROR } from './error-codes.ts';
import type { HostedStrategy } from './hosted-strategy.ts';
import type { OrderDesk } from './order-desk.ts';
import type { StrategyFaults } from './strategy-faults.ts';
import type { StrategyLog } from './strategy-log.ts';
import type { Turn } from './turn.ts';

const ALL = -1;

/** Where faults are counted, kept and told. */
interface FaultPlaces {
  readonly counters: CounterBlock;
  readonly errors: ErrorLog;
  readonly faults: StrategyFaults;
}

/** What happens when a strategy fails: it is told of, and its orders are cancelled. One thread: the strategy actor's. */
export class FaultDesk {
  /** A strategy threw or returned a promise; it is already switched off. */
  readonly onFault: (host: HostedStrategy, callback: string, error: unknown) => void;
  /** A promise that a strategy should not have returned failed. */
  readonly onLateFailure: (host: HostedStrategy, callback: string, error: unknown) => void;
  private readonly places: FaultPlaces;
  private readonly turn: Turn;
  private readonly desk: OrderDesk;
  private readonly log: StrategyLog;
  private seenFaults: number;

  constructor(places: FaultPlaces, turn: Turn, desk: OrderDesk, log: StrategyLog) {
    this.log = log;
    this.places = places;
    this.turn = turn;
    this.desk = desk;
    this.onFault = this.handleFault.bind(this);
    this.onLateFailure = this.handleLateFailure.bind(this);
    this.seenFaults = 0;
  }

  /** Whether somebody else found a strategy at fault since the last look. */
  get hasNew(): boolean {
    return this.places.faults.changes !== this.seenFaults;
  }

  /** Strategies that others found at fault: by the supervisor before this thread began, or outside of any turn. */
  take(hosts: readonly HostedStrategy[]): void {
    const { faults, counters } = this.places;
    if (!this.hasNew) return;
    this.seenFaults = faults.changes;
    for (let index = 0; index < hosts.length; index++) {
      const host = hosts[index];
      if (!faults.isFaulted(host.index)) continue;
      host.switchOff();
      if (!faults.markHandled(host.index)) continue;
      counters.increment(STRATEGY_COUNTER.strategiesFaulted);
      this.desk.cancelAll(host.index, ALL);
      const text = faults.takeText(host.index);
      if (text !== null) this.tell(text);
    }
  }

  private handleFault(host: HostedStrategy, callback: string, error: unknown): void {
    const { counters, errors, faults } = this.places;
    counters.increment(STRATEGY_COUNTER.strategiesFaulted);
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const text = `STRATEGY_FAULTED ${host.name}.${callback}: ${reason}`;
    errors.record(STRATEGY_ERROR.faulted, text, this.turn.nowNs);
    faults.markHandled(host.index);
    this.desk.cancelAll(host.index, ALL);
    this.tell(text);
  }

  /** The strategy is switched off already: only what went wrong is kept. */
  private handleLateFailure(host: HostedStrategy, callback: string, error: unknown): void {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const text = `STRATEGY_LATE ${host.name}.${callback}: its promise failed: ${reason}`;
    this.places.errors.record(STRATEGY_ERROR.late, text, this.turn.nowNs);
    this.tell(text);
  }

  private tell(text: string): void {
    this.log.write(LOG_LEVEL.error, STRATEGY_ERROR.faulted, text);
  }
}
