import type { CounterBlock } from '../../ipc/counters.ts';
import { ANALYSIS_COUNTER } from '../analysis-counters.ts';
import type { ScheduledRun } from '../schedule/scheduler.ts';
import type { ShardPool } from './shard-pool.ts';
import type { SymbolAnswer, SymbolTask } from './symbol-task.ts';
import type { SymbolDesk } from './symbol-desk.ts';

/** Symbols of one task. */
const SYMBOLS_PER_TASK = 64;
/** Tasks of one symbol each after a task failed as a whole: the one that is to blame is found that way. */
const CAUTIOUS_TASKS = 2 * SYMBOLS_PER_TASK;

/** A symbol's part in a task. */
interface ShardPart {
  readonly run: ScheduledRun;
  readonly task: SymbolTask;
  readonly desk: SymbolDesk;
}

/** A run with its answer; null = its task failed as a whole. */
interface FinishedRun {
  readonly run: ScheduledRun;
  readonly answer: SymbolAnswer | null;
}

interface Shard {
  controller: AbortController | null;
  startedNs: number;
  cautious: number;
  /** Symbols whose analyses its thread keeps. */
  readonly desks: Set<SymbolDesk>;
}

/** Gives tasks to the shards of a pool, one at a time each, and collects what comes of them. One thread. */
export class ShardDesk {
  private readonly pool: ShardPool;
  private readonly timeoutNs: number;
  private readonly counters: CounterBlock;
  private readonly shards: readonly Shard[];
  private finished: FinishedRun[];
  /** The shard that was last found free with nothing to do in this turn. */
  private turnFrom: number;

  constructor(
    pool: ShardPool,
    { taskTimeoutMs }: { readonly taskTimeoutMs: number },
    counters: CounterBlock,
  ) {
    this.pool = pool;
    this.timeoutNs = taskTimeoutMs * 1e6;
    this.counters = counters;
    this.shards = Array.from({ length: pool.shardCount }, () => ({
      controller: null,
      startedNs: 0,
      cautious: 0,
      desks: new Set<SymbolDesk>(),
    }));
    this.finished = [];
    this.turnFrom = 0;
  }

  get hasFinished(): boolean {
    return this.finished.length > 0;
  }

  /** The shard of a symbol: always the same. */
  shardOf(instrumentIndex: number): number {
    return instrumentIndex % this.shards.length;
  }

  /** The next shard without a task in this turn; -1 = there is none left. */
  freeShard(): number {
    while (this.turnFrom < this.shards.length) {
      const shard = this.turnFrom++;
      if (this.shards[shard].controller === null) return shard;
    }
    this.turnFrom = 0;
    return -1;
  }

  /** Whether a task of the shard looked at may take one more symbol. */
  hasRoom(symbolCount: number): boolean {
    const { cautious } = this.shards[this.turnFrom - 1];
    return symbolCount < (cautious > 0 ? 1 : SYMBOLS_PER_TASK);
  }

  send(place: number, parts: readonly ShardPart[], nowNs: number): void {
    if (parts.length === 0) return;
    const shard = this.shards[place];
    const controller = new AbortController();
    shard.controller = controller;
    shard.startedNs = nowNs;
    if (shard.cautious > 0) shard.cautious--;
    for (const { desk } of parts) shard.desks.add(desk);
    this.counters.add(ANALYSIS_COUNTER.runsStarted, parts.length);
    const symbols = parts.map(({ task }) => task);
    this.pool.run(place, { symbols }, controller.signal).then(
      ({ symbols: answers }) => {
        shard.controller = null;
        for (const [index, { run }] of parts.entries()) this.finished.push({ run, answer: answers[index] });
      },
      () => this.failed(shard, parts),
    );
  }

  takeFinished(): readonly FinishedRun[] {
    const { finished } = this;
    if (finished.length > 0) this.finished = [];
    return finished;
  }

  endOverdue(nowNs: number): void {
    for (const { controller, startedNs } of this.shards) {
      if (controller === null || controller.signal.aborted || nowNs - startedNs <= this.timeoutNs) continue;
      this.counters.increment(ANALYSIS_COUNTER.runsTimedOut);
      controller.abort();
    }
  }

  close(): Promise<void> {
    for (const { controller } of this.shards) controller?.abort();
    return this.pool.close().catch(() => {});
  }

  /** The thread is gone, and with it every analysis that it kept. */
  private failed(shard: Shard, parts: readonly ShardPart[]): void {
    shard.controller = null;
    shard.cautious = parts.length > 1 ? CAUTIOUS_TASKS : shard.cautious;
    for (const desk of shard.desks) desk.beginAnew();
    shard.desks.clear();
    for (const { run } of parts) this.finished.push({ run, answer: null });
  }
}
