import { describe, expect, test } from 'vitest';
import { ORDERS_MAX, STRATEGY_TIMERS_MAX } from '../../engine/core/limits.ts';
import { BOOK_FLAG, COMMAND, GAP_REASON, ORDER_STATE } from '../../engine/messages/enums.ts';
import { ORDER_TYPE, SIDE, SUBMIT_REFUSED, TIME_IN_FORCE } from '../../engine/strategy/port.ts';
import type { Strategy, StrategyContext } from '../../engine/strategy/port.ts';
import { fieldsOf } from '../fixtures/orderbook-rig.ts';
import { StrategyRig } from '../fixtures/strategy-rig.ts';

const buy = (context: StrategyContext, qtyLots = 10, instrumentIndex = 0): number =>
  context.submit(instrumentIndex, SIDE.buy, ORDER_TYPE.limit, TIME_IN_FORCE.gtc, 101, qtyLots);

/** A strategy that buys once on each book. */
const buyer = (): Strategy => ({ onBook: (context) => void buy(context) });

describe('what strategies see', () => {
  test('a book update shows the shared book and its hops travel with the order', () => {
    const seen: unknown[] = [];
    const rig = new StrategyRig([
      () => ({
        onBook(context, book) {
          seen.push([
            book.updateId,
            book.bidTicks,
            book.askTicks,
            book.midTicks,
            book.spreadTicks,
            book.isConflated,
          ]);
          buy(context);
        },
      }),
    ]);
    rig.book(5, 100, 102);
    rig.turn();
    expect(seen).toEqual([[5, 100, 102, 101, 2, false]]);
    expect(
      fieldsOf(
        rig.requests(),
        'OrderRequest',
        'intentSeq',
        'recvNs',
        'decodedNs',
        'bookedNs',
        'signalledNs',
        'side',
      ),
    ).toEqual([[1001, 50, 51, 52, rig.clock.nowNs(), 'buy']]);
  });

  test('updates of a state already seen are skipped, and a book newer than its update counts as conflated', () => {
    const seen: unknown[] = [];
    const rig = new StrategyRig([
      () => ({ onBook: (_, book) => seen.push([book.updateId, book.isConflated]) }),
    ]);
    rig.book(5, 100, 102);
    rig.book(6, 100, 102);
    rig.book(7, 100, 103);
    rig.turn();
    rig.book(8, 100, 103);
    rig.turn();
    expect(seen).toEqual([
      [7, true],
      [8, false],
    ]);
    expect([rig.count('booksDelivered'), rig.count('booksSuperseded')]).toEqual([2, 2]);
  });

  test('a hidden book is announced once per hiding and cannot be read, neither by update nor by asking', () => {
    const seen: unknown[] = [];
    const rig = new StrategyRig([
      () => ({
        onBook: (context) => seen.push(context.book(0)?.updateId),
        onBookHidden: (context, index, reason) => seen.push([index, reason, context.book(0)]),
      }),
    ]);
    rig.book(5, 100, 102);
    rig.hide(GAP_REASON.crossed);
    rig.turn();
    rig.book(6, 100, 102);
    rig.turn();
    expect(seen).toEqual([[0, GAP_REASON.crossed, null], 6]);
    expect(rig.count('booksUnreadable')).toBe(1);
  });

  test('trades make bars; quiet bars close by the venue clock; missed trades make them incomplete', () => {
    const bars: unknown[] = [];
    const rig = new StrategyRig([
      () => ({
        onStart: (context) => context.subscribeBars(0, 100),
        onBar: (_, bar) => bars.push([bar.openTimeMs, bar.closeTicks, bar.volumeLots, bar.isComplete]),
      }),
    ]);
    rig.trade(1_050, 10, 1);
    rig.trade(1_120, 11, 2);
    rig.book(1, 100, 102, 1_349);
    rig.turn();
    rig.tell(2, BOOK_FLAG.valid | BOOK_FLAG.tradesMissed, 0, 1_420, 0);
    rig.trade(1_550, 12, 1);
    rig.trade(1_650, 13, 1);
    rig.turn();
    expect(bars).toEqual([
      [1_000, 10, 1, false],
      [1_100, 11, 2, true],
      [1_200, 11, 0, false],
      [1_300, 11, 0, false],
      [1_400, 11, 0, false],
      [1_500, 12, 1, true],
    ]);
    expect(rig.count('bars')).toBe(6);
  });

  test('timers fire once when due, in order of their time; setting one again moves it; the bound holds', () => {
    const fired: unknown[] = [];
    const rig = new StrategyRig([
      () => ({
        onStart(context) {
          context.setTimer(1, 5_000);
          context.setTimer(2, 3_000);
          context.setTimer(3, 3_000);
          context.setTimer(1, 4_000);
          context.setTimer(4, 3_500);
          context.clearTimer(4);
          for (let id = 10; id < 10 + STRATEGY_TIMERS_MAX - 3; id++)
            expect(context.setTimer(id, 1e9)).toBe(true);
          expect(context.setTimer(999, 1)).toBe(false);
        },
        onTimer(context, timerId) {
          fired.push([timerId, context.nowNs]);
          if (timerId === 2) context.setTimer(2, 0);
        },
      }),
    ]);
    rig.turn(2_999);
    expect(fired).toEqual([]);
    expect(rig.actor.hasWork()).toBe(false);
    rig.turn(1);
    rig.clock.advanceTo(3_500);
    expect(rig.actor.hasWork()).toBe(true);
    rig.turn(1_000);
    expect(fired).toEqual([
      [2, 3_000],
      [3, 3_000],
      [2, 4_500],
      [1, 4_500],
    ]);
  });

  test('bias is null when there is none or it has run out, never zero', () => {
    const seen: unknown[] = [];
    const rig = new StrategyRig([
      () => ({ onTrade: (context) => seen.push(context.bias(0)?.value ?? null) }),
    ]);
    const content = {
      value: -40,
      supportTicks: NaN,
      resistanceTicks: NaN,
      pocTicks: NaN,
      keyLevelTicks: NaN,
      scores: [],
    };
    rig.trade(1, 1, 1);
    rig.turn();
    rig.bias.publish(0, content, 0, 10_000);
    rig.trade(1, 1, 1);
    rig.turn();
    rig.trade(1, 1, 1);
    rig.turn(20_000);
    expect(seen).toEqual([null, -40, null]);
  });
});

describe('orders and reports', () => {
  test('a position contains every fill the strategy was told of, before and after risk has taken it in', () => {
    const seen: unknown[] = [];
    const rig = new StrategyRig([
      () => ({
        onFill: (context, fill) => seen.push([fill.orderId, context.position(0).netLots]),
        onTrade: (context) => seen.push(context.position(0).netLots),
      }),
    ]);
    rig.fillOrder({ fillSeq: 1, intentSeq: 1_001, side: SIDE.buy, qtyLots: 7 });
    rig.fillOrder({ fillSeq: 2, intentSeq: 1_001, side: SIDE.sell, qtyLots: 2 });
    rig.turn();
    rig.positions.applyFill(0, 1, SIDE.buy, 101, 7, 0, 0);
    rig.trade(1, 1, 1);
    rig.turn();
    rig.positions.applyFill(0, 2, SIDE.sell, 101, 2, 0, 0);
    rig.trade(1, 1, 1);
    rig.turn();
    expect(seen).toEqual([[1_001, 7], [1_001, 5], 5, 5]);
  });

  test('two strategies in one instrument have a position of their own each, and the account has the sum', () => {
    const seen: unknown[] = [];
    const look = (name: string): Strategy => ({
      onFill: (context) => seen.push([name, context.position(0).netLots, context.accountPosition(0).netLots]),
      onTrade: (context) =>
        seen.push([name, context.position(0).netLots, context.accountPosition(0).netLots]),
    });
    const rig = new StrategyRig([() => look('a'), () => look('b')]);
    rig.fillOrder({ fillSeq: 1, intentSeq: 1_001, side: SIDE.buy, qtyLots: 7, strategyIndex: 0 });
    rig.fillOrder({ fillSeq: 2, intentSeq: 1_002, side: SIDE.sell, qtyLots: 7, strategyIndex: 1 });
    rig.turn();
    expect(seen.splice(0)).toEqual([
      ['a', 7, 7],
      ['b', -7, 0],
    ]);
    // Risk has taken in the first, then both; then one more that nobody here ordered.
    rig.positions.applyFill(0, 1, SIDE.buy, 101, 7, 0, 0, 0);
    rig.trade(1, 1, 1);
    rig.turn();
    rig.positions.applyFill(0, 2, SIDE.sell, 101, 7, 0, 0, 1);
    rig.positions.applyFill(0, 3, SIDE.buy, 101, 2, 0, 0, -1);
    rig.trade(1, 1, 1);
    rig.turn();
    expect(seen).toEqual([
      ['a', 7, 0],
      ['b', -7, 0],
      ['a', 7, 2],
      ['b', -7, 2],
    ]);
  });

  test('a fill that comes again is ignored, also by the next incarnation', () => {
    let fills = 0;
    const rig = new StrategyRig([() => ({ onFill: () => void fills++ })]);
    rig.fillOrder({ fillSeq: 4, intentSeq: 1_001, side: SIDE.buy, qtyLots: 7 });
    rig.fillOrder({ fillSeq: 4, intentSeq: 1_001, side: SIDE.buy, qtyLots: 7 });
    rig.turn();
    rig.restart();
    rig.fillOrder({ fillSeq: 4, intentSeq: 1_001, side: SIDE.buy, qtyLots: 7 });
    rig.fillOrder({ fillSeq: 5, intentSeq: 1_001, side: SIDE.buy, qtyLots: 7 });
    rig.turn();
    expect([fills, rig.count('fillsRepeated')]).toEqual([2, 2]);
  });

  test('bad arguments, a pause and a full ring are refused with their codes; no intent number is used up', () => {
    const results: number[] = [];
    const { limit, market } = ORDER_TYPE;
    const { ioc } = TIME_IN_FORCE;
    const rig = new StrategyRig([
      () => ({
        onTrade(context) {
          for (const [index, side, type, price, qty] of [
            [9, 1, limit, 1, 1],
            [0, 3, limit, 1, 1],
            [0, 1, 9, 1, 1],
            [0, 1, limit, 0, 1],
            [0, 1, limit, 1.5, 1],
            [0, 1, market, 5, 1],
            [0, 1, limit, 1, 0],
            [0, 1, limit, 1, NaN],
          ]) {
            results.push(context.submit(index, side, type, ioc, price, qty));
          }
        },
        onBook: (context) => results.push(buy(context)),
      }),
    ]);
    rig.trade(1, 1, 1);
    rig.turn();
    expect(results).toEqual(results.map(() => SUBMIT_REFUSED.badArgument));
    rig.command(COMMAND.pause);
    rig.book(1, 100, 102);
    rig.turn();
    rig.command(COMMAND.unpause);
    const stuffed = rig.strategyToRisk.stuff();
    rig.book(2, 100, 102);
    rig.turn();
    expect(rig.requests().length).toBe(stuffed);
    rig.book(3, 100, 102);
    rig.turn();
    expect(results.slice(8)).toEqual([SUBMIT_REFUSED.paused, SUBMIT_REFUSED.backPressured, 1_001]);
  });

  test('cancel and replace speak of own open orders only', () => {
    const results: unknown[] = [];
    let orderId = 0;
    const rig = new StrategyRig([
      () => ({
        onBook(context, book) {
          if (book.updateId === 1) orderId = buy(context);
          else results.push(context.replace(orderId, 99, 3), context.cancel(orderId), context.cancel(4));
        },
        onReport: (_, report) => results.push([report.orderId, report.state, report.isTerminal]),
      }),
      () => ({
        onBook: (context, book) => void (book.updateId === 2 && results.push(context.replace(1_001, 9, 9))),
      }),
    ]);
    rig.book(1, 100, 102);
    rig.turn();
    rig.book(2, 100, 102);
    rig.turn();
    expect(results).toEqual([1_002, true, true, SUBMIT_REFUSED.badArgument]);
    const requests = rig.requests();
    expect(
      fieldsOf(requests, 'ReplaceRequest', 'intentSeq', 'replacedIntentSeq', 'priceTicks', 'qtyLots'),
    ).toEqual([[1_002, 1_001, 99, 3]]);
    expect(fieldsOf(requests, 'CancelRequest', 'intentSeq')).toEqual([[1_001]]);
    rig.report({ intentSeq: 1_001, state: ORDER_STATE.canceled });
    rig.turn();
    expect(results.at(-1)).toEqual([1_001, ORDER_STATE.canceled, true]);
    rig.book(3, 100, 102);
    rig.turn();
    expect(results.at(-3)).toBe(SUBMIT_REFUSED.badArgument);
  });

  test('no more orders are followed than the engine can hold; ended ones make room', () => {
    const results: number[] = [];
    const rig = new StrategyRig([() => ({ onTrade: (context) => results.push(buy(context)) })]);
    for (let count = 0; count <= ORDERS_MAX; count++) {
      rig.trade(1, 1, 1);
      rig.turn();
      rig.requests();
    }
    expect(results.at(-1)).toBe(SUBMIT_REFUSED.backPressured);
    expect(new Set(results).size).toBe(ORDERS_MAX + 1);
    rig.report({ intentSeq: results[0], state: ORDER_STATE.denied });
    rig.trade(1, 1, 1);
    rig.turn();
    expect(results.at(-1)).toBeGreaterThan(0);
  });

  test('after a restart the open orders of before are reported, cancellable, and numbers go on', () => {
    const results: unknown[] = [];
    const create = (): Strategy => ({
      onBook: (context) => results.push(buy(context)),
      onReport(context, report) {
        results.push([report.orderId, report.state, report.previousState, report.qtyLots]);
        context.cancel(report.orderId);
      },
    });
    const rig = new StrategyRig([create]);
    rig.book(1, 100, 102);
    rig.turn();
    rig.requests();
    const slot = rig.orders.alloc(1_001);
    rig.orders.qtyLots[slot] = 10;
    rig.orders.publish(slot, ORDER_STATE.accepted);
    rig.restart();
    expect(results).toEqual([1_001, [1_001, ORDER_STATE.accepted, ORDER_STATE.accepted, 10]]);
    expect(fieldsOf(rig.requests(), 'CancelRequest', 'intentSeq')).toEqual([[1_001]]);
    rig.book(2, 100, 102);
    rig.turn();
    expect(results.at(-1)).toBe(1_002);
  });

  test('drain cancels everything and takes no new orders; what finds no room is repeated', () => {
    const rig = new StrategyRig([buyer, buyer]);
    rig.book(1, 100, 102);
    rig.turn();
    rig.requests();
    rig.strategyToRisk.stuff();
    rig.command(COMMAND.drain);
    rig.turn();
    expect(rig.actor.hasWork()).toBe(true);
    rig.requests();
    rig.book(2, 100, 102);
    rig.turn();
    const requests = rig.requests();
    expect(fieldsOf(requests, 'CancelRequest', 'intentSeq')).toEqual([[1_001], [1_002]]);
    expect(fieldsOf(requests, 'OrderRequest', 'intentSeq')).toEqual([]);
    expect(rig.actor.hasWork()).toBe(false);
  });

  test('signals go to journal and telemetry; while the journal is full they wait and no market data is taken', () => {
    const rig = new StrategyRig([
      () => ({ onTrade: (context, trade) => context.signal(0, SIDE.sell, -2.5, trade.priceTicks, 'label') }),
    ]);
    rig.toJournal.stuff();
    rig.trade(1, 55, 1);
    rig.turn();
    rig.trade(1, 56, 1);
    rig.turn();
    expect([rig.count('trades'), rig.count('journalHeldBack')]).toEqual([1, 1]);
    rig.toJournal.drain();
    rig.turn();
    rig.turn();
    const fields = ['priceTicks', 'side', 'strength', 'label'] as const;
    const expected = [
      [55, 'sell', -2.5, 'label'],
      [56, 'sell', -2.5, 'label'],
    ];
    expect(fieldsOf(rig.toJournal.drain(), 'Signal', ...fields)).toEqual(expected);
    expect(fieldsOf(rig.toApi.drain(), 'Signal', ...fields)).toEqual(expected);
  });
});

describe('a strategy that throws', () => {
  const boom = (): never => {
    throw new TypeError('boom');
  };
  /** Each callback with what makes the actor call it. */
  const callbacks: readonly [keyof Strategy, (rig: StrategyRig) => void][] = [
    ['onStart', (): void => undefined],
    ['onBook', (rig): void => rig.book(2, 100, 102)],
    ['onBookHidden', (rig): void => rig.hide(GAP_REASON.stale)],
    ['onTrade', (rig): void => rig.trade(1_000, 10, 1)],
    ['onBar', (rig): void => (rig.trade(2_000, 10, 1), rig.trade(2_200, 10, 1))],
    ['onTimer', (rig): void => rig.clock.advanceTo(rig.clock.nowNs() + 1e6)],
    ['onReport', (rig): void => rig.report({ intentSeq: 1_001, state: ORDER_STATE.accepted })],
    ['onFill', (rig): void => rig.fillOrder({ fillSeq: 1, intentSeq: 1_001, side: SIDE.buy, qtyLots: 1 })],
  ];

  for (const [callback, provoke] of callbacks) {
    test(`in ${callback} is switched off and named, its orders are cancelled, the others go on`, () => {
      let otherBooks = 0;
      let callsAfter = 0;
      let hasThrown = false;
      const faulty = (): Strategy => {
        const strategy: Record<string, unknown> = {
          onStart(context: StrategyContext) {
            context.subscribeBars(0, 100);
            context.setTimer(1, 500_000);
            buy(context);
            if (callback === 'onStart') boom();
          },
        };
        for (const [name] of callbacks) {
          if (name === 'onStart') continue;
          strategy[name] = (): void => {
            if (hasThrown) callsAfter++;
            if (name !== callback) return;
            hasThrown = true;
            boom();
          };
        }
        return strategy;
      };
      const rig = new StrategyRig([faulty, (): Strategy => ({ onBook: () => void otherBooks++ })]);
      rig.book(1, 100, 102);
      rig.turn();
      provoke(rig);
      rig.turn();
      expect(rig.count('strategiesFaulted')).toBe(1);
      expect(rig.errors.readAll().map((entry) => entry.text)).toEqual([
        `STRATEGY_FAULTED s0.${callback}: TypeError: boom`,
      ]);
      expect(fieldsOf(rig.toSupervisor.drain(), 'LogRecord', 'level', 'message')).toEqual([
        ['error', `STRATEGY_FAULTED s0.${callback}: TypeError: boom`],
      ]);
      expect(fieldsOf(rig.requests(), 'CancelRequest', 'intentSeq', 'strategyIndex')).toEqual([[1_001, 0]]);
      const before = otherBooks;
      for (const [, again] of callbacks) {
        again(rig);
        rig.turn();
      }
      rig.report({ intentSeq: 1_001, state: ORDER_STATE.partiallyFilled });
      rig.turn();
      expect([callsAfter, rig.count('strategiesFaulted')]).toEqual([0, 1]);
      rig.book(50, 100, 102);
      rig.turn();
      expect(otherBooks).toBeGreaterThan(before);
      expect(rig.requests()).toEqual([]);
    });
  }

  test('in onStop ends as quietly as one that does not; cancels that found no room are repeated', () => {
    const stopping = new StrategyRig([() => ({ onStop: boom })]);
    stopping.actor.onClose();
    expect(stopping.errors.readAll().map((entry) => entry.text)).toEqual([
      'STRATEGY_FAULTED s0.onStop: TypeError: boom',
    ]);
    const rig = new StrategyRig([
      () => ({
        onBook(context, book) {
          if (book.updateId === 1) buy(context);
          else boom();
        },
      }),
    ]);
    rig.book(1, 100, 102);
    rig.turn();
    rig.requests();
    rig.strategyToRisk.stuff();
    rig.book(2, 100, 102);
    rig.turn();
    expect(rig.count('cancelsRetried')).toBe(1);
    rig.requests();
    rig.turn();
    expect(fieldsOf(rig.requests(), 'CancelRequest', 'intentSeq')).toEqual([[1_001]]);
  });

  test('a bar subscription outside onStart or with a bad length is an error of the strategy', () => {
    const rig = new StrategyRig([
      () => ({ onStart: (context) => context.subscribeBars(0, 1.5) }),
      () => ({ onBook: (context) => context.subscribeBars(0, 100) }),
    ]);
    rig.book(1, 100, 102);
    rig.turn();
    expect(rig.errors.readAll().map((entry) => entry.text)).toEqual([
      'STRATEGY_FAULTED s0.onStart: RangeError: subscribeBars: a bar lasts a whole number of milliseconds, not 1.5',
      'STRATEGY_FAULTED s1.onBook: RangeError: subscribeBars: only in onStart and onInstrument',
    ]);
  });
});
