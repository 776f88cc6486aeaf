import { Command, InvalidArgumentError, Option } from 'commander';
import type { FlagValue } from '../config/config.ts';
import type { KeyDecl, KeyDecls, SectionDecl } from '../config/key-kinds.ts';
import type { NamedVerb, Verb, VerbCall, VerbOption } from './verb.ts';

type Finish = (exitCode: number) => void;

/**
 * The command tree of `verbs`. `keys` are the configuration's, for the words that options with a `key` take; null is
 * enough to print the list of verbs. `finish` receives the exit code of the verb that ran.
 */
export function buildProgram(verbs: readonly NamedVerb[], keys: KeyDecls | null, finish: Finish): Command {
  const program = new Command('shrike')
    .description('Low-latency trading engine for crypto venues.')
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureHelp({ helpWidth: 100 });
  for (const verb of verbs) addVerb(program, verb, keys, finish);
  program.addHelpText('after', EXIT_HELP);
  return program;
}

const EXIT_HELP = `
Exit codes: 0 ok, 1 failure, 2 usage, 3 checks found problems, 4 refused by the engine, 5 outcome not known,
6 no engine runs, 69 venue unavailable, 75 try again, 77 credentials, 78 configuration.

Examples:
  npm start                                        trade on the embedded exchange, on paper
  npm run -s shrike -- run --duration 20s --json   the same for 20 s, with a summary for programs
  npm run -s shrike -- doctor                      is this machine fit for it?`;

function addVerb(parent: Command, verb: NamedVerb, keys: KeyDecls | null, finish: Finish): void {
  const command = parent.command(verb.name).description(verb.text);
  for (const { name, text, fallback } of verb.operands ?? []) command.argument(name, text, fallback);
  if (verb.readsConfig === true) {
    command
      .option('-c, --config <file>', 'configuration file, may be repeated; later ones win', collect, [])
      .option(
        '--set <key=value>',
        'one configuration key, may be repeated: --set risk.maxOpenOrders=5',
        collect,
        [],
      );
  }
  for (const option of verb.options ?? []) command.addOption(commanderOption(option, keys));
  if (verb.json !== undefined) command.option('--json', verb.json);
  const help = helpText(verb);
  if (help !== '') command.addHelpText('after', help);
  for (const below of verb.verbs ?? []) addVerb(command, below, keys, finish);
  if (verb.run !== undefined) {
    command.action(async (...given: unknown[]) => {
      const operands = given.slice(0, verb.operands?.length ?? 0);
      finish(await verb.run!(callOf(verb, operands, command.opts())));
    });
  }
}

function callOf(verb: Verb, operands: readonly unknown[], options: Record<string, unknown>): VerbCall {
  return {
    operands,
    options,
    isJson: options['json'] === true,
    sources: {
      files: (options['config'] as string[] | undefined) ?? [],
      sets: (options['set'] as string[] | undefined) ?? [],
      flags: flagValues(verb.options ?? [], options),
    },
  };
}

/** The given options that stand for configuration keys. */
function flagValues(options: readonly VerbOption[], given: Record<string, unknown>): FlagValue[] {
  const flags: FlagValue[] = [];
  for (const { flags: notation, key } of options) {
    const parsed = new Option(notation);
    const value = given[parsed.attributeName()];
    if (key === undefined || value === undefined) continue;
    flags.push({ flag: parsed.long ?? notation, path: key.split('.'), value });
  }
  return flags;
}

function commanderOption({ flags, text, key, parse }: VerbOption, keys: KeyDecls | null): Option {
  const option = new Option(flags, text);
  const decl = key === undefined || keys === null ? null : keyAt(keys, key);
  if (decl?.is === 'choice') option.choices(decl.of);
  if (parse !== undefined) option.argParser(usage(parse));
  return option;
}

function keyAt(keys: KeyDecls, path: string): KeyDecl {
  let found: KeyDecl | SectionDecl | undefined = { text: '', keys };
  for (const name of path.split('.')) {
    const table: KeyDecls = found !== undefined && 'keys' in found ? found.keys : {};
    found = table[name];
  }
  if (found === undefined || 'keys' in found) throw new Error(`no configuration key ${path}`);
  return found;
}

function helpText({ note, examples }: Verb): string {
  const parts = [
    note === undefined ? '' : `\n${note}`,
    examples === undefined ? '' : `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`,
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

/** Turns a parser that throws into one whose failures commander reports as usage errors. */
function usage(parse: (text: string) => unknown): (text: string) => unknown {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  };
}
