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
    counters: wiring.counters('risk'),
    positions: new PositionWriter(buffer, wiring.region('state:positions')),
    reservations: new Reservations(buffer, wiring.region('state:reservations')),
    trading: new RiskTradingState(buffer, wiring.region('state:trading')),
    orders: new OrderTableReader(buffer, wiring.region('state:orders')),
    book: context.sharedBookReader(),
    approvals: openRiskApprovals(
      buffer,
      wiring.region('state:risk-approvals'),
      context.output('risk-to-execution'),
    ),
    reports: openRiskReports(buffer, wiring.region('state:risk-reports'), {
      toStrategy: context.output('risk-to-strategy'),
      toJournal: context.output('risk-to-journal'),
      toApi: context.output('risk-to-api'),
    }),
    toExecution: context.output('risk-to-execution'),
    fromStrategy: context.input('strategy-to-risk', 'risk'),
    fromExecution: context.input('execution-to-risk', 'risk'),
    commands: context.input('commands-to-risk', 'risk'),
    answers: context.answers('risk'),
    options: riskOptions(plan),
    reportWaits: wiring.reportWaits('execution-to-risk'),
  });
}
