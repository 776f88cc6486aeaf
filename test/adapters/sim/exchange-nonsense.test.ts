/** Bytes no client should send: each is refused, none ends the exchange. */
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningExchange } from '../../../adapters/sim/exchange.ts';
import { startExchange } from '../../../adapters/sim/exchange.ts';
import { eventually, RecordingSocket, rest, withHmac } from '../../fixtures/exchange-client.ts';

let exchange: RunningExchange;

beforeAll(async () => {
  exchange = await startExchange({
    seed: 2,
    symbols: ['BTCUSDT'],
    eventsPerSecond: 100,
    restPort: 0,
    streamPort: 0,
    wsApiPort: 0,
    limits: { requestWeightPerMinute: 1_000_000 },
  });
});

afterAll(async () => exchange.close());

const METHODS = [
  'order.place',
  'order.cancel',
  'order.status',
  'depth',
  'klines',
  'session.logon',
  'myTrades',
];

describe('nonsense', () => {
  it('in WebSocket API frames gets one error each', async () => {
    const socket = await new RecordingSocket(exchange.urls.wsApi).opened();
    const frames = fc.sample(fc.oneof(fc.string(), fc.json()), { seed: 1, numRuns: 300 });
    for (const frame of frames) socket.socket.send(frame);
    await eventually(() => socket.texts.length === frames.length, 'an answer to every frame');
    expect(socket.messages.every((message) => message.status === 400)).toBe(true);
    expect((await socket.call('ping')).status).toBe(200);
    socket.socket.terminate();
  });

  it('in signed parameters gets a coded refusal, never a server error', async () => {
    const socket = await new RecordingSocket(exchange.urls.wsApi).opened();
    const value = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.double(),
      fc.constantFrom('BTCUSDT', 'BUY', 'LIMIT', '1', '60000', '-1'),
    );
    const names = [
      'symbol',
      'side',
      'type',
      'timeInForce',
      'price',
      'quantity',
      'orderId',
      'limit',
      'interval',
      'newClientOrderId',
      'startTime',
    ];
    const params = fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });
    for (const each of fc.sample(fc.tuple(fc.constantFrom(...METHODS), params), { seed: 2, numRuns: 400 })) {
      const reply = await socket.call(
        each[0],
        withHmac(each[1] as Record<string, string | number>, exchange.credentials),
      );
      expect([200, 400, 401]).toContain(reply.status);
      if (reply.status !== 200) expect(reply.error.code).toBeLessThan(0);
    }
    socket.socket.terminate();
  });

  it('in REST queries gets a coded refusal', async () => {
    for (const query of [
      'symbol=%zz&signature=%zz&timestamp=1',
      'limit=abc&symbol=BTCUSDT',
      'symbol=btc%F0%9F',
      '&&&=',
    ]) {
      const response = await fetch(`${exchange.urls.rest}/api/v3/depth?${query}`);
      expect(response.status).toBe(400);
      expect((await response.json()) as object).toHaveProperty('code');
    }
    const headers = { 'X-MBX-APIKEY': exchange.credentials.apiKey };
    const forged = await fetch(`${exchange.urls.rest}/api/v3/account?timestamp=${Date.now()}&signature=%zz`, {
      headers,
    });
    expect(await forged.json()).toMatchObject({ code: -1022 });
  });

  it('on the wire itself only ends that connection', async () => {
    const port = Number(new URL(exchange.urls.rest).port);
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nHost: x\r\nSec-WebSocket-Version: 13\r\n';
    const openings = [
      `GET // HTTP/1.1\r\n${upgrade}Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
      `GET /ws HTTP/1.1\r\n${upgrade}\r\n`,
      'NONSENSE\r\n\r\n',
      `GET /ws/btcusdt@trade HTTP/1.1\r\n${upgrade}Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n\u00ff\u00ff\u00ff\u00ff`,
    ];
    for (const opening of openings) {
      const raw = connect(port, '127.0.0.1');
      let isClosed = false;
      raw.on('close', () => {
        isClosed = true;
      });
      raw.on('error', () => undefined);
      raw.resume();
      raw.write(opening, 'latin1');
      await eventually(() => isClosed, `the end of ${JSON.stringify(opening.slice(0, 20))}`);
    }
    expect((await rest(exchange.urls, 'GET', '/api/v3/ping')).status).toBe(200);
  });
});
