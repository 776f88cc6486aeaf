import { describe, expect, it } from 'vitest';
import { columns, table } from '../../engine/app/cli/text-table.ts';
import { columnsOf, padColumnsEnd, padColumnsStart } from '../../engine/app/cli/text-width.ts';

describe('columns of a terminal', () => {
  it.each([
    ['BTCUSDT', 7],
    ['币安人生USDT', 12],
    ['USD₮', 4],
    ['ドージ', 6],
    ['ＡＢ', 4],
    ['ｱｲ', 2],
    ['🦅', 2],
    ['e\u0301', 1],
    ['·', 1],
  ])('%s takes %d', (text, width) => {
    expect(columnsOf(text)).toBe(width);
  });

  it('are what tables and panels pad to', () => {
    expect(padColumnsEnd('币', 4)).toBe('币  ');
    expect(padColumnsStart('币', 4)).toBe('  币');
    const lines = table([
      ['book', 'bid'],
      ['币安人生USDT', '1'],
      ['BTCUSDT', '22'],
    ]).split('\n');
    expect(lines.map(columnsOf)).toEqual([17, 17, 17]);
    expect(
      columns([
        ['币', 'x'],
        ['abc', 'y'],
      ]),
    ).toBe('币   x\nabc  y');
  });
});
