import type { ConfigFlags } from './cli-flags.ts';
import { startExchange } from '../../../adapters/sim/exchange.ts';
import { loadConfig } from '../config/config.ts';
import { EXIT } from './exit-codes.ts';
import { keepRunningWithoutReader, printJson, printNote } from './output.ts';
import { routeSignals } from '../run/shutdown-signals.ts';
import { flagValues } from './verb-config.ts';

/** `shrike exchange`: runs until SIGTERM or SIGINT; a second signal forces. Returns the exit code. */
export async function exchangeVerb(options: ConfigFlags): Promise<number> {
  keepRunningWithoutReader();
  const flags = flagValues(options, {
    symbols: ['symbols'],
    eventsPerSecond: ['exchange', 'eventsPerSecond'],
    depthIntervalMs: ['exchange', 'depthIntervalMs'],
    host: ['exchange', 'host'],
    restPort: ['exchange', 'restPort'],
    streamPort: ['exchange', 'streamPort'],
    wsApiPort: ['exchange', 'wsApiPort'],
    seed: ['exchange', 'seed'],
  });
  const { config } = loadConfig({ files: options.config, sets: options.set, flags });
  const { seed, ...rest } = config.exchange;
  const stopped = firstSignal();
  const running = await startExchange({ ...rest, seed: seed ?? config.seed, symbols: config.symbols });
  printJson({
    schema: 'shrike.exchange/1',
    pid: process.pid,
    seed: seed ?? config.seed,
    symbols: config.symbols,
    urls: running.urls,
    credentials: running.credentials,
  });
  const signal = await stopped;
  printNote(`exchange: ${signal}, closing`);
  await running.close();
  return EXIT.ok;
}

function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    routeSignals({ onStop: resolve, onForce: () => process.exit(EXIT.failure), onPause: () => {} });
  });
}
