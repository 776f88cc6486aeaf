/** Child process: appends intents after a warm-up and prints how often the young generation was collected. */
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import v8 from 'node:v8';
import { JournalRig, intentRecord } from './journal-rig.ts';

v8.setFlagsFromString('--semi-space-growth-factor=1');
const WARM_UP = 50_000;
const APPENDS = 400_000;
let scavenges = 0;
const observer = new PerformanceObserver((list) => {
  scavenges += list.getEntries().length;
});
const log = new JournalRig(process.argv[2], { segmentBytes: 1 << 30 }).intentLog();
const view = intentRecord({ intentSeq: 1, instrumentIndex: 0, qtyLots: 1, clientId: 's1-1' });
let appended = 0;
const kept: object[] = [];

/** The collections that happen while `step` runs; notices of them come through the event loop. */
async function scavengesDuring(step: (count: number) => void): Promise<number> {
  for (let turn = 0; turn < 5; turn++) await sleep(1);
  const before = scavenges;
  for (let count = 0; count < APPENDS; count++) step(count);
  for (let turn = 0; turn < 5; turn++) await sleep(1);
  return scavenges - before;
}

for (let count = 0; count < WARM_UP; count++) log.append(view, 0, view.u8.length);
observer.observe({ entryTypes: ['gc'] });
const measured = await scavengesDuring(() => {
  if (log.append(view, 0, view.u8.length)) appended++;
});
const control = await scavengesDuring((count) => {
  kept[count & 15] = { one: count, two: count, three: count };
});
observer.disconnect();
log.close();
process.stdout.write(JSON.stringify({ appended, scavenges: measured, scavengesOfOneObjectEach: control }));
