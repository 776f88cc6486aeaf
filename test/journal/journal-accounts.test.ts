import { readdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { verifyJournal } from '../../engine/journal/reader.ts';
import { recoverState } from '../../engine/journal/recovery.ts';
import { logNamesIn } from '../../engine/journal/segment-files.ts';
import {
  fillTerms,
  instrument,
  intentRecord,
  JournalRig,
  runIdentity,
  temporaryFolder,
} from '../fixtures/journal-rig.ts';

const root = temporaryFolder();
afterAll(() => root.remove());
let folders = 0;
const newFolder = (): string => `${root.path}/${folders++}`;

/** One pair traded by two accounts: two instruments. */
const TWO = runIdentity({
  accountId: 'one',
  accountIds: { a: 'one', b: 'two' },
  instruments: [
    instrument('BTCUSDT', 0, { lane: 'x', account: 'a' }),
    instrument('BTCUSDT', 1, { lane: 'y', account: 'b' }),
  ],
});

/** A run in which account one buys 5 and account two buys 9, both with an order still open. */
function play(directory: string): void {
  const rig = new JournalRig(directory, { run: TWO });
  rig.start();
  for (const [account, index, intentSeq, qtyLots] of [
    ['a', 0, 11, 5],
    ['b', 1, 12, 9],
  ] as const) {
    const log = rig.intentLog(account);
    const view = intentRecord({
      intentSeq,
      instrumentIndex: index,
      qtyLots: 20,
      clientId: `s1-${intentSeq}`,
    });
    log.append(view, 0, view.u8.length);
    rig.fill(
      0,
      fillTerms({ fillSeq: intentSeq, intentSeq, instrumentIndex: index, qtyLots, venueTradeId: 7 }),
    );
    log.close();
  }
  rig.actor.onClose();
}

describe('a journal of several accounts', () => {
  it('keeps the positions and orders of one pair apart by account, and a trade number of both apart', async () => {
    const directory = newFolder();
    play(directory);
    expect(logNamesIn(directory)).toEqual(['journal', 'intents', 'intents@a', 'intents@b']);
    const state = recoverState(directory, ['one', 'two']);
    expect(state.positions.map(({ accountId, netLots }) => [accountId, netLots])).toEqual([
      ['one', 5],
      ['two', 9],
    ]);
    expect(
      state.openOrders.map(({ accountId, intentSeq, clientId }) => [accountId, intentSeq, clientId]),
    ).toEqual([
      ['one', 11, 's1-11'],
      ['two', 12, 's1-12'],
    ]);
    expect(state.trades.map(({ accountId }) => accountId)).toEqual(['one', 'two']);
    const report = await verifyJournal(directory);
    expect(report.problems).toEqual([]);
    expect(report.intents.records).toBe(2 * (1 + TWO.instruments.length) + 2);
  });

  it('is applied while one of its accounts is still ours, and moved aside with all its logs when none is', () => {
    const directory = newFolder();
    play(directory);
    expect(recoverState(directory, ['two']).positions).toHaveLength(2);
    const { archivedTo, positions } = recoverState(directory, ['three']);
    expect(positions).toEqual([]);
    expect(readdirSync(archivedTo!).filter((file) => file.startsWith('intents@'))).toHaveLength(2);
    expect(readdirSync(directory).filter((file) => file.endsWith('.log'))).toEqual([]);
  });

  it('is refused when runs of accounts that never traded together are mixed in it', () => {
    const directory = newFolder();
    play(directory);
    const other = new JournalRig(directory, { run: runIdentity({ accountId: 'three', startEpochUs: 1 }) });
    other.start();
    other.actor.onClose();
    expect(() => recoverState(directory, ['one'])).toThrow(/mixes the accounts one, two, three/);
  });
});
