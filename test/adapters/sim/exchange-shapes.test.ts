/** The exchange's replies and events have the fields of the venue's published examples, in their order. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningExchange } from '../../../adapters/sim/exchange.ts';
import { startExchange } from '../../../adapters/sim/exchange.ts';
import { eventually, RecordingSocket, rest, withHmac } from '../../fixtures/exchange-client.ts';
import { SHARED_DATA } from '../../fixtures/shared-data.ts';

const DATA_DIR = SHARED_DATA;
const EXAMPLES = resolve(DATA_DIR, 'messages/binance');

let exchange: RunningExchange;
let user: RecordingSocket;
let stream: RecordingSocket;

type Json = Record<string, unknown>;

/** A published example; of a list, its first element. */
function example(name: string): Json {
  const value: unknown = JSON.parse(readFileSync(resolve(EXAMPLES, `${name}.json`), 'utf8'));
  return (Array.isArray(value) ? value[0] : value) as Json;
}

/** Field names with the kind of each value: numbers stay numbers, texts texts. */
function shape(value: Json): string[] {
  return Object.entries(value).map(
    ([name, each]) => `${name}: ${Array.isArray(each) ? 'array' : typeof each}`,
  );
}

async function signed(
  verb: string,
  path: string,
  params: Record<string, string | number> = {},
): Promise<Json> {
  const { body } = await rest(exchange.urls, verb, path, params, exchange.credentials);
  return (Array.isArray(body) ? body[0] : body) as Json;
}

describe.skipIf(!existsSync(EXAMPLES))('the shape of', () => {
  beforeAll(async () => {
    exchange = await startExchange({
      seed: 4,
      symbols: ['BTCUSDT'],
      eventsPerSecond: 500,
      restPort: 0,
      streamPort: 0,
      wsApiPort: 0,
    });
    user = await new RecordingSocket(exchange.urls.wsApi).opened();
    await user.call('userDataStream.subscribe.signature', withHmac({}, exchange.credentials));
    stream = await new RecordingSocket(
      `${exchange.urls.stream}/ws/btcusdt@kline_1m/btcusdt@ticker/btcusdt@aggTrade`,
    ).opened();
  });

  afterAll(async () => {
    user.socket.terminate();
    stream.socket.terminate();
    await exchange.close();
  });

  it('order replies, order lists, fills and the account', async () => {
    const terms = { symbol: 'BTCUSDT', side: 'BUY', quantity: '0.001' };
    const limit = { ...terms, type: 'LIMIT', timeInForce: 'GTC', price: '60000' };
    const placed = await signed('POST', '/api/v3/order', limit);
    // The published example puts fills last, live replies put them one earlier.
    expect(shape(placed).toSorted()).toEqual(shape(example('new_order_full_response')).toSorted());
    const ids = { symbol: 'BTCUSDT', orderId: placed['orderId'] as number };
    expect(shape(await signed('GET', '/api/v3/order', ids))).toEqual(shape(example('order_response')));
    const fields = (value: Json): string[] => Object.keys(value).toSorted();
    expect(fields(await signed('GET', '/api/v3/openOrders', { symbol: 'BTCUSDT' }))).toEqual(
      fields(example('open_orders_response')),
    );
    expect(shape(await signed('DELETE', '/api/v3/order', ids))).toEqual(
      shape(example('cancel_order_response')),
    );
    await signed('POST', '/api/v3/order', { ...terms, type: 'MARKET' });
    expect(shape(await signed('GET', '/api/v3/myTrades', { symbol: 'BTCUSDT' }))).toEqual(
      shape(example('account_trades_response')),
    );
    expect(shape(await signed('GET', '/api/v3/account')).toSorted()).toEqual(
      shape(example('account_response')).toSorted(),
    );
    const report = await eventually(
      () => user.messages.find((message) => message.event?.x === 'NEW'),
      'a NEW report',
    );
    const wrapped = example('execution_report_wrapped');
    expect(shape(report)).toEqual(shape(wrapped));
    expect(shape(report.event)).toEqual(shape(wrapped['event'] as Json));
    const position = await eventually(
      () => user.messages.find((message) => message.event?.e === 'outboundAccountPosition'),
      'a position',
    );
    const positionExample = example('account_position_wrapped')['event'] as Json;
    expect(shape(position.event)).toEqual(shape(positionExample));
    expect(shape(position.event.B[0])).toEqual(shape((positionExample['B'] as Json[])[0]));
  });

  it('market data over REST and streams', async () => {
    const one = { symbol: 'BTCUSDT' };
    const get = async (path: string, params: Record<string, string> = one): Promise<Json> => {
      const { body } = await rest(exchange.urls, 'GET', `/api/v3/${path}`, params);
      return (Array.isArray(body) ? body[0] : body) as Json;
    };
    const kline = await eventually(() => stream.messages.find((message) => message.e === 'kline'), 'a kline');
    expect(shape(kline)).toEqual(shape(example('kline_stream_open')));
    expect(shape(kline.k)).toEqual(shape(example('kline_stream_open')['k'] as Json));
    expect(shape(await get('depth'))).toEqual(shape(example('depth_response')));
    expect(shape(await get('ticker/24hr'))).toEqual(shape(example('ticker_24hr_response')));
    expect(shape(await get('ticker/bookTicker'))).toEqual(shape(example('book_ticker_response')));
    expect(shape(await get('ticker/price'))).toEqual(shape(example('ticker_price_response')));
    expect(shape(await get('trades'))).toEqual(shape(example('trades_response')));
    expect(shape(await get('time', {}))).toEqual(shape(example('server_time_response')));
    const row = (await get('klines', { ...one, interval: '1m' })) as unknown as unknown[];
    const rowExample = example('klines_response') as unknown as unknown[];
    expect(row.map((each) => typeof each)).toEqual(rowExample.map((each) => typeof each));
    const ticker = await eventually(
      () => stream.messages.find((message) => message.e === '24hrTicker'),
      'a ticker',
    );
    expect(Object.keys(ticker).toSorted()).toEqual(
      [
        'C',
        'E',
        'F',
        'L',
        'O',
        'P',
        'Q',
        'A',
        'B',
        'a',
        'b',
        'c',
        'e',
        'h',
        'l',
        'n',
        'o',
        'p',
        'q',
        's',
        'v',
        'w',
        'x',
      ].toSorted(),
    );
    const info = (await get('exchangeInfo'))['symbols'] as Json[];
    const infoExample = (example('exchange_info_response')['symbols'] as Json[])[0];
    expect(shape(info[0])).toEqual(shape(infoExample));
  });
});
