import { afterEach, describe, expect, test } from 'vitest';
import { timeframeArgument } from '../../../engine/analysis/analysis-commands.ts';
import { requireTimeframe, TIMEFRAMES } from '../../../engine/analysis/bars/timeframe.ts';
import { AnalysisShard } from '../../../engine/analysis/live/analysis-shard.ts';
import { barAt } from '../../../engine/analysis/live/series-history.ts';
import type { SymbolSeed } from '../../../engine/analysis/live/symbol-task.ts';
import { mergeSignals } from '../../../engine/analysis/signals/merge-signals.ts';
import { outcomeStatistics } from '../../../engine/analysis/signals/outcome-statistics.ts';
import type { Outcome } from '../../../engine/analysis/signals/signal-outcome.ts';
import type { Signal } from '../../../engine/analysis/signals/signal.ts';
import { SymbolSignals } from '../../../engine/analysis/signals/symbol-signals.ts';
import { SymbolAnalysis } from '../../../engine/analysis/symbol/symbol-analysis.ts';
import { LocalTimes } from '../../../engine/analysis/schedule/local-times.ts';
import { COMMAND, COMMAND_REASON } from '../../../engine/messages/enums.ts';
import {
  AnalysisRig,
  CandleVenue,
  InlinePool,
  ManualPool,
  MINUTE_MS,
  type RigOptions,
} from '../../fixtures/analysis-rig.ts';
import type { ShardPool } from '../../../engine/analysis/live/shard-pool.ts';

const HOUR_MS = 60 * MINUTE_MS;
const FIVE = requireTimeframe('5m');
const rigs: AnalysisRig[] = [];

function rig(options: RigOptions = {}, pool: ShardPool = new InlinePool()): AnalysisRig {
  const made = new AnalysisRig(pool, options);
  rigs.push(made);
  return made;
}

afterEach(async () => {
  for (const made of rigs.splice(0)) await made.close();
});

describe('commands to the slow path', () => {
  test('a forced analysis is made anew from all bars and is the same; without a symbol it is refused', async () => {
    const own = rig();
    await own.begun();
    await own.runMarket(5 * MINUTE_MS);
    const answer = await own.command(COMMAND.analysisForce, 0, timeframeArgument(FIVE));
    expect(answer).toEqual({ reason: COMMAND_REASON.none, text: 'the same', value: 0 });
    expect([own.count('runsForced'), own.count('analysisDrift')]).toEqual([1, 0]);
    expect((await own.command(COMMAND.analysisForce, 7)).reason).toBe(COMMAND_REASON.unknownSymbol);
    expect((await own.command(COMMAND.kill, 0)).reason).toBe(COMMAND_REASON.unknownCommand);
  });

  test('a forced analysis whose thread dies is answered as failed', async () => {
    const pool = new ManualPool();
    const own = rig({}, pool);
    await own.settle('a task', () => pool.waiting.length === 1);
    pool.waiting.shift()!.answer();
    await own.begun();
    const answer = own.command(COMMAND.analysisForce, 0);
    await own.settle('the forced task', () => pool.waiting.length === 1);
    pool.waiting.shift()!.fail();
    expect((await answer).reason).toBe(COMMAND_REASON.failed);
  });

  test('a symbol that is left out has no bias and is analysed no more; taken in again it has one at once', async () => {
    const own = rig();
    await own.begun();
    expect(own.reader.readFresh(0, own.nowNs)).toBe(true);
    expect((await own.command(COMMAND.analysisRemove, 0)).reason).toBe(COMMAND_REASON.none);
    expect(own.reader.readFresh(0, own.nowNs)).toBe(false);
    const started = own.count('runsStarted');
    await own.runMarket(7 * MINUTE_MS);
    expect(own.count('runsStarted')).toBe(started);
    expect((await own.command(COMMAND.analysisForce, 0)).reason).toBe(COMMAND_REASON.unknownSymbol);
    expect((await own.command(COMMAND.analysisAdd, 0)).reason).toBe(COMMAND_REASON.none);
    await own.settle('a frame', () => own.reader.readFresh(0, own.nowNs));
    // The bars that came meanwhile are in it.
    expect((await own.command(COMMAND.analysisForce, 0)).text).toBe('the same');
    expect(own.failures).toEqual([]);
  });

  test('a timeframe that is left out has no score and may come again; the last one stays', async () => {
    const own = rig();
    await own.begun();
    const scores = (): boolean[] => [...own.reader.scores].map((score) => !Number.isNaN(score));
    const frames = (): number => own.count('framesPublished');
    for (const [kind, has] of [
      [COMMAND.analysisRemove, false],
      [COMMAND.analysisAdd, true],
    ] as const) {
      const before = frames();
      expect((await own.command(kind, 0, timeframeArgument(FIVE))).reason).toBe(COMMAND_REASON.none);
      await own.settle('a frame', () => frames() > before);
      expect(own.reader.readFresh(0, own.nowNs)).toBe(true);
      expect(scores()).toEqual([true, has, true, true, true, true, true]);
    }
    await own.command(COMMAND.analysisRemove, 0);
    await own.command(COMMAND.analysisAdd, 0, timeframeArgument(FIVE));
    const refused = await own.command(COMMAND.analysisRemove, 0, timeframeArgument(FIVE));
    expect(refused.reason).toBe(COMMAND_REASON.limitReached);
    expect(own.table.chosen(0)!.map(({ name }) => name)).toEqual(['5m']);
  });

  test('a report of a close that has one already comes from the cache; the next close makes a new one', async () => {
    const own = rig();
    await own.begun();
    const minute = requireTimeframe('1m');
    const ask = (timeframe = minute): ReturnType<AnalysisRig['command']> =>
      own.command(COMMAND.analysisReport, 0, timeframeArgument(timeframe));
    expect(await ask()).toEqual({ reason: COMMAND_REASON.none, text: 'BTCUSDT-asked', value: 0 });
    await ask();
    await ask(FIVE);
    own.passMs(1_000);
    expect([own.reports.length, own.count('cacheHits')]).toEqual([3, 2]);
    expect(own.reports[1].report).toBe(own.reports[0].report);
    await own.runMarket(70_000);
    await ask(requireTimeframe('4h'));
    expect(own.reports[3].report).toBe(own.reports[0].report);
    await ask();
    expect(own.reports[4].report.ts).toBeGreaterThan(own.reports[0].report.ts);
    own.passMs(1_000);
    expect(own.table.read(0, minute)!.cacheHits).toBe(1);
  });
});

describe('the signals of a running slow path', () => {
  test('are those of all its bars taken together, each counted once, also when a thread of the pool forgot everything', async () => {
    const pool = new InlinePool();
    const own = rig({ refusalsOf: () => 0b100 }, pool);
    await own.begun();
    const past = own.signals.statistics(['BTCUSDT']).find(({ group }) => group === 'symbol')!.count;
    expect([past > 20, own.count('outcomesKnown'), own.count('signalsFound')]).toEqual([true, 0, 0]);
    await own.runMarket(2 * HOUR_MS);
    pool.shards[0] = new AnalysisShard();
    await own.runMarket(HOUR_MS);
    expect(own.count('runsFailed')).toBe(1);
    await own.command(COMMAND.analysisForce, 0);
    const { signals, outcomes } = signalsOf(
      pool.tasks.findLast(({ symbols }) => symbols[0].isForced)!.symbols[0].seed!,
    );
    const told = own.signals.statistics(['BTCUSDT']);
    const expected = outcomeStatistics(outcomes);
    expect(told.map(({ group, key, count }) => [group, key, count])).toEqual(
      expected.map(({ group, key, count }) => [group, key, count]),
    );
    for (const [place, { meanR }] of expected.entries()) expect(told[place].meanR).toBeCloseTo(meanR, 9);
    expect(own.count('outcomesKnown')).toBe(outcomes.length - past);
    expect(own.count('signalsFound')).toBeGreaterThan(5);
    const open = signals.filter((signal) => !outcomes.some((outcome) => outcome.signal === signal));
    const { rows } = own.signals.changedSince(0);
    const timesOf = (some: readonly { timeMs: number }[]): number[] =>
      some.map(({ timeMs }) => timeMs).sort((a, b) => a - b);
    expect(timesOf(rows.filter(({ outcome }) => outcome === null))).toEqual(timesOf(open));
    const hours = own.signals.nowMs - (own.signals.nowMs % HOUR_MS);
    expect(own.portfolio.hours(0).at(-1)![0]).toBe(hours);
    expect(own.portfolio.hours(0).length).toBeGreaterThan(300);
    const merged = mergeSignals(signals.filter(({ expiresMs }) => expiresMs > own.signals.nowMs));
    expect(own.signals.merged(0)?.direction).toBe(merged?.direction);
  });
});

describe('a simulated day', () => {
  test('has a report in the morning and one in the evening, of every symbol, and its figures add up', async () => {
    const reports = new LocalTimes(['09:00', '21:00'], 'America/New_York');
    const own = rig({ config: { reports }, instrumentCount: 2 });
    await own.begun();
    await own.runMarket(24 * HOUR_MS, 2_500);
    expect(own.reports.map(({ symbol, kind, atMs }) => [symbol, kind, new Date(atMs).toISOString()])).toEqual(
      ['2024-07-31T13:00:00.000Z', '2024-08-01T01:00:00.000Z'].flatMap((at) => [
        ['BTCUSDT', 'scheduled', at],
        ['ETHUSDT', 'scheduled', at],
      ]),
    );
    expect(own.reports[0].report.headline.overall).not.toBeNull();
    own.passMs(1_000);
    // The first minute was begun before the start: the venue is asked for it, and its answer is late.
    for (const [name, lateCount] of [
      ['1m', 1],
      ['1h', 0],
      ['4h', 0],
    ] as const) {
      const timeframe = requireTimeframe(name);
      const { runs, failed, dropped, late, latenessMs } = own.table.read(0, timeframe)!;
      expect([runs, failed, dropped, late]).toEqual([(24 * HOUR_MS) / timeframe.lengthMs, 0, 0, lateCount]);
      // A bar closes with the next trade, and those come within five seconds.
      expect(latenessMs).toBeLessThan(6_000);
    }
  });

  test('a machine that slept analyses every close it missed, once, and comes to what one that was awake did', async () => {
    const pool = new InlinePool();
    const reports = new LocalTimes(['11:00', '12:00', '13:00'], 'UTC');
    const own = rig({ config: { reports }, venue: new CandleVenue(1, true, 1_500) }, pool);
    await own.begun();
    await own.runMarket(5 * MINUTE_MS);
    const closed = own.count('barsClosed');
    const runs = own.count('runsStarted');
    // The venue goes on; nothing is read and no turn comes.
    const asleepMs = 6 * HOUR_MS;
    for (let step = 0; step < 600; step++) {
      own.nowMs += asleepMs / 600;
      own.tradeNow(0, false);
    }
    own.clock.advanceTo(own.clock.nowNs() + asleepMs * 1e6);
    own.isFeedWhole = false;
    await own.runMarket(2 * MINUTE_MS);
    own.isFeedWhole = true;
    await own.runMarket(5 * MINUTE_MS);
    const missed = asleepMs / MINUTE_MS;
    expect(own.count('barsClosed') - closed).toBeGreaterThanOrEqual(
      missed + missed / 5 + missed / 15 + 6 + 1,
    );
    // Newest wins: not a run for each of them.
    expect(own.count('runsStarted') - runs).toBeLessThan(60);
    expect(own.reports).toHaveLength(1);
    expect((await own.command(COMMAND.analysisForce, 0)).text).toBe('the same');
    expect([own.count('analysisDrift'), own.count('holesLeft')]).toEqual([0, 0]);
    const packed = pool.tasks
      .flatMap(({ symbols }) => symbols)
      .flatMap(({ bars }) => opensOf(bars, FIVE.slot));
    expect(packed).toEqual([...new Set(packed)].sort((a, b) => a - b));
  });
});

/** Opening times of the bars of a timeframe, in the order they were handed to the pool. */
function opensOf(bars: Float64Array, slot: number): number[] {
  const opens: number[] = [];
  for (let at = 0; at < bars.length; at += 9) if (bars[at] === slot) opens.push(bars[at + 1]);
  return opens;
}

/** Signals and outcomes of all bars of a seed, in the order the bars closed, of those that closed together the longest first. */
function signalsOf({ symbol, tick, feeBps, series }: SymbolSeed): { signals: Signal[]; outcomes: Outcome[] } {
  const timeframes = series.map(({ slot }) => TIMEFRAMES[slot]);
  const bars = series.flatMap(({ slot, columns }) =>
    Array.from(columns[0], (_, at) => ({ timeframe: TIMEFRAMES[slot], bar: barAt(columns, at) })),
  );
  const closeOf = ({ timeframe, bar }: (typeof bars)[number]): number => bar.openTimeMs + timeframe.lengthMs;
  bars.sort((a, b) => closeOf(a) - closeOf(b) || b.timeframe.slot - a.timeframe.slot);
  const signals: Signal[] = [];
  const outcomes: Outcome[] = [];
  const told = new SymbolSignals(new SymbolAnalysis(symbol, timeframes, tick), feeBps, {
    onSignal: (signal) => signals.push(signal),
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  for (const { timeframe, bar } of bars) told.update(timeframe, bar, bar.buyVolume);
  return { signals, outcomes };
}
