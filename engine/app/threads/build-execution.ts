import { EXECUTION_COUNTER } from '../../execution/counters.ts';
import { ExecutionActor } from '../../execution/execution-actor.ts';
import type { ExecutionOptions } from '../../execution/execution-actor.ts';
import { FillLedger } from '../../execution/fill-ledger.ts';
import { openExecutionOutbox } from '../../execution/order-reports.ts';
import { OrderTable } from '../../execution/order-table.ts';
import { VenueIds } from '../../execution/venue-ids.ts';
import { FileMapper } from '../../native/file-mapper.ts';
import { IntentLog } from '../../journal/intent-log.ts';
import { ExecutionTradingState } from '../../risk/trading-state.ts';
import { executionOptions } from './actor-settings.ts';
import { openVenueGateway } from './venue-gateway.ts';
import type { CreateGateway } from './venue-gateway.ts';
import { loadVenuePart } from '../venues/venue-registry.ts';
import { VENUE_IDS_MAX } from '../../core/limits.ts';
import type { Actor, ActorName } from '../../runtime/actor.ts';
import { accountOf } from './build-context.ts';
import type { BuildContext, BuildOverrides } from './build-context.ts';
import type { EnginePlan } from './thread-plan.ts';

/** Loads the venue's order entry where orders are signed; returns what builds the actor. */
export async function prepare(
  plan: EnginePlan,
  name: ActorName,
  overrides: BuildOverrides,
): Promise<(context: BuildContext) => Actor> {
  const isSigned = plan.config.mode !== 'paper' && overrides.openGateway === undefined;
  const createGateway = isSigned
    ? await loadVenuePart(accountOf(plan, name).venue, 'gateway', 'order entry')
    : null;
  return (context) => buildActor(context, createGateway);
}

/** Builds the execution actor with the mode's gateway. */
function buildActor(context: BuildContext, createGateway: CreateGateway | null): Actor {
  const { plan, wiring } = context;
  const { buffer } = wiring;
  const account = context.account();
  const intentLog = context.overrides.intentLog ?? openIntentLog(context);
  const counters = wiring.counters(context.self);
  const { label } = account;
  const place = context.accountPlace();
  const accountCount = plan.accounts.length;
  const idsRegion = wiring.labelled('state:venue-ids', label);
  const venueIds = new VenueIds(buffer, idsRegion, counters, VENUE_IDS_MAX, accountCount, place);
  return new ExecutionActor({
    name: context.self,
    clock: context.clock,
    random: context.random(),
    instruments: context.accountInstruments(),
    instrumentAt: context.instrumentAt,
    counters,
    errors: wiring.errors(),
    kick: context.kick,
    venueIds,
    orders: new OrderTable(buffer, wiring.labelled('state:orders', label), venueIds),
    fills: new FillLedger(buffer, wiring.labelled('state:fills', label), venueIds, accountCount, place),
    trading: new ExecutionTradingState(buffer, wiring.region('state:trading'), place),
    outbox: openExecutionOutbox(buffer, wiring.labelled('state:execution-outbox', label), {
      toRisk: context.outputTo('risk'),
      toStrategies: context.outputsTo('strategy'),
      toJournal: context.outputTo('journal'),
      toApi: context.outputTo('api'),
    }),
    strategyHosts: context.strategyHosts(),
    toSupervisor: context.toSupervisor(),
    buriedRequest: wiring.buriedRequest(context.self)!,
    fromRisk: context.inputFrom('risk'),
    commands: context.commands(),
    answers: context.answers(),
    intentLog,
    openGateway:
      context.overrides.openGateway ??
      openVenueGateway(
        plan,
        account,
        plan.credentials?.[label] ?? null,
        wiring,
        context.sharedBookReader(),
        createGateway,
        context.inputsFrom('orderbook'),
        context.overrides,
      ),
    options: { ...executionOptions(plan, account), ...reconcilingOf(context.overrides) },
  });
}

function reconcilingOf({ reconcileIntervalNs }: BuildOverrides): Partial<ExecutionOptions> {
  return reconcileIntervalNs === undefined ? {} : { reconcileIntervalNs };
}

function openIntentLog(context: BuildContext): IntentLog {
  const { plan, wiring, overrides } = context;
  const mapper = overrides.room?.files ?? null;
  const isMapped = mapper !== null && FileMapper.problemWith(plan.journalDirectory) === null;
  return new IntentLog({
    directory: plan.journalDirectory,
    ...(isMapped ? { mapper } : {}),
    account: context.account().label,
    segmentBytes: plan.config.journal.segmentBytes,
    run: context.runIdentity(),
    clock: context.clock,
    errors: wiring.errors(),
    counters: wiring.counters(context.self),
    failureCounter: EXECUTION_COUNTER.journalRefusals,
  });
}
