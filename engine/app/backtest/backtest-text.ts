import { table } from '../cli/text-table.ts';
import type { Row } from '../cli/text-table.ts';
import type { BacktestResult } from './backtest-result.ts';
import { figureText, momentText, moneyText, shareText, spanText } from './number-text.ts';
import { sparkLine } from './spark-line.ts';

const SPARK_COLUMNS = 72;
const TRADES_SHOWN = 10;

/** A result as people read it in a terminal. */
export function backtestText(result: BacktestResult): string {
  const { strategy, data, params } = result;
  const given = Object.entries(params).map(([name, value]) => `${name}=${value}`);
  const head = [
    `${strategy}${given.length === 0 ? '' : ` (${given.join(', ')})`} on ${data.symbols.join(', ')}`,
    `${momentText(data.fromMs)} to ${momentText(data.toMs)} UTC, ${data.events} ${data.kind}`,
  ];
  return [
    head.join('\n'),
    curves(result),
    table(mainRows(result)),
    table(profitRows(result)),
    fillLines(result),
    bandText(result),
    tradesText(result),
    listOf('assumed', result.assumptions),
    listOf('mind', result.warnings),
    listOf('violated', result.violations),
    `digest ${result.digest}\n${result.wallMs} ms, ${result.eventsPerSecond} ${data.kind}/s`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function curves({ equity }: BacktestResult): string {
  let high = 0;
  const falls = equity.map(([, value]) => {
    high = Math.max(high, value);
    return value - high;
  });
  return [
    `equity    ${sparkLine(
      equity.map(([, value]) => value),
      SPARK_COLUMNS,
    )}`,
    `drawdown  ${sparkLine(falls, SPARK_COLUMNS)}`,
  ].join('\n');
}

function mainRows({ account, trades, quoteAsset, capital }: BacktestResult): Row[] {
  return [
    ['net profit', `${moneyText(account.net)} ${quoteAsset}`, 'round trips', String(trades.count)],
    [
      `on ${capital} ${quoteAsset}`,
      figureText(account.returnPct, 3, ' %'),
      'win rate',
      shareText(trades.winRate),
    ],
    [
      'max drawdown',
      `${moneyText(account.maxDrawdown)} (${account.maxDrawdownPct.toFixed(3)} %)`,
      'profit factor',
      figureText(trades.profitFactor, 2),
    ],
    ['longest drawdown', spanText(account.longestDrawdownMs), 'average trade', money(trades.averageNet)],
    ['Sharpe', figureText(account.sharpe, 2), 'best, worst', `${money(trades.best)}, ${money(trades.worst)}`],
    [
      'Sortino',
      figureText(account.sortino, 2),
      'average hold',
      trades.averageHoldMs === null ? '-' : spanText(trades.averageHoldMs),
    ],
    [
      'Calmar',
      figureText(account.calmar, 2),
      'exposure',
      `${account.exposureTimePct.toFixed(1)} % of the time, mean ${account.exposureMeanPct.toFixed(2)} %`,
    ],
    ['turnover', `${account.turnover.toFixed(2)} x capital`, '', ''],
  ];
}

function profitRows({ profit }: BacktestResult): Row[] {
  const names = ['spread', 'slippage', 'market', 'fees', 'funding', 'net'] as const;
  return [
    ['profit from', ...names],
    ['', ...names.map((name) => moneyText(name === 'fees' ? -profit.fees : profit[name]))],
  ];
}

function fillLines({ fills, signals }: BacktestResult): string {
  const markouts = Object.entries(fills.markoutBps).map(
    ([ms, bps]) => `${spanText(Number(ms))} ${figureText(bps, 2)}`,
  );
  const refused = Object.entries(fills.refused).map(([reason, count]) => `${reason} ${count}`);
  return [
    `orders ${fills.orders}, fills ${fills.fills}, signals ${signals}: filled ${shareText(fills.fillRatio)} of what was ordered, ` +
      `${shareText(fills.makerShare)} of the value as maker, first fill of a resting order after ${
        fills.timeToFillMs === null ? '-' : spanText(fills.timeToFillMs)
      }`,
    `paid ${figureText(fills.shortfallBps, 3)} bps beyond the mid at sending; the mid moved after a fill by ${markouts.join(', ')} bps`,
    refused.length === 0 ? '' : `without a fill: ${refused.join(', ')}`,
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function bandText({ band, account, quoteAsset }: BacktestResult): string {
  if (band.length === 0) return '';
  const nets = band.map(({ net }) => net);
  const range = `${moneyText(Math.min(...nets))} to ${moneyText(Math.max(...nets))}`;
  const rows = band.map(({ model, net, maxDrawdown, sharpe, trades, fills, fillRatio }) => [
    model,
    moneyText(net),
    moneyText(maxDrawdown),
    figureText(sharpe, 2),
    String(trades),
    String(fills),
    shareText(fillRatio),
  ]);
  return [
    `net profit ${moneyText(account.net)}, plausibly ${range} ${quoteAsset}: who stood where in the queue is not in the data`,
    table([['model', 'net', 'max drawdown', 'Sharpe', 'trips', 'fills', 'filled'], ...rows]),
  ].join('\n');
}

function tradesText({ tradeList }: BacktestResult): string {
  if (tradeList.length === 0) return '';
  const rows = tradeList
    .slice(-TRADES_SHOWN)
    .map((trade) => [
      momentText(trade.openMs),
      trade.symbol,
      trade.side,
      trade.qty,
      String(trade.entry),
      trade.isOpen ? 'open' : String(trade.exit),
      moneyText(trade.net),
      spanText(trade.closeMs - trade.openMs),
    ]);
  const head =
    tradeList.length > TRADES_SHOWN
      ? `last ${TRADES_SHOWN} of ${tradeList.length} round trips`
      : 'round trips';
  return `${head}\n${table([['opened', 'symbol', 'side', 'size', 'entry', 'exit', 'net', 'held'], ...rows])}`;
}

function listOf(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${title}:\n${lines.map((line) => `- ${line}`).join('\n')}`;
}

function money(value: number | null): string {
  return value === null ? '-' : moneyText(value);
}
