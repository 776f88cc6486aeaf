import type { CandleFetcher } from '../bars/candle-port.ts';
import { openTimeOf, type Timeframe, TIMEFRAMES } from '../bars/timeframe.ts';
import type { CandleDesk } from './candle-desk.ts';
import { type HistorySource, joinHistories, takenCandlesOf } from './history-source.ts';
import type { TakenCandle } from './taken-candle.ts';

/** A candle that has closed so recently may still change at the venue. */
export const VENUE_SETTLE_MS = 1_500;

/** Whose past is wanted, and who may know it. */
export interface WarmStart {
  readonly venue: string;
  readonly symbol: string;
  /** null: the venue is not asked. */
  readonly fetcher: CandleFetcher | null;
  /** On this machine; the first one is trusted more. */
  readonly local: readonly HistorySource[];
  /** The venue's time now. */
  readonly nowMs: number;
  readonly nowNs: number;
  /** Older candles did not fit on newer ones. */
  readonly onDropped: (timeframe: Timeframe) => void;
  /** A source on this machine could not be read. */
  readonly onFailure: (reason: string) => void;
  /** By slot, in order; called once, in the desk's turn. */
  readonly onKnown: (bars: readonly (readonly TakenCandle[])[]) => void;
}

/** Collects the closed candles of a symbol from before the start, in every timeframe, from everywhere they may be. */
export function warmStart(start: WarmStart, desk: CandleDesk): void {
  const bars: TakenCandle[][] = TIMEFRAMES.map(() => []);
  let missing = TIMEFRAMES.length;
  for (const timeframe of TIMEFRAMES) {
    const toMs = openTimeOf(timeframe, start.nowMs - VENUE_SETTLE_MS);
    const fromMs = toMs - timeframe.barsKept * timeframe.lengthMs;
    desk.ask({
      symbol: start.symbol,
      timeframe,
      fromMs,
      toMs,
      notBeforeNs: start.nowNs,
      fetcher: start.fetcher,
      onAnswer: (candles) => {
        bars[timeframe.slot] = withLocal(start, timeframe, fromMs, toMs, candles ?? []);
        missing--;
        if (missing === 0) start.onKnown(bars);
      },
    });
  }
}

function withLocal(
  { venue, symbol, local, onDropped, onFailure }: WarmStart,
  timeframe: Timeframe,
  fromMs: number,
  toMs: number,
  newest: TakenCandle[],
): TakenCandle[] {
  let known = newest;
  for (const source of local) {
    let older: TakenCandle[];
    try {
      const columns = source.read(venue, symbol, timeframe, fromMs, toMs);
      older = columns === null ? [] : takenCandlesOf(columns);
    } catch (error) {
      onFailure(error instanceof Error ? error.message : String(error));
      continue;
    }
    const joined = joinHistories(older, known);
    if (joined === null) onDropped(timeframe);
    else known = joined;
  }
  return known.slice(-timeframe.barsKept);
}
