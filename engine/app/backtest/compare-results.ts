import { table } from '../cli/text-table.ts';
import type { BacktestResult, TradeRow } from './backtest-result.ts';
import { momentText, moneyText } from './number-text.ts';

/** Version of the comparison's shape. */
export const COMPARE_SCHEMA = 'shrike.backtest-compare/1';

/** A figure that differs. */
interface Difference {
  readonly name: string;
  readonly a: unknown;
  readonly b: unknown;
}

/** Two results side by side: plain data. */
export interface ResultComparison {
  readonly schema: typeof COMPARE_SCHEMA;
  /** Same digest: the two runs are the same, record by record. */
  readonly isSame: boolean;
  readonly settings: readonly Difference[];
  readonly figures: readonly Difference[];
  readonly tradesBoth: number;
  readonly tradesOnlyA: readonly TradeRow[];
  readonly tradesOnlyB: readonly TradeRow[];
  /** Opened alike, and ended otherwise. */
  readonly tradesChanged: readonly { readonly a: TradeRow; readonly b: TradeRow }[];
}

const TRADES_SHOWN = 10;

/** Compares two results: settings, figures, and round trips by symbol, side and time of opening. Pure. */
export function compareResults(a: BacktestResult, b: BacktestResult): ResultComparison {
  const keyOf = ({ symbol, side, openMs, entry }: TradeRow): string => `${symbol} ${side} ${openMs} ${entry}`;
  const inB = new Map(b.tradeList.map((trade) => [keyOf(trade), trade]));
  const inA = new Set(a.tradeList.map(keyOf));
  const pairs = a.tradeList.flatMap((trade) => {
    const other = inB.get(keyOf(trade));
    return other === undefined ? [] : [{ a: trade, b: other }];
  });
  return {
    schema: COMPARE_SCHEMA,
    isSame: a.digest === b.digest,
    settings: differences(settingsOf(a), settingsOf(b)),
    figures: differences(figuresOf(a), figuresOf(b)),
    tradesBoth: pairs.length,
    tradesOnlyA: a.tradeList.filter((trade) => !inB.has(keyOf(trade))),
    tradesOnlyB: b.tradeList.filter((trade) => !inA.has(keyOf(trade))),
    tradesChanged: pairs.filter((pair) => JSON.stringify(pair.a) !== JSON.stringify(pair.b)),
  };
}

/** A comparison as people read it. */
export function comparisonText(comparison: ResultComparison, nameA: string, nameB: string): string {
  const { isSame, settings, figures, tradesBoth, tradesOnlyA, tradesOnlyB, tradesChanged } = comparison;
  if (isSame && settings.length === 0) return 'the same run: equal settings, equal digest';
  const rows = (list: readonly Difference[]): string =>
    table([['', nameA, nameB], ...list.map(({ name, a, b }) => [name, cellText(a), cellText(b)])]);
  return [
    isSame ? 'equal digests' : 'digests differ',
    settings.length === 0 ? 'settings: equal' : `settings\n${rows(settings)}`,
    figures.length === 0 ? 'figures: equal' : `figures\n${rows(figures)}`,
    `round trips: ${tradesBoth} opened alike, ${tradesChanged.length} of them ended otherwise, ` +
      `${tradesOnlyA.length} only in ${nameA}, ${tradesOnlyB.length} only in ${nameB}`,
    tradesText(`only in ${nameA}`, tradesOnlyA),
    tradesText(`only in ${nameB}`, tradesOnlyB),
    tradesText(
      `ended otherwise, as in ${nameB}`,
      tradesChanged.map(({ b }) => b),
    ),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function settingsOf({ strategy, params, data, seed, model, capital, assumptions }: BacktestResult): object {
  return {
    strategy,
    ...prefixed('params.', params),
    files: data.files.join(', '),
    from: momentText(data.fromMs),
    to: momentText(data.toMs),
    seed,
    model,
    capital,
    ...prefixed('assumed.', Object.fromEntries(assumptions.entries())),
  };
}

function figuresOf({ account, profit, trades, fills, data }: BacktestResult): object {
  const { markoutBps, refused, ...rest } = fills;
  return {
    events: data.events,
    ...prefixed('account.', account),
    ...prefixed('profit.', profit),
    ...prefixed('trades.', trades),
    ...prefixed('fills.', rest),
    ...prefixed('fills.markoutBps.', markoutBps),
    ...prefixed('fills.', refused),
  };
}

function prefixed(prefix: string, values: object): object {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value as unknown]),
  );
}

function differences(a: object, b: object): Difference[] {
  const [left, right] = [a, b] as Record<string, unknown>[];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .filter((name) => left[name] !== right[name])
    .map((name) => ({ name, a: left[name] ?? null, b: right[name] ?? null }));
}

function cellText(value: unknown): string {
  if (value === null) return '-';
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : `${value as string | boolean}`;
}

function tradesText(title: string, trades: readonly TradeRow[]): string {
  if (trades.length === 0) return '';
  const rows = trades
    .slice(0, TRADES_SHOWN)
    .map(({ openMs, symbol, side, qty, entry, exit, net }) => [
      momentText(openMs),
      symbol,
      side,
      qty,
      String(entry),
      String(exit),
      moneyText(net),
    ]);
  const more = trades.length > TRADES_SHOWN ? `, the first ${TRADES_SHOWN} of ${trades.length}` : '';
  return `${title}${more}\n${table([['opened', 'symbol', 'side', 'size', 'entry', 'exit', 'net'], ...rows])}`;
}
