import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import { spinHint } from '../../engine/runtime/idle-strategy.ts';
import { BLOCK_RECORDS, CONTROL, meet, NO_FIGURES, PAYLOAD_WORDS } from './ring-job.ts';
import type { RingFigures, RingJob } from './ring-job.ts';
import { StreamMeter, streamRecords } from '../harness/stream-meter.ts';
import { TripMeter } from '../harness/trip-meter.ts';

/** Node's own channel between threads: structured clones, delivered by the event loop. */

/** Records under way at most: a MessagePort has no bound of its own. */
const WINDOW_RECORDS = 8_192;

function portOf(job: RingJob): MessagePort {
  if (job.port === null) throw new Error('the job has no port');
  return job.port;
}

/** Sends the stream, `batch` records a message. */
export function produce(job: RingJob): RingFigures {
  const port = portOf(job);
  const words = new Float64Array(PAYLOAD_WORDS * job.batch);
  const records = streamRecords(job);
  meet(job.control);
  let value = 0;
  for (let sent = 0; sent < records; sent += job.batch) {
    while (sent - Atomics.load(job.control, CONTROL.consumed) > WINDOW_RECORDS) spinHint();
    for (let at = 0; at < words.length; at += PAYLOAD_WORDS) {
      for (let word = 0; word < PAYLOAD_WORDS; word++) words[at + word] = value + word;
      value = value + 1 === BLOCK_RECORDS ? 0 : value + 1;
    }
    port.postMessage(words);
  }
  return NO_FIGURES;
}

/** Takes the stream. */
export async function consume(job: RingJob): Promise<RingFigures> {
  const port = portOf(job);
  const meter = new StreamMeter(job);
  const done = new Promise<void>((resolve) => {
    port.on('message', (words: Float64Array) => {
      for (let at = 0; at < words.length; at += PAYLOAD_WORDS) {
        let sum = 0;
        for (let word = 0; word < PAYLOAD_WORDS; word++) sum += words[at + word];
        meter.take(sum);
      }
      Atomics.add(job.control, CONTROL.consumed, job.batch);
      if (meter.isDone) resolve();
    });
  });
  await nextTurn();
  meet(job.control);
  await done;
  port.close();
  return meter.figures();
}

/** Sends a record and waits for its echo. */
export async function ping(job: RingJob): Promise<RingFigures> {
  const port = portOf(job);
  meet(job.control);
  const meter = new TripMeter(job);
  const words = new Float64Array(PAYLOAD_WORDS);
  let trip = 0;
  const send = (): void => {
    meter.depart();
    for (let word = 0; word < PAYLOAD_WORDS; word++) words[word] = trip + word;
    port.postMessage(words);
  };
  await new Promise<void>((resolve) => {
    port.on('message', (echo: Float64Array) => {
      meter.arrive(echo[0]);
      if (++trip === meter.total) resolve();
      else send();
    });
    send();
  });
  port.close();
  return meter.figures();
}

/** Sends back what it gets. */
export async function pong(job: RingJob): Promise<RingFigures> {
  const port = portOf(job);
  const trips = job.warmupTrips + job.trips;
  let echoed = 0;
  const done = new Promise<void>((resolve) => {
    port.on('message', (words: Float64Array) => {
      port.postMessage(words);
      if (++echoed === trips) resolve();
    });
  });
  meet(job.control);
  await done;
  return NO_FIGURES;
}
