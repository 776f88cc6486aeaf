import { afterEach, describe, expect, test } from 'vitest';
import { requireTimeframe, TIMEFRAMES } from '../../engine/analysis/bars/timeframe.ts';
import { openShardPool } from '../../engine/analysis/live/shard-pool.ts';
import type { ShardPool } from '../../engine/analysis/live/shard-pool.ts';
import { makeReport } from '../../engine/analysis/report/make-report.ts';
import { reportInputsOf } from '../../engine/analysis/report/report-inputs.ts';
import { SymbolAnalysis } from '../../engine/analysis/symbol/symbol-analysis.ts';
import {
  AnalysisRig,
  CandleVenue,
  InlinePool,
  ManualPool,
  MINUTE_MS,
  OPENED_MS,
  type RigOptions,
} from '../fixtures/analysis-rig.ts';

const HOUR_MS = 60 * MINUTE_MS;
const rigs: AnalysisRig[] = [];

function rig(pool: ShardPool = new InlinePool(), options: RigOptions = {}): AnalysisRig {
  const made = new AnalysisRig(pool, options);
  rigs.push(made);
  return made;
}

afterEach(async () => {
  for (const made of rigs.splice(0)) await made.close();
});

/** The whole analysis of what the venue has, without anything of the actor's. */
function oracleOf(venue: CandleVenue, symbol: string, nowMs: number): SymbolAnalysis {
  const analysis = new SymbolAnalysis(symbol, TIMEFRAMES, 0.01);
  const bars = TIMEFRAMES.flatMap((timeframe) => {
    const query = { symbol, timeframe: timeframe.name, fromMs: 0, toMs: nowMs - timeframe.lengthMs + 1 };
    return venue
      .candles(query)
      .slice(-timeframe.barsKept)
      .map((candle) => ({ timeframe, candle, closeMs: candle.openTimeMs + timeframe.lengthMs }));
  });
  bars.sort((a, b) => a.closeMs - b.closeMs || b.timeframe.slot - a.timeframe.slot);
  for (const { timeframe, candle } of bars) {
    const { buyVolume, volume } = candle;
    analysis.update(
      timeframe,
      { ...candle, kind: 'closed', isComplete: true },
      buyVolume,
      volume - buyVolume,
    );
  }
  return analysis;
}

describe('the start', () => {
  test('candles of the venue give a frame before the first trade, as a report of the same candles has it', async () => {
    const own = rig(new InlinePool(), { venue: new CandleVenue(1, true, 1_500) });
    await own.begun();
    expect(own.reader.readFresh(0, own.nowNs)).toBe(true);
    const analysis = oracleOf(own.venue!, 'BTCUSDT', OPENED_MS - 1_500);
    const live = { nowMs: OPENED_MS, lastPrice: null, liquidity: null, orderFlow: null, bias: null };
    const { report } = makeReport(reportInputsOf(analysis, live));
    expect(own.reader.value).toBe(report.frame!.value);
    expect(own.reader.supportTicks).toBe(Math.round(report.frame!.support! * 100));
    expect(own.reader.resistanceTicks).toBe(Math.round(report.frame!.resistance! * 100));
    expect(own.reader.pocTicks).toBe(Math.round(report.frame!.poc! * 100));
    expect([...own.reader.scores]).toEqual(TIMEFRAMES.map(({ name }) => report.timeframes[name]!.S));
    expect(own.reader.validUntilNs).toBe((report.frame!.validUntil - OPENED_MS) * 1e6);
    expect(own.count('historyBars')).toBe(4 * 1_500 - 4 + 1_000 + 750 + 300);
    expect(own.count('runsLate')).toBe(0);
  });

  test('a frame runs out at the first close that did not come: an expired frame is no bias', async () => {
    const own = rig();
    await own.begun();
    own.isFeedWhole = false;
    own.venue!.isDown = true;
    // The last 5m bar closed at 10:45 and holds for ten minutes.
    own.passMs(Date.UTC(2024, 6, 31, 10, 54, 59) - own.nowMs);
    await own.settle('turns', () => true);
    expect(own.reader.readFresh(0, own.nowNs)).toBe(true);
    for (let step = 0; step < 20; step++) own.passMs(1_000);
    expect(own.reader.readFresh(0, own.nowNs)).toBe(false);
  });

  test('a venue without candles, or without an endpoint, is no view: nothing is published', async () => {
    for (const venue of [null, new CandleVenue(1, false)]) {
      const own = rig(new InlinePool(), { venue });
      await own.begun();
      await own.runMarket(HOUR_MS, 20_000);
      expect(own.count('framesPublished')).toBe(0);
      expect(own.count('noViews')).toBeGreaterThan(50);
      expect(own.reader.read(0)).toBe(false);
    }
  });

  test('candles that are not those of the trades are dropped, and their bias with them', async () => {
    const own = rig(new InlinePool(), { venue: new CandleVenue(5) });
    await own.begun();
    expect(own.reader.read(0)).toBe(true);
    // What trades here is not what trades there.
    for (let step = 0; step < 40; step++) {
      own.passMs(5_000);
      own.send(0, own.nowMs, 5_000_000 + step);
      own.tradeNow(0, false);
      own.work();
      await own.settle('a turn', () => true);
    }
    await own.settle('the seam is seen', () => own.count('seamsBroken') === 1);
    expect(own.reader.readFresh(0, own.nowNs)).toBe(false);
    const framesBefore = own.count('framesPublished');
    await own.runMarket(10 * MINUTE_MS);
    expect(own.count('framesPublished')).toBe(framesBefore);
  });
});

describe('a market that trades', () => {
  test("a day: every bar made of trades is the venue's, nothing is missing, and the bar-by-bar analysis is the whole one", async () => {
    const pool = new InlinePool();
    const own = rig(pool);
    await own.begun();
    await own.runMarket(24 * HOUR_MS, 30_000);
    expect(own.count('seamsBroken')).toBe(0);
    expect(own.count('barsIncomplete')).toBe(0);
    expect(own.count('holesLeft')).toBe(0);
    // The first minute was begun before the start.
    expect(own.count('holesAsked')).toBe(1);
    expect(own.count('barsClosed')).toBe(24 * 60 + 24 * 12 + 24 * 4 + 24 + 6 + 1);
    expect(own.count('tradesLate')).toBe(0);
    own.actor.scheduler.force(0);
    const before = own.count('framesPublished');
    await own.settle('the forced one', () => own.count('framesPublished') > before);
    expect(own.count('analysisDrift')).toBe(0);
    const analysis = oracleOf(own.venue!, 'BTCUSDT', own.nowMs);
    expect(own.reader.readFresh(0, own.nowNs)).toBe(true);
    for (const [slot, timeframe] of TIMEFRAMES.entries())
      expect(own.reader.scores[slot]).toBeCloseTo(analysis.of(timeframe)!.metrics.score, 2);
    expect(own.count('runsFailed')).toBe(0);
    expect(own.failures).toEqual([]);
  });

  test('what the feed lost is asked of the venue; what nobody has stays a gap, and its timeframes begin anew', async () => {
    for (const isDown of [false, true]) {
      const own = rig();
      await own.begun();
      await own.runMarket(HOUR_MS);
      own.venue!.isDown = isDown;
      own.isFeedWhole = false;
      await own.runMarket(7 * MINUTE_MS, 5_000, { isSeen: false });
      own.isFeedWhole = true;
      await own.runMarket(20 * MINUTE_MS);
      expect(own.reader.read(0)).toBe(true);
      const scores = [...own.reader.scores];
      expect([isDown, Number.isNaN(scores[0]), Number.isNaN(scores[1])]).toEqual([isDown, isDown, isDown]);
      expect(Number.isNaN(scores[6])).toBe(false);
      expect(own.count('holesLeft') > 0).toBe(isDown);
    }
  });

  test('trades the ring dropped are counted, each once, and their minute is asked for', async () => {
    const own = rig();
    await own.begun();
    await own.runMarket(3 * MINUTE_MS);
    const asked = own.count('holesAsked');
    let refused = 0;
    for (let step = 0; step < 2_000; step++) if (!own.send(0, own.nowMs, 6_000_000)) refused++;
    expect(refused).toBeGreaterThan(0);
    await own.runMarket(2 * MINUTE_MS);
    expect(own.count('tradesMissed')).toBe(refused);
    expect(own.count('holesAsked')).toBeGreaterThan(asked);
  });
});

describe('scheduling', () => {
  test('one task per shard is in flight; of the closes that come meanwhile the newest counts, and no bar is left out', async () => {
    const pool = new ManualPool(2);
    const own = rig(pool, { instrumentCount: 3 });
    await own.settle('two tasks', () => pool.waiting.length === 2);
    expect(
      pool.waiting.map(({ task }) => task.symbols.map(({ instrumentIndex }) => instrumentIndex)),
    ).toEqual([[0], [1]]);
    await own.runMarket(20 * MINUTE_MS);
    expect(pool.waiting).toHaveLength(2);
    expect(own.count('runsReplaced')).toBeGreaterThan(20);
    pool.waiting.shift()!.answer();
    await own.settle('the next symbol of the shard', () => pool.waiting.length === 2);
    // The third one has still to begin, and goes first: somebody waits for its first frame.
    expect(pool.waiting[1].task.symbols.map(({ instrumentIndex }) => instrumentIndex)).toEqual([2, 0]);
    expect(pool.waiting[1].task.symbols[1].seed).toBeNull();
    expect(pool.waiting[1].task.symbols[1].bars.length / 9).toBeGreaterThanOrEqual(20 + 4 + 1);
  });

  test('a stuck pool holds nothing up: trades are taken, work stays bounded, the overdue task is ended', async () => {
    const pool = new ManualPool();
    const own = rig(pool);
    await own.settle('a task', () => pool.waiting.length === 1);
    await own.runMarket(30 * MINUTE_MS);
    expect(pool.waiting).toHaveLength(1);
    expect(pool.signals[0].aborted).toBe(true);
    expect(own.count('runsTimedOut')).toBe(1);
    expect(own.count('tradesRead')).toBeGreaterThan(100);
  });

  test('a shard whose thread died begins anew, a symbol at a time, from the bars kept', async () => {
    const pool = new ManualPool();
    const own = rig(pool, { instrumentCount: 2 });
    for (let task = 0; task < 2; task++) {
      await own.settle('a beginning', () => pool.waiting.length === 1);
      pool.waiting.shift()!.answer();
    }
    await own.settle('two frames', () => own.count('framesPublished') === 2);
    await own.runMarket(2 * MINUTE_MS);
    pool.shards[0] = new InlinePool().shards[0];
    pool.waiting.shift()!.fail();
    await own.settle('the failure', () => own.count('runsFailed') > 0);
    own.passMs(2_000);
    await own.settle('a new attempt', () => pool.waiting.length === 1);
    expect(pool.waiting[0].task.symbols).toHaveLength(1);
    expect(pool.waiting[0].task.symbols[0].seed).not.toBeNull();
    const before = own.count('framesPublished');
    pool.waiting.shift()!.answer();
    await own.settle('a frame', () => own.count('framesPublished') > before);
  });

  test('closing ends the pool and what was in flight', async () => {
    const pool = new ManualPool();
    const own = rig(pool);
    await own.settle('a task', () => pool.waiting.length === 1);
    await own.close();
    expect([pool.isClosed, own.venue!.isClosed, pool.signals[0].aborted]).toEqual([true, true, true]);
    pool.waiting[0].answer();
    await Promise.resolve();
    expect(own.reader.read(0)).toBe(false);
  });
});

describe('a real pool', () => {
  test('analyses on threads of its own; what ends its thread costs its symbol only, and what hangs is ended', async () => {
    const file = new URL('../fixtures/shard-task-faulty.ts', import.meta.url);
    const pool = openShardPool({ shards: 2, file, task: 'faultyTask' });
    const timeframes = ['5m', '1h', '4h'].map(requireTimeframe);
    // The sound one shares its thread with one that ends it; the other thread hangs.
    const own = rig(pool, { instrumentCount: 3, config: { taskTimeoutMs: 30_000, timeframes } });
    await own.settle('the first frame', () => own.reader.read(0));
    await own.settle('a failure', () => own.count('runsFailed') > 0);
    own.actor.scheduler.want(0);
    // Time passes for the sound one only when it has gone on: others are tried again by the clock.
    await own.settle('it goes on', () => own.reader.read(0) && own.reader.version > 1);
    const failed = own.count('runsFailed');
    own.passMs(31_000);
    await own.settle(
      'the other is ended',
      () => own.count('runsFailed') > failed && own.count('runsTimedOut') > 0,
    );
    expect([own.reader.read(1), own.reader.read(2)]).toEqual([false, false]);
    expect(own.reader.readFresh(0, own.nowNs)).toBe(true);
  });

  test('a pool file that does not load is a failure per task, not the end of the actor', async () => {
    const file = new URL('../fixtures/no-such-task.ts', import.meta.url);
    const own = rig(openShardPool({ shards: 1, file }));
    await own.settle('a task', () => own.count('runsStarted') === 1);
    own.passMs(11_000);
    await own.settle('the failure', () => own.count('runsFailed') > 0);
    own.passMs(2_000);
    await own.settle('a new attempt', () => own.count('runsStarted') > 1);
    expect(own.reader.read(0)).toBe(false);
  });
});
