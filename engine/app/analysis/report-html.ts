import type { DeepReport, ReportProfile } from '../../analysis/report/deep-report.ts';
import { escapeXml } from '../cli/xml-text.ts';
import { priceText, timeText } from './analysis-numbers.ts';
import { pictureRows } from './profile-picture.ts';
import { reportSections, stanceText } from './report-sections.ts';

const STYLE = `body{font:15px/1.45 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1d2329;background:#fff}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:1.8rem 0 .5rem;border-bottom:1px solid #d5dbe1}
table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}
th,td{padding:.2rem .9rem .2rem 0;text-align:left;vertical-align:top}.n{text-align:right;white-space:nowrap}.wide{overflow-x:auto}
figure{margin:1rem 0 0}figcaption{font-size:.85rem;color:#5b6670;margin-bottom:.3rem}th{color:#5b6670;font-weight:600}
.stance{font-size:1.1rem;color:#5b6670}svg{max-width:100%;height:auto}
.volume{fill:#9fb3c8}.value{fill:#3b6ea5}.mark{fill:#1d2329}text{font:11px system-ui,sans-serif}
@media(prefers-color-scheme:dark){body{color:#e3e8ed;background:#14181c}h2{border-color:#3a434c}th,.stance,figcaption{color:#9aa5b0}
.mark{fill:#e3e8ed}.volume{fill:#4a5a6a}.value{fill:#6ea3dc}}`;

/** A number with its unit, a word and a number, a moment, or a dash: what stands in columns of figures. */
const NUMBER = /^(?:-|(?:[a-z]+ )?[+-]?[\d.]+(?: %)?|\d{4}-\d\d-\d\d \d\d:\d\dZ)$/;
const ROW_PX = 14;
const LABEL_PX = 90;
const BAR_PX = 480;

/** The report as one page that loads nothing. */
export function reportHtml(report: DeepReport): string {
  const title = `${report.symbol} ${priceText(report.price, report.tick)}`;
  const sections = reportSections(report).map(({ title: name, lines, table, picture }) => {
    const body = [
      lines.length === 0 ? '' : `<ul>${lines.map((line) => `<li>${escapeXml(line)}</li>`).join('')}</ul>`,
      table.length === 0 ? '' : htmlTable(table),
      picture === '' || report.profiles.day === null ? '' : profilePlot(report.profiles.day, report),
    ];
    return `<section><h2>${escapeXml(name)}</h2>${body.join('')}</section>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeXml(title)}</title><style>${STYLE}</style></head>
<body><h1>${escapeXml(title)}</h1><p class="stance">${escapeXml(`${stanceText(report)}, ${timeText(report.ts)}`)}</p>
${sections.join('\n')}
</body></html>`;
}

/** A table; columns of numbers are flush right, and one that is too wide scrolls by itself. */
function htmlTable([head, ...rows]: readonly (readonly string[])[]): string {
  const isNumber = head.map((_, column) => rows.every((cells) => NUMBER.test(cells[column] ?? '')));
  const row = (cells: readonly string[], tag: string): string => {
    const inside = cells.map(
      (cell, column) => `<${tag}${isNumber[column] ? ' class="n"' : ''}>${escapeXml(cell)}</${tag}>`,
    );
    return `<tr>${inside.join('')}</tr>`;
  };
  const body = rows.map((cells) => row(cells, 'td')).join('');
  return `<div class="wide"><table>${row(head, 'th')}${body}</table></div>`;
}

/** The 24 h profile as horizontal bars, highest price first. */
function profilePlot(profile: ReportProfile, { price, tick }: DeepReport): string {
  const rows = pictureRows(profile, price);
  const most = Math.max(...rows.map(({ volume }) => volume));
  const bars = rows.map(({ low, high, volume, isValueArea, marks }, index) => {
    const y = index * ROW_PX;
    const width = ((volume / most) * BAR_PX).toFixed(1);
    const text = y + ROW_PX - 3;
    return (
      `<text class="mark" x="${LABEL_PX - 6}" y="${text}" text-anchor="end">${priceText((low + high) / 2, tick)}</text>` +
      `<rect class="${isValueArea ? 'value' : 'volume'}" x="${LABEL_PX}" y="${y + 1}" width="${width}" height="${ROW_PX - 2}"/>` +
      `<text class="mark" x="${LABEL_PX + BAR_PX + 6}" y="${text}">${escapeXml(marks.join(' '))}</text>`
    );
  });
  const [width, height] = [LABEL_PX + BAR_PX + 110, rows.length * ROW_PX];
  const size = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  const caption = 'volume by price, last 24 hours; dark: the value area';
  const svg = `<svg role="img" aria-label="${caption}" ${size}>${bars.join('')}</svg>`;
  return `<figure><figcaption>${caption}</figcaption>${svg}</figure>`;
}
