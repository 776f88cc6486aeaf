import { BiasReader } from '../../analysis/bias-frame.ts';
import { OrderTableReader } from '../../execution/order-table.ts';
import { TelemetryInterestReader } from '../../ipc/telemetry-interest.ts';
import { PositionReader } from '../../risk/positions.ts';
import type { Actor } from '../../runtime/actor.ts';
import { IntentCounter } from '../../strategy/intent-counter.ts';
import { callbackBits } from '../../ipc/turn-word.ts';
import { STRATEGY_ERROR } from '../../strategy/error-codes.ts';
import type { CreateStrategy, Strategy } from '../../strategy/port.ts';
import { StrategyActor } from '../../strategy/strategy-actor.ts';
import { FAULT_CAUSE } from '../../strategy/strategy-faults.ts';
import { callbackName, STRATEGY_PHASE } from '../../strategy/strategy-shape.ts';
import type { BuildContext } from './build-context.ts';
import { loadFactory, makeChecked } from '../strategy/strategy-factory.ts';
import { strategyNameOf, strategyParams } from '../strategy/strategy-check.ts';
import type { Wiring } from './wiring.ts';

/** Where the only strategy of an engine stands among its strategies. */
const INDEX = 0;

/**
 * Loads the strategy's module, which cannot be done while an actor is rebuilt; returns what builds the actor. A strategy
 * that is switched off is not loaded; one that no longer loads is switched off.
 * @param place of the strategy actor among its thread's actors
 */
export async function prepare(
  strategyUrl: string,
  wiring: Wiring,
  place: number,
): Promise<(context: BuildContext) => Actor> {
  const name = strategyNameOf(strategyUrl);
  if (wiring.strategyFaults().isFaulted(INDEX)) return (context) => buildStrategy(context, makeNothing);
  const turnWord = wiring.turnWord(wiring.threadName);
  turnWord.beginTurn(place);
  turnWord.beginCallback(callbackBits(INDEX, STRATEGY_PHASE.loading));
  let create: CreateStrategy;
  try {
    create = await loadFactory(strategyUrl);
  } catch (error) {
    switchOff(wiring, name, STRATEGY_PHASE.loading, error);
    create = makeNothing;
  }
  turnWord.endTurn();
  const makeOrSwitchOff: CreateStrategy = (params, instruments) => {
    try {
      return makeChecked(name, create, params, instruments);
    } catch (error) {
      switchOff(wiring, name, STRATEGY_PHASE.createStrategy, error);
      return {};
    }
  };
  return (context) => buildStrategy(context, makeOrSwitchOff);
}

function makeNothing(): Strategy {
  return {};
}

/** It loaded and was made when the engine started: what goes wrong now must not end the engine. */
function switchOff(wiring: Wiring, name: string, phase: number, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  const text = `STRATEGY_FAULTED ${name}.${callbackName(phase)}: ${reason}`;
  wiring.errors().record(STRATEGY_ERROR.faulted, text, wiring.clock.nowNs());
  wiring.strategyFaults().note(INDEX, FAULT_CAUSE.make, phase, text);
}

function buildStrategy(context: BuildContext, createStrategy: CreateStrategy): Actor {
  const { plan, wiring } = context;
  const { buffer } = wiring;
  const { instruments, config } = plan;
  return new StrategyActor({
    instruments,
    strategies: [
      { name: strategyNameOf(plan.strategyUrl), create: createStrategy, params: strategyParams(config) },
    ],
    clock: context.clock,
    counters: wiring.counters(context.self),
    errors: wiring.errors(),
    commands: context.commands(),
    answers: context.answers(),
    riskToStrategy: context.inputFrom('risk'),
    executionToStrategy: context.inputFrom('execution'),
    bookToStrategy: context.inputFrom('orderbook'),
    strategyToRisk: context.outputTo('risk'),
    toJournal: context.outputTo('journal'),
    toApi: context.outputTo('api'),
    toSupervisor: context.toSupervisor(),
    sharedBook: context.sharedBookReader(),
    lookupBook: context.sharedBookReader(),
    positions: new PositionReader(buffer, wiring.region('state:positions')),
    bias: new BiasReader(buffer, wiring.region('state:bias'), instruments.length),
    intents: new IntentCounter(buffer, wiring.region('state:intents')),
    turnWord: wiring.turnWord(wiring.threadName),
    faults: wiring.strategyFaults(),
    openOrders: new OrderTableReader(buffer, wiring.region('state:orders')),
    telemetry: new TelemetryInterestReader(buffer, wiring.region('state:telemetry')),
    reportWaits: {
      fromExecution: wiring.reportWaits('execution-to-strategy'),
      fromRisk: wiring.reportWaits('risk-to-strategy'),
    },
  });
}
