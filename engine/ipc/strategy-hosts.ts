// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import { STRATEGIES_MAX } from '../core/limits.ts';
import type { Region } from './memory-map.ts';

/*
 * Which strategy actor hosts which strategy: whom risk and execution tell of its orders.
 *   byte 0  Int32 x STRATEGIES_MAX: place of the actor among the strategy actors, from 1; 0 = no strategy has this index
 * Written by the supervisor: before the threads start, and before a strategy is added.
 */

/** Bytes of shared memory the table needs. */
export const STRATEGY_HOSTS_BYTES: number = STRATEGIES_MAX * 4;

/** The strategy actor that looks after orders whose strategy is not there: it cancels them. */
const ORPHANS_HOST = 0;

/** Whom to tell of a strategy's orders. The supervisor writes, any thread reads. */
export class StrategyHosts {
  private readonly words: Int32Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    invariant(
      region.byteLength >= STRATEGY_HOSTS_BYTES,
      `region "${region.name}" has room for all strategies`,
    );
    this.words = new Int32Array(buffer, region.byteOffset, STRATEGIES_MAX);
  }

  /** A table in memory of its own: one actor hosts all. */
  static unshared(): StrategyHosts {
    const region = { name: 'strategy-hosts', byteOffset: 0, byteLength: STRATEGY_HOSTS_BYTES };
    return new StrategyHosts(new SharedArrayBuffer(STRATEGY_HOSTS_BYTES), region);
  }

  /** Place of the strategy actor to tell; -1 = an order of no strategy. */
  actorOf(strategyIndex: number): number {
    if (strategyIndex < 0) return -1;
    const word = strategyIndex < STRATEGIES_MAX ? Atomics.load(this.words, strategyIndex) : 0;
    return word === 0 ? ORPHANS_HOST : word - 1;
  }

  /** Whether a strategy has this index. */
  isHosted(strategyIndex: number): boolean {
    return (
      strategyIndex >= 0 && strategyIndex < STRATEGIES_MAX && Atomics.load(this.words, strategyIndex) !== 0
    );
  }

  /** The strategy of this index is hosted by that strategy actor. */
  set(strategyIndex: number, actor: number): void {
    Atomics.store(this.words, strategyIndex, actor + 1);
  }

  /** No strategy has this index any more. */
  clear(strategyIndex: number): void {
    Atomics.store(this.words, strategyIndex, 0);
  }
}
