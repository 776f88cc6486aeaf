const BLOCKS = '▁▂▃▄▅▆▇█';

/** Numbers as one line of blocks, the lowest value at the bottom; more numbers than columns are averaged. */
export function sparkLine(values: readonly number[], columns: number): string {
  const width = Math.min(columns, values.length);
  const cells = Array.from({ length: width }, (_, column) => {
    const from = Math.floor((column * values.length) / width);
    const part = values.slice(from, Math.max(from + 1, Math.floor(((column + 1) * values.length) / width)));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const low = Math.min(...cells);
  const span = Math.max(...cells) - low;
  const last = BLOCKS.length - 1;
  return cells
    .map(
      (value) => BLOCKS[span === 0 ? 0 : Math.min(last, Math.floor(((value - low) / span) * BLOCKS.length))],
    )
    .join('');
}
