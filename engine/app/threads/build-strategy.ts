import { BiasReader } from '../../analysis/bias-frame.ts';
import { TelemetryInterestReader } from '../../ipc/telemetry-interest.ts';
import { PositionReader } from '../../risk/positions.ts';
import { StrategyPositionReader } from '../../risk/strategy-positions.ts';
import { labelOf } from '../../runtime/actor.ts';
import type { Actor, ActorName } from '../../runtime/actor.ts';
import { actorsOf } from '../../runtime/topology.ts';
import type { StrategySpec } from '../../strategy/hosted-strategy.ts';
import { BracketTable } from '../../strategy/bracket-table.ts';
import { IntentCounter } from '../../strategy/intent-counter.ts';
import { callbackBits } from '../../ipc/turn-word.ts';
import { STRATEGY_ERROR } from '../../strategy/error-codes.ts';
import type { CreateStrategy, Strategy } from '../../strategy/port.ts';
import { StrategyActor } from '../../strategy/strategy-actor.ts';
import { FAULT_CAUSE } from '../../strategy/strategy-faults.ts';
import { StrategyMemory } from '../../strategy/strategy-memory.ts';
import type { LoadStrategy } from '../../strategy/strategy-roster.ts';
import { callbackName, STRATEGY_PHASE } from '../../strategy/strategy-shape.ts';
import type { BuildContext } from './build-context.ts';
import { loadFactory, makeChecked, requireFactory } from '../strategy/strategy-factory.ts';
import type { PlannedStrategy } from '../strategy/planned-strategy.ts';
import type { Wiring } from './wiring.ts';

/**
 * Loads the modules of the strategies that the actor hosts; returns what builds the actor. A strategy that is switched
 * off is not loaded; one that no longer loads is switched off. One that is added later is loaded in the actor's turn.
 * @param place of the strategy actor among its thread's actors
 */
export async function prepare(
  actor: ActorName,
  wiring: Wiring,
  place: number,
): Promise<(context: BuildContext) => Actor> {
  const label = labelOf(actor);
  const slots = wiring.strategySlots();
  const loaded = new Map<string, CreateStrategy>();
  for (const { index, strategy } of slots.active()) {
    if (strategy.actor !== label) continue;
    loaded.set(keyOf(index, strategy), await loadOrSwitchOff(index, strategy, wiring, place));
  }
  const load = (index: number): StrategySpec => {
    const slot = slots.read(index);
    if (slot === null || slot.isRemoved) throw new RangeError(`no strategy has the index ${index}`);
    return specOf(index, slot.strategy, requireChecked(index, slot.strategy, wiring));
  };
  return (context) => {
    const here = slots.active().filter(({ strategy }) => strategy.actor === label);
    const specs = here.map(({ index, strategy }) => {
      const create = loaded.get(keyOf(index, strategy)) ?? requireOrSwitchOff(index, strategy, wiring);
      return specOf(index, strategy, create);
    });
    return buildStrategy(context, specs, load);
  };
}

/** An index may have had another strategy when the modules were loaded. */
function keyOf(index: number, { url }: PlannedStrategy): string {
  return `${index} ${url}`;
}

function specOf(index: number, { name, params }: PlannedStrategy, create: CreateStrategy): StrategySpec {
  return { index, name, params, create };
}

function requireChecked(index: number, strategy: PlannedStrategy, wiring: Wiring): CreateStrategy {
  const create = requireInTurn(index, strategy, wiring);
  return (params, instruments) => makeChecked(strategy.name, create, params, instruments);
}

/** Loads a module in the actor's turn, and says meanwhile whose it is. Throws CliError. */
function requireInTurn(index: number, { url }: PlannedStrategy, wiring: Wiring): CreateStrategy {
  const turnWord = wiring.turnWord(wiring.threadName);
  turnWord.beginCallback(callbackBits(index, STRATEGY_PHASE.loading));
  try {
    return requireFactory(url).create;
  } finally {
    turnWord.endCallback();
  }
}

/** For an actor that is built again in its thread: a strategy came since its thread began. */
function requireOrSwitchOff(index: number, strategy: PlannedStrategy, wiring: Wiring): CreateStrategy {
  if (wiring.strategyFaults().isFaulted(index)) return makeNothing;
  try {
    return makingOrSwitchingOff(index, strategy.name, requireInTurn(index, strategy, wiring), wiring);
  } catch (error) {
    switchOff(wiring, index, strategy.name, STRATEGY_PHASE.loading, error);
    return makeNothing;
  }
}

async function loadOrSwitchOff(
  index: number,
  { name, url }: PlannedStrategy,
  wiring: Wiring,
  place: number,
): Promise<CreateStrategy> {
  if (wiring.strategyFaults().isFaulted(index)) return makeNothing;
  const turnWord = wiring.turnWord(wiring.threadName);
  turnWord.beginTurn(place);
  turnWord.beginCallback(callbackBits(index, STRATEGY_PHASE.loading));
  let create: CreateStrategy;
  try {
    ({ create } = await loadFactory(url));
  } catch (error) {
    switchOff(wiring, index, name, STRATEGY_PHASE.loading, error);
    create = makeNothing;
  }
  turnWord.endTurn();
  return makingOrSwitchingOff(index, name, create, wiring);
}

function makingOrSwitchingOff(
  index: number,
  name: string,
  create: CreateStrategy,
  wiring: Wiring,
): CreateStrategy {
  return (params, instruments) => {
    try {
      return makeChecked(name, create, params, instruments);
    } catch (error) {
      switchOff(wiring, index, name, STRATEGY_PHASE.createStrategy, error);
      return {};
    }
  };
}

function makeNothing(): Strategy {
  return {};
}

/** It loaded and was made when the engine started: what goes wrong now must not end the engine. */
function switchOff(wiring: Wiring, index: number, name: string, phase: number, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  const text = `STRATEGY_FAULTED ${name}.${callbackName(phase)}: ${reason}`;
  wiring.errors().record(STRATEGY_ERROR.faulted, text, wiring.clock.nowNs());
  wiring.strategyFaults().note(index, FAULT_CAUSE.make, phase, text);
}

function buildStrategy(
  context: BuildContext,
  strategies: readonly StrategySpec[],
  loadStrategy: LoadStrategy,
): Actor {
  const { wiring } = context;
  const { buffer } = wiring;
  const instruments = context.instruments();
  const { self } = context;
  const actorCount = actorsOf(wiring.topology, 'strategy').length;
  const intentsRegion = wiring.labelled('state:intents', labelOf(self));
  return new StrategyActor({
    name: self,
    place: context.place(),
    instruments,
    instrumentAt: context.instrumentAt,
    strategies,
    loadStrategy,
    clock: context.clock,
    counters: wiring.counters(context.self),
    errors: wiring.errors(),
    commands: context.commands(),
    answers: context.answers(),
    riskToStrategy: context.inputFrom('risk'),
    executionsToStrategy: context.inputsFrom('execution'),
    booksToStrategy: context.inputsFrom('orderbook'),
    strategyToRisk: context.outputTo('risk'),
    toJournal: context.outputTo('journal'),
    toApi: context.outputTo('api'),
    toSupervisor: context.toSupervisor(),
    sharedBook: context.sharedBookReader(),
    lookupBook: context.sharedBookReader(),
    prices: context.sharedPricesReader(),
    positions: new PositionReader(buffer, wiring.region('state:positions')),
    strategyPositions: new StrategyPositionReader(buffer, wiring.region('state:strategy-positions')),
    bias: new BiasReader(buffer, wiring.region('state:bias'), context.instrumentsMax()),
    intents: new IntentCounter(buffer, intentsRegion, actorCount, context.place()),
    turnWord: wiring.turnWord(wiring.threadName),
    faults: wiring.strategyFaults(),
    openOrders: context.orderTables(),
    accountOf: context.accountPlaces(),
    strategyHosts: context.strategyHosts(),
    brackets: new BracketTable(buffer, wiring.labelled('state:brackets', labelOf(self))),
    memory: new StrategyMemory(buffer, wiring.region('state:strategy-memory')),
    startEquity: Number(context.plan.config.risk.startEquity),
    seed: context.plan.config.seed,
    signalSettings: context.plan.config.signals,
    telemetry: new TelemetryInterestReader(buffer, wiring.region('state:telemetry')),
    reportWaits: {
      fromExecutions: context.ringsFrom('execution').map((ring) => wiring.reportWaits(ring)),
      fromRisk: wiring.reportWaits(context.ringsFrom('risk')[0]),
    },
  });
}
