/**
 * The other thread of the ring stress tests. `workerData`: what to do, the shared buffer and its layout.
 * Words of the progress block (Int32): 0 = progress, 1 = errors, 2 = done, 3 = stop.
 */
import { workerData } from 'node:worker_threads';
import { Doorbell } from '../../engine/ipc/doorbell.ts';
import type { Region } from '../../engine/ipc/memory-map.ts';
import { Publication, Subscription } from '../../engine/ipc/ring.ts';
import type { RecordView, RingDeclaration } from '../../engine/ipc/ring.ts';
import { SeqlockCell } from '../../engine/ipc/seqlock.ts';

/** What a peer is told. */
export interface PeerTask {
  readonly role:
    | 'produce'
    | 'consume'
    | 'produceSlowly'
    | 'consumeSlowly'
    | 'writeCell'
    | 'echo'
    | 'echoAsync';
  readonly buffer: SharedArrayBuffer;
  readonly ring?: { region: Region; declaration: RingDeclaration };
  readonly back?: { region: Region; declaration: RingDeclaration };
  readonly bell?: Region;
  readonly backBell?: Region;
  readonly progress: Region;
  /** produceSlowly, consumeSlowly: a word per record, how often it was begun; behind it how often it was ended. */
  readonly applied?: Region;
  readonly cellOffset?: number;
  readonly count: number;
  readonly first?: number;
}

const MAX_WORDS = 14;
/** A park that nobody ends is a lost wake-up; the main thread notices that nothing moves. */
const FOREVER_MS = 2 ** 30;

/** Payload words of record `number`: 1..MAX_WORDS, each a function of the number. */
export function wordsOf(number: number): number {
  return 1 + ((number * 7) % MAX_WORDS);
}

export function produce(pub: Publication, first: number, count: number): void {
  for (let number = first; number < first + count;) {
    const words = wordsOf(number);
    const at = pub.tryClaim(1 + (number & 1023), words * 4);
    if (at < 0) {
      Atomics.pause();
      continue;
    }
    const at4 = at >> 2;
    for (let index = 0; index < words; index++) pub.view.i32[at4 + index] = number ^ index;
    pub.commit();
    number += 1;
  }
}

/** Checks that the record is number `number`, whole. */
export function isRecord(number: number, type: number, view: RecordView, at: number, bytes: number): boolean {
  const words = wordsOf(number);
  if (type !== 1 + (number & 1023) || bytes !== words * 4) return false;
  for (let index = 0; index < words; index++)
    if (view.i32[(at >> 2) + index] !== (number ^ index)) return false;
  return true;
}

function spin(turns: number): number {
  let value = turns;
  for (let index = 0; index < turns; index++) value = (value * 31 + index) | 0;
  return value;
}

class Peer {
  private readonly task: PeerTask;
  private readonly progress: Int32Array;

  constructor(task: PeerTask) {
    this.task = task;
    this.progress = new Int32Array(task.buffer, task.progress.byteOffset, 4);
  }

  async run(): Promise<void> {
    const { role, count, first } = this.task;
    if (role === 'produce') produce(this.publication(), first ?? 0, count);
    if (role === 'consume') this.consume(count);
    if (role === 'produceSlowly') this.produceSlowly();
    if (role === 'consumeSlowly') this.consumeSlowly();
    if (role === 'writeCell') this.writeCell();
    if (role === 'echo') this.echo(count);
    if (role === 'echoAsync') await this.echoAsync(count);
    Atomics.store(this.progress, 2, 1);
  }

  private publication(): Publication {
    const { buffer, ring } = this.task;
    return new Publication(buffer, ring!.region, ring!.declaration, null);
  }

  private subscription(): Subscription {
    const { buffer, ring } = this.task;
    return new Subscription(buffer, ring!.region, ring!.declaration);
  }

  private consume(count: number): void {
    const sub = this.subscription();
    let number = 0;
    let errors = 0;
    const handler = (type: number, view: RecordView, at: number, bytes: number): void => {
      if (!isRecord(number, type, view, at, bytes)) errors += 1;
      number += 1;
    };
    while (number < count) {
      if (sub.poll(handler, 256) === 0) Atomics.pause();
      else Atomics.store(this.progress, 0, number);
    }
    Atomics.store(this.progress, 1, errors);
  }

  /** Spends nearly all its time between claim and commit; continues the numbers after the last one published. */
  private produceSlowly(): void {
    const pub = this.publication();
    for (let number = this.task.first ?? 0; ;) {
      const words = wordsOf(number);
      const at = pub.tryClaim(1 + (number & 1023), words * 4);
      if (at < 0) continue;
      for (let index = 0; index < words; index++) {
        pub.view.i32[(at >> 2) + index] = number ^ index;
        spin(200);
      }
      pub.commit();
      number += 1;
      Atomics.add(this.progress, 0, 1);
    }
  }

  /** Spends nearly all its time inside the handler. */
  private consumeSlowly(): void {
    const sub = this.subscription();
    const { applied, buffer, count } = this.task;
    const begun = new Int32Array(buffer, applied!.byteOffset, count);
    const ended = new Int32Array(buffer, applied!.byteOffset + count * 4, count);
    const handler = (type: number, view: RecordView, at: number, bytes: number): void => {
      const number = view.i32[at >> 2];
      if (!isRecord(number, type, view, at, bytes)) Atomics.add(this.progress, 1, 1);
      Atomics.add(begun, number, 1);
      spin(2000);
      Atomics.add(ended, number, 1);
      Atomics.add(this.progress, 0, 1);
    };
    for (;;) sub.poll(handler, 16);
  }

  /** Writes until word 3 of the progress block is set; word 0 says the last value. */
  private writeCell(): void {
    const cell = new SeqlockCell(this.task.buffer, this.task.cellOffset!, 8);
    let value = 0;
    while (Atomics.load(this.progress, 3) === 0) {
      value += 1;
      cell.beginWrite();
      for (let index = 0; index < 8; index++) cell.values[index] = value * (index + 1);
      cell.endWrite();
      // Room for readers: a writer without a pause shows nobody a whole value.
      spin(value & 255);
    }
    Atomics.store(this.progress, 0, value);
  }

  private ends(): { sub: Subscription; pub: Publication; bell: Doorbell } {
    const { buffer, bell, back, backBell } = this.task;
    const backDoorbell = new Doorbell(buffer, backBell!);
    const pub = new Publication(buffer, back!.region, back!.declaration, backDoorbell);
    return { sub: this.subscription(), pub, bell: new Doorbell(buffer, bell!) };
  }

  /** Answers every record with one, and sleeps without a time limit in between. */
  private echo(count: number): void {
    const { sub, pub, bell } = this.ends();
    let answered = 0;
    const handler = (): void => {
      pub.tryClaim(1, 8);
      pub.commit();
      answered += 1;
    };
    while (answered < count) {
      if (sub.poll(handler, 16) > 0) continue;
      const signal = bell.prepareToPark();
      if (sub.hasWork()) bell.cancelPark();
      else bell.parkBlocking(signal, FOREVER_MS);
    }
  }

  private async echoAsync(count: number): Promise<void> {
    const { sub, pub, bell } = this.ends();
    let answered = 0;
    const handler = (): void => {
      pub.tryClaim(1, 8);
      pub.commit();
      answered += 1;
    };
    while (answered < count) {
      if (sub.poll(handler, 16) > 0) continue;
      const signal = bell.prepareToPark();
      if (sub.hasWork()) bell.cancelPark();
      else await bell.parkAsync(signal, FOREVER_MS);
    }
  }
}

// A wait on shared memory does not keep a thread alive by itself.
const keepAlive = setInterval(() => {}, 1000);
if (workerData !== null) await new Peer(workerData as PeerTask).run();
clearInterval(keepAlive);
