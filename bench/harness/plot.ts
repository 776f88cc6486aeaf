import type { Comparison } from './comparison.ts';
import { durationText } from './report.ts';

/** A named percentile curve: (percentile, ns) points. */
interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
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
const TICKS: readonly (readonly [number, string])[] = [
  [0, 'p0'],
  [1, 'p90'],
  [2, 'p99'],
  [3, 'p99.9'],
  [4, 'p99.99'],
  [5, 'p99.999'],
];
const TERMINAL_COLUMNS = 72;
const TERMINAL_ROWS = 16;
const SVG_WIDTH = 860;
const SVG_HEIGHT = 480;
const SVG_LEFT = 80;
const SVG_RIGHT = 200;
const SVG_TOP = 40;
const SVG_BOTTOM = 50;

/** Both axes are logarithmic: to the right the tail, a factor of ten a step; upwards time. */
interface Axes {
  readonly xMax: number;
  readonly yMin: number;
  readonly yMax: number;
}

function curvesOf(comparison: Comparison): Curve[] {
  return comparison.rivals.flatMap(({ name, latency }) =>
    latency === null || latency.curve.length === 0 ? [] : [{ name, points: latency.curve }],
  );
}

function nines(percentile: number): number {
  return -Math.log10(1 - percentile / 100);
}

function axesOf(curves: readonly Curve[]): Axes {
  const logs = curves.flatMap(({ points }) => points.map(([, ns]) => Math.log10(Math.max(1, ns))));
  const xs = curves.flatMap(({ points }) => points.map(([percentile]) => nines(percentile)));
  const yMin = Math.floor(Math.min(...logs));
  return { xMax: Math.max(1, ...xs), yMin, yMax: Math.max(yMin + 1, Math.ceil(Math.max(...logs))) };
}

/** Where a point lies, both in 0..1 from the lower left. */
function place(axes: Axes, percentile: number, ns: number): [number, number] {
  const y = (Math.log10(Math.max(1, ns)) - axes.yMin) / (axes.yMax - axes.yMin);
  return [nines(percentile) / axes.xMax, y];
}

function blanks(count: number): string[] {
  return Array.from({ length: count }, () => ' ');
}

/** The curves in characters, or null when the comparison measured no latencies. */
export function terminalPlot(comparison: Comparison): string | null {
  const curves = curvesOf(comparison);
  if (curves.length === 0) return null;
  const axes = axesOf(curves);
  const grid = Array.from({ length: TERMINAL_ROWS }, () => blanks(TERMINAL_COLUMNS));
  for (const [index, curve] of curves.entries()) {
    for (const [percentile, ns] of curve.points) {
      const [x, y] = place(axes, percentile, ns);
      const row = TERMINAL_ROWS - 1 - Math.round(y * (TERMINAL_ROWS - 1));
      grid[row][Math.round(x * (TERMINAL_COLUMNS - 1))] = MARKS[index % MARKS.length];
    }
  }
  const labelAt = (row: number): string => {
    const log = axes.yMin + ((TERMINAL_ROWS - 1 - row) / (TERMINAL_ROWS - 1)) * (axes.yMax - axes.yMin);
    return row % 5 === 0 ? durationText(10 ** log) : '';
  };
  const lines = grid.map((cells, row) => `  ${labelAt(row).padStart(9)} |${cells.join('')}`.trimEnd());
  const axis = blanks(TERMINAL_COLUMNS + 8);
  for (const [nine, label] of TICKS) {
    const at = Math.round((nine / axes.xMax) * (TERMINAL_COLUMNS - 1));
    if (nine <= axes.xMax) axis.splice(at, label.length, ...label.split(''));
  }
  const legend = curves.map(({ name }, index) => `${MARKS[index % MARKS.length]} ${name}`).join('   ');
  return [
    `  ${comparison.title}: percentile curves`,
    ...lines,
    `  ${' '.repeat(10)}+${'-'.repeat(TERMINAL_COLUMNS)}`,
    `  ${' '.repeat(11)}${axis.join('').trimEnd()}`,
    `  ${legend}`,
  ].join('\n');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The curves as an SVG document, or null when the comparison measured no latencies. */
export function svgPlot(comparison: Comparison): string | null {
  const curves = curvesOf(comparison);
  if (curves.length === 0) return null;
  const axes = axesOf(curves);
  const width = SVG_WIDTH - SVG_LEFT - SVG_RIGHT;
  const height = SVG_HEIGHT - SVG_TOP - SVG_BOTTOM;
  const bottom = SVG_HEIGHT - SVG_BOTTOM;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SVG_WIDTH} ${SVG_HEIGHT}" ` +
      'font-family="sans-serif" font-size="12">',
    `<rect width="${SVG_WIDTH}" height="${SVG_HEIGHT}" fill="#ffffff"/>`,
    `<text x="${SVG_LEFT}" y="24" font-size="15">${escapeXml(comparison.title)}: latency by percentile</text>`,
  ];
  for (let decade = axes.yMin; decade <= axes.yMax; decade++) {
    const y = bottom - ((decade - axes.yMin) / (axes.yMax - axes.yMin)) * height;
    parts.push(
      `<line x1="${SVG_LEFT}" y1="${y}" x2="${SVG_LEFT + width}" y2="${y}" stroke="#dddddd"/>`,
      `<text x="${SVG_LEFT - 8}" y="${y + 4}" text-anchor="end">${durationText(10 ** decade)}</text>`,
    );
  }
  for (const [nine, label] of TICKS) {
    if (nine > axes.xMax) continue;
    const x = SVG_LEFT + (nine / axes.xMax) * width;
    parts.push(
      `<line x1="${x}" y1="${SVG_TOP}" x2="${x}" y2="${bottom}" stroke="#dddddd"/>`,
      `<text x="${x}" y="${bottom + 18}" text-anchor="middle">${label}</text>`,
    );
  }
  for (const [index, curve] of curves.entries()) {
    const colour = COLOURS[index % COLOURS.length];
    const points = curve.points.map(([percentile, ns]) => {
      const [x, y] = place(axes, percentile, ns);
      return `${(SVG_LEFT + x * width).toFixed(1)},${(bottom - y * height).toFixed(1)}`;
    });
    const legendY = SVG_TOP + 16 + index * 20;
    parts.push(
      `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      `<text x="${SVG_LEFT + width + 16}" y="${legendY}" fill="${colour}">${escapeXml(curve.name)}</text>`,
    );
  }
  return `${parts.join('\n')}\n</svg>\n`;
}
