import { expect, test } from 'vitest';
import { EventProjector } from '../../engine/api/event-projection.ts';
import { SimulatedClock } from '../../engine/core/clock.ts';
import { StrategyRig } from '../fixtures/strategy-rig.ts';
import { SIGNAL_OUTCOME, SIDE } from '../../engine/strategy/port.ts';
import type { StrategyContext } from '../../engine/strategy/port.ts';

test('a signal shows its plan, its outcome its number, and an explanation the numbers it was decided by', () => {
  let kept: StrategyContext | null = null;
  const rig = new StrategyRig([() => ({ onStart: (context) => void (kept = context) })]);
  const context: StrategyContext = kept!;
  rig.turn(2e9);
  const plan = { side: SIDE.sell, confidence: 66, entryTicks: 1_000, stopTicks: 1_050, targetTicks: 0 };
  const signalId = context.propose(
    0,
    { ...plan, score: -40, viewClass: -1, alignment: 2, reasons: 9, expiresNs: 32e9 },
    'scalping',
  );
  context.settle(0, signalId, SIGNAL_OUTCOME.traded, 77);
  context.explain(0, 'spread too wide', { spread: 3 });
  const projector = new EventProjector(rig.instruments, new SimulatedClock(1_000_000_000), {
    shown: (key: number) => String(key),
  });
  const events: unknown[] = [];
  rig.toApi
    .attachSubscription()
    .poll((type, view, at) => void events.push(projector.project(type, view, at)), 10);
  expect(events).toMatchObject([
    {
      topic: 'signals',
      event: {
        symbol: 'T0USDT',
        side: 'sell',
        label: 'scalping',
        signalSeq: signalId,
        confidence: 66,
        entry: '10.00',
        stop: '10.50',
        target: null,
        score: -40,
        expiresAtMs: 1_032_000,
      },
    },
    { topic: 'signals', event: { signalSeq: signalId, outcome: 'traded', intentSeq: 77 } },
    { topic: 'signals', event: { explains: 'spread too wide', inputs: { spread: 3 }, repeats: 0 } },
  ]);
});
