/** Strategies come and go while the actor runs; nobody else notices. */
import { describe, expect, test } from 'vitest';
import { GONE_STRATEGY } from '../../engine/journal/run-strategies.ts';
import { COMMAND, ORDER_STATE } from '../../engine/messages/enums.ts';
import type { StrategySpec } from '../../engine/strategy/hosted-strategy.ts';
import { ORDER_TYPE, SIDE, TIME_IN_FORCE } from '../../engine/strategy/port.ts';
import type { Strategy, StrategyContext } from '../../engine/strategy/port.ts';
import { fieldsOf } from '../fixtures/orderbook-rig.ts';
import { StrategyRig } from '../fixtures/strategy-rig.ts';

const buy = (context: StrategyContext): number =>
  context.submit(0, SIDE.buy, ORDER_TYPE.limit, TIME_IN_FORCE.gtc, 101, 10);

/** Buys on its first book, and notes what it is called with. */
function buyer(seen: string[]): Strategy {
  let hasBought = false;
  return {
    onStart: () => void seen.push('start'),
    onBook(context) {
      seen.push('book');
      if (!hasBought) buy(context);
      hasBought = true;
    },
    onReport: (_, report) => void seen.push(`report ${report.orderId}`),
    onTrade: () => void seen.push('trade'),
    onBar: () => void seen.push('bar'),
    onTimer: () => void seen.push('timer'),
    onStop: () => void seen.push('stop'),
  };
}

const spec = (index: number, made: () => Strategy): StrategySpec => ({
  index,
  name: `s${index}`,
  create: made,
  params: {},
});

function add(rig: StrategyRig, index: number, made: () => Strategy): void {
  rig.loadStrategy = (asked) => spec(asked, made);
  rig.command(COMMAND.addStrategy, index);
  rig.turn();
}

function accepted(rig: StrategyRig, intentSeq: number, strategyIndex: number): void {
  rig.report({ intentSeq, strategyIndex, state: ORDER_STATE.accepted });
}

describe('adding', () => {
  test('an added strategy starts, sees the market and trades under its index; the others keep their orders', () => {
    const first: string[] = [];
    const added: string[] = [];
    const rig = new StrategyRig([() => buyer(first)]);
    rig.book(1, 100, 102);
    rig.turn();
    add(rig, 5, () => buyer(added));
    rig.book(2, 100, 102);
    rig.turn();
    expect(added).toEqual(['start', 'book']);
    expect(fieldsOf(rig.requests(), 'OrderRequest', 'intentSeq', 'strategyIndex')).toEqual([
      [1_001, 0],
      [1_002, 5],
    ]);
    accepted(rig, 1_001, 0);
    accepted(rig, 1_002, 5);
    rig.turn();
    expect([first.at(-1), added.at(-1)]).toEqual(['report 1001', 'report 1002']);
    expect(first.filter((what) => what === 'start')).toHaveLength(1);
  });

  test('it may ask for bars in its onStart, and gets those only', () => {
    const seen: string[] = [];
    const rig = new StrategyRig([() => ({})]);
    add(rig, 1, () => ({ ...buyer(seen), onStart: (context) => context.subscribeBars(0, 100) }));
    rig.trade(1_050, 10, 1);
    rig.trade(1_150, 10, 1);
    rig.turn();
    expect(seen).toContain('bar');
  });

  test('told twice it is there once', () => {
    const seen: string[] = [];
    const rig = new StrategyRig([]);
    add(rig, 0, () => buyer(seen));
    add(rig, 0, () => buyer(seen));
    rig.book(1, 100, 102);
    rig.turn();
    expect(seen).toEqual(['start', 'book']);
  });

  test.each([
    [
      'cannot be loaded',
      (): never => {
        throw new Error('no such file');
      },
    ],
    [
      'throws in onStart, after it has ordered',
      (): Strategy => ({
        onStart(context) {
          buy(context);
          throw new Error('broken');
        },
      }),
    ],
  ])('one that %s is gone again, its order is cancelled, and its index can be used', (_, made) => {
    const first: string[] = [];
    const rig = new StrategyRig([() => buyer(first)]);
    rig.book(1, 100, 102);
    rig.turn();
    rig.requests();
    add(rig, 1, made);
    const requests = rig.requests();
    expect(fieldsOf(requests, 'CancelRequest', 'intentSeq')).toEqual(
      fieldsOf(requests, 'OrderRequest', 'intentSeq'),
    );
    expect(rig.faults.isFaulted(1)).toBe(false);
    const seen: string[] = [];
    add(rig, 1, () => buyer(seen));
    rig.book(2, 100, 102);
    rig.turn();
    expect(seen).toEqual(['start', 'book']);
    expect(first).toEqual(['start', 'book', 'book']);
  });

  test('one that throws later is switched off alone', () => {
    const first: string[] = [];
    const rig = new StrategyRig([() => buyer(first)]);
    add(rig, 1, () => ({
      onBook: () => {
        throw new Error('later');
      },
    }));
    rig.book(1, 100, 102);
    rig.turn();
    expect([rig.faults.isFaulted(0), rig.faults.isFaulted(1)]).toEqual([false, true]);
    expect(first).toEqual(['start', 'book']);
  });
});

describe('removing', () => {
  function withTwo(): { rig: StrategyRig; first: string[]; second: string[] } {
    const first: string[] = [];
    const second: string[] = [];
    const rig = new StrategyRig([
      () => buyer(first),
      () => ({
        ...buyer(second),
        onStart(context) {
          context.subscribeBars(0, 100);
          context.setTimer(1, 50_000);
        },
      }),
    ]);
    rig.book(1, 100, 102);
    rig.turn();
    accepted(rig, 1_001, 0);
    accepted(rig, 1_002, 1);
    rig.turn();
    rig.requests();
    return { rig, first, second };
  }

  test('it is stopped, its orders are cancelled and those of others are not; nothing calls it any more', () => {
    const { rig, first, second } = withTwo();
    rig.command(COMMAND.removeStrategy, 1);
    rig.turn();
    expect(second.at(-1)).toBe('stop');
    const requests = rig.requests();
    expect(fieldsOf(requests, 'CancelRequest', 'intentSeq', 'strategyIndex')).toEqual([[1_002, 1]]);
    expect(requests).toHaveLength(1);
    const calls = second.length;
    rig.report({ intentSeq: 1_002, strategyIndex: 1, state: ORDER_STATE.canceled });
    rig.trade(1_050, 10, 1);
    rig.trade(1_150, 10, 1);
    rig.book(2, 100, 102);
    rig.turn(100_000);
    expect(second).toHaveLength(calls);
    expect(first.slice(-2)).toEqual(['trade', 'book']);
    expect(first).not.toContain('stop');
    expect(rig.count('bars')).toBe(0);
  });

  test('an order it had that only now becomes known is cancelled too', () => {
    const { rig } = withTwo();
    rig.command(COMMAND.removeStrategy, 1);
    rig.turn();
    rig.requests();
    accepted(rig, 1_000, 1);
    rig.turn();
    expect(fieldsOf(rig.requests(), 'CancelRequest', 'intentSeq')).toEqual([[1_000]]);
  });

  test('an order of a strategy of an earlier run that runs no more is cancelled, and no strategy hears of it', () => {
    const { rig, first } = withTwo();
    const before = first.length;
    rig.requests();
    accepted(rig, 900, GONE_STRATEGY);
    rig.turn();
    expect(fieldsOf(rig.requests(), 'CancelRequest', 'intentSeq')).toEqual([[900]]);
    expect(first).toHaveLength(before);
  });

  test('what it threw in onStop is recorded, and it is removed all the same; the last one may go', () => {
    const rig = new StrategyRig([
      () => ({
        onStop: () => {
          throw new Error('not now');
        },
      }),
    ]);
    rig.command(COMMAND.removeStrategy, 0);
    rig.book(1, 100, 102);
    rig.turn();
    expect(rig.errors.readAll()[0].text).toMatch(/STRATEGY_FAULTED s0\.onStop: Error: not now/);
    expect(rig.faults.isFaulted(0)).toBe(false);
    expect(rig.count('booksDelivered')).toBe(1);
  });

  test('after a restart the actor hosts what is there then, and cancels what a removed one left', () => {
    const { rig, first } = withTwo();
    rig.specs = rig.specs.slice(0, 1);
    rig.restart();
    accepted(rig, 1_002, 1);
    rig.turn();
    expect(fieldsOf(rig.requests(), 'CancelRequest', 'intentSeq')).toEqual([[1_002]]);
    expect(first.at(-1)).toBe('start');
  });
});

describe('changing', () => {
  function change(rig: StrategyRig, made: () => Strategy): void {
    rig.loadStrategy = (asked) => spec(asked, made);
    rig.command(COMMAND.changeStrategy, 0);
    rig.turn();
  }

  /** A strategy with an order in the market, and another beside it. */
  function trading(seen: string[], other: string[]): StrategyRig {
    const rig = new StrategyRig([() => buyer(seen), () => buyer(other)]);
    rig.book(1, 100, 102);
    rig.turn();
    accepted(rig, 1_001, 0);
    accepted(rig, 1_002, 1);
    rig.turn();
    rig.requests();
    return rig;
  }

  test('the strategy is made anew and told of its orders, which stay; the other does not notice', () => {
    const [old, fresh, other]: string[][] = [[], [], []];
    const rig = trading(old, other);
    const before = other.length;
    change(rig, () => buyer(fresh));
    expect(old.at(-1)).toBe('stop');
    expect(fresh).toEqual(['start', 'report 1001']);
    expect(other.length).toBe(before);
    expect(rig.requests()).toEqual([]);
    rig.report({ intentSeq: 1_001, state: ORDER_STATE.canceled });
    rig.turn();
    expect([old.at(-1), fresh.at(-1)]).toEqual(['stop', 'report 1001']);
  });

  test('one that cannot be made changes nothing, and one that is switched off stays so', () => {
    const [old, other]: string[][] = [[], []];
    const rig = trading(old, other);
    change(rig, () => {
      throw new Error('fast must be below slow');
    });
    expect(rig.faults.isFaulted(0)).toBe(false);
    rig.book(2, 100, 102);
    rig.turn();
    expect(old.at(-1)).toBe('book');
    change(rig, () => ({
      onStart: () => {
        throw new Error('no');
      },
    }));
    expect(rig.faults.isFaulted(0)).toBe(true);
    expect(fieldsOf(rig.requests(), 'CancelRequest', 'intentSeq')).toContainEqual([1_001]);
    const late: string[] = [];
    change(rig, () => buyer(late));
    expect([rig.faults.isFaulted(0), late]).toEqual([true, []]);
    expect(other.at(-1)).toBe('book');
  });
});
