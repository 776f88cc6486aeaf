import { parentPort, workerData } from 'node:worker_threads';
import { GcWatch } from '../harness/gc-watch.ts';
import type { QueueName, RingFigures, RingJob, RingOutcome, RingRole } from './ring-job.ts';

/** Entry of a thread of the ring bench: does its one job, reports, ends. Only its own queue's code is loaded. */

type Work = (job: RingJob) => RingFigures | Promise<RingFigures>;

const QUEUES: Readonly<Record<QueueName, () => Promise<Readonly<Record<RingRole, Work>>>>> = {
  shrike: async () => await import('./ring-shrike.ts'),
  ringbuf: async () => await import('./ring-ringbuf.ts'),
  'message-port': async () => await import('./ring-message-port.ts'),
};

const job = workerData as RingJob;
const queue = await QUEUES[job.queue]();
const watch = new GcWatch();
await watch.start();
const figures = await queue[job.role](job);
const outcome: RingOutcome = { ...figures, gc: await watch.stop() };
watch.close();
parentPort?.postMessage(outcome);
