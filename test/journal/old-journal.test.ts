import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { verifyJournal } from '../../engine/journal/reader.ts';
import { recoverState } from '../../engine/journal/recovery.ts';
import { temporaryFolder } from '../fixtures/journal-rig.ts';

/*
 * A journal as the first released format wrote it: two live runs against the embedded exchange, each ended by kill -9
 * while it traded, the second with its symbols in the other order. `expected.json` is what the code of that day made
 * of it. Positions, open orders, client ids and cash must come out the same for ever.
 */
const FIXTURE = join(import.meta.dirname, '../fixtures/journal-first-format');
const ACCOUNT = '617247685';

interface Expected {
  readonly positions: readonly (Record<string, unknown> & { lastVenueTradeId: number })[];
  readonly openOrders: readonly (Record<string, unknown> & { venueOrderId: number })[];
  readonly trades: readonly (Record<string, unknown> & { venueTradeId: number })[];
  readonly fills: number;
  readonly runs: number;
  readonly firstRunEpochUs: number;
  readonly highestIntentSeq: number;
  readonly highestFillSeq: number;
}

const expected = JSON.parse(readFileSync(join(FIXTURE, 'expected.json'), 'utf8')) as Expected;
const root = temporaryFolder();
afterAll(() => root.remove());

function unpack(name: string): string {
  const directory = join(root.path, name);
  mkdirSync(directory);
  for (const file of readdirSync(FIXTURE)) {
    if (!file.endsWith('.gz')) continue;
    const content = gunzipSync(readFileSync(join(FIXTURE, file)));
    writeFileSync(join(directory, file.slice(0, -'.gz'.length)), content);
  }
  return directory;
}

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
    const state = recoverState(unpack('positions'), ACCOUNT);
    expect(digits(state.positions, 'lastVenueTradeId')).toMatchObject(
      digits(expected.positions, 'lastVenueTradeId'),
    );
    expect(state.disagreements).toEqual([]);
    expect(state.archivedTo).toBe(null);
  });

  it('recovers to the open orders and client ids it recovered to then', () => {
    const state = recoverState(unpack('orders'), ACCOUNT);
    expect(digits(state.openOrders, 'venueOrderId')).toMatchObject(
      digits(expected.openOrders, 'venueOrderId'),
    );
  });

  it('recovers to the trades and numbers it recovered to then', () => {
    const state = recoverState(unpack('trades'), ACCOUNT);
    expect(digits(state.trades, 'venueTradeId')).toMatchObject(digits(expected.trades, 'venueTradeId'));
    const { fills, runs, firstRunEpochUs, highestIntentSeq, highestFillSeq } = expected;
    expect(state).toMatchObject({ fills, runs, firstRunEpochUs, highestIntentSeq, highestFillSeq });
  });
});
