import { Doorbell, DOORBELL_BYTES } from '../../engine/ipc/doorbell.ts';
import { MemoryMapBuilder } from '../../engine/ipc/memory-map.ts';
import type { Region } from '../../engine/ipc/memory-map.ts';
import { BACK_PRESSURED, Publication, ringBytes, Subscription } from '../../engine/ipc/ring.ts';
import type { RecordHandler, RingDeclaration } from '../../engine/ipc/ring.ts';
import { PARK_MS_MAX, POLL_LIMIT } from '../../engine/core/limits.ts';
import { shouldPark, spinHint } from '../../engine/runtime/idle-strategy.ts';
import type { IdleStrategyName } from '../../engine/runtime/idle-strategy.ts';
import { clockNs, meet, NO_FIGURES, PAYLOAD_BYTES, QUEUE_BYTES } from './ring-job.ts';
import { BLOCK_RECORDS } from './ring-job.ts';
import type { RingFigures, RingJob } from './ring-job.ts';
import { StreamMeter, streamRecords } from '../harness/stream-meter.ts';
import { TripMeter } from '../harness/trip-meter.ts';

/** The engine's own rings, with a doorbell as between the threads of a topology. */

const RECORD_TYPE = 1;
const DECLARATION: RingDeclaration = { name: 'bench', policy: 'lossless', capacityBytes: QUEUE_BYTES };
/** Idle turns between two readings of the clock. */
const CLOCK_EVERY = 16;

interface Layout {
  readonly ring: Region;
  readonly bell: Region;
  readonly byteLength: number;
}

function layout(): Layout {
  const builder = new MemoryMapBuilder();
  const ring = builder.reserve('ring', ringBytes(QUEUE_BYTES));
  const bell = builder.reserve('bell', DOORBELL_BYTES);
  return { ring, bell, byteLength: builder.seal().byteLength };
}

/** Memory of one ring and its consumer's doorbell. */
export function shrikeMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(layout().byteLength);
}

function publicationOn(memory: SharedArrayBuffer): Publication {
  const { ring, bell } = layout();
  return new Publication(memory, ring, DECLARATION, new Doorbell(memory, bell));
}

/** Sends the stream; each record is visible at once when `batch` is 1, otherwise a batch at a time. */
export function produce(job: RingJob): RingFigures {
  const publication = publicationOn(job.forth);
  meet(job.control);
  if (job.batch === 1) produceSingly(publication, streamRecords(job));
  else produceBatched(publication, streamRecords(job), job.batch);
  return NO_FIGURES;
}

function writePayload(f64: Float64Array, at8: number, value: number): void {
  f64[at8] = value;
  f64[at8 + 1] = value + 1;
  f64[at8 + 2] = value + 2;
  f64[at8 + 3] = value + 3;
  f64[at8 + 4] = value + 4;
  f64[at8 + 5] = value + 5;
  f64[at8 + 6] = value + 6;
}

function produceSingly(publication: Publication, records: number): void {
  const f64 = publication.view.f64;
  let value = 0;
  for (let sent = 0; sent < records; sent++) {
    let at = publication.tryClaim(RECORD_TYPE, PAYLOAD_BYTES);
    while (at === BACK_PRESSURED) {
      spinHint();
      at = publication.tryClaim(RECORD_TYPE, PAYLOAD_BYTES);
    }
    writePayload(f64, at >> 3, value);
    publication.commit();
    value = value + 1 === BLOCK_RECORDS ? 0 : value + 1;
  }
}

function produceBatched(publication: Publication, records: number, batch: number): void {
  const f64 = publication.view.f64;
  let value = 0;
  for (let sent = 0; sent < records; sent += batch) {
    for (let index = 0; index < batch; index++) {
      let at = publication.tryClaim(RECORD_TYPE, PAYLOAD_BYTES);
      while (at === BACK_PRESSURED) {
        spinHint();
        at = publication.tryClaim(RECORD_TYPE, PAYLOAD_BYTES);
      }
      writePayload(f64, at >> 3, value);
      publication.commitHeld();
      value = value + 1 === BLOCK_RECORDS ? 0 : value + 1;
    }
    publication.publish();
  }
}

/** Takes the stream as an actor does: up to POLL_LIMIT records a poll. */
export function consume(job: RingJob): RingFigures {
  const { ring } = layout();
  const subscription = new Subscription(job.forth, ring, DECLARATION);
  const meter = new StreamMeter(job);
  const handler: RecordHandler = (_type, view, byteOffset) => {
    const f64 = view.f64;
    const at = byteOffset >> 3;
    meter.take(f64[at] + f64[at + 1] + f64[at + 2] + f64[at + 3] + f64[at + 4] + f64[at + 5] + f64[at + 6]);
  };
  meet(job.control);
  while (!meter.isDone) {
    if (subscription.poll(handler, POLL_LIMIT) === 0) spinHint();
  }
  return meter.figures();
}

/** One end of a round trip: waits by the idle strategy as a thread of the engine does. */
class Peer {
  received: number;
  private readonly publication: Publication;
  private readonly subscription: Subscription;
  private readonly doorbell: Doorbell;
  private readonly idle: IdleStrategyName;
  private readonly handler: RecordHandler;

  constructor(out: SharedArrayBuffer, back: SharedArrayBuffer, idle: IdleStrategyName) {
    const { ring, bell } = layout();
    this.received = -1;
    this.publication = publicationOn(out);
    this.subscription = new Subscription(back, ring, DECLARATION);
    this.doorbell = new Doorbell(back, bell);
    this.idle = idle;
    this.handler = (_type, view, byteOffset) => {
      this.received = view.f64[byteOffset >> 3];
    };
  }

  send(value: number): void {
    const at = this.publication.tryClaim(RECORD_TYPE, PAYLOAD_BYTES);
    writePayload(this.publication.view.f64, at >> 3, value);
    this.publication.commit();
  }

  /** The value of the next record. */
  receive(): number {
    let idleTurns = 0;
    let idleSinceNs = 0;
    let idleNs = 0;
    while (this.subscription.poll(this.handler, 1) === 0) {
      if (this.idle === 'spin' || !shouldPark(this.idle, idleNs)) {
        spinHint();
        if (this.idle === 'spin' || ++idleTurns % CLOCK_EVERY !== 0) continue;
        const nowNs = clockNs();
        if (idleSinceNs === 0) idleSinceNs = nowNs;
        idleNs = nowNs - idleSinceNs;
        continue;
      }
      const signal = this.doorbell.prepareToPark();
      if (this.subscription.hasWork()) this.doorbell.cancelPark();
      else this.doorbell.parkBlocking(signal, PARK_MS_MAX);
    }
    return this.received;
  }
}

/** Sends a record and waits for its echo. */
export function ping(job: RingJob): RingFigures {
  const peer = new Peer(job.forth, job.back, job.idle);
  meet(job.control);
  const meter = new TripMeter(job);
  for (let trip = 0; trip < meter.total; trip++) {
    meter.depart();
    peer.send(trip);
    meter.arrive(peer.receive());
  }
  return meter.figures();
}

/** Sends back what it gets. */
export function pong(job: RingJob): RingFigures {
  const peer = new Peer(job.back, job.forth, job.idle);
  meet(job.control);
  const trips = job.warmupTrips + job.trips;
  for (let trip = 0; trip < trips; trip++) peer.send(peer.receive());
  return NO_FIGURES;
}
