import type { Context, ContextTimeframe } from '../../analysis/symbol/context.ts';
import type { Row } from '../cli/text-table.ts';
import { fixedText, signedText, timeText } from './analysis-numbers.ts';

/** A metric as a line of the table: what it is called, and how a timeframe's value reads. */
const METRICS: readonly (readonly [string, (one: ContextTimeframe) => string])[] = [
  ['closed', ({ t }) => timeText(t)],
  ['score', ({ S }) => signedText(S, 1)],
  ['trend', ({ trend }) => signedText(trend, 1)],
  ['structure', ({ st, stClass }) => (st === null ? '-' : `${stClass} ${signedText(st)}`)],
  ['momentum ±100', ({ mom }) => signedText(mom, 1)],
  ['position', ({ pos }) => signedText(pos, 1)],
  ['flow', ({ flow }) => signedText(flow, 1)],
  ['RSI', ({ rsi }) => fixedText(rsi, 1)],
  ['MACD histogram', ({ macd }) => (macd === null ? '-' : signedText(macd, Math.abs(macd) < 1 ? 4 : 2))],
  ['ATR %', ({ atrPct }) => fixedText(atrPct, 3)],
  ['%b', ({ bb }) => fixedText(bb, 2)],
  ['bandwidth pct', ({ bw }) => fixedText(bw, 0)],
  ['z price', ({ zP }) => signedText(zP, 2)],
  ['z volume', ({ zV }) => signedText(zV, 2)],
];

/** Metrics of timeframes as a table: a line per metric, a column per timeframe, shortest first. */
export function metricTable(tf: Context['tf']): Row[] {
  const timeframes = Object.entries(tf);
  return [
    ['', ...timeframes.map(([name]) => name)],
    ...METRICS.map(([name, read]) => [name, ...timeframes.map(([, one]) => read(one))]),
  ];
}

/** Why values are absent, each reason once with the places it holds for; live data that a file cannot have is left out. */
export function absentLines(context: Context): string[] {
  const byTimeframe = new Map<string, string[]>();
  for (const [path, reason] of Object.entries(context.reasons)) {
    const [room, name, metric] = path.split('.');
    if (room !== 'tf' || metric === 'flow') continue;
    const key = `${name}: ${reason}`;
    byTimeframe.set(key, [...(byTimeframe.get(key) ?? []), metric]);
  }
  return [...byTimeframe].map(([key, metrics]) => `${key} (${metrics.join(', ')})`);
}
