import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cancelClientId,
  ClientIdReader,
  orderClientId,
} from '../../../adapters/venue-kit/request/client-id.ts';
import { writeBase36Before, writeDecimalBefore } from '../../../adapters/venue-kit/request/digits.ts';
import { BINANCE_SPOT_ORDERS } from '../../../adapters/binance-spot/order-words.ts';
import { OrderEncoder } from '../../../adapters/venue-kit/request/order-encoder.ts';
import type { ApiKey } from '../../../adapters/venue-kit/signing/api-key.ts';
import { wsApiPayload } from '../../../adapters/binance-kit/request-signer.ts';
import { FIELD } from '../../../adapters/venue-kit/request/request-template.ts';
import { formatDecimal } from '../../../engine/core/decimal.ts';
import { lotsToQty, ticksToPrice } from '../../../engine/core/instrument.ts';
import type { Instrument } from '../../../engine/core/instrument.ts';
import { ClientIdCodec } from '../../../engine/execution/client-id.ts';
import { ORDER_TYPE, SIDE, TIME_IN_FORCE } from '../../../engine/messages/enums.ts';
import { BTCUSDT } from '../../fixtures/venue-rig.ts';

const INSTRUMENTS: readonly Instrument[] = [
  BTCUSDT,
  { ...BTCUSDT, index: 1, symbol: 'SHIBUSDT', priceDecimals: 8, qtyDecimals: 0 },
  { ...BTCUSDT, index: 2, symbol: '币安USDT', priceDecimals: 4, tickUnits: 25, qtyDecimals: 2, lotUnits: 5 },
];
const HMAC: ApiKey = { kind: 'hmac', apiKey: 'k'.repeat(64), apiSecret: 's'.repeat(64) };
/* The encoder does not sign for a session that is logged on, so no real key is needed here. */
const LOGGED_ON: ApiKey = { kind: 'ed25519', apiKey: 'k'.repeat(64), privateKeyPem: '' };
const NAMESPACES = ['a', 'shrike', 'shrike01'];
const SAFE_MAX = Number.MAX_SAFE_INTEGER;

interface Wanted {
  readonly requestId: number;
  readonly epochMs: number;
  readonly intentSeq: number;
  readonly instrument: Instrument;
  readonly side: number;
  readonly orderType: number;
  readonly timeInForce: number;
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly targetOrderId: number;
  readonly targetIntentSeq: number;
}

const wantedArbitrary: fc.Arbitrary<Wanted> = fc.record({
  requestId: fc.oneof(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 1, max: 1e15 })),
  epochMs: fc.integer({ min: 1_600_000_000_000, max: 2_000_000_000_000 }),
  intentSeq: fc.oneof(
    fc.integer({ min: 1, max: 1e6 }),
    fc.maxSafeNat().filter((value) => value > 0),
  ),
  instrument: fc.constantFrom(...INSTRUMENTS),
  side: fc.constantFrom(SIDE.buy, SIDE.sell),
  orderType: fc.constantFrom(ORDER_TYPE.limit, ORDER_TYPE.limitMaker, ORDER_TYPE.market),
  timeInForce: fc.constantFrom(TIME_IN_FORCE.gtc, TIME_IN_FORCE.ioc, TIME_IN_FORCE.fok),
  priceTicks: fc.oneof(fc.integer({ min: 1, max: 1e7 }), fc.integer({ min: 1, max: 3e14 })),
  qtyLots: fc.oneof(fc.integer({ min: 1, max: 1e5 }), fc.integer({ min: 1, max: 1e15 })),
  targetOrderId: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: SAFE_MAX })),
  targetIntentSeq: fc.maxSafeNat().filter((value) => value > 0),
});

const TIME_IN_FORCE_TEXT = ['', 'GTC', 'IOC', 'FOK'];

/** The parameters an order ought to have, written with the engine's slow text functions. */
function orderParams(wanted: Wanted, namespace: string): Record<string, unknown> {
  const type = ['', 'LIMIT', 'MARKET', 'LIMIT_MAKER'][wanted.orderType];
  return {
    symbol: wanted.instrument.symbol,
    side: wanted.side === SIDE.buy ? 'BUY' : 'SELL',
    type,
    ...(type === 'LIMIT' ? { timeInForce: TIME_IN_FORCE_TEXT[wanted.timeInForce] } : {}),
    ...(type === 'MARKET' ? {} : { price: ticksToPrice(wanted.instrument, wanted.priceTicks) }),
    quantity: lotsToQty(wanted.instrument, wanted.qtyLots),
    newClientOrderId: orderClientId(namespace, wanted.intentSeq),
    newOrderRespType: 'ACK',
    timestamp: wanted.epochMs,
  };
}

/** Parses a request, checks and takes off its signature, and returns what is left. */
function unsigned(
  bytes: Buffer | null,
  credentials: ApiKey,
  recvWindowMs: number,
): { id: number; method: string; params: unknown } {
  expect(bytes).not.toBeNull();
  const request = JSON.parse(bytes!.toString('utf8')) as {
    id: number;
    method: string;
    params: Record<string, string | number>;
  };
  if (credentials.kind === 'ed25519') return request;
  const { signature, ...rest } = request.params;
  expect(signature).toBe(
    createHmac('sha256', credentials.apiSecret).update(wsApiPayload(rest), 'utf8').digest('hex'),
  );
  const { apiKey, recvWindow, ...params } = rest;
  expect(apiKey).toBe(credentials.apiKey);
  // The venue's own default goes without saying.
  expect(recvWindow).toBe(recvWindowMs === 5_000 ? undefined : recvWindowMs);
  return { ...request, params };
}

interface TestEncoder {
  readonly encoder: OrderEncoder;
  readonly credentials: ApiKey;
  readonly namespace: string;
  readonly recvWindowMs: number;
}

function encoders(): TestEncoder[] {
  return NAMESPACES.flatMap((namespace) =>
    [
      { credentials: HMAC, recvWindowMs: 5_000 },
      { credentials: HMAC, recvWindowMs: 4_000 },
      { credentials: LOGGED_ON, recvWindowMs: 0 },
    ].map((options) => ({
      ...options,
      encoder: new OrderEncoder(BINANCE_SPOT_ORDERS, INSTRUMENTS, { ...options, namespace }),
      namespace,
    })),
  );
}

/** Puts a request's numbers where the encoder takes them from. */
function prepare(encoder: OrderEncoder, wanted: Wanted): void {
  const { values } = encoder;
  values[FIELD.requestId] = wanted.requestId;
  values[FIELD.timestamp] = wanted.epochMs;
  values[FIELD.clientId] = wanted.intentSeq;
  values[FIELD.price] = wanted.priceTicks;
  values[FIELD.qty] = wanted.qtyLots;
  values[FIELD.targetOrderId] = wanted.targetOrderId;
  values[FIELD.targetClientId] = wanted.targetIntentSeq;
}

describe('order encoder', () => {
  it('writes for any order the request that was wanted, and signs what it wrote', () => {
    const all = encoders();
    fc.assert(
      fc.property(wantedArbitrary, fc.constantFrom(...all), (wanted, chosen) => {
        const { encoder, credentials, namespace, recvWindowMs } = chosen;
        const { requestId, epochMs, instrument, targetOrderId, targetIntentSeq } = wanted;
        const { side, orderType, timeInForce } = wanted;
        prepare(encoder, wanted);
        const placeBytes = encoder.place(instrument.index, side, orderType, timeInForce, 0);
        const placed = unsigned(placeBytes, credentials, recvWindowMs);
        const params = orderParams(wanted, namespace);
        expect(placed).toEqual({ id: requestId, method: 'order.place', params });

        const cancelBytes = encoder.cancel(instrument.index);
        const target = orderClientId(namespace, targetIntentSeq);
        const cancelId = cancelClientId(namespace, targetIntentSeq);
        expect(unsigned(cancelBytes, credentials, recvWindowMs)).toEqual({
          id: requestId,
          method: 'order.cancel',
          params: {
            symbol: instrument.symbol,
            ...(targetOrderId > 0 ? { orderId: targetOrderId } : { origClientOrderId: target }),
            newClientOrderId: cancelId,
            timestamp: epochMs,
          },
        });

        prepare(encoder, wanted);
        const replaceBytes = encoder.replace(instrument.index, side, orderType, timeInForce, 0);
        expect(unsigned(replaceBytes, credentials, recvWindowMs)).toEqual({
          id: requestId,
          method: 'order.cancelReplace',
          params: {
            ...params,
            cancelReplaceMode: 'STOP_ON_FAILURE',
            ...(targetOrderId > 0 ? { cancelOrderId: targetOrderId } : { cancelOrigClientOrderId: target }),
            cancelNewClientOrderId: cancelId,
          },
        });
      }),
      { seed: 11, numRuns: 1_000 },
    );
  });

  it('forgets nothing of what changed from one order of a template to the next, and keeps what did not', () => {
    const fewArbitrary: fc.Arbitrary<Wanted> = fc.record({
      requestId: fc.constantFrom(9, 10, 2_999),
      epochMs: fc.constantFrom(1_600_000_000_000, 1_600_000_000_001),
      intentSeq: fc.constantFrom(1, 36, 1_679_615, 1_679_616, SAFE_MAX),
      instrument: fc.constant(BTCUSDT),
      side: fc.constant(SIDE.buy),
      orderType: fc.constant(ORDER_TYPE.limit),
      timeInForce: fc.constant(TIME_IN_FORCE.ioc),
      priceTicks: fc.constantFrom(1, 999, 1_000, 9_999_999, 10_000_000),
      qtyLots: fc.constantFrom(1, 10, 12_345_678),
      targetOrderId: fc.constantFrom(0, 99, 100),
      targetIntentSeq: fc.constantFrom(1, 36, SAFE_MAX),
    });
    fc.assert(
      fc.property(fc.array(fewArbitrary, { minLength: 2, maxLength: 30 }), (orders) => {
        const [first] = encoders();
        const { encoder: used, credentials, namespace } = first;
        for (const wanted of orders) {
          const fresh = new OrderEncoder(BINANCE_SPOT_ORDERS, INSTRUMENTS, {
            credentials,
            namespace,
            recvWindowMs: 5_000,
          });
          const { side, orderType, timeInForce } = wanted;
          prepare(used, wanted);
          prepare(fresh, wanted);
          expect(used.place(0, side, orderType, timeInForce, 0)).toEqual(
            fresh.place(0, side, orderType, timeInForce, 0),
          );
          expect(used.cancel(0)).toEqual(fresh.cancel(0));
          prepare(used, wanted);
          prepare(fresh, wanted);
          expect(used.replace(0, side, orderType, timeInForce, 0)).toEqual(
            fresh.replace(0, side, orderType, timeInForce, 0),
          );
        }
      }),
      { seed: 19, numRuns: 40 },
    );
  });

  it('refuses what Binance Spot has no word for', () => {
    const [{ encoder }] = encoders();
    expect(encoder.place(0, SIDE.buy, ORDER_TYPE.limit, 0, 0)).toBeNull();
    expect(encoder.place(0, SIDE.buy, 9, TIME_IN_FORCE.gtc, 0)).toBeNull();
    expect(encoder.replace(0, 0, ORDER_TYPE.limit, TIME_IN_FORCE.gtc, 0)).toBeNull();
  });

  it('writes digits as the slow text functions do', () => {
    const bytes = Buffer.alloc(32);
    const values = new Float64Array(2);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.maxSafeNat(),
          fc.integer({ min: 0, max: 1e9 }),
          fc.constantFrom(0, 1, 99_999_999, 1e8, SAFE_MAX),
        ),
        fc.integer({ min: 0, max: 15 }),
        (value, decimals) => {
          values[1] = value;
          const start = writeDecimalBefore(bytes, 30, values, 1, decimals);
          expect(bytes.toString('latin1', start, 30)).toBe(formatDecimal(value, decimals));
          const start36 = writeBase36Before(bytes, 30, values, 1);
          expect(bytes.toString('latin1', start36, 30)).toBe(value.toString(36));
        },
      ),
      { seed: 3, numRuns: 3_000 },
    );
  });

  it("makes and reads client ids as the engine's own codec, and reads its cancel ids too", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...NAMESPACES),
        fc.maxSafeNat().filter((value) => value > 0),
        (namespace, intentSeq) => {
          const codec = new ClientIdCodec(namespace);
          const reader = new ClientIdReader(namespace);
          expect(orderClientId(namespace, intentSeq)).toBe(codec.text(intentSeq));
          expect(reader.intentSeqOf(codec.text(intentSeq))).toBe(intentSeq);
          expect(reader.intentSeqOf(cancelClientId(namespace, intentSeq))).toBe(intentSeq);
        },
      ),
      { seed: 5 },
    );
    const reader = new ClientIdReader('shrike');
    const outside = [
      '',
      's',
      'sshrike',
      'sshrike-',
      'sshrike-0',
      'sshrike-A',
      'xshrike-1',
      'sshriko-1',
      'ashrike1-1',
    ];
    for (const id of [...outside, 'sshrike-zzzzzzzzzzzzz', 'sshrike-zzzzzzzzzzz', 7, null]) {
      expect(reader.intentSeqOf(id)).toBe(0);
    }
  });

  it('allocates nothing: a million signed orders cause no scavenges of their own', () => {
    const script = fileURLToPath(new URL('../../fixtures/encode-orders.ts', import.meta.url));
    const output = execFileSync(
      process.execPath,
      ['--no-warnings', '--trace-gc', '--max-semi-space-size=4', '--min-semi-space-size=4', script],
      { encoding: 'utf8' },
    );
    const [, measured] = output.split('BEGIN');
    expect(measured).toContain('END');
    const scavenges = measured.split('\n').filter((line) => /Scavenge|Mark-Compact/.test(line)).length;
    expect(scavenges).toBeLessThanOrEqual(2);
  });
});
