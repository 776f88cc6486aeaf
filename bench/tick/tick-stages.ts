import { LatencyRecorder } from '../harness/latency.ts';
import { durationText, tableText } from '../harness/report.ts';
import { TICK_KIND } from './tick-frames.ts';
import type { TickLoop } from './tick-frames.ts';
import { ORDER_HOP } from './tick-log.ts';
import type { TickLog } from './tick-log.ts';

/** What an order's way is made of, in its order. `wait`: from when the tick was meant to be sent until it was taken. */
const STAGES = ['wait', 'decode', 'book', 'strategy', 'risk', 'order', 'whole'] as const;

/** What one run of ticks came to. */
export interface TickFigures {
  /** Of every order, from the intended time of its tick to its bytes. */
  readonly latenciesNs: Float64Array;
  /** Ticks that no order came of: swallowed by conflation, or by orders still open. */
  readonly missed: number;
  /** Orders that are not the ones their ticks call for. */
  readonly wrong: number;
  /** Per order, one after the other: the STAGES. */
  readonly stagesNs: readonly Float64Array[];
}

/** Reads a finished run of `ticks` ticks, the first of which was frame `firstFrame` of the loop. */
export function tickFigures(log: TickLog, ticks: number, loop: TickLoop, firstFrame: number): TickFigures {
  const orders = Math.min(log.orderCount(), log.ticksMax);
  const stagesNs = STAGES.map(() => new Float64Array(orders));
  let tick = 0;
  let found = 0;
  let wrong = 0;
  for (let order = 0; order < orders; order++) {
    const recvNs = log.hop(order, ORDER_HOP.recvNs);
    while (tick < ticks && log.intendedNs[tick] < recvNs) tick++;
    if (tick === ticks || log.intendedNs[tick] !== recvNs) continue;
    const hops = [recvNs, log.takenNs[tick]];
    for (const hop of ['decodedNs', 'bookedNs', 'signalledNs', 'approvedNs', 'sentNs'] as const) {
      hops.push(log.hop(order, ORDER_HOP[hop]));
    }
    for (let stage = 0; stage + 1 < hops.length; stage++) {
      stagesNs[stage][found] = hops[stage + 1] - hops[stage];
    }
    stagesNs[STAGES.length - 1][found] = hops[hops.length - 1] - recvNs;
    if (log.priceTicks(order) !== loop.askTicks[(firstFrame + tick) % loop.count]) wrong++;
    found++;
  }
  const all = stagesNs.map((values) => values.subarray(0, found));
  let wanted = 0;
  for (let index = 0; index < ticks; index++) {
    if (loop.kinds[(firstFrame + index) % loop.count] === TICK_KIND.depth) wanted++;
  }
  return { latenciesNs: all[STAGES.length - 1], missed: wanted - found, wrong, stagesNs: all };
}

/**
 * Over what the orders of one lap must be, by a book of the bench's own. Orders that differ, or none at all, show in it;
 * ticks without an order do not: an engine that is overrun sends the newest, and the notes say so.
 */
export function tickChecksum(loop: TickLoop, runs: readonly TickFigures[]): string {
  let hash = 0x811c9dc5;
  for (const ticks of loop.askTicks) hash = Math.imul(hash ^ (ticks | 0), 0x01000193);
  const wrong = runs.reduce((sum, figures) => sum + figures.wrong, 0);
  const isEmpty = runs.some((figures) => figures.latenciesNs.length === 0 && figures.missed > 0);
  return `${(hash >>> 0).toString(16)}${isEmpty ? '-none' : ''}${wrong === 0 ? '' : `-wrong${wrong}`}`;
}

/** The stages of all rounds of one kind of run. */
export class StageTable {
  private readonly recorders: Map<string, LatencyRecorder[]> = new Map();
  private readonly counts: Map<string, { orders: number; missed: number }> = new Map();

  add(name: string, figures: TickFigures): void {
    const recorders = this.recorders.get(name) ?? STAGES.map(() => new LatencyRecorder());
    this.recorders.set(name, recorders);
    const counts = this.counts.get(name) ?? { orders: 0, missed: 0 };
    this.counts.set(name, counts);
    counts.orders += figures.latenciesNs.length;
    counts.missed += figures.missed;
    for (const [index, values] of figures.stagesNs.entries()) recorders[index].record(values);
  }

  /** One line per kind of run; gives the memory back. */
  lines(): string[] {
    if (this.recorders.size === 0) return [];
    const rows = [...this.recorders].map(([name, recorders]) => [
      name,
      ...recorders.map((recorder) => {
        const figures = recorder.finish();
        return figures === null ? '-' : `${durationText(figures.p50)} / ${durationText(figures.p99)}`;
      }),
      this.missedText(name),
    ]);
    const head = ['where the time goes, p50 / p99', ...STAGES, 'no order'];
    return tableText([head, ...rows]).split('\n');
  }

  private missedText(name: string): string {
    const { orders, missed } = this.counts.get(name)!;
    return missed === 0 ? '0' : `${((missed * 100) / (orders + missed)).toFixed(1)} %`;
  }
}
