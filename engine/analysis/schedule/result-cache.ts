import type { Timeframe } from '../bars/timeframe.ts';

/** A result lives so long after the next close should have come. */
const GRACE_MS = 5_000;

interface Kept<Result> {
  readonly closeMs: number;
  readonly result: Result;
}

/**
 * Results of analyses by symbol, timeframe and close, one of each symbol and timeframe: there until the next close, and a
 * little longer. One thread.
 */
export class ResultCache<Result> {
  private readonly kept: Map<number, Map<number, Kept<Result>>> = new Map();

  put(instrumentIndex: number, { slot }: Timeframe, closeMs: number, result: Result): void {
    let ofSymbol = this.kept.get(instrumentIndex);
    if (ofSymbol === undefined) this.kept.set(instrumentIndex, (ofSymbol = new Map()));
    ofSymbol.set(slot, { closeMs, result });
  }

  /** The result of a close, as long as it lives; null = there is none. @param nowMs the venue's time */
  get(instrumentIndex: number, timeframe: Timeframe, closeMs: number, nowMs: number): Result | null {
    const found = this.kept.get(instrumentIndex)?.get(timeframe.slot);
    if (found === undefined || found.closeMs !== closeMs) return null;
    return nowMs <= closeMs + timeframe.lengthMs + GRACE_MS ? found.result : null;
  }

  /** Forgets all results of a symbol. */
  forget(instrumentIndex: number): void {
    this.kept.delete(instrumentIndex);
  }
}
