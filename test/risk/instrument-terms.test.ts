import { expect, test } from 'vitest';
import type { Instrument } from '../../engine/core/instrument.ts';
import { COMMAND } from '../../engine/messages/enums.ts';
import { ScriptedGateway, ScriptedVenue } from '../fixtures/scripted-venue.ts';
import { INSTRUMENTS, TradingRig } from '../fixtures/trading-rig.ts';

function settle(rig: TradingRig, venue: ScriptedVenue): void {
  for (let round = 0; round < 4; round++) {
    rig.turn();
    while (venue.takeRequest());
    while (venue.deliver(0, false));
    rig.turn();
  }
}

function started(): { rig: TradingRig; venue: ScriptedVenue } {
  const venue = new ScriptedVenue();
  const rig = new TradingRig({ gateway: (context) => new ScriptedGateway(venue, context) }).start();
  settle(rig, venue);
  return { rig, venue };
}

/** The venue changes the first instrument, and both actors are told. */
function change(rig: TradingRig, terms: Partial<Instrument>): void {
  rig.terms[0] = { ...rig.terms[0], ...terms, epoch: rig.terms[0].epoch + 1 };
  rig.command(COMMAND.updateInstrument, 0);
}

function ending(rig: TradingRig, intentSeq: number): unknown[] {
  const rings = ['risk-to-strategy', 'execution-to-strategy'];
  const updates = rings.flatMap((ring) => rig.updates(intentSeq, rig.read(ring)));
  return [updates.at(-1)?.fields['state'], updates.at(-1)?.fields['reason']];
}

test('a halt stops new orders and replacements at once and leaves every cancel its way', () => {
  const { rig, venue } = started();
  rig.submit(1, { priceTicks: 9_990 });
  rig.submit(2, { priceTicks: 9_991 });
  settle(rig, venue);
  change(rig, { status: 'halted' });
  rig.submit(3, { instrumentEpoch: 2 });
  rig.replace(4, 1, { instrumentEpoch: 2 });
  rig.cancel(2);
  settle(rig, venue);
  expect(rig.riskCount('deniedVenueStatus')).toBe(2);
  expect([...venue.orders.values()].map(({ isWorking }) => isWorking)).toEqual([true, false]);
  change(rig, { status: 'trading' });
  rig.submit(5, { instrumentEpoch: 3 });
  rig.submit(6, { instrumentIndex: 1 });
  settle(rig, venue);
  expect([ending(rig, 5)[0], venue.orders.get(6)?.isWorking]).toEqual(['accepted', true]);
});

test('a wish made before the change, with the numbers of the old terms, is denied as stale once orders pass again', () => {
  const { rig, venue } = started();
  change(rig, { minQtyLots: 20 });
  rig.submit(1, { instrumentEpoch: 1 });
  settle(rig, venue);
  expect(ending(rig, 1)).toEqual(['denied', 'staleInstrument']);
  rig.submit(2, { instrumentEpoch: 2, qtyLots: 19 });
  settle(rig, venue);
  expect(ending(rig, 2)).toEqual(['denied', 'badQuantity']);
  rig.submit(3, { instrumentEpoch: 2, qtyLots: 20 });
  settle(rig, venue);
  expect(ending(rig, 3)[0]).toBe('accepted');
});

test('an approval that meets the halt on its way is refused by execution and nothing of it leaves', () => {
  const { rig, venue } = started();
  rig.submit(1);
  rig.risk.doWork(rig.clock.nowNs());
  change(rig, { status: 'halted' });
  rig.execution.doWork(rig.clock.nowNs());
  settle(rig, venue);
  expect(venue.orders.has(1)).toBe(false);
  expect(ending(rig, 1)).toEqual(['rejected', 'venueStatus']);
  expect(rig.reservations.openCount(0)).toBe(0);
  expect(rig.intents).toEqual([]);
});

test('a restarted execution knows the status it starts with', () => {
  const { rig, venue } = started();
  rig.startExecution([{ ...INSTRUMENTS[0], status: 'cancel-only' }, INSTRUMENTS[1]]);
  settle(rig, venue);
  // Risk has not heard yet.
  rig.submit(1);
  rig.submit(2, { instrumentIndex: 1 });
  settle(rig, venue);
  expect(ending(rig, 1)).toEqual(['rejected', 'venueStatus']);
  expect(venue.orders.get(2)?.isWorking).toBe(true);
});

test('an instrument nobody knows cannot change', () => {
  const { rig, venue } = started();
  rig.command(COMMAND.updateInstrument, 7);
  rig.submit(1);
  settle(rig, venue);
  expect(ending(rig, 1)[0]).toBe('accepted');
});
