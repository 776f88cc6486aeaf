import { Piscina } from 'piscina';
import { siblingModule } from '../../core/sibling-module.ts';
import { storeBars, type StoredBars } from '../store/store-bars.ts';
import type { BarStoreWriter } from './bar-recorder.ts';

/** A thread that has nothing to write is ended after this. */
const IDLE_TIMEOUT_MS = 5_000;
/** Of a process there is one engine, and that writes one thing after the other. */
const WRITER = 'engine';
const HEAP_MB_MAX = 96;
const NICE_INCREMENT = 10;
const TASK: keyof { storeBars: typeof storeBars } = 'storeBars';

/** Writes to the bar store in `folder` on a thread of its own, because that waits for the disk. */
export function openStoreWriter(folder: string): BarStoreWriter {
  const pool = new Piscina({
    filename: siblingModule('../store/store-bars', import.meta.url).href,
    name: TASK,
    minThreads: 0,
    maxThreads: 1,
    maxQueue: 1,
    idleTimeout: IDLE_TIMEOUT_MS,
    atomics: 'disabled',
    recordTiming: false,
    niceIncrement: NICE_INCREMENT,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
  });
  pool.on('error', () => {});
  return {
    folder,
    writer: WRITER,
    write: async (bars) => (await pool.run(bars)) as StoredBars,
    writeNow: storeBars,
    close: () => pool.destroy(),
  };
}
