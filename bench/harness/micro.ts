import { Bench as Tinybench } from 'tinybench';
import type { Rival, RoundResult } from './comparison.ts';
import { GcWatch } from './gc-watch.ts';

/** How long one rival runs in one round, and how it is warmed up before. */
export interface MicroSettings {
  readonly timeMs: number;
  readonly passesMin: number;
  readonly warmupMs: number;
  readonly warmupPassesMin: number;
}

/** A few passes: enough to see that it works. */
export const SMOKE_MICRO: MicroSettings = { timeMs: 0, passesMin: 2, warmupMs: 0, warmupPassesMin: 1 };

/** The settings in words. */
export function microMethod(settings: MicroSettings): string {
  const { timeMs, passesMin, warmupMs, warmupPassesMin } = settings;
  return (
    `warm-up ${warmupMs} ms and at least ${warmupPassesMin} passes, then ${timeMs} ms and at least ` +
    `${passesMin} passes; the value is the median pass`
  );
}

/**
 * A rival on tinybench. `pass` does `operations` operations in a loop of its own, because one of them is shorter than
 * a reading of the clock, and returns the checksum of that work. The value is nanoseconds per operation.
 */
export function microRival(
  name: string,
  operations: number,
  pass: () => number,
  settings: MicroSettings,
): Rival {
  return { name, run: async () => await measure(name, operations, pass, settings) };
}

async function measure(
  name: string,
  operations: number,
  pass: () => number,
  settings: MicroSettings,
): Promise<RoundResult> {
  const sums = new Set<number>();
  let passes = 0;
  const watch = new GcWatch();
  const bench = new Tinybench({
    time: settings.timeMs,
    iterations: settings.passesMin,
    warmupTime: settings.warmupMs,
    warmupIterations: settings.warmupPassesMin,
    throws: true,
  });
  const work = (): void => {
    const sum = pass();
    passes++;
    sums.add(sum);
  };
  const beforeAll = async (): Promise<void> => {
    await watch.start();
    passes = 0;
  };
  bench.add(name, work, { async: false, beforeAll });
  await bench.run();
  const gc = await watch.stop();
  watch.close();
  const result = bench.tasks[0].result;
  if (result.state !== 'completed') throw new Error(`${name}: the task ended ${result.state}`);
  return {
    value: (result.latency.p50 * 1e6) / operations,
    checksum: [...sums].map((sum) => checksumText(sum)).join('/'),
    operations: passes * operations,
    gc,
  };
}

/** A sum as it is shown; integers and fractions alike. */
export function checksumText(sum: number): string {
  return Number.isInteger(sum) ? sum.toString(16) : String(sum);
}
