import { BiasReader } from '../../analysis/bias-frame.ts';
import { TelemetryInterestReader } from '../../ipc/telemetry-interest.ts';
import { PositionReader } from '../../risk/positions.ts';
import { labelOf } from '../../runtime/actor.ts';
import type { Actor, ActorName } from '../../runtime/actor.ts';
import { actorsOf } from '../../runtime/topology.ts';
import type { StrategySpec } from '../../strategy/hosted-strategy.ts';
import { IntentCounter } from '../../strategy/intent-counter.ts';
import { callbackBits } from '../../ipc/turn-word.ts';
import { STRATEGY_ERROR } from '../../strategy/error-codes.ts';
import type { CreateStrategy, Strategy } from '../../strategy/port.ts';
import { StrategyActor } from '../../strategy/strategy-actor.ts';
import { FAULT_CAUSE } from '../../strategy/strategy-faults.ts';
import { callbackName, STRATEGY_PHASE } from '../../strategy/strategy-shape.ts';
import type { BuildContext } from './build-context.ts';
import { loadFactory, makeChecked } from '../strategy/strategy-factory.ts';
import type { EnginePlan, PlannedStrategy } from './thread-plan.ts';
import type { Wiring } from './wiring.ts';

/**
 * Loads the modules of the strategies that the actor hosts, which cannot be done while an actor is rebuilt; returns what
 * builds the actor. A strategy that is switched off is not loaded; one that no longer loads is switched off.
 * @param place of the strategy actor among its thread's actors
 */
export async function prepare(
  plan: EnginePlan,
  actor: ActorName,
  wiring: Wiring,
  place: number,
): Promise<(context: BuildContext) => Actor> {
  const specs: StrategySpec[] = [];
  for (const [index, strategy] of plan.strategies.entries()) {
    if (strategy.actor !== labelOf(actor)) continue;
    const { name, params } = strategy;
    specs.push({ index, name, params, create: await loadOrSwitchOff(index, strategy, wiring, place) });
  }
  return (context) => buildStrategy(context, specs);
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
    create = await loadFactory(url);
  } catch (error) {
    switchOff(wiring, index, name, STRATEGY_PHASE.loading, error);
    create = makeNothing;
  }
  turnWord.endTurn();
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

function buildStrategy(context: BuildContext, strategies: readonly StrategySpec[]): Actor {
  const { plan, wiring } = context;
  const { buffer } = wiring;
  const { instruments } = plan;
  const { self } = context;
  const actorCount = actorsOf(wiring.topology, 'strategy').length;
  const intentsRegion = wiring.labelled('state:intents', labelOf(self));
  return new StrategyActor({
    name: self,
    place: context.place(),
    instruments,
    strategies,
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
    positions: new PositionReader(buffer, wiring.region('state:positions')),
    bias: new BiasReader(buffer, wiring.region('state:bias'), instruments.length),
    intents: new IntentCounter(buffer, intentsRegion, actorCount, context.place()),
    turnWord: wiring.turnWord(wiring.threadName),
    faults: wiring.strategyFaults(),
    openOrders: context.orderTables(),
    accountOf: context.accountPlaces(),
    strategyHosts: context.strategyHosts(),
    telemetry: new TelemetryInterestReader(buffer, wiring.region('state:telemetry')),
    reportWaits: {
      fromExecutions: context.ringsFrom('execution').map((ring) => wiring.reportWaits(ring)),
      fromRisk: wiring.reportWaits(context.ringsFrom('risk')[0]),
    },
  });
}
