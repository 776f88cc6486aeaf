import { invariant } from '../core/assert.ts';
import { STRATEGIES_MAX } from '../core/limits.ts';
import { COMMAND_REASON } from '../messages/enums.ts';
import { HostedStrategy } from './hosted-strategy.ts';
import type { StrategyServices, StrategySpec } from './hosted-strategy.ts';

const ALL = -1;

/** Loads the strategy that has an index now, at once. Throws with a sentence that names what is wrong with it. */
export type LoadStrategy = (strategyIndex: number) => StrategySpec;

/**
 * The strategies that an actor hosts, added and removed one at a time between its callbacks; the others are not touched
 * by it. Adding and removing allocate and may take milliseconds; looking up does not.
 */
export class StrategyRoster {
  /** In no order that means anything; the same array for ever. */
  readonly hosts: HostedStrategy[];
  /** What was wrong with the strategy that could last not be added. */
  problem = '';
  private readonly services: StrategyServices;
  private readonly load: LoadStrategy | null;
  /** Place in `hosts` by strategy index; -1 = no strategy of this actor's. */
  private readonly places: Int32Array;

  /** Makes the strategies. @throws what a strategy's factory throws for bad parameters */
  constructor(specs: readonly StrategySpec[], services: StrategyServices, load: LoadStrategy | null) {
    invariant(specs.length <= STRATEGIES_MAX, `an engine hosts at most ${STRATEGIES_MAX} strategies`);
    this.services = services;
    this.load = load;
    this.hosts = specs.map((spec, place) => new HostedStrategy(spec.index ?? place, spec, services));
    this.places = new Int32Array(STRATEGIES_MAX);
    this.index();
  }

  /** The strategy of that index, or null when this actor has none. */
  find(strategyIndex: number): HostedStrategy | null {
    const place = strategyIndex >= 0 && strategyIndex < STRATEGIES_MAX ? this.places[strategyIndex] : -1;
    return place === -1 ? null : this.hosts[place];
  }

  /** Whether nobody is left to look after orders of this strategy. */
  isGone(strategyIndex: number): boolean {
    return this.find(strategyIndex)?.isFaulted !== false;
  }

  /**
   * Loads, makes and starts the strategy of that index; a COMMAND_REASON, and `problem` says what was wrong. One that is
   * there already stays as it is: its thread ended between the command and its answer, and read of it when it started.
   */
  add(strategyIndex: number): number {
    this.problem = '';
    const there = this.find(strategyIndex);
    if (there !== null && !there.isFaulted) return COMMAND_REASON.none;
    if (there !== null)
      return this.giveUp(strategyIndex, COMMAND_REASON.strategyFaulted, 'it is switched off');
    if (this.load === null) return COMMAND_REASON.unknownCommand;
    const { services } = this;
    services.faults.clear(strategyIndex);
    services.memory.forget(strategyIndex);
    let host: HostedStrategy;
    try {
      host = new HostedStrategy(strategyIndex, this.load(strategyIndex), services);
    } catch (error) {
      return this.giveUp(strategyIndex, COMMAND_REASON.failed, messageOf(error));
    }
    this.hosts.push(host);
    this.index();
    host.callStart();
    if (!host.isFaulted) return COMMAND_REASON.none;
    const why = `its onStart failed: ${host.faultText}`;
    return this.giveUp(strategyIndex, COMMAND_REASON.strategyFaulted, why);
  }

  /**
   * Makes the strategy of that index anew, with the parameters that are written down now, and starts it; its orders,
   * brackets and position stay. One that cannot be made changes nothing: the one that runs goes on. A COMMAND_REASON, and
   * `problem` says what was wrong.
   */
  change(strategyIndex: number): number {
    this.problem = '';
    const old = this.find(strategyIndex);
    if (old === null) return COMMAND_REASON.unknownStrategy;
    if (old.isFaulted) {
      this.problem = 'it is switched off';
      return COMMAND_REASON.strategyFaulted;
    }
    if (this.load === null) return COMMAND_REASON.unknownCommand;
    const { services } = this;
    let host: HostedStrategy;
    try {
      host = new HostedStrategy(strategyIndex, this.load(strategyIndex), services);
    } catch (error) {
      this.problem = messageOf(error);
      return COMMAND_REASON.failed;
    }
    old.callStop();
    old.switchOff();
    services.faults.clear(strategyIndex);
    services.bars.unsubscribe(strategyIndex);
    services.memory.forget(strategyIndex);
    this.hosts[this.places[strategyIndex]] = host;
    this.index();
    host.callStart();
    if (!host.isFaulted) return COMMAND_REASON.none;
    this.problem = `its onStart failed: ${host.faultText}`;
    return COMMAND_REASON.strategyFaulted;
  }

  /**
   * Stops the strategy of that index, if it is there, and cancels the orders it has. Nothing calls it any more; what is
   * reported of its orders from now on belongs to no strategy.
   */
  remove(strategyIndex: number): void {
    const host = this.find(strategyIndex);
    host?.callStop();
    // One that was switched off has had its orders cancelled.
    const isCancelled = host?.isFaulted === true;
    host?.switchOff();
    this.services.bars.unsubscribe(strategyIndex);
    this.services.faults.clear(strategyIndex);
    if (host !== null) this.hosts.splice(this.hosts.indexOf(host), 1);
    this.index();
    if (!isCancelled) this.services.desk.cancelAll(strategyIndex, ALL);
  }

  private giveUp(strategyIndex: number, reason: number, problem: string): number {
    this.problem = problem;
    this.remove(strategyIndex);
    return reason;
  }

  private index(): void {
    this.places.fill(-1);
    for (const [place, { index }] of this.hosts.entries()) this.places[index] = place;
    this.services.mail.isRead = this.hosts.some((host) => host.wantsSignals);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
