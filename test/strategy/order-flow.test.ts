import { describe, expect, test } from 'vitest';
import { BOOK_FLAG, GAP_REASON } from '../../engine/messages/enums.ts';
import { VIEW_CLASS } from '../../engine/strategy/port.ts';
import type { StrategyContext } from '../../engine/strategy/port.ts';
import { StrategyRig } from '../fixtures/strategy-rig.ts';

const SECOND = 1e9;

/** A rig whose strategy keeps its context, so that the test may ask. */
function rigWithContext(instrumentCount = 1): { rig: StrategyRig; context: StrategyContext } {
  let kept: StrategyContext | null = null;
  const rig = new StrategyRig([() => ({ onStart: (context) => void (kept = context) })], instrumentCount);
  return { rig, context: kept! };
}

/** One level a side, received now. */
function lean(
  rig: StrategyRig,
  bidLots: number,
  askLots: number,
  instrumentIndex = 0,
  exchangeTsMs = 0,
): void {
  const updateId = rig.nextUpdateId();
  const words = rig.books.begin(instrumentIndex);
  words.set([1_000_000, bidLots, 1_000_001, askLots], 12);
  rig.books.setHops(exchangeTsMs, rig.clock.nowNs(), 0, 0);
  rig.books.end(instrumentIndex, updateId, 1, 1, 0, 0);
  rig.tell(updateId, BOOK_FLAG.valid, 0, exchangeTsMs, instrumentIndex);
  rig.turn(0);
}

describe('context.orderFlow', () => {
  test('is there from the first question on, for each instrument alone, and follows the book', () => {
    const { rig, context } = rigWithContext(2);
    lean(rig, 300, 100, 0);
    expect(context.orderFlow(0)!.viewClass).toBe(VIEW_CLASS.strongBuy);
    expect(context.orderFlow(1)).toBeNull();
    lean(rig, 100, 103, 1);
    expect(context.orderFlow(1)!.score).toBeLessThan(0);
    rig.turn(60 * SECOND);
    lean(rig, 100, 300, 0);
    expect(context.orderFlow(0)!.viewClass).toBe(VIEW_CLASS.strongSell);
  });

  test('loses weight by its age and is gone after 30 s', () => {
    const { rig, context } = rigWithContext();
    lean(rig, 300, 100);
    expect([context.orderFlow(0)!.ageMs, context.orderFlow(0)!.weight]).toEqual([0, 1]);
    rig.turn(15 * SECOND);
    expect([context.orderFlow(0)!.ageMs, context.orderFlow(0)!.weight]).toEqual([15_000, 0.5]);
    rig.turn(15 * SECOND);
    expect(context.orderFlow(0)).toBeNull();
  });

  test('is gone, not zero, while the book is hidden, one-sided or made of data older than 10 s', () => {
    const { rig, context } = rigWithContext();
    lean(rig, 300, 100);
    expect(context.orderFlow(0)).not.toBeNull();
    rig.hide(GAP_REASON.sequenceGap);
    rig.turn();
    expect(context.orderFlow(0)).toBeNull();
    lean(rig, 300, 0);
    expect(context.orderFlow(0)).toBeNull();
    rig.turn(100 * SECOND);
    const epochMs = rig.clock.epochUs() / 1_000;
    lean(rig, 300, 100, 0, epochMs - 10_500);
    expect(context.orderFlow(0)).toBeNull();
    lean(rig, 300, 100, 0, epochMs - 9_500);
    expect(context.orderFlow(0)).not.toBeNull();
  });

  test('of an instrument that is not there is none', () => {
    const { context } = rigWithContext();
    expect([context.orderFlow(7), context.orderFlow(-1), context.orderFlow(NaN)]).toEqual([null, null, null]);
  });
});
