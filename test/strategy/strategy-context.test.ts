import { describe, expect, test } from 'vitest';
import { GAP_REASON, SIGNAL_OUTCOME } from '../../engine/messages/enums.ts';
import { ORDER_TYPE, SIDE, TIME_IN_FORCE } from '../../engine/strategy/port.ts';
import type { ProposedSignal, Strategy, StrategyContext } from '../../engine/strategy/port.ts';
import { fieldsOf } from '../fixtures/orderbook-rig.ts';
import { StrategyRig } from '../fixtures/strategy-rig.ts';

const SECOND = 1e9;

/** A rig with these strategies, and the context of the first. */
function rigOf(
  strategies: readonly Strategy[] = [{}],
  instrumentCount = 1,
): { rig: StrategyRig; context: StrategyContext } {
  let kept: StrategyContext | null = null;
  const [first, ...others] = strategies;
  const keeping: Strategy = { ...first, onStart: (context) => void (kept = context) };
  const rig = new StrategyRig([() => keeping, ...others.map((each) => () => each)], instrumentCount);
  return { rig, context: kept! };
}

const rest = (context: StrategyContext, instrumentIndex = 0): number =>
  context.submit(instrumentIndex, SIDE.buy, ORDER_TYPE.limit, TIME_IN_FORCE.gtc, 90, 10);

const SIGNAL: ProposedSignal = {
  side: SIDE.buy,
  confidence: 72,
  entryTicks: 100,
  stopTicks: 95,
  targetTicks: 110,
  score: 40,
  viewClass: 1,
  alignment: 0,
  reasons: 3,
  expiresNs: 30e9,
};

describe('what a strategy may ask', () => {
  test('cancelAll cancels its own open orders, of all instruments or of one, and nobody else’s', () => {
    const { rig, context } = rigOf([{}, { onStart: (other) => void rest(other) }], 2);
    const [a, b] = [rest(context, 0), rest(context, 1)];
    rig.requests();
    context.cancelAll(1);
    expect(fieldsOf(rig.requests(), 'CancelRequest', 'intentSeq')).toEqual([[b]]);
    context.cancelAll();
    expect(fieldsOf(rig.requests(), 'CancelRequest', 'intentSeq')).toEqual([[a], [b]]);
  });

  test('equity is what it began with, profit, fees and what is open at the middle of its book', () => {
    const { rig, context } = rigOf([{}], 2);
    // One cash unit of the rig's instruments is 0.0000001 of the quote asset.
    const unit = 0.01 * 0.00001;
    expect(context.equity(0)).toBeCloseTo(10_000 / unit, 0);
    rig.positions.applyFill(0, 1, SIDE.buy, 1_000, 10, 7, 0);
    expect(context.equity(0)).toBeNaN();
    rig.book(1, 1_010, 1_020);
    rig.turn();
    expect(context.equity(0) - 10_000 / unit).toBeCloseTo(15 * 10 - 7, 3);
    // The other instrument is quoted in the same asset.
    expect(context.equity(1)).toBeCloseTo(context.equity(0), 3);
    rig.hide(GAP_REASON.stale);
    rig.turn();
    expect(context.equity(0)).toBeNaN();
    rig.positions.applyFill(0, 2, SIDE.sell, 1_030, 10, 0, 0);
    expect(context.equity(0) - 10_000 / unit).toBeCloseTo(30 * 10 - 7, 3);
  });

  test('random numbers repeat from run to run and differ between strategies', () => {
    const draws = (index: number): number[] => {
      const drawn: number[] = [];
      const draw: Strategy = {
        onStart: ({ random }) =>
          void drawn.push(random.nextFloat(), random.nextInt(1_000), random.nextNormal()),
      };
      const rig = new StrategyRig(index === 0 ? [() => draw] : [() => ({}), () => draw]);
      expect(rig.count('strategiesFaulted')).toBe(0);
      return drawn;
    };
    expect(draws(0)).toEqual(draws(0));
    expect(draws(0)[0]).not.toBe(draws(1)[0]);
  });

  test('the time of the turn is there as monoNs and as epoch milliseconds', () => {
    const { rig, context } = rigOf();
    rig.turn(1_500_000_000);
    expect([context.nowNs, context.epochMs]).toEqual([1_500_000_000, 1_500]);
  });

  test('lines for the log carry level and name, ten a second', () => {
    const { rig, context } = rigOf();
    for (let line = 0; line < 12; line++) context.log('warn', `line ${line}`);
    const lines = fieldsOf(rig.toSupervisor.drain(), 'LogRecord', 'level', 'message');
    expect(lines.length).toBe(10);
    expect(lines[0]).toEqual(['warn', 's0: line 0']);
    rig.turn(SECOND);
    context.log('info', 'again');
    expect(fieldsOf(rig.toSupervisor.drain(), 'LogRecord', 'level', 'message')).toEqual([
      ['info', 's0: again'],
    ]);
    expect([rig.count('logLines'), rig.count('logLinesThinned')]).toEqual([11, 2]);
  });
});

describe('signals', () => {
  test('are recorded with plan, lifetime and number; what became of them names the number', () => {
    const { rig, context } = rigOf();
    rig.turn();
    const signalId = context.propose(0, SIGNAL, 'scalping');
    expect(signalId).toBeGreaterThan(1_000);
    context.settle(0, signalId, SIGNAL_OUTCOME.tooSmall, 0);
    const records = rig.toJournal.drain();
    expect(
      fieldsOf(
        records,
        'Signal',
        'signalSeq',
        'side',
        'confidence',
        'priceTicks',
        'stopTicks',
        'targetTicks',
        'label',
      ),
    ).toEqual([[signalId, 'buy', 72, 100, 95, 110, 'scalping']]);
    expect(fieldsOf(records, 'SignalOutcome', 'signalSeq', 'outcome', 'strategyIndex')).toEqual([
      [signalId, 'tooSmall', 0],
    ]);
  });

  test('are told to the other strategies of the actor in the same turn, once', () => {
    const heard: unknown[] = [];
    const listener: Strategy = {
      onSignal: (_, signal) =>
        heard.push([
          signal.strategyIndex,
          signal.label,
          signal.confidence,
          signal.entryTicks,
          signal.signalId,
        ]),
    };
    const { rig, context } = rigOf([{ onSignal: () => heard.push('own') }, listener]);
    context.signal(0, SIDE.sell, -2, 77, 'plain');
    const signalId = context.propose(0, SIGNAL, 'scalping');
    rig.turn();
    rig.turn();
    expect(heard).toEqual([
      [0, 'plain', 0, 77, 0],
      [0, 'scalping', 72, 100, signalId],
    ]);
  });

  test('made on hearing of one are told in the next turn, so that two who answer each other do not stop the actor', () => {
    let count = 0;
    const answering: Strategy = {
      onSignal(context) {
        count++;
        context.signal(0, SIDE.buy, 1, 1, 'answer');
      },
    };
    const { rig, context } = rigOf([answering, answering]);
    context.signal(0, SIDE.buy, 1, 1, 'first');
    rig.turn();
    expect(count).toBe(1);
    expect(rig.actor.hasWork()).toBe(true);
    rig.turn();
    expect(count).toBe(2);
  });
});

describe('explanations', () => {
  const trail = (rig: StrategyRig): unknown[][] =>
    fieldsOf(
      rig.toJournal.drain(),
      'Explanation',
      'why',
      'name0',
      'value0',
      'name1',
      'value1',
      'valueCount',
      'repeats',
    );

  test('are recorded when the reason changes, and once a second with how often it was said', () => {
    const { rig, context } = rigOf();
    const inputs = { spread: 3, most: 2 };
    for (let book = 0; book < 5; book++) context.explain(0, 'spread too wide', inputs);
    context.explain(0, 'no score', {});
    context.explain(0, 'no score', {});
    rig.turn(SECOND);
    context.explain(0, 'no score', {});
    expect(trail(rig)).toEqual([
      ['spread too wide', 'spread', 3, 'most', 2, 2, 0],
      ['no score', '', 0, '', 0, 0, 0],
      ['no score', '', 0, '', 0, 0, 1],
    ]);
  });

  test('are thinned out: twenty a second, and none at all of an instrument that is not there', () => {
    const { rig, context } = rigOf();
    for (let each = 0; each < 30; each++) context.explain(0, `reason ${each}`, {});
    context.explain(9, 'elsewhere', {});
    expect(trail(rig).length).toBe(20);
    expect(rig.count('explanationsThinned')).toBe(10);
  });

  test('keep the first four numbers', () => {
    const { rig, context } = rigOf();
    context.explain(0, 'many', { a: 1, b: 2, c: 3, d: 4, e: 5 });
    expect(fieldsOf(rig.toJournal.drain(), 'Explanation', 'name3', 'value3', 'valueCount')).toEqual([
      ['d', 4, 4],
    ]);
  });
});

describe('what a strategy is told', () => {
  test('health: the book is there for the first time, hidden, and there again', () => {
    const seen: unknown[] = [];
    const { rig } = rigOf([
      {
        onHealth: (_, health) => seen.push([health.isBookValid, health.reason]),
        onBook: (_, book) => seen.push(book.updateId),
      },
    ]);
    rig.book(1, 100, 102);
    rig.turn();
    rig.hide(GAP_REASON.sequenceGap);
    rig.turn();
    rig.book(2, 100, 102);
    rig.turn();
    expect(seen).toEqual([[true, 0], 1, [false, GAP_REASON.sequenceGap], [true, 0], 2]);
  });

  test('bias: each new frame once, and null when it has run out', () => {
    const seen: unknown[] = [];
    const { rig, context } = rigOf([
      {
        onBias: (_, index, bias) =>
          seen.push([index, bias === null ? null : [bias.value, bias.supportTicks]]),
      },
    ]);
    const publish = (value: number, forNs: number): void => {
      const content = {
        value,
        supportTicks: 90,
        resistanceTicks: NaN,
        pocTicks: 95,
        keyLevelTicks: 93,
        trends: [],
        scores: [],
      };
      rig.bias.publish(0, content, rig.clock.nowNs(), rig.clock.nowNs() + forNs);
    };
    rig.turn(SECOND);
    publish(50, SECOND);
    rig.turn(0.2 * SECOND);
    rig.turn(0.2 * SECOND);
    expect(context.bias(0)).toMatchObject({ pocTicks: 95, keyLevelTicks: 93 });
    publish(-20, SECOND);
    rig.turn(0.2 * SECOND);
    rig.turn(2 * SECOND);
    rig.turn(0.2 * SECOND);
    expect(seen).toEqual([
      [0, [50, 90]],
      [0, [-20, 90]],
      [0, null],
    ]);
  });

  test('what they throw there faults them by the callback’s name', () => {
    const { rig, context } = rigOf([
      {},
      {
        onSignal() {
          throw new Error('no');
        },
      },
      {
        onHealth() {
          throw new Error('neither');
        },
      },
    ]);
    context.signal(0, SIDE.buy, 1, 1, 'a');
    rig.book(1, 100, 102);
    rig.turn();
    const texts = rig.errors.readAll().map(({ text }) => text);
    expect(texts).toEqual([
      'STRATEGY_FAULTED s2.onHealth: Error: neither',
      'STRATEGY_FAULTED s1.onSignal: Error: no',
    ]);
    expect(rig.count('strategiesFaulted')).toBe(2);
  });

  test('a strategy that is switched off can open no bracket', () => {
    const { rig, context } = rigOf([
      {
        onBook() {
          throw new Error('over');
        },
      },
    ]);
    rig.book(1, 100, 102);
    rig.turn();
    const plan = {
      ...SIGNAL,
      isMarketable: true,
      qtyLots: 1,
      slippageTicks: 0,
      entryExpiresNs: 1e12,
      timeStopNs: 0,
    };
    expect(context.openBracket(0, plan)).toBeLessThan(0);
    expect(rig.requests()).toEqual([]);
  });
});
