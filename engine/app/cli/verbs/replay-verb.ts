import { accessSync, constants } from 'node:fs';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { printNote } from '../output.ts';
import type { Verb, VerbCall } from '../verb.ts';

interface ReplayOptions {
  /** Multiple of recorded time. */
  readonly speed?: number;
  /** A REST depth answer. */
  readonly snapshot?: string;
}

/** `shrike replay FILE...`: recorded frames through the five actors. */
export const REPLAY_VERB: Verb = {
  operands: [{ name: '<file...>', text: 'capture files (.frames.gz), in order of time' }],
  readsConfig: true,
  options: [
    { flags: '--venue <name>', key: 'venue.name', text: 'the venue; sim is the embedded exchange' },
    { flags: '--symbols <list>', key: 'symbols', text: 'instruments, separated by commas' },
    {
      flags: '--strategy <name|path>',
      key: 'strategy.name',
      text: 'a shipped strategy or a module of your own',
    },
    {
      flags: '--speed <n>',
      text: 'multiple of recorded time; without it, as fast as it goes',
      parse: parseSpeed,
    },
    { flags: '--snapshot <file>', text: 'a REST depth answer to build the book from' },
    { flags: '--seed <n>', key: 'seed', text: 'seed of everything random' },
  ],
  json: 'end stdout with one JSON summary',
  examples: [
    'shrike replay btcusdt.frames.gz --venue binance-spot',
    'shrike replay btcusdt.frames.gz --snapshot depth.json --venue binance-spot',
    'shrike replay day1.frames.gz day2.frames.gz --venue binance-spot --speed 10 --json',
  ],
  run,
};

async function run({ operands, options, sources, isJson }: VerbCall<ReplayOptions>): Promise<number> {
  const files = operands[0] as readonly string[];
  const { loadConfig } = await import('../../config/config.ts');
  const { dropSecretVariables } = await import('../../config/credentials.ts');
  const { resolveStrategyUrl } = await import('../../strategy/strategy-path.ts');
  const loaded = loadConfig(sources);
  // A strategy that is not there is found before anything starts.
  resolveStrategyUrl(loaded.config.strategy.name);
  dropSecretVariables(process.env);
  for (const warning of loaded.warnings) printNote(`warning: ${warning}`);
  for (const file of files) checkReadable(file);
  // Loaded only now, so that a wrong configuration is answered at once.
  const { replayFiles } = await import('../../replay/replay.ts');
  return replayFiles(files, loaded.config, {
    speed: options.speed ?? null,
    snapshot: options.snapshot ?? null,
    json: isJson,
  });
}

function checkReadable(file: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    const message = `cannot read the capture: ${(error as Error).message}`;
    throw new CliError('CAPTURE_UNREADABLE', message, EXIT.failure);
  }
}

function parseSpeed(text: string): number {
  const speed = Number(text);
  if (!(speed > 0) || !Number.isFinite(speed)) throw new RangeError('expected a positive number');
  return speed;
}
