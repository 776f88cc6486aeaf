import type { CounterBlock } from '../../ipc/counters.ts';
import { ANALYSIS_COUNTER } from '../analysis-counters.ts';
import type { SignalTable } from '../signals/signal-table.ts';
import type { Outcome } from '../signals/signal-outcome.ts';
import type { Signal } from '../signals/signal.ts';
import type { SymbolDesk } from './symbol-desk.ts';
import type { SymbolAnswer } from './symbol-task.ts';

/** Looks at whether a trade on one side might be made now; bits of TRADE_REFUSALS, NaN = nobody can look. */
export type LookAtTrade = (desk: SymbolDesk, direction: 1 | -1, minuteAtr: number) => number;

/**
 * Puts what the pool found into the table of signals. An analysis that is made anew tells of all its bars again: of each
 * timeframe only what became known after the last close taken in is news. Of the bars from before the start, outcomes are
 * counted, and only signals that are still open are listed. One thread.
 */
export class SignalDesk {
  private readonly table: SignalTable | null;
  private readonly counters: CounterBlock;
  private readonly lookAtTrade: LookAtTrade;

  constructor(table: SignalTable | null, counters: CounterBlock, lookAtTrade: LookAtTrade) {
    this.table = table;
    this.counters = counters;
    this.lookAtTrade = lookAtTrade;
  }

  /** @param nowMs the venue's time */
  take(desk: SymbolDesk, answer: SymbolAnswer, nowMs: number): void {
    const { table } = this;
    const { index } = desk.instrument;
    if (table === null) return;
    const endOf = new Map(answer.outcomes.map((outcome) => [outcome.signal, outcome]));
    for (const signal of answer.signals) this.takeSignal(table, index, signal, endOf.get(signal) ?? null);
    for (const outcome of answer.outcomes) this.takeOutcome(table, index, outcome);
    for (const timeframe of desk.timeframes) {
      const closeMs = desk.sentCloseMs[timeframe.slot];
      if (closeMs > table.takenMs(index, timeframe)) table.noteTaken(index, timeframe, closeMs);
    }
    const { merged } = answer;
    const refusals =
      merged === null || merged.direction === 0
        ? NaN
        : this.lookAtTrade(desk, merged.direction, answer.minuteAtr);
    table.merge(index, merged, refusals, nowMs);
    table.tell(nowMs);
  }

  /** A symbol is analysed no more, or its bars were those of another market. */
  forget({ instrument }: SymbolDesk, nowMs: number): void {
    this.table?.merge(instrument.index, null, NaN, nowMs);
  }

  private takeSignal(table: SignalTable, index: number, signal: Signal, end: Outcome | null): void {
    const takenMs = table.takenMs(index, signal.timeframe);
    if (signal.timeMs <= takenMs) return;
    const isPast = takenMs === 0;
    if (!isPast) this.counters.increment(ANALYSIS_COUNTER.signalsFound);
    if (!isPast || end === null) table.add(index, signal);
  }

  private takeOutcome(table: SignalTable, index: number, outcome: Outcome): void {
    const takenMs = table.takenMs(index, outcome.signal.timeframe);
    if (outcome.timeMs <= takenMs) return;
    if (takenMs > 0) this.counters.increment(ANALYSIS_COUNTER.outcomesKnown);
    table.settle(index, outcome);
  }
}
