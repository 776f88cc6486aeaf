import { describe, expect, test } from 'vitest';
import { svgPlot, terminalPlot } from '../../engine/app/latency/latency-plot.ts';
import {
  latencyTable,
  offendersText,
  overBudgetText,
  waterfallText,
} from '../../engine/app/latency/latency-text.ts';
import type { LatencyFigures } from '../../engine/app/latency/latency-text.ts';
import type { LatencyPercentiles } from '../../engine/api/engine-stats.ts';

function spans(p50: number, p99: number = p50): LatencyPercentiles {
  return { count: 10, p50, p90: p50, p99, p999: p99, p9999: p99, max: p99 };
}

const NONE: LatencyPercentiles = { count: 0, p50: 0, p90: 0, p99: 0, p999: 0, p9999: 0, max: 0 };
const CAUSES = { gc: 0, schedulerGap: 0, longHandler: 0, ringBacklog: 0, unknown: 0 };

const FIGURES: LatencyFigures = {
  mode: 'paper',
  venue: 'sim',
  topology: 'fused',
  idle: 'spin',
  strategy: 's',
  durationMs: 1_000,
  tickToOrderNs: spans(44_000, 88_000),
  stageNs: {
    recvToDecoded: spans(11_000),
    decodedToBooked: spans(11_000),
    bookedToSignalled: spans(0),
    signalledToApproved: spans(0),
    approvedToSent: spans(22_000),
  },
  edgeNs: { 'feed-to-book': spans(5_500), 'execution-to-risk': spans(900) },
  orderToAckNs: NONE,
  orderToAckFrom: 'paper gateway',
  overBudget: {
    budgetNs: 1_000_000,
    stageBudgetNs: 200_000,
    orders: { ...CAUSES, gc: 2, ringBacklog: 1 },
    stages: { recvToDecoded: CAUSES, approvedToSent: { ...CAUSES, gc: 2, ringBacklog: 1 } },
    halts: 2,
    isHalted: true,
    pending: 4,
    missedIntervals: 0,
    seesRunDelay: true,
    offenders: [
      {
        intentSeq: 7,
        sentMs: 12_345,
        tickToOrderNs: 2_500_000,
        cause: 'ringBacklog',
        stages: [
          { stage: 'recvToDecoded', ns: 1_000, waitedNs: 0, cause: null, actor: null },
          { stage: 'approvedToSent', ns: 2_499_000, waitedNs: 2e6, cause: 'ringBacklog', actor: 'execution' },
        ],
      },
    ],
  },
};

describe('the text of a latency report', () => {
  test('draws each stage where the one before ends, its wait in the ring first', () => {
    const bars = waterfallText(FIGURES, 'p50')
      .split('\n')
      .slice(1)
      .map((line) => /\|(.*)\|/.exec(line)![1].trimEnd());
    expect(bars).toEqual([
      '#'.repeat(11),
      `${' '.repeat(11)}${'='.repeat(6)}${'#'.repeat(5)}`,
      `${' '.repeat(22)}#`,
      `${' '.repeat(22)}#`,
      `${' '.repeat(22)}${'#'.repeat(22)}`,
      '',
    ]);
    expect(waterfallText({ ...FIGURES, stageNs: { ...emptyStages() } }, 'p99')).toContain('no orders yet');
  });

  test('names what was late, why, whose turn it was, and what is still open', () => {
    const [head, title, row] = overBudgetText(FIGURES).split('\n');
    expect(head).toBe(
      'late orders (above 1.0 ms): 3 of 10: gc 2, ring backlog 1; 4 not judged yet; new orders stopped 2 times, now too',
    );
    expect(title).toContain('late stages (above 200.0 us)');
    expect(row.trim().split(/ +/)).toEqual(['approvedToSent', '2', '0', '0', '1', '0']);
    expect(offendersText(FIGURES)).toContain(
      'at 12.3 s: 2.5 ms, ring backlog; recvToDecoded 1.0 us, approvedToSent 2.5 ms [ring backlog: execution]',
    );
    const unbudgeted = { ...FIGURES, overBudget: { ...FIGURES.overBudget, budgetNs: 0 } };
    expect(overBudgetText(unbudgeted)).toBe('late orders: not looked for');
  });

  test('lists every ring, shows no figures where nothing was measured', () => {
    const lines = latencyTable(FIGURES).split('\n');
    const labels = lines.map((line) => line.trim().split(/ {2,}/)[0]);
    expect(labels).toContain('of it in feed-to-book');
    expect(labels).toContain('told by execution-to-risk');
    expect(lines.find((line) => line.startsWith('order-to-ack (no venue)'))).toMatch(/ 0( +-){6}$/);
  });
});

function emptyStages(): LatencyFigures['stageNs'] {
  return {
    recvToDecoded: NONE,
    decodedToBooked: NONE,
    bookedToSignalled: NONE,
    signalledToApproved: NONE,
    approvedToSent: NONE,
  };
}

describe('a percentile curve', () => {
  const line = {
    name: 'a <b>',
    points: [
      [0, 1_000],
      [90, 10_000],
      [99, 100_000],
    ] as [number, number][],
  };

  test('is straight where every factor of ten in the tail takes ten times as long', () => {
    const rows = terminalPlot([line], 74).split('\n');
    const marks = rows.flatMap((row, index) => {
      const cells = row.slice(row.indexOf('|') + 1);
      return row.includes('|') ? [...cells.matchAll(/o/g)].map(({ index: column }) => [column, index]) : [];
    });
    expect(marks.map(([column]) => column).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 60 }, (_, column) => column),
    );
    const height = Math.max(...marks.map(([, row]) => row));
    for (const [column, row] of marks)
      expect(Math.abs(height - row - (column / 59) * height)).toBeLessThanOrEqual(1);
    expect(rows[0]).toContain('100.0 us');
    expect(rows[height]).toContain('1.0 us');
  });

  test('is nothing without points, and keeps its name as text in SVG', () => {
    expect(terminalPlot([{ name: 'none', points: [] }], 80)).toBe('');
    const svg = svgPlot([line, { name: 'none', points: [] }], 'x & y');
    expect(svg).toContain('x &amp; y');
    expect(svg).toContain('a &lt;b&gt;');
    expect(svg.match(/<polyline /g)).toHaveLength(1);
    expect(svg).toContain('points="80.0,430.0 360.0,235.0 640.0,40.0"');
    expect(svgPlot([], 'nothing')).toContain('</svg>');
  });
});
