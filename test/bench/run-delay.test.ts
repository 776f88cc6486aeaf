import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { RunDelayMeter } from '../../engine/runtime/run-delay.ts';

const NAME = 'run-delay-test';
const workers: Worker[] = [];

function spawn(): Promise<Worker> {
  const worker = new Worker('setInterval(() => {}, 5)', { eval: true, name: NAME });
  workers.push(worker);
  return new Promise((resolve) => {
    worker.once('online', () => resolve(worker));
  });
}

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.terminate();
});

/** Takes until the meter knows something; it looks for its thread now and then only. */
function takeSoon(meter: RunDelayMeter): number | null {
  for (let take = 0; take < 300; take++) {
    const delayNs = meter.takeNs();
    if (delayNs !== null) return delayNs;
  }
  return null;
}

/* Only Linux counts this, and only where the kernel was built to. */
const isCounted = process.platform === 'linux' && /^\d+ \d+ /.test(readSchedstat());

function readSchedstat(): string {
  try {
    return readFileSync('/proc/self/schedstat', 'utf8');
  } catch {
    return '';
  }
}

describe.skipIf(!isCounted)('the run delay of a thread', () => {
  test('is known from the second look on, and is what was added since the last', async () => {
    await spawn();
    const meter = new RunDelayMeter(NAME);
    expect(meter.takeNs()).toBeNull();
    for (let look = 0; look < 5; look++) expect(meter.takeNs()).toBeGreaterThanOrEqual(0);
    meter.close();
    expect(meter.takeNs()).toBeNull();
  });

  test('is unknown while there is no such thread, and that of the successor when one comes', async () => {
    const meter = new RunDelayMeter(NAME);
    expect(takeSoon(meter)).toBeNull();
    const first = await spawn();
    expect(takeSoon(meter)).toBeGreaterThanOrEqual(0);
    await first.terminate();
    const deadline = performance.now() + 5_000;
    while (meter.takeNs() !== null && performance.now() < deadline);
    expect(takeSoon(meter)).toBeNull();
    await spawn();
    expect(takeSoon(meter)).toBeGreaterThanOrEqual(0);
    meter.close();
  });
});
