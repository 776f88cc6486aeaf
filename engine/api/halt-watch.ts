import type { Clock } from '../core/clock.ts';
import type { TradingStateReader } from '../risk/trading-state.ts';

/** Gives each stop of trading an id, so that who resumes says which one is meant. One thread. */
export class HaltWatch {
  private readonly trading: Pick<TradingStateReader, 'isKilled' | 'killReason'>;
  private readonly clock: Pick<Clock, 'epochUs'>;
  private id: string | null = null;
  private reason = 0;

  constructor(trading: Pick<TradingStateReader, 'isKilled' | 'killReason'>, clock: Pick<Clock, 'epochUs'>) {
    this.trading = trading;
    this.clock = clock;
  }

  /** The id of the stop that is in force; null = trading is not stopped. */
  look(): string | null {
    if (!this.trading.isKilled()) {
      this.id = null;
      return null;
    }
    const reason = this.trading.killReason();
    if (this.id === null || reason !== this.reason)
      this.id = `h${Math.round(this.clock.epochUs()).toString(36)}`;
    this.reason = reason;
    return this.id;
  }
}
