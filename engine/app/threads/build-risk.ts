import { OrderTableReader } from '../../execution/order-table.ts';
import { PositionWriter } from '../../risk/positions.ts';
import { Reservations } from '../../risk/reservations.ts';
import { RiskActor } from '../../risk/risk-actor.ts';
import { openRiskApprovals, openRiskReports } from '../../risk/risk-messages.ts';
import { RiskTradingState } from '../../risk/trading-state.ts';
import { riskOptions } from './actor-settings.ts';
import type { Actor } from '../../runtime/actor.ts';
import type { BuildContext } from './build-context.ts';

/** Builds the risk actor. */
export function buildActor(context: BuildContext): Actor {
  const { plan, wiring } = context;
  const { buffer } = wiring;
  return new RiskActor({
    clock: context.clock,
    instruments: plan.instruments,
    counters: wiring.counters(context.self),
    positions: new PositionWriter(buffer, wiring.region('state:positions')),
    reservations: new Reservations(buffer, wiring.region('state:reservations')),
    trading: new RiskTradingState(buffer, wiring.region('state:trading')),
    orders: new OrderTableReader(buffer, wiring.region('state:orders')),
    book: context.sharedBookReader(),
    approvals: openRiskApprovals(
      buffer,
      wiring.region('state:risk-approvals'),
      context.outputTo('execution'),
    ),
    reports: openRiskReports(buffer, wiring.region('state:risk-reports'), {
      toStrategy: context.outputTo('strategy'),
      toJournal: context.outputTo('journal'),
      toApi: context.outputTo('api'),
    }),
    toExecution: context.outputTo('execution'),
    buriedWish: wiring.buriedWish(context.self)!,
    fromStrategy: context.inputFrom('strategy'),
    fromExecution: context.inputFrom('execution'),
    commands: context.commands(),
    answers: context.answers(),
    options: riskOptions(plan),
    reportWaits: wiring.reportWaits('execution-to-risk'),
  });
}
