/** A symbol of the embedded exchange that is halted. */
import { afterEach, expect, test } from 'vitest';
import { startExchange } from '../../../adapters/sim/exchange.ts';
import type { RunningExchange } from '../../../adapters/sim/exchange.ts';
import { eventually, rest } from '../../fixtures/exchange-client.ts';

let exchange: RunningExchange;
afterEach(async () => {
  await exchange.close();
});

const ORDER = {
  symbol: 'BTCUSDT',
  side: 'BUY',
  type: 'LIMIT',
  timeInForce: 'GTC',
  quantity: '0.01',
  price: '50000',
};

test('refuses new orders, lets cancels pass, keeps its crowd away and says so, until it trades again', async () => {
  exchange = await startExchange({
    seed: 1,
    symbols: ['BTCUSDT', 'ETHUSDT'],
    eventsPerSecond: 2_000,
    restPort: 0,
    streamPort: 0,
    wsApiPort: 0,
  });
  const { urls, credentials } = exchange;
  const updateId = async (symbol: string): Promise<number> =>
    (await rest(urls, 'GET', '/api/v3/depth', { symbol, limit: 5 })).body.lastUpdateId as number;
  const statuses = async (): Promise<string[]> =>
    ((await rest(urls, 'GET', '/api/v3/exchangeInfo', {})).body.symbols as { status: string }[]).map(
      ({ status }) => status,
    );
  const place = async (params: Record<string, string> = ORDER) =>
    rest(urls, 'POST', '/api/v3/order', params, credentials);
  const placed = await place();
  expect(placed.status).toBe(200);
  expect(await statuses()).toEqual(['TRADING', 'TRADING']);

  exchange.drill({ kind: 'set-status', symbol: 'BTCUSDT', status: 'HALT' });
  expect(await statuses()).toEqual(['HALT', 'TRADING']);
  expect(await place()).toMatchObject({ status: 400, body: { code: -2010, msg: 'Market is closed.' } });
  const tested = await rest(urls, 'POST', '/api/v3/order/test', ORDER, credentials);
  expect(tested.body).toMatchObject({ code: -2010 });
  const halted = await updateId('BTCUSDT');
  const other = await updateId('ETHUSDT');
  await eventually(async () => (await updateId('ETHUSDT')) > other + 100, 'the other market goes on');
  expect(await updateId('BTCUSDT')).toBe(halted);
  const { orderId } = placed.body as { orderId: number };
  const canceled = await rest(urls, 'DELETE', '/api/v3/order', { symbol: 'BTCUSDT', orderId }, credentials);
  expect(canceled).toMatchObject({ status: 200, body: { status: 'CANCELED' } });

  exchange.drill({ kind: 'set-status', symbol: 'BTCUSDT', status: 'TRADING' });
  await eventually(async () => (await updateId('BTCUSDT')) > halted + 100, 'the crowd comes back');
  expect((await place()).status).toBe(200);
  expect(() => exchange.drill({ kind: 'set-status', symbol: 'NOPE', status: 'HALT' })).toThrow(
    /Invalid symbol/,
  );
});
