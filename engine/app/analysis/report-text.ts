import type { DeepReport } from '../../analysis/report/deep-report.ts';
import { columns } from '../cli/text-table.ts';
import { priceText, timeText } from './analysis-numbers.ts';
import { reportSections } from './report-sections.ts';

/** The report for a terminal. */
export function reportText(report: DeepReport): string {
  const head = `${report.symbol}  ${timeText(report.ts)}  ${priceText(report.price, report.tick)}`;
  const sections = reportSections(report).map(({ title, lines, table, picture }) =>
    [
      title.toUpperCase(),
      ...lines.map((line) => `  ${line}`),
      ...(table.length === 0 ? [] : [indented(columns(table))]),
      ...(picture === '' ? [] : [indented(picture)]),
    ].join('\n'),
  );
  return [head, ...sections].join('\n\n');
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
