import { GcWatch } from '../harness/gc-watch.ts';
import type { ToWireBot } from './wire-bot.ts';
import { pinMainThread } from './wire-cpus.ts';
import type { WireVenue } from './wire-job.ts';

/** Runs a bot as a process: pinned, its collections counted, ended when the bench says so. */
export async function runBot(trade: (venue: WireVenue) => Promise<void>): Promise<void> {
  const watch = new GcWatch();
  process.on('disconnect', () => process.exit(1));
  process.on('message', (message: ToWireBot) => {
    if (message.kind === 'end') {
      void watch.stop().then((gc) => process.send!(gc, () => process.exit(0)));
      return;
    }
    void pinMainThread(message.cpus)
      .then(async () => watch.start())
      .then(async () => trade(message.venue));
  });
  await Promise.resolve();
}
