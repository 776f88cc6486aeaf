import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AT_ERROR,
  AT_ID,
  AT_RESULT,
  AT_RETRY_AFTER,
  AT_STATUS,
  RESULT,
} from '../../../adapters/binance-kit/private-decoder.ts';
import {
  AT_CANCEL,
  AT_CANCEL_RESULT,
  AT_NEW,
  AT_NEW_RESULT,
  EVENT_EXPIRY_REASON,
  UserDataDecoder,
} from '../../../adapters/binance-spot/user-data-decoder.ts';
import { canonicalFrame } from '../../../adapters/venue-kit/gateway/canonical-frame.ts';
import { PRIVATE_FRAME } from '../../../adapters/venue-kit/gateway/private-protocol.ts';
import { RATE_COST } from '../../../adapters/venue-kit/limits/rate-budget.ts';
import { parseDecimal } from '../../../engine/core/decimal.ts';
import { SHARED_DATA } from '../../fixtures/shared-data.ts';

type Json = Readonly<Record<string, unknown>>;

const messagesDir = join(SHARED_DATA, 'messages/binance');

const ACK =
  '{"id":7,"status":200,"result":{"symbol":"BTCUSDT","orderId":12569099453,"orderListId":-1,"clientOrderId":"a1",' +
  '"transactTime":1660801715639},"rateLimits":[{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,' +
  '"limit":50,"count":1},{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000,"count":22}]}';
const CANCEL_ACK =
  '{"id":8,"status":200,"result":{"symbol":"BTCUSDT","origClientOrderId":"a1","orderId":4,"orderListId":-1,' +
  '"clientOrderId":"c1","transactTime":1684804350068,"price":"2.00000000","origQty":"1.00000000",' +
  '"executedQty":"0.25000000","status":"CANCELED","timeInForce":"GTC","type":"LIMIT","side":"BUY"}}';
const PARTIAL =
  '{"id":9,"status":409,"error":{"code":-2021,"msg":"Order cancel-replace partially failed.","data":{' +
  '"cancelResult":"SUCCESS","newOrderResult":"FAILURE","cancelResponse":{"symbol":"BTCUSDT","orderId":5,' +
  '"transactTime":1684804350068,"executedQty":"0.00000000","status":"CANCELED"},"newOrderResponse":{"code":-2010,' +
  '"msg":"Account has insufficient balance for requested action."}}}}';
const LIMITED =
  '{"id":10,"status":429,"error":{"code":-1003,"msg":"Too much request weight used.","data":{"serverTime":1,"retryAfter":1660802000000}}}';
const REPORT =
  '{"subscriptionId":0,"event":{"e":"executionReport","E":1499405658658,"s":"BTCUSDT","c":"sshrike-8kdotrvnt4","S":"BUY",' +
  '"o":"LIMIT","f":"GTC","q":"1.00000000","p":"0.10264410","P":"0.00000000","F":"0.00000000","g":-1,"C":"","x":"TRADE",' +
  '"X":"PARTIALLY_FILLED","r":"NONE","i":4293153,"l":"0.25000000","z":"0.50000000","L":"61000.10000000","n":"0.00025000",' +
  '"N":"BTC","T":1499405658657,"t":77,"I":8641984,"w":true,"m":false,"M":false,"O":1499405658657,"Z":"0.00000000",' +
  '"Y":"0.00000000","Q":"0.00000000","W":1499405658657,"V":"NONE"}}';
const SAMPLES = [ACK, CANCEL_ACK, PARTIAL, LIMITED, REPORT];

/** What the decoder's places must hold, by JSON.parse; texts and numbers only. */
function expectedPlaces(value: Json): Map<number, string | number> {
  const places: Map<number, string | number> = new Map();
  const put = (place: number, content: unknown): void => {
    if (typeof content === 'string' || typeof content === 'number') places.set(place, content);
  };
  const object = (content: unknown): Json =>
    typeof content === 'object' && content !== null && !Array.isArray(content) ? (content as Json) : {};
  const putOrder = (base: number, content: Json): void => {
    for (const [name, place] of Object.entries(RESULT)) put(base + place, content[name]);
    for (const [name, at] of [
      ['cancelResponse', AT_CANCEL],
      ['newOrderResponse', AT_NEW],
    ] as const) {
      if (content[name] !== undefined) putOrder(at, object(content[name]));
    }
    if (content['cancelResult'] !== undefined) put(AT_CANCEL_RESULT, content['cancelResult']);
    if (content['newOrderResult'] !== undefined) put(AT_NEW_RESULT, content['newOrderResult']);
    if (content['retryAfter'] !== undefined) put(AT_RETRY_AFTER, content['retryAfter']);
  };
  put(AT_ID, value['id']);
  put(AT_STATUS, value['status']);
  putOrder(AT_RESULT, object(value['result']));
  const error = object(value['error']);
  putOrder(AT_ERROR, error);
  if (error['data'] !== undefined) putOrder(AT_RESULT, object(error['data']));
  for (const [name, content] of Object.entries(object(value['event']))) {
    if (name.length === 1 && name.charCodeAt(0) < 128) put(name.charCodeAt(0), content);
    if (name === 'eR') put(EVENT_EXPIRY_REASON, content);
  }
  return places;
}

/** Every place the decoder filled, with its text or number. */
function decodedPlaces(
  decoder: UserDataDecoder,
  bytes: Buffer,
  expected: Map<number, unknown>,
): Map<number, unknown> {
  const places: Map<number, unknown> = new Map();
  for (let place = 0; place < 200; place++) {
    if (!decoder.has(place)) continue;
    const raw = bytes.toString('utf8', decoder.fromOf(place), decoder.toOf(place));
    places.set(place, typeof expected.get(place) === 'number' ? Number(raw) : raw);
  }
  return places;
}

/** The same frame among the leftovers of others, as it lies in a socket's block of memory, reads the same. */
function readsAlikeAmongOthers(bytes: Buffer): void {
  const alone = new UserDataDecoder();
  const frame = alone.decode(bytes);
  for (const leftover of ['}', '"', '5', ',"c":1}}']) {
    const block = Buffer.concat([Buffer.from(leftover), bytes, Buffer.from(leftover)]);
    const from = leftover.length;
    const among = new UserDataDecoder();
    expect(among.decode(block, from, from + bytes.length)).toBe(frame);
    if (frame === PRIVATE_FRAME.malformed) continue;
    for (let place = 0; place < 200; place++) {
      expect(among.has(place)).toBe(alone.has(place));
      if (alone.has(place)) expect(among.fromOf(place)).toBe(alone.fromOf(place) + from);
    }
  }
}

function agreesWithJson(bytes: Buffer): boolean {
  readsAlikeAmongOthers(bytes);
  const decoder = new UserDataDecoder();
  if (decoder.decode(bytes) === PRIVATE_FRAME.malformed) return false;
  const value = JSON.parse(bytes.toString('utf8')) as Json;
  const expected = expectedPlaces(value);
  expect(decodedPlaces(decoder, bytes, expected)).toEqual(expected);
  return true;
}

describe('private frame decoder', () => {
  it('finds in every documented frame what JSON.parse finds', () => {
    for (const sample of SAMPLES) {
      expect(agreesWithJson(Buffer.from(sample))).toBe(true);
      const pretty = JSON.stringify(JSON.parse(sample), null, 2);
      expect(agreesWithJson(Buffer.from(pretty))).toBe(true);
    }
  });

  it.skipIf(!existsSync(messagesDir))(
    'finds in every recorded message what JSON.parse finds, as event and as result',
    () => {
      const files = readdirSync(messagesDir).filter((name) => name.endsWith('.json'));
      let reports = 0;
      const decoder = new UserDataDecoder();
      for (const name of files) {
        const message = JSON.parse(readFileSync(join(messagesDir, name), 'utf8')) as Json;
        const isWrapped = message['event'] !== undefined;
        const asEvent = Buffer.from(
          JSON.stringify(isWrapped ? message : { subscriptionId: 0, event: message }),
        );
        expect(agreesWithJson(asEvent)).toBe(true);
        const asResult = Buffer.from(JSON.stringify({ id: 1, status: 200, result: message, rateLimits: [] }));
        expect(agreesWithJson(asResult)).toBe(true);
        if (decoder.decode(asEvent) === PRIVATE_FRAME.report) reports++;
      }
      expect(reports).toBeGreaterThan(4);
    },
  );

  it('takes only what JSON.parse takes and reads it alike, whatever happened to the bytes', () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...SAMPLES),
        fc.array(
          fc.record({
            at: fc.nat(2_000),
            kind: fc.constantFrom('set', 'cut', 'copy', 'insert'),
            byte: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('"\\{}[],:0123456789.-+eEtfnul '))),
            length: fc.integer({ min: 1, max: 30 }),
          }),
          { minLength: 1, maxLength: 4 },
        ),
        (sample, mutations) => {
          let bytes = Buffer.from(sample);
          for (const { at, kind, byte, length } of mutations) {
            const place = at % bytes.length;
            if (kind === 'set') bytes[place] = byte;
            else if (kind === 'cut')
              bytes = Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + length)]);
            else if (kind === 'insert') {
              bytes = Buffer.concat([bytes.subarray(0, place), Buffer.of(byte), bytes.subarray(place)]);
            } else bytes = Buffer.concat([bytes.subarray(0, place + length), bytes.subarray(place)]);
            if (bytes.length === 0) bytes = Buffer.from('{');
          }
          /* JSON.parse sees replacement characters where bytes are no UTF-8; compare only what both can see. */
          if (!bytes.equals(Buffer.from(bytes.toString('utf8')))) {
            new UserDataDecoder().decode(bytes);
            return;
          }
          if (agreesWithJson(bytes)) accepted++;
          else {
            refused++;
            const canonical = canonicalFrame(bytes, 0, bytes.length);
            if (canonical !== null) new UserDataDecoder().decode(canonical);
          }
        },
      ),
      { seed: 99, numRuns: 6_000 },
    );
    expect(accepted).toBeGreaterThan(300);
    expect(refused).toBeGreaterThan(1_000);
  });

  it('refuses what is cut off at any byte', () => {
    const decoder = new UserDataDecoder();
    for (const sample of SAMPLES) {
      const bytes = Buffer.from(sample);
      for (let length = 0; length < bytes.length; length++) {
        expect(decoder.decode(bytes.subarray(0, length))).toBe(PRIVATE_FRAME.malformed);
      }
    }
  });

  it('reads the rate limits of an answer', () => {
    const decoder = new UserDataDecoder();
    expect(decoder.decode(Buffer.from(ACK))).toBe(PRIVATE_FRAME.response);
    expect(decoder.limits.count).toBe(2);
    expect([...decoder.limits.cost.subarray(0, 2)]).toEqual([RATE_COST.orders, RATE_COST.weight]);
    expect([...decoder.limits.windowMs.subarray(0, 2)]).toEqual([10_000, 60_000]);
    expect([...decoder.limits.limit.subarray(0, 2)]).toEqual([50, 6_000]);
    expect([...decoder.limits.used.subarray(0, 2)]).toEqual([1, 22]);
  });

  it('reads limits far above what venues name today, and skips only the one it cannot use', () => {
    const limit = (type: string, max: string): string =>
      `{"rateLimitType":"${type}","interval":"MINUTE","intervalNum":1,"limit":${max},"count":3}`;
    const limits = [
      limit('ORDERS', '10000000000'),
      limit('RAW_REQUESTS', '1e99'),
      limit('REQUEST_WEIGHT', '7'),
    ];
    const decoder = new UserDataDecoder();
    decoder.decode(Buffer.from(`{"id":1,"status":200,"result":{},"rateLimits":[${limits.join(',')}]}`));
    expect(decoder.limits.count).toBe(2);
    expect([...decoder.limits.limit.subarray(0, 2)]).toEqual([1e10, 7]);
    expect([...decoder.limits.cost.subarray(0, 2)]).toEqual([RATE_COST.orders, RATE_COST.weight]);
  });

  it('reads numbers exactly or not at all', () => {
    const decoder = new UserDataDecoder();
    fc.assert(
      fc.property(
        fc.maxSafeInteger(),
        fc.integer({ min: 0, max: 10 }),
        fc.nat(4),
        (units, decimals, zeros) => {
          const negative = units < 0 ? '-' : '';
          const digits = Math.abs(units)
            .toString()
            .padStart(decimals + 1, '0');
          const whole = digits.slice(0, digits.length - decimals);
          const fraction = `${digits.slice(digits.length - decimals)}${'0'.repeat(zeros)}`;
          const text = `${negative}${whole}${fraction === '' ? '' : `.${fraction}`}`;
          const bytes = Buffer.from(`{"event":{"e":"x","i":${units},"l":"${text}"}}`);
          expect(decoder.decode(bytes)).toBe(PRIVATE_FRAME.otherEvent);
          expect(decoder.integer(0x69) === units).toBe(true);
          expect(decoder.units(0x6c, decimals) === parseDecimal(text, decimals)).toBe(true);
        },
      ),
      { seed: 12 },
    );
    for (const text of ['', '-', '.', '1e3', '1.2.3', '0x1', '1.000000001', '99999999999999999999', ' 1']) {
      decoder.decode(Buffer.from(`{"event":{"e":"x","l":"${text}"}}`));
      expect(decoder.units(0x6c, 8)).toBeNaN();
    }
    for (const text of ['1.5', '1e3', '12345678901234567890', '9007199254740993']) {
      decoder.decode(Buffer.from(`{"event":{"e":"x","i":${text}}}`));
      expect(decoder.integer(0x69)).toBeNaN();
    }
  });

  it('gives escapes, repeated keys and exponents to the slow way, which makes them readable', () => {
    const decoder = new UserDataDecoder();
    const odd = Buffer.from(
      String.raw`{"\u0065vent":{},"event":{"e":"executionReport","s":"BTCUSDT","c":"\u0073x","i":1e3,"T":1}}`,
    );
    expect(decoder.decode(odd)).toBe(PRIVATE_FRAME.malformed);
    const canonical = canonicalFrame(odd, 0, odd.length)!;
    expect(decoder.decode(canonical)).toBe(PRIVATE_FRAME.report);
    expect(decoder.integer(0x69)).toBe(1000);
    expect(canonicalFrame(Buffer.from('[1'), 0, 2)).toBeNull();
    expect(canonicalFrame(Buffer.from('7'), 0, 1)).toBeNull();
  });
});

describe('allocation', () => {
  it('a million acknowledgements and reports leave no more than the boxed numbers of their callbacks', () => {
    const script = fileURLToPath(new URL('../../fixtures/decode-reports.ts', import.meta.url));
    const flags = ['--no-warnings', '--trace-gc', '--max-semi-space-size=4', '--min-semi-space-size=4'];
    const output = execFileSync(process.execPath, [...flags, script], { encoding: 'utf8' });
    const measured = output.slice(output.indexOf('BEGIN'), output.indexOf('END'));
    expect(measured).toContain('BEGIN');
    /* 4 MiB of young space: eight scavenges are 32 bytes per frame; one object per frame would be more. */
    expect(measured.split('\n').filter((line) => line.includes('Scavenge')).length).toBeLessThanOrEqual(8);
  });
});
