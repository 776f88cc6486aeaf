import { fileURLToPath } from 'node:url';
import type { ActorCalls, CallAnswer } from '../../control/actor-calls.ts';
import { CommandRefusal, PROBLEM, reportOf } from '../../control/command.ts';
import type { CommandArgs, CommandKind, CommandReport } from '../../control/command.ts';
import { STRATEGIES_MAX } from '../../core/limits.ts';
import { OrderTableReader } from '../../execution/order-table.ts';
import { StrategyHosts } from '../../ipc/strategy-hosts.ts';
import { runStrategy, writeStrategy } from '../../journal/run-strategies.ts';
import { STRATEGY_RECORD, STRATEGY_RECORD_BYTES, StrategyRecord } from '../../messages/codecs.ts';
import { COMMAND, COMMAND_REASON, nameOf } from '../../messages/enums.ts';
import { actorName, isHotActor, labelOf } from '../../runtime/actor.ts';
import { actorsOf } from '../../runtime/topology.ts';
import type { StrategyFaults } from '../../strategy/strategy-faults.ts';
import { CliError } from '../cli/cli-error.ts';
import type { StrategyPart } from '../config/engine-parts.ts';
import { checkStrategyParams, plannedStrategy, prepareStrategy } from '../strategy/strategy-check.ts';
import { SLOT_STATE } from '../strategy/strategy-slots.ts';
import type { StrategySlot, StrategySlots } from '../strategy/strategy-slots.ts';
import type { PlannedStrategy } from '../strategy/planned-strategy.ts';
import type { EnginePlan } from '../threads/thread-plan.ts';
import { tellJournal } from './journal-notice.ts';
import type { JournalNotices } from './journal-notice.ts';
import type { BookWatch } from './book-watch.ts';
import { NOTHING_MADE, PnlReport } from './pnl.ts';
import type { PositionsAndPnl } from './pnl.ts';
import { heldText } from './status-line.ts';
import { tooLong } from './strategy-seats.ts';

/** How long an actor may take to load, make and start a strategy; the watchdog ends it sooner. */
const ADD_MS = 10_000;

/** A strategy as `shrike ctl strategies list` shows it. */
export interface ListedStrategy {
  readonly index: number;
  readonly name: string;
  readonly actor: string;
  readonly state: 'running' | 'faulted' | 'removed';
  readonly openOrders: number;
  /** What its own fills made. */
  readonly position: PositionsAndPnl['position'];
  readonly pnl: PositionsAndPnl['pnl'];
  /** What it holds, in words. */
  readonly holds: string;
  /** File URL of its module. */
  readonly url: string;
  readonly params: PlannedStrategy['params'];
}

type Facts = Pick<EnginePlan, 'config' | 'accounts' | 'isPlayMoney' | 'instruments'>;

/** Adds, changes and removes strategies of a running engine, and lists them. Main thread. */
export class StrategyCommands {
  private readonly facts: Facts;
  private readonly journal: JournalNotices;
  private readonly slots: StrategySlots;
  private readonly pnl: PnlReport;
  private readonly hosts: StrategyHosts;
  private readonly faults: StrategyFaults;
  private readonly orders: readonly OrderTableReader[];
  /** Labels of the strategy actors, in their order. */
  private readonly actors: readonly string[];

  constructor(facts: Facts, notices: JournalNotices, books: BookWatch) {
    const { wiring } = notices;
    const { buffer, topology } = wiring;
    this.facts = facts;
    this.journal = notices;
    this.slots = wiring.strategySlots();
    this.pnl = new PnlReport(wiring, facts.instruments, books);
    this.hosts = new StrategyHosts(buffer, wiring.region('state:strategy-hosts'));
    this.faults = wiring.strategyFaults();
    this.orders = facts.accounts.map(
      ({ label }) => new OrderTableReader(buffer, wiring.labelled('state:orders', label)),
    );
    this.actors = actorsOf(topology, 'strategy').filter(isHotActor).map(labelOf);
  }

  /** The commands, for the desk. */
  kinds(): CommandKind[] {
    return [
      { kind: 'strategies-add', run: (args, calls) => this.add(args, calls) },
      { kind: 'strategies-set', run: (args, calls) => this.change(args, calls) },
      { kind: 'strategies-remove', lowersRisk: true, run: (args, calls) => this.remove(args, calls) },
    ];
  }

  /** Every strategy there is or was. */
  list(): ListedStrategy[] {
    return this.slots.all().map(({ index, isRemoved, strategy: { name, actor, url, params } }) => {
      const running = this.faults.isFaulted(index) ? 'faulted' : 'running';
      const made = this.pnl.readOf(index) ?? NOTHING_MADE;
      return {
        index,
        name,
        actor: actorName('strategy', actor),
        state: isRemoved ? 'removed' : running,
        openOrders: this.openOrders(index),
        ...made,
        holds: heldText(made.position),
        url,
        params,
      };
    });
  }

  /** The names of the strategies there are, for people. */
  names(): string {
    const names = this.slots.active().map(({ strategy }) => strategy.name);
    return names.length === 0 ? 'no strategy' : names.join(' + ');
  }

  private async add(args: CommandArgs, calls: ActorCalls): Promise<CommandReport> {
    this.refuseUnconfirmed(args);
    const part = partOf(args, this.actorMeant(args['actor']));
    this.freeIndex(part.name);
    const strategy = await this.tried(part);
    // Whatever came while it was tried counts too; from here to the slot nothing else can.
    const index = this.freeIndex(strategy.name);
    const last = this.slots.read(index);
    if (!this.slots.put(index, strategy)) throw refusalOf(tooLong(strategy.name));
    try {
      await this.nameInLogs(index, strategy, calls);
      if (last !== null && last.strategy.name !== strategy.name) await this.giveUpPosition(index, calls);
    } catch (error) {
      this.slots.mark(index, SLOT_STATE.empty);
      throw error;
    }
    this.hosts.set(index, this.actors.indexOf(strategy.actor));
    const answer = await calls.ask({
      actor: actorName('strategy', strategy.actor),
      kind: COMMAND.addStrategy,
      argument: index,
      timeoutMs: ADD_MS,
    });
    if (answer.outcome === 'unknown') return this.afterSilence(answer, index, strategy, calls);
    if (answer.outcome !== 'applied') this.slots.mark(index, SLOT_STATE.empty);
    const message = `strategy ${index} "${strategy.name}" runs on ${answer.actor}`;
    return reportOf([answer], message, { index, name: strategy.name, actor: answer.actor });
  }

  /** Journal and intent logs say what the index means before an order can bear it: a restart maps by name. */
  private async nameInLogs(
    index: number,
    { name, params }: PlannedStrategy,
    calls: ActorCalls,
  ): Promise<void> {
    const named = runStrategy(index, name, params);
    await tellJournal(this.journal, STRATEGY_RECORD, STRATEGY_RECORD_BYTES, (view, at) =>
      writeStrategy(new StrategyRecord().wrap(view, at), named),
    );
    for (const { label } of this.facts.accounts) {
      const actor = actorName('execution', label);
      const answer = await calls.ask({ actor, kind: COMMAND.addStrategy, argument: index });
      if (answer.outcome === 'applied') continue;
      const reason = answer.outcome === 'refused' ? answer.reason : PROBLEM.busy;
      throw new CommandRefusal(reason, `${actor} could not write down what the strategy is; try again`);
    }
  }

  /** What the last strategy of an index left is nobody's, before another one has it. */
  private async giveUpPosition(index: number, calls: ActorCalls): Promise<void> {
    const answer = await calls.ask({ actor: 'risk', kind: COMMAND.addStrategy, argument: index });
    if (answer.outcome === 'applied') return;
    const text = 'risk could not give up the position that the last strategy of the index left; try again';
    throw new CommandRefusal(answer.outcome === 'refused' ? answer.reason : PROBLEM.busy, text);
  }

  /** No answer: a strategy that ended its thread is known by its fault, and is removed again. */
  private async afterSilence(
    answer: CallAnswer,
    index: number,
    { name }: PlannedStrategy,
    calls: ActorCalls,
  ): Promise<CommandReport> {
    const details = { index, name, actor: answer.actor };
    if (!this.faults.isFaulted(index)) {
      const message = `no answer in time; "shrike ctl strategies list" says whether strategy ${index} "${name}" runs`;
      return { ...reportOf([answer], ''), message, details };
    }
    const removal = await this.take(index, answer.actor, calls);
    const message = `the strategy "${name}" ended or hung its thread when it was loaded and started; it is removed again`;
    const reason = nameOf(COMMAND_REASON, COMMAND_REASON.strategyFaulted);
    return { outcome: 'refused', reason, message, details, steps: [answer, removal] };
  }

  /** New parameters for one strategy: those given, the others as they are. All are taken, or none. */
  private async change(args: CommandArgs, calls: ActorCalls): Promise<CommandReport> {
    this.refuseUnconfirmed(args);
    const { index, strategy } = this.meant(args['strategy']);
    const params = { ...strategy.params, ...paramsOf(args) };
    const actor = actorName('strategy', strategy.actor);
    const changed = await this.tried({
      key: 'strategies set',
      name: fileURLToPath(strategy.url),
      params,
      respectBias: false,
      actor: strategy.actor,
    });
    const now = this.slots.read(index);
    // Another command came while these were tried: they belong to what is not there any more.
    if (now === null || now.isRemoved || JSON.stringify(now.strategy) !== JSON.stringify(strategy))
      throw new CommandRefusal(PROBLEM.busy, `strategy ${index} was changed meanwhile; look and try again`);
    if (!this.slots.put(index, changed)) throw refusalOf(tooLong(strategy.name));
    let answer: CallAnswer;
    try {
      await this.nameInLogs(index, changed, calls);
      answer = await calls.ask({ actor, kind: COMMAND.changeStrategy, argument: index, timeoutMs: ADD_MS });
    } catch (error) {
      this.slots.put(index, strategy);
      throw error;
    }
    if (answer.outcome === 'refused' || answer.outcome === 'busy') {
      this.slots.put(index, strategy);
      await this.nameInLogs(index, strategy, calls);
    }
    const given = Object.entries(paramsOf(args)).map(([name, value]) => `${name}=${String(value)}`);
    const message = `strategy ${index} "${strategy.name}" runs with ${given.join(', ')}; its orders and its position stay`;
    return reportOf([answer], message, { index, name: strategy.name, actor, params: changed.params });
  }

  private async remove(args: CommandArgs, calls: ActorCalls): Promise<CommandReport> {
    const { index, strategy } = this.meant(args['strategy']);
    const actor = actorName('strategy', strategy.actor);
    const answer = await this.take(index, actor, calls);
    const message = `strategy ${index} "${strategy.name}" is removed and its orders are cancelled; the account keeps its position`;
    return reportOf([answer], message, { index, name: strategy.name, actor });
  }

  /** First it is gone for every thread that starts from now on, then for the one that runs. */
  private async take(index: number, actor: string, calls: ActorCalls): Promise<CallAnswer> {
    this.slots.mark(index, SLOT_STATE.removed);
    const order = { kind: COMMAND.removeStrategy, argument: index, lowersRisk: true };
    const answer = await calls.ask({ actor, ...order });
    if (answer.outcome === 'busy') this.slots.mark(index, SLOT_STATE.active);
    return answer;
  }

  /** Loads and makes the strategy in a thread of its own, as the actor will. */
  private async tried(part: StrategyPart): Promise<PlannedStrategy> {
    try {
      const prepared = await prepareStrategy(part, true);
      try {
        await checkStrategyParams(prepared, this.facts.instruments);
        return plannedStrategy(prepared);
      } finally {
        await prepared.probe.close();
      }
    } catch (error) {
      throw error instanceof CliError ? refusalOf(error) : error;
    }
  }

  /**
   * The index that a removed strategy of the name had, whose position then goes on; or one no strategy had; or else one
   * whose last strategy has no order left.
   */
  private freeIndex(name: string): number {
    const { strategiesMax } = this.facts.config.engine;
    const active = this.slots.active();
    if (active.length >= strategiesMax) {
      const text = `${active.length} strategies run, and engine.strategiesMax is ${strategiesMax}`;
      throw new CommandRefusal(nameOf(COMMAND_REASON, COMMAND_REASON.limitReached), text);
    }
    const taken = new Set(active.map(({ index }) => index));
    const free = Array.from({ length: STRATEGIES_MAX }, (_, index) => index).filter(
      (index) => !taken.has(index),
    );
    const fresh = free.find((index) => !this.hosts.isHosted(index));
    const idle = free.filter((index) => this.openOrders(index) === 0);
    const namesake = idle.find((index) => this.slots.read(index)?.strategy.name === name);
    const found = namesake ?? fresh ?? idle[0];
    if (found !== undefined) return found;
    const text = 'every index that is free belongs to a removed strategy with open orders';
    throw new CommandRefusal(nameOf(COMMAND_REASON, COMMAND_REASON.limitReached), text);
  }

  private openOrders(strategyIndex: number): number {
    let count = 0;
    for (const table of this.orders) {
      table.forEachOpen((slot) => {
        if (table.strategyIndex[slot] === strategyIndex) count++;
      });
    }
    return count;
  }

  /** The label of the strategy actor an argument names; without one the actor "main", or the first. */
  private actorMeant(word: unknown): string {
    const { actors } = this;
    if (word === undefined) return actors.includes('main') ? 'main' : actors[0];
    const { strategies } = this.facts.config;
    const [only] = strategies.length > 0 ? strategies.map(({ actor }) => actor ?? 'main') : ['main'];
    const found = actors.find((label) => word === label || word === actorName('strategy', label));
    if (found !== undefined) return found;
    if (actors.length === 1 && word === only) return actors[0];
    const known = actors.length === 1 ? only : actors.join(', ');
    throw new CommandRefusal(
      PROBLEM.badArgument,
      `no strategy actor is called ${JSON.stringify(word)}; there is ${known}`,
    );
  }

  /** The strategy an argument names by index or name. */
  private meant(word: unknown): StrategySlot {
    const active = this.slots.active();
    const text = String(word);
    const isIndex = /^\d+$/.test(text);
    const found = active.filter(({ index, strategy }) =>
      isIndex ? index === Number(text) : strategy.name === text,
    );
    if (found.length === 1) return found[0];
    const known = (found.length > 0 ? found : active)
      .map(({ index, strategy }) => `${index} ${strategy.name}`)
      .join(', ');
    const problem = found.length > 0 ? `may be each of ${known}; say the index` : `is none of: ${known}`;
    throw new CommandRefusal(
      nameOf(COMMAND_REASON, COMMAND_REASON.unknownStrategy),
      `${JSON.stringify(word)} ${problem}`,
    );
  }

  /** Another strategy raises the risk that real money is under. */
  private refuseUnconfirmed(args: CommandArgs): void {
    const { config, isPlayMoney, accounts } = this.facts;
    if (config.mode !== 'live' || isPlayMoney) return;
    const accountId = accounts.map((account) => account.accountId).join(',');
    if (args['confirm'] === accountId) return;
    const text = `this is real money: say so with confirm = "${accountId}" (--confirm ${accountId})`;
    throw new CommandRefusal(PROBLEM.confirmMissing, text);
  }
}

function partOf(args: CommandArgs, actor: string): StrategyPart {
  const { name } = args;
  if (typeof name !== 'string' || name === '')
    throw new CommandRefusal(PROBLEM.badArgument, '"name" is the name of a shipped strategy or a path');
  return { key: 'strategies add', name, params: paramsOf(args), respectBias: false, actor };
}

function paramsOf({ params = {} }: CommandArgs): StrategyPart['params'] {
  if (typeof params !== 'object' || params === null || Array.isArray(params))
    throw new CommandRefusal(PROBLEM.badArgument, '"params" is an object');
  return params as StrategyPart['params'];
}

function refusalOf({ code, message }: CliError): CommandRefusal {
  const reason = code === 'STRATEGY_UNKNOWN' ? COMMAND_REASON.unknownStrategy : COMMAND_REASON.failed;
  const isArgument = code === 'STRATEGY_PARAMS';
  return new CommandRefusal(isArgument ? PROBLEM.badArgument : nameOf(COMMAND_REASON, reason), message);
}
