import ccxt from 'ccxt';
import { runBot } from './wire-bot-main.ts';
import type { WireVenue } from './wire-job.ts';
import { WIRE_ORDER_LOTS } from './wire-ticks.ts';

/** The bot one writes on ccxt.pro: watchOrderBook, createOrderWs. */

const SYMBOL = 'BTC/USDT';
const AMOUNT: number = WIRE_ORDER_LOTS / 1e5;

type Client = InstanceType<typeof ccxt.pro.binance>;

function clientFor(venue: WireVenue): Client {
  const client = new ccxt.pro.binance({
    apiKey: venue.apiKey,
    secret: venue.apiSecret,
    enableRateLimit: false,
    options: {
      defaultType: 'spot',
      fetchMarkets: { types: ['spot'] },
      fetchCurrencies: false,
      fetchMargins: false,
    },
  });
  const api = client.urls['api'] as Record<string, unknown> & { ws: Record<string, unknown> };
  api['public'] = `${venue.rest}/api/v3`;
  api['private'] = `${venue.rest}/api/v3`;
  api.ws['spot'] = `${venue.stream}/ws`;
  api.ws['ws-api'] = { spot: venue.wsApi };
  return client;
}

async function trade(venue: WireVenue): Promise<void> {
  const client = clientFor(venue);
  // ccxt needs this once before it opens unencrypted ws:// URLs.
  await client.loadHttpProxyAgent();
  await client.loadMarkets();
  // The connection for orders opens with the first order: one that is not measured.
  for (;;) {
    const book = await client.watchOrderBook(SYMBOL);
    const [bidPrice, bidSize] = book.bids[0] as [number, number];
    const [askPrice, askSize] = book.asks[0] as [number, number];
    const isBuy = bidSize >= askSize;
    const side = isBuy ? 'buy' : 'sell';
    // Not awaited: the next tick may come before the answer.
    client
      .createOrderWs(SYMBOL, 'limit', side, AMOUNT, isBuy ? askPrice : bidPrice, { timeInForce: 'IOC' })
      .catch((error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      });
  }
}

await runBot(trade);
