import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireTimeframe } from '../../../engine/analysis/bars/timeframe.ts';
import type { DeepReport, ReportProfile } from '../../../engine/analysis/report/deep-report.ts';
import { makeReport } from '../../../engine/analysis/report/make-report.ts';
import { type ReportInputs, reportInputsOf } from '../../../engine/analysis/report/report-inputs.ts';
import { pictureRows, profilePicture } from '../../../engine/app/analysis/profile-picture.ts';
import { reportHtml } from '../../../engine/app/analysis/report-html.ts';
import { reportMarkdown } from '../../../engine/app/analysis/report-markdown.ts';
import { reportText } from '../../../engine/app/analysis/report-text.ts';
import { analysisOf, readSymbolCandles } from '../../../engine/app/analysis/symbol-candles.ts';
import { wanderingCandles } from '../../analysis/metrics/candles.ts';
import { writeCandles } from './candle-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'shrike-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let inputs: ReportInputs;
let report: DeepReport;

beforeAll(async () => {
  const candles = wanderingCandles(requireTimeframe('15m'), 77, 96 * 60);
  const file = writeCandles(folder, 'abcusdt-15m.csv', candles);
  inputs = reportInputsOf(analysisOf(await readSymbolCandles('ABCUSDT', [file])));
  report = makeReport(inputs).report;
});

describe('the deep report', () => {
  test('is the same, byte for byte, for the same inputs', () => {
    expect(JSON.stringify(makeReport(inputs).report)).toBe(JSON.stringify(report));
  });

  test('has a score whose shares add up, and a frame that expires with the shortest timeframe', () => {
    expect(report.parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 5);
    const overall = report.parts.reduce((sum, { value, share }) => sum + (value ?? 0) * share, 0);
    expect(report.headline.overall).toBeCloseTo(overall, 3);
    expect(report.headline.bias).toBeCloseTo(2 * (overall - 50), 2);
    expect(report.frame?.validUntil).toBe(report.ts + 30 * 60_000);
  });

  test('has a frame that names the nearest strong level', () => {
    const strong = [...report.levels.support, ...report.levels.resistance].filter(({ k }) => k >= 60);
    const away = strong.map(({ p }) => Math.abs(p - (report.price ?? NaN)));
    expect(Math.abs((report.frame?.keyLevel ?? NaN) - (report.price ?? NaN))).toBe(Math.min(...away));
  });

  test('holds the sign of the bias before against a weak report, and says so', () => {
    const { context, output, profiles } = inputs;
    const four = context.tf['4h'];
    if (four === undefined || profiles === null) throw new Error('the inputs are warm');
    const weak: ReportInputs = {
      ...inputs,
      context: { ...context, tf: { ...context.tf, '4h': { ...four, trend: 0, mom: 0, st: 0 } } },
      output: { ...output, confluence: 10 },
      profiles: { ...profiles, score: 50 },
    };
    expect(makeReport(weak).report.headline).toMatchObject({ side: 1, isHeld: false, class: 'NEUTRAL' });
    const held = makeReport({ ...weak, previous: { value: -40, raw: -40, isHeld: false } });
    expect(held.report.headline).toMatchObject({ bias: -40, side: -1, isHeld: true });
    expect(held.report.risks.join('\n')).toContain('one more turns it');
  });

  test('without enough history has no score, no frame and no plan, and says what is missing', async () => {
    const file = writeCandles(folder, 'new-15m.csv', wanderingCandles(requireTimeframe('15m'), 5, 60));
    const young = makeReport(reportInputsOf(analysisOf(await readSymbolCandles('NEW', [file])))).report;
    expect([young.headline.overall, young.headline.class, young.frame, young.scenario]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(young.absent['tf.1h.trend']).toBe('warming 15/50');
    expect(reportText(young)).toContain('no view: too little history');
    expect(reportHtml(young)).toContain('no view');
  });

  test('counts the volume of every bin in its condensed profile', () => {
    const { long } = report.profiles;
    const sum = long?.rows.reduce((total, volume) => total + volume, 0) ?? NaN;
    expect(sum / (long?.totalVolume ?? NaN)).toBeCloseTo(1, 4);
    expect(long?.rows.length).toBeLessThanOrEqual(48);
  });
});

describe('a report for people', () => {
  const TITLES = ['Headline', 'Score', 'Timeframes', 'Levels', 'Volume profile', 'Plan', 'Risks', 'Data'];

  test('has every section, as text, Markdown and HTML', () => {
    const [text, markdown, html] = [reportText(report), reportMarkdown(report), reportHtml(report)];
    for (const title of TITLES) {
      expect(text).toContain(`\n${title.toUpperCase()}\n`);
      expect(markdown).toContain(`\n## ${title}\n`);
      expect(html).toContain(`<h2>${title}</h2>`);
    }
  });

  test('never shows an absent number as one', () => {
    for (const page of [reportText(report), reportMarkdown(report), reportHtml(report)])
      expect(page).not.toMatch(/NaN|undefined|null|Infinity/);
  });

  test('has Markdown tables whose rows have the columns of their head', () => {
    const tables = reportMarkdown(report)
      .split('\n\n')
      .filter((block) => block.startsWith('|'));
    expect(tables.length).toBeGreaterThan(4);
    for (const block of tables)
      expect(new Set(block.split('\n').map((row) => row.split('|').length)).size).toBe(1);
  });

  test('is an HTML page that loads nothing and escapes what it is given', () => {
    const html = reportHtml({ ...report, symbol: '<script>"x"' });
    expect(html).not.toMatch(/(?:src|href)=|@import|url\(|<script/);
    expect(html).toContain('&lt;script&gt;&quot;x&quot;');
    expect(html).toContain('<svg');
  });
});

describe('the picture of a profile', () => {
  const profile: ReportProfile = {
    poc: 104.5,
    vah: 106,
    val: 103,
    highNodes: [],
    lowNodes: [],
    totalVolume: 100,
    low: 100,
    rowSize: 1,
    rows: [1, 2, 8, 16, 40, 20, 12, 1],
  };

  test('draws the fullest row over all columns and the others in proportion, in eighths', () => {
    expect(profilePicture(profile, 107.2, 0.1).split('\n')).toEqual([
      '107.5  █                                        ◀ price',
      '106.5  ████████████',
      '105.5 │████████████████████                     VAH',
      '104.5 │████████████████████████████████████████ POC',
      '103.5 │████████████████                         VAL',
      '102.5  ████████',
      '101.5  ██',
      '100.5  █',
    ]);
  });

  test('adds rows up until they fit a terminal', () => {
    const rows = pictureRows({ ...profile, rows: Array.from({ length: 48 }, () => 1) }, null);
    expect(rows.length).toBe(24);
    expect(rows.every(({ volume }) => volume === 2)).toBe(true);
  });
});
