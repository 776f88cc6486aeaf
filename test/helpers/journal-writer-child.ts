/**
 * Child process that journals without end until it is killed. Prints, as decimal text lines, the number of each intent
 * whose append has returned: those must be found afterwards. argv: folder, first number.
 */
import { writeSync } from 'node:fs';
import { SIDE } from '../../engine/messages/enums.ts';
import { JournalRig, START_EPOCH_US, intentRecord, runIdentity } from './journal-rig.ts';

const [, , directory, firstText] = process.argv;
const first = Number(firstText);
const run = runIdentity({ startEpochUs: START_EPOCH_US + first });
const rig = new JournalRig(directory, { segmentBytes: 65_536, run });
rig.start();
const log = rig.intentLog();
for (let number = first; ; number++) {
  const view = intentRecord({
    intentSeq: number,
    instrumentIndex: 0,
    qtyLots: 1,
    clientId: `s1-${number}`,
  });
  if (!log.append(view, 0, view.u8.length)) throw new Error('intent not written');
  rig.fill(number % 2, {
    fillSeq: number,
    intentSeq: number,
    venueTradeId: number,
    instrumentIndex: 0,
    side: SIDE.buy,
    priceTicks: 10,
    qtyLots: 1,
    feeCash: 0,
  });
  rig.turn();
  if (number % 64 === 0) writeSync(1, `${number}\n`);
}
