import type { DeepReport } from '../../analysis/report/deep-report.ts';
import { priceText, timeText } from './analysis-numbers.ts';
import { reportSections } from './report-sections.ts';

/** The report as Markdown. */
export function reportMarkdown(report: DeepReport): string {
  const head = `# ${report.symbol} ${priceText(report.price, report.tick)}, ${timeText(report.ts)}`;
  const sections = reportSections(report).map(({ title, lines, table, picture }) =>
    [
      `## ${title}`,
      ...(lines.length === 0 ? [] : [lines.map((line) => `- ${line}`).join('\n')]),
      ...(table.length === 0 ? [] : [markdownTable(table)]),
      ...(picture === '' ? [] : [['```text', picture, '```'].join('\n')]),
    ].join('\n\n'),
  );
  return [head, ...sections].join('\n\n');
}

function markdownTable([head, ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
