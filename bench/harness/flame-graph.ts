import { escapeXml } from '../../engine/app/cli/xml-text.ts';
import type { CallTree } from './cpu-profile.ts';

const WIDTH = 1200;
const ROW = 18;
const HEADER = 30;
/** Narrower boxes would not be seen. */
const BOX_MIN = 0.5;
const CHAR_WIDTH = 6.5;

/** The same function has the same colour everywhere: hue from its name, idle time grey. */
function colourOf(name: string): string {
  if (name === '(idle)' || name === '(program)' || name === '(root)') return '#d8d8d8';
  if (name === '(garbage collector)') return '#d1495b';
  let hash = 0;
  for (let index = 0; index < name.length; index++) hash = (Math.imul(hash, 31) + name.charCodeAt(index)) | 0;
  return `hsl(${20 + (Math.abs(hash) % 40)}, 85%, ${62 + (Math.abs(hash >> 8) % 16)}%)`;
}

function depthOf(tree: CallTree): number {
  return 1 + Math.max(0, ...tree.children.map(depthOf));
}

/** A flame graph as an SVG document: width is time, callers below, names and shares as tooltips. */
export function flameGraph(tree: CallTree, title: string): string {
  const scale = WIDTH / Math.max(1, tree.totalUs);
  const height = HEADER + depthOf(tree) * ROW + 10;
  const boxes: string[] = [];
  const draw = (node: CallTree, x: number, depth: number): void => {
    const width = node.totalUs * scale;
    if (width < BOX_MIN) return;
    const y = height - 10 - (depth + 1) * ROW;
    const share = ((node.totalUs / tree.totalUs) * 100).toFixed(1);
    const chars = Math.floor((width - 6) / CHAR_WIDTH);
    const label = chars < 3 ? '' : escapeXml(node.name.slice(0, chars));
    boxes.push(
      `<g><title>${escapeXml(node.name)}: ${share} %, self ${(node.selfUs / 1e3).toFixed(1)} ms</title>` +
        `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 1}" ` +
        `fill="${colourOf(node.name)}"/><text x="${(x + 3).toFixed(1)}" y="${y + 13}">${label}</text></g>`,
    );
    let at = x;
    for (const child of [...node.children].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      draw(child, at, depth + 1);
      at += child.totalUs * scale;
    }
  };
  draw(tree, 0, 0);
  const style = 'font-family="monospace" font-size="11"';
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" ${style}>\n` +
    `<text x="6" y="20" font-size="14">${escapeXml(title)}</text>\n${boxes.join('\n')}\n</svg>\n`
  );
}
