/** The exchange in its own thread: starting, refusing to start, being asked, ending. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ExchangeOptions } from '../../../adapters/sim/exchange.ts';
import { startExchangeThread } from '../../../adapters/sim/exchange-host.ts';
import { eventually, RecordingSocket, rest } from '../../fixtures/exchange-client.ts';

const OPTIONS: ExchangeOptions = {
  seed: 3,
  symbols: ['SOLUSDT'],
  eventsPerSecond: 500,
  restPort: 0,
  streamPort: 0,
  wsApiPort: 0,
};

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('an exchange thread', () => {
  it('serves its doors on the ports asked for, answers its host, and ends', async () => {
    const streamPort = await freePort();
    const exchange = await startExchangeThread({ ...OPTIONS, streamPort });
    expect(exchange.urls.stream).toBe(`ws://127.0.0.1:${streamPort}`);
    const socket = await new RecordingSocket(`${exchange.urls.stream}/ws/solusdt@bookTicker`).opened();
    await eventually(() => socket.texts.length > 5, 'market data');
    const api = await new RecordingSocket(exchange.urls.wsApi).opened();
    expect((await api.call('ping')).status).toBe(200);
    expect((await exchange.stats()).events).toBeGreaterThan(0);
    const snapshot = await exchange.accountSnapshot();
    expect(snapshot.accountId).toBe(exchange.credentials.accountId);
    await exchange.drill({ kind: 'drop-ws-api' });
    await eventually(() => api.isClosed, 'the session is gone');
    await exchange.close();
    expect(await exchange.ended).toBeUndefined();
    await eventually(() => socket.isClosed, 'the stream is gone');
    await expect(exchange.stats()).rejects.toMatchObject({ code: 'EXCHANGE_ENDED' });
    await exchange.close();
  });

  it.each(['restPort', 'streamPort', 'wsApiPort'] as const)(
    'refuses a %s that is in use, by name',
    async (name) => {
      const blocker = createServer();
      await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
      const { port } = blocker.address() as AddressInfo;
      await expect(startExchangeThread({ ...OPTIONS, [name]: port })).rejects.toMatchObject({
        code: 'EXCHANGE_PORT_IN_USE',
        message: `port ${port} is in use: the exchange cannot listen on it`,
      });
      await new Promise((resolve) => blocker.close(resolve));
    },
  );

  it('refuses symbols it does not list and rates it cannot make', async () => {
    await expect(startExchangeThread({ ...OPTIONS, symbols: ['FOOBAR'] })).rejects.toMatchObject({
      code: 'EXCHANGE_UNKNOWN_SYMBOL',
    });
    await expect(startExchangeThread({ ...OPTIONS, eventsPerSecond: 20_001 })).rejects.toMatchObject({
      code: 'EXCHANGE_BAD_OPTION',
    });
  });

  it('answers paths it does not have with 404', async () => {
    const exchange = await startExchangeThread(OPTIONS);
    expect((await rest(exchange.urls, 'GET', '/api/v3/nothing')).status).toBe(404);
    const socket = new RecordingSocket(`${exchange.urls.stream}/nowhere`);
    await eventually(() => socket.isClosed, 'the upgrade is refused');
    await exchange.close();
  });
});
