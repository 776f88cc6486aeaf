import { isAbsolute, resolve } from 'node:path';
import { CliError } from './cli-error.ts';
import type { Ask, Give } from './ctl-calls.ts';
import { EXIT } from './exit-codes.ts';
import type { NamedVerb, VerbCall, VerbOption } from './verb.ts';

const HEADINGS = [
  'name',
  'index',
  'actor',
  'state',
  'orders',
  'holds',
  'realised',
  'open',
  'fees',
  'parameters given',
];

/** What the options of these verbs hold. */
interface Options {
  readonly param?: readonly string[];
  readonly actor?: string;
}

/** A strategy in the engine's answer. */
interface Listed {
  readonly name: string;
  readonly index: number;
  readonly actor: string;
  readonly state: string;
  readonly openOrders: number;
  readonly holds: string;
  readonly pnl: Readonly<Record<'realised' | 'unrealised' | 'fees', string>>;
  readonly params: Readonly<Record<string, unknown>>;
}

/** The verbs `shrike ctl strategies …`. */
export function ctlStrategiesVerb(
  ask: Ask,
  give: Give,
  which: readonly VerbOption[],
  forCommand: readonly VerbOption[],
  confirm: VerbOption,
): NamedVerb {
  return {
    name: 'strategies',
    text: 'list, add, change and remove the strategies of a running engine',
    verbs: [
      {
        name: 'list',
        text: 'the strategies with their index, actor, state, open orders, own positions and profit, and parameters',
        readsConfig: true,
        options: which,
        json: 'the list as one JSON object',
        examples: ['shrike ctl strategies list', 'shrike ctl strategies list --json'],
        run: (call) => ask('strategies', call, tableOf),
      },
      {
        name: 'add',
        text: 'load a strategy and let it trade, beside those that run',
        operands: [{ name: '<name>', text: 'a shipped strategy by name, or the path of a module' }],
        readsConfig: true,
        options: [
          ...forCommand,
          { flags: '--param <key=value...>', text: 'parameters of the strategy, after its name' },
          { flags: '--actor <word>', text: 'the strategy actor that hosts it; default: main, or the first' },
          confirm,
        ],
        json: 'the answer as one JSON object',
        examples: [
          'shrike ctl strategies add momentum --param threshold=0.4',
          'shrike ctl strategies add ./breakout.ts --actor fast --json',
        ],
        run: (call) => add(call, give),
      },
      {
        name: 'set',
        text: 'give a strategy other parameters; its orders and its position stay',
        operands: [
          { name: '<strategy>', text: 'its index, or its name where one strategy has it' },
          { name: '<key=value...>', text: 'parameters that change; the others stay as they are' },
        ],
        readsConfig: true,
        options: [...forCommand, confirm],
        json: 'the answer as one JSON object',
        note: 'All are taken or none. The strategy starts anew with them: its indicators warm up again.',
        examples: ['shrike ctl strategies set momentum lookback=20 thresholdBps=5'],
        run: (call) => change(call, give),
      },
      {
        name: 'remove',
        text: 'stop a strategy and cancel its orders; its position stays at the account',
        operands: [{ name: '<strategy>', text: 'its index, or its name where one strategy has it' }],
        readsConfig: true,
        options: forCommand,
        json: 'the answer as one JSON object',
        examples: ['shrike ctl strategies remove 1', 'shrike ctl strategies remove breakout --json'],
        run: (call) => give('strategies-remove', { strategy: String(call.operands[0]) }, call),
      },
    ],
  };
}

function add(call: VerbCall, give: Give): Promise<number> {
  const { param = [], actor } = call.options as Options;
  const name = String(call.operands[0]);
  const isPath = /[/\\]|\.[cm]?[jt]s$/.test(name) && !isAbsolute(name);
  const args = {
    // The engine has another working folder.
    name: isPath ? resolve(name) : name,
    params: Object.fromEntries(param.map(parameter)),
    ...(actor === undefined ? {} : { actor }),
  };
  return give('strategies-add', args, call);
}

function change(call: VerbCall, give: Give): Promise<number> {
  const [strategy, texts] = call.operands;
  const params = Object.fromEntries((texts as readonly string[]).map(parameter));
  return give('strategies-set', { strategy: String(strategy), params }, call);
}

/** `key=value`: a number and true or false are taken for what they are, the rest is text; quotes make text of all. */
function parameter(text: string): readonly [string, string | number | boolean] {
  const equals = text.indexOf('=');
  if (equals <= 0) throw new CliError('USAGE', `${text}: expected key=value`, EXIT.usage);
  const value = text.slice(equals + 1);
  return [text.slice(0, equals), valueOf(value)];
}

function valueOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^"[^"]*"$/.test(text)) return text.slice(1, -1);
  return /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}

async function tableOf(data: Readonly<Record<string, unknown>>): Promise<string> {
  const { columns } = await import('./text-table.ts');
  const strategies = data['strategies'] as readonly Listed[];
  const rows = strategies.map(({ name, index, actor, state, openOrders, holds, pnl, params }) => [
    name,
    String(index),
    actor,
    state,
    String(openOrders),
    holds,
    pnl.realised,
    pnl.unrealised,
    pnl.fees,
    Object.entries(params)
      .map(([key, value]) => `${key}=${String(value)}`)
      .join(' '),
  ]);
  return columns([HEADINGS, ...rows]);
}
