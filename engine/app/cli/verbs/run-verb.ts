import type { DrillStep } from '../../run/drill-spec.ts';
import { parseDurationMs } from '../duration.ts';
import type { Verb, VerbCall } from '../verb.ts';

interface RunOptions {
  /** Milliseconds. */
  readonly duration?: number;
  readonly drill?: string;
  readonly record?: string;
}

/** `shrike run`: trades until a signal or `--duration`. */
export const RUN_VERB: Verb = {
  readsConfig: true,
  options: [
    { flags: '--mode <mode>', key: 'mode', text: 'where orders go' },
    { flags: '--venue <name>', key: 'venue.name', text: 'the venue; sim is the embedded exchange' },
    { flags: '--symbols <list>', key: 'symbols', text: 'instruments, separated by commas' },
    {
      flags: '--strategy <name|path>',
      key: 'strategy.name',
      text: 'a shipped strategy or a module of your own',
    },
    {
      flags: '--system <name>',
      key: 'system',
      text: 'ultimate (analysis alone), scalping (the scalper alone), hybrid (the scalper under the bias)',
    },
    { flags: '--topology <name>', key: 'engine.topology', text: 'spread of actors over threads' },
    { flags: '--idle <name>', key: 'engine.idle', text: 'what threads do without work' },
    { flags: '--duration <time>', text: 'stop after this long, such as 20s or 5m', parse: parseDurationMs },
    { flags: '--seed <n>', key: 'seed', text: 'seed of the market and everything random' },
    {
      flags: '--record <file>',
      text: 'write received frames to a capture file that replay reads; a restarted feed adds a number',
    },
    {
      flags: '--drill <spec>',
      text: 'inject faults, such as kill:strategy@5s,drop-feed@14s',
    },
  ],
  json: 'end stdout with one JSON summary',
  examples: [
    'shrike run --duration 20s --seed 7',
    'shrike run --system hybrid --symbols BTCUSDT',
    'shrike run --strategy ./my-strategy.ts --set strategy.params.fast=12',
    'shrike run --mode live --venue sim --drill kill:strategy@5s,hang:orderbook@8s --duration 20s --json',
  ],
  run,
};

async function run({ options, sources, isJson }: VerbCall<RunOptions>): Promise<number> {
  const { keepRunningWithoutReader, printNote } = await import('../output.ts');
  const { loadConfig } = await import('../../config/config.ts');
  const { formatOrigin } = await import('../../config/config-layers.ts');
  const { dropSecretVariables } = await import('../../config/credentials.ts');
  const { enginePartsOf } = await import('../../config/engine-parts.ts');
  const { resolveStrategyUrl } = await import('../../strategy/strategy-path.ts');
  keepRunningWithoutReader();
  const drill = options.drill === undefined ? [] : await drillOf(options.drill);
  const loaded = loadConfig(sources);
  // A strategy that is not there is found before anything starts.
  for (const { name } of enginePartsOf(loaded.config).strategies) resolveStrategyUrl(name);
  // Paper never needs a key; threads started later must not inherit one.
  if (loaded.config.mode === 'paper') dropSecretVariables(process.env);
  for (const warning of loaded.warnings) printNote(`warning: ${warning}`);
  for (const [path, origin] of loaded.origins) printNote(`config: ${path} from ${formatOrigin(origin)}`);
  const { keepCompiledCode } = await import('../../run/compiled-code.ts');
  keepCompiledCode(loaded.config.state.dir);
  // Loaded only now, so that a wrong configuration is answered at once.
  const { runEngine } = await import('../../run/run.ts');
  return runEngine(loaded.config, {
    durationMs: options.duration ?? null,
    drill,
    recordFile: options.record ?? null,
    json: isJson,
    origins: loaded.origins,
  });
}

/** Read here and not by the command line's parser, so that the help need not load the actors' names. */
async function drillOf(spec: string): Promise<readonly DrillStep[]> {
  const { parseDrillSpec } = await import('../../run/drill-spec.ts');
  try {
    return parseDrillSpec(spec);
  } catch (error) {
    const { CliError } = await import('../cli-error.ts');
    const { EXIT } = await import('../exit-codes.ts');
    const said = error instanceof Error ? error.message : String(error);
    throw new CliError('USAGE', `--drill ${spec}: ${said}`, EXIT.usage);
  }
}
