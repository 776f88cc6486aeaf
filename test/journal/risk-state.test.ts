import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { listCheckpoints } from '../../engine/journal/checkpoint-file.ts';
import { pruneJournal } from '../../engine/journal/prune.ts';
import { recoverState } from '../../engine/journal/recovery.ts';
import { writeRiskState } from '../../engine/journal/risk-state-record.ts';
import type { JournaledRiskState } from '../../engine/journal/risk-state-record.ts';
import { RISK_STATE, RISK_STATE_BYTES, RiskState } from '../../engine/messages/codecs.ts';
import { KILL_REASON } from '../../engine/messages/enums.ts';
import { JournalRig, runIdentity, START_EPOCH_US, temporaryFolder } from '../fixtures/journal-rig.ts';

const DAY_US = 86_400_000_000;
const ACCOUNT = ['account-1'];
const root = temporaryFolder();
afterAll(() => root.remove());
let folders = 0;
const newFolder = (): string => join(root.path, `case-${folders++}`);

const STOPPED: JournaledRiskState = {
  epochUs: START_EPOCH_US + 5,
  killReason: KILL_REASON.maxDailyLoss,
  reduceReason: KILL_REASON.maxDrawdown,
  isPaused: true,
  breakers: { profit: -501.25, peakProfit: 12.5, day: 20_000, dayStartProfit: -0.75, lossesInARow: 4 },
};
const RESUMED: JournaledRiskState = {
  epochUs: START_EPOCH_US + 6,
  killReason: KILL_REASON.none,
  reduceReason: KILL_REASON.none,
  isPaused: false,
  breakers: { profit: -501.25, peakProfit: null, day: null, dayStartProfit: 0, lossesInARow: 0 },
};

/** A run that writes these states down, one after the other. */
function run(directory: string, states: readonly JournaledRiskState[], startEpochUs = START_EPOCH_US): void {
  const rig = new JournalRig(directory, { run: runIdentity({ startEpochUs }) });
  rig.start();
  const [publication] = rig.publications;
  for (const state of states) {
    const at = publication.tryClaim(RISK_STATE, RISK_STATE_BYTES);
    writeRiskState(new RiskState().wrap(publication.view, at), state);
    publication.commit();
    rig.turn();
  }
  rig.actor.onClose();
}

it('what stopped trading is known to the next run exactly, and the newest state holds', () => {
  const directory = newFolder();
  run(directory, [RESUMED, STOPPED]);
  expect(recoverState(directory, ACCOUNT).riskState).toEqual(STOPPED);
  run(directory, [RESUMED], START_EPOCH_US + DAY_US);
  expect(recoverState(directory, ACCOUNT).riskState).toEqual(RESUMED);
});

it('a journal that says nothing of it has no stop', () => {
  const directory = newFolder();
  run(directory, []);
  expect(recoverState(directory, ACCOUNT).riskState).toBeNull();
});

it('pruning keeps it', () => {
  const directory = newFolder();
  run(directory, [STOPPED]);
  run(directory, [], START_EPOCH_US + DAY_US);
  pruneJournal(directory, START_EPOCH_US + 2 * DAY_US);
  expect(listCheckpoints(directory)).toHaveLength(1);
  expect(recoverState(directory, ACCOUNT).riskState).toEqual(STOPPED);
});
