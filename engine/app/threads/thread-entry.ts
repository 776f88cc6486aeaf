/** Where a worker thread of the engine begins. */
import { workerData } from 'node:worker_threads';
import { runThread } from './run-thread.ts';
import type { ThreadPlan } from './thread-plan.ts';

await runThread(workerData as ThreadPlan);
