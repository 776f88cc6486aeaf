import { join } from 'node:path';
import { readCandleFile, symbolOfFileName } from '../../analysis/bars/candle-file.ts';
import { requireTimeframe, type Timeframe } from '../../analysis/bars/timeframe.ts';
import { BarImport } from '../../analysis/store/bar-import.ts';
import { BarStore, type StoredSeries } from '../../analysis/store/bar-store.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { printJson, printNote, printText } from '../cli/output.ts';
import { table } from '../cli/text-table.ts';
import type { VerbCall } from '../cli/verb.ts';
import { loadConfig } from '../config/config.ts';
import { csvLine, CSV_HEADER } from './csv-text.ts';

/** Options of the verbs below `bars` that look into a store. */
export interface StoreOptions {
  readonly store?: string;
  readonly symbol?: string;
  readonly timeframe?: string;
  readonly replace?: true;
  /** ms since the epoch. */
  readonly from?: number;
  readonly to?: number;
}

/** Lines of an export written at once. */
const LINES_AT_ONCE = 4096;

/** `bars import FILE...`: all files or none. */
export async function importFiles(call: VerbCall): Promise<number> {
  const { timeframe, replace = false, symbol: given } = call.options as StoreOptions;
  const folder = storeFolder(call);
  const files = call.operands[0] as readonly string[];
  const done: object[] = [];
  const session = new BarImport(folder);
  try {
    for (const file of files) {
      const symbol = symbolFor(file, given);
      const candles = await readCandleFile(file, {
        symbol,
        ...(timeframe === undefined ? {} : { timeframe: timeframeOperand(timeframe) }),
      });
      const counts = session.add(symbol, candles, replace);
      done.push({ file, symbol, timeframe: candles.timeframe.name, ...counts });
      if (!call.isJson)
        printText(
          `${file}: ${symbol} ${candles.timeframe.name}: ${counts.added} added, ${counts.same} already there` +
            (replace ? `, ${counts.replaced} replaced` : ''),
        );
    }
    session.commit();
  } finally {
    session.close();
  }
  if (call.isJson) printJson({ schema: 'shrike.bars-import/1', store: folder, files: done });
  return EXIT.ok;
}

/** `bars list`. */
export function listStore(call: VerbCall): number {
  const store = BarStore.open(storeFolder(call));
  const series = store.list().map(shownSeries);
  if (call.isJson) printJson({ schema: 'shrike.bars-list/1', store: store.folder, series });
  else {
    const rows = series.map((one) => Object.values(one).map(String));
    printText(table([['symbol', 'timeframe', 'candles', 'first', 'last', 'missing', 'segments'], ...rows]));
  }
  return EXIT.ok;
}

/** `bars verify` without files: every byte of the store; exit 3 when one is changed. */
export function verifyStore(call: VerbCall): number {
  const store = BarStore.open(storeFolder(call));
  const problems = store.verify();
  const ok = problems.length === 0;
  const segments = store.index.segments.length;
  if (call.isJson) {
    printJson({ schema: 'shrike.bars-verify/1', ok, store: store.folder, segments, problems });
  } else printText([...problems, `${ok ? 'ok' : 'damaged'}: ${segments} segments`].join('\n'));
  return ok ? EXIT.ok : EXIT.found;
}

/** `bars export SYMBOL TIMEFRAME`: CSV on stdout. */
export function exportSeries(call: VerbCall): number {
  const { from = -Infinity, to = Infinity } = call.options as StoreOptions;
  const [symbol, name] = call.operands as [string, string];
  const candles = BarStore.open(storeFolder(call)).read(symbol, timeframeOperand(name), from, to);
  const { openTimesMs, opens, highs, lows, closes, volumes } = candles;
  let lines = [CSV_HEADER];
  for (let at = 0; at < openTimesMs.length; at++) {
    lines.push(csvLine(openTimesMs[at], opens[at], highs[at], lows[at], closes[at], volumes[at]));
    if (lines.length < LINES_AT_ONCE) continue;
    printText(lines.join('\n'));
    lines = [];
  }
  if (lines.length > 0) printText(lines.join('\n'));
  if (openTimesMs.length === 0) printNote('no candles in that range');
  return EXIT.ok;
}

/** The timeframe an operand names. @throws CliError, a usage error, that lists the names */
export function timeframeOperand(name: string): Timeframe {
  try {
    return requireTimeframe(name);
  } catch (error) {
    throw new CliError('USAGE', (error as Error).message, EXIT.usage);
  }
}

function storeFolder({ options, sources }: VerbCall): string {
  const { store } = options as StoreOptions;
  if (store !== undefined) return store;
  return join(loadConfig(sources).config.state.dir, 'bars');
}

/** The symbol of a file: what its name says, unless it says nothing. */
function symbolFor(file: string, given: string | undefined): string {
  const named = symbolOfFileName(file);
  if (given === undefined && named === null) {
    const message = `${file}: the name does not tell the symbol (btcusdt-5m.csv does); right: --symbol`;
    throw new CliError('USAGE', message, EXIT.usage);
  }
  if (given !== undefined && named !== null && given.toUpperCase() !== named) {
    const message = `${file}: wrong symbol: the name says ${named} and --symbol ${given}; right: one of them`;
    throw new CliError('USAGE', message, EXIT.usage);
  }
  return given ?? named ?? '';
}

function shownSeries({
  symbol,
  timeframe,
  count,
  firstOpenMs,
  lastOpenMs,
  missing,
  segments,
}: StoredSeries): {
  [column: string]: string | number;
} {
  return {
    symbol,
    timeframe: timeframe.name,
    candles: count,
    first: new Date(firstOpenMs).toISOString(),
    last: new Date(lastOpenMs).toISOString(),
    missing,
    segments,
  };
}
