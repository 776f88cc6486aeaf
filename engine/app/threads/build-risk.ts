import { Breakers } from '../../risk/breakers.ts';
import { PositionWriter } from '../../risk/positions.ts';
import { Reservations } from '../../risk/reservations.ts';
import { RiskActor } from '../../risk/risk-actor.ts';
import { limitsOfInstrument } from '../../risk/risk-limits.ts';
import { openRiskApprovals, openRiskReports } from '../../risk/risk-messages.ts';
import { StrategyPositionWriter } from '../../risk/strategy-positions.ts';
import { RiskTradingState, TradingStateReader } from '../../risk/trading-state.ts';
import { riskOptions } from './actor-settings.ts';
import type { Actor } from '../../runtime/actor.ts';
import type { BuildContext } from './build-context.ts';

/** Builds the risk actor. */
export function buildActor(context: BuildContext): Actor {
  const { plan, wiring } = context;
  const { buffer } = wiring;
  const instruments = context.instruments();
  return new RiskActor({
    clock: context.clock,
    instruments,
    isTraded: (index) => wiring.instrumentSlots().isActive(index),
    newInstrument: (index) => {
      const instrument = context.instrumentAt(index);
      const limits = limitsOfInstrument(plan.config.risk, instrument);
      return { instrument, limits, account: context.accountOf(instrument) };
    },
    counters: wiring.counters(context.self),
    positions: new PositionWriter(buffer, wiring.region('state:positions')),
    strategyPositions: new StrategyPositionWriter(buffer, wiring.region('state:strategy-positions')),
    reservations: new Reservations(buffer, wiring.region('state:reservations')),
    breakers: new Breakers(buffer, wiring.region('state:breakers')),
    trading: new RiskTradingState(buffer, wiring.region('state:trading')),
    orders: context.orderTables(),
    accountOf: context.accountPlaces(),
    accounts: plan.accounts.map(
      (_, place) => new TradingStateReader(buffer, wiring.region('state:trading'), place),
    ),
    strategyHosts: context.strategyHosts(),
    book: context.sharedBookReader(),
    prices: context.sharedPricesReader(),
    approvals: openRiskApprovals(
      buffer,
      wiring.region('state:risk-approvals'),
      context.outputsTo('execution'),
    ),
    reports: openRiskReports(buffer, wiring.region('state:risk-reports'), {
      toStrategies: context.outputsTo('strategy'),
      toJournal: context.outputTo('journal'),
      toApi: context.outputTo('api'),
    }),
    toExecutions: context.outputsTo('execution'),
    buriedRequest: wiring.buriedRequest(context.self)!,
    fromStrategies: context.inputsFrom('strategy'),
    fromExecutions: context.inputsFrom('execution'),
    commands: context.commands(),
    answers: context.answers(),
    options: riskOptions({ config: plan.config, instruments }),
    reportWaits: context.ringsFrom('execution').map((ring) => wiring.reportWaits(ring)),
  });
}
