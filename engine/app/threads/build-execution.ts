import { EXECUTION_COUNTER } from '../../execution/counters.ts';
import { ExecutionActor } from '../../execution/execution-actor.ts';
import { FillLedger } from '../../execution/fill-ledger.ts';
import { openExecutionOutbox } from '../../execution/order-reports.ts';
import { OrderTable } from '../../execution/order-table.ts';
import { IntentLog } from '../../journal/intent-log.ts';
import { ExecutionTradingState } from '../../risk/trading-state.ts';
import { executionOptions } from './actor-settings.ts';
import { openVenueGateway } from './venue-gateway.ts';
import type { CreateGateway } from './venue-gateway.ts';
import { loadVenuePart } from '../venues/venue-registry.ts';
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
  return new ExecutionActor({
    name: context.self,
    clock: context.clock,
    random: context.random(),
    instruments: context.accountInstruments(),
    counters: wiring.counters(context.self),
    errors: wiring.errors(),
    kick: context.kick,
    orders: new OrderTable(buffer, wiring.labelled('state:orders', account.label)),
    fills: new FillLedger(
      buffer,
      wiring.labelled('state:fills', account.label),
      plan.accounts.length,
      context.accountPlace(),
    ),
    trading: new ExecutionTradingState(buffer, wiring.region('state:trading'), context.accountPlace()),
    outbox: openExecutionOutbox(buffer, wiring.labelled('state:execution-outbox', account.label), {
      toRisk: context.outputTo('risk'),
      toStrategies: context.outputsTo('strategy'),
      toJournal: context.outputTo('journal'),
      toApi: context.outputTo('api'),
    }),
    strategyHosts: context.strategyHosts(),
    toSupervisor: context.toSupervisor(),
    fromRisk: context.inputFrom('risk'),
    commands: context.commands(),
    answers: context.answers(),
    intentLog,
    openGateway:
      context.overrides.openGateway ??
      openVenueGateway(
        plan,
        account,
        plan.credentials?.[account.label] ?? null,
        wiring,
        context.sharedBookReader(),
        createGateway,
        context.overrides.link,
      ),
    options: executionOptions(plan, account),
  });
}

function openIntentLog(context: BuildContext): IntentLog {
  const { plan, wiring } = context;
  return new IntentLog({
    directory: plan.journalDirectory,
    account: context.account().label,
    segmentBytes: plan.config.journal.segmentBytes,
    run: context.runIdentity(),
    clock: context.clock,
    errors: wiring.errors(),
    counters: wiring.counters(context.self),
    failureCounter: EXECUTION_COUNTER.journalRefusals,
  });
}
