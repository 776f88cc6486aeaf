import { EXIT } from '../exit-codes.ts';
import { keepRunningWithoutReader, printJson, printNote } from '../output.ts';
import type { Verb, VerbCall } from '../verb.ts';

/** `shrike exchange`: the embedded exchange alone, until SIGTERM or SIGINT; a second signal forces. */
export const EXCHANGE_VERB: Verb = {
  readsConfig: true,
  options: [
    { flags: '--symbols <list>', key: 'symbols', text: 'instruments, separated by commas' },
    {
      flags: '--perpetuals <list>',
      key: 'exchange.perpetuals',
      text: 'symbols that have a linear perpetual as well, spoken to as Binance USD-M futures',
    },
    {
      flags: '--events-per-second <n>',
      key: 'exchange.eventsPerSecond',
      text: 'market events over all instruments',
    },
    { flags: '--depth-interval-ms <n>', key: 'exchange.depthIntervalMs', text: 'period of the depth stream' },
    { flags: '--host <address>', key: 'exchange.host', text: 'address to listen on' },
    { flags: '--rest-port <port>', key: 'exchange.restPort', text: '0 takes a free one' },
    { flags: '--stream-port <port>', key: 'exchange.streamPort', text: '0 takes a free one' },
    { flags: '--ws-api-port <port>', key: 'exchange.wsApiPort', text: '0 takes a free one' },
    { flags: '--seed <n>', key: 'exchange.seed', text: 'seed of the market' },
  ],
  json: 'accepted for symmetry: the output is always JSON',
  note: 'Runs until SIGTERM or SIGINT.',
  examples: [
    'shrike exchange --seed 7 --events-per-second 2000',
    'shrike exchange --symbols BTCUSDT,ETHUSDT --perpetuals BTCUSDT',
    'shrike exchange --symbols BTCUSDT --rest-port 9080 --stream-port 9081 --ws-api-port 9082',
  ],
  run,
};

async function run({ sources }: VerbCall): Promise<number> {
  const { loadConfig } = await import('../../config/config.ts');
  const { startExchange } = await import('../../../../adapters/sim/exchange.ts');
  const { routeSignals } = await import('../../run/shutdown-signals.ts');
  keepRunningWithoutReader();
  const { config } = loadConfig(sources);
  const { seed, ...rest } = config.exchange;
  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    routeSignals({ onStop: resolve, onForce: () => process.exit(EXIT.failure), onPause: () => {} });
  });
  const running = await startExchange({ ...rest, seed: seed ?? config.seed, symbols: config.symbols });
  printJson({
    schema: 'shrike.exchange/1',
    pid: process.pid,
    seed: seed ?? config.seed,
    symbols: config.symbols,
    perpetuals: rest.perpetuals,
    urls: running.urls,
    credentials: running.credentials,
  });
  const signal = await stopped;
  printNote(`exchange: ${signal}, closing`);
  await running.close();
  return EXIT.ok;
}
