import { expect, test } from 'vitest';
import { COMMAND } from '../../engine/messages/enums.ts';
import { ORDER_TYPE, SIDE, TIME_IN_FORCE } from '../../engine/strategy/port.ts';
import { fieldsOf } from '../fixtures/orderbook-rig.ts';
import { StrategyRig } from '../fixtures/strategy-rig.ts';

test('strategies hear of new terms, find them in their context, and order with the new epoch', () => {
  const heard: unknown[] = [];
  const rig = new StrategyRig(
    [
      () => ({
        onInstrumentChanged(context, instrument) {
          heard.push([instrument.symbol, instrument.status, context.instruments[1].status]);
        },
        onBook: (context, { instrumentIndex }) =>
          void context.submit(instrumentIndex, SIDE.buy, ORDER_TYPE.limit, TIME_IN_FORCE.gtc, 5, 1),
      }),
      () => ({
        onInstrumentChanged: () => {
          throw new Error('no');
        },
      }),
    ],
    2,
    true,
  );
  rig.instruments[1] = { ...rig.instruments[1], status: 'halted', epoch: 2 };
  rig.command(COMMAND.updateInstrument, 0, 1);
  rig.turn();
  expect(heard).toEqual([['T1USDT', 'halted', 'halted']]);
  expect(rig.count('strategiesFaulted')).toBe(1);
  rig.book(1, 100, 101, 0, 1);
  rig.book(2, 100, 101, 0, 0);
  rig.turn();
  expect(fieldsOf(rig.requests(), 'OrderRequest', 'instrumentIndex', 'instrumentEpoch')).toEqual([
    [1, 2],
    [0, 1],
  ]);
});

test('a strategy that does not ask for it trades on as before', () => {
  const rig = new StrategyRig([() => ({})], 1, true);
  rig.instruments[0] = { ...rig.instruments[0], status: 'halted', epoch: 2 };
  rig.command(COMMAND.updateInstrument, 0, 0);
  rig.command(COMMAND.updateInstrument, 0, 9);
  rig.turn();
  expect([rig.count('strategiesFaulted'), rig.count('badInstrument')]).toEqual([0, 1]);
});
