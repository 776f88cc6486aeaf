import { type CandleColumns, CandleColumnsBuilder } from '../bars/candle-columns.ts';

/** How two sets of candles of the same series came together. */
export interface MergeCounts {
  added: number;
  /** In both, with the same figures. */
  same: number;
  replaced: number;
}

/** The first candle that differs. */
export interface MergeConflict {
  readonly openTimeMs: number;
  readonly before: string;
  readonly after: string;
}

/**
 * The candles of `before` and of `after[from..to)` in order of time. Where both have a candle, equal ones count as the
 * same; different ones are a conflict, or the later wins when `isReplacing`.
 */
export function mergeCandles(
  before: CandleColumns | null,
  after: CandleColumns,
  from: number,
  to: number,
  isReplacing: boolean,
  counts: MergeCounts,
): CandleColumns | MergeConflict {
  const merged = new CandleColumnsBuilder();
  const beforeCount = before?.openTimesMs.length ?? 0;
  let old = 0;
  for (let index = from; index < to; index++) {
    const timeMs = after.openTimesMs[index];
    while (old < beforeCount && before!.openTimesMs[old] < timeMs) copy(merged, before!, old++);
    if (old < beforeCount && before!.openTimesMs[old] === timeMs) {
      if (isEqual(before!, old, after, index)) counts.same++;
      else if (isReplacing) counts.replaced++;
      else return { openTimeMs: timeMs, before: figures(before!, old), after: figures(after, index) };
      old++;
    } else counts.added++;
    copy(merged, after, index);
  }
  while (old < beforeCount) copy(merged, before!, old++);
  return merged.finish(after.timeframe);
}

function copy(to: CandleColumnsBuilder, from: CandleColumns, at: number): void {
  to.add(
    from.openTimesMs[at],
    from.opens[at],
    from.highs[at],
    from.lows[at],
    from.closes[at],
    from.volumes[at],
  );
}

function isEqual(one: CandleColumns, at: number, other: CandleColumns, otherAt: number): boolean {
  return (
    one.opens[at] === other.opens[otherAt] &&
    one.highs[at] === other.highs[otherAt] &&
    one.lows[at] === other.lows[otherAt] &&
    one.closes[at] === other.closes[otherAt] &&
    one.volumes[at] === other.volumes[otherAt]
  );
}

function figures(candles: CandleColumns, at: number): string {
  const { opens, highs, lows, closes, volumes } = candles;
  return `${opens[at]},${highs[at]},${lows[at]},${closes[at]},${volumes[at]}`;
}
