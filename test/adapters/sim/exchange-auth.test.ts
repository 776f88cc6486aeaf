/** Request signing: the published vectors of both payload rules, and what the exchange refuses. */
import { createPrivateKey, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../adapters/sim/api-error.ts';
import {
  checkTimestamp,
  createCredentials,
  hmacSignature,
  KeyRing,
  restPayload,
  verifySignature,
  wsApiPayload,
} from '../../../adapters/sim/request-auth.ts';

/** The example secret of Binance's documentation. */
const SECRET = 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j';

function codeOf(action: () => unknown): number {
  try {
    action();
  } catch (error) {
    if (error instanceof ApiError) return error.code;
    throw error;
  }
  return 0;
}

describe('request signatures', () => {
  it('give the published REST example', () => {
    const text =
      'symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559';
    expect(hmacSignature(SECRET, text)).toBe(
      'c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71',
    );
  });

  it('give the published WebSocket API example from unsorted parameters', () => {
    const params = {
      symbol: 'BTCUSDT',
      side: 'SELL',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '0.01000000',
      price: '52000.00',
      recvWindow: 100,
      timestamp: 1_645_423_376_532,
      apiKey: 'vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A',
      signature: 'not part of the payload',
    };
    expect(hmacSignature(SECRET, wsApiPayload(params))).toBe(
      'aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24',
    );
  });

  it('join query and body in the order sent, without the signature', () => {
    const payload = restPayload('symbol=LTCBTC&side=BUY', 'quantity=1&timestamp=1&signature=ab%2Bc%3D');
    expect(payload).toEqual({ text: 'symbol=LTCBTC&side=BUYquantity=1&timestamp=1', signature: 'ab+c=' });
  });

  it('verify with the key they were made with, and with no other', () => {
    const own = createCredentials('a', '1');
    const other = createCredentials('b', '2');
    const keys = new KeyRing();
    keys.add(own, 0);
    keys.add(other, 1);
    const payload = 'timestamp=1578963600000';
    const hmacKey = keys.find(own.apiKey);
    const signature = hmacSignature(own.hmacSecret, payload);
    expect(codeOf(() => verifySignature(hmacKey, payload, signature))).toBe(0);
    expect(codeOf(() => verifySignature(hmacKey, `${payload}0`, signature))).toBe(-1022);
    expect(codeOf(() => verifySignature(keys.find(other.apiKey), payload, signature))).toBe(-1022);
    expect(codeOf(() => verifySignature(hmacKey, payload, undefined))).toBe(-1102);
    const ed25519 = keys.find(own.ed25519ApiKey);
    const signed = sign(null, Buffer.from(payload), createPrivateKey(own.ed25519PrivateKeyPem)).toString(
      'base64',
    );
    expect(codeOf(() => verifySignature(ed25519, payload, signed))).toBe(0);
    expect(codeOf(() => verifySignature(ed25519, `${payload}0`, signed))).toBe(-1022);
    expect(codeOf(() => verifySignature(keys.find(other.ed25519ApiKey), payload, signed))).toBe(-1022);
    expect(codeOf(() => verifySignature(ed25519, payload, 'short'))).toBe(-1022);
  });

  it('refuse keys that are malformed or unknown', () => {
    const keys = new KeyRing();
    expect(codeOf(() => keys.find(undefined))).toBe(-2014);
    expect(codeOf(() => keys.find('short'))).toBe(-2014);
    expect(codeOf(() => keys.find('a'.repeat(64)))).toBe(-2015);
  });

  it('make equal credentials from equal texts', () => {
    expect(createCredentials('x', '1')).toEqual(createCredentials('x', '1'));
    expect(createCredentials('x', '1').apiKey).not.toBe(createCredentials('y', '1').apiKey);
  });
});

describe('the timestamp check', () => {
  const now = 1_700_000_000_000;
  it.each([
    [{ timestamp: now }, 0],
    [{ timestamp: String(now - 5000) }, 0],
    [{ timestamp: now - 5001 }, -1021],
    [{ timestamp: now - 50_000, recvWindow: '50000' }, 0],
    [{ timestamp: now, recvWindow: 60_001 }, -1100],
    [{ timestamp: now + 999 }, 0],
    [{ timestamp: now + 1000 }, -1021],
    [{ timestamp: now * 1000 }, 0],
    [{ timestamp: 'yesterday' }, -1100],
    [{}, -1102],
  ])('answers %j with %i', (params, code) => {
    expect(codeOf(() => checkTimestamp(params, now))).toBe(code);
  });
});
