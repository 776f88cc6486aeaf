import { escapeXml } from '../cli/xml-text.ts';

/** A line of a chart, or marks at its points. */
export interface ChartSeries {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Class of the style sheet: line, area, long, short. */
  readonly style: string;
}

const WIDTH = 960;
const LEFT = 84;
const RIGHT = 12;
const BOTTOM = 26;
const TOP = 10;
/** More points than pixels draw nothing more: each column keeps its lowest and highest. */
const COLUMNS = 1_600;
/** Steps of the value axis, about; each a round number. */
const Y_STEPS = 4;
const ROUND_STEPS = [1, 2, 2.5, 5, 10] as const;
const X_TICKS = 6;

interface Frame {
  readonly height: number;
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  /** Between two lines of the grid. */
  readonly step: number;
}

/** Lines over time; marks are drawn as triangles. `xText` writes a value of the axis. */
export function lineChart(
  label: string,
  series: readonly ChartSeries[],
  height: number,
  xText: (x: number) => string,
): string {
  const all = series.flatMap(({ points }) => points);
  if (all.length === 0) return '';
  const frame: Frame = {
    height,
    x: rangeOf(all.map(([x]) => x)),
    ...roundRange(rangeOf(all.map(([, y]) => y))),
  };
  const body = series.map(({ points, style }) => {
    if (style === 'long' || style === 'short')
      return points.map((point) => mark(frame, point, style)).join('');
    const path = thinned(points, frame).map(([x, y]) => `${xAt(frame, x)},${yAt(frame, y)}`);
    if (style !== 'area') return `<polyline class="${style}" points="${path.join(' ')}"/>`;
    const base = yAt(frame, Math.min(Math.max(0, frame.y[0]), frame.y[1]));
    const [first, last] = [path[0].split(',')[0], path.at(-1)!.split(',')[0]];
    return `<polygon class="area" points="${first},${base} ${path.join(' ')} ${last},${base}"/>`;
  });
  const ticks = Array.from({ length: X_TICKS }, (_, index) => {
    const x = frame.x[0] + ((frame.x[1] - frame.x[0]) * index) / (X_TICKS - 1);
    const anchor = index === 0 ? 'start' : index === X_TICKS - 1 ? 'end' : 'middle';
    return `<text x="${xAt(frame, x)}" y="${height - 8}" text-anchor="${anchor}">${escapeXml(xText(x))}</text>`;
  });
  return svg(label, height, [...grid(frame), ...body, ...ticks]);
}

/** Bars from zero; `names` stand below them. @param isLoss whether a bar is drawn as one; absent = those below zero */
export function barChart(
  label: string,
  values: readonly number[],
  names: readonly string[],
  height: number,
  isLoss: (index: number) => boolean = (index) => values[index] < 0,
): string {
  if (values.length === 0) return '';
  const frame: Frame = { height, x: [0, values.length], ...roundRange(rangeOf([0, ...values])) };
  const zero = Number(yAt(frame, 0));
  const width = (WIDTH - LEFT - RIGHT) / values.length;
  const bars = values.map((value, index) => {
    const y = Number(yAt(frame, value));
    const top = Math.min(y, zero).toFixed(1);
    const size = Math.max(Math.abs(y - zero), value === 0 ? 0 : 1).toFixed(1);
    const x = (LEFT + index * width + width * 0.1).toFixed(1);
    return `<rect class="${isLoss(index) ? 'loss' : 'gain'}" x="${x}" y="${top}" width="${(width * 0.8).toFixed(1)}" height="${size}"/>`;
  });
  const every = Math.ceil(names.length / 24);
  const texts = names.map((name, index) =>
    index % every === 0
      ? `<text x="${(LEFT + (index + 0.5) * width).toFixed(1)}" y="${height - 8}" text-anchor="middle">${escapeXml(name)}</text>`
      : '',
  );
  return svg(label, height, [...grid(frame), ...bars, ...texts]);
}

function svg(label: string, height: number, parts: readonly string[]): string {
  return `<svg role="img" aria-label="${escapeXml(label)}" viewBox="0 0 ${WIDTH} ${height}">${parts.join('')}</svg>`;
}

function grid(frame: Frame): string[] {
  const lines = Math.round((frame.y[1] - frame.y[0]) / frame.step) + 1;
  return Array.from({ length: lines }, (_, index) => {
    const value = frame.y[0] + frame.step * index;
    const y = yAt(frame, value);
    return (
      `<line class="grid" x1="${LEFT}" y1="${y}" x2="${WIDTH - RIGHT}" y2="${y}"/>` +
      `<text x="${LEFT - 6}" y="${y}" dy="4" text-anchor="end">${axisText(value, frame.step)}</text>`
    );
  });
}

/** As many digits as the step has; a zero is one, whatever rounding left of it. */
function axisText(value: number, step: number): string {
  let digits = 0;
  while (digits < 8 && Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6) digits++;
  return (Math.abs(value) < step / 2 ? 0 : value).toFixed(digits);
}

function mark(frame: Frame, [x, y]: readonly [number, number], style: string): string {
  const [cx, cy] = [Number(xAt(frame, x)), Number(yAt(frame, y))];
  const up = style === 'long' ? 1 : -1;
  const points = `${cx},${cy} ${cx - 3},${cy + 6 * up} ${cx + 3},${cy + 6 * up}`;
  return `<polygon class="${style}" points="${points}"/>`;
}

function xAt({ x: [from, to] }: Frame, x: number): string {
  return (LEFT + ((x - from) / (to - from)) * (WIDTH - LEFT - RIGHT)).toFixed(1);
}

function yAt({ y: [from, to], height }: Frame, y: number): string {
  return (height - BOTTOM - ((y - from) / (to - from)) * (height - BOTTOM - TOP)).toFixed(1);
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
}

/** The range between round numbers around a range, and the distance of the lines in it. */
function roundRange([low, high]: readonly [number, number]): Pick<Frame, 'y' | 'step'> {
  const rough = (high - low) / Y_STEPS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ROUND_STEPS.find((round) => round * power >= rough * 0.999)!;
  return { y: [Math.floor(low / step) * step, Math.ceil(high / step) * step], step };
}

function thinned(
  points: readonly (readonly [number, number])[],
  frame: Frame,
): readonly (readonly [number, number])[] {
  if (points.length <= COLUMNS * 2) return points;
  const kept: (readonly [number, number])[] = [];
  const [from, to] = frame.x;
  let column = -1;
  let low = points[0];
  let high = points[0];
  const close = (): void => {
    if (column < 0) return;
    kept.push(...(low[0] <= high[0] ? [low, high] : [high, low]));
  };
  for (const point of points) {
    const at = Math.floor(((point[0] - from) / (to - from)) * COLUMNS);
    if (at !== column) {
      close();
      column = at;
      low = point;
      high = point;
    }
    if (point[1] < low[1]) low = point;
    if (point[1] > high[1]) high = point;
  }
  close();
  return kept;
}
