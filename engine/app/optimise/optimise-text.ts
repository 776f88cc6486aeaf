import { table } from '../cli/text-table.ts';
import { figureText, momentText, moneyText, shareText, spanText } from '../backtest/number-text.ts';
import { heatMapText } from './heat-map.ts';
import type { OptimiseResult, SetRow } from './optimise-result.ts';

/** A result as people read it in a terminal. */
export function optimiseText(result: OptimiseResult): string {
  const { heatMap, objective, sets, wallMs, workers, resumed, resultsFile } = result;
  const earlier = resumed === 0 ? '' : `, ${resumed} of them by an earlier process`;
  return [
    headText(result),
    topText(result),
    heatMap === null ? '' : heatMapText(heatMap, objective),
    walkText(result),
    luckText(result),
    listOf('assumed', result.assumptions),
    listOf('mind', result.warnings),
    `${sets} sets${earlier}, ${spanText(wallMs)} on ${workers} threads; results in ${resultsFile}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function headText({
  strategy,
  params,
  data,
  method,
  objective,
  seed,
  sets,
  refused,
  refusal,
}: OptimiseResult): string {
  const given = Object.entries(params).map(([name, value]) => `${name}=${value}`);
  const span = `${momentText(data.fromMs)} to ${momentText(data.toMs)} UTC, ${data.events} ${data.kind}`;
  const held =
    data.splitMs === data.toMs ? 'nothing out of sample' : `out of sample from ${momentText(data.splitMs)}`;
  const lines = [
    `${strategy}${given.length === 0 ? '' : ` (${given.join(', ')})`} on ${data.symbols.join(', ')}`,
    `${span}; ${held}`,
    `${method} of ${sets} parameter sets, best by ${objective} in sample${method === 'random' ? `, seed ${seed}` : ''}`,
  ];
  if (refused > 0) lines.push(`${refused} sets are not taken by the strategy: ${refusal}`);
  return lines.join('\n');
}

function topText({ top, ranges, quoteAsset }: OptimiseResult): string {
  const names = ranges.map(({ name }) => name);
  const head = ['', ...names, 'Sharpe in', 'out', `net in`, 'out', 'drawdown', 'trades'];
  const units = ['', ...ranges.map(({ unit }) => unit), '', '', quoteAsset, quoteAsset, quoteAsset, ''];
  return table([head, units, ...top.map((row, index) => topRow(row, index, names))]);
}

function topRow(row: SetRow, index: number, names: readonly string[]): string[] {
  const { params, inSample, outOfSample: out } = row;
  return [
    String(index + 1),
    ...names.map((name) => String(params[name])),
    figureText(inSample.sharpe, 2),
    figureText(out?.sharpe ?? null, 2),
    moneyText(inSample.net),
    out === null ? '-' : moneyText(out.net),
    moneyText(row.maxDrawdown),
    String(row.trades),
  ];
}

function walkText({ walkForward, quoteAsset }: OptimiseResult): string {
  if (walkForward === null) return '';
  const rows = walkForward.folds.map(({ fromMs, toMs, params, inSample, outOfSample }) => [
    `${momentText(fromMs)} to ${momentText(toMs)}`,
    Object.values(params).map(String).join(' '),
    figureText(inSample.sharpe, 2),
    figureText(outOfSample.sharpe, 2),
    moneyText(outOfSample.net),
  ]);
  const { sharpe, net } = walkForward.outOfSample;
  const head = ['walk forward', 'best before', 'Sharpe before', 'then', `net ${quoteAsset}`];
  return table([head, ...rows, ['all steps', '', '', figureText(sharpe, 2), moneyText(net)]]);
}

function luckText({ overfitting }: OptimiseResult): string {
  const { probability, splits, deflatedSharpe, expectedBestSharpe } = overfitting;
  if (probability === null) return 'overfitting: cannot be judged from fewer than two sets';
  const luck = `the luck of so many tries is a Sharpe ratio of ${figureText(expectedBestSharpe, 2)}`;
  return [
    `probability of backtest overfitting  ${shareText(probability)} over ${splits} splits (50 % is choosing by lot)`,
    `deflated Sharpe ratio                ${shareText(deflatedSharpe)}, ${luck}`,
  ].join('\n');
}

function listOf(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [`${title}:`, ...lines.map((line) => `- ${line}`)].join('\n');
}
