import { formatNs } from '../cli/text-table.ts';
import { escapeXml } from '../cli/xml-text.ts';

/** A percentile curve: (percentile, ns) points, ascending. */
export interface PercentileCurve {
  readonly name: string;
  readonly points: readonly (readonly [percentile: number, ns: number])[];
}

const MARKS = 'ox+*#@%&';
const COLOURS: readonly string[] = [
  '#0a66c2',
  '#d1495b',
  '#2e8b57',
  '#b8860b',
  '#6a4c93',
  '#555555',
  '#008b8b',
];
const TICKS: readonly (readonly [nines: number, label: string])[] = [
  [0, 'p0'],
  [Math.log10(2), 'p50'],
  [1, 'p90'],
  [2, 'p99'],
  [3, 'p99.9'],
  [4, 'p99.99'],
  [5, 'p99.999'],
];
const LABEL_COLUMNS = 10;
const COLUMNS_MIN = 30;
/** Rows of the whole plot, about: a factor of ten always takes the same whole number of them. */
const ROWS_WANTED = 15;
const ROWS_PER_DECADE_MIN = 3;
const SVG_WIDTH = 860;
const SVG_HEIGHT = 480;
const SVG_LEFT = 80;
const SVG_RIGHT = 220;
const SVG_TOP = 40;
const SVG_BOTTOM = 50;

/** Both axes are logarithmic: to the right the tail, a factor of ten a step; upwards time. */
interface Axes {
  readonly ninesMax: number;
  readonly logMin: number;
  readonly logMax: number;
}

function ninesOf(percentile: number): number {
  return -Math.log10(1 - Math.min(percentile, 99.99999) / 100);
}

function logOf(ns: number): number {
  return Math.log10(Math.max(1, ns));
}

function axesOf(curves: readonly PercentileCurve[]): Axes {
  const points = curves.flatMap((curve) => curve.points);
  const logs = points.map(([, ns]) => logOf(ns));
  const logMin = Math.floor(Math.min(...logs));
  return {
    ninesMax: Math.max(1, ...points.map(([percentile]) => ninesOf(percentile))),
    logMin,
    logMax: Math.max(logMin + 1, Math.ceil(Math.max(...logs))),
  };
}

/** The time of a curve at a place of the axis: straight between its points; null beyond its last. */
function logAt(curve: PercentileCurve, nines: number): number | null {
  const { points } = curve;
  const next = points.findIndex(([percentile]) => ninesOf(percentile) >= nines - 1e-9);
  if (next < 0) return null;
  const [toPercentile, toNs] = points[next];
  if (next === 0) return logOf(toNs);
  const [fromPercentile, fromNs] = points[next - 1];
  const from = ninesOf(fromPercentile);
  const share = (nines - from) / (ninesOf(toPercentile) - from);
  return logOf(fromNs) + share * (logOf(toNs) - logOf(fromNs));
}

/** The curves in characters, `columns` wide; curves without points are left out. Empty text when none is left. */
export function terminalPlot(all: readonly PercentileCurve[], columns: number): string {
  const curves = all.filter(({ points }) => points.length > 0);
  if (curves.length === 0) return '';
  const axes = axesOf(curves);
  const decades = axes.logMax - axes.logMin;
  const rowsPerDecade = Math.max(ROWS_PER_DECADE_MIN, Math.floor(ROWS_WANTED / decades));
  const top = decades * rowsPerDecade;
  const width = Math.max(COLUMNS_MIN, columns - LABEL_COLUMNS - 4);
  const grid = Array.from({ length: top + 1 }, () => Array.from({ length: width }, () => ' '));
  for (const [index, curve] of curves.entries()) {
    for (let column = 0; column < width; column++) {
      const log = logAt(curve, (column / (width - 1)) * axes.ninesMax);
      if (log === null) break;
      grid[top - Math.round((log - axes.logMin) * rowsPerDecade)][column] = MARKS[index % MARKS.length];
    }
  }
  const lines = grid.map((cells, row) => {
    const decade = axes.logMax - row / rowsPerDecade;
    const label = row % rowsPerDecade === 0 ? formatNs(10 ** decade) : '';
    return `  ${label.padStart(LABEL_COLUMNS)} |${cells.join('')}`.trimEnd();
  });
  const legend = curves.map(({ name }, index) => `${MARKS[index % MARKS.length]} ${name}`).join('   ');
  const margin = ' '.repeat(LABEL_COLUMNS + 3);
  return [
    ...lines,
    `${margin}+${'-'.repeat(width)}`,
    `${margin} ${axisLabels(axes, width)}`,
    `${margin} ${legend}`,
  ].join('\n');
}

function axisLabels(axes: Axes, width: number): string {
  const cells = Array.from({ length: width }, () => ' ');
  for (const [nines, label] of TICKS) {
    if (nines > axes.ninesMax) continue;
    const at = Math.min(width - label.length, Math.round((nines / axes.ninesMax) * (width - 1)));
    cells.splice(at, label.length, ...label.split(''));
  }
  return cells.join('').trimEnd();
}

/** The curves as an SVG document. */
export function svgPlot(all: readonly PercentileCurve[], title: string): string {
  const curves = all.filter(({ points }) => points.length > 0);
  const axes = axesOf(curves.length === 0 ? [{ name: '', points: [[0, 1]] }] : curves);
  const width = SVG_WIDTH - SVG_LEFT - SVG_RIGHT;
  const bottom = SVG_HEIGHT - SVG_BOTTOM;
  const xOf = (nines: number): string => (SVG_LEFT + (nines / axes.ninesMax) * width).toFixed(1);
  const yOf = (log: number): string =>
    (bottom - ((log - axes.logMin) / (axes.logMax - axes.logMin)) * (bottom - SVG_TOP)).toFixed(1);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SVG_WIDTH} ${SVG_HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${SVG_WIDTH}" height="${SVG_HEIGHT}" fill="#ffffff"/>`,
    `<text x="${SVG_LEFT}" y="24" font-size="15">${escapeXml(title)}</text>`,
  ];
  for (let log = axes.logMin; log <= axes.logMax; log++) {
    parts.push(
      `<line x1="${SVG_LEFT}" y1="${yOf(log)}" x2="${SVG_LEFT + width}" y2="${yOf(log)}" stroke="#dddddd"/>`,
      `<text x="${SVG_LEFT - 8}" y="${yOf(log)}" dy="4" text-anchor="end">${formatNs(10 ** log)}</text>`,
    );
  }
  for (const [nines, label] of TICKS) {
    if (nines > axes.ninesMax) continue;
    parts.push(
      `<line x1="${xOf(nines)}" y1="${SVG_TOP}" x2="${xOf(nines)}" y2="${bottom}" stroke="#dddddd"/>`,
      `<text x="${xOf(nines)}" y="${bottom + 18}" text-anchor="middle">${label}</text>`,
    );
  }
  for (const [index, curve] of curves.entries()) {
    const colour = COLOURS[index % COLOURS.length];
    const points = curve.points.map(([percentile, ns]) => `${xOf(ninesOf(percentile))},${yOf(logOf(ns))}`);
    parts.push(
      `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      `<text x="${SVG_LEFT + width + 16}" y="${SVG_TOP + 16 + index * 20}" fill="${colour}">${escapeXml(curve.name)}</text>`,
    );
  }
  return `${parts.join('\n')}\n</svg>\n`;
}
