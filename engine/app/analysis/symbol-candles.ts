import { CandleAggregator } from '../../analysis/bars/aggregate.ts';
import { candleAt, type CandleColumns, CandleColumnsBuilder } from '../../analysis/bars/candle-columns.ts';
import { readCandleFile, symbolOfFileName } from '../../analysis/bars/candle-file.ts';
import { TIMEFRAMES } from '../../analysis/bars/timeframe.ts';
import { SymbolAnalysis } from '../../analysis/symbol/symbol-analysis.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';

/** Candles of one symbol, a column set per timeframe, shortest first. */
export interface SymbolCandles {
  readonly symbol: string;
  readonly columns: readonly CandleColumns[];
  /** Timeframes made from shorter candles. */
  readonly madeNames: readonly string[];
  /** Price step: the finest decimal place used. */
  readonly tick: number;
}

/**
 * Reads a symbol's candles from CSV files, one timeframe each, and makes the longer timeframes that no file has from
 * the shortest.
 * @throws CliError when two files have the same timeframe or a file's name says another symbol; CandleError when one is wrong
 */
export async function readSymbolCandles(symbol: string, files: readonly string[]): Promise<SymbolCandles> {
  const bySlot = new Map<number, { file: string; columns: CandleColumns }>();
  for (const file of files) {
    const named = symbolOfFileName(file);
    if (named !== null && named !== symbol.toUpperCase())
      throw new CliError(
        'CANDLES_OTHER_SYMBOL',
        `${file} has candles of ${named}, not of ${symbol}`,
        EXIT.usage,
      );
    const columns = await readCandleFile(file);
    const { slot, name } = columns.timeframe;
    const other = bySlot.get(slot);
    if (other !== undefined)
      throw new CliError('CANDLES_TWICE', `${file} and ${other.file} both have ${name} candles`, EXIT.usage);
    bySlot.set(slot, { file, columns });
  }
  const given = [...bySlot.values()]
    .map(({ columns }) => columns)
    .sort((a, b) => a.timeframe.slot - b.timeframe.slot);
  const made = TIMEFRAMES.filter(({ slot }) => slot > given[0].timeframe.slot && !bySlot.has(slot)).map(
    (timeframe) => aggregated(given[0], timeframe),
  );
  return {
    symbol: symbol.toUpperCase(),
    columns: [...given, ...made].sort((a, b) => a.timeframe.slot - b.timeframe.slot),
    madeNames: made.map(({ timeframe }) => timeframe.name),
    tick: tickOf(given[0]),
  };
}

/** A symbol's analysis after all of its candles. */
export function analysisOf(candles: SymbolCandles): SymbolAnalysis {
  const analysis = new SymbolAnalysis(
    candles.symbol,
    candles.columns.map(({ timeframe }) => timeframe),
    candles.tick,
  );
  feedInOrder(analysis, candles.columns, () => {});
  return analysis;
}

/**
 * Feeds candles by the time they closed, of those that closed together the longest first, and tells of each moment. Candles
 * that close after the last one of the shortest timeframe would be of its future: they are not fed.
 */
export function feedInOrder(
  analysis: Pick<SymbolAnalysis, 'update'>,
  columns: readonly CandleColumns[],
  onMoment: (closeTimeMs: number) => void,
): void {
  const longestFirst = columns.toSorted((a, b) => b.timeframe.slot - a.timeframe.slot);
  const next = new Uint32Array(longestFirst.length);
  const closeOf = (index: number): number =>
    next[index] < longestFirst[index].openTimesMs.length
      ? longestFirst[index].openTimesMs[next[index]] + longestFirst[index].timeframe.lengthMs
      : Infinity;
  const { openTimesMs, timeframe } = longestFirst[longestFirst.length - 1];
  const lastCloseMs = openTimesMs[openTimesMs.length - 1] + timeframe.lengthMs;
  for (;;) {
    let moment = Infinity;
    for (let index = 0; index < next.length; index++) moment = Math.min(moment, closeOf(index));
    if (moment > lastCloseMs) return;
    for (let index = 0; index < next.length; index++) {
      if (closeOf(index) === moment)
        analysis.update(longestFirst[index].timeframe, candleAt(longestFirst[index], next[index]++));
    }
    onMoment(moment);
  }
}

/** Longer candles made from shorter ones. */
export function aggregated(from: CandleColumns, to: CandleColumns['timeframe']): CandleColumns {
  const aggregator = new CandleAggregator(from.timeframe, to);
  const builder = new CandleColumnsBuilder();
  for (let index = 0; index < from.openTimesMs.length; index++) {
    const made = aggregator.push(candleAt(from, index));
    if (made !== null) builder.add(made.openTimeMs, made.open, made.high, made.low, made.close, made.volume);
  }
  return builder.finish(to);
}

/** The candles that open in [fromMs, toMs), as views. */
export function sliceOf(columns: CandleColumns, fromMs: number, toMs: number): CandleColumns {
  const { timeframe, openTimesMs, opens, highs, lows, closes, volumes } = columns;
  let from = 0;
  while (from < openTimesMs.length && openTimesMs[from] < fromMs) from++;
  let to = from;
  while (to < openTimesMs.length && openTimesMs[to] < toMs) to++;
  const part = (column: Float64Array): Float64Array => column.subarray(from, to);
  return {
    timeframe,
    openTimesMs: part(openTimesMs),
    opens: part(opens),
    highs: part(highs),
    lows: part(lows),
    closes: part(closes),
    volumes: part(volumes),
  };
}

/** The finest decimal place of the closes. */
function tickOf({ closes }: CandleColumns): number {
  let digits = 0;
  for (const close of closes) {
    // 1.2e-7 has eight decimals.
    const [mantissa, exponent = '0'] = String(close).split('e');
    const point = mantissa.indexOf('.');
    const decimals = (point < 0 ? 0 : mantissa.length - point - 1) - Number(exponent);
    digits = Math.max(digits, decimals);
  }
  return Number(`1e-${digits}`);
}
