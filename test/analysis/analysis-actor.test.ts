import { afterEach, describe, expect, test } from 'vitest';
import { AnalysisActor } from '../../engine/analysis/analysis-actor.ts';
import type { AnalysisConfig, SeedBars } from '../../engine/analysis/analysis-actor.ts';
import { ANALYSIS_COUNTER } from '../../engine/analysis/analysis-counters.ts';
import { BarBuilder } from '../../engine/analysis/bars.ts';
import type { ClosedBar } from '../../engine/analysis/bars.ts';
import { BarHistory } from '../../engine/analysis/bar-history.ts';
import { BiasReader, biasBytes, BiasWriter } from '../../engine/analysis/bias-frame.ts';
import { computeBias } from '../../engine/analysis/bias-model.ts';
import type { Bias, BiasTask } from '../../engine/analysis/bias-model.ts';
import { openBiasPool } from '../../engine/analysis/bias-pool.ts';
import type { BiasPool } from '../../engine/analysis/bias-pool.ts';
import { InstrumentAnalysis } from '../../engine/analysis/instrument-analysis.ts';
import type { WatchedTimeframe } from '../../engine/analysis/instrument-analysis.ts';
import { Prng } from '../../engine/core/prng.ts';
import { COUNTER_BLOCK_BYTES, CounterBlock } from '../../engine/ipc/counters.ts';
import { MemoryMapBuilder } from '../../engine/ipc/memory-map.ts';
import { Publication, ringBytes, RingMonitor, Subscription } from '../../engine/ipc/ring.ts';
import type { RingDeclaration } from '../../engine/ipc/ring.ts';
import { TRADE_TICK, TRADE_TICK_BYTES, TradeTick } from '../../engine/messages/codecs.ts';
import { SIDE } from '../../engine/messages/enums.ts';
import { instrument, until } from '../fixtures/api-harness.ts';

const RING: RingDeclaration = { name: 'book-to-analysis', policy: 'drop', capacityBytes: 64 * 1024 };
const START_MS = 1_700_000_000_000;
/** The embedded market is too fast to wait for minutes: the slots keep their names and get short bars. */
const QUICK: readonly WatchedTimeframe[] = [
  { name: '1m', intervalMs: 1_000, weight: 1 },
  { name: '5m', intervalMs: 5_000, weight: 2 },
];
const CONFIG: AnalysisConfig = {
  timeframes: QUICK,
  emaPeriods: { fast: 4, slow: 8 },
  coverageMin: 0.25,
  biasTtlMs: 60_000,
  refreshMs: 1_000,
  taskTimeoutMs: 10_000,
};

/** A pool in the test's hands: tasks wait until they are answered. */
class ManualPool implements BiasPool {
  readonly waiting: {
    task: BiasTask;
    resolve: (bias: Bias | null) => void;
    reject: (error: Error) => void;
  }[] = [];
  isClosed = false;

  run(task: BiasTask): Promise<Bias | null> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ task, resolve, reject });
    });
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  answer(): void {
    const next = this.waiting.shift()!;
    next.resolve(computeBias(next.task));
  }
}

class Rig {
  readonly actor: AnalysisActor;
  readonly reader: BiasReader;
  readonly counters: CounterBlock;
  readonly ring: Publication;
  nowNs = 1e9;
  private readonly trade = new TradeTick();

  constructor(openPool: () => BiasPool, config: Partial<AnalysisConfig> = {}, seedBars: SeedBars[] = []) {
    const count = 4;
    const map = new MemoryMapBuilder();
    const ring = map.reserve('ring', ringBytes(RING.capacityBytes));
    const bias = map.reserve('bias', biasBytes(count));
    const counters = map.reserve('counters', COUNTER_BLOCK_BYTES);
    const buffer = new SharedArrayBuffer(map.seal().byteLength);
    this.counters = new CounterBlock(buffer, counters);
    this.ring = new Publication(buffer, ring, RING, null);
    this.reader = new BiasReader(buffer, bias, count);
    this.actor = new AnalysisActor({
      trades: [new Subscription(buffer, ring, RING)],
      tradesRings: [new RingMonitor(buffer, ring, RING)],
      instruments: Array.from({ length: count }, (_, index) => instrument(index, `SYM${index}USDT`)),
      bias: new BiasWriter(buffer, bias, count),
      counters: this.counters,
      config: { ...CONFIG, ...config },
      openPool,
      seedBars,
    });
    this.actor.onStart(this.nowNs);
  }

  send(index: number, timeMs: number, priceTicks: number): boolean {
    const at = this.ring.tryClaim(TRADE_TICK, TRADE_TICK_BYTES);
    if (at < 0) return false;
    const trade = this.trade.wrap(this.ring.view, at);
    trade.priceTicks = priceTicks;
    trade.qtyLots = 10;
    trade.tradeId = timeMs;
    trade.exchangeTsMs = timeMs;
    trade.recvNs = 1;
    trade.decodedNs = 1;
    trade.bookedNs = 1;
    trade.instrumentIndex = index;
    trade.side = SIDE.buy;
    this.ring.commit();
    return true;
  }

  /** A trade every 250 ms of market time with rising prices, worked off as it comes. */
  rise(index: number, trades: number, fromMs: number = START_MS): void {
    for (let step = 0; step < trades; step++) {
      this.send(index, fromMs + step * 250, 100_000 + (fromMs - START_MS) / 250 + step);
      this.work();
    }
  }

  work(): number {
    return this.actor.doWork(this.nowNs);
  }

  /** Lets engine time pass. */
  pass(ms: number): void {
    this.nowNs += ms * 1e6;
    this.work();
  }

  async settle(what: string, holds: () => boolean): Promise<void> {
    await until(what, () => {
      this.work();
      return holds();
    });
  }

  count(name: keyof typeof ANALYSIS_COUNTER): number {
    return this.counters.read(ANALYSIS_COUNTER[name]);
  }
}

const rigs: Rig[] = [];

function rig(...args: ConstructorParameters<typeof Rig>): Rig {
  const made = new Rig(...args);
  rigs.push(made);
  return made;
}

afterEach(async () => {
  for (const { actor } of rigs.splice(0)) {
    actor.onClose();
    await actor.closed();
  }
});

function realPool(): BiasPool {
  return openBiasPool({ threads: 1, queueMax: 4 });
}

function faultyPool(): BiasPool {
  const file = new URL('../fixtures/bias-task-faulty.ts', import.meta.url);
  return openBiasPool({ threads: 2, queueMax: 4, file, task: 'faultyTask' });
}

describe('the analysis actor', () => {
  test('trades become bars, a pool analyses them, and a frame appears that matches the model', async () => {
    const own = rig(realPool);
    const oracle = new InstrumentAnalysis(0, QUICK, { fastPeriod: 4, slowPeriod: 8, coverageMin: 0.25 });
    const random = new Prng(6);
    let price = 100_000;
    for (let step = 0; step < 400; step++) {
      price += random.nextInt(9) - 3;
      const timeMs = START_MS + step * 250;
      own.send(0, timeMs, price);
      oracle.addTrade(timeMs, price, 10);
      own.work();
    }
    await own.settle('every analysis is done', () => {
      const ended = own.count('biasesPublished') + own.count('noViews');
      return ended > 0 && ended === own.count('tasksStarted');
    });
    own.send(0, START_MS + 400 * 250, price);
    oracle.addTrade(START_MS + 400 * 250, price, 10);
    const before = own.count('biasesPublished');
    own.pass(1_500);
    await own.settle('the last one', () => own.count('biasesPublished') > before);
    expect(own.reader.readFresh(0, own.nowNs)).toBe(true);
    const expected = computeBias(oracle.task())!;
    expect(own.reader.value).toBeCloseTo(expected.value, 9);
    expect([...own.reader.trends]).toEqual([...expected.trends]);
    expect(own.reader.pocTicks).toBe(expected.pocTicks);
    expect(own.reader.validUntilNs - own.reader.producedNs).toBe(60_000e6);
    expect(own.reader.read(1)).toBe(false);
    expect(own.count('tradesRead')).toBe(401);
    expect(own.count('barsClosed')).toBe(100 + 20);
  });

  test('too little history is no view: nothing is published', async () => {
    const own = rig(realPool);
    own.rise(0, 28);
    own.pass(1_500);
    await own.settle(
      'an answer',
      () => own.count('noViews') > 0 && own.count('tasksStarted') === own.count('noViews'),
    );
    expect(own.count('biasesPublished')).toBe(0);
    expect(own.reader.read(0)).toBe(false);
  });

  test('bars from before the start give a view at once, and those already known are not taken twice', async () => {
    const bars: ClosedBar[] = [];
    const builder = new BarBuilder(2, 1_000, (bar) => bars.push({ ...bar, kind: 'closed' }));
    for (let step = 0; step < 200; step++) builder.addTrade(START_MS - 50_000 + step * 250, 99_800 + step, 1);
    const seed: SeedBars = { instrumentIndex: 2, timeframe: '1m', bars };
    const own = rig(realPool, {}, [seed, seed]);
    own.send(2, START_MS + 100, 100_010);
    own.work();
    own.pass(1_500);
    await own.settle('a frame', () => own.count('biasesPublished') > 0);
    expect(own.reader.readFresh(2, own.nowNs)).toBe(true);
    expect(own.reader.trends[0]).toBe(100);
    expect(own.reader.trends[1]).toBeNaN();
  });

  test('without new trades a frame is not repeated: it runs out', async () => {
    const own = rig(realPool, { biasTtlMs: 5_000 });
    own.rise(0, 200);
    await own.settle('a frame', () => own.count('biasesPublished') > 0);
    own.pass(1_500);
    await own.settle(
      'all analyses',
      () => own.count('biasesPublished') + own.count('noViews') === own.count('tasksStarted'),
    );
    expect(own.reader.readFresh(0, own.nowNs)).toBe(true);
    const started = own.count('tasksStarted');
    for (let second = 0; second < 10; second++) own.pass(1_000);
    expect(own.count('tasksStarted')).toBe(started);
    expect(own.reader.readFresh(0, own.nowNs)).toBe(false);
  });

  test('a view that is lost takes its frame back at once', async () => {
    const pool = new ManualPool();
    const own = rig(() => pool);
    own.rise(0, 60);
    pool.waiting.shift()!.resolve({
      value: 70,
      supportTicks: 1,
      resistanceTicks: 2,
      pocTicks: 3,
      trends: new Float64Array(7),
    });
    await own.settle('the frame', () => own.reader.readFresh(0, own.nowNs));
    await own.settle('the next analysis', () => pool.waiting.length > 0);
    pool.waiting.shift()!.resolve(null);
    await own.settle('it is gone', () => !own.reader.readFresh(0, own.nowNs));
    expect(own.count('noViews')).toBe(1);
  });
});

describe('scheduling', () => {
  test('one analysis per instrument is in flight; what comes meanwhile is one analysis more', async () => {
    const pool = new ManualPool();
    const own = rig(() => pool);
    for (let step = 0; step < 80; step++) {
      own.send(0, START_MS + step * 250, 100_000 + step);
      own.send(1, START_MS + step * 250, 200_000 - step);
      own.work();
    }
    expect(pool.waiting.map(({ task }) => task.instrumentIndex)).toEqual([0, 1]);
    expect(own.count('tasksStarted')).toBe(2);
    expect(own.count('tasksSuperseded')).toBeGreaterThan(20);
    pool.answer();
    await own.settle('the follow-up of instrument 0', () => pool.waiting.length === 2);
    expect(pool.waiting.map(({ task }) => task.instrumentIndex)).toEqual([1, 0]);
    expect(pool.waiting[1].task.timeframes[0].closes).toHaveLength(19);
  });

  test('a stuck pool holds nothing up: trades are taken, work stays bounded, the overdue task is ended', () => {
    const pool = new ManualPool();
    let aborted = 0;
    const own = rig(() => ({
      run: (task, signal) => {
        signal.addEventListener('abort', () => aborted++);
        return pool.run(task);
      },
      close: () => pool.close(),
    }));
    for (let round = 0; round < 50; round++) {
      for (let step = 0; step < 20; step++) own.send(0, START_MS + (round * 20 + step) * 250, 100_000 + step);
      while (own.work() > 0);
    }
    expect(own.count('tradesRead')).toBe(1_000);
    expect(pool.waiting).toHaveLength(1);
    expect(aborted).toBe(0);
    own.pass(10_500);
    expect(aborted).toBe(1);
    expect(own.count('tasksTimedOut')).toBe(1);
  });

  test('trades the ring dropped are counted, each once', () => {
    const pool = new ManualPool();
    const own = rig(() => pool);
    let refused = 0;
    for (let step = 0; step < 2_000; step++) if (!own.send(0, START_MS + step, 100_000 + step)) refused++;
    expect(refused).toBeGreaterThan(0);
    own.pass(2_000);
    expect(own.count('tradesMissed')).toBe(refused);
    own.pass(2_000);
    expect(own.count('tradesMissed')).toBe(refused);
  });

  test('closing ends the pool and what was in flight', async () => {
    const pool = new ManualPool();
    const own = rig(() => pool);
    own.rise(0, 40);
    own.actor.onClose();
    await own.actor.closed();
    expect(pool.isClosed).toBe(true);
    pool.answer();
    await Promise.resolve();
    expect(own.reader.read(0)).toBe(false);
  });
});

describe('a pool that fails', () => {
  test('tasks that throw, kill their thread or hang are counted; the other instruments go on', async () => {
    const own = rig(faultyPool, { taskTimeoutMs: 800 });
    for (const index of [0, 1, 2]) own.rise(index, 60);
    await own.settle('instrument 0 has a frame', () => own.reader.read(0));
    await own.settle('two failures', () => own.count('tasksFailed') >= 2);
    expect([own.reader.read(1), own.reader.read(2)]).toEqual([false, false]);
    own.rise(3, 60);
    const failed = own.count('tasksFailed');
    await own.settle('the hanging one runs', () => own.count('tasksStarted') >= 4);
    own.pass(1_500);
    await own.settle(
      'it was ended',
      () => own.count('tasksTimedOut') >= 1 && own.count('tasksFailed') > failed,
    );
    expect(own.reader.read(3)).toBe(false);
    const { version } = (own.reader.read(0), own.reader);
    own.rise(0, 60, START_MS + 60 * 250);
    own.pass(1_500);
    await own.settle(
      'instrument 0 has a newer frame',
      () => own.reader.read(0) && own.reader.version > version,
    );
  });

  test('a pool file that does not load is a failure per task, not the end of the actor', async () => {
    const file = new URL('../fixtures/no-such-task.ts', import.meta.url);
    const own = rig(() => openBiasPool({ threads: 1, queueMax: 4, file }));
    own.rise(0, 60);
    expect(own.count('tasksStarted')).toBe(1);
    own.pass(10_500);
    await own.settle('the failure', () => own.count('tasksFailed') > 0);
    expect(own.count('tasksTimedOut')).toBe(1);
    await own.settle('a new attempt', () => own.count('tasksStarted') > 1);
    own.rise(0, 60, START_MS + 60 * 250);
    expect(own.count('tradesRead')).toBe(120);
    expect(own.reader.read(0)).toBe(false);
  });

  test('more tasks than threads and queue places are refused, not kept', async () => {
    const pool = openBiasPool({ threads: 1, queueMax: 1 });
    try {
      const task: BiasTask = {
        instrumentIndex: 0,
        slotCount: 7,
        config: { fastPeriod: 4, slowPeriod: 8, coverageMin: 0 },
        timeframes: [],
      };
      const runs = Array.from({ length: 10 }, () => pool.run(task, new AbortController().signal));
      const results = await Promise.allSettled(runs);
      const refused = results.filter(({ status }) => status === 'rejected').length;
      expect(refused).toBe(8);
      expect(await pool.run(task, new AbortController().signal)).toBeNull();
    } finally {
      await pool.close();
    }
  });
});

describe('its parts', () => {
  test('a history keeps the newest bars in order, whatever their number', () => {
    const history = new BarHistory(5);
    const known: number[] = [];
    for (let step = 1; step <= 37; step++) {
      const bar = {
        openTimeMs: step * 10,
        highTicks: step + 1,
        lowTicks: step - 1,
        closeTicks: step,
        volumeLots: 2,
      };
      expect(history.append(bar as ClosedBar)).toBe(true);
      expect(history.append(bar as ClosedBar)).toBe(false);
      known.push(step);
      const { closes, highs, lows, volumes } = history.columns();
      expect([...closes]).toEqual(known.slice(-5));
      expect([...highs]).toEqual(known.slice(-5).map((close) => close + 1));
      expect([...lows]).toEqual(known.slice(-5).map((close) => close - 1));
      expect(volumes).toHaveLength(closes.length);
    }
  });
});
