import { BiasReader } from '../../analysis/bias-frame.ts';
import { OrderTableReader } from '../../execution/order-table.ts';
import { TelemetryInterestReader } from '../../ipc/telemetry-interest.ts';
import { PositionReader } from '../../risk/positions.ts';
import type { Actor } from '../../runtime/actor.ts';
import { IntentCounter } from '../../strategy/intent-counter.ts';
import type { CreateStrategy } from '../../strategy/port.ts';
import { StrategyActor } from '../../strategy/strategy-actor.ts';
import type { BuildContext } from './build-context.ts';
import { loadFactory } from '../strategy/strategy-factory.ts';
import { strategyNameOf, strategyParams } from '../strategy/strategy-check.ts';

/** Loads the strategy's module, which cannot be done while an actor is rebuilt; returns what builds the actor. */
export async function prepare(strategyUrl: string): Promise<(context: BuildContext) => Actor> {
  const createStrategy = await loadFactory(strategyUrl);
  return (context) => buildStrategy(context, createStrategy);
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
    openOrders: new OrderTableReader(buffer, wiring.region('state:orders')),
    telemetry: new TelemetryInterestReader(buffer, wiring.region('state:telemetry')),
    reportWaits: {
      fromExecution: wiring.reportWaits('execution-to-strategy'),
      fromRisk: wiring.reportWaits('risk-to-strategy'),
    },
  });
}
