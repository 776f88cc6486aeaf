import { createHmac } from 'node:crypto';
import { WebSocket } from 'ws';
import { runBot } from './wire-bot-main.ts';
import type { WireVenue } from './wire-job.ts';
import { WIRE_ORDER_LOTS, WIRE_STREAM, WIRE_SYMBOL } from './wire-ticks.ts';
import type { DepthSnapshot } from './wire-ticks.ts';

/**
 * The bot one writes in an afternoon: `ws`, JSON.parse, a Map per side, the best price kept by looking through the side
 * when it is taken away, JSON.stringify and node:crypto for the order.
 */

const QUANTITY: string = (WIRE_ORDER_LOTS / 1e5).toFixed(5);
const SNAPSHOT_LEVELS = 1_000;

interface DepthEvent {
  readonly U: number;
  readonly u: number;
  readonly b: readonly (readonly [string, string])[];
  readonly a: readonly (readonly [string, string])[];
}

class Side {
  readonly sizes: Map<number, number> = new Map();
  private readonly sign: number;
  best: number;

  /** @param sign 1 for bids, -1 for asks */
  constructor(sign: number) {
    this.sign = sign;
    this.best = -Infinity * sign;
  }

  apply(levels: DepthEvent['b']): void {
    for (const [priceText, sizeText] of levels) {
      const price = Number(priceText);
      const size = Number(sizeText);
      if (size > 0) {
        this.sizes.set(price, size);
        if ((price - this.best) * this.sign > 0) this.best = price;
      } else if (this.sizes.delete(price) && price === this.best) {
        this.best = -Infinity * this.sign;
        for (const each of this.sizes.keys()) if ((each - this.best) * this.sign > 0) this.best = each;
      }
    }
  }
}

async function trade(venue: WireVenue): Promise<void> {
  const bids = new Side(1);
  const asks = new Side(-1);
  const early: DepthEvent[] = [];
  let bookId = -1;
  let requestId = 0;
  const orders = new WebSocket(venue.wsApi, { perMessageDeflate: false });
  const feed = new WebSocket(`${venue.stream}/stream?streams=${WIRE_STREAM}`, { perMessageDeflate: false });
  orders.on('message', (data: Buffer) => {
    const answer = JSON.parse(data.toString()) as { status: number };
    if (answer.status !== 200) throw new Error(data.toString());
  });

  const order = (side: string, price: number): void => {
    const params: Record<string, string | number> = {
      apiKey: venue.apiKey,
      newClientOrderId: `naive-${++requestId}`,
      newOrderRespType: 'ACK',
      price: price.toFixed(2),
      quantity: QUANTITY,
      side,
      symbol: WIRE_SYMBOL,
      timeInForce: 'IOC',
      timestamp: Date.now(),
      type: 'LIMIT',
    };
    const payload = Object.entries(params)
      .map(([name, value]) => `${name}=${value}`)
      .join('&');
    params['signature'] = createHmac('sha256', venue.apiSecret).update(payload).digest('hex');
    orders.send(JSON.stringify({ id: requestId, method: 'order.place', params }));
  };

  const take = (event: DepthEvent): void => {
    if (event.u <= bookId) return;
    if (event.U > bookId + 1) throw new Error('the book has a gap');
    bids.apply(event.b);
    asks.apply(event.a);
    bookId = event.u;
  };

  feed.on('message', (data: Buffer) => {
    const event = (JSON.parse(data.toString()) as { data: DepthEvent }).data;
    if (bookId < 0) {
      early.push(event);
      return;
    }
    take(event);
    if (bids.sizes.get(bids.best)! >= asks.sizes.get(asks.best)!) order('BUY', asks.best);
    else order('SELL', bids.best);
  });

  await new Promise((resolve) => feed.once('message', resolve));
  const response = await fetch(`${venue.rest}/api/v3/depth?symbol=${WIRE_SYMBOL}&limit=${SNAPSHOT_LEVELS}`);
  const snapshot = (await response.json()) as DepthSnapshot;
  bids.apply(snapshot.bids);
  asks.apply(snapshot.asks);
  bookId = snapshot.lastUpdateId;
  for (const event of early) take(event);
}

await runBot(trade);
