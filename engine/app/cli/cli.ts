import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { ConfigFlags, LatencyFlags, ReplayFlags, RunFlags } from './cli-flags.ts';
import { parseDrillSpec } from '../run/drill-spec.ts';
import { parseDurationMs } from './duration.ts';
import { EXIT } from './exit-codes.ts';
import { printJson, printNote, survivePipeClose } from './output.ts';

// Only commander and small files are imported here: `--help` and `version` start no zod, ws or pino. Each verb
// imports what it needs when it runs.

const MIN_NODE_MAJOR = 24;

/** Runs one command line (without node and script) and returns its exit code. Main thread. */
export async function runCli(argv: readonly string[]): Promise<number> {
  survivePipeClose();
  const major = Number(process.versions.node.split('.')[0]);
  if (major < MIN_NODE_MAJOR) {
    printNote(
      `shrike: needs Node ${MIN_NODE_MAJOR} or newer, this is ${process.version}; use npm start or npm run shrike`,
    );
    return EXIT.failure;
  }
  let code: number = EXIT.ok;
  const program = buildProgram((verbCode) => {
    code = verbCode;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    return reportFailure(error, argv.includes('--json'));
  }
}

type Finish = (exitCode: number) => void;

/** The tree of verbs. `finish` receives the exit code of the verb that ran. */
function buildProgram(finish: Finish): Command {
  const program = new Command('shrike')
    .description('Low-latency trading engine for crypto venues.')
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureHelp({ helpWidth: 100 });
  addRun(program, finish);
  addReplay(program, finish);
  addExchange(program, finish);
  addDoctor(program, finish);
  addConfig(program, finish);
  addJournal(program, finish);
  addLatency(program, finish);
  addVersion(program, finish);
  program.addHelpText('after', EXIT_HELP);
  return program;
}

const EXIT_HELP = `
Exit codes: 0 ok, 1 failure, 2 usage, 3 checks found problems, 69 venue unavailable, 75 try again,
77 credentials, 78 configuration.

Examples:
  npm start                                        trade on the embedded exchange, on paper
  npm run -s shrike -- run --duration 20s --json   the same for 20 s, with a summary for programs
  npm run -s shrike -- doctor                      is this machine fit for it?`;

function addRun(program: Command, finish: Finish): void {
  const run = program
    .command('run')
    .description('start the engine (paper mode on the embedded exchange by default)');
  withConfigOptions(run)
    .addOption(new Option('--mode <mode>', 'where orders go').choices(['paper', 'shadow', 'live']))
    .addOption(venueOption())
    .option('--symbols <list>', 'instruments, separated by commas')
    .option('--strategy <name|path>', 'a shipped strategy or a module of your own')
    .addOption(new Option('--topology <name>', 'spread of actors over threads').choices(TOPOLOGIES))
    .addOption(
      new Option('--idle <name>', 'what threads do without work').choices(['spin', 'backoff', 'park']),
    )
    .option('--duration <time>', 'stop after this long, such as 20s or 5m', usage(parseDurationMs))
    .option('--seed <n>', 'seed of the market and everything random')
    .option(
      '--record <file>',
      'write received frames to a capture file that replay reads; a restarted feed adds a number',
    )
    .option('--drill <spec>', 'inject faults, such as kill:strategy@5s,drop-feed@14s', usage(parseDrillSpec))
    .option('--json', 'end stdout with one JSON summary')
    .addHelpText('after', RUN_EXAMPLES)
    .action(async (options: ConfigFlags & RunFlags) => {
      const { runVerb } = await import('./verb-run.ts');
      finish(await runVerb(options));
    });
}

const TOPOLOGIES = ['auto', 'fused', 'split', 'dedicated'];

const RUN_EXAMPLES = `
Examples:
  shrike run --duration 20s --seed 7
  shrike run --strategy ./my-strategy.ts --set strategy.params.fast=12
  shrike run --mode live --venue sim --drill kill:strategy@5s,hang:orderbook@8s --duration 20s --json`;

function addReplay(program: Command, finish: Finish): void {
  const replay = program
    .command('replay')
    .description('drive recorded frames through the five actors on a simulated clock')
    .argument('<file...>', 'capture files (.frames.gz), in order of time');
  withConfigOptions(replay)
    .addOption(venueOption())
    .option('--symbols <list>', 'instruments, separated by commas')
    .option('--strategy <name|path>', 'a shipped strategy or a module of your own')
    .option('--speed <n>', 'multiple of recorded time; without it, as fast as it goes', usage(parseSpeed))
    .option('--seed <n>', 'seed of everything random')
    .option('--json', 'end stdout with one JSON summary')
    .addHelpText(
      'after',
      `
Examples:
  shrike replay btcusdt.frames.gz --venue binance-spot
  shrike replay day1.frames.gz day2.frames.gz --venue binance-spot --speed 10 --json`,
    )
    .action(async (files: string[], options: ConfigFlags & ReplayFlags) => {
      const { replayVerb } = await import('./verb-replay.ts');
      finish(await replayVerb(files, options));
    });
}

function addExchange(program: Command, finish: Finish): void {
  const exchange = program
    .command('exchange')
    .description('run the embedded exchange alone; URLs and test credentials come as one JSON line');
  withConfigOptions(exchange)
    .option('--symbols <list>', 'instruments, separated by commas')
    .option('--events-per-second <n>', 'market events over all instruments')
    .option('--depth-interval-ms <n>', 'period of the depth stream')
    .option('--host <address>', 'address to listen on')
    .option('--rest-port <port>', '0 takes a free one')
    .option('--stream-port <port>', '0 takes a free one')
    .option('--ws-api-port <port>', '0 takes a free one')
    .option('--seed <n>', 'seed of the market')
    .option('--json', 'accepted for symmetry: the output is always JSON')
    .addHelpText(
      'after',
      `
Runs until SIGTERM or SIGINT.

Examples:
  shrike exchange --seed 7 --events-per-second 2000
  shrike exchange --symbols BTCUSDT --rest-port 9080 --stream-port 9081 --ws-api-port 9082`,
    )
    .action(async (options: ConfigFlags) => {
      const { exchangeVerb } = await import('./verb-exchange.ts');
      finish(await exchangeVerb(options));
    });
}

function addDoctor(program: Command, finish: Finish): void {
  const doctor = program
    .command('doctor')
    .description('check machine, Node and configuration for low latency');
  withConfigOptions(doctor)
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Exits 3 when a check fails; warnings alone exit 0.

Examples:
  shrike doctor
  shrike doctor --config shrike.toml --json`,
    )
    .action(async (options: ConfigFlags & { json?: boolean }) => {
      const { doctorVerb } = await import('./verb-doctor.ts');
      finish(await doctorVerb(options));
    });
}

function addConfig(program: Command, finish: Finish): void {
  const config = program.command('config').description('write, check and show the configuration');
  config
    .command('init')
    .description('write a commented configuration file with every key at its default')
    .argument('[file]', 'file to write, - for stdout', 'shrike.toml')
    .option('--force', 'overwrite an existing file')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExamples:\n  shrike config init\n  shrike config init - | less')
    .action(async (file: string, options: { force?: boolean; json?: boolean }) => {
      const { configInit } = await import('./verb-config.ts');
      finish(configInit(file, options));
    });
  withConfigOptions(config.command('check'))
    .description('check files, environment and --set together; all errors at once, exit 78')
    .argument('[file...]', 'configuration files, later ones win')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  shrike config check shrike.toml\n  shrike config check base.toml prod.toml --json',
    )
    .action(async (files: string[], options: ConfigFlags & { json?: boolean }) => {
      const { configCheck } = await import('./verb-config.ts');
      finish(configCheck(files, options));
    });
  withConfigOptions(config.command('show'))
    .description(
      'print the configuration in force, redacted, with the origin of every value that is not a default',
    )
    .argument('[file...]', 'configuration files, later ones win')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  shrike config show\n  SHRIKE__SEED=7 shrike config show shrike.toml --json',
    )
    .action(async (files: string[], options: ConfigFlags & { json?: boolean }) => {
      const { configShow } = await import('./verb-config.ts');
      finish(configShow(files, options));
    });
  config
    .command('schema')
    .description('print every key with default, unit and meaning; --json prints a JSON Schema')
    .option('--json', 'JSON Schema')
    .addHelpText(
      'after',
      '\nExamples:\n  shrike config schema\n  shrike config schema --json > shrike.schema.json',
    )
    .action(async (options: { json?: boolean }) => {
      const { configSchema } = await import('./verb-config.ts');
      finish(configSchema(options));
    });
}

function addJournal(program: Command, finish: Finish): void {
  const journal = program.command('journal').description('look into the append-only record');
  const modeOption = new Option('--mode <mode>', 'whose journal, when no folder is given').choices([
    'paper',
    'shadow',
    'live',
  ]);
  withConfigOptions(journal.command('dump'))
    .description('print every record as one JSON line')
    .argument('[dir]', 'journal folder; default: that of the mode and venue below state.dir')
    .addOption(modeOption)
    .addOption(venueOption())
    .option('--json', 'accepted for symmetry: the output is always JSON lines')
    .addHelpText(
      'after',
      '\nExamples:\n  shrike journal dump --mode paper | head\n  shrike journal dump ./state/paper/sim/journal',
    )
    .action(async (dir: string | undefined, options: ConfigFlags) => {
      const { journalDump } = await import('./verb-journal.ts');
      finish(await journalDump(dir, options));
    });
  withConfigOptions(journal.command('verify'))
    .description('check lengths, checksums and sequence; exit 3 when a byte is torn or flipped')
    .argument('[dir]', 'journal folder; default: that of the mode and venue below state.dir')
    .addOption(modeOption)
    .addOption(venueOption())
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  shrike journal verify\n  shrike journal verify ./state/paper/sim/journal --json',
    )
    .action(async (dir: string | undefined, options: ConfigFlags & { json?: boolean }) => {
      const { journalVerify } = await import('./verb-journal.ts');
      finish(await journalVerify(dir, options));
    });
}

function addLatency(program: Command, finish: Finish): void {
  const latency = program
    .command('latency')
    .description("show where orders' time goes: a running engine, or the last finished run")
    .argument('[file]', 'output of run --json, or a latency-last.json; default: the engine that runs');
  withConfigOptions(latency)
    .option('--url <url>', 'api of the engine, such as http://127.0.0.1:7420', usage(parseHttpUrl))
    .addOption(
      new Option('--mode <mode>', 'the last finished run of this mode').choices(['paper', 'shadow', 'live']),
    )
    .addOption(venueOption())
    .option('--svg <file>', 'also write the percentile curve as SVG')
    .option('--stages', 'draw the curve of every stage too')
    .option('--json', 'one JSON object, with HDR V2 texts')
    .addHelpText(
      'after',
      `
Asks the engine at api.host and api.port; when none runs there, reads the last finished run below
state.dir. In the bars, = is time in a ring and # is work; each bar is the percentile of its own stage.

Examples:
  shrike latency
  shrike latency --url http://127.0.0.1:7420 --svg latency.svg --stages
  shrike latency --mode live --venue sim --json
  shrike run --duration 60s --json > run.json; shrike latency run.json`,
    )
    .action(async (file: string | undefined, options: ConfigFlags & LatencyFlags) => {
      const { latencyVerb } = await import('./verb-latency.ts');
      finish(await latencyVerb(file, options));
    });
}

function parseHttpUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new RangeError('expected an address such as http://127.0.0.1:7420');
}

function addVersion(program: Command, finish: Finish): void {
  program
    .command('version')
    .description('print the versions of Shrike and Node')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExamples:\n  shrike version --json')
    .action(async (options: { json?: boolean }) => {
      const { versionVerb } = await import('./verb-version.ts');
      finish(versionVerb(options));
    });
}

function withConfigOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration file, may be repeated; later ones win', collect, [])
    .option(
      '--set <key=value>',
      'one configuration key, may be repeated: --set risk.maxOpenOrders=5',
      collect,
      [],
    );
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

function venueOption(): Option {
  return new Option('--venue <name>', 'the venue; sim is the embedded exchange').choices([
    'sim',
    'binance-spot',
  ]);
}

/** Turns a parser that throws into one whose failures commander reports as usage errors. */
function usage<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  };
}

function parseSpeed(text: string): number {
  const speed = Number(text);
  if (!(speed > 0) || !Number.isFinite(speed)) throw new RangeError('expected a positive number');
  return speed;
}

interface Coded {
  readonly code?: unknown;
  readonly exitCode?: unknown;
  readonly problems?: unknown;
}

/** Says what went wrong on stderr (and, with --json, on stdout) and returns the exit code it has. */
function reportFailure(error: unknown, json: boolean): number {
  if (error instanceof CommanderError) {
    // Commander has printed help or the usage error itself.
    const isHelp = error.exitCode === 0;
    if (!isHelp && json) printJson(errorObject('USAGE', error.message, undefined));
    return isHelp ? EXIT.ok : EXIT.usage;
  }
  if (!(error instanceof Error)) {
    printNote(`shrike: ${String(error)}`);
    return EXIT.failure;
  }
  const { code, exitCode, problems } = error as Coded;
  if (typeof exitCode === 'number' && typeof code === 'string') {
    const indented = error.message.replaceAll('\n', '\n  ');
    printNote(
      Array.isArray(problems)
        ? `shrike: the configuration is wrong:\n  ${indented}`
        : `shrike: ${error.message}`,
    );
    if (json) printJson(errorObject(code, error.message, problems));
    return exitCode;
  }
  if (typeof code === 'string' && isOwnCode(error, code)) {
    printNote(`shrike: ${error.message}`);
    if (json) printJson(errorObject(code, error.message, undefined));
    return EXIT_OF_CODE[code] ?? EXIT.failure;
  }
  const known = systemErrorSentence(error);
  printNote(known === null ? `shrike: ${error.stack ?? error.message}` : `shrike: ${known}`);
  if (json)
    printJson(errorObject(typeof code === 'string' ? code : 'FAILURE', known ?? error.message, undefined));
  return EXIT.failure;
}

/** Coded errors of parts that know nothing of exit codes. */
const EXIT_OF_CODE: Readonly<Record<string, number>> = {
  EXCHANGE_UNKNOWN_SYMBOL: EXIT.config,
  EXCHANGE_BAD_OPTION: EXIT.config,
  STATE_LOCKED: EXIT.retry,
  STATE_OTHER_MODE: EXIT.config,
};

/** An operating error of this project, whose message is a sentence; Node's own errors are told apart by their marks. */
function isOwnCode(error: Error, code: string): boolean {
  return (
    error.name !== 'Error' && !code.startsWith('ERR_') && !('syscall' in error) && /^[A-Z][A-Z_]+$/.test(code)
  );
}

function errorObject(code: string, message: string, problems: unknown): object {
  return {
    schema: 'shrike.error/1',
    error: { code, message, ...(problems === undefined ? {} : { problems }) },
  };
}

/** Plain words for the system errors users meet; null for anything that deserves a stack trace. */
function systemErrorSentence(
  error: NodeJS.ErrnoException & { address?: string; port?: number },
): string | null {
  switch (error.code) {
    case 'EADDRINUSE':
      return `port ${error.port ?? '?'} on ${error.address ?? '?'} is in use by another process`;
    case 'EACCES':
    case 'ENOSPC':
    case 'EROFS':
    case 'ENOENT':
      return error.message;
    default:
      return null;
  }
}
