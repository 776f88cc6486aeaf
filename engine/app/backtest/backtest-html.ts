import { escapeXml } from '../cli/xml-text.ts';
import type { BacktestResult } from './backtest-result.ts';
import { figureText, momentText, moneyText, shareText, spanText } from './number-text.ts';
import { barChart, lineChart } from './svg-chart.ts';

const STYLE = `body{font:15px/1.45 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1d2329;background:#fff}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:1.8rem 0 .5rem;border-bottom:1px solid #d5dbe1}
table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums;margin:.2rem 0 1rem}
table.pairs th:nth-child(3),table.pairs td:nth-child(3){text-align:left;padding-left:2rem}
th,td{padding:.2rem .9rem .2rem 0;text-align:right;vertical-align:top}th{color:#5b6670;font-weight:600}
th:first-child,td:first-child{text-align:left}.sub{color:#5b6670}svg{width:100%;height:auto}
svg text{font:11px system-ui,sans-serif;fill:#5b6670}.grid{stroke:#e3e8ed}.line{fill:none;stroke:#3b6ea5;stroke-width:1.5}
.price{fill:none;stroke:#9fb3c8;stroke-width:1}.area{fill:#d1495b;fill-opacity:.35}
.gain,.long{fill:#2e8b57}.loss,.short{fill:#d1495b}.long,.short{fill-opacity:.7}
details{margin:.5rem 0}summary{cursor:pointer}
@media(prefers-color-scheme:dark){body{color:#e3e8ed;background:#14181c}h2{border-color:#3a434c}th,.sub,svg text{color:#9aa5b0;fill:#9aa5b0}
.grid{stroke:#2a323a}.line{stroke:#6ea3dc}.price{stroke:#4a5a6a}}`;

const BINS = 24;
const CHART_PX = 260;
const SMALL_PX = 170;
/** Marks beyond this hide the price they stand on. */
const MARKS_MAX = 2_000;

/** A result as one page that loads nothing. */
export function backtestHtml(result: BacktestResult): string {
  const { strategy, data, account, quoteAsset } = result;
  const title = `${strategy} on ${data.symbols.join(', ')}: ${moneyText(account.net)} ${quoteAsset}`;
  const span = `${momentText(data.fromMs)} to ${momentText(data.toMs)} UTC, ${data.events} ${data.kind}, model ${result.model}`;
  const timeText = data.toMs - data.fromMs < 172_800_000 ? clockText : dateText;
  const sections = [
    section(
      'Equity',
      lineChart(
        'profit so far',
        [{ name: 'equity', points: result.equity, style: 'line' }],
        CHART_PX,
        timeText,
      ),
    ),
    section(
      'Drawdown',
      lineChart(
        'fall below the high',
        [{ name: 'drawdown', points: falls(result), style: 'area' }],
        SMALL_PX,
        timeText,
      ),
    ),
    section(`Trades on price, ${data.symbols[0]}`, tradesChart(result, timeText)),
    section('Figures', htmlTable(figureRows(result), 'pairs') + htmlTable(profitRows(result))),
    section('Plausible queue models', result.band.length === 0 ? '' : htmlTable(bandRows(result))),
    section(
      'Profit by hour of the day, UTC',
      barChart('profit by hour', result.profitByHour, hourNames(), SMALL_PX),
    ),
    section('Distribution of round trips', distribution(result)),
    section('Fills', htmlTable(fillRows(result))),
    section('Assumed', list(result.assumptions)),
    section('Mind', list([...result.warnings, ...result.violations])),
    section('Round trips', tradeTable(result)),
    section(
      'Reproduce',
      list([`digest ${result.digest}`, `seed ${result.seed}`, ...data.files, JSON.stringify(result.params)]),
    ),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeXml(title)}</title><style>${STYLE}</style></head>
<body><h1>${escapeXml(title)}</h1><p class="sub">${escapeXml(span)}</p>
${sections.filter((text) => text !== '').join('\n')}
</body></html>
`;
}

function section(title: string, body: string): string {
  return body === '' ? '' : `<section><h2>${escapeXml(title)}</h2>${body}</section>`;
}

function falls({ equity }: BacktestResult): (readonly [number, number])[] {
  let high = 0;
  return equity.map(([ms, value]) => {
    high = Math.max(high, value);
    return [ms, value - high] as const;
  });
}

function tradesChart({ prices, tradeList, data }: BacktestResult, timeText: (ms: number) => string): string {
  const trades = tradeList.filter(({ symbol }) => symbol === data.symbols[0]).slice(0, MARKS_MAX);
  const marks = (isBuy: boolean): (readonly [number, number])[] =>
    trades.flatMap(({ side, openMs, closeMs, entry, exit, isOpen }) => {
      const points: (readonly [number, number])[] = [];
      if ((side === 'long') === isBuy) points.push([openMs, entry]);
      if ((side === 'short') === isBuy && !isOpen) points.push([closeMs, exit]);
      return points;
    });
  const series = [
    { name: 'mid', points: prices, style: 'price' },
    { name: 'bought', points: marks(true), style: 'long' },
    { name: 'sold', points: marks(false), style: 'short' },
  ];
  return lineChart('trades on price', series, CHART_PX, timeText);
}

/** Net profits of round trips, in bins of equal width. */
function distribution({ tradeList }: BacktestResult): string {
  const nets = tradeList.map(({ net }) => net);
  if (nets.length < 2) return '';
  const low = nets.reduce((least, net) => Math.min(least, net), Infinity);
  const high = nets.reduce((most, net) => Math.max(most, net), -Infinity);
  const width = (high - low) / BINS || 1;
  const counts = Array.from({ length: BINS }, () => 0);
  for (const net of nets) counts[Math.min(BINS - 1, Math.floor((net - low) / width))]++;
  const names = counts.map((_, bin) => (bin % 4 === 0 ? moneyText(low + bin * width) : ''));
  return barChart(
    'round trips by net profit',
    counts,
    names,
    SMALL_PX,
    (bin) => low + (bin + 0.5) * width < 0,
  );
}

function figureRows({ account, trades, quoteAsset, capital }: BacktestResult): string[][] {
  const money = (value: number | null): string => (value === null ? '-' : moneyText(value));
  return [
    ['account', '', 'round trips', ''],
    [`net profit, ${quoteAsset}`, moneyText(account.net), 'count', String(trades.count)],
    [`on ${capital}`, figureText(account.returnPct, 3, ' %'), 'win rate', shareText(trades.winRate)],
    [
      'max drawdown',
      `${moneyText(account.maxDrawdown)} (${account.maxDrawdownPct.toFixed(3)} %)`,
      'profit factor',
      figureText(trades.profitFactor, 2),
    ],
    ['longest drawdown', spanText(account.longestDrawdownMs), 'average', money(trades.averageNet)],
    ['Sharpe', figureText(account.sharpe, 2), 'best', money(trades.best)],
    ['Sortino', figureText(account.sortino, 2), 'worst', money(trades.worst)],
    [
      'Calmar',
      figureText(account.calmar, 2),
      'average hold',
      trades.averageHoldMs === null ? '-' : spanText(trades.averageHoldMs),
    ],
    ['exposure', `${account.exposureTimePct.toFixed(1)} %`, 'turnover', `${account.turnover.toFixed(2)} x`],
  ];
}

function profitRows({ profit }: BacktestResult): string[][] {
  const names = ['spread', 'slippage', 'market', 'fees', 'funding', 'net'] as const;
  return [
    ['profit from', ...names],
    ['', ...names.map((name) => moneyText(name === 'fees' ? -profit.fees : profit[name]))],
  ];
}

function bandRows({ band }: BacktestResult): string[][] {
  return [
    ['model', 'net', 'max drawdown', 'Sharpe', 'round trips', 'fills', 'filled'],
    ...band.map(({ model, net, maxDrawdown, sharpe, trades, fills, fillRatio }) => [
      model,
      moneyText(net),
      moneyText(maxDrawdown),
      figureText(sharpe, 2),
      String(trades),
      String(fills),
      shareText(fillRatio),
    ]),
  ];
}

function fillRows({ fills, signals }: BacktestResult): string[][] {
  return [
    ['', ''],
    ['orders', String(fills.orders)],
    ['fills', String(fills.fills)],
    ['signals', String(signals)],
    ['filled of what was ordered', shareText(fills.fillRatio)],
    ['value filled as maker', shareText(fills.makerShare)],
    ['first fill of a resting order', fills.timeToFillMs === null ? '-' : spanText(fills.timeToFillMs)],
    ['paid beyond the mid at sending', figureText(fills.shortfallBps, 3, ' bps')],
    ...Object.entries(fills.markoutBps).map(([ms, bps]) => [
      `mid ${spanText(Number(ms))} after a fill`,
      figureText(bps, 2, ' bps'),
    ]),
    ...Object.entries(fills.refused).map(([reason, count]) => [reason, String(count)]),
  ];
}

function tradeTable({ tradeList }: BacktestResult): string {
  if (tradeList.length === 0) return '';
  const rows = tradeList.map((trade) => [
    momentText(trade.openMs),
    momentText(trade.closeMs),
    trade.symbol,
    trade.side,
    trade.qty,
    String(trade.entry),
    trade.isOpen ? `${trade.exit} (open)` : String(trade.exit),
    moneyText(trade.gross),
    moneyText(trade.fees),
    moneyText(trade.net),
  ]);
  const head = ['opened', 'closed', 'symbol', 'side', 'size', 'entry', 'exit', 'gross', 'fees', 'net'];
  return `<details><summary>${tradeList.length} round trips</summary>${htmlTable([head, ...rows])}</details>`;
}

function htmlTable([head, ...rows]: readonly (readonly string[])[], kind = ''): string {
  const row = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeXml(cell)}</${tag}>`).join('')}</tr>`;
  return `<table${kind === '' ? '' : ` class="${kind}"`}>${row(head, 'th')}${rows.map((cells) => row(cells, 'td')).join('')}</table>`;
}

function list(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `<ul>${lines.map((line) => `<li>${escapeXml(line)}</li>`).join('')}</ul>`;
}

function hourNames(): string[] {
  return Array.from({ length: 24 }, (_, hour) => String(hour));
}

function clockText(ms: number): string {
  return momentText(ms).slice(11);
}

function dateText(ms: number): string {
  return momentText(ms).slice(0, 10);
}
