import type { PortfolioReport } from '../../analysis/portfolio/portfolio-report.ts';
import { table } from '../cli/text-table.ts';
import { fixedText, signedText, timeText } from './analysis-numbers.ts';
import type { ShownAnomaly } from './portfolio-facts.ts';

/** The report of a portfolio for people. */
export function portfolioText(report: PortfolioReport): string {
  const { ts, symbols, pairs, clusters, gross, net, lossHours, losses } = report;
  const percent = (share: number | null): string => (share === null ? '-' : `${fixedText(100 * share, 1)} %`);
  const rows = symbols.map((one) => [
    one.symbol,
    String(one.price),
    percent(one.volatility),
    fixedText(one.beta, 2),
    String(one.qty),
    signedText(one.exposure, 2),
  ]);
  const names = symbols.map(({ symbol }) => symbol);
  const between = (one: string, other: string): string => {
    if (one === other) return '1';
    const pair = pairs.find(({ a, b }) => (a === one && b === other) || (a === other && b === one));
    return pair === undefined ? '-' : `${signedText(pair.pearson, 2)} (${signedText(pair.spearman, 2)})`;
  };
  const groups = clusters.map(({ symbols: own, exposure }) => `${own.join(' ')}: ${signedText(exposure, 2)}`);
  const lossLines =
    losses.length === 0
      ? [`losses: none known (${lossHours} common hours of what is held)`]
      : losses.map(
          ({ level, valueAtRisk, expectedShortfall }) =>
            `an hour's loss, ${Math.round(100 * level)} %: ${fixedText(valueAtRisk, 2)}, beyond that ` +
            `${fixedText(expectedShortfall, 2)} on average`,
        );
  return [
    timeText(ts),
    '',
    table([['symbol', 'price', 'volatility', 'beta', 'held', 'exposure'], ...rows]),
    '',
    'correlation (of ranks)',
    table([['', ...names], ...names.map((one) => [one, ...names.map((other) => between(one, other))])]),
    '',
    `clusters: ${groups.join('; ')}`,
    `exposure: gross ${fixedText(gross, 2)}, net ${signedText(net, 2)}`,
    ...lossLines,
  ].join('\n');
}

/** What was far from the last 24 hours, for people. */
export function anomaliesText(anomalies: readonly ShownAnomaly[]): string {
  if (anomalies.length === 0) return 'nothing was out of the ordinary';
  const rows = anomalies.map(({ timeMs, symbol, kind, z, value, mean }) => [
    timeText(timeMs),
    symbol,
    kind,
    signedText(z, 1),
    String(Number(value.toPrecision(4))),
    String(Number(mean.toPrecision(4))),
  ]);
  return table([['out of the ordinary', 'symbol', 'what', 'deviations', 'value', 'mean'], ...rows]);
}
