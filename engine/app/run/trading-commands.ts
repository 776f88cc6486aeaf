import type { ActorCalls, ActorCall, CallAnswer } from '../../control/actor-calls.ts';
import { CommandRefusal, PROBLEM, reportOf } from '../../control/command.ts';
import type { CommandArgs, CommandKind, CommandReport } from '../../control/command.ts';
import type { Clock } from '../../core/clock.ts';
import { instrumentName } from '../../core/instrument.ts';
import type { Instrument } from '../../core/instrument.ts';
import { COMMAND, KILL_REASON } from '../../messages/enums.ts';
import type { TradingStateReader } from '../../risk/trading-state.ts';
import { labelOf } from '../../runtime/actor.ts';
import type { HotActorName } from '../../runtime/actor.ts';
import { KILL_REASON_TEXT, killReasonName } from './kill-reasons.ts';
import type { EnginePlan } from '../threads/thread-plan.ts';

/** How long a kill or a cancel of everything waits for the venue's confirmations before it says what is left. */
const CANCELS_MS = 3_000;
const LOOK_MS = 5;

type Facts = Pick<EnginePlan, 'config' | 'accounts' | 'isPlayMoney' | 'instruments'>;

/**
 * The commands about trading as a whole: pause, unpause, reduce, resume, kill, cancel-all, reconcile. Main thread.
 * @param executions the execution actors, one per account, in their order
 * @param onKill told who throws the kill switch, before it is thrown
 */
export function tradingCommands(
  facts: Facts,
  executions: readonly HotActorName[],
  trading: TradingStateReader,
  clock: Clock,
  onKill: (source: string) => void,
): CommandKind[] {
  return [
    {
      kind: 'pause',
      lowersRisk: true,
      run: async (_args, calls) =>
        reportOf(
          [await askRisk(calls, COMMAND.pause)],
          'no order that could let a position grow; open orders and positions stay',
        ),
    },
    {
      kind: 'reduce',
      lowersRisk: true,
      run: async (_args, calls) =>
        reportOf(
          [await askRisk(calls, COMMAND.reduce)],
          'positions may only shrink; orders that could let one grow are cancelled',
        ),
    },
    {
      kind: 'unpause',
      run: async (args, calls) => {
        refuseUnconfirmed(facts, args);
        return reportOf([await askRisk(calls, COMMAND.unpause)], 'the pause is lifted');
      },
    },
    { kind: 'resume', run: (args, calls) => resume(facts, executions, trading, args, calls) },
    {
      kind: 'kill',
      lowersRisk: true,
      run: (_args, calls, source) => {
        onKill(source);
        return kill(calls, executions, trading, clock);
      },
    },
    {
      kind: 'cancel-all',
      lowersRisk: true,
      run: (args, calls) =>
        cancelAll(calls, executions, instrumentOf(facts.instruments, args), trading, clock),
    },
    {
      kind: 'reconcile',
      lowersRisk: true,
      run: async (_args, calls) => {
        const order = { kind: COMMAND.reconcile, lowersRisk: true };
        const answers = await askAll(calls, executions, order);
        return reportOf(answers, 'orders and fills are compared with the venue');
      },
    },
  ];
}

function askAll(
  calls: ActorCalls,
  actors: readonly HotActorName[],
  order: Omit<ActorCall, 'actor'>,
): Promise<CallAnswer[]> {
  return Promise.all(actors.map((actor) => calls.ask({ actor, ...order })));
}

function askRisk(calls: ActorCalls, kind: number): Promise<CallAnswer> {
  return calls.ask({ actor: 'risk', kind, lowersRisk: kind !== COMMAND.unpause && kind !== COMMAND.resume });
}

/** Both at once: the switch first on its way, so that nothing new follows what is cancelled. */
async function kill(
  calls: ActorCalls,
  executions: readonly HotActorName[],
  trading: TradingStateReader,
  clock: Clock,
): Promise<CommandReport> {
  const [risk, cancels] = await Promise.all([
    askRisk(calls, COMMAND.kill),
    askAll(calls, executions, { kind: COMMAND.cancelAll, lowersRisk: true }),
  ]);
  return afterCancels([risk, ...cancels], 'the kill switch is thrown', trading, clock);
}

async function cancelAll(
  calls: ActorCalls,
  executions: readonly HotActorName[],
  instrument: Instrument | null,
  trading: TradingStateReader,
  clock: Clock,
): Promise<CommandReport> {
  const order = { kind: COMMAND.cancelAll, lowersRisk: true };
  if (instrument !== null) {
    const actor = executions.find((each) => labelOf(each) === instrument.account)!;
    const answer = await calls.ask({ actor, ...order, instrumentIndex: instrument.index });
    return reportOf([answer], `the open orders in ${instrumentName(instrument)} are cancelled`);
  }
  const answers = await askAll(calls, executions, order);
  return afterCancels(answers, 'the open orders are cancelled', trading, clock);
}

/** Waits for the venue's confirmations; what is still open then is said. */
async function afterCancels(
  steps: readonly CallAnswer[],
  what: string,
  trading: TradingStateReader,
  clock: Clock,
): Promise<CommandReport> {
  const report = reportOf(steps, what);
  if (report.outcome !== 'applied') return report;
  const deadlineNs = clock.nowNs() + CANCELS_MS * 1e6;
  while (trading.openOrders() > 0 && clock.nowNs() < deadlineNs) await pause(LOOK_MS);
  const openOrders = trading.openOrders();
  const details = { openOrders };
  if (openOrders === 0) return { ...report, message: `${what}; no order is open`, details };
  const left = `${openOrders} orders are not confirmed as ended (or new ones were placed meanwhile)`;
  return { ...report, outcome: 'pending', message: `${what}; ${left}`, details };
}

/** Execution first: what risk approves after this must find it willing. */
async function resume(
  facts: Facts,
  executions: readonly HotActorName[],
  trading: TradingStateReader,
  args: CommandArgs,
  calls: ActorCalls,
): Promise<CommandReport> {
  const reason = trading.isKilled() ? trading.killReason() : trading.reduceReason();
  if (reason !== KILL_REASON.none && reason !== KILL_REASON.command)
    requireConfirm(
      facts,
      args,
      `the engine itself stopped trading for ${KILL_REASON_TEXT[killReasonName(reason)]}`,
    );
  refuseUnconfirmed(facts, args);
  const first = await askAll(calls, executions, { kind: COMMAND.resume });
  if (first.some(({ outcome }) => outcome !== 'applied')) return reportOf(first, '');
  return reportOf([...first, await askRisk(calls, COMMAND.resume)], 'trading is resumed');
}

/** What raises risk with real money names the account. */
function refuseUnconfirmed(facts: Facts, args: CommandArgs): void {
  if (facts.config.mode === 'live' && !facts.isPlayMoney) requireConfirm(facts, args, 'this is real money');
}

function requireConfirm({ accounts }: Facts, args: CommandArgs, why: string): void {
  const accountId = accounts.map((account) => account.accountId).join(',');
  if (args['confirm'] === accountId) return;
  throw new CommandRefusal(
    PROBLEM.confirmMissing,
    `${why}: say so with confirm = "${accountId}" (shrike ctl resume --confirm ${accountId})`,
  );
}

/** The instrument an argument `symbol` names; null = all. */
function instrumentOf(instruments: readonly Instrument[], args: CommandArgs): Instrument | null {
  const { symbol } = args;
  if (symbol === undefined) return null;
  const found = instruments.filter(
    (instrument) => instrument.symbol === symbol || instrumentName(instrument) === symbol,
  );
  if (found.length === 1) return found[0];
  const known = (found.length > 0 ? found : instruments).map(instrumentName).join(', ');
  if (found.length > 0) {
    throw new CommandRefusal('symbol_ambiguous', `${JSON.stringify(symbol)} may be each of ${known}`);
  }
  throw new CommandRefusal(
    'symbol_unknown',
    `the engine does not trade ${JSON.stringify(symbol)}; it trades ${known}`,
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
