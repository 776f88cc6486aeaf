import type { CommandArgs, CommandOutcome, CommandResult } from '../../../control/command.ts';
import type { EngineStats, InstrumentStats } from '../../../api/engine-stats.ts';
import { askEngine, tellFailure, WHICH_ENGINE as WHICH } from '../ask-engine.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printText } from '../output.ts';
import type { NamedVerb, Verb, VerbCall, VerbOption } from '../verb.ts';
import { ctlAnalysisVerb } from '../ctl-analysis-verb.ts';
import { ctlStrategiesVerb } from '../ctl-strategies-verb.ts';

/** What names the engine, and the command; all optional. */
interface CtlOptions {
  readonly mode?: string;
  readonly venue?: string;
  readonly id?: string;
  readonly confirm?: string;
  readonly symbol?: string;
  readonly lane?: string;
}

const COMMAND_OPTIONS: readonly VerbOption[] = [
  ...WHICH,
  { flags: '--id <id>', text: 'command id: the same one is carried out once, however often it is sent' },
];
const CONFIRM: VerbOption = {
  flags: '--confirm <account>',
  text: 'the account id: for real money, and after a stop that the engine decided itself',
};

/** What became of a command as an exit code. */
const EXIT_OF: Readonly<Record<CommandOutcome, number>> = {
  applied: EXIT.ok,
  partly: EXIT.failure,
  pending: EXIT.ambiguous,
  refused: EXIT.refused,
  unknown: EXIT.ambiguous,
};

function command(kind: string, text: string, extra: readonly VerbOption[] = [], example = ''): NamedVerb {
  return {
    name: kind,
    text,
    readsConfig: true,
    options: [...COMMAND_OPTIONS, ...extra],
    json: 'the answer as one JSON object',
    examples: [`shrike ctl ${kind}${example}`, `shrike ctl ${kind} --json`],
    run: (call) => give(kind, argsOf(call), call),
  };
}

const LANE: VerbOption = {
  flags: '--lane <name>',
  text: 'the lane that brings its market data, when there are several',
};

/** `shrike ctl symbols …`. */
const SYMBOLS_VERB: NamedVerb = {
  name: 'symbols',
  text: 'add, remove or list the instruments of a running engine',
  verbs: [
    symbolsCommand('add', 'trade a symbol more, from now on', [LANE]),
    symbolsCommand('remove', 'trade a symbol no more; it must have no position and no open orders', []),
    symbolsCommand('refresh', 'ask the venue now whether status, band or limits of a symbol changed', []),
    symbolsCommand('list', 'the symbols that are traded', []),
  ],
};

function symbolsCommand(name: string, text: string, extra: readonly VerbOption[]): NamedVerb {
  const isOfAll = name === 'list' || name === 'refresh';
  const operand = isOfAll ? '' : ' SOLUSDT';
  return {
    name,
    text,
    readsConfig: true,
    ...(isOfAll ? {} : { operands: [{ name: '<symbol>', text: "the venue's symbol" }] }),
    options: [...COMMAND_OPTIONS, ...extra],
    json: 'the answer as one JSON object',
    examples: [`shrike ctl symbols ${name}${operand}`, `shrike ctl symbols ${name}${operand} --json`],
    run: (call) =>
      give(`symbols-${name}`, { symbol: call.operands[0] }, call, name === 'list' ? symbolsText : resultText),
  };
}

/** `shrike ctl …`: tells a running engine something, or asks it, over the socket in its state folder. */
export const CTL_VERB: Verb = {
  verbs: [
    {
      name: 'status',
      text: 'what the engine does now',
      readsConfig: true,
      options: WHICH,
      json: 'the figures as one JSON object',
      examples: ['shrike ctl status', 'shrike ctl status --mode live --venue sim --json'],
      run: (call) => status(call),
    },
    command('pause', 'no new risk: only orders that let a position shrink; open ones and positions stay'),
    command('unpause', 'lift a pause', [CONFIRM]),
    command(
      'reduce',
      'positions may only shrink, and what could let one grow is cancelled, until someone resumes',
    ),
    command('resume', 'trade again after a kill, a reduce or a pause', [CONFIRM]),
    command('kill', 'throw the kill switch: no new orders, open ones are cancelled, until someone resumes'),
    command(
      'cancel-all',
      'cancel the open orders',
      [{ flags: '--symbol <symbol>', text: 'of this instrument only' }],
      ' --symbol BTCUSDT',
    ),
    command('reconcile', 'compare own orders and fills with the venue now'),
    SYMBOLS_VERB,
    ctlStrategiesVerb(askAndPrint, give, WHICH, COMMAND_OPTIONS, CONFIRM),
    ctlAnalysisVerb(askAndPrint, give, WHICH, COMMAND_OPTIONS),
  ],
};

function argsOf({ options: { symbol } }: VerbCall<CtlOptions>): CommandArgs {
  return symbol === undefined ? {} : { symbol };
}

async function give(
  kind: string,
  given: CommandArgs,
  call: VerbCall<CtlOptions>,
  textOf: (result: CommandResult) => Promise<string> = resultText,
): Promise<number> {
  const { randomUUID } = await import('node:crypto');
  const { id = randomUUID(), ...options } = call.options;
  const wanted = { confirm: options.confirm, lane: options.lane, ...given };
  const args = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
  const answer = await askEngine(call, { op: 'command', id, kind, args });
  if (!('command' in answer)) return tellFailure(answer, call.isJson);
  const { command: result } = answer;
  if (call.isJson) printJson({ schema: 'shrike.command/1', ...result });
  else printText(await textOf(result));
  return EXIT_OF[result.outcome];
}

async function resultText({ outcome, message, steps }: CommandResult): Promise<string> {
  const { table } = await import('../text-table.ts');
  const head = `${outcome}: ${message}`;
  if (steps.length === 0) return head;
  const rows = steps.map((step) => [step.actor, step.outcome, step.turn < 0 ? '-' : String(step.turn)]);
  return `${head}\n\n${table([['actor', 'answer', 'after turn'], ...rows])}`;
}

type ListedSymbol = InstrumentStats & { readonly name: string };
type BandStats = NonNullable<InstrumentStats['priceBand']>;
type FundingStats = NonNullable<InstrumentStats['funding']>;

/** The instruments as a table: what the venue takes of each now, its band, its funding. */
async function symbolsText(result: CommandResult): Promise<string> {
  const symbols = result.details?.['symbols'] as readonly ListedSymbol[] | undefined;
  if (symbols === undefined) return resultText(result);
  const { columns } = await import('../text-table.ts');
  const rows = symbols.map(({ name, kind, status, priceBand, funding }) => [
    name,
    kind,
    status,
    priceBand === null ? '-' : bandText(priceBand),
    funding === null ? '-' : fundingText(funding),
  ]);
  return columns([['symbol', 'kind', 'status', 'price band', 'funding'], ...rows]);
}

/** The prices themselves once the reference is known, else the shares of it. */
function bandText({ reference, averageMinutes, buy, sell, prices }: BandStats): string {
  const ends = prices ?? { buy, sell };
  const isSame = ends.buy.join() === ends.sell.join();
  const sides = isSame
    ? ends.buy.join(' to ')
    : `buy ${ends.buy.join(' to ')}, sell ${ends.sell.join(' to ')}`;
  if (prices !== null) return sides;
  return `${sides} of the ${reference === 'average' ? `${averageMinutes} min average` : `${reference} price`}`;
}

function fundingText({ intervalMs, rate, nextAtMs }: FundingStats): string {
  const every = intervalMs === 0 ? '' : ` every ${intervalMs / 3_600_000} h`;
  const next = nextAtMs === null ? '' : `, next ${new Date(nextAtMs).toISOString()}`;
  return `${rate === null ? 'rate not known' : `${Number((Number(rate) * 100).toFixed(6))} %`}${every}${next}`;
}

async function askAndPrint(
  what: string,
  call: VerbCall<CtlOptions>,
  text: (data: Readonly<Record<string, unknown>>) => Promise<string>,
): Promise<number> {
  const answer = await askEngine(call, { op: 'query', what });
  if (!('data' in answer)) return tellFailure(answer, call.isJson);
  if (call.isJson) printJson(answer.data);
  else printText(await text(answer.data as Readonly<Record<string, unknown>>));
  return EXIT.ok;
}

async function status(call: VerbCall<CtlOptions>): Promise<number> {
  const answer = await askEngine(call, { op: 'query', what: 'status' });
  if (!('data' in answer)) return tellFailure(answer, call.isJson);
  if (call.isJson) {
    printJson(answer.data);
    return EXIT.ok;
  }
  const { panelLines } = await import('../../run/status-line.ts');
  const { stats, pid } = answer.data as { readonly stats: EngineStats; readonly pid: number };
  const seconds = Math.max(1, stats.durationMs / 1_000);
  printText([`process ${pid}`, ...panelLines(stats, Math.round(stats.ticks / seconds), false)].join('\n'));
  return EXIT.ok;
}
