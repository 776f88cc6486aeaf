import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BinanceSpotCandles } from '../../../adapters/binance-spot/candles.ts';
import { type RunningExchange, startExchange } from '../../../adapters/sim/exchange.ts';
import type { VenueCandle } from '../../../engine/analysis/bars/candle-port.ts';
import { SHARED_DATA } from '../../fixtures/shared-data.ts';

const PORTS = { restPort: 0, streamPort: 0, wsApiPort: 0 };
const HOUR_MS = 3_600_000;
const ROW = [1_499_040_000_000, '1.5', '3', '1', '2.25', '10.5', 1_499_040_059_999, '20', 3, '4.5', '9', '0'];
const DOCUMENTED = join(SHARED_DATA, 'messages/binance/klines_response.json');

let answer: { status: number; body: string; headers?: Record<string, string> } = { status: 200, body: '[]' };
let asked = '';
const server = createServer((request, response) => {
  asked = request.url ?? '';
  response.writeHead(answer.status, answer.headers).end(answer.body);
});
let exchange: RunningExchange;
let candles: BinanceSpotCandles;

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  candles = new BinanceSpotCandles(`http://127.0.0.1:${port}`, 5_000);
  exchange = await startExchange({
    seed: 3,
    symbols: ['BTCUSDT'],
    eventsPerSecond: 0,
    history: true,
    ...PORTS,
  });
});

afterAll(async () => {
  candles.close();
  server.close();
  await exchange.close();
});

async function fetched(body: string, status = 200, headers = {}): Promise<VenueCandle[]> {
  answer = { status, body, headers };
  return candles.fetch({ symbol: 'BTCUSDT', timeframe: '1h', fromMs: 5 * HOUR_MS, toMs: 9 * HOUR_MS });
}

describe('candles of Binance Spot', () => {
  test('are asked for by range and read as numbers', async () => {
    const [candle] = await fetched(JSON.stringify([ROW]));
    expect(asked).toBe(
      '/api/v3/klines?symbol=BTCUSDT&interval=1h&startTime=18000000&endTime=32399999&limit=1000',
    );
    expect(candle).toEqual({
      openTimeMs: 1_499_040_000_000,
      open: 1.5,
      high: 3,
      low: 1,
      close: 2.25,
      volume: 10.5,
      buyVolume: 4.5,
    });
  });

  test.skipIf(!existsSync(DOCUMENTED))("are read from the venue's documented answer", async () => {
    const body = readFileSync(DOCUMENTED, 'utf8');
    const rows = JSON.parse(body) as (string | number)[][];
    expect((await fetched(body)).map(({ openTimeMs, close }) => [openTimeMs, close])).toEqual(
      rows.map((row) => [row[0], Number(row[4])]),
    );
  });

  test('of the embedded exchange fill a range exactly, and end before what still changes', async () => {
    const own = new BinanceSpotCandles(exchange.urls.rest, 5_000);
    const nowMs = Date.now();
    const toMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
    const found = await own.fetch({ symbol: 'BTCUSDT', timeframe: '1h', fromMs: toMs - 50 * HOUR_MS, toMs });
    own.close();
    expect(found.map(({ openTimeMs }) => openTimeMs)).toEqual(
      Array.from({ length: 50 }, (_, index) => toMs - (50 - index) * HOUR_MS),
    );
  });

  test.each([
    [
      '429 with a pause',
      '{"code":-1003,"msg":"Too many requests."}',
      429,
      'VENUE_REFUSED',
      /http 429: Too many requests/,
    ],
    ['a page of a proxy', '<html>', 502, 'VENUE_REFUSED', /1h candles of BTCUSDT: http 502/],
    ['no list', '{}', 200, 'VENUE_BAD_ANSWER', /the answer is no list/],
    ['a row that is none', '[[1]]', 200, 'VENUE_BAD_ANSWER', /row 0 is no candle/],
    [
      'a price that is none',
      JSON.stringify([ROW, ROW.with(2, 'NaN')]),
      200,
      'VENUE_BAD_ANSWER',
      /row 1: NaN is no number/,
    ],
    ['a time that is none', JSON.stringify([ROW.with(0, 'x')]), 200, 'VENUE_BAD_ANSWER', /x is no time/],
  ])('%s is an error that says so', async (_name, body, status, code, message) => {
    const failure: unknown = await fetched(body, status, { 'retry-after': '7' }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code, retryAfterMs: status === 200 ? 0 : 7_000 });
    expect(String(failure)).toMatch(message);
  });
});
