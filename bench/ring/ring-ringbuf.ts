import { RingBuffer } from 'ringbuf.js';
import { spinHint } from '../../engine/runtime/idle-strategy.ts';
import { BLOCK_RECORDS, meet, NO_FIGURES, PAYLOAD_WORDS, QUEUE_BYTES } from './ring-job.ts';
import type { RingFigures, RingJob } from './ring-job.ts';
import { StreamMeter, streamRecords } from '../harness/stream-meter.ts';
import { TripMeter } from '../harness/trip-meter.ts';

/** padenot/ringbuf.js: elements of one type; a record is seven of them. It has no header, so it moves 56 bytes, not 64. */

const QUEUE_WORDS: number = QUEUE_BYTES >> 3;

/** Memory of one queue. */
export function ringbufMemory(): SharedArrayBuffer {
  return RingBuffer.getStorageForCapacity(QUEUE_WORDS, Float64Array);
}

function attach(memory: SharedArrayBuffer): RingBuffer {
  return new RingBuffer(memory, Float64Array);
}

/** Its push takes what fits: the rest follows. */
function pushAll(queue: RingBuffer, words: Float64Array): void {
  let pushed = queue.push(words, words.length);
  while (pushed < words.length) {
    spinHint();
    pushed += queue.push(words, words.length - pushed, pushed);
  }
}

/** Sends the stream, `batch` records a push. */
export function produce(job: RingJob): RingFigures {
  const queue = attach(job.forth);
  const words = new Float64Array(PAYLOAD_WORDS * job.batch);
  const records = streamRecords(job);
  meet(job.control);
  let value = 0;
  for (let sent = 0; sent < records; sent += job.batch) {
    for (let at = 0; at < words.length; at += PAYLOAD_WORDS) {
      for (let word = 0; word < PAYLOAD_WORDS; word++) words[at + word] = value + word;
      value = value + 1 === BLOCK_RECORDS ? 0 : value + 1;
    }
    pushAll(queue, words);
  }
  return NO_FIGURES;
}

/** Takes the stream, up to `batch` records a pop. */
export function consume(job: RingJob): RingFigures {
  const queue = attach(job.forth);
  const words = new Float64Array(PAYLOAD_WORDS * job.batch);
  const meter = new StreamMeter(job);
  meet(job.control);
  let filled = 0;
  while (!meter.isDone) {
    const popped = queue.pop(words, words.length - filled, filled);
    if (popped === 0) spinHint();
    filled += popped;
    if (filled < words.length) continue;
    for (let at = 0; at < words.length; at += PAYLOAD_WORDS) {
      let sum = 0;
      for (let word = 0; word < PAYLOAD_WORDS; word++) sum += words[at + word];
      meter.take(sum);
    }
    filled = 0;
  }
  return meter.figures();
}

function receive(queue: RingBuffer, words: Float64Array): number {
  let popped = queue.pop(words);
  while (popped < words.length) {
    if (popped === 0) spinHint();
    popped += queue.pop(words, words.length - popped, popped);
  }
  return words[0];
}

/** Sends a record and spins for its echo. */
export function ping(job: RingJob): RingFigures {
  const forth = attach(job.forth);
  const back = attach(job.back);
  const words = new Float64Array(PAYLOAD_WORDS);
  meet(job.control);
  const meter = new TripMeter(job);
  for (let trip = 0; trip < meter.total; trip++) {
    meter.depart();
    for (let word = 0; word < PAYLOAD_WORDS; word++) words[word] = trip + word;
    pushAll(forth, words);
    meter.arrive(receive(back, words));
  }
  return meter.figures();
}

/** Sends back what it gets. */
export function pong(job: RingJob): RingFigures {
  const forth = attach(job.forth);
  const back = attach(job.back);
  const words = new Float64Array(PAYLOAD_WORDS);
  meet(job.control);
  const trips = job.warmupTrips + job.trips;
  for (let trip = 0; trip < trips; trip++) {
    receive(forth, words);
    pushAll(back, words);
  }
  return NO_FIGURES;
}
