import type { Region } from '../ipc/memory-map.ts';

/*
 * What supervisor and runner tell each other about one thread.
 *   byte  0  stopWanted    Int32, supervisor: 1 = close the actors and return
 *         4  isStopped     Int32, runner
 *        32  gcCount       Float64, runner
 *        40  gcMaxMs       Float64, runner
 *        48  gcTotalMs     Float64, runner
 *        56  heapUsedBytes Float64, runner
 */

/** Bytes of shared memory one thread's control block needs. */
export const THREAD_CONTROL_BYTES = 128;

/** One thread's control block. Each field has one writer, named above. */
export class ThreadControl {
  private readonly i32: Int32Array;
  private readonly f64: Float64Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    this.i32 = new Int32Array(buffer, region.byteOffset, 2);
    this.f64 = new Float64Array(buffer, region.byteOffset, THREAD_CONTROL_BYTES >> 3);
  }

  /** Supervisor: a thread is about to run here (again). */
  reset(): void {
    Atomics.store(this.i32, 0, 0);
    Atomics.store(this.i32, 1, 0);
  }

  requestStop(): void {
    Atomics.store(this.i32, 0, 1);
  }

  stopWanted(): boolean {
    return Atomics.load(this.i32, 0) === 1;
  }

  noteStopped(): void {
    Atomics.store(this.i32, 1, 1);
  }

  isStopped(): boolean {
    return Atomics.load(this.i32, 1) === 1;
  }

  /** Runner: one garbage collection of `durationMs`. */
  noteGc(durationMs: number): void {
    this.f64[4] += 1;
    if (durationMs > this.f64[5]) this.f64[5] = durationMs;
    this.f64[6] += durationMs;
  }

  noteHeap(heapUsedBytes: number): void {
    this.f64[7] = heapUsedBytes;
  }

  gc(): { readonly count: number; readonly maxMs: number; readonly totalMs: number } {
    return { count: this.f64[4], maxMs: this.f64[5], totalMs: this.f64[6] };
  }

  heapUsedBytes(): number {
    return this.f64[7];
  }
}
