/** The parts of the wire-to-wire bench whose mistakes would look like figures. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startExchange } from '../../adapters/sim/exchange.ts';
import { hmacSignature, wsApiPayload } from '../../adapters/sim/request-auth.ts';
import { WireAnswers } from '../../bench/wire/wire-answers.ts';
import { listenForWire } from '../../bench/wire/wire-socket.ts';
import { OrderSum, readOrder, WireTicks } from '../../bench/wire/wire-ticks.ts';
import type { DepthSnapshot } from '../../bench/wire/wire-ticks.ts';

async function openingSnapshot(): Promise<DepthSnapshot> {
  const ports = { restPort: 0, streamPort: 0, wsApiPort: 0 };
  const exchange = await startExchange({ seed: 1, symbols: ['BTCUSDT'], eventsPerSecond: 0, ...ports });
  try {
    const response = await fetch(`${exchange.urls.rest}/api/v3/depth?symbol=BTCUSDT&limit=1000`);
    return (await response.json()) as DepthSnapshot;
  } finally {
    await exchange.close();
  }
}

interface DepthEvent {
  readonly U: number;
  readonly u: number;
  readonly b: DepthSnapshot['bids'];
  readonly a: DepthSnapshot['asks'];
}

/** A book by text alone: price -> size. */
function apply(side: Map<string, string>, levels: DepthSnapshot['bids']): void {
  for (const [price, size] of levels) {
    if (Number(size) === 0) side.delete(price);
    else side.set(price, size);
  }
}

describe('the ticks of the wire-to-wire bench', () => {
  it('follow each other without a gap, begin inside the snapshot and move the touch to what is expected', async () => {
    const snapshot = await openingSnapshot();
    const ticks = new WireTicks(snapshot);
    const bids = new Map(snapshot.bids);
    const asks = new Map(snapshot.asks);
    let lastId = -1;
    let buys = 0;
    // Phases begin anew with the same numbers, so numbers jump back; the touch may then stay where it was.
    for (const number of [7, 7, ...Array.from({ length: 500 }, (_, index) => 1_000_000 + index), 1_000_000]) {
      const event = JSON.parse(ticks.next(number, 1)) as DepthEvent;
      if (lastId < 0) {
        expect(event.U).toBeLessThanOrEqual(snapshot.lastUpdateId);
        expect(event.u).toBeGreaterThan(snapshot.lastUpdateId);
      } else expect(event.U).toBe(lastId + 1);
      lastId = event.u;
      apply(bids, event.b);
      apply(asks, event.a);
      const bid = Math.max(...[...bids.keys()].map(Number));
      const ask = Math.min(...[...asks.keys()].map(Number));
      expect(bid).toBeLessThan(ask);
      const isBuy = Number(bids.get(bid.toFixed(8))) >= Number(asks.get(ask.toFixed(8)));
      const priceTicks = Math.round((isBuy ? ask : bid) * 100);
      expect(ticks.expected(number)).toEqual({ isBuy, priceTicks });
      buys += isBuy ? 1 : 0;
    }
    // Both branches of the decision are taken.
    expect(buys).toBeGreaterThan(100);
    expect(buys).toBeLessThan(400);
  });

  it('ask for another order with each tick', async () => {
    const ticks = new WireTicks(await openingSnapshot());
    for (let number = 1_000_000; number < 1_001_000; number++) {
      expect(ticks.expected(number + 1)).not.toEqual(ticks.expected(number));
    }
  });
});

describe('the checksum of orders', () => {
  const sumOf = (...orders: readonly (readonly [boolean, number, number])[]): string => {
    const sum = new OrderSum();
    for (const order of orders) sum.add(...order);
    return sum.text();
  };

  it('differs when a side, a price, a size or the sequence does, or an order is missing', () => {
    const right = sumOf([true, 100, 5], [false, 99, 5]);
    expect(sumOf([true, 100, 5], [false, 99, 5])).toBe(right);
    expect(sumOf([false, 100, 5], [false, 99, 5])).not.toBe(right);
    expect(sumOf([true, 101, 5], [false, 99, 5])).not.toBe(right);
    expect(sumOf([true, 100, 6], [false, 99, 5])).not.toBe(right);
    expect(sumOf([false, 99, 5], [true, 100, 5])).not.toBe(right);
    const lost = new OrderSum();
    lost.add(true, 100, 5);
    lost.addLost();
    expect(lost.text()).not.toBe(right);
  });

  it('takes numbers and text for the same order', () => {
    const asText = readOrder({ side: 'SELL', price: '61837.64', quantity: '0.00100' });
    expect(asText).toEqual({ isBuy: false, priceTicks: 6_183_764, lots: 100 });
    expect(readOrder({ side: 'SELL', price: 61_837.64, quantity: 0.001 })).toEqual(asText);
  });
});

describe('the answers of the measuring exchange', () => {
  const params = { apiKey: 'key', price: '1.00', side: 'BUY', timestamp: 5 };

  it('refuse an order that is not signed with the secret', () => {
    const answers = new WireAnswers('secret');
    const request = { id: 1, method: 'order.place', params };
    expect(() => answers.checkSignature(request)).toThrow('wrong signature');
    const signature = hmacSignature('secret', wsApiPayload(params));
    answers.checkSignature({ ...request, params: { ...params, signature } });
    const changed = { ...params, price: '2.00', signature };
    expect(() => answers.checkSignature({ ...request, params: changed })).toThrow('wrong signature');
  });

  it('are an acknowledgement, and for who listens the order’s acceptance and expiry', () => {
    const answers = new WireAnswers('secret');
    const request = { id: 7, method: 'order.place', params: { ...params, newClientOrderId: 'mine' } };
    expect(answers.toOrder(request, false)).toHaveLength(1);
    const [ack, accepted, expired] = answers.toOrder(request, true).map((text) => JSON.parse(text) as never);
    expect(ack).toMatchObject({ id: 7, status: 200, result: { clientOrderId: 'mine' } });
    expect(accepted).toMatchObject({ event: { e: 'executionReport', c: 'mine', x: 'NEW', X: 'NEW' } });
    expect(expired).toMatchObject({ event: { c: 'mine', x: 'EXPIRED', X: 'EXPIRED', z: '0.00000000' } });
  });
});

describe('the measuring end of a WebSocket', () => {
  const opened: { socket: Socket | null; close: () => void } = { socket: null, close: () => undefined };
  afterEach(() => {
    opened.socket?.destroy();
    opened.close();
  });

  it('reads frames however they are cut, and answers pings', async () => {
    const texts: string[] = [];
    let wanted: () => void = () => undefined;
    const handlers = {
      onOpen: () => undefined,
      onText: (_connection: unknown, _nowNs: number, text: string): void => {
        texts.push(text);
        if (texts.length === 3) wanted();
      },
      onPong: () => undefined,
      onClose: () => undefined,
    };
    const { port, close } = await listenForWire(handlers);
    opened.close = close;
    const socket = connect(port, '127.0.0.1');
    opened.socket = socket;
    socket.setNoDelay(true);
    const received: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    const done = new Promise<void>((resolve) => (wanted = resolve));
    const frame = (opcode: number, text: string): Buffer => {
      const payload = Buffer.from(text);
      const mask = Buffer.from([1, 2, 3, 4]);
      const length =
        payload.length < 126
          ? [payload.length | 0x80]
          : [126 | 0x80, payload.length >> 8, payload.length & 0xff];
      return Buffer.concat([
        Buffer.from([0x80 | opcode, ...length]),
        mask,
        payload.map((byte, index) => byte ^ mask[index & 3]),
      ]);
    };
    const head = 'GET /ws-api/v3 HTTP/1.1\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
    const long = 'x'.repeat(700);
    const bytes = Buffer.concat([
      Buffer.from(head),
      frame(1, 'a'),
      frame(9, 'hi'),
      frame(1, long),
      frame(1, 'c'),
    ]);
    for (let at = 0; at < bytes.length; at += 97) {
      socket.write(bytes.subarray(at, at + 97));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await done;
    expect(texts).toEqual(['a', long, 'c']);
    const answer = Buffer.concat(received).toString('latin1');
    // The accept key of the example in RFC 6455, 1.3.
    expect(answer).toContain('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(answer).toContain('\u008a\u0002hi');
  });
});
