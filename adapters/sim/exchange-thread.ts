/** Worker entry of the embedded exchange. Speaks only with `exchange-host.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ExchangeOptions, RunningExchange } from './exchange.ts';
import { startExchange } from './exchange.ts';
import { ExchangeStartError } from './exchange-start-error.ts';
import type { HostRequest, ThreadMessage } from './exchange-host.ts';

const port = parentPort;
if (port === null) throw new Error('exchange-thread.ts must be started as a worker thread');

function post(message: ThreadMessage): void {
  port!.postMessage(message);
}

async function serve(exchange: RunningExchange, request: HostRequest): Promise<void> {
  try {
    post({ kind: 'answer', id: request.id, value: await run(exchange, request) });
  } catch (error) {
    post({
      kind: 'failure',
      id: request.id,
      message: error instanceof Error ? error.message : String(error),
    });
  }
  if (request.kind === 'close') port!.close();
}

async function run(exchange: RunningExchange, request: HostRequest): Promise<unknown> {
  switch (request.kind) {
    case 'snapshot':
      return exchange.accountSnapshot(request.accountIndex);
    case 'perp-snapshot':
      return exchange.perpSnapshot(request.accountIndex);
    case 'stats':
      return exchange.stats();
    case 'drill':
      return exchange.drill(request.command);
    case 'close':
      return exchange.close();
    default:
      throw new Error('unknown request');
  }
}

try {
  const exchange = await startExchange(workerData as ExchangeOptions);
  port.on('message', (request: HostRequest) => void serve(exchange, request));
  post({ kind: 'ready', urls: exchange.urls, allCredentials: exchange.allCredentials });
} catch (error) {
  const code = error instanceof ExchangeStartError ? error.code : 'EXCHANGE_FAILED';
  post({ kind: 'refused', code, message: error instanceof Error ? error.message : String(error) });
  port.close();
}
