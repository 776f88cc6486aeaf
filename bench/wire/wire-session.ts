import type { GcCount } from '../harness/gc-watch.ts';
import { addGc, NO_GC } from '../harness/gc-watch.ts';
import { WireExchange } from './wire-process.ts';
import type { WireClientStart } from './wire-process.ts';
import type { WireCpus } from './wire-cpus.ts';
import type { WireFigures, WirePhase } from './wire-job.ts';

/** One client and the exchange it trades on, both started anew and ended afterwards. */
export interface SessionFigures {
  /** In the order of the phases. */
  readonly phases: readonly WireFigures[];
  /** Of the client, from its start to its end. */
  readonly gc: GcCount;
  /** All ticks it was sent, warm-up included. */
  readonly ticks: number;
}

/** Runs the phases one after the other with one client. */
export async function runSession(
  start: WireClientStart,
  phases: readonly WirePhase[],
  cpus: WireCpus,
): Promise<SessionFigures> {
  const exchange = await WireExchange.start(cpus);
  let gc = NO_GC;
  const figures: WireFigures[] = [];
  try {
    const client = start(exchange.venue, cpus);
    try {
      for (const phase of phases) figures.push(await Promise.race([exchange.run(phase), client.died]));
    } finally {
      gc = addGc(gc, await client.close());
    }
  } finally {
    await exchange.close();
  }
  const ticks = phases.reduce((sum, phase) => sum + phase.warmupTicks + phase.ticks, 0);
  return { phases: figures, gc, ticks };
}
