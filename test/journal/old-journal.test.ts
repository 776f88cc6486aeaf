import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { verifyJournal } from '../../engine/journal/reader.ts';
import { recoverState } from '../../engine/journal/recovery.ts';
import { FIRST_ACCOUNT, firstRecovery, unpackFirstJournal } from '../fixtures/first-journal.ts';
import { temporaryFolder } from '../fixtures/journal-rig.ts';

const expected = firstRecovery();
const root = temporaryFolder();
afterAll(() => root.remove());
const unpack = (name: string): string => unpackFirstJournal(join(root.path, name));

/** Venue ids as their digits: how they are held may change, what they say may not. */
function digits<Name extends string>(list: readonly Record<Name, unknown>[], name: Name): unknown[] {
  return list.map((each) => ({ ...each, [name]: String(each[name]) }));
}

describe('a journal of the first format', () => {
  it('is sound in every byte', async () => {
    const report = await verifyJournal(unpack('verify'));
    expect(report.problems).toEqual([]);
    expect(report.journal.segments).toBe(2);
    expect(report.intents.segments).toBe(2);
  });

  it('recovers to the positions and cash it recovered to then', () => {
    const state = recoverState(unpack('positions'), [FIRST_ACCOUNT]);
    expect(digits(state.positions, 'lastVenueTradeId')).toMatchObject(
      digits(expected.positions, 'lastVenueTradeId'),
    );
    expect(state.disagreements).toEqual([]);
    expect(state.archivedTo).toBe(null);
  });

  it('recovers to the open orders and client ids it recovered to then', () => {
    const state = recoverState(unpack('orders'), [FIRST_ACCOUNT]);
    expect(digits(state.openOrders, 'venueOrderId')).toMatchObject(
      digits(expected.openOrders, 'venueOrderId'),
    );
  });

  it('recovers to the trades and numbers it recovered to then', () => {
    const state = recoverState(unpack('trades'), [FIRST_ACCOUNT]);
    expect(digits(state.trades, 'venueTradeId')).toMatchObject(digits(expected.trades, 'venueTradeId'));
    const { fills, runs, firstRunEpochUs, highestIntentSeq, highestFillSeq } = expected;
    expect(state).toMatchObject({ fills, runs, firstRunEpochUs, highestIntentSeq, highestFillSeq });
  });
});
