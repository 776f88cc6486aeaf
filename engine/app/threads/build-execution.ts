import { EXECUTION_COUNTER } from '../../execution/counters.ts';
import { ExecutionActor } from '../../execution/execution-actor.ts';
import { FillLedger } from '../../execution/fill-ledger.ts';
import { openExecutionOutbox } from '../../execution/order-reports.ts';
import { OrderTable } from '../../execution/order-table.ts';
import { VenueIds } from '../../execution/venue-ids.ts';
import { IntentLog } from '../../journal/intent-log.ts';
import { ExecutionTradingState } from '../../risk/trading-state.ts';
import { executionOptions } from './actor-settings.ts';
import { openVenueGateway } from './venue-gateway.ts';
import type { CreateGateway } from './venue-gateway.ts';
import { loadVenuePart } from '../venues/venue-registry.ts';
import type { EngineConfig } from '../config/config-types.ts';
import type { Actor } from '../../runtime/actor.ts';
import type { BuildContext, BuildOverrides } from './build-context.ts';

/** Loads the venue's order entry where orders are signed; returns what builds the actor. */
export async function prepare(
  config: EngineConfig,
  overrides: BuildOverrides,
): Promise<(context: BuildContext) => Actor> {
  const isSigned = config.mode !== 'paper' && overrides.openGateway === undefined;
  const createGateway = isSigned ? await loadVenuePart(config.venue.name, 'gateway', 'order entry') : null;
  return (context) => buildActor(context, createGateway);
}

/** Builds the execution actor with the mode's gateway. */
function buildActor(context: BuildContext, createGateway: CreateGateway | null): Actor {
  const { plan, wiring } = context;
  const { buffer } = wiring;
  const intentLog = context.overrides.intentLog ?? openIntentLog(context);
  const counters = wiring.counters(context.self);
  const venueIds = new VenueIds(buffer, wiring.region('state:venue-ids'), counters);
  return new ExecutionActor({
    clock: context.clock,
    random: context.random(),
    instruments: plan.instruments,
    counters,
    errors: wiring.errors(),
    kick: context.kick,
    venueIds,
    orders: new OrderTable(buffer, wiring.region('state:orders'), venueIds),
    fills: new FillLedger(buffer, wiring.region('state:fills'), venueIds),
    trading: new ExecutionTradingState(buffer, wiring.region('state:trading')),
    outbox: openExecutionOutbox(buffer, wiring.region('state:execution-outbox'), {
      toRisk: context.outputTo('risk'),
      toStrategy: context.outputTo('strategy'),
      toJournal: context.outputTo('journal'),
      toApi: context.outputTo('api'),
    }),
    toSupervisor: context.toSupervisor(),
    buriedWish: wiring.buriedWish(context.self)!,
    fromRisk: context.inputFrom('risk'),
    commands: context.commands(),
    answers: context.answers(),
    intentLog,
    openGateway:
      context.overrides.openGateway ??
      openVenueGateway(
        plan,
        plan.credentials ?? null,
        wiring,
        context.sharedBookReader(),
        createGateway,
        context.overrides.link,
      ),
    options: executionOptions(plan),
  });
}

function openIntentLog(context: BuildContext): IntentLog {
  const { plan, wiring } = context;
  return new IntentLog({
    directory: plan.journalDirectory,
    segmentBytes: plan.config.journal.segmentBytes,
    run: context.runIdentity(),
    clock: context.clock,
    errors: wiring.errors(),
    counters: wiring.counters(context.self),
    failureCounter: EXECUTION_COUNTER.journalRefusals,
  });
}
